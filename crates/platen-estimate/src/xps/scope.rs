//! Resources by key, and values that may be resources.
//!
//! *Source*: ECMA-388, sections 14.2 (resource dictionaries, remote ones in
//! 14.2.3) and 14.2.5 (references).

use super::markup::{Node, Tree};
use super::package::{Package, resolve};
use crate::report::Problem;
use std::collections::HashMap;
use std::rc::Rc;

/// Dictionaries within dictionaries' scopes beyond this are not kept.
const MOST_SCOPES: usize = 200;

/// Markup and the part it stands in, to which its references are relative.
pub(super) struct Source {
    pub(super) tree: Tree,
    pub(super) part: String,
}

/// An element that outlives the look at its markup.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) source: Rc<Source>,
    number: u32,
}

impl Held {
    pub(super) fn new(source: &Rc<Source>, node: Node<'_>) -> Self {
        Self {
            source: source.clone(),
            number: node.number(),
        }
    }

    pub(super) fn node(&self) -> Option<Node<'_>> {
        self.source.tree.node(self.number)
    }
}

/// What a property is set to.
pub(super) enum Value<'t> {
    None,
    Text(&'t str),
    Held(Held),
}

type Dictionary = HashMap<String, Held>;

/// The resources that are in scope, innermost last.
#[derive(Default)]
pub(super) struct Scopes {
    stack: Vec<Rc<Dictionary>>,
    remote: HashMap<String, Rc<Dictionary>>,
}

impl Scopes {
    /// How many dictionaries are in scope, to come back to.
    pub(super) fn depth(&self) -> usize {
        self.stack.len()
    }

    /// Leaves the dictionaries that were entered since.
    pub(super) fn leave(&mut self, depth: usize) {
        self.stack.truncate(depth);
    }

    /// Enters the resources of a canvas or page. False when they can't be had.
    pub(super) fn enter(
        &mut self,
        source: &Rc<Source>,
        owner: Node<'_>,
        package: &Package<'_>,
    ) -> Result<bool, Problem> {
        let Some(dictionary) = owner.property("Resources") else {
            return Ok(true);
        };
        if self.stack.len() >= MOST_SCOPES {
            return Ok(false);
        }
        let Some(remote) = dictionary.get("Source") else {
            self.stack.push(Rc::new(read(source, dictionary)));
            return Ok(true);
        };
        let Some(part) = resolve(&source.part, remote) else {
            return Ok(false);
        };
        if let Some(known) = self.remote.get(&part) {
            self.stack.push(known.clone());
            return Ok(true);
        }
        let Some(tree) = package.markup(&part)? else {
            return Ok(false);
        };
        let source = Rc::new(Source { tree, part });
        // A remote dictionary may not name another one.
        let dictionary = source.tree.root().map(|root| read(&source, root));
        let dictionary = Rc::new(dictionary.unwrap_or_default());
        self.remote.insert(source.part.clone(), dictionary.clone());
        self.stack.push(dictionary);
        Ok(true)
    }

    /// A property's value, as an attribute or as an element of its own.
    pub(super) fn value<'t>(&self, source: &Rc<Source>, node: Node<'t>, name: &str) -> Value<'t> {
        match node.get(name) {
            Some(text) => match key_of(text) {
                Some(key) => self.find(key).map_or(Value::None, Value::Held),
                None => Value::Text(text),
            },
            None => node.property(name).map_or(Value::None, |property| {
                Value::Held(Held::new(source, property))
            }),
        }
    }

    fn find(&self, key: &str) -> Option<Held> {
        self.stack
            .iter()
            .rev()
            .find_map(|dictionary| dictionary.get(key))
            .cloned()
    }
}

fn read(source: &Rc<Source>, dictionary: Node<'_>) -> Dictionary {
    dictionary
        .children()
        .filter_map(|child| Some((child.get("Key")?.to_owned(), Held::new(source, child))))
        .collect()
}

/// The key in `{StaticResource key}`.
fn key_of(text: &str) -> Option<&str> {
    let text = text.trim().strip_prefix('{')?.strip_suffix('}')?;
    Some(text.trim().strip_prefix("StaticResource")?.trim())
}
