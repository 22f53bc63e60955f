//! The strongest peer: the `hayro` crate renders each page at 36 dpi, and its
//! pixels are looked at.

mod runner;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use runner::Verdict;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Chroma over which a pixel counts as coloured, of 255.
const NEUTRAL: u8 = 24;
/// 36 dots an inch of 72 points.
const SCALE: f32 = 0.5;

fn main() -> std::io::Result<()> {
    std::panic::set_hook(Box::new(|_| {}));
    runner::run(|path| Verdict {
        pages: catch_unwind(AssertUnwindSafe(|| pages(path)))
            .unwrap_or_else(|_| Err("panicked".to_owned())),
        notes: String::new(),
    })
}

fn pages(path: &Path) -> Result<Vec<bool>, String> {
    let document = std::fs::read(path).map_err(|error| error.to_string())?;
    let pdf = Pdf::new(document).map_err(|error| format!("{error:?}"))?;
    let cache = RenderCache::new();
    let interpreter = InterpreterSettings::default();
    let settings = RenderSettings::default();
    let scaled = PixmapSettings {
        x_scale: SCALE,
        y_scale: SCALE,
        bg_color: WHITE,
    };
    let coloured = |page| {
        let pixels = render(page, &cache, &interpreter, &settings, &scaled);
        pixels.data_as_u8_slice().chunks_exact(4).any(|pixel| {
            let [red, green, blue] = [pixel[0], pixel[1], pixel[2]];
            red.max(green).max(blue) - red.min(green).min(blue) > NEUTRAL
        })
    };
    Ok(pdf.pages().iter().map(coloured).collect())
}
