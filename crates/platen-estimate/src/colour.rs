//! What counts as colour: chroma, the distance of a colour from grey.
//!
//! A colour shows when the largest and the smallest of its red, green and blue
//! are more than 24/255 apart, seen at 36 dots per inch: toner laid down in
//! specks too small to be seen as colour does not make a colour page.

pub(crate) use crate::dots::Dots;

/// Chroma above this shows as colour. *Units*: 1/255 of full intensity.
pub(crate) const VISIBLE_CHROMA: f64 = 24.0;

/// Chroma up to this is as good as none, even where colours are made lighter or
/// darker when a picture is made smaller. *Units*: 1/255 of full intensity.
pub(crate) const NEGLIGIBLE_CHROMA: f64 = 16.0;

/// The dots per inch at which colour is looked at, as points per dot.
pub(crate) const DOT_PT: f64 = 2.0;

/// The white of sRGB, D65, in CIE XYZ.
pub(crate) const SRGB_WHITE: [f64; 3] = [0.9505, 1.0, 1.089];

/// Red, green and blue, each from 0 to 1.
pub(crate) type Rgb = [f64; 3];

/// The chroma of a colour. *Units*: 0 to 255.
pub(crate) fn chroma(rgb: Rgb) -> f64 {
    let clamped = rgb.map(|value| {
        if value.is_nan() {
            0.0
        } else {
            value.clamp(0.0, 1.0)
        }
    });
    let [red, green, blue] = clamped;
    (red.max(green).max(blue) - red.min(green).min(blue)) * 255.0
}

/// Process colours as devices without a profile show them.
/// *Source*: ISO 32000-1, section 10.3.5, multiplied rather than clipped.
pub(crate) fn rgb_from_cmyk(cmyk: [f64; 4]) -> Rgb {
    let [cyan, magenta, yellow, black] = cmyk.map(|value| value.clamp(0.0, 1.0));
    [cyan, magenta, yellow].map(|ink| (1.0 - ink) * (1.0 - black))
}

/// CIE L*a*b* under D50 as sRGB, without adapting the white point.
pub(crate) fn rgb_from_lab(lab: [f64; 3]) -> Rgb {
    let [lightness, a, b] = lab;
    let m = (lightness + 16.0) / 116.0;
    let decode = |t: f64| {
        if t >= 6.0 / 29.0 {
            t * t * t
        } else {
            108.0 / 841.0 * (t - 4.0 / 29.0)
        }
    };
    // Scaled to the white point, so that a = b = 0 is neutral.
    let relative = [decode(m + a / 500.0), decode(m), decode(m - b / 200.0)];
    rgb_from_xyz([0, 1, 2].map(|at| relative[at] * SRGB_WHITE[at]))
}

/// CIE XYZ as sRGB. *Source*: IEC 61966-2-1.
pub(crate) fn rgb_from_xyz([x, y, z]: [f64; 3]) -> Rgb {
    let linear = [
        3.2406 * x - 1.5372 * y - 0.4986 * z,
        -0.9689 * x + 1.8758 * y + 0.0415 * z,
        0.0557 * x - 0.2040 * y + 1.0570 * z,
    ];
    linear.map(|value| {
        let value = value.clamp(0.0, 1.0);
        if value <= 0.003_130_8 {
            12.92 * value
        } else {
            1.055 * value.powf(1.0 / 2.4) - 0.055
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neutral_colours_have_no_chroma_in_any_space() {
        assert!(chroma([0.5, 0.5, 0.5]) < 1.0);
        assert!(chroma(rgb_from_cmyk([0.4, 0.4, 0.4, 0.2])) < 1.0);
        assert!(chroma(rgb_from_lab([60.0, 0.0, 0.0])) < 3.0);
        assert!(chroma(rgb_from_lab([60.0, 60.0, 0.0])) > VISIBLE_CHROMA);
        assert!(chroma(rgb_from_cmyk([0.0, 0.3, 0.0, 0.0])) > VISIBLE_CHROMA);
        assert!(chroma([f64::NAN, 0.0, 0.0]) < 1.0);
    }
}
