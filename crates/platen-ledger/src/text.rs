//! Text that people write: what is the same name, and what no name may hold.

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
use icu_properties::CodePointSetData;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint};

/// Characters in a name or code at most.
const LONGEST: usize = 200;

/// Two names with the same key are the same to people: upper and lower case,
/// ways to write one letter, wide and narrow forms, spaces and characters that
/// nobody sees make no difference.
///
/// *Source*: The Unicode Standard, section 3.13, definition D146 (compatibility
/// caseless matching), and `Default_Ignorable_Code_Point` of UAX #44.
pub(crate) fn key(text: &str) -> String {
    let folded = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        let (case, compose) = (CaseMapper::new(), ComposingNormalizer::new_nfkc());
        let once = case
            .fold_string(&DecomposingNormalizer::new_nfd().normalize(text))
            .into_owned();
        let once = visible(&compose.normalize(&once));
        let twice = visible(&compose.normalize(&case.fold_string(&once)));
        // What was dropped may have kept apart what composes.
        compose.normalize(&twice).into_owned()
    };
    let words: Vec<_> = folded.split_whitespace().collect();
    words.join(" ")
}

fn visible(text: &str) -> String {
    let invisible = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    text.chars().filter(|c| !invisible.contains(*c)).collect()
}

/// What a name or code holds that it must not; none if it is fine.
pub(crate) fn fault(text: &str) -> Option<&'static str> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let bidi = CodePointSetData::new::<BidiControl>();
    if text.chars().any(breaks) {
        Some("contains a control character")
    } else if text.chars().any(|c| bidi.contains(c)) {
        Some("contains an invisible character that turns the direction of writing")
    } else if text.chars().count() > LONGEST {
        Some("is longer than 200 characters")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_people_take_for_the_same_have_the_same_key() {
        for (one, other) in [
            ("Print Quota", "print  QUOTA "),
            ("Straße", "STRASSE"),
            ("Straße", "STRAẞE"),
            ("Café", "Cafe\u{301}"),
            ("Ångström", "A\u{30a}ngstro\u{308}m"),
            ("Ｌａｂ", "lab"),
            ("ﬁlm", "FILM"),
            ("Lab 2", "Lab\u{a0}²"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("La\u{200b}b", "Lab"),
            ("La\u{ad}b", "lab"),
            ("Lab\u{fe0f}", "Lab"),
            ("La\u{200d}b\u{2060}", "Lab"),
            ("e\u{200b}\u{301}", "é"),
            ("Ǆ", "ǆ"),
            ("가", "\u{1100}\u{1161}"),
        ] {
            assert_eq!(key(one), key(other), "{one:?} and {other:?}");
        }
        for (one, other) in [("Lab 1", "Lab 2"), ("Lab", "L ab"), ("o", "ö"), ("", "a")] {
            assert_ne!(key(one), key(other), "{one:?} and {other:?}");
        }
    }

    #[test]
    fn name_that_nobody_sees_has_an_empty_key() {
        for text in [
            "",
            " ",
            "\u{a0}\u{3000}",
            "\u{200b}",
            "\u{feff}\u{2060}",
            "\u{3164}",
        ] {
            assert_eq!(key(text), "", "{text:?}");
        }
    }

    #[test]
    fn control_and_direction_characters_have_no_place_in_a_name() {
        for text in ["a\0", "a\nb", "\u{7f}", "\u{85}", "a\u{2028}b"] {
            assert_eq!(
                fault(text),
                Some("contains a control character"),
                "{text:?}"
            );
        }
        for text in ["a\u{202e}b", "\u{2066}a\u{2069}", "a\u{200f}", "\u{61c}"] {
            assert!(
                fault(text).is_some_and(|fault| fault.contains("direction")),
                "{text:?}"
            );
        }
        assert!(fault(&"a".repeat(201)).is_some());
        // Joiners belong to Persian and to many an emoji.
        for text in [
            "می\u{200c}خواهم",
            "👩\u{200d}🔬",
            "Лаборатория",
            &"ä".repeat(200),
        ] {
            assert_eq!(fault(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_its_own_key_and_the_same_for_every_way_of_writing(text in "\\PC{0,20}") {
            let found = key(&text);
            prop_assert_eq!(&key(&found), &found);
            let nfd = DecomposingNormalizer::new_nfd().normalize(&text).into_owned();
            prop_assert_eq!(&key(&nfd), &found);
            let nfkc = ComposingNormalizer::new_nfkc().normalize(&text).into_owned();
            prop_assert_eq!(&key(&nfkc), &found);
        }
    }
}
