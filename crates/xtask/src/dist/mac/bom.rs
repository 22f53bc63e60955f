//! The bill of materials in a package: every path with its owner, size and checksum.
//!
//! *Source*: no document of Apple's describes the format. What is written here was
//! found out from files and checked by reading them back with another program:
//! numbers are big-endian; a head of 512 bytes, named variables, blocks, and an index
//! of the blocks. A variable's tree is a head block that points to a list of pairs of
//! blocks; long lists are several leaves under one root.

use anyhow::Result;

use super::tree::{Content, Node};

const HEAD: usize = 512;
/// Pairs in a leaf.
const LEAF: usize = 256;
/// *Units*: bytes. What trees say of their blocks.
const BLOCK: u32 = 4096;
const SMALL_BLOCK: u32 = 128;
/// What every record says of its architecture.
const ARCHITECTURE: u16 = 3;

/// The bill of `nodes`, owned by root and wheel, changed at `epoch`.
///
/// # Errors
/// When there are more files, or larger ones, than the format's numbers can say.
pub(super) fn bill(nodes: &[Node], epoch: u64) -> Result<Vec<u8>> {
    let mut store = Store::default();
    let count = u32::try_from(nodes.len())?;
    let mut info = Vec::new();
    // Version, paths and one, and one entry of nothing.
    for number in [1, count + 1, 1, 0, 0, 0, 0] {
        put(&mut info, number);
    }
    let info = store.add(info)?;
    store.name("BomInfo", info);
    let paths = paths(&mut store, nodes, u32::try_from(epoch)?)?;
    let paths = tree(&mut store, paths, count, BLOCK)?;
    store.name("Paths", paths);
    let links = empty(&mut store, BLOCK)?;
    store.name("HLIndex", links);
    let inner = empty(&mut store, SMALL_BLOCK)?;
    let mut view = Vec::new();
    for number in [1, inner, 0] {
        put(&mut view, number);
    }
    view.push(0);
    let view = store.add(view)?;
    store.name("VIndex", view);
    let sizes = empty(&mut store, BLOCK)?;
    store.name("Size64", sizes);
    store.written()
}

/// The list of paths; answers the block of its first leaf, or of the root above.
fn paths(store: &mut Store, nodes: &[Node], epoch: u32) -> Result<u32> {
    let mut leaves: Vec<Vec<(u32, u32)>> = Vec::new();
    for (number, node) in nodes.iter().enumerate() {
        let record = store.add(record(node, epoch)?)?;
        let mut first = Vec::new();
        put(&mut first, u32::try_from(number + 1)?);
        put(&mut first, record);
        let first = store.add(first)?;
        let mut second = Vec::new();
        let parent = node
            .parent
            .map_or(Ok(0), |parent| u32::try_from(parent + 1))?;
        put(&mut second, parent);
        second.extend(node.name().as_bytes());
        second.push(0);
        let second = store.add(second)?;
        if number % LEAF == 0 {
            leaves.push(Vec::new());
        }
        let leaf = leaves.last_mut().expect("one was begun");
        leaf.push((first, second));
    }
    let start = store.next()?;
    let last = leaves.len() - 1;
    let mut heads = Vec::new();
    for (number, pairs) in leaves.iter().enumerate() {
        let own = start + u32::try_from(number)?;
        let forward = if number == last { 0 } else { own + 1 };
        let backward = if number == 0 { 0 } else { own - 1 };
        store.add(list(true, pairs, forward, backward)?)?;
        let (_, name) = pairs.last().expect("leaves are not empty");
        heads.push((own, *name));
    }
    match heads[..] {
        [(only, _)] => Ok(only),
        _ => store.add(list(false, &heads, 0, 0)?),
    }
}

fn record(node: &Node, epoch: u32) -> Result<Vec<u8>> {
    let (kind, checksum, link) = match &node.content {
        Content::File(bytes) => (1, cksum(bytes), None),
        Content::Directory => (2, 0, None),
        Content::Link(target) => (3, cksum(target), Some(target)),
    };
    let mut record = vec![kind, 1];
    record.extend(ARCHITECTURE.to_be_bytes());
    record.extend(node.mode.to_be_bytes());
    let (owner, group) = (0, 0);
    for number in [owner, group, epoch, u32::try_from(node.bytes().len())?] {
        put(&mut record, number);
    }
    record.push(1);
    put(&mut record, checksum);
    // The target of a link ends with a zero byte.
    let length = link.map_or(0, |target| target.len() + 1);
    put(&mut record, u32::try_from(length)?);
    if let Some(target) = link {
        record.extend(target);
        record.push(0);
    }
    Ok(record)
}

