//! Honest documents, cut short or with bits turned over.

/// Pseudo-random numbers that anyone can repeat. *Source*: Marsaglia, "Xorshift RNGs".
pub(crate) struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// One below `end`; 0 when that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() >> 11) as usize % end.max(1)
    }
}

/// Cut at each tenth of its length.
pub(crate) fn cut(document: &[u8]) -> Vec<(String, Vec<u8>)> {
    (1..10)
        .map(|tenth| {
            let end = document.len() * tenth / 10;
            (format!("cut-{tenth}"), document[..end].to_vec())
        })
        .collect()
}

/// With a few bits turned over, more of them in each.
pub(crate) fn flipped(document: &[u8], count: u64) -> Vec<(String, Vec<u8>)> {
    (1..=count)
        .map(|seed| {
            let mut random = Random::new(seed);
            let mut bytes = document.to_vec();
            for _ in 0..seed * seed {
                let at = random.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
            (format!("flipped-{seed}"), bytes)
        })
        .collect()
}
