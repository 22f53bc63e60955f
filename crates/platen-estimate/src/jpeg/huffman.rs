//! Bits of a scan, and the codes in them. *Source*: T.81, annexes C and F.2.2.

/// Codes up to this length are found in one step.
const QUICK_BITS: u32 = 9;

/// A table of codes.
pub(super) struct Table {
    /// By the next bits: length and symbol; length zero for longer codes.
    quick: Vec<(u8, u8)>,
    /// By length: the first code, the number of codes, the first symbol's place.
    ranges: [(u32, u32, usize); 17],
    symbols: Vec<u8>,
}

impl Table {
    /// From the number of codes of each length, and their symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut quick = vec![(0, 0); 1 << QUICK_BITS];
        let mut ranges = [(0, 0, 0); 17];
        let (mut code, mut place) = (0u32, 0);
        for (length, count) in (1u32..).zip(counts) {
            let count = u32::from(*count);
            if code + count > 1 << length {
                return None;
            }
            ranges[length as usize] = (code, count, place);
            for _ in 0..count {
                let symbol = *symbols.get(place)?;
                if length <= QUICK_BITS {
                    let spare = QUICK_BITS - length;
                    let first = (code as usize) << spare;
                    quick[first..first + (1 << spare)].fill((length as u8, symbol));
                }
                code += 1;
                place += 1;
            }
            code <<= 1;
        }
        Some(Self {
            quick,
            ranges,
            symbols: symbols.to_vec(),
        })
    }
}

/// Bits of entropy-coded data, stuffed bytes left out.
pub(super) struct Bits<'d> {
    data: &'d [u8],
    at: usize,
    /// The next bits, from the highest down.
    held: u64,
    count: u32,
    /// Bits made up behind the end.
    made_up: u32,
}

impl<'d> Bits<'d> {
    pub(super) fn new(data: &'d [u8]) -> Self {
        Self {
            data,
            at: 0,
            held: 0,
            count: 0,
            made_up: 0,
        }
    }

    /// More was read than there is.
    pub(super) fn exhausted(&self) -> bool {
        self.made_up > self.count
    }

    /// Holds at least 32 bits; zeroes once a marker is met.
    fn refill(&mut self) {
        if self.count >= 32 {
            return;
        }
        if let Some(word) = self.data.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            let word = u64::from_be_bytes(*word);
            let inverse = !word;
            let stuffed =
                inverse.wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080;
            if stuffed == 0 {
                let bytes = (64 - self.count) / 8;
                let kept = word & (u64::MAX << (64 - 8 * bytes));
                self.held |= kept >> self.count;
                self.count += 8 * bytes;
                self.at += bytes as usize;
                return;
            }
        }
        while self.count <= 56 {
            let byte = match self.data.get(self.at..) {
                Some([0xff, 0, ..]) => {
                    self.at += 2;
                    0xff
                }
                Some([byte, ..]) if *byte != 0xff => {
                    self.at += 1;
                    *byte
                }
                _ => {
                    self.made_up += 8;
                    0
                }
            };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    fn skip(&mut self, bits: u32) {
        self.held <<= bits;
        self.count -= bits;
    }

    /// The next symbol; at least 15 bits are held after it.
    pub(super) fn symbol(&mut self, table: &Table) -> Option<u8> {
        self.refill();
        let (length, symbol) = table.quick[(self.held >> (64 - QUICK_BITS)) as usize];
        if length > 0 {
            self.skip(u32::from(length));
            return Some(symbol);
        }
        for length in QUICK_BITS + 1..=16 {
            let (first, count, place) = table.ranges[length as usize];
            let code = (self.held >> (64 - length)) as u32;
            if let Some(offset) = code.checked_sub(first).filter(|offset| *offset < count) {
                self.skip(length);
                return table.symbols.get(place + offset as usize).copied();
            }
        }
        None
    }

    /// Leaves out the bits of a value behind its symbol.
    pub(super) fn skip_value(&mut self, bits: u8) {
        self.skip(u32::from(bits & 15));
    }

    /// The value of so many bits behind a symbol. *Source*: T.81, figure F.12.
    pub(super) fn value(&mut self, bits: u8) -> i32 {
        let bits = u32::from(bits & 15);
        if bits == 0 {
            return 0;
        }
        let raw = (self.held >> (64 - bits)) as i32;
        self.skip(bits);
        if raw < 1 << (bits - 1) {
            raw - (1 << bits) + 1
        } else {
            raw
        }
    }

    /// Goes on behind the next restart marker; none when there is none.
    pub(super) fn restart(&mut self) -> Option<()> {
        (self.held, self.count, self.made_up) = (0, 0, 0);
        let rest = self.data.get(self.at..)?;
        let gap = rest
            .windows(2)
            .position(|pair| pair[0] == 0xff && matches!(pair[1], 0xd0..=0xd7))?;
        // Bits held ahead never reach across a marker.
        self.at += gap + 2;
        Some(())
    }
}
