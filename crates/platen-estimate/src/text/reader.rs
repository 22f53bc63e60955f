//! Characters as CUPS's text filter takes them from bytes.
//!
//! It takes any continuation byte for granted, a stray one for a character, and
//! ends the text at a lead byte of four or more.

/// Takes characters from the front of a text.
pub(super) struct Reader<'text> {
    rest: &'text [u8],
    stopped: bool,
}

impl<'text> Reader<'text> {
    pub(super) fn new(text: &'text [u8]) -> Self {
        Self {
            rest: text,
            stopped: false,
        }
    }

    /// The next character; none at the end, or where CUPS takes it to be.
    pub(super) fn next(&mut self) -> Option<u32> {
        let lead = u32::from(self.byte()?);
        match lead {
            0..0xc0 => Some(lead),
            0xc0..0xe0 => Some((lead & 0x1f) << 6 | self.continuation()?),
            0xe0..0xf0 => {
                let second = self.continuation()?;
                Some((lead & 0x0f) << 12 | second << 6 | self.continuation()?)
            }
            _ => {
                self.rest = &[];
                self.stopped = true;
                None
            }
        }
    }

    /// Whether text was left.
    pub(super) fn stopped_early(&self) -> bool {
        self.stopped
    }

    fn continuation(&mut self) -> Option<u32> {
        self.byte().map(|byte| u32::from(byte & 0x3f))
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }
}
