//! Markup as a tree, compact and bounded.
//!
//! Names are taken without their prefix: the two namespaces of XPS name the
//! same elements. A document type declaration, which XPS forbids, makes the
//! markup unreadable, so no entity is ever expanded. *Source*: ECMA-388,
//! sections 9.1.1 and 9.1.3; ECMA-376 part 3 (alternate content).

use crate::limits::Budget;
use crate::report::Problem;
use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

const MOST_NODES: usize = 1_000_000;
const MOST_ATTRIBUTES: usize = 2_000_000;
const DEEPEST: usize = 200;
const NONE: u32 = u32::MAX;

/// A stretch of the tree's text.
#[derive(Clone, Copy)]
struct Span(u32, u32);

struct Element {
    name: Span,
    attributes: (u32, u32),
    text: Span,
    first: u32,
    next: u32,
}

/// All elements of a part.
pub(super) struct Tree {
    text: String,
    elements: Vec<Element>,
    attributes: Vec<(Span, Span)>,
}

/// One element of a tree.
#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    tree: &'t Tree,
    at: u32,
}

impl Tree {
    /// Reads markup; none when it is not well-formed or grows too large. What
    /// comes before a fault is lost: half a page says nothing about the rest.
    pub(super) fn read(content: &[u8], budget: &Budget) -> Result<Option<Self>, Problem> {
        let Some(text) = decode(content) else {
            return Ok(None);
        };
        let mut reader = Reader::from_str(&text);
        let mut tree = Self {
            text: String::new(),
            elements: Vec::new(),
            attributes: Vec::new(),
        };
        // The open elements, each with its last child.
        let mut open: Vec<(u32, u32)> = Vec::new();
        loop {
            budget.step()?;
            let added = match reader.read_event() {
                Ok(Event::Start(start)) => {
                    let Some(at) = tree.add(&start, &mut open) else {
                        return Ok(None);
                    };
                    open.push((at, NONE));
                    open.len() <= DEEPEST
                }
                Ok(Event::Empty(start)) => tree.add(&start, &mut open).is_some(),
                Ok(Event::End(_)) => open.pop().is_some(),
                Ok(Event::Text(content)) => tree.add_text(&content.xml10_content(), &open),
                Ok(Event::DocType(_)) | Err(_) => false,
                Ok(Event::Eof) => return Ok(open.is_empty().then_some(tree)),
                Ok(_) => true,
            };
            if !added {
                return Ok(None);
            }
        }
    }

    /// The outermost element.
    pub(super) fn root(&self) -> Option<Node<'_>> {
        (!self.elements.is_empty()).then_some(Node { tree: self, at: 0 })
    }

    /// An element by its number, see [`Node::number`].
    pub(super) fn node(&self, number: u32) -> Option<Node<'_>> {
        self.elements.get(number as usize)?;
        Some(Node {
            tree: self,
            at: number,
        })
    }

    fn add(&mut self, start: &BytesStart<'_>, open: &mut [(u32, u32)]) -> Option<u32> {
        if self.elements.len() >= MOST_NODES || (open.is_empty() && !self.elements.is_empty()) {
            return None;
        }
        let at = u32::try_from(self.elements.len()).ok()?;
        let name = self.keep(start.local_name().as_ref())?;
        let from = u32::try_from(self.attributes.len()).ok()?;
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.ok()?;
            if attribute.key.as_ref().starts_with("xmlns") {
                continue;
            }
            let value = attribute.normalized_value(XmlVersion::Explicit1_0).ok()?;
            let name = self.keep(attribute.key.local_name().as_ref())?;
            let value = self.keep(&value)?;
            self.attributes.push((name, value));
        }
        if self.attributes.len() > MOST_ATTRIBUTES {
            return None;
        }
        let to = u32::try_from(self.attributes.len()).ok()?;
        self.elements.push(Element {
            name,
            attributes: (from, to),
            text: Span(0, 0),
            first: NONE,
            next: NONE,
        });
        if let Some((parent, last)) = open.last_mut() {
            let before = if *last == NONE { *parent } else { *last };
            let before = self.elements.get_mut(before as usize)?;
            if *last == NONE {
                before.first = at;
            } else {
                before.next = at;
            }
            *last = at;
        }
        Some(at)
    }

    /// Text that is not blank belongs to the element that is open.
    fn add_text(&mut self, content: &str, open: &[(u32, u32)]) -> bool {
        let content = content.trim();
        let Some((at, _)) = open.last().filter(|_| !content.is_empty()) else {
            return true;
        };
        let Some(span) = self.keep(content) else {
            return false;
        };
        if let Some(element) = self.elements.get_mut(*at as usize) {
            element.text = span;
        }
        true
    }

    fn keep(&mut self, text: &str) -> Option<Span> {
        let from = u32::try_from(self.text.len()).ok()?;
        self.text.push_str(text);
        Some(Span(from, u32::try_from(self.text.len()).ok()?))
    }

    fn text(&self, Span(from, to): Span) -> &str {
        self.text
            .get(from as usize..to as usize)
            .unwrap_or_default()
    }
}

