//! A page of Markdown: its code, its text, its headings.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A page.
pub(crate) struct Page {
    pub(crate) path: PathBuf,
    pub(crate) blocks: Vec<Block>,
    /// Lines that are no code, by number.
    pub(crate) text: Vec<(usize, String)>,
}

/// Fenced code.
pub(crate) struct Block {
    /// What stands behind the fence: its language, and whose settings it has.
    pub(crate) kind: String,
    /// Where the fence is.
    pub(crate) line: usize,
    /// Without the fence's indentation.
    pub(crate) lines: Vec<String>,
}

impl Page {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        Ok(Self::of(path, &text))
    }

    pub(crate) fn of(path: &Path, text: &str) -> Self {
        let mut page = Self {
            path: path.to_owned(),
            blocks: Vec::new(),
            text: Vec::new(),
        };
        let mut open: Option<(Block, usize)> = None;
        for (index, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let fence = line.trim_start().strip_prefix("```");
            match (&mut open, fence) {
                (None, Some(kind)) => {
                    let block = Block {
                        kind: kind.trim().to_owned(),
                        line: index + 1,
                        lines: Vec::new(),
                    };
                    open = Some((block, indent));
                }
                (Some(_), Some("")) => page.blocks.extend(open.take().map(|(block, _)| block)),
                (Some((block, deep)), _) => {
                    let line = line.get((*deep).min(indent)..).unwrap_or_default();
                    block.lines.push(line.to_owned());
                }
                (None, None) => page.text.push((index + 1, line.to_owned())),
            }
        }
        page
    }

    /// What stands between backticks outside of blocks, with its line.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.iter().flat_map(|(number, line)| {
            let odd = line.split('`').skip(1).step_by(2);
            odd.map(move |span| (*number, span))
        })
    }

    /// Where a link within the page can lead to. *Source*: GitHub, section links.
    pub(crate) fn anchors(&self) -> BTreeSet<String> {
        let mut times: BTreeMap<String, u32> = BTreeMap::new();
        let mut anchors = BTreeSet::new();
        for (_, line) in &self.text {
            let title = line.trim_start_matches('#');
            if title.len() == line.len() || !title.starts_with(' ') {
                continue;
            }
            let kept = |letter: &char| letter.is_alphanumeric() || " -_".contains(*letter);
            let slug: String = title.trim().to_lowercase().chars().filter(kept).collect();
            let slug = slug.replace(' ', "-");
            let before = times.entry(slug.clone()).or_default();
            anchors.insert(match *before {
                0 => slug,
                before => format!("{slug}-{before}"),
            });
            *before += 1;
        }
        anchors
    }
}
