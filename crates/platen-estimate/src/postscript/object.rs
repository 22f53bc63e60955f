//! Objects: small values, and handles of what lies in [`super::memory`].
//! *Source*: PostScript Language Reference, third edition (PLRM), section 3.3.

/// An interned name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name(pub(super) u32);

/// A part of a string or an array, shared with all that hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) id: u32,
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Slice {
    /// The part from `start`, `len` long; none when it isn't within.
    pub(super) fn part(self, start: usize, len: usize) -> Option<Self> {
        let (start, len) = (u32::try_from(start).ok()?, u32::try_from(len).ok()?);
        (start.checked_add(len)? <= self.len).then_some(Self {
            id: self.id,
            start: self.start + start,
            len,
        })
    }

    /// What is left after the first `count`.
    pub(super) fn skip(self, count: usize) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX).min(self.len);
        Self {
            id: self.id,
            start: self.start + count,
            len: self.len - count,
        }
    }

    pub(super) fn len(self) -> usize {
        self.len as usize
    }
}

/// What an object is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    Null,
    Mark,
    Bool(bool),
    Int(i32),
    Real(f32),
    Name(Name),
    Operator(u16),
    String(Slice),
    Array(Slice),
    Dict(u32),
    File(u32),
    Save(u32),
    State(u32),
    Font(u32),
}

/// A value, and whether it runs or is pushed when it is met.
#[derive(Clone, Copy, Debug)]
pub(super) struct Object {
    pub(super) value: Value,
    pub(super) runs: bool,
}

impl Object {
    pub(super) const NULL: Self = Self::literal(Value::Null);
    pub(super) const MARK: Self = Self::literal(Value::Mark);

    pub(super) const fn literal(value: Value) -> Self {
        Self { value, runs: false }
    }

    pub(super) const fn executable(value: Value) -> Self {
        Self { value, runs: true }
    }

    pub(super) const fn int(value: i32) -> Self {
        Self::literal(Value::Int(value))
    }

    /// A length or a position.
    pub(super) fn count(value: usize) -> Self {
        Self::int(i32::try_from(value).unwrap_or(i32::MAX))
    }

    pub(super) const fn bool(value: bool) -> Self {
        Self::literal(Value::Bool(value))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "reals have single precision; PLRM, table B.1"
    )]
    pub(super) const fn real(value: f64) -> Self {
        Self::literal(Value::Real(value as f32))
    }

    /// A procedure: an array that runs.
    pub(super) fn procedure(self) -> Option<Slice> {
        match self.value {
            Value::Array(body) if self.runs => Some(body),
            _ => None,
        }
    }

    pub(super) fn number(self) -> Option<f64> {
        match self.value {
            Value::Int(value) => Some(f64::from(value)),
            Value::Real(value) => Some(f64::from(value)),
            _ => None,
        }
    }

    /// The name that `type` gives it.
    pub(super) const fn type_name(self) -> &'static str {
        match self.value {
            Value::Null => "nulltype",
            Value::Mark => "marktype",
            Value::Bool(_) => "booleantype",
            Value::Int(_) => "integertype",
            Value::Real(_) => "realtype",
            Value::Name(_) => "nametype",
            Value::Operator(_) => "operatortype",
            Value::String(_) => "stringtype",
            Value::Array(_) => "arraytype",
            Value::Dict(_) => "dicttype",
            Value::File(_) => "filetype",
            Value::Save(_) => "savetype",
            Value::State(_) => "gstatetype",
            Value::Font(_) => "fonttype",
        }
    }

    /// What tells it from others in a dictionary and in `eq`, strings apart.
    ///
    /// Integers and reals of the same value are one key, as the language has it.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the value was found to be a whole number within the range"
    )]
    pub(super) fn key(self) -> u64 {
        let (tag, payload) = match self.value {
            Value::Null => (0u64, 0u64),
            Value::Mark => (1, 0),
            Value::Bool(value) => (2, u64::from(value)),
            Value::Int(value) => (3, u64::from(value.cast_unsigned())),
            Value::Real(value) if value.fract() == 0.0 && value.abs() < 2e9 => {
                (3, u64::from((value as i32).cast_unsigned()))
            }
            Value::Real(value) => (4, u64::from(value.to_bits())),
            Value::Name(Name(id)) => (5, u64::from(id)),
            Value::Operator(id) => (6, u64::from(id)),
            Value::String(slice) => (7, u64::from(slice.id)),
            Value::Array(slice) => (8, u64::from(slice.id) << 24 | u64::from(slice.start)),
            Value::Dict(id) => (9, u64::from(id)),
            Value::File(id) => (10, u64::from(id)),
            Value::Save(id) => (11, u64::from(id)),
            Value::State(id) => (12, u64::from(id)),
            Value::Font(id) => (13, u64::from(id)),
        };
        tag << 58 | payload
    }
}

