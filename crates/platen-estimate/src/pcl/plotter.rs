//! HP-GL/2 within PCL: pens, lines, fills and labels.
//!
//! What is drawn is judged by its pen's colour and width, not by its place.
//! *Source*: PCL 5 Technical Reference, chapters 17 to 23; PCL 5 Color
//! Technical Reference, chapter 7.

use super::palette::{Palette, Rgb};
use crate::ink::{Area, Ink};
use crate::limits::Budget;
use crate::report::Problem;
use std::collections::HashMap;

/// Points to a millimetre.
const MM_PT: f64 = 72.0 / 25.4;
/// A fill is taken for wider than a dot.
const FILLED: Area = Area {
    left: 0.0,
    top: 0.0,
    width: 72.0,
    height: 72.0,
};
/// The share of its area that text covers.
pub(crate) const TEXT_SHARE: f64 = 0.5;

/// Pens and what they are about.
#[derive(Clone, Debug)]
pub(crate) struct Plotter {
    pen: i64,
    width_mm: f64,
    down: bool,
    label_end: u8,
    fill: (i64, f64),
    /// The mean colour of each fill that a job makes itself.
    fills: HashMap<i64, Rgb>,
    in_polygon: bool,
    symbol: bool,
}

impl Default for Plotter {
    fn default() -> Self {
        Self {
            pen: 0,
            width_mm: 0.35,
            down: false,
            label_end: 3,
            fill: (1, 0.0),
            fills: HashMap::new(),
            in_polygon: false,
            symbol: false,
        }
    }
}

impl Plotter {
    /// Carries out instructions; true when something was drawn.
    pub(crate) fn run(
        &mut self,
        mut code: &[u8],
        palette: &mut Palette,
        ink: &mut Ink,
        budget: &Budget,
    ) -> Result<bool, Problem> {
        let mut drawn = false;
        while let Some(start) = code.iter().position(u8::is_ascii_alphabetic) {
            budget.step()?;
            code = &code[start..];
            let [first, second, rest @ ..] = code else {
                break;
            };
            if !second.is_ascii_alphabetic() {
                code = &code[1..];
                continue;
            }
            let name = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
            let (parameters, rest) = self.split(name, rest);
            code = rest;
            drawn |= self.instruction(name, parameters, palette, ink);
        }
        Ok(drawn)
    }

