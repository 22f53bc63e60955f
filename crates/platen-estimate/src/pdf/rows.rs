//! The rows of a picture, decoded as they are asked for: a picture that shows
//! colour in its first rows is not decoded further, and none is ever held whole.

use super::predictor::{Layout, Predictor};
use super::stream::{self, Inflating};
use crate::limits::Budget;
use hayro_syntax::Filter;
use hayro_syntax::object::Stream;
use std::borrow::Cow;

/// What is inflated at a time. *Units*: bytes.
const CHUNK_BYTES: usize = 1 << 16;

/// Gives rows of a fixed length.
pub(super) struct Rows<'d> {
    source: Source<'d>,
    row_bytes: usize,
}

enum Source<'d> {
    Whole {
        data: Cow<'d, [u8]>,
        at: usize,
    },
    Inflated {
        inflating: Box<Inflating<'d>>,
        layout: Option<Layout>,
        above: Vec<u8>,
        buffer: Vec<u8>,
        /// Where in the buffer the next row begins.
        start: usize,
    },
}

impl<'d> Rows<'d> {
    /// Rows that are there already.
    pub(super) fn of(data: impl Into<Cow<'d, [u8]>>, row_bytes: usize) -> Self {
        Self {
            source: Source::Whole {
                data: data.into(),
                at: 0,
            },
            row_bytes,
        }
    }

    /// The rows of a picture whose stored bytes are `raw`; none where a filter
    /// is unknown or a limit is reached.
    pub(super) fn decode(
        picture: &Stream<'_>,
        raw: &'d [u8],
        row_bytes: usize,
        budget: &Budget,
    ) -> Option<Self> {
        let filters = picture.filters();
        let predictor = Predictor::of(picture.dict());
        let layout = predictor.layout();
        // Rows of prediction are rows of the picture, or the whole is needed.
        let alike = layout.is_none_or(|layout| layout.row_bytes == row_bytes);
        match filters.as_slice() {
            [] => Some(Self::of(raw, row_bytes)),
            [Filter::FlateDecode] if alike => Some(Self {
                source: Source::Inflated {
                    inflating: Box::new(Inflating::new(raw)),
                    layout,
                    above: vec![0; layout.map_or(0, |layout| layout.row_bytes)],
                    buffer: Vec::new(),
                    start: 0,
                },
                row_bytes,
            }),
            _ => Some(Self::of(stream::decode(picture, budget)?, row_bytes)),
        }
    }

    /// The next row; none at the end, or where what is left is no whole row.
    pub(super) fn next(&mut self) -> Option<&[u8]> {
        let row_bytes = self.row_bytes;
        match &mut self.source {
            Source::Whole { data, at } => {
                let row = data.get(*at..at.checked_add(row_bytes)?)?;
                *at += row_bytes;
                Some(row)
            }
            Source::Inflated {
                inflating,
                layout,
                above,
                buffer,
                start,
            } => {
                let stored = layout.map_or(row_bytes, Layout::stored_bytes);
                if buffer.len() - *start < stored {
                    buffer.drain(..*start);
                    *start = 0;
                    buffer.reserve(stored + CHUNK_BYTES);
                    while buffer.len() < stored && inflating.fill(buffer) {}
                }
                let row = buffer.get_mut(*start..*start + stored)?;
                *start += stored;
                Some(match layout {
                    Some(layout) => layout.undo_row(row, above),
                    None => row,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::predictor::tests::png;
    use crate::tests::deflate;
    use proptest::prelude::*;

    fn inflated(data: &[u8], row_bytes: usize, layout: Option<Layout>) -> Rows<'_> {
        Rows {
            source: Source::Inflated {
                inflating: Box::new(Inflating::new(data)),
                layout,
                above: vec![0; row_bytes],
                buffer: Vec::new(),
                start: 0,
            },
            row_bytes,
        }
    }

    #[test]
    fn no_more_is_inflated_than_the_rows_asked_for() {
        let data = deflate(&vec![7; 50 << 20]);
        let mut rows = inflated(&data, 1000, None);
        for _ in 0..100 {
            assert_eq!(rows.next(), Some([7; 1000].as_slice()));
        }
        let Source::Inflated { buffer, .. } = &rows.source else {
            panic!("it is inflated");
        };
        assert!(buffer.capacity() < 4 * CHUNK_BYTES);
    }

    #[test]
    fn rows_before_the_damage_are_seen() {
        let mut data = deflate(
            &(0..200_000u32)
                .flat_map(u32::to_le_bytes)
                .collect::<Vec<_>>(),
        );
        data.truncate(data.len() / 2);
        let mut rows = inflated(&data, 1000, None);
        let mut count = 0;
        while rows.next().is_some() {
            count += 1;
        }
        assert!((1..800).contains(&count), "{count}");
    }

    proptest! {
        #[test]
        fn rows_are_the_whole_decoded_at_once(
            samples in proptest::collection::vec(any::<u8>(), 1..3000), columns in 1usize..40,
        ) {
            let whole = png(columns).undo(samples.clone());
            let data = deflate(&samples);
            let mut rows = inflated(&data, columns, png(columns).layout());
            let mut joined = Vec::new();
            while let Some(row) = rows.next() {
                joined.extend_from_slice(row);
            }
            prop_assert_eq!(&whole[..whole.len() / columns * columns], &joined);
        }
    }
}
