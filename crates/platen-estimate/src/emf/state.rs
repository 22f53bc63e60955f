//! The playback state: mapping, colours, what is selected.
//!
//! *Source*: MS-EMF, sections 3.1.1.2 (playback device context), 2.3.11
//! (state records), 2.3.12 (transformations), 2.1.21 (mapping modes).

use super::object::{Brush, Colour, Font, Pen};
use crate::canvas::{Clip, FillRule, Transform};

/// Everything that `SAVEDC` saves.
#[derive(Clone)]
pub(super) struct State {
    pub(super) world: Transform,
    pub(super) mapping: Mapping,
    pub(super) clip: Clip,
    pub(super) pen: Pen,
    pub(super) brush: Brush,
    pub(super) font: Font,
    pub(super) text_colour: Colour,
    pub(super) back_colour: Colour,
    pub(super) back_opaque: bool,
    pub(super) text_align: u32,
    pub(super) fill_rule: FillRule,
    pub(super) mix: u32,
    pub(super) miter_limit: f32,
    pub(super) position: (f32, f32),
    pub(super) clockwise: bool,
}

impl State {
    /// As a metafile begins.
    pub(super) fn new(device: Device) -> Self {
        Self {
            world: Transform::identity(),
            mapping: Mapping::new(device),
            clip: Clip::default(),
            pen: Pen::solid([0; 3]),
            brush: Brush::Solid([255; 3]),
            font: Font {
                height: 12.0 * device.pixels_per_mm.1 * 25.4 / 72.0,
                turn: 0.0,
            },
            text_colour: [0; 3],
            back_colour: [255; 3],
            back_opaque: true,
            text_align: 0,
            fill_rule: FillRule::EvenOdd,
            mix: 13,
            miter_limit: 10.0,
            position: (0.0, 0.0),
            clockwise: false,
        }
    }

    /// From logical units to dots.
    pub(super) fn transform(&self) -> Transform {
        self.mapping.transform().pre_concat(self.world)
    }
}

/// The device that the metafile was recorded on.
#[derive(Clone, Copy)]
pub(super) struct Device {
    pub(super) pixels_per_mm: (f32, f32),
    /// From its pixels to dots.
    pub(super) to_dots: Transform,
}

/// Windows and viewports.
#[derive(Clone, Copy)]
pub(super) struct Mapping {
    device: Device,
    pub(super) mode: u32,
    pub(super) window: [f32; 4],
    pub(super) viewport: [f32; 4],
}

impl Mapping {
    fn new(device: Device) -> Self {
        Self {
            device,
            mode: 1,
            window: [0.0, 0.0, 1.0, 1.0],
            viewport: [0.0, 0.0, 1.0, 1.0],
        }
    }

    /// From pixels of the device to dots.
    pub(super) fn device(&self) -> Transform {
        self.device.to_dots
    }

    /// From page units to dots.
    fn transform(&self) -> Transform {
        let [wx, wy, ww, wh] = self.window;
        let [vx, vy, vw, vh] = self.viewport;
        let (px, py) = self.device.pixels_per_mm;
        // A fixed unit of so many millimetres, upwards.
        let fixed = |mm: f32| (px * mm, -py * mm);
        let ratio = (vw / ww, vh / wh);
        let (sx, sy) = match self.mode {
            2 => fixed(0.1),
            3 => fixed(0.01),
            4 => fixed(0.254),
            5 => fixed(0.0254),
            6 => fixed(25.4 / 1440.0),
            // The smaller scale for both, each with its own sign.
            7 => {
                let least = ratio.0.abs().min(ratio.1.abs());
                (least.copysign(ratio.0), least.copysign(ratio.1))
            }
            8 => ratio,
            _ => (1.0, 1.0),
        };
        self.device
            .to_dots
            .pre_translate(vx, vy)
            .pre_scale(sx, sy)
            .pre_translate(-wx, -wy)
    }
}
