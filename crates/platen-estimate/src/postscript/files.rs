//! Files: the document itself, strings and procedures read as files, filters.
//! *Source*: PLRM, section 3.8.

use super::filters::{Decode, Eexec};
use super::interpreter::Interpreter;
use super::object::{Done, Error, Fail, Object, Value};

/// The document's number among the files.
pub(super) const DOCUMENT: u32 = 0;
/// Filters upon filters.
const MAX_DEPTH: u8 = 16;
const MAX_FILES: usize = 1 << 16;
/// What decoding a piece counts for, in objects run.
const PIECE_COST: usize = 128;
/// Files made before the first look at which are still wanted.
const CROWD: usize = 1 << 12;

pub(super) enum Kind {
    /// The document; its bytes lie beside the files.
    Document,
    /// All there is stands in the buffer.
    Held,
    /// A procedure that gives a string each time.
    Procedure(Object),
    Filter {
        source: u32,
        decoder: Box<dyn Decode>,
    },
    /// Takes what is written, and keeps nothing.
    Sink,
    /// Closed, being filled, or free for another file.
    Closed,
}

pub(super) struct File {
    pub(super) kind: Kind,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
    depth: u8,
    pub(super) reached: bool,
}

impl File {
    fn new(kind: Kind, buffer: Vec<u8>, depth: u8) -> Self {
        Self {
            kind,
            buffer,
            at: 0,
            ended: false,
            depth,
            reached: false,
        }
    }
}

pub(super) struct Files<'d> {
    pub(super) document: &'d [u8],
    all: Vec<File>,
    free: Vec<u32>,
    /// So many in use make dropping some worth while.
    crowd: usize,
}

impl<'d> Files<'d> {
    pub(super) fn new(document: &'d [u8]) -> Self {
        Self {
            document,
            all: vec![File::new(Kind::Document, Vec::new(), 0)],
            free: Vec::new(),
            crowd: CROWD,
        }
    }

    pub(super) fn get(&self, id: u32) -> Option<&File> {
        self.all.get(id as usize)
    }

    /// How far the document has been read.
    pub(super) fn document_at(&self) -> usize {
        self.all[0].at
    }

    fn add(&mut self, file: File) -> Done<u32> {
        if let Some(id) = self.free.pop() {
            self.all[id as usize] = file;
            return Ok(id);
        }
        if self.all.len() >= MAX_FILES {
            return Err(Error::LimitCheck.into());
        }
        self.all.push(file);
        Ok(u32::try_from(self.all.len() - 1).unwrap_or(u32::MAX))
    }

    pub(super) fn add_held(&mut self, content: Vec<u8>) -> Done<u32> {
        self.add(File::new(Kind::Held, content, 0))
    }

    pub(super) fn add_procedure(&mut self, procedure: Object) -> Done<u32> {
        self.add(File::new(Kind::Procedure(procedure), Vec::new(), 0))
    }

    pub(super) fn add_sink(&mut self) -> Done<u32> {
        self.add(File::new(Kind::Sink, Vec::new(), 0))
    }

    pub(super) fn add_filter(&mut self, source: u32, decoder: Box<dyn Decode>) -> Done<u32> {
        let depth = self.get(source).map_or(0, |file| file.depth) + 1;
        if depth > MAX_DEPTH {
            return Err(Error::LimitCheck.into());
        }
        self.add(File::new(
            Kind::Filter { source, decoder },
            Vec::new(),
            depth,
        ))
    }

    /// What is read and not yet taken.
    pub(super) fn held(&self, id: u32) -> &[u8] {
        match self.all.get(id as usize) {
            Some(file) if matches!(file.kind, Kind::Document) => {
                self.document.get(file.at..).unwrap_or_default()
            }
            Some(file) => file.buffer.get(file.at..).unwrap_or_default(),
            None => &[],
        }
    }

    pub(super) fn advance(&mut self, id: u32, count: usize) {
        if let Some(file) = self.all.get_mut(id as usize) {
            file.at += count;
        }
    }

    pub(super) fn is_ended(&self, id: u32) -> bool {
        self.get(id)
            .is_none_or(|file| file.ended || matches!(file.kind, Kind::Document | Kind::Held))
    }

