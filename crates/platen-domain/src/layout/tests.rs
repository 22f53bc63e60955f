//! Layouts by hand; the brute-force model is in `tests/brute_force.rs`.

use super::*;
use crate::finishing::Sides;
use crate::pages::PageRun;
use proptest::prelude::*;

pub(crate) fn pages(colours: &[bool]) -> Vec<PageFacts> {
    colours
        .iter()
        .map(|colour| PageFacts {
            size: Size::A4,
            colour: *colour,
        })
        .collect()
}

#[test]
fn last_odd_page_of_a_duplex_document_is_a_simplex_sheet() {
    let finishing = Finishing {
        sides: Sides::TwoSidedLongEdge,
        ..Finishing::default()
    };
    let sides = lay_out(&[pages(&[false, true, false])], &finishing).copy;
    let seen: Vec<_> = sides
        .iter()
        .map(|side| (side.colour, side.duplex))
        .collect();
    assert_eq!(seen, [(false, true), (true, true), (false, false)]);
    assert_eq!(sheets(&sides), 2);
}

#[test]
fn ranges_count_sides_after_number_up() {
    let finishing = Finishing {
        number_up: 2,
        ranges: vec![(2, 3)],
        ..Finishing::default()
    };
    let layout = lay_out(
        &[pages(&[true, false, false, false, false, true, true, true])],
        &finishing,
    );
    // Sides: 1-2, 3-4, 5-6, 7-8. Chosen: 3-4 (grey) and 5-6 (colour).
    let colours: Vec<_> = layout.copy.iter().map(|side| side.colour).collect();
    assert_eq!(colours, [false, true]);
}

#[test]
fn monochrome_printing_takes_all_colour_away() {
    let finishing = Finishing {
        monochrome: true,
        ..Finishing::default()
    };
    let layout = lay_out(&[pages(&[true, true])], &finishing);
    assert!(layout.copy.iter().all(|side| !side.colour));
}

#[test]
fn documents_and_banners_each_take_their_own_sheets() {
    let finishing = Finishing {
        sides: Sides::TwoSidedLongEdge,
        banners: 1,
        ..Finishing::default()
    };
    let layout = lay_out(&[pages(&[false]), pages(&[false, false])], &finishing);
    assert_eq!((layout.copy.len(), layout.banners.len()), (3, 1));
    // Two copies of a sheet each, and the banner once.
    let papers = layout.by_size(2);
    assert_eq!((papers.len(), papers[0].sides, papers[0].sheets), (1, 7, 5));
}

#[test]
fn odd_number_of_even_sides_takes_a_blank_sheet() {
    let finishing = Finishing {
        page_set: PageSet::Even,
        ..Finishing::default()
    };
    let layout = lay_out(&[pages(&[true; 6])], &finishing);
    assert_eq!((layout.copy.len(), layout.blank_sheets.len()), (3, 1));
    let two_sided = Finishing {
        sides: Sides::TwoSidedLongEdge,
        ..finishing
    };
    let layout = lay_out(&[pages(&[true; 6])], &two_sided);
    assert_eq!((layout.copy.len(), layout.blank_sheets.len()), (3, 0));
    assert_eq!(sheets(&layout.copy), 2);
}

#[test]
fn booklet_shows_the_last_page_beside_the_first() {
    let finishing = Finishing {
        sides: Sides::TwoSidedShortEdge,
        booklet: Some(Booklet {
            two_up: true,
            signature: None,
        }),
        ..Finishing::default()
    };
    let folded = |colours: &[bool]| {
        let layout = lay_out(&[pages(colours)], &finishing);
        let sides: Vec<_> = layout.copy.iter().map(|side| side.colour).collect();
        (sides, sheets(&layout.copy))
    };
    // 8-1, 2-7, 6-3, 4-5 with five pages.
    assert_eq!(
        folded(&[true, false, false, false, false]),
        (vec![true, false, false, false], 2)
    );
    assert_eq!(
        folded(&[false, false, false, false, true]),
        (vec![false, false, false, true], 2)
    );
    // One page: its back stays blank, so it counts as simplex.
    let one = lay_out(&[pages(&[true])], &finishing);
    assert_eq!((one.copy.len(), one.copy[0].duplex), (1, false));
    assert_eq!(sheets(&one.copy), 1);
}

#[test]
fn change_of_size_starts_a_new_sheet() {
    let page = |size| PageFacts {
        size,
        colour: false,
    };
    let document = [Size::A4, Size::A3, Size::A3, Size::A4, Size::A4, Size::A4].map(page);
    let finishing = Finishing {
        sides: Sides::TwoSidedLongEdge,
        ..Finishing::default()
    };
    let layout = lay_out(&[document.to_vec()], &finishing);
    let duplex: Vec<_> = layout.copy.iter().map(|side| side.duplex).collect();
    assert_eq!(duplex, [false, true, true, true, true, false]);
    let papers: Vec<_> = layout
        .by_size(1)
        .iter()
        .map(|paper| (paper.size, paper.sides, paper.sheets))
        .collect();
    assert_eq!(papers, [(Size::A4, 4, 3), (Size::A3, 2, 1)]);
}

#[test]
fn reversed_job_still_has_its_first_page_on_a_front() {
    let finishing = Finishing {
        sides: Sides::TwoSidedLongEdge,
        reverse: true,
        ..Finishing::default()
    };
    let layout = lay_out(&[pages(&[true, false, false])], &finishing);
    let sides: Vec<_> = layout
        .copy
        .iter()
        .map(|side| (side.colour, side.duplex))
        .collect();
    assert_eq!(sides, [(false, false), (false, true), (true, true)]);
}

proptest! {
    #[test]
    fn runs_unfold_to_the_pages_they_were_folded_from(
        colours in proptest::collection::vec(any::<bool>(), 0..40),
    ) {
        let pages = pages(&colours);
        prop_assert_eq!(PageRun::unfold(&PageRun::fold(&pages)), pages);
    }
}

#[test]
fn made_up_finishing_takes_no_more_memory_than_an_honest_one() {
    let finishing = Finishing {
        banners: u32::MAX,
        booklet: Some(Booklet {
            two_up: false,
            signature: Some(u32::MAX),
        }),
        ..Finishing::default()
    };
    let layout = lay_out(&[pages(&[false])], &finishing);
    assert_eq!(layout.banners.len(), 2);
    let most = Booklet::MOST_SIGNATURE as usize;
    assert!(layout.copy.len() + layout.blank_sheets.len() <= most);
}
