//! The layout against a printer that is acted out sheet by sheet, copy by copy.
//!
//! The model knows nothing of the layout's code: it fills sides from a queue of
//! pages, folds booklets as paper is folded, feeds sheets one by one, and asks
//! the rate card for each sheet that came out.

use std::collections::BTreeMap;

use platen_domain::layout::lay_out;
use platen_domain::price::price;
use platen_domain::rates::Match;
use platen_domain::{
    Booklet, Finishing, PageFacts, PageSet, Points, PrintRates, RateCard, RateRow, Sides, Size,
};
use proptest::prelude::*;

/// What is on one side: its paper, and colour or none; `None` is blank.
type Face = (Size, Option<bool>);

/// A sheet that came out: front and back.
type Sheet = (Face, Option<Face>);

struct Printer {
    two_sided: bool,
    waiting: Option<Face>,
    tray: Vec<Sheet>,
}

impl Printer {
    fn feed(&mut self, face: Face) {
        if !self.two_sided {
            self.tray.push((face, None));
            return;
        }
        match self.waiting.take() {
            None => self.waiting = Some(face),
            Some(front) if front.0 == face.0 => self.tray.push((front, Some(face))),
            Some(front) => {
                self.tray.push((front, None));
                self.waiting = Some(face);
            }
        }
    }

    fn eject(&mut self) {
        if let Some(front) = self.waiting.take() {
            self.tray.push((front, None));
        }
    }
}

/// Page numbers on a stack of folded sheets, given out by leafing through it.
fn leaf_through(pages: usize, signature: Option<u32>) -> Vec<usize> {
    let mut order = Vec::new();
    let mut next = 0;
    while next < pages {
        let sheets = match signature {
            Some(signature) => signature as usize / 4,
            None => pages.div_ceil(4),
        };
        // Left and right of front and back.
        let mut stack = vec![[0; 4]; sheets];
        for sheet in &mut stack {
            sheet[1] = next;
            sheet[2] = next + 1;
            next += 2;
        }
        for sheet in stack.iter_mut().rev() {
            sheet[3] = next;
            sheet[0] = next + 1;
            next += 2;
        }
        order.extend(stack.into_iter().flatten());
    }
    order
}

fn chosen(number: usize, finishing: &Finishing) -> bool {
    let within = |(first, last): &(u32, u32)| *first as usize <= number && number <= *last as usize;
    let wanted = finishing.ranges.is_empty() || finishing.ranges.iter().any(within);
    wanted
        && match finishing.page_set {
            PageSet::All => true,
            PageSet::Even => number.is_multiple_of(2),
            PageSet::Odd => !number.is_multiple_of(2),
        }
}

fn faces(pages: &[PageFacts], finishing: &Finishing) -> Vec<Face> {
    let order = match finishing.booklet {
        Some(booklet) => leaf_through(pages.len(), booklet.signature),
        None => (0..pages.len()).collect(),
    };
    let on_a_side = match finishing.booklet {
        Some(booklet) if booklet.two_up => 2,
        _ => finishing.number_up as usize,
    };
    let by_area = |a: &Size, b: &Size| a.area().cmp(&b.area());
    let fallback = pages.iter().map(|page| page.size).max_by(by_area);
    let mut faces: Vec<Face> = Vec::new();
    let mut number = 0;
    let mut queue = order.into_iter().peekable();
    while queue.peek().is_some() {
        number += 1;
        let mut sizes = Vec::new();
        let mut mark = None;
        for _ in 0..on_a_side {
            let Some(index) = queue.next() else { break };
            if let Some(page) = pages.get(index) {
                sizes.push(page.size);
                let colour = page.colour && !finishing.monochrome;
                mark = Some(mark.unwrap_or(false) || colour);
            }
        }
        let own = sizes.into_iter().max_by(by_area).or(fallback);
        if chosen(number, finishing) {
            faces.push((finishing.media.or(own).unwrap_or(Size::A4), mark));
        }
    }
    let padded =
        finishing.page_set == PageSet::Even || finishing.reverse && finishing.sides.is_two_sided();
    if padded && faces.len() % 2 == 1 {
        faces.push((faces[faces.len() - 1].0, None));
    }
    if finishing.reverse {
        faces.reverse();
    }
    faces
}

fn act_out(documents: &[Vec<PageFacts>], finishing: &Finishing) -> Vec<Sheet> {
    let mut printer = Printer {
        two_sided: finishing.sides != Sides::OneSided,
        waiting: None,
        tray: Vec::new(),
    };
    for _ in 0..finishing.copies {
        for pages in documents {
            for face in faces(pages, finishing) {
                printer.feed(face);
            }
            printer.eject();
        }
    }
    let paper = finishing
        .media
        .or_else(|| documents.iter().flatten().next().map(|page| page.size));
    for _ in 0..finishing.banners {
        printer.feed((paper.unwrap_or(Size::A4), Some(false)));
        printer.eject();
    }
    printer.tray
}

