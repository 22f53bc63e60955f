//! Rows of one table while a batch of operations works on them.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use super::Result;
use super::table::{Stored, Table};
use super::value::{Row, Value};

/// Rows that were loaded, what operations made of them, and which ones they
/// missed.
pub(crate) struct Shelf<T: Stored> {
    slots: HashMap<T::Key, Slot<T>>,
    /// What the present operation changed, with what stood there before.
    journal: Vec<(T::Key, Slot<T>)>,
    /// Keys whose rows may differ from what is stored.
    touched: Vec<T::Key>,
    missed: BTreeSet<T::Key>,
}

struct Slot<T> {
    /// As the engine holds it; none where there is no such row.
    stored: Option<Arc<T>>,
    /// As operations see it.
    present: Option<Arc<T>>,
    changed: bool,
}

impl<T> Clone for Slot<T> {
    fn clone(&self) -> Self {
        Self {
            stored: self.stored.clone(),
            present: self.present.clone(),
            changed: self.changed,
        }
    }
}

/// Rows of one table that are needed, by their keys in order.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) table: &'static Table,
    pub(crate) keys: Vec<Vec<Value>>,
}

/// Rows of one table to be written.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) inserts: Vec<Vec<Value>>,
    pub(crate) updates: Vec<Vec<Value>>,
}

impl<T: Stored> Default for Shelf<T> {
    fn default() -> Self {
        Self {
            slots: HashMap::new(),
            journal: Vec::new(),
            touched: Vec::new(),
            missed: BTreeSet::new(),
        }
    }
}

impl<T: Stored> Shelf<T>
where
    T::Key: Eq + Hash,
{
    /// The row, if it is known whether there is one.
    pub(crate) fn get(&self, key: &T::Key) -> Option<Option<Arc<T>>> {
        self.slots.get(key).map(|slot| slot.present.clone())
    }

    /// Every row that there is now among the loaded ones.
    pub(crate) fn present(&self) -> impl Iterator<Item = &T> {
        self.slots
            .values()
            .filter_map(|slot| slot.present.as_deref())
    }

    /// Notes that a row is needed.
    pub(crate) fn miss(&mut self, key: T::Key) {
        if is_storable(&T::key_values(&key)) {
            self.missed.insert(key);
        } else {
            // No row has such a key, and to ask for it fails the whole batch.
            self.load_absent(key);
        }
    }

    /// Notes that a row will be needed, unless it is there.
    pub(crate) fn want(&mut self, key: T::Key) {
        if !self.slots.contains_key(&key) {
            self.miss(key);
        }
    }

    /// Puts one stored row into its place.
    pub(crate) fn load(&mut self, row: T) {
        let key = row.key();
        let row = Some(Arc::new(row));
        self.slots.insert(
            key,
            Slot {
                stored: row.clone(),
                present: row,
                changed: false,
            },
        );
    }

    /// Notes that there is no such row.
    pub(crate) fn load_absent(&mut self, key: T::Key) {
        self.slots.entry(key).or_insert(Slot {
            stored: None,
            present: None,
            changed: false,
        });
    }

    /// Stages a row.
    pub(crate) fn put(&mut self, row: T) {
        let key = row.key();
        let slot = self.slots.entry(key.clone()).or_insert(Slot {
            stored: None,
            present: None,
            changed: false,
        });
        self.journal.push((key.clone(), slot.clone()));
        if !slot.changed {
            self.touched.push(key);
        }
        slot.present = Some(Arc::new(row));
        slot.changed = true;
    }

    /// What is to be written, by table or part of it.
    pub(crate) fn changes(&self) -> Result<Vec<(&'static Table, Rows)>> {
        let mut all: Vec<(&'static Table, Rows)> = Vec::new();
        for slot in self.changed_slots() {
            let Some(present) = slot.present.as_deref() else {
                continue;
            };
            let part = match slot.stored.as_deref() {
                Some(stored) => present.changed(stored),
                None => T::TABLE,
            };
            let place = match all.iter().position(|(table, _)| table.is(part)) {
                Some(place) => place,
                None => {
                    all.push((part, Rows::default()));
                    all.len() - 1
                }
            };
            let rows = &mut all[place].1;
            if slot.stored.is_none() {
                rows.inserts.push(present.values()?);
            } else {
                rows.updates.push(present.values_of(part)?);
            }
        }
        Ok(all)
    }

    fn changed_slots(&self) -> impl Iterator<Item = &Slot<T>> {
        let touched = self.touched.iter().filter_map(|key| self.slots.get(key));
        touched.filter(|slot| slot.changed)
    }

    /// Rows that were changed: as they are stored, if they are, and as they
    /// will be.
    pub(crate) fn changed(&self) -> impl Iterator<Item = (Option<&T>, &T)> {
        self.changed_slots()
            .filter_map(|slot| Some((slot.stored.as_deref(), slot.present.as_deref()?)))
    }
}

/// Whether a row can have this key at all.
pub(super) fn is_storable(key: &[Value]) -> bool {
    let text = |value: &Value| match value {
        Value::Text(text) => Some(text.contains('\0')),
        _ => None,
    };
    !key.iter().filter_map(text).any(|has_zero| has_zero)
}

/// What all shelves do alike.
pub(crate) trait Stage {
    /// The operation's changes stay.
    fn accept(&mut self);
    /// The operation's changes are taken back.
    fn undo(&mut self);
    /// All changes of the batch are taken back.
    fn reset(&mut self);
    /// All changes were committed.
    fn settle(&mut self);
    /// Everything loaded is dropped.
    fn forget(&mut self);
    /// Everything loaded is dropped and missed from now on.
    fn load_again(&mut self);
    /// The rows that are missing, if any.
    fn request(&self) -> Option<Request>;
    /// Puts what the engine gave for the missing rows into its place.
    fn fill(&mut self, rows: Vec<Row>) -> Result<()>;
    /// Rows that are kept.
    fn len(&self) -> usize;
}

impl<T: Stored> Stage for Shelf<T>
where
    T::Key: Eq + Hash,
{
    fn accept(&mut self) {
        self.journal.clear();
    }

    fn undo(&mut self) {
        while let Some((key, slot)) = self.journal.pop() {
            if !slot.changed {
                self.touched.pop();
            }
            self.slots.insert(key, slot);
        }
    }

    fn reset(&mut self) {
        self.journal.clear();
        for key in self.touched.drain(..) {
            if let Some(slot) = self.slots.get_mut(&key) {
                slot.present.clone_from(&slot.stored);
                slot.changed = false;
            }
        }
    }

    fn settle(&mut self) {
        self.journal.clear();
        for key in self.touched.drain(..) {
            if let Some(slot) = self.slots.get_mut(&key) {
                slot.stored.clone_from(&slot.present);
                slot.changed = false;
            }
        }
    }

    fn forget(&mut self) {
        self.journal.clear();
        self.touched.clear();
        self.missed.clear();
        self.slots.clear();
    }

    fn load_again(&mut self) {
        self.journal.clear();
        self.touched.clear();
        let known = self.slots.drain().map(|(key, _)| key);
        self.missed.extend(known);
    }

    fn request(&self) -> Option<Request> {
        (!self.missed.is_empty()).then(|| Request {
            table: T::TABLE,
            keys: self.missed.iter().map(T::key_values).collect(),
        })
    }

    fn fill(&mut self, rows: Vec<Row>) -> Result<()> {
        for mut row in rows {
            self.load(T::read(&mut row)?);
        }
        for key in std::mem::take(&mut self.missed) {
            self.load_absent(key);
        }
        Ok(())
    }

    fn len(&self) -> usize {
        self.slots.len()
    }
}
