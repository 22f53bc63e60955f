//! Where strings, arrays and dictionaries lie, and what `save` brings back.
//!
//! Handles, not pointers: nothing is freed while something may still hold it.
//! When much was made, [`Memory::collect`] marks what can be reached and
//! reuses the rest. *Source*: PLRM, section 3.7.

use super::dict::Dict;
use super::object::{Done, Error, Fail, Object, Slice, Value};

/// What an object's place costs beside its content. *Units*: bytes.
const OVERHEAD: usize = 48;
const OBJECT: usize = size_of::<Object>();
/// An entry of a dictionary with its share of the table.
const ENTRY: usize = 80;

struct Cell<T> {
    body: T,
    /// The last `save` that has a copy of it, or under which it was made.
    serial: u32,
    global: bool,
    reached: bool,
    /// `bind` leaves it alone.
    sealed: bool,
}

struct Pool<T> {
    cells: Vec<Cell<T>>,
    free: Vec<u32>,
}

impl<T: Default> Pool<T> {
    const fn new() -> Self {
        Self {
            cells: Vec::new(),
            free: Vec::new(),
        }
    }

    fn add(&mut self, body: T, serial: u32, global: bool) -> Done<u32> {
        let cell = Cell {
            body,
            serial,
            global,
            reached: false,
            sealed: false,
        };
        if let Some(id) = self.free.pop() {
            self.cells[id as usize] = cell;
            return Ok(id);
        }
        let id = u32::try_from(self.cells.len()).map_err(|_| Fail::Limit("memory"))?;
        self.cells.push(cell);
        Ok(id)
    }

    /// Frees what wasn't reached; gives back what the rest takes.
    fn sweep(&mut self, size: impl Fn(&T) -> usize) -> usize {
        let mut used = 0;
        self.free.clear();
        for (id, cell) in self.cells.iter_mut().enumerate() {
            if std::mem::take(&mut cell.reached) {
                used += size(&cell.body) + OVERHEAD;
            } else {
                cell.body = T::default();
                self.free.push(u32::try_from(id).unwrap_or(u32::MAX));
            }
        }
        used
    }

    /// Marks a cell; says whether it was not marked before.
    fn reach(&mut self, id: u32) -> bool {
        self.cells
            .get_mut(id as usize)
            .is_some_and(|cell| !std::mem::replace(&mut cell.reached, true))
    }
}

/// What changed since a `save`, as it was before.
struct Saved {
    serial: u32,
    arrays: Vec<(u32, Vec<Object>, u32)>,
    dicts: Vec<(u32, Dict, u32)>,
    global: bool,
}

/// All strings, arrays and dictionaries of a program.
pub(super) struct Memory {
    strings: Pool<Vec<u8>>,
    arrays: Pool<Vec<Object>>,
    dicts: Pool<Dict>,
    saves: Vec<Saved>,
    serial: u32,
    last_serial: u32,
    pub(super) global: bool,
    used: usize,
    collect_at: usize,
    limit: usize,
}