    pub(super) fn is_closed(&self, id: u32) -> bool {
        self.get(id)
            .is_none_or(|file| matches!(file.kind, Kind::Closed))
    }

    /// Goes to a position, where the file has positions.
    pub(super) fn seek(&mut self, id: u32, to: usize) -> Done {
        let len = self.document.len();
        let Some(file) = self.all.get_mut(id as usize) else {
            return Err(Error::Io.into());
        };
        let len = match file.kind {
            Kind::Document => len,
            Kind::Held => file.buffer.len(),
            _ => return Err(Error::Io.into()),
        };
        if to > len {
            return Err(Error::Io.into());
        }
        file.at = to;
        Ok(())
    }

    pub(super) fn position(&self, id: u32) -> Option<usize> {
        let file = self.get(id)?;
        matches!(file.kind, Kind::Document | Kind::Held).then_some(file.at)
    }

    /// Closes a file; the input that an unfinished `eexec` took too much of
    /// is given back.
    pub(super) fn close(&mut self, id: u32) {
        let document = self.document.len();
        let Some(file) = self.all.get_mut(id as usize) else {
            return;
        };
        if matches!(file.kind, Kind::Document) {
            file.at = document;
            return;
        }
        let kind = std::mem::replace(&mut file.kind, Kind::Closed);
        let unread = file.buffer.len().saturating_sub(file.at);
        (file.buffer, file.at, file.ended) = (Vec::new(), 0, true);
        if let Kind::Filter { source, decoder } = kind
            && let Some(source) = self.all.get_mut(source as usize)
        {
            source.at = source.at.saturating_sub(decoder.give_back(unread));
        }
    }

    /// Tells of a file's own source, for what can be reached through it.
    pub(super) fn reach(&mut self, id: u32) -> Option<Object> {
        let file = self.all.get_mut(id as usize)?;
        if std::mem::replace(&mut file.reached, true) {
            return None;
        }
        match file.kind {
            Kind::Procedure(procedure) => Some(procedure),
            Kind::Filter { source, .. } => Some(Object::literal(Value::File(source))),
            _ => None,
        }
    }

    /// Drops the files that weren't reached.
    pub(super) fn sweep(&mut self) {
        self.free.clear();
        for (id, file) in self.all.iter_mut().enumerate().skip(1) {
            if !std::mem::take(&mut file.reached) {
                *file = File::new(Kind::Closed, Vec::new(), 0);
                file.ended = true;
                self.free.push(u32::try_from(id).unwrap_or(u32::MAX));
            }
        }
        self.crowd = (self.all.len() - self.free.len()) * 2 + CROWD;
    }

    /// Whether so many were made that dropping some is due.
    pub(super) fn is_crowded(&self) -> bool {
        self.all.len() - self.free.len() > self.crowd
    }
}

