//! EMF+ records, which stand in comments of a metafile.
//!
//! A *dual* metafile draws everything twice, so that its plain records
//! suffice. In others only EMF+ draws, but for what follows `GetDC`.
//! *Source*: MS-EMFPLUS, sections 2.1.1.1 (record numbers), 2.3.3 (control),
//! 2.3.4 (drawing), 2.3.5 (objects), 2.3.7 and 2.3.9 (state, transformations).

mod draw;
mod object;

use super::bytes::Bytes;
use super::play::{Player, transform};
use crate::canvas::{Clip, FillRule, PathBuilder, Transform};
use object::Object;
use std::collections::HashMap;

const HEADER: u16 = 0x4001;
const END: u16 = 0x4002;
const GET_DC: u16 = 0x4004;
const OBJECT: u16 = 0x4008;
/// States saved at a time.
const MOST_SAVED: usize = 1000;

/// What EMF+ keeps between records.
#[derive(Default)]
pub(super) struct Plus {
    /// Whether plain records draw the same; none before the header.
    dual: Option<bool>,
    objects: HashMap<u8, Object>,
    /// An object that comes in parts: its number and kind, its size, its data.
    growing: Option<(u16, usize, Vec<u8>)>,
    state: State,
    saved: Vec<(u32, State)>,
    dots_per_inch: f32,
}

#[derive(Clone, Default)]
struct State {
    world: Transform,
    /// From page units to pixels, where it is not one to one.
    page: Option<f32>,
    clip: Clip,
}

impl Player<'_> {
    /// Plays the records of a comment. True when the plain records that
    /// follow draw nothing new.
    pub(super) fn play_plus(&mut self, data: &[u8]) -> bool {
        let mut plus = std::mem::take(&mut self.plus);
        let mut rest = Bytes(data);
        let mut muted = self.is_muted();
        while let Some((kind, flags, content, size)) = record(rest) {
            if self.budget.step().is_err() {
                break;
            }
            muted = match (kind, plus.dual) {
                (HEADER, _) => {
                    plus.dual = Some(flags & 1 != 0);
                    plus.dots_per_inch = content.u32(8).map_or(96.0, |dpi| dpi.max(1) as f32);
                    flags & 1 == 0
                }
                (_, None | Some(true)) => false,
                (GET_DC | END, _) => false,
                _ => {
                    self.set_muted(false);
                    // A record too short for its kind draws nothing.
                    let _ = self.plus_record(&mut plus, kind, flags, content);
                    true
                }
            };
            let Some(next) = rest.from(size) else {
                break;
            };
            rest = next;
        }
        self.plus = plus;
        muted
    }

    fn plus_record(
        &mut self,
        plus: &mut Plus,
        kind: u16,
        flags: u16,
        record: Bytes<'_>,
    ) -> Option<()> {
        match kind {
            OBJECT => self.plus_object(plus, flags, record),
            0x4025 | 0x4027 | 0x4028 => {
                // A container brings a transformation of its own.
                let number = record.u32(if kind == 0x4027 { 32 } else { 0 })?;
                if plus.saved.len() < MOST_SAVED {
                    plus.saved.push((number, plus.state.clone()));
                }
                if kind == 0x4027 {
                    let to = area(record, 0)?;
                    let from = area(record, 16)?;
                    let fit = Transform::from_translate(to[0], to[1])
                        .pre_scale(to[2] / from[2], to[3] / from[3])
                        .pre_translate(-from[0], -from[1]);
                    plus.state.world = plus.state.world.pre_concat(fit);
                }
                Some(())
            }
            0x4026 | 0x4029 => {
                let number = record.u32(0)?;
                let at = plus.saved.iter().rposition(|(saved, _)| *saved == number)?;
                plus.state = plus.saved.get(at)?.1.clone();
                plus.saved.truncate(at);
                Some(())
            }
            0x402a..=0x4030 => plus.transform(kind, flags, record),
            0x4031..=0x4034 => plus.clip(self, kind, flags, record),
            _ => self.plus_draw(plus, kind, flags, record),
        }
    }

    fn plus_object(&mut self, plus: &mut Plus, flags: u16, record: Bytes<'_>) -> Option<()> {
        const CONTINUES: u16 = 0x8000;
        let which = flags & 0x7fff;
        let number = (flags & 0xff) as u8;
        let [_, kind] = which.to_le_bytes();
        if flags & CONTINUES == 0 {
            // The last part of an object has no total before its data.
            let data = match plus.growing.take() {
                Some((growing, _, mut data)) if growing == which => {
                    data.extend_from_slice(record.0);
                    data
                }
                _ => record.0.to_vec(),
            };
            let object = Object::read(kind, Bytes(&data));
            plus.objects.insert(number, object);
            return Some(());
        }
        let total = record.size(0)?;
        let part = record.from(4)?.0;
        let (_, total, data) = match &mut plus.growing {
            Some(growing) if growing.0 == which => growing,
            growing => growing.insert((which, total, Vec::new())),
        };
        if data.len() + part.len() <= (*total).min(self.budget.inflated_bytes) {
            data.extend_from_slice(part);
        }
        if data.len() >= *total {
            let object = Object::read(kind, Bytes(data));
            plus.objects.insert(number, object);
            plus.growing = None;
        }
        Some(())
    }
}

