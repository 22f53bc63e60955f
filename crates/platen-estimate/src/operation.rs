//! Raster operations: how pattern, source and paper become what is seen.
//!
//! *Source*: PCL 5 Color Technical Reference, chapter 5; MS-WMF, section
//! 2.1.1.31, whose codes these are.

/// One of the 256 operations on pattern, source and destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operation(pub(crate) u8);

impl Default for Operation {
    /// Pattern or source: what printers start with.
    fn default() -> Self {
        Self(252)
    }
}

impl Operation {
    /// What white paper shows of a pattern and a source, in light.
    pub(crate) fn on_paper(self, pattern: [u8; 3], source: [u8; 3]) -> [u8; 3] {
        match self.0 {
            252 if pattern == [0; 3] => return source,
            204 => return source,
            240 => return pattern,
            _ => {}
        }
        let mut seen = [0; 3];
        for ((seen, pattern), source) in seen.iter_mut().zip(pattern).zip(source) {
            // The paper's bit is set, so only the odd rows of the table count.
            let row = |bit: u8, pattern: u8, source: u8| {
                if self.0 >> bit & 1 == 1 {
                    pattern & source
                } else {
                    0
                }
            };
            *seen = row(7, pattern, source)
                | row(5, pattern, !source)
                | row(3, !pattern, source)
                | row(1, !pattern, !source);
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: [u8; 3] = [255, 0, 0];
    const BLUE: [u8; 3] = [0, 0, 255];

    #[test]
    fn the_usual_operations_show_what_they_should() {
        assert_eq!(Operation(204).on_paper(BLUE, RED), RED);
        assert_eq!(Operation(240).on_paper(BLUE, RED), BLUE);
        assert_eq!(Operation::default().on_paper([0; 3], RED), RED);
        assert_eq!(Operation::default().on_paper(BLUE, RED), [255, 0, 255]);
        // The paper stays as it is.
        assert_eq!(Operation(170).on_paper(BLUE, RED), [255; 3]);
        // The pattern through the source as a mask.
        assert_eq!(Operation(184).on_paper(BLUE, [0; 3]), BLUE);
        assert_eq!(Operation(184).on_paper(BLUE, [255; 3]), [255; 3]);
    }
}
