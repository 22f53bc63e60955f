//! Pictures: their samples, seen at the size at which colour shows.
//! *Source*: PLRM, section 4.10.

use super::image::{Kind, Picture};
use super::interpreter::Interpreter;
use super::object::Done;
use super::space::Space;
use crate::colour::{Dots, VISIBLE_CHROMA, chroma};
use std::collections::HashMap;

/// Colours of one picture that are computed one by one.
const MAX_COLOURS: usize = 20_000;
const WHITE: [u8; 3] = [255; 3];

/// Samples whose bytes are colours, or numbers of colours.
enum WholeBytes {
    Rgb,
    Inks,
    Palette(Vec<[u8; 3]>),
}

/// How a picture's bytes can be taken as they are; none when they can't.
fn whole_bytes(picture: &Picture, space: &Space) -> Option<WholeBytes> {
    let plain = picture.bits == 8
        && picture.sources.len() == 1
        && picture.masked.is_none()
        && !picture.masks_samples
        && picture.mask_rows.is_none()
        && picture.decode == space.default_decode(8);
    match space {
        _ if !plain => None,
        Space::Rgb => Some(WholeBytes::Rgb),
        Space::Cmyk => Some(WholeBytes::Inks),
        Space::Indexed(palette) => {
            let last = palette.last().copied().unwrap_or([0.0; 3]);
            let entry = |at| bytes(palette.get(at).copied().unwrap_or(last));
            Some(WholeBytes::Palette((0..256).map(entry).collect()))
        }
        _ => None,
    }
}

impl Interpreter<'_> {
    /// Looks at a picture, or passes over its data.
    pub(super) fn draw_picture(&mut self, picture: Picture) -> Done {
        let (bounds, drawn_pt) = self.placed(&picture);
        let visible = picture.width > 0 && picture.height > 0 && self.marks(bounds);
        if !visible || self.is_settled() {
            return self.skip_samples(&picture);
        }
        match &picture.kind {
            Kind::Mask(painted) => {
                let painted = *painted;
                if self.graphics.state.paint.pattern.is_some() {
                    self.skip_samples(&picture)?;
                    return self.paint(bounds);
                }
                let Some(rgb) = self.current_rgb()? else {
                    self.pages.current.unsure = true;
                    return self.skip_samples(&picture);
                };
                if chroma(rgb) <= VISIBLE_CHROMA {
                    return self.skip_samples(&picture);
                }
                let rgb = bytes(rgb);
                self.look(&picture, drawn_pt, |_, sample| {
                    Ok(Some(if sample[0] == u32::from(painted) {
                        rgb
                    } else {
                        WHITE
                    }))
                })
            }
            Kind::Colour(space) if space.is_neutral() => self.skip_samples(&picture),
            Kind::Colour(space) => {
                let space = space.clone();
                if let Some(whole) = whole_bytes(&picture, &space) {
                    return self.look_at_bytes(&picture, &whole, drawn_pt);
                }
                self.look_at_colours(&picture, &space, drawn_pt)
            }
        }
    }

    /// Reads the data of a picture and looks at none of it.
    pub(super) fn skip_samples(&mut self, picture: &Picture) -> Done {
        self.skip_rows(picture, picture.height)
    }

    fn skip_rows(&mut self, picture: &Picture, rows: usize) -> Done {
        let row = picture.row_bytes();
        let mut left = rows;
        while left > 0 {
            // Rows of several sources come in turn; those of one, at once.
            let rows = if picture.sources.len() == 1 { left } else { 1 };
            left -= rows;
            for source in &picture.sources {
                let mut bytes = row.saturating_mul(rows);
                if let Some((mask, length)) = picture.mask_rows {
                    let share = if rows == picture.height {
                        mask
                    } else {
                        mask / picture.height
                    };
                    bytes = bytes.saturating_add(share.saturating_mul(length));
                }
                while bytes > 0 {
                    self.tick()?;
                    let held = self.available(*source)?.len().min(bytes);
                    if held == 0 {
                        return Ok(());
                    }
                    self.files.advance(*source, held);
                    bytes -= held;
                }
            }
        }
        Ok(())
    }

    /// Looks at samples of a byte each, which need no computing one by one.
    fn look_at_bytes(
        &mut self,
        picture: &Picture,
        whole: &WholeBytes,
        drawn_pt: (f64, f64),
    ) -> Done {
        let mut dots = Dots::new((picture.width, picture.height), drawn_pt);
        let row_bytes = picture.row_bytes();
        self.memory.fits(row_bytes)?;
        for row in 0..picture.height {
            if dots.shows_colour() {
                self.pages.current.pixels = true;
                return self.skip_rows(picture, picture.height - row);
            }
            let data = self.read(picture.sources[0], row_bytes)?;
            if data.is_empty() {
                break;
            }
            self.tick_many(picture.width / 64)?;
            match whole {
                WholeBytes::Rgb => dots.row(data.chunks_exact(3).map(|s| [s[0], s[1], s[2]])),
                WholeBytes::Inks => dots.row(data.chunks_exact(4).map(|inks| {
                    let light = 255 - u32::from(inks[3]);
                    let shown = |ink: u8| (255 - u32::from(ink)) * light / 255;
                    [inks[0], inks[1], inks[2]].map(|ink| u8::try_from(shown(ink)).unwrap_or(0))
                })),
                WholeBytes::Palette(palette) => {
                    dots.row(data.iter().map(|index| palette[usize::from(*index)]));
                }
            }
        }
        self.pages.current.pixels |= dots.finish() > VISIBLE_CHROMA;
        Ok(())
    }

    fn look_at_colours(&mut self, picture: &Picture, space: &Space, drawn_pt: (f64, f64)) -> Done {
        let most = f64::from((1u32 << picture.bits) - 1);
        let scale: Vec<(f64, f64)> = picture
            .decode
            .chunks_exact(2)
            .map(|range| (range[0], (range[1] - range[0]) / most))
            .collect();
        let components = space.components();
        let mut known: HashMap<[u32; 4], [u8; 3]> = HashMap::new();
        let mut values = vec![0.0; components];
        self.look(picture, drawn_pt, |vm, sample| {
            let colours = &sample[..components.min(sample.len())];
            let shown = sample.get(components).is_none_or(|mask| *mask == 0);
            let masked = picture.masked.as_ref().is_some_and(|ranges| {
                ranges
                    .iter()
                    .zip(colours)
                    .all(|([low, high], value)| (low..=high).contains(&value))
            });
            if !shown || masked {
                return Ok(Some(WHITE));
            }
            for (at, raw) in colours.iter().enumerate() {
                let (low, step) = scale.get(at).copied().unwrap_or((0.0, 1.0 / most));
                values[at] = low + f64::from(*raw) * step;
            }
            if matches!(
                space,
                Space::Gray | Space::Rgb | Space::Cmyk | Space::Indexed(_)
            ) {
                return Ok(vm.rgb(space, &values)?.map(bytes));
            }
            let mut key = [0u32; 4];
            for (at, raw) in colours.iter().enumerate() {
                let slot = &mut key[at % 4];
                *slot = slot.wrapping_mul(65_599).wrapping_add(*raw);
            }
            if let Some(found) = known.get(&key) {
                return Ok(Some(*found));
            }
            if known.len() >= MAX_COLOURS {
                return Ok(None);
            }
            let found = vm.rgb(space, &values)?.map(bytes);
            if let Some(found) = found {
                known.insert(key, found);
            }
            Ok(found)
        })
    }

    /// Feeds the samples, as colours, to what judges them; a colour that can't
    /// be told ends the looking.
    fn look(
        &mut self,
        picture: &Picture,
        drawn_pt: (f64, f64),
        mut colour: impl FnMut(&mut Self, &[u32]) -> Done<Option<[u8; 3]>>,
    ) -> Done {
        let mut dots = Dots::new((picture.width, picture.height), drawn_pt);
        let row_bytes = picture.row_bytes();
        self.memory.fits(
            row_bytes
                .saturating_mul(picture.sources.len())
                .saturating_mul(4),
        )?;
        let components = picture.components();
        let mut row = Vec::with_capacity(picture.width);
        let mut sample = vec![0; components];
        let mut looking = true;
        let (mask_rows, mask_bytes) = picture.mask_rows.unwrap_or((0, 0));
        let masks = mask_rows / picture.height.max(1);
        for _ in 0..picture.height {
            for _ in 0..masks {
                self.read(picture.sources[0], mask_bytes)?;
            }
            let mut data = Vec::with_capacity(picture.sources.len());
            for source in &picture.sources {
                data.push(self.read(*source, row_bytes)?);
            }
            if data.iter().all(Vec::is_empty) {
                break;
            }
            self.tick_many(picture.width / 16)?;
            if !looking {
                continue;
            }
            row.clear();
            for column in 0..picture.width {
                for (at, value) in sample.iter_mut().enumerate() {
                    *value = if data.len() == 1 {
                        read_sample(&data[0], column * components + at, picture.bits)
                    } else {
                        read_sample(data.get(at).map_or(&[], |d| d), column, picture.bits)
                    };
                }
                match colour(self, &sample)? {
                    Some(rgb) => row.push(rgb),
                    None => {
                        self.pages.current.unsure = true;
                        looking = false;
                        break;
                    }
                }
            }
            if looking {
                dots.row(row.iter().copied());
                looking = !dots.shows_colour();
            }
        }
        self.pages.current.pixels |= dots.finish() > VISIBLE_CHROMA;
        Ok(())
    }
}

