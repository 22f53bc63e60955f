//! Prints without network: the gate counts what a device draws on its lease, and
//! nothing that the device's user does gets more out of it.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use platen_domain::{AccountId, LeaseId, Points, PrintRates, RateCard, RateRow, Size};
use platen_gate::places::Places;
use platen_gate::{
    APPROVAL_OPTION, Approval, Lease, PublicKey, Receipt, SigningKey, card_digest, closing,
    machine, on_lease,
};
use platen_lab::wait_until;
use uuid::Uuid;

use crate::support::ipp::{self, Request, Value};
use crate::support::{ALICE, BOB, BROKEN, COMPLETED, DEADLINE, DRIVER, Job, Lab, RAW, now, sha256};

/// Two pages.
const TWO: &[u8] = b"one\n\x0ctwo\n";

/// Two points for a page of A4, and many sizes that nobody prints on.
fn card(rows: u32) -> RateCard {
    let rates = |simplex| PrintRates {
        mono_simplex: Points::from_hundredths(simplex),
        mono_duplex: Points::from_hundredths(simplex),
        colour_simplex: Points::from_hundredths(simplex),
        colour_duplex: Points::from_hundredths(simplex),
    };
    let row = |size, simplex| RateRow {
        name: "paper".into(),
        size,
        print: rates(simplex),
        copy: rates(simplex),
    };
    let others = (0..rows).map(|row| Size {
        width: 90_000 + row,
        height: 90_000,
    });
    RateCard {
        version: 3,
        rows: std::iter::once(row(Size::A4, 200))
            .chain(others.map(|size| row(size, 9_000)))
            .collect(),
        other_print: rates(5_000),
        other_copy: rates(5_000),
    }
}

/// A lab whose gate knows where documents are counted, with alice's device.
struct Office {
    lab: Lab,
    device: SigningKey,
    gate: PublicKey,
    card: RateCard,
}

impl Office {
    fn open(name: &str) -> Self {
        let lab = Lab::start(name);
        let gate = lab.scratch.join("gate");
        // Where the user of printer backends may run it.
        let program = lab.scratch.join("platen-estimate");
        if fs::hard_link(estimator(), &program).is_err() {
            fs::copy(estimator(), &program).unwrap();
        }
        let estimator = format!("estimator = {}\n", program.display());
        fs::write(gate.join("gate.conf"), estimator).unwrap();
        let key = machine::load_or_create(&Places::below(&gate)).unwrap();
        Self {
            device: SigningKey::load_or_create(&lab.scratch.join("device.key")).unwrap(),
            gate: key.public(),
            card: card(0),
            lab,
        }
    }

    /// A lease of ten points for a day.
    fn lease(&self) -> Lease {
        Lease {
            id: LeaseId(Uuid::new_v4()),
            account: AccountId(Uuid::new_v4()),
            granted: Points::from_hundredths(1_000),
            ends_unix_s: now() + 24 * 3600,
            device: self.device.public(),
            owner: ALICE.into(),
            gate: self.gate,
            card: card_digest(&self.card),
        }
    }

    fn submit(&self, queue: &str) -> Job {
        let paper = [("media", Value::Keyword("A4"))];
        self.lab.submit(queue, ALICE, &[TWO], &paper)
    }

    fn text(&self, approval: &Approval, lease: &Lease, points: i64) -> String {
        let signed = lease.sign(&self.lab.key);
        let cost = Points::from_hundredths(points * 100);
        on_lease(approval, cost, &signed, &self.card, &self.device).unwrap()
    }

    fn print(&self, lease: &Lease, points: i64) -> Job {
        self.print_to(RAW, lease, points)
    }

    fn print_to(&self, queue: &str, lease: &Lease, points: i64) -> Job {
        let job = self.submit(queue);
        self.lab
            .deliver(&job, self.text(&job.approval, lease, points));
        self.lab.release(&job);
        job
    }

