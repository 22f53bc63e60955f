//! Writes every hostile document into a directory, for a look at one of them
//! and for the bench. Names after the directory choose some.

#[path = "../tests/hostile/mod.rs"]
mod hostile;

use hostile::damaged;
use std::path::PathBuf;

/// Damaged copies of each document with bits turned over.
const FLIPS: u64 = 12;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let chosen: Vec<String> = arguments.collect();
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|it| name.contains(it));
    std::fs::create_dir_all(&directory)?;
    for (name, make) in hostile::tricks() {
        if wanted(name) {
            std::fs::write(directory.join(name), make())?;
        }
    }
    for (name, document) in hostile::seeds() {
        let damaged = damaged::cut(&document)
            .into_iter()
            .chain(damaged::flipped(&document, FLIPS));
        for (how, bytes) in damaged {
            let name = format!("{how}-{name}");
            if wanted(&name) {
                std::fs::write(directory.join(name), bytes)?;
            }
        }
    }
    Ok(())
}
