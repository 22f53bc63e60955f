//! Dictionaries and names: tables in the order in which they were filled.

use super::object::{Name, Object};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// More entries than this are found through a table.
const SMALL: usize = 8;
/// No slot of the table.
const EMPTY: u32 = u32::MAX;

#[derive(Clone, Copy)]
struct Entry {
    key: u64,
    name: Object,
    value: Option<Object>,
}

/// A dictionary. Removed entries keep their place, so that walking over it
/// while it changes is well defined.
#[derive(Clone, Default)]
pub(super) struct Dict {
    entries: Vec<Entry>,
    slots: Vec<u32>,
    live: usize,
    /// What it was made for; `maxlength` gives it back.
    pub(super) capacity: usize,
}

impl Dict {
    pub(super) const EMPTY: Self = Self {
        entries: Vec::new(),
        slots: Vec::new(),
        live: 0,
        capacity: 0,
    };

    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            ..Self::default()
        }
    }

    pub(super) fn len(&self) -> usize {
        self.live
    }

    /// How many places there are, removed entries included.
    pub(super) fn places(&self) -> usize {
        self.entries.len()
    }

    /// What stands in a place.
    pub(super) fn at(&self, place: usize) -> Option<(Object, Object)> {
        let entry = self.entries.get(place)?;
        Some((entry.name, entry.value?))
    }

    pub(super) fn get(&self, key: u64) -> Option<Object> {
        self.entries.get(self.find(key)?)?.value
    }

    /// Sets a value; says whether the dictionary grew.
    pub(super) fn put(&mut self, name: Object, key: u64, value: Object) -> bool {
        if let Some(entry) = self.find(key).and_then(|at| self.entries.get_mut(at)) {
            self.live += usize::from(entry.value.is_none());
            entry.value = Some(value);
            return false;
        }
        self.entries.push(Entry {
            key,
            name,
            value: Some(value),
        });
        self.live += 1;
        if self.entries.len() > SMALL {
            if self.slots.len() < self.entries.len() * 2 {
                self.index();
            } else {
                self.link(self.entries.len() - 1);
            }
        }
        true
    }

    pub(super) fn remove(&mut self, key: u64) {
        if let Some(entry) = self.find(key).and_then(|at| self.entries.get_mut(at))
            && entry.value.take().is_some()
        {
            self.live -= 1;
        }
    }

    fn find(&self, key: u64) -> Option<usize> {
        if self.slots.is_empty() {
            return self.entries.iter().position(|entry| entry.key == key);
        }
        let mask = self.slots.len() - 1;
        let mut slot = mix(key) & mask;
        loop {
            let at = self.slots[slot];
            if at == EMPTY {
                return None;
            }
            if self.entries[at as usize].key == key {
                return Some(at as usize);
            }
            slot = (slot + 1) & mask;
        }
    }

    fn index(&mut self) {
        let size = (self.entries.len() * 4).next_power_of_two();
        self.slots = vec![EMPTY; size];
        for at in 0..self.entries.len() {
            self.link(at);
        }
    }

    fn link(&mut self, at: usize) {
        let mask = self.slots.len() - 1;
        let mut slot = mix(self.entries[at].key) & mask;
        while self.slots[slot] != EMPTY {
            slot = (slot + 1) & mask;
        }
        // Memory runs out long before four thousand million entries.
        self.slots[slot] = u32::try_from(at).unwrap_or(EMPTY);
    }
}

fn mix(key: u64) -> usize {
    let mixed = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 40).unwrap_or(0)
}

/// A quick hash for short texts; a flood of names ends at their limit.
#[derive(Clone, Copy, Default)]
struct TextHasher(u64);

impl Hasher for TextHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut hash = self.0;
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            hash = (hash.rotate_left(5) ^ u64::from_le_bytes(word))
                .wrapping_mul(0x517c_c1b7_2722_0a95);
            hash ^= hash >> 29;
        }
        self.0 = hash;
    }
}

/// Every name that was met, numbered.
#[derive(Default)]
pub(super) struct Names {
    texts: Vec<Box<[u8]>>,
    numbers: HashMap<Box<[u8]>, u32, BuildHasherDefault<TextHasher>>,
    bytes: usize,
}

impl Names {
    /// The number of a name; a new one when it wasn't met before.
    pub(super) fn intern(&mut self, text: &[u8]) -> Name {
        if let Some(number) = self.numbers.get(text) {
            return Name(*number);
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.into());
        self.numbers.insert(text.into(), number);
        self.bytes += 2 * text.len() + 80;
        Name(number)
    }

    pub(super) fn text(&self, name: Name) -> &[u8] {
        self.texts.get(name.0 as usize).map_or(b"", |text| text)
    }

    /// What all names together take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_found_whatever_else_there_is() {
        let mut dict = Dict::default();
        for number in 0..1000 {
            let key = Object::int(number);
            assert!(dict.put(key, key.key(), Object::int(number * 2)));
        }
        for number in 0..1000 {
            let found = dict.get(Object::int(number).key()).unwrap();
            assert_eq!(found.number(), Some(f64::from(number * 2)));
        }
        assert!(dict.get(Object::int(1000).key()).is_none());
        assert_eq!(dict.len(), 1000);
    }

    #[test]
    fn a_removed_entry_keeps_the_places_of_the_others() {
        let mut dict = Dict::default();
        for number in 0..20 {
            dict.put(Object::int(number), Object::int(number).key(), Object::NULL);
        }
        dict.remove(Object::int(3).key());
        dict.remove(Object::int(3).key());
        assert_eq!((dict.len(), dict.places()), (19, 20));
        assert!(dict.at(3).is_none());
        assert!(dict.at(4).is_some());
        dict.put(Object::int(3), Object::int(3).key(), Object::NULL);
        assert_eq!((dict.len(), dict.places()), (20, 20));
    }

    #[test]
    fn a_name_has_one_number() {
        let mut names = Names::default();
        let (a, b) = (names.intern(b"a"), names.intern(b"b"));
        assert_ne!(a, b);
        assert_eq!(names.intern(b"a"), a);
        assert_eq!(names.text(b), b"b");
    }
}
