use super::*;
use crate::approval::tests::{key, trust};
use crate::lease::tests::lease;
use crate::machine;

const NOW: u64 = 1_800_000_000;

/// A computer with a lease of 5 points, until ten minutes from [`NOW`].
struct Computer {
    places: Places,
    machine: SigningKey,
    lease: Terms,
    dir: tempfile::TempDir,
}

impl Computer {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::below(dir.path());
        let machine = machine::load_or_create(&places).unwrap();
        let (_key, device) = key();
        let lease = terms(&device, &machine);
        Self {
            places,
            machine,
            lease,
            dir,
        }
    }

    fn draw(&self, nonce: u128, points: i64, later_s: i64) -> Result<(), CounterError> {
        let print = print(nonce, points, later_s);
        draw(&self.places, &self.machine, &self.lease, print)
    }

    fn take_back(&self, nonce: u128, points: i64) -> Result<(), CounterError> {
        let print = print(nonce, points, 0);
        take_back(&self.places, &self.machine, &self.lease, print)
    }

    fn close(&self) -> Result<Receipt, CounterError> {
        close(&self.places, &self.machine, &self.lease, NOW)
    }

    fn file(&self) -> PathBuf {
        file_of(&self.places.leases, self.lease.id)
    }
}

fn print(nonce: u128, points: i64, later_s: i64) -> Print {
    Print {
        nonce: Uuid::from_u128(nonce),
        job: job(nonce),
        expires_unix_s: NOW + 60,
        cost: Points::from_hundredths(points * 100),
        now_unix_s: NOW.strict_add_signed(later_s),
    }
}

fn job(nonce: u128) -> Uuid {
    Uuid::from_u128(0x10_0000 + nonce)
}

fn terms(device: &SigningKey, machine: &SigningKey) -> Terms {
    let (_dir, server) = key();
    let text = lease(device, machine.public()).sign(&server);
    Terms::verify(&text, "alice", &trust(&server, None)).unwrap()
}

#[track_caller]
fn refused(result: Result<(), CounterError>, because: &str) {
    let said = result.unwrap_err().to_string();
    assert!(said.contains(because), "{said}");
}

#[test]
fn no_more_is_drawn_than_was_granted() {
    let computer = Computer::new();
    computer.draw(1, 2, 0).unwrap();
    refused(computer.draw(2, 4, 0), "costs 4 points, and 3 are left");
    refused(computer.draw(3, -1, 0), "costs -1 points");
    computer.draw(4, 3, 0).unwrap();
    computer.draw(5, 0, 0).unwrap();
    refused(computer.draw(6, 1, 0), "0 are left");
}

#[test]
fn what_was_counted_is_told() {
    let computer = Computer::new();
    assert_eq!(counted(&computer.places).unwrap(), []);
    computer.draw(1, 2, 0).unwrap();
    computer.draw(2, 1, 0).unwrap();
    let expected = Counted {
        lease: computer.lease.id,
        ends_unix_s: computer.lease.ends_unix_s,
        drawn: Points::from_hundredths(300),
        prints: 2,
    };
    assert_eq!(counted(&computer.places).unwrap(), [expected]);
}

