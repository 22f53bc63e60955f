//! What the tools print, read as colour page by page.

use super::truth::runs;

/// Chroma over which a pixel counts as coloured, of 255.
const NEUTRAL: u8 = 24;

/// `C1,G3` of our runners, or `!` and a reason.
pub(super) fn run_lengths(text: &str) -> Result<Vec<bool>, String> {
    match text.strip_prefix('!') {
        Some(reason) => Err(reason.to_owned()),
        None => Ok(runs(text).into_iter().flatten().collect()),
    }
}

/// `page FILE 1 color` of `mutool draw -sf`.
pub(super) fn mutool(output: &[u8]) -> Vec<bool> {
    String::from_utf8_lossy(output)
        .lines()
        .filter(|line| line.starts_with("page "))
        .filter_map(|line| match line.rsplit(' ').next()? {
            "color" => Some(true),
            "grayscale" => Some(false),
            _ => None,
        })
        .collect()
}

/// ` 0.00  0.10  0.00  0.30 CMYK OK` of the inkcov device: any ink but black is colour.
pub(super) fn inkcov(output: &[u8]) -> Vec<bool> {
    String::from_utf8_lossy(output)
        .lines()
        .filter(|line| line.contains("CMYK"))
        .map(|line| {
            line.split_whitespace()
                .take(3)
                .any(|ink| ink.parse().is_ok_and(|ink: f64| ink > 0.0))
        })
        .collect()
}

/// Pictures one behind the other, each with a P6 or P5 heading.
pub(super) fn pixmaps(mut rest: &[u8]) -> Vec<bool> {
    let mut pages = Vec::new();
    while let Some((samples, width, height, after)) = heading(rest) {
        let length = width.saturating_mul(height).saturating_mul(samples);
        let picture = after.get(..length).unwrap_or(after);
        pages.push(samples == 3 && picture.chunks_exact(3).any(coloured));
        rest = after.get(length..).unwrap_or_default();
    }
    pages
}

fn coloured(pixel: &[u8]) -> bool {
    let most = pixel.iter().max().copied().unwrap_or(0);
    let least = pixel.iter().min().copied().unwrap_or(0);
    most - least > NEUTRAL
}

/// Samples a pixel, width, height, and what follows. Source: netpbm, ppm(5).
fn heading(text: &[u8]) -> Option<(usize, usize, usize, &[u8])> {
    let samples = match text.get(..2)? {
        b"P6" => 3,
        b"P5" => 1,
        _ => return None,
    };
    let mut at = 2;
    let mut numbers = [0; 3];
    for number in &mut numbers {
        while text.get(at)?.is_ascii_whitespace() {
            at += 1;
        }
        while let Some(digit) = text.get(at).filter(|byte| byte.is_ascii_digit()) {
            *number = *number * 10 + usize::from(digit - b'0');
            at += 1;
        }
    }
    Some((samples, numbers[0], numbers[1], text.get(at + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tool_is_understood() {
        assert_eq!(run_lengths("C1,G2"), Ok(vec![true, false, false]));
        assert_eq!(run_lengths("!damaged"), Err("damaged".to_owned()));
        assert_eq!(
            mutool(b"page a b.pdf 1 color\npage a b.pdf 2 grayscale\n"),
            [true, false]
        );
        assert_eq!(
            inkcov(b" 0.00000  0.00000  0.00000  0.02230 CMYK OK\n 0.1 0 0 0 CMYK OK\n"),
            [false, true]
        );
    }

    #[test]
    fn pictures_in_a_row_are_pages() {
        let mut stream = b"P6\n2 1\n255\n".to_vec();
        stream.extend([9, 9, 9, 200, 200, 180]);
        stream.extend(b"P6\n1 1\n255\n");
        stream.extend([200, 100, 100]);
        stream.extend(b"P5\n1 1\n255\n");
        stream.push(7);
        assert_eq!(pixmaps(&stream), [false, true, false]);
    }
}
