//! Pictures of the screen: cut to what matters, and compared.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, BufWriter, Cursor};
use std::path::Path;

use anyhow::{Context, Result, ensure};

const CHANNELS: usize = 3;

/// Some rows of red, green and blue, a byte each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// A part of a picture. Units: pixels, from the upper left corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it begins.
    pub x: usize,
    /// Where it begins.
    pub y: usize,
    /// How wide it is.
    pub width: usize,
    /// How high it is.
    pub height: usize,
}

impl Part {
    /// The same with so much around it, as far as the picture goes.
    #[must_use]
    pub fn with_margin(self, margin: usize) -> Self {
        let (x, y) = (self.x.saturating_sub(margin), self.y.saturating_sub(margin));
        Self {
            x,
            y,
            width: self.x - x + self.width + margin,
            height: self.y - y + self.height + margin,
        }
    }
}

impl Picture {
    /// Reads a PNG.
    ///
    /// # Errors
    /// When it can't be read or is of a kind that no screenshot is.
    pub fn read(file: &Path) -> Result<Self> {
        let opened = File::open(file).with_context(|| format!("reading {}", file.display()))?;
        Self::decode(BufReader::new(opened))
    }

    /// Reads a PNG that is in memory.
    ///
    /// # Errors
    /// As [`Picture::read`].
    pub fn from_png(bytes: &[u8]) -> Result<Self> {
        Self::decode(Cursor::new(bytes))
    }

    fn decode(from: impl std::io::BufRead + std::io::Seek) -> Result<Self> {
        let mut decoder = png::Decoder::new(from);
        decoder.set_transformations(png::Transformations::normalize_to_color8());
        let mut reader = decoder.read_info()?;
        let size = reader.output_buffer_size().context("a huge picture")?;
        let mut bytes = vec![0; size];
        let info = reader.next_frame(&mut bytes)?;
        bytes.truncate(info.buffer_size());
        let per_pixel = info.color_type.samples();
        ensure!(per_pixel >= CHANNELS, "a screen has colours");
        let pixels = bytes
            .chunks_exact(per_pixel)
            .flat_map(|pixel| &pixel[..CHANNELS])
            .copied()
            .collect();
        Ok(Self {
            width: info.width as usize,
            height: info.height as usize,
            pixels,
        })
    }

    /// All but the uppermost rows.
    #[must_use]
    pub fn below(&self, rows: usize) -> Self {
        self.cut(Part {
            x: 0,
            y: rows,
            width: self.width,
            height: self.height,
        })
    }

    /// What is in `part`, as far as the picture goes.
    #[must_use]
    pub fn cut(&self, part: Part) -> Self {
        let width = part.width.min(self.width.saturating_sub(part.x));
        let height = part.height.min(self.height.saturating_sub(part.y));
        let pixels = (part.y..part.y + height)
            .flat_map(|y| {
                let start = (y * self.width + part.x) * CHANNELS;
                &self.pixels[start..start + width * CHANNELS]
            })
            .copied()
            .collect();
        Self {
            width,
            height,
            pixels,
        }
    }

    /// The smallest part outside of which `other` is the same; none: they are the same.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<Part> {
        let differs = |index: usize| {
            let at = index * CHANNELS..(index + 1) * CHANNELS;
            self.pixels.get(at.clone()) != other.pixels.get(at)
        };
        let places = || {
            (0..self.width * self.height)
                .filter(|index| differs(*index))
                .map(|index| (index % self.width, index / self.width))
        };
        let (left, right) = (
            places().map(|(x, _)| x).min()?,
            places().map(|(x, _)| x).max()?,
        );
        let (top, bottom) = (
            places().map(|(_, y)| y).min()?,
            places().map(|(_, y)| y).max()?,
        );
        Some(Part {
            x: left,
            y: top,
            width: right - left + 1,
            height: bottom - top + 1,
        })
    }

    /// How many colours it has.
    #[must_use]
    pub fn colours(&self) -> usize {
        let colours: BTreeSet<&[u8]> = self.pixels.chunks_exact(CHANNELS).collect();
        colours.len()
    }

    /// Writes it as a PNG, as small as it goes.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        let made = File::create(file).with_context(|| format!("writing {}", file.display()))?;
        let (width, height) = (u32::try_from(self.width)?, u32::try_from(self.height)?);
        let mut encoder = png::Encoder::new(BufWriter::new(made), width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&self.pixels)?;
        Ok(writer.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize, marked: &[(usize, usize)]) -> Picture {
        let mut pixels = vec![255; width * height * CHANNELS];
        for (x, y) in marked {
            pixels[(y * width + x) * CHANNELS] = 0;
        }
        Picture {
            width,
            height,
            pixels,
        }
    }

    #[test]
    fn difference_is_the_smallest_part_around_all_that_changed() {
        let (before, after) = (picture(9, 7, &[]), picture(9, 7, &[(2, 5), (6, 3)]));
        let part = before.difference(&after).unwrap();
        assert_eq!((part.x, part.y, part.width, part.height), (2, 3, 5, 3));
        assert_eq!(before.difference(&before), None);
        assert_eq!(after.cut(part), picture(5, 3, &[(0, 2), (4, 0)]));
    }

    #[test]
    fn margin_ends_at_the_edge() {
        let part = Part {
            x: 1,
            y: 5,
            width: 2,
            height: 2,
        }
        .with_margin(3);
        assert_eq!(
            part,
            Part {
                x: 0,
                y: 2,
                width: 6,
                height: 8
            }
        );
        let cut = picture(9, 7, &[]).cut(part);
        assert_eq!((cut.width, cut.height), (6, 5));
    }
}
