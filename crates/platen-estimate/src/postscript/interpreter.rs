//! The machine: stacks, the loop that runs objects, and its limits.
//! *Source*: PLRM, sections 3.4 to 3.6.

use super::device::Device;
use super::dict::Names;
use super::files::{DOCUMENT, Files};
use super::fonts::Fonts;
use super::frame::Frame;
use super::graphics::Graphics;
use super::memory::Memory;
use super::object::{Done, Error, Fail, Name, Object, Slice, Value};
use super::operands::Operands;
use super::operators;
use super::page::Pages;
use crate::limits::Budget;

const MAX_DICTS: usize = 500;
/// The deepest nesting of procedures, loops and files.
const MAX_FRAMES: usize = 5_000;
/// Operators that run procedures themselves, within each other.
const MAX_NESTING: usize = 24;
/// Objects run without a page, and without reading on, before it is given up.
const MAX_IDLE: u64 = 25_000_000;
/// Memory for all that a program makes. *Units*: bytes.
const MAX_MEMORY: usize = 80 << 20;

/// An operator.
pub(super) type Operator = fn(&mut Interpreter<'_>) -> Done;

/// A program and all that it has made.
pub(super) struct Interpreter<'d> {
    pub(super) memory: Memory,
    pub(super) names: Names,
    pub(super) operators: Vec<(Operator, Name)>,
    pub(super) operands: Operands,
    pub(super) dicts: Vec<u32>,
    pub(super) frames: Vec<Frame>,
    pub(super) files: Files<'d>,
    pub(super) graphics: Graphics,
    pub(super) fonts: Fonts,
    pub(super) device: Device,
    pub(super) pages: Pages,
    pub(super) budget: &'d Budget,
    /// The dictionary of all operators.
    pub(super) system: u32,
    pub(super) error_dict: u32,
    pub(super) error_info: u32,
    pub(super) random: i32,
    /// What failed last, and with what.
    pub(super) offender: Object,
    pub(super) last_error: Error,
    /// Frames below this belong to an operator that waits.
    base: usize,
    nesting: usize,
    ticks: u64,
    idle_since: u64,
    progress: (usize, usize),
}

impl<'d> Interpreter<'d> {
    pub(super) fn new(document: &'d [u8], budget: &'d Budget) -> Done<Self> {
        let limit = MAX_MEMORY.min(budget.inflated_bytes);
        let mut machine = Self {
            memory: Memory::new(limit),
            names: Names::default(),
            operators: Vec::new(),
            operands: Operands::default(),
            dicts: Vec::new(),
            frames: Vec::new(),
            files: Files::new(document),
            graphics: Graphics::new(),
            fonts: Fonts::default(),
            device: Device::default(),
            pages: Pages::default(),
            budget,
            system: 0,
            error_dict: 0,
            error_info: 0,
            random: 1,
            offender: Object::NULL,
            last_error: Error::Undefined,
            base: 0,
            nesting: 0,
            ticks: 0,
            idle_since: 0,
            progress: (0, 0),
        };
        operators::install(&mut machine)?;
        Ok(machine)
    }

    /// Runs the document to its end.
    pub(super) fn run_document(&mut self) -> Done {
        self.push_frame(Frame::File(DOCUMENT))?;
        match self.run(0) {
            Err(Fail::Quit) => Ok(()),
            result => result,
        }
    }

    /// Runs an object to its end, for an operator that needs what it leaves.
    pub(super) fn call(&mut self, object: Object) -> Done {
        if self.nesting >= MAX_NESTING {
            return Err(Error::LimitCheck.into());
        }
        let base = self.frames.len();
        let outer = std::mem::replace(&mut self.base, base);
        self.nesting += 1;
        let result = match self.execute(object) {
            Ok(()) => self.run(base),
            Err(fail) => self.recover(fail, base).and_then(|()| self.run(base)),
        };
        self.nesting -= 1;
        self.base = outer;
        self.frames.truncate(base);
        result
    }

    fn run(&mut self, base: usize) -> Done {
        while self.frames.len() > base {
            if let Err(fail) = self.advance() {
                self.recover(fail, base)?;
            }
            // Only between objects nothing is held but by the stacks.
            if self.nesting == 0 && (self.memory.wants_collecting() || self.files.is_crowded()) {
                self.collect();
            }
        }
        Ok(())
    }

