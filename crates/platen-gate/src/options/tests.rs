use super::*;
use proptest::prelude::*;

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// As cupsd 2.4.2 wrote it on a queue with a driver; text shortened.
const MEASURED: &str = "finishings=3 media=A4 number-up=1 sides=two-sided-long-edge \
    job-uuid=urn:uuid:50294e4c-0aa6-3db9-627c-be58814d180e job-originating-host-name=localhost \
    date-time-at-creation= time-at-creation=1795373995 document-name-supplied=a\\ b.txt \
    prettyprint nofoo x=a\\ b,c,q\\'\\\"\\\\e platen-approval=AAAA \
    Duplex=DuplexNoTumble PageSize=A4";

#[test]
fn options_as_cupsd_writes_them_are_read() {
    let options = Options::parse(MEASURED).unwrap();
    assert_eq!(options.approval(), Some("AAAA"));
    assert_eq!(
        options.job_uuid().unwrap().to_string(),
        "50294e4c-0aa6-3db9-627c-be58814d180e"
    );
    assert_eq!(
        priced_options(options.asked()),
        map(&[
            ("foo", "false"),
            ("media", "A4"),
            ("number-up", "1"),
            ("prettyprint", "true"),
            ("sides", "two-sided-long-edge"),
            ("x", "a b,c,q'\"\\e"),
        ])
    );
    assert_eq!(
        options.derived,
        map(&[("duplex", "DuplexNoTumble"), ("pagesize", "A4")])
    );
}

#[test]
fn drivers_options_before_the_approval_were_asked_for() {
    let options = Options::parse("Duplex=None PageSize=A3 platen-approval=A").unwrap();
    assert!(options.derived.is_empty());
    assert_eq!(options.asked()["duplex"], "None");
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    for (text, problem) in [
        (
            "sides=one-sided sides=two-sided-long-edge",
            Malformed::Twice,
        ),
        (
            "sides=one-sided SIDES=two-sided-long-edge",
            Malformed::Twice,
        ),
        ("platen-approval=A platen-approval=B", Malformed::Twice),
        ("foo nofoo", Malformed::Twice),
        (
            "PageSize=A4 platen-approval=A PageSize=A3",
            Malformed::Twice,
        ),
        ("a'b=1", Malformed::Name),
        ("=1", Malformed::Name),
        ("a=1\tb=2", Malformed::Value),
        ("a=1\rb=2", Malformed::Value),
        ("a=1\u{b}b=2", Malformed::Value),
        ("a='1 b=2'", Malformed::Value),
        ("a=1\\", Malformed::Value),
        ("a={ number-up=4 b=1", Malformed::Value),
        ("a={b=1}c", Malformed::Value),
        ("a={b=1},{c=2", Malformed::Value),
    ] {
        assert_eq!(Options::parse(text), Err(problem), "{text:?}");
    }
}

#[test]
fn collections_end_where_their_brace_closes() {
    let options = Options::parse("a={b={c=1 d=2} e=3} f=4").unwrap();
    assert_eq!(options.asked()["a"], "{b={c=1 d=2} e=3}");
    assert_eq!(options.asked()["f"], "4");
}

#[test]
fn derived_options_must_follow_from_what_was_approved() {
    let sheet = |name: &str| size_of_name(name);
    let duplex = map(&[("sides", "two-sided-long-edge")]);
    let simplex = map(&[("sides", "one-sided")]);
    let mono = map(&[("print-color-mode", "monochrome")]);
    let nothing = map(&[]);
    let a4 = map(&[("media", "iso_a4_210x297mm")]);
    let own = map(&[("media", "Banner12")]);
    for (derived, approved, paper, fits) in [
        ("Duplex=DuplexNoTumble", &duplex, None, true),
        ("Duplex=DuplexTumble", &duplex, None, false),
        ("Duplex=None", &duplex, None, false),
        ("Duplex=None", &simplex, None, true),
        ("Duplex=Surprise", &simplex, None, false),
        ("Duplex=None", &nothing, None, false),
        ("PageSize=A4", &a4, sheet("A4"), true),
        ("PageSize=A4.Fullbleed", &a4, sheet("A4"), true),
        ("PageSize=A3", &a4, sheet("A4"), false),
        ("PageSize=A4", &nothing, None, false),
        ("media=Legal PageSize=Legal", &nothing, sheet("Legal"), true),
        ("media=A3", &nothing, None, false),
        ("PageSize=Unknown", &a4, sheet("A4"), false),
        ("PageSize=Banner12", &own, None, true),
        ("ColorModel=RGB", &mono, None, false),
        ("ColorModel=Gray", &mono, None, true),
        ("ColorModel=RGB", &nothing, None, true),
        ("InputSlot=Tray2", &nothing, None, true),
    ] {
        let options = Options::parse(&format!("platen-approval=A {derived}")).unwrap();
        assert_eq!(
            options.derived_fit(approved, paper).is_ok(),
            fits,
            "{derived} on {approved:?}"
        );
    }
}

#[test]
fn paper_is_found_in_every_spelling() {
    let a3 = Some(Size::A3);
    for options in [
        map(&[("media", "A3")]),
        map(&[("media", "iso_a3_297x420mm")]),
        map(&[("PageSize", "A3")]),
        map(&[(
            "media-col",
            "{media-size={x-dimension=29700 y-dimension=42000}}",
        )]),
        map(&[
            ("media", "A3"),
            ("media-col", "{media-size={x-dimension=1 y-dimension=2}}"),
        ]),
    ] {
        let priced = priced_options(&options);
        assert_eq!(paper(&priced), a3, "{options:?}");
        assert_eq!(priced_options(&priced), priced, "twice changes nothing");
    }
    assert_eq!(paper(&map(&[])), None);
}

#[test]
fn options_of_unknown_effect_count() {
    let priced = priced_options(&map(&[
        ("cpi", "20"),
        ("HPColorMode", "x"),
        ("job-sheets", "none"),
        ("Collate", "True"),
        ("copies", "3"),
    ]));
    assert_eq!(priced, map(&[("cpi", "20"), ("hpcolormode", "x")]));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        drop(Options::parse(&text));
    }

    #[test]
    fn odd_characters_never_make_the_reader_panic(
        text in "[a-c=\\\\{}'\" \\t\\r,]{0,40}",
    ) {
        drop(Options::parse(&text));
    }
}

#[test]
fn released_job_says_what_its_queue_gave_it() {
    use platen_domain::{Finishing, Sides};
    let finishing = Finishing {
        sides: Sides::TwoSidedLongEdge,
        monochrome: true,
        ..Finishing::default()
    };
    let check = |asked: &[(&str, &str)], expected: &[(&str, &str)]| {
        let map = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let released = released_options(&map(asked), &finishing);
        assert_eq!(released, map(expected));
        assert_eq!(released_options(&released, &finishing), released);
    };
    check(
        &[("job-name", "x"), ("media", "A4")],
        &[
            ("media", "A4"),
            ("number-up", "1"),
            ("print-color-mode", "monochrome"),
            ("sides", "two-sided-long-edge"),
        ],
    );
    let said = [
        ("colormodel", "Gray"),
        ("duplex", "None"),
        ("number-up", "2"),
    ];
    check(&said, &said);
}