/// What an operator may complain about. *Source*: PLRM, section 3.11.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Error {
    DictStackOverflow,
    DictStackUnderflow,
    ExecStackOverflow,
    InvalidAccess,
    InvalidExit,
    InvalidFileAccess,
    InvalidFont,
    InvalidRestore,
    Io,
    LimitCheck,
    NoCurrentPoint,
    RangeCheck,
    StackOverflow,
    StackUnderflow,
    Syntax,
    TypeCheck,
    Undefined,
    UndefinedFileName,
    UndefinedResource,
    UndefinedResult,
    UnmatchedMark,
    Configuration,
    Memory,
}

impl Error {
    pub(super) const ALL: [Self; 23] = [
        Self::DictStackOverflow,
        Self::DictStackUnderflow,
        Self::ExecStackOverflow,
        Self::InvalidAccess,
        Self::InvalidExit,
        Self::InvalidFileAccess,
        Self::InvalidFont,
        Self::InvalidRestore,
        Self::Io,
        Self::LimitCheck,
        Self::NoCurrentPoint,
        Self::RangeCheck,
        Self::StackOverflow,
        Self::StackUnderflow,
        Self::Syntax,
        Self::TypeCheck,
        Self::Undefined,
        Self::UndefinedFileName,
        Self::UndefinedResource,
        Self::UndefinedResult,
        Self::UnmatchedMark,
        Self::Configuration,
        Self::Memory,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::DictStackOverflow => "dictstackoverflow",
            Self::DictStackUnderflow => "dictstackunderflow",
            Self::ExecStackOverflow => "execstackoverflow",
            Self::InvalidAccess => "invalidaccess",
            Self::InvalidExit => "invalidexit",
            Self::InvalidFileAccess => "invalidfileaccess",
            Self::InvalidFont => "invalidfont",
            Self::InvalidRestore => "invalidrestore",
            Self::Io => "ioerror",
            Self::LimitCheck => "limitcheck",
            Self::NoCurrentPoint => "nocurrentpoint",
            Self::RangeCheck => "rangecheck",
            Self::StackOverflow => "stackoverflow",
            Self::StackUnderflow => "stackunderflow",
            Self::Syntax => "syntaxerror",
            Self::TypeCheck => "typecheck",
            Self::Undefined => "undefined",
            Self::UndefinedFileName => "undefinedfilename",
            Self::UndefinedResource => "undefinedresource",
            Self::UndefinedResult => "undefinedresult",
            Self::UnmatchedMark => "unmatchedmark",
            Self::Configuration => "configurationerror",
            Self::Memory => "VMerror",
        }
    }
}

/// Why an operator didn't end as it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fail {
    /// An error that the program may catch.
    Error(Error),
    /// `stop`, on its way to the nearest `stopped`.
    Stop,
    /// `quit`: the job ends here.
    Quit,
    /// A limit; its name as a person would say it.
    Limit(&'static str),
}

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// What an operator gives back.
pub(super) type Done<T = ()> = Result<T, Fail>;