    /// Frees what the program can't reach any more.
    fn collect(&mut self) {
        let mut roots = self.operands.all().to_vec();
        roots.extend(
            self.dicts
                .iter()
                .map(|dict| Object::literal(Value::Dict(*dict))),
        );
        roots.extend(
            [self.system, self.error_dict, self.error_info]
                .map(|dict| Object::literal(Value::Dict(dict))),
        );
        for frame in &self.frames {
            match *frame {
                Frame::Procedure { body, .. } => roots.push(Object::literal(Value::Array(body))),
                Frame::File(id) => roots.push(Object::literal(Value::File(id))),
                Frame::Text(text) => roots.push(Object::literal(Value::String(text))),
                Frame::Loop(body)
                | Frame::Repeat { body, .. }
                | Frame::ForInt { body, .. }
                | Frame::ForReal { body, .. } => roots.push(body),
                Frame::ForArray { body, items } => {
                    roots.extend([body, Object::literal(Value::Array(items))]);
                }
                Frame::ForString { body, text } => {
                    roots.extend([body, Object::literal(Value::String(text))]);
                }
                Frame::ForDict { body, dict, .. } => {
                    roots.extend([body, Object::literal(Value::Dict(dict))]);
                }
                Frame::Stopped => {}
            }
        }
        self.device.roots(&mut roots);
        self.fonts.roots(&mut roots);
        self.graphics.roots(&mut roots);
        let (files, graphics) = (&mut self.files, &mut self.graphics);
        self.memory.collect(roots, |value, work| match value {
            Value::File(id) => work.extend(files.reach(id)),
            Value::State(id) => graphics.reach(id, work),
            _ => {}
        });
        self.files.sweep();
        self.graphics.sweep();
    }

    /// Runs the next object of the innermost frame.
    fn advance(&mut self) -> Done {
        let top = self.frames.len() - 1;
        match &mut self.frames[top] {
            Frame::Procedure { body, at } => {
                let (body, now) = (*body, *at);
                *at += 1;
                let next = self.memory.array(body).get(now as usize).copied();
                if now.saturating_add(1) >= body.len {
                    self.frames.truncate(top);
                }
                match next {
                    Some(object) => self.perform(object),
                    None => Ok(()),
                }
            }
            Frame::File(id) => {
                let id = *id;
                match self.read_object(id)? {
                    Some(object) => self.perform(object),
                    None => {
                        self.frames.truncate(top);
                        self.files.close(id);
                        Ok(())
                    }
                }
            }
            Frame::Text(text) => {
                let text = *text;
                let (object, used) = self.read_from_string(text)?;
                if let Some(Frame::Text(rest)) = self.frames.get_mut(top) {
                    *rest = text.skip(used);
                }
                match object {
                    Some(object) => self.perform(object),
                    None => {
                        self.frames.truncate(top);
                        Ok(())
                    }
                }
            }
            Frame::Stopped => {
                self.frames.truncate(top);
                self.push(Object::bool(false))
            }
            _ => self.advance_loop(top),
        }
    }

    fn advance_loop(&mut self, top: usize) -> Done {
        let (body, first, second) = match &mut self.frames[top] {
            Frame::Loop(body) => (*body, None, None),
            Frame::Repeat { body, left } if *left > 0 => {
                *left -= 1;
                (*body, None, None)
            }
            Frame::ForInt {
                body,
                next,
                step,
                limit,
            } if (*step >= 0 && *next <= *limit) || (*step < 0 && *next >= *limit) => {
                let value = *next;
                match next.checked_add(*step) {
                    Some(after) => *next = after,
                    // Beyond the largest number nothing is within the limit.
                    None => (*next, *step, *limit) = (1, 1, 0),
                }
                (*body, Some(Object::int(value)), None)
            }
            Frame::ForReal {
                body,
                next,
                step,
                limit,
            } if (*step >= 0.0 && *next <= *limit) || (*step < 0.0 && *next >= *limit) => {
                let value = *next;
                *next += *step;
                (*body, Some(Object::literal(Value::Real(value))), None)
            }
            Frame::ForArray { body, items } if items.len > 0 => {
                let item = self.memory.array(*items).first().copied();
                *items = items.skip(1);
                (*body, item, None)
            }
            Frame::ForString { body, text } if text.len > 0 => {
                let byte = self.memory.string(*text).first().copied().unwrap_or(0);
                *text = text.skip(1);
                (*body, Some(Object::int(i32::from(byte))), None)
            }
            Frame::ForDict { body, dict, place } => {
                let entries = self.memory.dict(*dict);
                let mut found = None;
                while found.is_none() && (*place as usize) < entries.places() {
                    found = entries.at(*place as usize);
                    *place += 1;
                }
                match found {
                    Some((name, value)) => (*body, Some(name), Some(value)),
                    None => {
                        self.frames.truncate(top);
                        return Ok(());
                    }
                }
            }
            _ => {
                self.frames.truncate(top);
                return Ok(());
            }
        };
        self.tick()?;
        for object in [first, second].into_iter().flatten() {
            self.push(object)?;
        }
        self.execute(body)
    }

    /// Runs an object that a program holds: procedures in it are pushed.
    pub(super) fn perform(&mut self, object: Object) -> Done {
        if !object.runs || matches!(object.value, Value::Array(_)) {
            self.tick()?;
            return self.push(object);
        }
        self.execute(object)
    }