impl Plus {
    /// From world units to dots.
    fn to_dots(&self, player: &Player<'_>) -> Transform {
        let page = self.state.page.unwrap_or(1.0);
        let device = player.state.mapping.device();
        device.pre_scale(page, page).pre_concat(self.state.world)
    }

    fn transform(&mut self, kind: u16, flags: u16, record: Bytes<'_>) -> Option<()> {
        const AFTER: u16 = 0x2000;
        let change = match kind {
            0x402a => {
                self.state.world = transform(record, 0)?;
                return Some(());
            }
            0x402b => {
                self.state.world = Transform::identity();
                return Some(());
            }
            0x402c => transform(record, 0)?,
            0x402d => Transform::from_translate(record.f32(0)?, record.f32(4)?),
            0x402e => Transform::from_scale(record.f32(0)?, record.f32(4)?),
            0x402f => Transform::from_rotate(record.f32(0)?),
            _ => {
                let scale = record.f32(0)?;
                self.state.page = Some(scale * pixels(flags & 0xff, self.dots_per_inch));
                return Some(());
            }
        };
        self.state.world = if flags & AFTER != 0 {
            self.state.world.post_concat(change)
        } else {
            self.state.world.pre_concat(change)
        };
        Some(())
    }

    fn clip(
        &mut self,
        player: &Player<'_>,
        kind: u16,
        flags: u16,
        record: Bytes<'_>,
    ) -> Option<()> {
        const REPLACE: u16 = 0;
        const INTERSECT: u16 = 1;
        let path = match kind {
            0x4032 => {
                let [x, y, width, height] = area(record, 0)?;
                let mut path = PathBuilder::new();
                path.push_rect(tiny_skia::Rect::from_xywh(x, y, width, height)?);
                path.finish()
            }
            0x4033 | 0x4034 => match self.objects.get(&((flags & 0xff) as u8)) {
                Some(Object::Path(path)) => Some(path.clone()),
                Some(Object::Region(Some(path))) => path.clone(),
                _ => {
                    self.state.clip = Clip::default();
                    return Some(());
                }
            },
            _ => {
                self.state.clip = Clip::default();
                return Some(());
            }
        };
        let path = path.and_then(|path| path.transform(self.to_dots(player)));
        self.state.clip = match (flags >> 8) & 0xf {
            REPLACE => Clip::default().within(path, FillRule::EvenOdd),
            INTERSECT => self.state.clip.within(path, FillRule::EvenOdd),
            // Other ways let through more than is known here.
            _ => Clip::default(),
        };
        Some(())
    }
}

/// Kind, flags, content and whole size of the first record.
fn record(data: Bytes<'_>) -> Option<(u16, u16, Bytes<'_>, usize)> {
    let size = data.size(4)?;
    let content = data.size(8)?;
    let end = 12_usize.checked_add(content)?;
    if size < end {
        return None;
    }
    let content = Bytes(data.0.get(12..end)?);
    Some((data.u16(0)?, data.u16(2)?, content, size))
}

/// Pixels in a page unit. *Source*: MS-EMFPLUS, section 2.1.1.33.
fn pixels(unit: u16, dots_per_inch: f32) -> f32 {
    match unit {
        3 => dots_per_inch / 72.0,
        4 => dots_per_inch,
        5 => dots_per_inch / 300.0,
        6 => dots_per_inch / 25.4,
        _ => 1.0,
    }
}

/// X, y, width, height.
fn area(record: Bytes<'_>, at: usize) -> Option<[f32; 4]> {
    Some([
        record.f32(at)?,
        record.f32(at + 4)?,
        record.f32(at + 8)?,
        record.f32(at + 12)?,
    ])
}
