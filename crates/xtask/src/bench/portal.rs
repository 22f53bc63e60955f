//! From asking for the portal to its first paint.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use platen_lab::{Seat, output, wait_for};

use super::numbers::{percentile, ratio};
use super::{Bench, swing};

const RUNS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn measure(programs: &Path) -> Result<String> {
    let mut bench = Bench::new(programs)?;
    let mut reference = Vec::new();
    if swing::prepare(&bench.seat, bench.scratch.path())? {
        for _ in 0..RUNS {
            let started = Instant::now();
            let window = swing::open(&bench.seat, bench.scratch.path())?;
            wait_painted(&bench.seat, swing::TITLE)?;
            reference.push(started.elapsed().as_secs_f64() * 1000.0);
            drop(window);
        }
    }
    let mut ours = Vec::new();
    for _ in 0..RUNS {
        bench.seat.start_client()?;
        let started = Instant::now();
        output(&mut bench.seat.platen(&["open"]))?;
        wait_painted(&bench.seat, "Platen")?;
        ours.push(started.elapsed().as_secs_f64() * 1000.0);
        bench.seat.stop_client()?;
    }
    let (median, worst) = (percentile(&ours, 50.0), percentile(&ours, 100.0));
    let mut text = format!(
        "{RUNS} first openings, milliseconds from `platen open` to something on the screen\n\
         median {median:.0}, worst {worst:.0}"
    );
    if reference.is_empty() {
        text.push_str("; no Java here to compare with\n");
    } else {
        let swing = percentile(&reference, 50.0);
        text.push_str(&format!(
            "; {} of a bare Swing window from nothing ({swing:.0})\n",
            ratio(median, swing)
        ));
    }
    Ok(text)
}

fn wait_painted(seat: &Seat, title: &str) -> Result<()> {
    let frame = seat.desktop()?.frame_buffer();
    wait_for(&format!("the window {title:?}"), PATIENCE, || {
        let Some(area) = window(seat, title)? else {
            return Ok(None);
        };
        // A window that shows nothing yet has one colour.
        let colours = colours(&frame, &area).context("reading the screen")?;
        Ok((colours > 1).then_some(()))
    })
}

struct Area {
    x: usize,
    y: usize,
    width: usize,
    height: usize,
}

fn window(seat: &Seat, title: &str) -> Result<Option<Area>> {
    let mut search = seat.command("xdotool");
    search.args(["search", "--onlyvisible", "--name", title]);
    let found = output(search.args(["getwindowgeometry", "--shell"]))?;
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    let value = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.parse::<usize>().ok())
    };
    Ok((|| {
        Some(Area {
            x: value("X=")?,
            y: value("Y=")?,
            width: value("WIDTH=")?,
            height: value("HEIGHT=")?,
        })
    })())
}

/// How many colours the screen shows in `area`, read from Xvfb's frame buffer.
///
/// Source: X11/XWDFile.h: 32-bit words, most significant byte first; header size, then at word 12 the
/// bytes of a line and at word 19 the number of colours, of 12 bytes each, between header and pixels.
fn colours(frame: &Path, area: &Area) -> Result<usize> {
    let bytes = fs::read(frame)?;
    let word = |index: usize| -> Option<usize> {
        let word = bytes.get(index * 4..index * 4 + 4)?;
        usize::try_from(u32::from_be_bytes(word.try_into().ok()?)).ok()
    };
    let read = || Some((word(0)?, word(12)?, word(19)?));
    let (header, line, palette) = read().context("the frame buffer has no header")?;
    let pixels = header + palette * 12;
    let mut seen = BTreeSet::new();
    for y in area.y..area.y + area.height {
        let start = pixels + y * line + area.x * 4;
        if let Some(row) = bytes.get(start..start + area.width * 4) {
            seen.extend(row.chunks_exact(4).map(<[u8]>::to_vec));
        }
    }
    Ok(seen.len())
}
