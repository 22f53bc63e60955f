//! The parts of a picture, unpacked as they are read.
//! *Source*: TIFF 6.0, sections 9 (PackBits) and 13 (LZW);
//! TIFF technical note 2 (JPEG); Adobe Photoshop TIFF notes (Deflate).

use flate2::read::ZlibDecoder;
use std::io::{Cursor, Read, Result};
use weezl::{BitOrder, LzwStatus, decode::Decoder};

/// How samples are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    PackBits,
    Lzw,
    Deflate,
    Jpeg,
}

impl Packing {
    /// By the number under Compression; none for those that aren't unpacked.
    pub(super) fn from_number(number: u64) -> Option<Self> {
        match number {
            1 => Some(Self::None),
            5 => Some(Self::Lzw),
            7 => Some(Self::Jpeg),
            8 | 32946 => Some(Self::Deflate),
            32773 => Some(Self::PackBits),
            _ => None,
        }
    }
}

/// A part that is being unpacked.
pub(super) enum Source<'d> {
    Plain(&'d [u8]),
    PackBits(PackBits<'d>),
    Lzw(Lzw<'d>),
    Deflate(Box<ZlibDecoder<&'d [u8]>>),
    Decoded(Cursor<Vec<u8>>),
}

impl<'d> Source<'d> {
    /// A part of one of the packings that are unpacked byte by byte.
    pub(super) fn new(packing: Packing, data: &'d [u8]) -> Self {
        match packing {
            Packing::None | Packing::Jpeg => Self::Plain(data),
            Packing::PackBits => Self::PackBits(PackBits {
                data,
                left: 0,
                repeated: None,
            }),
            Packing::Lzw => Self::Lzw(Lzw {
                data,
                decoder: Box::new(Decoder::with_tiff_size_switch(BitOrder::Msb, 8)),
            }),
            Packing::Deflate => Self::Deflate(Box::new(ZlibDecoder::new(data))),
        }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        match self {
            Self::Plain(data) => data.read(out),
            Self::PackBits(packed) => packed.read(out),
            Self::Lzw(lzw) => lzw.read(out),
            Self::Deflate(inflate) => inflate.read(out),
            Self::Decoded(samples) => samples.read(out),
        }
    }
}

/// Runs of bytes.
pub(super) struct PackBits<'d> {
    data: &'d [u8],
    /// Bytes left of the run.
    left: usize,
    /// What the run repeats; none when its bytes stand as they are.
    repeated: Option<u8>,
}

impl Read for PackBits<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        while self.left == 0 {
            let Some((code, rest)) = self.data.split_first() else {
                return Ok(0);
            };
            self.data = rest;
            match code {
                0..128 => {
                    self.left = usize::from(*code) + 1;
                    self.repeated = None;
                }
                // No operation.
                128 => {}
                129.. => {
                    let Some((byte, rest)) = rest.split_first() else {
                        return Ok(0);
                    };
                    self.data = rest;
                    self.left = 257 - usize::from(*code);
                    self.repeated = Some(*byte);
                }
            }
        }
        let wanted = self.left.min(out.len());
        let count = match self.repeated {
            Some(byte) => {
                out[..wanted].fill(byte);
                wanted
            }
            None => self.data.read(&mut out[..wanted])?,
        };
        self.left -= count;
        Ok(count)
    }
}

/// LZW as TIFF has it.
pub(super) struct Lzw<'d> {
    data: &'d [u8],
    decoder: Box<Decoder>,
}

impl Read for Lzw<'_> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            let step = self.decoder.decode_bytes(self.data, out);
            self.data = self.data.get(step.consumed_in..).unwrap_or(&[]);
            if step.consumed_out > 0 {
                return Ok(step.consumed_out);
            }
            match step.status {
                Ok(LzwStatus::Ok) if step.consumed_in > 0 => {}
                _ => return Ok(0),
            }
        }
    }
}