fn rates(base: i64) -> PrintRates {
    PrintRates {
        mono_simplex: Points::from_hundredths(base),
        mono_duplex: Points::from_hundredths(base * 7),
        colour_simplex: Points::from_hundredths(base * 101),
        colour_duplex: Points::from_hundredths(base * 1009),
    }
}

fn card() -> RateCard {
    let row = |name: &str, size, base| RateRow {
        name: name.to_owned(),
        size,
        print: rates(base),
        copy: rates(base),
    };
    RateCard {
        version: 1,
        rows: vec![row("A4", Size::A4, 1), row("A3", Size::A3, 13)],
        other_print: rates(17),
        other_copy: rates(17),
    }
}

fn cost(sheets: &[Sheet], card: &RateCard) -> i64 {
    let mut sum = 0;
    for (front, back) in sheets {
        let both = front.1.is_some() && back.is_some_and(|back| back.1.is_some());
        for (size, mark) in [Some(*front), *back].into_iter().flatten() {
            let rates = match card.find(size) {
                Match::Exact(row) | Match::Larger(row) => &row.print,
                Match::Other => &card.other_print,
            };
            if let Some(colour) = mark {
                sum += rates.of(colour, both).hundredths();
            }
        }
    }
    sum
}

fn a_page() -> impl Strategy<Value = PageFacts> {
    let size = prop_oneof![5 => Just(Size::A4), 1 => Just(Size::A3), 1 => Just(Size::LEGAL)];
    (size, any::<bool>()).prop_map(|(size, colour)| PageFacts { size, colour })
}

fn a_finishing() -> impl Strategy<Value = Finishing> {
    let sides = prop_oneof![
        Just(Sides::OneSided),
        Just(Sides::TwoSidedLongEdge),
        Just(Sides::TwoSidedShortEdge)
    ];
    let set = prop_oneof![
        2 => Just(PageSet::All), 1 => Just(PageSet::Even), 1 => Just(PageSet::Odd)
    ];
    let signature = proptest::option::of((1u32..5).prop_map(|sheets| sheets * 4));
    let booklet =
        (any::<bool>(), signature).prop_map(|(two_up, signature)| Booklet { two_up, signature });
    let ranges = proptest::collection::vec((1u32..9, 0u32..6), 0..3);
    (
        (1u32..4, sides, 1u32..7, ranges, set),
        (
            proptest::option::weighted(0.3, booklet),
            any::<bool>(),
            any::<bool>(),
            proptest::option::weighted(0.3, Just(Size::A3)),
            0u32..3,
        ),
    )
        .prop_map(
            |(
                (copies, sides, number_up, ranges, page_set),
                (booklet, reverse, monochrome, media, banners),
            )| Finishing {
                copies,
                sides,
                number_up,
                ranges: ranges
                    .into_iter()
                    .map(|(first, length)| (first, first + length))
                    .collect(),
                page_set,
                booklet,
                reverse,
                monochrome,
                media,
                banners,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn layout_is_what_a_printer_does(
        documents in proptest::collection::vec(
            proptest::collection::vec(a_page(), 0..14), 0..4),
        finishing in a_finishing(),
    ) {
        let sheets = act_out(&documents, &finishing);
        let mut expected: BTreeMap<Size, (u64, u64, u64)> = BTreeMap::new();
        for (front, back) in &sheets {
            let paper = expected.entry(front.0).or_default();
            for (_, mark) in [Some(*front), *back].into_iter().flatten() {
                paper.0 += u64::from(mark.is_some());
                paper.1 += u64::from(mark == Some(true));
            }
            paper.2 += 1;
        }
        let layout = lay_out(&documents, &finishing);
        let found: BTreeMap<Size, (u64, u64, u64)> = layout
            .by_size(finishing.copies)
            .into_iter()
            .map(|paper| (paper.size, (paper.sides, paper.colour_sides, paper.sheets)))
            .collect();
        prop_assert_eq!(&found, &expected);

        let receipt = price(&card(), &documents, &finishing).unwrap();
        let sum = |one: fn(&(u64, u64, u64)) -> u64| expected.values().map(one).sum::<u64>();
        prop_assert_eq!(receipt.sides, sum(|paper| paper.0));
        prop_assert_eq!(receipt.colour_sides, sum(|paper| paper.1));
        prop_assert_eq!(receipt.sheets, sum(|paper| paper.2));
        prop_assert_eq!(receipt.total.hundredths(), cost(&sheets, &card()));
    }
}
