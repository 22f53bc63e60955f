//! What every fuzz target does with the bytes it is given.
//!
//! A panic inside a library is answered as a damaged document and passes; one of
//! ours ends the run, and so does whatever takes far longer than its limit.

use platen_estimate::{Format, Limits, estimate, estimate_as};
use std::sync::Once;
use std::time::Duration;

/// Reads `document` as `format`, whatever it is.
pub fn read(document: &[u8], format: Format) {
    prepare();
    let _ = estimate_as(document, format, &limits());
}

/// Finds out what `document` is, and reads it.
pub fn find_out(document: &[u8]) {
    prepare();
    let _ = estimate(document, &limits());
}

fn limits() -> Limits {
    Limits {
        time: Duration::from_millis(200),
        memory_bytes: 64 << 20,
        ..Limits::default()
    }
}

/// Replaces the fuzzer's own hook, which ends the run at any panic.
fn prepare() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map_or("", |place| place.file());
            if place.contains("platen-estimate/src") {
                eprintln!("{panic}");
                std::process::abort();
            }
        }));
    });
}