fn bytes(rgb: [f64; 3]) -> [u8; 3] {
    // A float becomes a byte with saturation.
    rgb.map(|value| (value * 255.0 + 0.5) as u8)
}

/// One sample; zero beyond the end.
fn read_sample(data: &[u8], at: usize, bits: u32) -> u32 {
    let byte = |at: usize| u32::from(data.get(at).copied().unwrap_or(0));
    match bits {
        8 => byte(at),
        16 => byte(2 * at) << 8 | byte(2 * at + 1),
        12 => {
            let first = at * 3 / 2;
            if at.is_multiple_of(2) {
                byte(first) << 4 | byte(first + 1) >> 4
            } else {
                (byte(first) & 15) << 8 | byte(first + 1)
            }
        }
        bits => {
            let bit = at * bits as usize;
            let shift = 8 - bits - u32::try_from(bit % 8).unwrap_or(0);
            byte(bit / 8) >> shift & ((1 << bits) - 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_any_depth_are_read() {
        let data = [0b1011_0001, 0x23, 0x45];
        let read = |bits: u32, at: usize| read_sample(&data, at, bits);
        assert_eq!((read(1, 0), read(1, 1), read(1, 7)), (1, 0, 1));
        assert_eq!((read(2, 0), read(2, 1)), (2, 3));
        assert_eq!((read(4, 1), read(4, 2)), (1, 2));
        assert_eq!((read(12, 0), read(12, 1)), (0xb12, 0x345));
        assert_eq!((read(16, 0), read(8, 9)), (0xb123, 0));
    }
}