impl Interpreter<'_> {
    /// Reads on without taking anything; says whether there was more.
    pub(super) fn more(&mut self, id: u32) -> Done<bool> {
        let Some(file) = self.files.all.get_mut(id as usize) else {
            return Ok(false);
        };
        if file.ended {
            return Ok(false);
        }
        if file.at > 0 && !matches!(file.kind, Kind::Document | Kind::Held) {
            file.buffer.drain(..file.at);
            file.at = 0;
        }
        match std::mem::replace(&mut file.kind, Kind::Closed) {
            kind @ (Kind::Document | Kind::Held | Kind::Sink | Kind::Closed) => {
                file.kind = kind;
                Ok(false)
            }
            Kind::Procedure(procedure) => {
                let result = self.string_from(procedure);
                self.refilled(
                    id,
                    Kind::Procedure(procedure),
                    result.map(|text| (text.is_empty(), text)),
                )
            }
            Kind::Filter {
                source,
                mut decoder,
            } => {
                let result = self.decode_piece(source, decoder.as_mut());
                self.refilled(id, Kind::Filter { source, decoder }, result)
            }
        }
    }

    fn refilled(&mut self, id: u32, kind: Kind, result: Done<(bool, Vec<u8>)>) -> Done<bool> {
        let file = &mut self.files.all[id as usize];
        file.kind = kind;
        match result {
            Ok((ended, mut piece)) => {
                let grew = !piece.is_empty();
                file.ended = ended;
                if file.buffer.is_empty() {
                    file.buffer = piece;
                } else {
                    file.buffer.append(&mut piece);
                }
                self.memory.fits(self.files.all[id as usize].buffer.len())?;
                Ok(grew || !ended)
            }
            Err(fail) => {
                file.ended = true;
                Err(fail)
            }
        }
    }

    fn string_from(&mut self, procedure: Object) -> Done<Vec<u8>> {
        self.call(procedure)?;
        let text = self.pop_string()?;
        Ok(self.memory.string(text).to_vec())
    }

    /// One piece of a filter's output, and whether it is the last.
    fn decode_piece(&mut self, source: u32, decoder: &mut dyn Decode) -> Done<(bool, Vec<u8>)> {
        let mut piece = Vec::new();
        loop {
            // A piece costs far more than an object does.
            self.tick_many(PIECE_COST)?;
            if self.files.held(source).is_empty() && !self.files.is_ended(source) {
                self.more(source)?;
            }
            let last = self.files.is_ended(source);
            let input = self.files.held(source);
            let step = decoder.decode(input, last, &mut piece)?;
            let stuck = step.taken == 0 && piece.is_empty() && !step.ended;
            self.files.advance(source, step.taken);
            if step.ended || !piece.is_empty() {
                return Ok((step.ended, piece));
            }
            if stuck && !self.more(source)? {
                return Ok((true, piece));
            }
        }
    }

    /// What can be read now: empty only at the end.
    pub(super) fn available(&mut self, id: u32) -> Done<&[u8]> {
        while self.files.held(id).is_empty() {
            if !self.more(id)? {
                break;
            }
        }
        Ok(self.files.held(id))
    }

    /// Reads up to `count` bytes; fewer only at the end.
    pub(super) fn read(&mut self, id: u32, count: usize) -> Done<Vec<u8>> {
        let mut text = Vec::new();
        while text.len() < count {
            let held = self.available(id)?;
            if held.is_empty() {
                break;
            }
            let take = held.len().min(count - text.len());
            text.extend(&held[..take]);
            self.files.advance(id, take);
        }
        Ok(text)
    }

    pub(super) fn read_byte(&mut self, id: u32) -> Done<Option<u8>> {
        let byte = self.available(id)?.first().copied();
        if byte.is_some() {
            self.files.advance(id, 1);
        }
        Ok(byte)
    }

    /// Takes the bytes up to the file's own end.
    pub(super) fn drain(&mut self, id: u32) -> Done {
        loop {
            let held = self.available(id)?.len();
            if held == 0 {
                return Ok(());
            }
            self.files.advance(id, held);
        }
    }

    /// A file over what an operator may read from: a file, a procedure, a string.
    pub(super) fn source_file(&mut self, source: Object) -> Done<u32> {
        match source.value {
            Value::File(id) => Ok(id),
            Value::String(text) => {
                let content = self.memory.string(text).to_vec();
                self.files.add_held(content)
            }
            Value::Array(_) => self.files.add_procedure(source),
            _ => Err(Error::TypeCheck.into()),
        }
    }

    /// `eexec`: what follows is program, encrypted.
    pub(super) fn eexec(&mut self) -> Done {
        let source = self.pop()?;
        let source = self.source_file(source)?;
        let id = self.files.add_filter(source, Box::<Eexec>::default())?;
        let system = self.system;
        self.push_dict(system)?;
        self.push_frame(super::frame::Frame::File(id))
    }

    /// The innermost file that is being run.
    pub(super) fn current_file(&self) -> u32 {
        self.frames
            .iter()
            .rev()
            .find_map(|frame| match frame {
                super::frame::Frame::File(id) => Some(*id),
                _ => None,
            })
            .unwrap_or(DOCUMENT)
    }
}

impl From<std::num::TryFromIntError> for Fail {
    fn from(_: std::num::TryFromIntError) -> Self {
        Self::Error(Error::RangeCheck)
    }
}
