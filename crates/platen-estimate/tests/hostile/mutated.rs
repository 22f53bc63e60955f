//! Changes of the kind a fuzzer makes, for a bounded run without one.

use super::hostile::damaged::Random;

/// Numbers at which arithmetic turns over.
const EDGES: [&[u8]; 10] = [
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\x80\0\0\0",
    b"\xff\xff",
    b"4294967295",
    b"-1",
    b"99999999999999999999",
    b"1e38",
];

/// Changed in one of the ways that upset parsers: bits, edges, parts left out,
/// repeated, moved, or taken from another document.
pub(crate) fn mutated(document: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = document.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let end = bytes.len().min(at + 1 + random.below(64));
        match random.below(7) {
            0 | 1 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            2 => {
                let edge = EDGES[random.below(EDGES.len())];
                let until = bytes.len().min(at + edge.len());
                bytes.splice(at..until, edge.iter().copied());
            }
            3 => drop(bytes.drain(at..end)),
            4 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part.repeat(1 + random.below(8)));
            }
            5 => bytes.truncate(end),
            _ => {
                let from = random.below(other.len());
                let until = other.len().min(from + 1 + random.below(256));
                bytes.splice(at..end, other[from..until].iter().copied());
            }
        }
    }
    bytes
}