    /// An instruction's parameters, and what follows them.
    fn split<'c>(&mut self, name: [u8; 2], rest: &'c [u8]) -> (&'c [u8], &'c [u8]) {
        let until = |end: u8| {
            let at = rest.iter().position(|byte| *byte == end);
            at.map_or((rest, &rest[..0]), |at| (&rest[..at], &rest[at + 1..]))
        };
        match &name {
            b"LB" | b"BL" => until(self.label_end),
            b"PE" => until(b';'),
            b"CO" => match rest.iter().position(|byte| *byte == b'"') {
                Some(open) if rest[..open].iter().all(u8::is_ascii_whitespace) => {
                    let after = &rest[open + 1..];
                    let close = after.iter().position(|byte| *byte == b'"');
                    (&rest[..0], &after[close.map_or(after.len(), |at| at + 1)..])
                }
                _ => until(b';'),
            },
            b"DT" | b"SM" => match rest {
                [b';', after @ ..] => (&rest[..0], after),
                [_, after @ ..] => (&rest[..1], after),
                [] => (rest, rest),
            },
            _ => {
                let end = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b';';
                let at = rest.iter().position(end).unwrap_or(rest.len());
                rest.split_at(at)
            }
        }
    }

    fn instruction(
        &mut self,
        name: [u8; 2],
        parameters: &[u8],
        palette: &mut Palette,
        ink: &mut Ink,
    ) -> bool {
        match &name {
            b"IN" => {
                *self = Self::default();
                *palette = Palette::pens();
                return false;
            }
            b"DF" => {
                let pen = self.pen;
                *self = Self {
                    pen,
                    ..Self::default()
                };
                return false;
            }
            b"DT" => {
                self.label_end = parameters.first().copied().unwrap_or(3);
                return false;
            }
            b"SM" => {
                self.symbol = !parameters.is_empty();
                return false;
            }
            b"LB" => {
                let visible = parameters.iter().any(|byte| *byte > b' ');
                if visible {
                    ink.mark(FILLED, palette.pen(self.pen), TEXT_SHARE);
                }
                return visible;
            }
            b"PE" => return self.polyline(parameters, palette, ink),
            _ => {}
        }
        let numbers = numbers(parameters);
        let number = |at: usize| numbers.get(at).copied();
        let whole = |at: usize| number(at).map(|value| value as i64);
        match &name {
            b"SP" => self.pen = whole(0).unwrap_or(0).max(0),
            b"PW" => self.width_mm = number(0).unwrap_or(0.35).abs(),
            b"NP" => palette.resize(whole(0).unwrap_or(8)),
            b"PC" => match (whole(0), numbers.get(1..4)) {
                (Some(pen), Some(&[red, green, blue])) => palette.set_pen(pen, [red, green, blue]),
                (Some(pen), _) => {
                    let usual = Palette::pens().pen(pen).map(f64::from);
                    palette.set_pen(pen, usual);
                }
                _ => {}
            },
            b"CR" => match <[f64; 6]>::try_from(numbers.as_slice()) {
                Ok([r0, r1, g0, g1, b0, b1]) => palette.set_range([r0, g0, b0], [r1, g1, b1]),
                Err(_) => palette.set_range([0.0; 3], [255.0; 3]),
            },
            b"FT" => self.fill = (whole(0).unwrap_or(1), number(1).unwrap_or(0.0)),
            b"RF" => self.define_fill(&numbers, palette),
            b"PM" => self.in_polygon = matches!(whole(0).unwrap_or(0), 0 | 1),
            b"PU" => self.down = false,
            b"PD" => {
                self.down = true;
                return self.stroke(palette, ink);
            }
            b"PA" | b"PR" if !numbers.is_empty() && (self.down || self.symbol) => {
                return self.stroke(palette, ink);
            }
            b"AA" | b"AR" | b"AT" | b"RT" | b"BZ" | b"BR" if self.down => {
                return self.stroke(palette, ink);
            }
            b"CI" | b"EA" | b"ER" | b"EW" | b"EP" => return self.stroke(palette, ink),
            b"FP" | b"RA" | b"RR" | b"WG" => return self.fill(palette, ink),
            _ => {}
        }
        false
    }

    fn stroke(&self, palette: &Palette, ink: &mut Ink) -> bool {
        if self.in_polygon {
            return false;
        }
        // The thinnest line is a printer's dot.
        let width_pt = (self.width_mm * MM_PT).max(0.24);
        ink.line(width_pt, palette.pen(self.pen));
        true
    }

    fn fill(&self, palette: &Palette, ink: &mut Ink) -> bool {
        let pen = palette.pen(self.pen);
        let (rgb, share) = match self.fill {
            (3 | 4, _) => (pen, 0.3),
            (10, level) => (pen, level / 100.0),
            (11, index) => match self.fills.get(&(index as i64)) {
                Some(rgb) => (*rgb, 1.0),
                None => (pen, 1.0),
            },
            (21 | 22, _) => (pen, 0.5),
            _ => (pen, 1.0),
        };
        ink.mark(FILLED, rgb, share);
        true
    }

    /// A fill made of pens: judged by its mean.
    fn define_fill(&mut self, numbers: &[f64], palette: &Palette) {
        let [index, _, _, pens @ ..] = numbers else {
            return;
        };
        let mut sums = [0u64; 3];
        for pen in pens {
            for (sum, value) in sums.iter_mut().zip(palette.pen(*pen as i64)) {
                *sum += u64::from(value);
            }
        }
        if pens.is_empty() || self.fills.len() > 64 {
            return;
        }
        let mean = sums.map(|sum| u8::try_from(sum / pens.len() as u64).unwrap_or(u8::MAX));
        self.fills.insert(*index as i64, mean);
    }

    /// Encoded coordinates: the pen is down but for a `<` before a pair.
    fn polyline(&mut self, code: &[u8], palette: &Palette, ink: &mut Ink) -> bool {
        let mut seven_bits = false;
        let mut up = false;
        let mut at = 0;
        let mut drawn = false;
        let mut halves = 0;
        while let Some(byte) = code.get(at).copied() {
            at += 1;
            match byte {
                b'7' => seven_bits = true,
                b'<' => up = true,
                b':' => self.pen = encoded(code, &mut at, seven_bits).max(0),
                b'>' => _ = encoded(code, &mut at, seven_bits),
                b'=' => {}
                63..=126 | 191..=254 => {
                    at -= 1;
                    encoded(code, &mut at, seven_bits);
                    halves += 1;
                    if halves == 2 {
                        halves = 0;
                        if !std::mem::take(&mut up) {
                            drawn |= self.stroke(palette, ink);
                        }
                    }
                }
                _ => {}
            }
        }
        self.down = true;
        drawn
    }
}

