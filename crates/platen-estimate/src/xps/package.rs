//! The package: parts by name, their relations, their pieces.
//!
//! *Source*: ECMA-376 part 2 (Open Packaging Conventions), sections 6.2 (part
//! names), 6.5 (relationships), 7.2.4 (pieces of an interleaved part).

use super::markup::Tree;
use super::zip::Archive;
use crate::limits::Budget;
use crate::report::Problem;
use std::cell::RefCell;
use std::collections::HashMap;

/// Markup larger than this is no page's.
const MOST_MARKUP: usize = 32 << 20;
/// Pieces of one part.
const MOST_PIECES: usize = 100_000;

/// A package, its parts named without the leading slash.
pub(super) struct Package<'d> {
    archive: Archive<'d>,
    spaces: RefCell<HashMap<String, Option<[u8; 4]>>>,
    pub(super) budget: &'d Budget,
}

impl<'d> Package<'d> {
    /// Opens a package; a zip without a directory is none.
    pub(super) fn open(data: &'d [u8], budget: &'d Budget) -> Result<Option<Self>, Problem> {
        Ok(Archive::open(data, budget)?.map(|archive| Self {
            archive,
            spaces: RefCell::default(),
            budget,
        }))
    }

    /// Whether any part's name ends like that.
    pub(super) fn has_part_ending(&self, ending: &str) -> bool {
        let ending = ending.as_bytes();
        self.archive.names().any(|name| {
            name.len() >= ending.len()
                && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending)
        })
    }

    /// A part's content; none when it is missing, damaged or too large.
    pub(super) fn part(&self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        self.part_within(name, self.budget.inflated_bytes)
    }

    /// A part's markup; none when it can't be had.
    pub(super) fn markup(&self, name: &str) -> Result<Option<Tree>, Problem> {
        let limit = MOST_MARKUP.min(self.budget.inflated_bytes);
        match self.part_within(name, limit)? {
            Some(content) => Tree::read(&content, self.budget),
            None => Ok(None),
        }
    }

    /// The colour space that an ICC profile is for, by its four letters.
    /// *Source*: ICC.1:2022, section 7.2.6.
    pub(super) fn profile_space(&self, name: &str) -> Result<Option<[u8; 4]>, Problem> {
        if let Some(space) = self.spaces.borrow().get(name) {
            return Ok(*space);
        }
        let profile = self.part(name)?;
        let space = profile.and_then(|profile| profile.get(16..20)?.try_into().ok());
        self.spaces.borrow_mut().insert(name.into(), space);
        Ok(space)
    }

    /// The parts that a part names for a kind of relation, in the order of the
    /// markup. The package's own relations are those of the part without name.
    pub(super) fn related(&self, part: &str, kind: &str) -> Result<Vec<String>, Problem> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let folder_slash = if folder.is_empty() { "" } else { "/" };
        let name = format!("{folder}{folder_slash}_rels/{file}.rels");
        let Some(tree) = self.markup(&name)? else {
            return Ok(Vec::new());
        };
        let Some(root) = tree.root() else {
            return Ok(Vec::new());
        };
        Ok(root
            .children()
            .filter(|child| child.name() == "Relationship")
            .filter(|child| child.get("TargetMode") != Some("External"))
            .filter(|child| child.get("Type").is_some_and(|t| t.ends_with(kind)))
            .filter_map(|child| resolve(part, child.get("Target")?))
            .collect())
    }

    fn part_within(&self, name: &str, limit: usize) -> Result<Option<Vec<u8>>, Problem> {
        if self.archive.holds(name) {
            return self.archive.read(name, limit, self.budget);
        }
        let mut whole = Vec::new();
        for number in 0..MOST_PIECES {
            let piece = format!("{name}/[{number}].piece");
            let last = format!("{name}/[{number}].last.piece");
            let (piece, is_last) = if self.archive.holds(&last) {
                (last, true)
            } else {
                (piece, false)
            };
            let room = limit - whole.len();
            let Some(content) = self.archive.read(&piece, room, self.budget)? else {
                return Ok(None);
            };
            whole.extend_from_slice(&content);
            if is_last {
                return Ok(Some(whole));
            }
        }
        Ok(None)
    }
}

/// A reference, as it stands in a part, as the name of a part; none when it
/// leads out of the package.
pub(super) fn resolve(part: &str, reference: &str) -> Option<String> {
    let reference = reference.trim();
    let reference = reference.split(['#', '?']).next().unwrap_or_default();
    let reference = decode_percent(reference);
    let (base, path) = match reference.strip_prefix('/') {
        Some(path) => ("", path),
        None => (
            part.rsplit_once('/').map_or("", |(folder, _)| folder),
            &*reference,
        ),
    };
    if path.is_empty() || path.contains(':') {
        return None;
    }
    let mut segments: Vec<&str> = Vec::new();
    for segment in base.split('/').chain(path.split('/')) {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop()?;
            }
            segment => segments.push(segment),
        }
    }
    Some(segments.join("/"))
}

fn decode_percent(text: &str) -> String {
    if !text.contains('%') {
        return text.into();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = (*byte == b'%')
            .then(|| after.get(..2))
            .flatten()
            .and_then(|code| std::str::from_utf8(code).ok())
            .and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                rest = &after[2..];
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_followed_within_the_package() {
        let page = "Documents/1/Pages/1.fpage";
        let check = |reference: &str, expected: Option<&str>| {
            assert_eq!(resolve(page, reference).as_deref(), expected, "{reference}");
        };
        check("/Resources/a.png", Some("Resources/a.png"));
        check("2.fpage", Some("Documents/1/Pages/2.fpage"));
        check(
            "../Resources/a%20b.png#part",
            Some("Documents/1/Resources/a b.png"),
        );
        check("../../../../a.png", None);
        check("http://example.com/a.png", None);
        check("", None);
        check("50%", Some("Documents/1/Pages/50%"));
    }
}
