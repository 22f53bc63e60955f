//! The order of pages, where a page is listed more than once.
//!
//! The library lists each page object once; the standard does not allow more,
//! but printers print what is listed. *Source*: ISO 32000-1, section 7.7.3.

use hayro_syntax::Pdf;
use hayro_syntax::object::array::ArrayIter;
use hayro_syntax::object::{Array, Dict, MaybeRef, Name, ObjectIdentifier};
use std::collections::{HashMap, HashSet};

/// Indexes into the library's pages, in the order of printing; at most
/// `limit` + 1 of them.
pub(super) fn printing_order(pdf: &Pdf, limit: usize) -> Vec<usize> {
    let once = || (0..pdf.pages().len()).collect();
    match listed(pdf, limit) {
        Some(listed) if listed.len() > pdf.pages().len() => listed,
        _ => once(),
    }
}

fn listed(pdf: &Pdf, limit: usize) -> Option<Vec<usize>> {
    let xref = pdf.xref();
    let mut known: HashMap<ObjectIdentifier, usize> = HashMap::new();
    for (index, page) in pdf.pages().iter().enumerate() {
        known.insert(page.raw().obj_id()?, index);
    }
    let root = xref
        .get::<Dict<'_>>(xref.root_id())?
        .get::<Dict<'_>>("Pages")?;
    let mut visited: HashSet<ObjectIdentifier> = root.obj_id().into_iter().collect();
    let mut open: Vec<ArrayIter<'_>> = vec![kids(&root)?];
    let mut listed = Vec::new();
    while let Some(node) = open.last_mut() {
        let Some(kid) = node.next() else {
            open.pop();
            continue;
        };
        // Pages that are no objects of their own can't be told apart.
        let MaybeRef::Ref(reference) = kid else {
            return None;
        };
        let id = ObjectIdentifier::from(reference);
        if let Some(index) = known.get(&id) {
            listed.push(*index);
            if listed.len() > limit {
                return Some(listed);
            }
        } else if visited.insert(id)
            && let Some(dict) = xref.get::<Dict<'_>>(id)
            && dict.get::<Name<'_>>("Type").as_deref() == Some(b"Pages")
        {
            open.extend(kids(&dict));
        }
    }
    Some(listed)
}

fn kids<'a>(dict: &Dict<'a>) -> Option<ArrayIter<'a>> {
    Some(dict.get::<Array<'a>>("Kids")?.raw_iter())
}