/// A number in base 64, or 32 in seven bits, its sign in the lowest bit.
fn encoded(code: &[u8], at: &mut usize, seven_bits: bool) -> i64 {
    let (base, last) = if seven_bits { (32, 95) } else { (64, 191) };
    let mut value = 0i64;
    let mut scale = 1i64;
    while let Some(byte) = code.get(*at).copied() {
        *at += 1;
        let ends = byte >= last;
        let digit = i64::from(byte) - if ends { i64::from(last) } else { 63 };
        value = value.saturating_add(digit.max(0).saturating_mul(scale));
        scale = scale.saturating_mul(base);
        if ends {
            break;
        }
    }
    if value & 1 == 1 {
        -(value >> 1)
    } else {
        value >> 1
    }
}

/// The first numbers of a list: no instruction that matters takes more.
fn numbers(text: &[u8]) -> Vec<f64> {
    text.split(|byte| matches!(byte, b',' | b' ' | b'\r' | b'\n' | b'\t'))
        .filter_map(|word| std::str::from_utf8(word).ok()?.parse().ok())
        .filter(|number: &f64| number.is_finite())
        .take(1024)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use proptest::prelude::*;

    /// Whether it draws, and whether colour shows.
    fn run(code: &[u8]) -> (bool, bool) {
        let mut ink = Ink::default();
        let budget = Budget::start(&Limits::default());
        let drawn = Plotter::default()
            .run(code, &mut Palette::default(), &mut ink, &budget)
            .unwrap();
        (drawn, ink.shows_colour())
    }

    #[test]
    fn a_pen_draws_when_it_is_down() {
        assert_eq!(run(b"IN;SP1;PU0,0;PA100,100;"), (false, false));
        assert_eq!(run(b"IN;SP1;PU0,0;PD100,100;"), (true, false));
        assert_eq!(run(b"IN;SP2PW.5PU0,0PD100,100"), (true, true));
        assert_eq!(run(b"IN;SP0;PD1,1;"), (true, false));
    }

    #[test]
    fn pens_take_their_colours_from_the_palette() {
        assert_eq!(run(b"IN;PC2,90,90,90;SP2;RA9,9;"), (true, false));
        assert_eq!(
            run(b"IN;CR0,1000,0,1000,0,1000;PC1,900,100,100;SP1;RA9,9;"),
            (true, true)
        );
        // Without the reset, the palette is black and white.
        assert_eq!(run(b"SP2;RA9,9;"), (true, false));
    }

    #[test]
    fn labels_and_comments_hold_no_instructions() {
        assert_eq!(run(b"IN;SP2;LB \x03"), (false, false));
        assert_eq!(run(b"IN;SP1;LBSP2PD1,1\x03"), (true, false));
        assert_eq!(run(b"IN;SP2;CO\"PD1,1\";"), (false, false));
        assert_eq!(run(b"IN;DT*;SP1;LBx;PD*SP2;"), (true, false));
    }

    #[test]
    fn encoded_lines_draw_with_the_pens_they_select() {
        assert_eq!(run(b"IN;SP1;PE<\xbf\xbf;"), (false, false));
        assert_eq!(run(b"IN;SP1;PE<\xbf\xbf\xc1\xc1;"), (true, false));
        // Pen 2 is encoded as 4.
        assert_eq!(run(b"IN;SP1;PE:\xc3<\xbf\xbf\xc1\xc1;"), (true, true));
    }

    #[test]
    fn a_polygon_is_drawn_by_its_fill() {
        assert_eq!(run(b"IN;SP2;PM0;PD1,1,2,2;PM2;"), (false, false));
        assert_eq!(run(b"IN;SP2;PM0;PD1,1,2,2;PM2;FP;"), (true, true));
        assert_eq!(run(b"IN;SP2;FT10,5;RA9,9;"), (true, false));
    }

    proptest! {
        #[test]
        fn no_code_upsets_it(code in proptest::collection::vec(any::<u8>(), 0..200)) {
            run(&code);
        }

        #[test]
        fn no_instructions_upset_it(code in "((IN|SP|PE|PC|CR|NP|LB|DT|PM|FT|RF|PD|;|,|-|[0-9]{1,20}|e9|.){1,40})") {
            run(code.as_bytes());
        }
    }
}
