//! Optional content: which layers are hidden. *Source*: ISO 32000-1, section 8.11.

use hayro_syntax::object::{Array, Dict, MaybeRef, Name, ObjRef, Object};
use hayro_syntax::xref::XRef;
use std::collections::HashSet;

/// More layers than any document has; a guard, not a limit.
const MAX_LAYERS: usize = 100_000;

/// The layers that are off when the document is opened.
#[derive(Default)]
pub(super) struct Layers {
    off: HashSet<(u32, i32)>,
}

impl Layers {
    pub(super) fn read(xref: &XRef) -> Self {
        Self::try_read(xref).unwrap_or_default()
    }

    fn try_read(xref: &XRef) -> Option<Self> {
        let catalog = xref.get::<Dict<'_>>(xref.root_id())?;
        let properties = catalog.get::<Dict<'_>>("OCProperties")?;
        let default = properties.get::<Dict<'_>>("D")?;
        let mut off = HashSet::new();
        if default
            .get::<Name<'_>>("BaseState")
            .is_some_and(|state| state.as_ref() == b"OFF")
        {
            off.extend(references(&properties, "OCGs"));
            for on in references(&default, "ON") {
                off.remove(&on);
            }
        }
        off.extend(references(&default, "OFF"));
        Some(Self { off })
    }

    /// Whether what the entry `key` of `dict` names is hidden.
    pub(super) fn hides(&self, dict: &Dict<'_>, key: &[u8]) -> bool {
        if self.off.is_empty() {
            return false;
        }
        match dict.get_raw::<Object<'_>>(key) {
            Some(MaybeRef::Ref(reference)) if self.off.contains(&id(reference)) => true,
            Some(_) => dict
                .get::<Dict<'_>>(key)
                .is_some_and(|membership| self.hides_membership(&membership)),
            None => false,
        }
    }

    /// *Source*: table 99; the policy, not the visibility expression.
    fn hides_membership(&self, membership: &Dict<'_>) -> bool {
        let mut groups: Vec<_> = references(membership, "OCGs").collect();
        groups.extend(membership.get_ref("OCGs").map(id));
        let off = groups
            .iter()
            .filter(|group| self.off.contains(group))
            .count();
        let on = groups.len() - off;
        if groups.is_empty() {
            return false;
        }
        match membership.get::<Name<'_>>("P").as_deref() {
            Some(b"AllOn") => off > 0,
            Some(b"AnyOff") => off == 0,
            Some(b"AllOff") => on > 0,
            _ => on == 0,
        }
    }
}

fn references<'a>(dict: &Dict<'a>, key: &str) -> impl Iterator<Item = (u32, i32)> + use<'a> {
    dict.get::<Array<'a>>(key)
        .into_iter()
        .flat_map(|list| list.raw_iter().take(MAX_LAYERS))
        .filter_map(|item| item.as_obj_ref().map(id))
}

fn id(reference: ObjRef) -> (u32, i32) {
    (reference.obj_number, reference.gen_number)
}