#[test]
fn no_more_is_drawn_by_many_at_once() {
    let computer = Computer::new();
    let drawn = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=16)
            .map(|nonce| {
                scope.spawn({
                    let computer = &computer;
                    move || computer.draw(nonce, 1, 0).is_ok()
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .filter(|drawn| *drawn)
            .count()
    });
    assert_eq!(drawn, 5);
}

#[test]
fn approval_is_good_once_on_a_lease_too() {
    let computer = Computer::new();
    computer.draw(1, 1, 0).unwrap();
    refused(computer.draw(1, 1, 0), "used already");
    computer.draw(2, 4, 0).unwrap();
}

#[test]
fn lease_ends_and_a_clock_that_is_set_back_does_not_bring_it_back() {
    let computer = Computer::new();
    computer.draw(1, 1, 0).unwrap();
    computer.draw(2, 1, 599).unwrap();
    // A clock may be set right.
    computer.draw(3, 1, 10).unwrap();
    refused(computer.draw(4, 1, 600), "run out of time");
    refused(computer.draw(5, 1, -1), "clock has been set back");
    // What is far beyond any lease is a mistake, and not believed for ever.
    refused(computer.draw(6, 1, 1_000_000_000), "run out of time");
    computer.draw(7, 1, 599).unwrap();
}

#[test]
fn counter_that_was_put_back_or_taken_away_is_not_believed() {
    let computer = Computer::new();
    computer.draw(1, 1, 0).unwrap();
    let earlier = fs::read(computer.file()).unwrap();
    computer.draw(2, 4, 0).unwrap();
    let latest = fs::read(computer.file()).unwrap();
    fs::write(computer.file(), earlier).unwrap();
    refused(computer.draw(3, 1, 0), "can't be counted");
    fs::remove_file(computer.file()).unwrap();
    refused(computer.draw(4, 1, 0), "can't be counted");
    fs::write(computer.file(), latest).unwrap();
    refused(computer.draw(5, 1, 0), "0 are left");
    // The entries of prints, put back to an earlier day.
    for entry in [1, 2] {
        let entry = Uuid::from_u128(entry).to_string();
        fs::remove_file(computer.places.used.join(entry)).unwrap();
    }
    refused(computer.draw(6, 0, 0), "can't be counted");
}

#[test]
fn counter_or_lease_of_another_computer_is_not_believed() {
    let (here, mut there) = (Computer::new(), Computer::new());
    refused(
        draw(
            &there.places,
            &there.machine,
            &here.lease,
            Print {
                nonce: Uuid::from_u128(1),
                job: job(1),
                expires_unix_s: NOW + 60,
                cost: Points::ZERO,
                now_unix_s: NOW,
            },
        ),
        "another computer's",
    );
    here.draw(1, 1, 0).unwrap();
    there.draw(1, 4, 0).unwrap();
    let copied = fs::read(here.file()).unwrap();
    there.lease.id = here.lease.id;
    fs::write(there.file(), &copied).unwrap();
    refused(there.draw(2, 1, 0), "can't be counted");
    // Nor is one of another lease, or a damaged one.
    fs::write(
        here.places.leases.join(Uuid::from_u128(77).to_string()),
        &copied,
    )
    .unwrap();
    let mut other = here.lease.clone();
    other.id = LeaseId(Uuid::from_u128(77));
    refused(
        draw(&here.places, &here.machine, &other, print(9, 0, 0)),
        "can't be counted",
    );
    for at in 0..copied.len() - 1 {
        let mut damaged = copied.clone();
        damaged[at] = if damaged[at] == b'A' { b'B' } else { b'A' };
        fs::write(here.file(), damaged).unwrap();
        refused(here.draw(3, 1, 0), "can't be counted");
    }
}

#[test]
fn print_that_was_counted_when_the_computer_went_down_counts() {
    let computer = Computer::new();
    computer.draw(1, 1, 0).unwrap();
    computer.draw(2, 2, 0).unwrap();
    let entry = computer.places.used.join(Uuid::from_u128(2).to_string());
    let whole = fs::read_to_string(&entry).unwrap();
    // Counted, and not marked as used yet, or without room for what the entry says.
    let cut = whole.trim_end();
    for lost in [None, Some(""), Some("1800000060\n"), Some(cut)] {
        match lost {
            None => fs::remove_file(&entry).unwrap(),
            Some(text) => fs::write(&entry, text).unwrap(),
        }
        refused(computer.draw(3, 3, 0), "2 are left");
        let completed = fs::read_to_string(&entry).unwrap();
        let draw = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(draw(&completed), draw(&whole));
    }
    refused(computer.draw(2, 1, 0), "used already");
    computer.draw(3, 2, 0).unwrap();
}

#[test]
fn print_that_did_not_begin_is_taken_back() {
    let computer = Computer::new();
    computer.draw(1, 1, 0).unwrap();
    computer.draw(2, 4, 0).unwrap();
    computer.take_back(2, 4).unwrap();
    // Once.
    computer.take_back(2, 4).unwrap();
    refused(computer.draw(2, 1, 0), "used already");
    refused(computer.draw(3, 5, 0), "4 are left");
    computer.draw(3, 4, 0).unwrap();
    let receipt = computer.close().unwrap();
    let jobs: Vec<_> = receipt.prints.iter().map(|(job, _)| *job).collect();
    assert_eq!(jobs, [job(1), job(3)]);
}

#[test]
fn print_before_another_or_on_a_closed_lease_is_not_taken_back() {
    let computer = Computer::new();
    computer.draw(1, 1, 0).unwrap();
    computer.draw(2, 2, 0).unwrap();
    computer.take_back(1, 1).unwrap();
    refused(computer.draw(3, 3, 0), "2 are left");
    let receipt = computer.close().unwrap();
    assert_eq!(receipt.prints.len(), 2);
    computer.take_back(2, 2).unwrap();
    assert_eq!(computer.close().unwrap(), receipt);
}

#[test]
fn print_counts_that_was_being_taken_back_when_the_computer_went_down() {
    let computer = Computer::new();
    computer.draw(1, 1, 0).unwrap();
    computer.draw(2, 2, 0).unwrap();
    let counter = fs::read(computer.file()).unwrap();
    computer.take_back(2, 2).unwrap();
    fs::write(computer.file(), counter).unwrap();
    refused(computer.draw(3, 3, 0), "2 are left");
    assert_eq!(computer.close().unwrap().prints.len(), 2);
}

#[test]
fn entry_that_is_lost_after_a_print_was_taken_back_is_noticed() {
    let computer = Computer::new();
    computer.draw(1, 1, 0).unwrap();
    computer.draw(2, 2, 0).unwrap();
    computer.take_back(2, 2).unwrap();
    fs::remove_file(computer.places.used.join(Uuid::from_u128(1).to_string())).unwrap();
    refused(computer.draw(3, 1, 0), "can't be counted");
}

#[test]
fn directory_that_others_may_write_counts_nothing() {
    use std::os::unix::fs::PermissionsExt as _;
    let computer = Computer::new();
    computer.draw(1, 1, 0).unwrap();
    for open in [&computer.places.leases, &computer.places.used] {
        fs::set_permissions(open, fs::Permissions::from_mode(0o777)).unwrap();
        refused(computer.draw(2, 1, 0), "can't be written down");
        fs::set_permissions(open, fs::Permissions::from_mode(0o700)).unwrap();
    }
    computer.draw(2, 1, 0).unwrap();
    drop(computer.dir);
}

#[test]
fn only_counters_of_leases_that_ended_long_ago_are_forgotten() {
    let computer = Computer::new();
    computer.draw(1, 1, 0).unwrap();
    let end = computer.lease.ends_unix_s;
    forget(&computer.places.leases, end + KEPT_AFTER_END_S);
    assert!(computer.file().exists());
    forget(&computer.places.leases, end + KEPT_AFTER_END_S + 1);
    assert!(!computer.file().exists());
    // And with no counter the entry still says that there was one.
    refused(computer.draw(2, 1, 0), "can't be counted");
}

#[test]
fn closed_lease_prints_nothing_more_and_its_receipt_says_what_was_printed() {
    let computer = Computer::new();
    let close = |later_s| {
        let now = NOW.strict_add_signed(later_s);
        close(&computer.places, &computer.machine, &computer.lease, now)
    };
    computer.draw(2, 1, 0).unwrap();
    computer.draw(1, 2, 1).unwrap();
    let receipt = close(2).unwrap();
    assert_eq!(receipt.lease, computer.lease.id);
    assert_eq!(receipt.gate, computer.machine.public());
    let points = |points: i64| Points::from_hundredths(points * 100);
    let prints = [(job(1), points(2)), (job(2), points(1))];
    assert_eq!(receipt.prints, prints);
    refused(computer.draw(3, 1, 3), "have been given back");
    // Asked again, also after its end, it says the same; not once it may be forgotten.
    assert_eq!(close(3).unwrap(), receipt);
    assert_eq!(close(601).unwrap(), receipt);
    let forgotten = 600 + KEPT_AFTER_END_S - RECEIPT_MARGIN_S;
    assert!(matches!(
        close(i64::try_from(forgotten).unwrap()),
        Err(CounterError::Forgotten)
    ));
    refused(computer.draw(4, 1, 3), "clock has been set back");
}

#[test]
fn lease_that_nothing_was_printed_on_is_closed_too() {
    let computer = Computer::new();
    let receipt = computer.close().unwrap();
    assert_eq!(receipt.prints, []);
    refused(computer.draw(1, 1, 0), "have been given back");
}

#[test]
fn no_more_is_printed_on_one_lease_than_a_receipt_can_say() {
    let computer = Computer::new();
    for nonce in 1..=Receipt::MOST_PRINTS {
        computer.draw(nonce as u128, 0, 0).unwrap();
    }
    refused(computer.draw(9_999, 0, 0), "too many documents");
    let receipt = computer.close().unwrap();
    assert_eq!(receipt.prints.len(), Receipt::MOST_PRINTS);
}

#[test]
fn nothing_is_said_of_a_counter_that_is_not_believed_or_of_another_computers_lease() {
    let (computer, other) = (Computer::new(), Computer::new());
    computer.draw(1, 1, 0).unwrap();
    let elsewhere = close(&other.places, &other.machine, &computer.lease, NOW);
    assert!(matches!(elsewhere, Err(CounterError::OtherGate)));
    let earlier = fs::read(computer.file()).unwrap();
    computer.draw(2, 4, 0).unwrap();
    fs::write(computer.file(), earlier).unwrap();
    assert!(matches!(computer.close(), Err(CounterError::Disagree)));
    fs::remove_file(computer.file()).unwrap();
    assert!(matches!(computer.close(), Err(CounterError::Disagree)));
}
