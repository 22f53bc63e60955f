//! What the spooler wrote into a buffer, read without trusting it.

/// The most records that are read of one answer.
pub(crate) const MOST_RECORDS: usize = 10_000;
/// The longest text that is read; what is longer is cut. *Units*: UTF-16 code
/// units. Windows' own limit for a job's name is far below.
const LONGEST_TEXT: usize = 2048;

/// An answer that contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the spooler's answer makes no sense: {0}")]
pub struct Malformed(pub &'static str);

/// A copy of a buffer that the spooler filled: records of one size at its front,
/// and behind them what the pointers in the records point to.
///
/// Reading never leaves the copy and never panics.
#[derive(Clone, Debug)]
pub struct Answer {
    bytes: Vec<u8>,
    address: u64,
}

impl Answer {
    /// The bytes of a buffer that stood at `address` when it was filled.
    #[must_use]
    pub const fn new(bytes: Vec<u8>, address: u64) -> Self {
        Self { bytes, address }
    }

    /// Reads `count` records of `size` bytes each with `read`, which gets the
    /// offset of the record.
    ///
    /// *Errors*: there are more than 10,000, or they don't fit into the answer.
    pub(crate) fn records<T>(
        &self,
        count: usize,
        size: usize,
        read: impl Fn(&Self, usize) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        if count > MOST_RECORDS {
            return Err(Malformed("it has too many records"));
        }
        if count
            .checked_mul(size)
            .is_none_or(|needed| needed > self.bytes.len())
        {
            return Err(Malformed("it is shorter than its records"));
        }
        (0..count).map(|index| read(self, index * size)).collect()
    }

    /// The bytes from `at` on, `length` of them.
    pub(crate) fn slice(&self, at: usize, length: usize) -> Result<&[u8], Malformed> {
        at.checked_add(length)
            .and_then(|end| self.bytes.get(at..end))
            .ok_or(Malformed("it breaks off"))
    }

    pub(crate) fn u16(&self, at: usize) -> Result<u16, Malformed> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&self, at: usize) -> Result<u32, Malformed> {
        self.array(at).map(u32::from_le_bytes)
    }

    /// Where the pointer at `at` points to within the answer; none for a null
    /// pointer.
    pub(crate) fn pointer(&self, at: usize) -> Result<Option<usize>, Malformed> {
        let pointer = self.array(at).map(u64::from_le_bytes)?;
        if pointer == 0 {
            return Ok(None);
        }
        pointer
            .checked_sub(self.address)
            .and_then(|offset| usize::try_from(offset).ok())
            .filter(|offset| *offset < self.bytes.len())
            .map(Some)
            .ok_or(Malformed("it points outside itself"))
    }

    /// The text that the pointer at `at` points to; empty for a null pointer.
    /// Halves of characters are replaced.
    pub(crate) fn text(&self, at: usize) -> Result<String, Malformed> {
        let Some(offset) = self.pointer(at)? else {
            return Ok(String::new());
        };
        let (units, rest) = self.bytes[offset..].as_chunks::<2>();
        // No more is looked at than is kept, however far the end is.
        let looked_at = &units[..units.len().min(LONGEST_TEXT)];
        let ends = looked_at.iter().position(|unit| *unit == [0, 0]);
        if ends.is_none() && (looked_at.len() < LONGEST_TEXT || !rest.is_empty()) {
            return Err(Malformed("a text in it does not end"));
        }
        let units = looked_at[..ends.unwrap_or(looked_at.len())]
            .iter()
            .map(|unit| u16::from_le_bytes(*unit));
        Ok(char::decode_utf16(units)
            .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect())
    }

    /// The bytes that the pointer at `at` points to, up to the answer's end;
    /// none for a null pointer.
    pub(crate) fn pointed(&self, at: usize) -> Result<Option<&[u8]>, Malformed> {
        Ok(self.pointer(at)?.map(|offset| &self.bytes[offset..]))
    }

    fn array<const LENGTH: usize>(&self, at: usize) -> Result<[u8; LENGTH], Malformed> {
        let mut array = [0; LENGTH];
        array.copy_from_slice(self.slice(at, LENGTH)?);
        Ok(array)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Builds an answer the way the spooler does.
    pub(crate) struct Draft {
        pub(crate) bytes: Vec<u8>,
    }

    pub(crate) const ADDRESS: u64 = 0x7fff_1234_0000;

    impl Draft {
        pub(crate) fn new(records_bytes: usize) -> Self {
            Self {
                bytes: vec![0; records_bytes],
            }
        }

        pub(crate) fn put(&mut self, at: usize, value: &[u8]) {
            self.bytes[at..at + value.len()].copy_from_slice(value);
        }

        /// Appends `pointed` and lets the pointer at `at` point to it.
        pub(crate) fn point(&mut self, at: usize, pointed: &[u8]) {
            let address = ADDRESS + self.bytes.len() as u64;
            self.bytes.extend_from_slice(pointed);
            self.put(at, &address.to_le_bytes());
        }

        pub(crate) fn text(&mut self, at: usize, text: &str) {
            let units = text.encode_utf16().chain([0]);
            let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
            self.point(at, &bytes);
        }

        pub(crate) fn answer(self) -> Answer {
            Answer::new(self.bytes, ADDRESS)
        }
    }

    #[test]
    fn a_text_is_found_where_its_pointer_says() {
        let mut draft = Draft::new(16);
        draft.text(8, "Büro 🖨");
        let answer = draft.answer();
        assert_eq!(answer.text(8).as_deref(), Ok("Büro 🖨"));
        assert_eq!(answer.text(0).as_deref(), Ok(""));
    }

    #[test]
    fn half_a_character_is_replaced() {
        let mut draft = Draft::new(8);
        draft.point(0, &[0x3d, 0xd8, b'a', 0, 0, 0]);
        assert_eq!(draft.answer().text(0).as_deref(), Ok("\u{fffd}a"));
    }

    #[test]
    fn a_pointer_out_of_the_answer_is_refused() {
        for pointer in [1, ADDRESS - 1, ADDRESS + 8, u64::MAX] {
            let mut draft = Draft::new(8);
            draft.put(0, &pointer.to_le_bytes());
            assert_eq!(
                draft.answer().text(0),
                Err(Malformed("it points outside itself"))
            );
        }
    }

    #[test]
    fn a_text_without_an_end_is_refused_and_a_long_one_is_cut() {
        let mut draft = Draft::new(8);
        draft.point(0, &[b'a', 0, b'b', 0]);
        assert_eq!(
            draft.answer().text(0),
            Err(Malformed("a text in it does not end"))
        );
        let mut draft = Draft::new(8);
        draft.text(0, &"a".repeat(LONGEST_TEXT + 1));
        assert_eq!(
            draft.answer().text(0).map(|text| text.len()),
            Ok(LONGEST_TEXT)
        );
    }

    #[test]
    fn records_that_do_not_fit_are_refused() {
        let read = |answer: &Answer, at: usize| answer.u32(at);
        let answer = Answer::new(vec![7, 0, 0, 0, 8, 0, 0, 0, 9], ADDRESS);
        assert_eq!(answer.records(2, 4, read), Ok(vec![7, 8]));
        assert!(answer.records(3, 4, read).is_err());
        assert!(answer.records(usize::MAX, 4, read).is_err());
        assert!(answer.records(MOST_RECORDS + 1, 0, read).is_err());
    }

    proptest! {
        #[test]
        fn nothing_that_is_read_lies_outside(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            address in any::<u64>(),
            at in any::<usize>(),
        ) {
            let answer = Answer::new(bytes, address);
            for at in [at, at % 200] {
                let _ = answer.text(at);
                let _ = answer.pointed(at);
                let _ = answer.u16(at);
            }
        }
    }
}
