//! The printer: it prints what cupsd sends, counts it, jams and goes away when told.

use std::path::Path;
use std::time::Duration;

use platen_lab::{
    Behaviour, Cupsd, CupsdOptions, Print, Printer, Scratch, SystemBus, finish, pdf_of, wait_for,
};

const DEADLINE: Duration = Duration::from_secs(40);

/// A PDF with that many empty A4 pages.
fn pdf(pages: usize) -> Vec<u8> {
    let mut bodies = vec!["<< /Type /Catalog /Pages 2 0 R >>".to_owned()];
    let kids: String = (0..pages)
        .map(|page| format!("{} 0 R ", page + 3))
        .collect();
    bodies.push(format!("<< /Type /Pages /Kids [{kids}] /Count {pages} >>"));
    let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>";
    bodies.extend((0..pages).map(|_| page.to_owned()));
    pdf_of(&bodies)
}

fn next_print(printer: &Printer, known: usize) -> Print {
    wait_for("a print", DEADLINE, || {
        Ok(printer.prints()?.get(known).cloned())
    })
    .expect("something is printed")
}

#[test]
fn sides_are_counted_as_printed_and_a_jam_stops_the_count() {
    let scratch = Scratch::new("lab-print").unwrap();
    let bus = SystemBus::start(&scratch.join("bus")).unwrap();
    let cupsd = Cupsd::start(&scratch.join("cups"), CupsdOptions::default()).unwrap();
    let mut printer = Printer::start(&scratch.join("eve"), "Library", &bus).unwrap();
    printer.add_to(&cupsd).unwrap();
    let document = scratch.join("three.pdf");
    std::fs::write(&document, pdf(3)).unwrap();

    cupsd
        .lp("Library", &document, &["-t", "thesis", "-n", "2"])
        .unwrap();
    let print = next_print(&printer, 0);
    assert_eq!(print.impressions, 6, "{print:?}");
    assert_eq!(print.name, "thesis");

    let jam = Behaviour {
        fail_after: Some(2),
        ..Behaviour::default()
    };
    printer.behave(jam).unwrap();
    cupsd.lp("Library", &document, &[]).unwrap();
    assert_eq!(next_print(&printer, 1).impressions, 2);

    printer.switch_off().unwrap();
    printer.behave(Behaviour::default()).unwrap();
    printer.switch_on(&bus).unwrap();
    finish(cupsd.command("cupsenable").arg("Library")).unwrap();
    finish(cupsd.command("cancel").arg("-a")).unwrap();
    cupsd.lp("Library", Path::new(&document), &[]).unwrap();
    let last = wait_for("the last print", DEADLINE, || {
        Ok(printer.prints()?.into_iter().find(|it| it.impressions == 3))
    });
    assert!(last.is_ok(), "{:?}", printer.prints());
}
