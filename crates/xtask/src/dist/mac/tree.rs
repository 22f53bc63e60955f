//! A directory's files as an archive and a bill of materials list them.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// A file, directory or link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// `.` for the top, else `./a/b`.
    pub(crate) path: String,
    /// The place of its directory in the list; none: the top.
    pub(crate) parent: Option<usize>,
    /// Type and permissions. *Source*: inode(7).
    pub(crate) mode: u16,
    pub(crate) content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Directory,
    File(Vec<u8>),
    Link(Vec<u8>),
}

impl Node {
    /// The last part of the path.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// What it holds, as an archive keeps it.
    pub(crate) fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Directory => &[],
            Content::File(bytes) | Content::Link(bytes) => bytes,
        }
    }
}

/// Everything below `top`: directories before what is in them, all that are in one
/// together and by name.
///
/// # Errors
/// When something can't be read, or is neither file, directory nor link.
pub(crate) fn nodes(top: &Path) -> Result<Vec<Node>> {
    let mut nodes = vec![node(top, ".".to_owned(), None)?];
    let mut at = 0;
    while at < nodes.len() {
        if nodes[at].content == Content::Directory {
            let path = nodes[at].path.clone();
            let mut names: Vec<String> = Vec::new();
            for entry in fs::read_dir(top.join(&path))? {
                let name = entry?.file_name().into_string();
                names.push(name.ok().context("a file's name is no UTF-8")?);
            }
            names.sort();
            for name in names {
                let path = format!("{path}/{name}");
                let place = top.join(&path);
                nodes.push(node(&place, path, Some(at))?);
            }
        }
        at += 1;
    }
    Ok(nodes)
}

fn node(place: &Path, path: String, parent: Option<usize>) -> Result<Node> {
    let read = || -> Result<Node> {
        let metadata = fs::symlink_metadata(place)?;
        let content = if metadata.is_dir() {
            Content::Directory
        } else if metadata.is_symlink() {
            Content::Link(fs::read_link(place)?.as_os_str().as_bytes().to_vec())
        } else if metadata.is_file() {
            Content::File(fs::read(place)?)
        } else {
            bail!("neither file, directory nor link");
        };
        let mode = u16::try_from(metadata.mode() & 0xffff)?;
        Ok(Node {
            path,
            parent,
            mode,
            content,
        })
    };
    read().with_context(|| format!("reading {}", place.display()))
}
