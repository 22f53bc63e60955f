//! Strips and tiles that are JPEG pictures, their tables in one place.
//! *Source*: TIFF technical note 2.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// What a part has to be, for its samples to be in place.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) width: usize,
    /// Rows at most.
    pub(super) height: usize,
    pub(super) samples: usize,
}

/// The samples of a part as they were packed: which colours they are is for
/// the file to say. None when it is broken or of another shape.
pub(super) fn decode(tables: Option<&[u8]>, part: &[u8], shape: Shape) -> Option<Vec<u8>> {
    let joined;
    let whole = match tables {
        // The end of the tables and the start of the part fall out.
        Some([tables @ .., 0xff, 0xd9]) => {
            joined = [tables, part.get(2..)?].concat();
            &joined[..]
        }
        _ => part,
    };
    let options = DecoderOptions::default()
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX));
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(whole), options);
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    let space: ColorSpace = decoder.input_colorspace()?;
    let fits =
        width == shape.width && height <= shape.height && space.num_components() == shape.samples;
    if !fits {
        return None;
    }
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    decoder.decode().ok()
}