    /// Runs an object, procedures too.
    pub(super) fn execute(&mut self, object: Object) -> Done {
        self.tick()?;
        if !object.runs {
            return self.push(object);
        }
        match object.value {
            Value::Name(name) => {
                let value = self.lookup(name).ok_or(Error::Undefined);
                match value {
                    Ok(value) if value.runs => match value.value {
                        Value::Operator(number) => self.operate(number),
                        Value::Array(body) => self.enter(body),
                        _ => self.execute(value),
                    },
                    Ok(value) => self.push(value),
                    Err(error) => {
                        self.set_offender(object);
                        Err(error.into())
                    }
                }
            }
            Value::Operator(number) => self.operate(number),
            Value::Array(body) => self.enter(body),
            Value::String(text) => self.push_frame(Frame::Text(text)),
            Value::File(id) => self.push_frame(Frame::File(id)),
            Value::Null => Ok(()),
            _ => self.push(object),
        }
    }

    fn enter(&mut self, body: Slice) -> Done {
        if body.len == 0 {
            return Ok(());
        }
        self.push_frame(Frame::Procedure { body, at: 0 })
    }

    fn operate(&mut self, number: u16) -> Done {
        let Some((operator, _)) = self.operators.get(number as usize) else {
            return Err(Error::Undefined.into());
        };
        let before = self.operands.len();
        let result = operator(self);
        if let Err(Fail::Error(_)) = result {
            self.operands.set_len(before);
            self.set_offender(Object::executable(Value::Operator(number)));
        }
        result
    }

    /// Counts one object; looks at the limits now and then.
    pub(super) fn tick(&mut self) -> Done {
        self.ticks += 1;
        if self.ticks & 0x3ff == 0 {
            self.check_limits()?;
        }
        Ok(())
    }

    /// Counts work beyond one object's.
    pub(super) fn tick_many(&mut self, count: usize) -> Done {
        let before = self.ticks;
        self.ticks += count as u64;
        if before >> 10 != self.ticks >> 10 {
            self.check_limits()?;
        }
        Ok(())
    }

    fn check_limits(&mut self) -> Done {
        self.budget.check().map_err(|_| Fail::Limit("time"))?;
        let progress = (self.pages.count(), self.files.document_at());
        if progress.0 > self.progress.0 || progress.1 > self.progress.1 {
            self.progress = progress;
            self.idle_since = self.ticks;
        }
        if self.ticks - self.idle_since > MAX_IDLE {
            return Err(Fail::Limit("steps"));
        }
        if self.names.bytes() > self.memory.limit() {
            return Err(Fail::Limit("memory"));
        }
        Ok(())
    }

    pub(super) fn push_frame(&mut self, frame: Frame) -> Done {
        if self.frames.len() >= MAX_FRAMES {
            return Err(Error::ExecStackOverflow.into());
        }
        self.frames.push(frame);
        Ok(())
    }

    pub(super) fn push_dict(&mut self, dict: u32) -> Done {
        if self.dicts.len() >= MAX_DICTS {
            return Err(Error::DictStackOverflow.into());
        }
        self.dicts.push(dict);
        Ok(())
    }

    /// What a name stands for now.
    pub(super) fn lookup(&self, name: Name) -> Option<Object> {
        let key = Object::literal(Value::Name(name)).key();
        self.dicts
            .iter()
            .rev()
            .find_map(|dict| self.memory.dict(*dict).get(key))
    }

    pub(super) fn name(&mut self, text: &str) -> Object {
        Object::literal(Value::Name(self.names.intern(text.as_bytes())))
    }

    /// What a dictionary holds under a name.
    pub(super) fn entry(&mut self, dict: u32, name: &str) -> Option<Object> {
        let key = self.name(name).key();
        self.memory.dict(dict).get(key)
    }

    pub(super) fn set_entry(&mut self, dict: u32, name: &str, value: Object) -> Done {
        let name = self.name(name);
        self.memory.put(dict, name, value)
    }

    /// Ends the innermost loop.
    pub(super) fn exit(&mut self) -> Done {
        let inner = &self.frames[self.base.min(self.frames.len())..];
        for (at, frame) in inner.iter().enumerate().rev() {
            if frame.is_loop() {
                let len = self.base + at;
                self.frames.truncate(len);
                return Ok(());
            }
            if matches!(frame, Frame::Stopped) {
                break;
            }
        }
        Err(Error::InvalidExit.into())
    }

    /// Goes on after a failure where the program says so.
    fn recover(&mut self, fail: Fail, base: usize) -> Done {
        match fail {
            Fail::Error(error) => match self.raise(error) {
                Err(Fail::Stop) => self.unwind(base),
                result => result,
            },
            Fail::Stop => self.unwind(base),
            other => Err(other),
        }
    }

    /// Back to the nearest `stopped` above `base`.
    fn unwind(&mut self, base: usize) -> Done {
        while self.frames.len() > base {
            if let Some(Frame::Stopped) = self.frames.pop() {
                return self.push(Object::bool(true));
            }
        }
        Err(Fail::Stop)
    }
}
