//! Writing structures and what they point to into a caller's buffer.

use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, SetLastError};

/// Records of one kind, and the bytes behind them.
pub(crate) struct Answer<T> {
    records: Vec<T>,
    behind: Vec<u8>,
    base: *mut u8,
    lie: usize,
}

impl<T> Answer<T> {
    /// For `count` records in the buffer at `base`; with `lie`, pointers point
    /// far behind it.
    pub(crate) fn new(base: *mut u8, count: usize, lie: bool) -> Self {
        Self {
            records: Vec::with_capacity(count),
            behind: vec![0; count * size_of::<T>()],
            base,
            lie: if lie { 1 << 40 } else { 0 },
        }
    }

    pub(crate) fn push(&mut self, record: T) {
        self.records.push(record);
    }

    pub(crate) fn bytes<P>(&mut self, bytes: &[u8]) -> *mut P {
        if bytes.is_empty() {
            return std::ptr::null_mut();
        }
        while !self.behind.len().is_multiple_of(4) {
            self.behind.push(0);
        }
        let at = self.behind.len();
        self.behind.extend_from_slice(bytes);
        self.base.wrapping_add(at + self.lie).cast()
    }

    pub(crate) fn text(&mut self, text: &str) -> *mut u16 {
        let units = text.encode_utf16().chain([0]);
        let bytes: Vec<u8> = units.flat_map(u16::to_le_bytes).collect();
        self.bytes(&bytes)
    }

    /// Copies everything to where it belongs, or says how large that must be.
    ///
    /// # Safety
    /// The buffer is null or writable for `length` bytes; `needed` and `count`
    /// are null or writable.
    pub(crate) unsafe fn write(self, length: u32, needed: *mut u32, count: *mut u32) -> i32 {
        let total = u32::try_from(self.behind.len()).expect("a test's answer is small");
        // SAFETY: promised by the caller.
        unsafe {
            if !needed.is_null() {
                needed.write(total);
            }
            if !count.is_null() {
                count.write(0);
            }
        }
        if self.base.is_null() && total > 0 || length < total {
            // SAFETY: it sets a number that belongs to this thread.
            unsafe { SetLastError(ERROR_INSUFFICIENT_BUFFER) };
            return 0;
        }
        let records = self.records.len();
        // SAFETY: the buffer is writable for `total` bytes, of which the records
        // take the front; the caller need not have aligned it.
        unsafe {
            if total > 0 {
                self.base
                    .copy_from_nonoverlapping(self.behind.as_ptr(), self.behind.len());
            }
            for (index, record) in self.records.into_iter().enumerate() {
                self.base.cast::<T>().add(index).write_unaligned(record);
            }
            if !count.is_null() {
                count.write(u32::try_from(records).expect("a test has few records"));
            }
        }
        1
    }
}
