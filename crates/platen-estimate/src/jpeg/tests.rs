use super::*;
use crate::limits::Limits;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use proptest::prelude::*;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;

const SIZE: (u16, u16) = (120, 90);
const ENOUGH: f64 = 36.0;

#[derive(Clone, Copy, Debug)]
struct Coding {
    progressive: bool,
    sampling: SamplingFactor,
    quality: u8,
    restarts: u16,
}

const PLAIN: Coding = Coding {
    progressive: false,
    sampling: SamplingFactor::F_1_1,
    quality: 85,
    restarts: 0,
};

fn encode(pixel: impl Fn(u16, u16) -> [u8; 3], coding: Coding) -> Vec<u8> {
    let mut pixels = Vec::new();
    for y in 0..SIZE.1 {
        for x in 0..SIZE.0 {
            pixels.extend_from_slice(&pixel(x, y));
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, coding.quality);
    encoder.set_progressive(coding.progressive);
    encoder.set_sampling_factor(coding.sampling);
    if coding.restarts > 0 {
        encoder.set_restart_interval(coding.restarts);
    }
    encoder
        .encode(&pixels, SIZE.0, SIZE.1, ColorType::Rgb)
        .unwrap();
    bytes
}

fn look(document: &[u8]) -> Glance {
    let drawn = (f64::from(SIZE.0), f64::from(SIZE.1));
    glance(document, drawn, ENOUGH, &Budget::start(&Limits::default()))
}

/// The largest chroma of any dot of the picture decoded in full.
fn decoded(document: &[u8]) -> f64 {
    let samples = JpegDecoder::new(ZCursor::new(document)).decode().unwrap();
    let size = (usize::from(SIZE.0), usize::from(SIZE.1));
    let mut dots = crate::dots::Dots::new(size, (f64::from(SIZE.0), f64::from(SIZE.1)));
    for row in samples.chunks(size.0 * 3) {
        dots.rgb_row(row);
    }
    dots.finish()
}

fn codings() -> impl Strategy<Value = Coding> {
    let sampling = prop_oneof![
        Just(SamplingFactor::F_1_1),
        Just(SamplingFactor::F_2_1),
        Just(SamplingFactor::F_2_2),
        Just(SamplingFactor::F_1_2),
    ];
    (any::<bool>(), sampling, 30u8..98, 0u16..9).prop_map(
        |(progressive, sampling, quality, restarts)| Coding {
            progressive,
            sampling,
            quality,
            restarts,
        },
    )
}

#[test]
fn a_grey_picture_stored_in_colour_is_grey() {
    for sampling in [SamplingFactor::F_1_1, SamplingFactor::F_2_2] {
        let coding = Coding { sampling, ..PLAIN };
        let grey = encode(|x, y| [(x * 2) as u8 ^ (y as u8); 3], coding);
        assert_eq!(look(&grey), Glance::Grey);
    }
}

#[test]
fn a_red_picture_is_colour_with_restarts_as_well() {
    for restarts in [0, 3] {
        let coding = Coding { restarts, ..PLAIN };
        let red = encode(|_, _| [200, 30, 30], coding);
        assert_eq!(look(&red), Glance::Colour);
    }
}

#[test]
fn the_first_scan_of_a_progressive_picture_shows_its_colour() {
    let document = include_bytes!("../../tests/fixtures/progressive.jpg");
    assert_eq!(look(document), Glance::Colour);
    // The later scans are not read.
    assert_eq!(look(&document[..document.len() / 2 + 200]), Glance::Colour);
}

#[test]
fn what_lies_behind_the_first_colour_is_not_read() {
    let mut red = encode(|x, y| [200, (x * y) as u8, (x ^ y) as u8], PLAIN);
    red.truncate(red.len() / 2);
    assert_eq!(look(&red), Glance::Colour);
}

#[test]
fn a_truncated_grey_picture_is_not_called_grey() {
    let mut grey = encode(|x, y| [(x * y) as u8; 3], PLAIN);
    grey.truncate(grey.len() / 2);
    assert_eq!(look(&grey), Glance::Unclear);
}

#[test]
fn one_component_needs_no_look() {
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, 80)
        .encode(&[7; 64], 8, 8, ColorType::Luma)
        .unwrap();
    assert_eq!(look(&bytes), Glance::Grey);
}

#[test]
fn process_colours_are_left_to_a_full_decoding() {
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, 80)
        .encode(&[7; 256], 8, 8, ColorType::CmykAsYcck)
        .unwrap();
    assert_eq!(look(&bytes), Glance::Unclear);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_glance_never_contradicts_a_full_decoding(
        coding in codings(),
        base in any::<[u8; 3]>(), tint in 0u8..160, spots in 1u16..40, noise in 0u16..60,
    ) {
        let picture = encode(
            |x, y| {
                let grain = (x.wrapping_mul(7919) ^ y.wrapping_mul(104)) % (noise + 1);
                let grey = base[0].wrapping_add(grain as u8);
                let spot = (x / spots + y / spots) % 5 == 0;
                let [red, green] = [base[1] % 3, base[2] % 3].map(|part| part * (tint / 2));
                if spot { [grey.saturating_add(red), grey, grey.saturating_sub(green)] } else { [grey; 3] }
            },
            coding,
        );
        let chroma = decoded(&picture);
        match look(&picture) {
            Glance::Grey => prop_assert!(chroma <= crate::colour::VISIBLE_CHROMA, "{chroma}"),
            Glance::Colour => prop_assert!(chroma > crate::colour::VISIBLE_CHROMA, "{chroma}"),
            Glance::Unclear => {}
        }
    }

    #[test]
    fn no_bytes_upset_it(
        at in 0usize..3000, bytes in proptest::collection::vec(any::<u8>(), 1..20),
        coding in codings(), any in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = look(&any);
        let mut picture = encode(|x, y| [x as u8, y as u8, 40], coding);
        let at = at % picture.len();
        for (to, from) in picture[at..].iter_mut().zip(&bytes) {
            *to = *from;
        }
        let _ = look(&picture);
        picture.truncate(at);
        let _ = look(&picture);
    }
}