impl<'t> Node<'t> {
    /// Its name without prefix.
    pub(super) fn name(self) -> &'t str {
        self.element()
            .map_or("", |element| self.tree.text(element.name))
    }

    /// An attribute by its name without prefix.
    pub(super) fn get(self, name: &str) -> Option<&'t str> {
        let (from, to) = self.element()?.attributes;
        let attributes = self.tree.attributes.get(from as usize..to as usize)?;
        attributes
            .iter()
            .find(|(key, _)| self.tree.text(*key) == name)
            .map(|(_, value)| self.tree.text(*value))
    }

    /// Its text, without the blanks around it.
    pub(super) fn text(self) -> &'t str {
        self.element()
            .map_or("", |element| self.tree.text(element.text))
    }

    /// The elements directly within.
    pub(super) fn children(self) -> impl Iterator<Item = Node<'t>> {
        let first = self.element().map_or(NONE, |element| element.first);
        std::iter::successors(self.tree.node(first), |node| {
            self.tree.node(node.element()?.next)
        })
    }

    /// The first element of that name directly within.
    pub(super) fn child(self, name: &str) -> Option<Node<'t>> {
        self.children().find(|child| child.name() == name)
    }

    /// The value of a property that is written as an element of its own:
    /// `Path.Fill` within a `Path`.
    pub(super) fn property(self, name: &str) -> Option<Node<'t>> {
        let property = self.children().find(|child| {
            child
                .name()
                .split_once('.')
                .is_some_and(|(owner, property)| owner == self.name() && property == name)
        })?;
        property.children().next()
    }

    /// Names it within its tree, see [`Tree::node`].
    pub(super) fn number(self) -> u32 {
        self.at
    }

    fn element(self) -> Option<&'t Element> {
        self.tree.elements.get(self.at as usize)
    }
}

/// UTF-8, or UTF-16 by its byte order mark or its first character.
fn decode(content: &[u8]) -> Option<std::borrow::Cow<'_, str>> {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = content
            .chunks_exact(2)
            .map(|pair| from([pair[0], pair[1]]))
            .collect();
        let text = String::from_utf16(&units).ok()?;
        Some(text.trim_start_matches('\u{feff}').to_owned().into())
    };
    match content {
        [0xff, 0xfe, ..] | [b'<', 0, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] | [0, b'<', ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => std::str::from_utf8(rest).ok().map(Into::into),
        _ => std::str::from_utf8(content).ok().map(Into::into),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::limits::Limits;
    use proptest::prelude::*;

    fn read(content: &[u8]) -> Option<Tree> {
        // How long it takes is not what is asked here.
        let limits = Limits {
            time: Duration::from_secs(60),
            ..Limits::default()
        };
        Tree::read(content, &Budget::start(&limits)).unwrap()
    }

    #[test]
    fn elements_have_attributes_children_properties_and_text() {
        let tree = read(
            b"<a:Path xmlns:a='u' Fill='&#x23;fff &amp; x'><Path.Data><B/></Path.Data><V> 7 </V></a:Path>",
        )
        .unwrap();
        let root = tree.root().unwrap();
        assert_eq!((root.name(), root.get("Fill")), ("Path", Some("#fff & x")));
        assert_eq!(root.get("a"), None);
        assert_eq!(root.property("Data").unwrap().name(), "B");
        assert_eq!(root.child("V").unwrap().text(), "7");
        assert_eq!(root.children().count(), 2);
    }

    #[test]
    fn wide_markup_is_read_as_well() {
        let text = "\u{feff}<P A='ü'/>";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for content in [little, big] {
            assert_eq!(read(&content).unwrap().root().unwrap().get("A"), Some("ü"));
        }
    }

    #[test]
    fn what_is_broken_endless_or_has_entities_is_not_read() {
        assert!(read(b"<a><b></a>").is_none());
        assert!(read(b"<a>").is_none());
        assert!(read(b"<a/><b/>").is_none());
        assert!(read(b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>").is_none());
        assert!(read(b"<a b='&x;'/>").is_none());
        assert!(read("<a>".repeat(1000).as_bytes()).is_none());
        let many = format!("<a>{}</a>", "<b/>".repeat(MOST_NODES));
        assert!(read(many.as_bytes()).is_none());
    }

    proptest! {
        #[test]
        fn no_bytes_upset_it(words in proptest::collection::vec(proptest::sample::select(vec![
            "<a>", "</a>", "<a b='", "'", "/>", "<!--", "-->", "&amp;", "&#0;", "&#xd800;", "<![CDATA[",
            "]]>", "<?x", "?>", "<!DOCTYPE", ">", "ü", "\0",
        ]), 0..30)) {
            if let Some(tree) = read(words.concat().as_bytes()) {
                let _ = tree.root().map(|root| root.children().count());
            }
        }
    }
}
