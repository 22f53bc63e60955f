//! The archive in a package. *Source*: POSIX.1-1997, pax, cpio interchange format
//! (`odc`).

use std::fmt::Write as _;

use anyhow::{Result, ensure};

use super::tree::{Content, Node};

/// *Units*: bytes; eleven octal digits.
const LARGEST: usize = 0o777_7777_7777;
/// Six octal digits, as all numbers but sizes and times.
const NUMBERS: usize = 0o1_000_000;

/// All of `nodes`, owned by root (0) and wheel (0), changed at `epoch`.
///
/// # Errors
/// When a file is larger than the format can say.
pub(super) fn archive(nodes: &[Node], epoch: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for (number, node) in nodes.iter().enumerate() {
        let links = if node.content == Content::Directory {
            2
        } else {
            1
        };
        let entry = Entry {
            name: &node.path,
            // Not 0: that is the number of no file.
            number: number + 1,
            mode: node.mode,
            links,
            content: node.bytes(),
        };
        entry.write(epoch, &mut bytes)?;
    }
    let trailer = Entry {
        name: "TRAILER!!!",
        number: 0,
        mode: 0,
        links: 1,
        content: &[],
    };
    trailer.write(0, &mut bytes)?;
    Ok(bytes)
}

struct Entry<'a> {
    name: &'a str,
    number: usize,
    mode: u16,
    links: u32,
    content: &'a [u8],
}

impl Entry<'_> {
    fn write(&self, epoch: u64, bytes: &mut Vec<u8>) -> Result<()> {
        let size = self.content.len();
        ensure!(size <= LARGEST, "{} is too large", self.name);
        let (device, owner, group, special) = (0, 0, 0, 0);
        let mut head = String::from("070707");
        write!(head, "{device:06o}{:06o}", self.number % NUMBERS)?;
        write!(head, "{:06o}{owner:06o}{group:06o}", self.mode)?;
        write!(head, "{:06o}{special:06o}{epoch:011o}", self.links)?;
        // The name ends with a zero byte.
        write!(head, "{:06o}{size:011o}", self.name.len() + 1)?;
        bytes.extend(head.as_bytes());
        bytes.extend(self.name.as_bytes());
        bytes.push(0);
        bytes.extend(self.content);
        Ok(())
    }
}