impl Memory {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            strings: Pool::new(),
            arrays: Pool::new(),
            dicts: Pool::new(),
            saves: Vec::new(),
            serial: 0,
            last_serial: 0,
            global: false,
            used: 0,
            collect_at: limit / 8,
            limit,
        }
    }

    /// *Units*: bytes.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    fn claim(&mut self, bytes: usize) -> Done {
        let used = self.used.saturating_add(bytes);
        if used > self.limit {
            return Err(Error::Memory.into());
        }
        self.used = used;
        Ok(())
    }

    pub(super) fn add_string(&mut self, text: Vec<u8>) -> Done<Slice> {
        let len = u32::try_from(text.len()).map_err(|_| Error::LimitCheck)?;
        self.claim(text.len() + OVERHEAD)?;
        let id = self.strings.add(text, self.serial, self.global)?;
        Ok(Slice { id, start: 0, len })
    }

    /// A string of zeros.
    pub(super) fn blank_string(&mut self, len: usize) -> Done<Slice> {
        self.fits(len)?;
        self.add_string(vec![0; len])
    }

    pub(super) fn add_array(&mut self, items: Vec<Object>) -> Done<Slice> {
        let len = u32::try_from(items.len()).map_err(|_| Error::LimitCheck)?;
        self.claim(items.len() * OBJECT + OVERHEAD)?;
        let id = self.arrays.add(items, self.serial, self.global)?;
        Ok(Slice { id, start: 0, len })
    }

    /// An array of nulls.
    pub(super) fn blank_array(&mut self, len: usize) -> Done<Slice> {
        self.fits(len.saturating_mul(OBJECT))?;
        self.add_array(vec![Object::NULL; len])
    }

    pub(super) fn add_dict(&mut self, capacity: usize) -> Done<u32> {
        self.claim(OVERHEAD)?;
        let dict = Dict::with_capacity(capacity);
        self.dicts.add(dict, self.serial, self.global)
    }

    /// Whether so much could be made at all, asked before it is made.
    pub(super) fn fits(&self, bytes: usize) -> Done {
        if self.used.saturating_add(bytes) > self.limit {
            return Err(Error::Memory.into());
        }
        Ok(())
    }

    pub(super) fn string(&self, slice: Slice) -> &[u8] {
        let start = slice.start as usize;
        self.strings
            .cells
            .get(slice.id as usize)
            .and_then(|cell| cell.body.get(start..start + slice.len()))
            .unwrap_or_default()
    }

    pub(super) fn string_mut(&mut self, slice: Slice) -> &mut [u8] {
        let start = slice.start as usize;
        self.strings
            .cells
            .get_mut(slice.id as usize)
            .and_then(|cell| cell.body.get_mut(start..start + slice.len()))
            .unwrap_or_default()
    }

    pub(super) fn array(&self, slice: Slice) -> &[Object] {
        let start = slice.start as usize;
        self.arrays
            .cells
            .get(slice.id as usize)
            .and_then(|cell| cell.body.get(start..start + slice.len()))
            .unwrap_or_default()
    }

    pub(super) fn array_mut(&mut self, slice: Slice) -> Done<&mut [Object]> {
        let start = slice.start as usize;
        let Some(cell) = self.arrays.cells.get_mut(slice.id as usize) else {
            return Err(Error::InvalidAccess.into());
        };
        if cell.serial < self.serial && !cell.global {
            let bytes = cell.body.len() * OBJECT + OVERHEAD;
            if self.used.saturating_add(bytes) > self.limit {
                return Err(Error::Memory.into());
            }
            self.used += bytes;
            if let Some(save) = self.saves.last_mut() {
                save.arrays.push((slice.id, cell.body.clone(), cell.serial));
            }
            cell.serial = self.serial;
        }
        Ok(cell
            .body
            .get_mut(start..start + slice.len())
            .unwrap_or_default())
    }

    /// Whether a procedure was bound as a part of another, or made read-only.
    pub(super) fn is_sealed(&self, slice: Slice) -> bool {
        let cell = self.arrays.cells.get(slice.id as usize);
        cell.is_none_or(|cell| cell.sealed)
    }

    pub(super) fn seal(&mut self, slice: Slice) {
        if let Some(cell) = self.arrays.cells.get_mut(slice.id as usize) {
            cell.sealed = true;
        }
    }

    pub(super) fn dict(&self, id: u32) -> &Dict {
        const NONE: &Dict = &Dict::EMPTY;
        self.dicts
            .cells
            .get(id as usize)
            .map_or(NONE, |cell| &cell.body)
    }

    pub(super) fn put(&mut self, id: u32, name: Object, value: Object) -> Done {
        self.fits(ENTRY)?;
        if self.dict_mut(id)?.put(name, name.key(), value) {
            self.used += ENTRY;
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, id: u32, key: u64) -> Done {
        self.dict_mut(id)?.remove(key);
        Ok(())
    }

    fn dict_mut(&mut self, id: u32) -> Done<&mut Dict> {
        let Some(cell) = self.dicts.cells.get_mut(id as usize) else {
            return Err(Error::InvalidAccess.into());
        };
        if cell.serial < self.serial && !cell.global {
            let bytes = cell.body.places() * ENTRY + OVERHEAD;
            if self.used.saturating_add(bytes) > self.limit {
                return Err(Error::Memory.into());
            }
            self.used += bytes;
            if let Some(save) = self.saves.last_mut() {
                save.dicts.push((id, cell.body.clone(), cell.serial));
            }
            cell.serial = self.serial;
        }
        Ok(&mut cell.body)
    }

    pub(super) fn is_global(&self, value: Value) -> bool {
        match value {
            Value::String(slice) => self.strings.cells.get(slice.id as usize).map(|c| c.global),
            Value::Array(slice) => self.arrays.cells.get(slice.id as usize).map(|c| c.global),
            Value::Dict(id) => self.dicts.cells.get(id as usize).map(|c| c.global),
            _ => Some(true),
        }
        .unwrap_or(true)
    }

    /// Remembers what is from here on changed; gives the save's number.
    pub(super) fn save(&mut self) -> Done<u32> {
        if self.saves.len() >= 64 {
            return Err(Error::LimitCheck.into());
        }
        self.last_serial = self.last_serial.saturating_add(1);
        self.serial = self.last_serial;
        self.saves.push(Saved {
            serial: self.serial,
            arrays: Vec::new(),
            dicts: Vec::new(),
            global: self.global,
        });
        Ok(self.serial)
    }

    /// Whether a save can still be restored.
    pub(super) fn is_saved(&self, serial: u32) -> bool {
        self.saves.iter().any(|save| save.serial == serial)
    }

    /// How many saves are open.
    pub(super) fn save_depth(&self) -> usize {
        self.saves.len()
    }

    /// Brings arrays and dictionaries back to what they were at the save;
    /// strings keep what was written into them, as the language has it.
    pub(super) fn restore(&mut self, serial: u32) {
        while let Some(save) = self.saves.pop() {
            for (id, body, was) in save.arrays.into_iter().rev() {
                let cell = &mut self.arrays.cells[id as usize];
                (cell.body, cell.serial) = (body, was);
            }
            for (id, body, was) in save.dicts.into_iter().rev() {
                let cell = &mut self.dicts.cells[id as usize];
                (cell.body, cell.serial) = (body, was);
            }
            self.global = save.global;
            if save.serial == serial {
                break;
            }
        }
        self.serial = self.saves.last().map_or(0, |save| save.serial);
    }

    /// Whether so much was made that [`Memory::collect`] is due.
    pub(super) fn wants_collecting(&self) -> bool {
        self.used > self.collect_at
    }

    /// Frees what can't be reached from `roots`; `seen` is told each file,
    /// state and font that can.
    pub(super) fn collect(
        &mut self,
        roots: Vec<Object>,
        mut seen: impl FnMut(Value, &mut Vec<Object>),
    ) {
        let mut work = roots;
        for save in &self.saves {
            for (_, items, _) in &save.arrays {
                work.extend(items.iter().filter(|item| is_composite(**item)));
            }
            for (_, dict, _) in &save.dicts {
                push_entries(dict, &mut work);
            }
        }
        // What a save will put back must have a place to be put.
        for save in &self.saves {
            for (id, ..) in &save.arrays {
                self.arrays.reach(*id);
                work.extend(&self.arrays.cells[*id as usize].body);
            }
            for (id, ..) in &save.dicts {
                self.dicts.reach(*id);
                push_entries(&self.dicts.cells[*id as usize].body, &mut work);
            }
        }
        while let Some(object) = work.pop() {
            match object.value {
                Value::String(slice) => {
                    self.strings.reach(slice.id);
                }
                Value::Array(slice) => {
                    if self.arrays.reach(slice.id) {
                        let body = &self.arrays.cells[slice.id as usize].body;
                        work.extend(body.iter().filter(|item| is_composite(**item)));
                    }
                }
                Value::Dict(id) => {
                    if self.dicts.reach(id) {
                        push_entries(&self.dicts.cells[id as usize].body, &mut work);
                    }
                }
                other => seen(other, &mut work),
            }
        }
        let saved: usize = self
            .saves
            .iter()
            .map(|save| {
                let arrays = save.arrays.iter().map(|(_, body, _)| body.len() * OBJECT);
                let dicts = save.dicts.iter().map(|(_, dict, _)| dict.places() * ENTRY);
                arrays.sum::<usize>() + dicts.sum::<usize>()
            })
            .sum();
        self.used = saved
            + self.strings.sweep(Vec::len)
            + self.arrays.sweep(|items| items.len() * OBJECT)
            + self.dicts.sweep(|dict| dict.places() * ENTRY);
        self.collect_at = self.used + (self.limit / 8);
    }
}

fn push_entries(dict: &Dict, work: &mut Vec<Object>) {
    for (name, value) in (0..dict.places()).filter_map(|place| dict.at(place)) {
        work.extend([name, value].iter().filter(|item| is_composite(**item)));
    }
}

const fn is_composite(object: Object) -> bool {
    matches!(
        object.value,
        Value::String(_) | Value::Array(_) | Value::Dict(_) | Value::File(_) | Value::State(_)
    )
}