fn list(is_leaf: bool, pairs: &[(u32, u32)], forward: u32, backward: u32) -> Result<Vec<u8>> {
    let mut list = u16::from(is_leaf).to_be_bytes().to_vec();
    list.extend(u16::try_from(pairs.len())?.to_be_bytes());
    put(&mut list, forward);
    put(&mut list, backward);
    for (first, second) in pairs {
        put(&mut list, *first);
        put(&mut list, *second);
    }
    Ok(list)
}

fn tree(store: &mut Store, child: u32, count: u32, block: u32) -> Result<u32> {
    let mut tree = b"tree".to_vec();
    for number in [1, child, block, count] {
        put(&mut tree, number);
    }
    tree.push(0);
    store.add(tree)
}

fn empty(store: &mut Store, block: u32) -> Result<u32> {
    let list = store.add(list(true, &[], 0, 0)?)?;
    tree(store, list, 0, block)
}

/// Blocks by number from 1, and the names of some.
#[derive(Default)]
struct Store {
    blocks: Vec<Vec<u8>>,
    names: Vec<(&'static str, u32)>,
}

impl Store {
    fn next(&self) -> Result<u32> {
        Ok(u32::try_from(self.blocks.len() + 1)?)
    }

    fn add(&mut self, block: Vec<u8>) -> Result<u32> {
        let number = self.next()?;
        self.blocks.push(block);
        Ok(number)
    }

    fn name(&mut self, name: &'static str, block: u32) {
        self.names.push((name, block));
    }

    fn written(&self) -> Result<Vec<u8>> {
        let mut names = Vec::new();
        put(&mut names, u32::try_from(self.names.len())?);
        for (name, block) in &self.names {
            put(&mut names, *block);
            names.push(u8::try_from(name.len())?);
            names.extend(name.as_bytes());
        }
        let mut index = Vec::new();
        put(&mut index, self.next()?);
        // Number 0 is no block.
        put(&mut index, 0);
        put(&mut index, 0);
        let mut content: Vec<u8> = Vec::new();
        for block in &self.blocks {
            put(
                &mut index,
                u32::try_from(HEAD + names.len() + content.len())?,
            );
            put(&mut index, u32::try_from(block.len())?);
            content.extend(block);
        }
        // No free blocks.
        index.extend([0; 20]);
        let mut bytes = b"BOMStore".to_vec();
        for number in [
            1,
            self.blocks.len(),
            HEAD + names.len() + content.len(),
            index.len(),
            HEAD,
            names.len(),
        ] {
            put(&mut bytes, u32::try_from(number)?);
        }
        bytes.resize(HEAD, 0);
        bytes.extend(names);
        bytes.extend(content);
        bytes.extend(index);
        Ok(bytes)
    }
}

fn put(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend(number.to_be_bytes());
}

/// *Source*: POSIX.1-2017, cksum.
fn cksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: u8| {
        let mut sum = sum ^ (u32::from(byte) << 24);
        for _ in 0..8 {
            let carry = sum & 0x8000_0000 != 0;
            sum <<= 1;
            if carry {
                sum ^= 0x04C1_1DB7;
            }
        }
        sum
    };
    let mut sum = bytes.iter().fold(0, |sum, byte| step(sum, *byte));
    let mut length = bytes.len();
    while length > 0 {
        sum = step(sum, length.to_le_bytes()[0]);
        length >>= 8;
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_cksum() {
        let dir = platen_lab::Scratch::new("cksum").unwrap();
        for bytes in [&b""[..], b"a", b"platen\n", &[0xff; 300]] {
            let file = dir.join("file");
            std::fs::write(&file, bytes).unwrap();
            let mut command = std::process::Command::new("cksum");
            let said = platen_lab::finish(command.arg(&file)).unwrap();
            let sum: u32 = said.split(' ').next().unwrap().parse().unwrap();
            assert_eq!(cksum(bytes), sum);
        }
    }
}