    #[track_caller]
    fn check_prints(&self, lease: &Lease, points: i64) -> Job {
        let job = self.print(lease, points);
        self.lab.wait_state(job.id, COMPLETED);
        assert_eq!(self.lab.printed(&job).unwrap(), TWO);
        job
    }

    #[track_caller]
    fn check_refused(&self, lease: &Lease, points: i64, because: &str) -> Job {
        let job = self.print(lease, points);
        let said = self.lab.wait_refused(&job);
        assert!(said.contains(because), "{said}");
        job
    }

    /// What is started for each connection to the gate's socket.
    fn gate(&self) -> Command {
        let mut gate = Command::new(env!("CARGO_BIN_EXE_platen-gate"));
        gate.arg("receipt")
            .env("PLATEN_GATE_DIR", self.lab.scratch.join("gate"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        gate
    }

    /// What the gate says to a question on its socket.
    fn ask(&self, question: &[u8]) -> String {
        let mut gate = self.gate().spawn().unwrap();
        let mut input = gate.stdin.take().unwrap();
        // It may have heard enough before the end.
        let _heard = input.write_all(question);
        drop(input);
        let output = gate.wait_with_output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    fn close(&self, lease: &Lease) -> Receipt {
        let signed = lease.sign(&self.lab.key);
        let question = closing(&signed, ALICE, &self.device).unwrap();
        let answer = self.ask(format!("{question}\n").as_bytes());
        let receipt = answer.trim_end().strip_prefix("receipt ");
        Receipt::verify(receipt.unwrap_or_else(|| panic!("{answer}"))).unwrap()
    }

    fn counter(&self, lease: &Lease) -> PathBuf {
        let leases = self.lab.scratch.join("gate/leases");
        leases.join(lease.id.0.to_string())
    }
}

fn estimator() -> PathBuf {
    let me = std::env::current_exe().unwrap();
    let mut places = me.ancestors().skip(1).take(2);
    places
        .find_map(|place| Some(place.join("platen-estimate")).filter(|found| found.is_file()))
        .expect("build the analyser first: cargo build -p platen-estimate")
}

#[test]
fn prints_on_a_lease_end_with_its_points() {
    let office = Office::open("gate-lease");
    let lease = office.lease();
    office.check_prints(&lease, 4);
    office.check_prints(&lease, 4);
    office.check_refused(&lease, 4, "costs 4 points, and 2 are left");
    // Another lease has points of its own.
    office.check_prints(&office.lease(), 4);
}

#[test]
fn long_list_of_prices_reaches_the_gate_in_several_values() {
    let mut office = Office::open("gate-lease-card");
    office.card = card(150);
    let lease = office.lease();
    for queue in [RAW, DRIVER] {
        let job = office.submit(queue);
        let text = office.text(&job.approval, &lease, 4);
        assert!(text.len() > 2_000, "{}", text.len());
        let mut set = Request::new(ipp::SET_JOB_ATTRIBUTES)
            .job(job.id)
            .user(ALICE);
        let mut name = APPROVAL_OPTION;
        for part in text.as_bytes().chunks(1_000) {
            let part = String::from_utf8(part.to_vec()).unwrap();
            set = set.option(name, &Value::Text(part));
            name = "";
        }
        assert!(office.lab.ask(set).is_ok());
        office.lab.release(&job);
        office.lab.wait_state(job.id, COMPLETED);
        assert!(office.lab.printed(&job).is_some());
    }
}

#[test]
fn print_on_a_lease_is_good_once() {
    let office = Office::open("gate-lease-replay");
    let lease = office.lease();
    let job = office.check_prints(&lease, 4);
    let restart = Request::new(ipp::RESTART_JOB).job(job.id).user(ALICE);
    assert!(office.lab.ask(restart).is_ok());
    office.lab.wait_state(job.id, crate::support::HELD);
    assert_eq!(office.lab.runs(&job).len(), 1);
    // The text in another job of the same document.
    let other = office.submit(RAW);
    office
        .lab
        .deliver(&other, office.text(&job.approval, &lease, 4));
    office.lab.release(&other);
    let said = office.lab.wait_refused(&other);
    assert!(said.contains("for another document"), "{said}");
    // The number of the approval under a new signature.
    let mut again = office.submit(RAW);
    again.approval.nonce = job.approval.nonce;
    office
        .lab
        .deliver(&again, office.text(&again.approval, &lease, 4));
    office.lab.release(&again);
    let said = office.lab.wait_refused(&again);
    assert!(said.contains("used already"), "{said}");
}

#[test]
fn price_is_the_gates_own() {
    let office = Office::open("gate-lease-price");
    let lease = office.lease();
    office.check_refused(&lease, 3, "costs 4 points and not 3");
    office.check_refused(&lease, 0, "costs 4 points and not 0");
    // Copies count, too.
    let options = [
        ("media", Value::Keyword("A4")),
        ("copies", Value::Integer(2)),
    ];
    for queue in [RAW, DRIVER] {
        let job = office.lab.submit(queue, ALICE, &[TWO], &options);
        office
            .lab
            .deliver(&job, office.text(&job.approval, &lease, 4));
        office.lab.release(&job);
        let said = office.lab.wait_refused(&job);
        assert!(said.contains("costs 8 points and not 4"), "{said}");
    }
    // Nor is anything printed of which only a part was counted.
    let several = office.lab.submit(RAW, ALICE, &[TWO, TWO], &options[..1]);
    let text = office.text(&several.approval, &lease, 8);
    office.lab.deliver(&several, text);
    office.lab.release(&several);
    let said = office.lab.wait_refused(&several);
    assert!(said.contains("several documents"), "{said}");
    // What can't be counted is not printed without network.
    let mut job = office.lab.submit(RAW, ALICE, &[b"%PDF-1.4\nbroken"], &[]);
    job.approval.digests = vec![sha256(b"%PDF-1.4\nbroken")];
    office
        .lab
        .deliver(&job, office.text(&job.approval, &lease, 9));
    office.lab.release(&job);
    let said = office.lab.wait_refused(&job);
    assert!(said.contains("pages can't be counted"), "{said}");
    // A refused approval is void: with its points back nobody prints on it.
    office.check_prints(&lease, 4);
}

/// A PDF of so many empty pages of A4.
fn pdf(pages: usize) -> Vec<u8> {
    let kids: Vec<_> = (0..pages).map(|page| format!("{} 0 R", page + 3)).collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!(
            "<</Type/Pages/Count {pages}/Kids[{}]/MediaBox[0 0 595 842]>>",
            kids.join(" ")
        ),
    ];
    objects.extend((0..pages).map(|_| "<</Type/Page/Parent 2 0 R/Resources<<>>>>".to_owned()));
    let mut text = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (object, number) in objects.iter().zip(1..) {
        places.push(format!("{:010} 00000 n \n", text.len()));
        text += &format!("{number} 0 obj\n{object}\nendobj\n");
    }
    let (start, count) = (text.len(), objects.len() + 1);
    text += &format!(
        "xref\n0 {count}\n0000000000 65535 f \n{}trailer\n<</Size {count}/Root 1 0 R>>\n\
         startxref\n{start}\n%%EOF\n",
        places.concat()
    );
    text.into_bytes()
}

#[test]
fn price_follows_the_options_that_a_driver_obeys() {
    let office = Office::open("gate-lease-options");
    let lease = Lease {
        granted: Points::from_hundredths(10_000),
        ..office.lease()
    };
    let document = pdf(5);
    let two_up = ("number-up", Value::Integer(2));
    let first = ("page-ranges", Value::Text("1-2".into()));
    let copies = ("copies", Value::Integer(3));
    let twice = ("sides", Value::Keyword("two-sided-long-edge"));
    for (options, points) in [
        (vec![], 10),
        (vec![two_up.clone()], 6),
        (vec![copies, two_up, twice], 18),
        (vec![first], 4),
    ] {
        for (claimed, prints) in [(points, true), (points - 1, false)] {
            let documents: &[&[u8]] = &[&document];
            let job = office.lab.submit(DRIVER, ALICE, documents, &options);
            let text = office.text(&job.approval, &lease, claimed);
            office.lab.deliver(&job, text);
            office.lab.release(&job);
            if prints {
                office.lab.wait_state(job.id, COMPLETED);
                continue;
            }
            let said = office.lab.wait_refused(&job);
            let wanted = format!("costs {points} points and not {claimed}");
            assert!(said.contains(&wanted), "{said}");
        }
    }
    // Without a driver nothing obeys them.
    let options = [("number-up", Value::Integer(16))];
    let job = office.lab.submit(RAW, ALICE, &[&document], &options);
    office
        .lab
        .deliver(&job, office.text(&job.approval, &lease, 2));
    office.lab.release(&job);
    let said = office.lab.wait_refused(&job);
    assert!(said.contains("costs 10 points and not 2"), "{said}");
}

#[test]
fn print_whose_backend_does_not_start_costs_nothing() {
    let office = Office::open("gate-lease-broken");
    let lease = office.lease();
    office.check_prints(&lease, 4);
    for _ in 0..2 {
        let job = office.print_to(BROKEN, &lease, 4);
        let said = office.lab.wait_refused(&job);
        assert!(said.contains("could not be started"), "{said}");
    }
    office.check_prints(&lease, 6);
    assert_eq!(office.close(&lease).prints.len(), 2);
}

#[test]
fn nothing_prints_where_documents_are_not_counted() {
    let office = Office::open("gate-lease-uncounted");
    let configuration = office.lab.scratch.join("gate/gate.conf");
    fs::write(configuration, "estimator = /nowhere/platen-estimate\n").unwrap();
    office.check_refused(&office.lease(), 4, "can't be counted here");
}

#[test]
fn counter_that_was_put_back_prints_nothing() {
    let office = Office::open("gate-lease-rollback");
    let lease = office.lease();
    office.check_prints(&lease, 4);
    let earlier = fs::read(office.counter(&lease)).unwrap();
    office.check_prints(&lease, 4);
    fs::write(office.counter(&lease), earlier).unwrap();
    office.check_refused(&lease, 4, "can't be counted here; ask");
    fs::remove_file(office.counter(&lease)).unwrap();
    office.check_refused(&lease, 4, "can't be counted here; ask");
}

#[test]
fn lease_and_counter_of_another_computer_print_nothing() {
    let office = Office::open("gate-lease-other");
    let mut foreign = office.lease();
    let there = SigningKey::load_or_create(&office.lab.scratch.join("there.key")).unwrap();
    foreign.gate = there.public();
    office.check_refused(&foreign, 4, "another computer's");
    // A counter that another gate signed: the key was changed under it.
    let lease = office.lease();
    office.check_prints(&lease, 4);
    let gate = Places::below(&office.lab.scratch.join("gate"));
    fs::remove_file(&gate.machine_key).unwrap();
    let fresh = machine::load_or_create(&gate).unwrap().public();
    office.check_refused(&lease, 4, "another computer's");
    let moved = Lease {
        gate: fresh,
        ..lease
    };
    office.check_refused(&moved, 4, "can't be counted here; ask");
}

#[test]
fn lease_that_is_over_or_forged_or_another_users_prints_nothing() {
    let office = Office::open("gate-lease-forged");
    let ended = Lease {
        ends_unix_s: now(),
        ..office.lease()
    };
    office.check_refused(&ended, 4, "run out of time");

    // More points than the server gave.
    let job = office.submit(RAW);
    let more = Lease {
        granted: Points::from_hundredths(100_000),
        ..office.lease()
    };
    let cost = Points::from_hundredths(400);
    let forged = more.sign(&office.device);
    let text = on_lease(&job.approval, cost, &forged, &office.card, &office.device).unwrap();
    office.lab.deliver(&job, text);
    office.lab.release(&job);
    let said = office.lab.wait_refused(&job);
    assert!(said.contains("not signed by an authority"), "{said}");

    // Bob has alice's lease and her key, and prints as himself.
    let mut job = office
        .lab
        .submit(RAW, BOB, &[TWO], &[("media", Value::Keyword("A4"))]);
    job.approval.owner = ALICE.into();
    let text = office.text(&job.approval, &office.lease(), 4);
    job.approval.owner = BOB.into();
    office.lab.deliver(&job, text);
    office.lab.release(&job);
    let said = office.lab.wait_refused(&job);
    assert!(said.contains("for another user"), "{said}");

    // The document was changed after it was priced.
    let lease = office.lease();
    let mut job = office.submit(RAW);
    job.approval.digests = vec![sha256(b"one\n")];
    office
        .lab
        .deliver(&job, office.text(&job.approval, &lease, 4));
    office.lab.release(&job);
    let said = office.lab.wait_refused(&job);
    assert!(said.contains("document was changed"), "{said}");
    // Nothing of all that was counted.
    office.check_prints(&lease, 10);
}

#[test]
fn clock_that_was_set_back_prints_nothing() {
    let office = Office::open("gate-lease-clock");
    let lease = office.lease();
    office.check_prints(&lease, 4);
    // As if a later time had been seen here.
    let clock = office.lab.scratch.join("gate/leases/clock");
    assert!(clock.exists());
    fs::write(clock, (now() + 3_600).to_string()).unwrap();
    office.check_refused(&lease, 4, "clock has been set back");
}

#[test]
fn receipt_ends_a_lease_at_the_gate() {
    let office = Office::open("gate-lease-receipt");
    let lease = office.lease();
    let first = office.check_prints(&lease, 4);
    let second = office.check_prints(&lease, 5);
    let receipt = office.close(&lease);
    assert_eq!((receipt.lease, receipt.gate), (lease.id, office.gate));
    let points = |points: i64| Points::from_hundredths(points * 100);
    let mut prints = receipt.prints.clone();
    prints.sort();
    let mut expected = vec![
        (first.approval.job, points(4)),
        (second.approval.job, points(5)),
    ];
    expected.sort();
    assert_eq!(prints, expected);
    office.check_refused(&lease, 4, "have been given back");
    assert_eq!(office.close(&lease), receipt);

    // Nothing else gets an answer that helps anybody.
    let stranger = office.lab.scratch.join("stranger.key");
    let stranger = SigningKey::load_or_create(&stranger).unwrap();
    let other = office.lease();
    let forged = closing(&other.sign(&stranger), ALICE, &office.device).unwrap();
    for (question, because) in [
        (forged.as_bytes(), "not signed by an authority"),
        (b"", "cannot be read"),
        (&vec![b'A'; 10_000_000][..], "cannot be read"),
        (&[0xff, 0, b'\n'][..], "cannot be read"),
    ] {
        let said = office.ask(question);
        assert!(
            said.starts_with("refused ") && said.contains(because),
            "{said}"
        );
    }
    office.check_prints(&other, 10);
}

#[test]
fn whoever_says_nothing_on_the_socket_is_not_waited_for() {
    let office = Office::open("gate-lease-silent");
    // As many as the socket's unit takes at once; each is a program of its own.
    let mut silent: Vec<_> = (0..16).map(|_| office.gate().spawn().unwrap()).collect();
    let lease = office.lease();
    assert_eq!(office.close(&lease).prints, []);
    for gate in &mut silent {
        wait_until("the gate ends", DEADLINE, || {
            gate.try_wait().unwrap().is_some()
        })
        .unwrap();
    }
}
