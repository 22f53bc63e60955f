//! `kill -9` at every point of a document's way: nothing lost, nothing charged
//! twice, nothing printed twice.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use platen_lab::{
    Behaviour, SECURE_QUEUE, Scratch, SeatOptions, Signal, StageOptions, wait_for, wait_until,
};
use platen_tests::documents::grey;
use platen_tests::rig::{DEADLINE, PLENTY, Status, pilot, programs};
use platen_tests::{Rig, RigOptions};

/// An analyser that waits until it may begin.
struct SlowAnalyser {
    scratch: Scratch,
}

impl SlowAnalyser {
    fn new(name: &str) -> Result<Self> {
        let scratch = Scratch::new(name)?;
        std::fs::copy(
            programs()?.join("platen-estimate"),
            scratch.join("platen-estimate"),
        )?;
        let script = scratch.join("slow");
        let text = format!(
            "#!/bin/sh\nwhile [ ! -e {0}/go ]; do /bin/sleep 0.02; done\nexec {0}/platen-estimate \"$@\"\n",
            scratch.path().display()
        );
        std::fs::write(&script, text)?;
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))?;
        Ok(Self { scratch })
    }

    fn settings(&self) -> String {
        let path: PathBuf = self.scratch.join("slow");
        format!("estimator = \"{}\"\n", path.display())
    }

    fn let_go(&self) -> Result<()> {
        Ok(std::fs::write(self.scratch.join("go"), "")?)
    }
}

fn rig_with(name: &str, seat: SeatOptions) -> Result<Rig> {
    let stage = StageOptions {
        provider: false,
        ..StageOptions::default()
    };
    Rig::with(name, RigOptions { stage, seat })
}

/// How often a document of this name is listed.
fn listed(status: &Status, name: &str) -> usize {
    status
        .documents
        .iter()
        .filter(|one| one.name == name)
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_hold_and_verdict_it_judges_and_tells_after_the_next_start() -> Result<()> {
    let analyser = SlowAnalyser::new("slow")?;
    let seat = SeatOptions {
        settings: analyser.settings(),
        ..SeatOptions::default()
    };
    let mut rig = rig_with("hold", seat)?;
    let job = rig.print("letter.pdf", &grey(3), &[])?;
    let status = rig.until_state("letter.pdf", "submitted")?;
    assert_eq!(status.balance("Print Quota"), Some("0/50 points used"));
    rig.crash()?;
    assert_eq!(rig.times_told("letter.pdf"), 0);
    // The spooler still holds it, and nothing came out.
    assert!(
        rig.lpstat(&["-o"])?
            .contains(&format!("{SECURE_QUEUE}-{job}"))
    );
    analyser.let_go()?;
    rig.seat.start_client()?;
    rig.told("Job Ready", "letter.pdf")?;
    let status = rig.until("it to be told", |status| {
        status.document("letter.pdf").is_ok_and(|one| one.notified)
    })?;
    assert_eq!(status.balance("Print Quota"), Some("3/50 points used"));
    assert_eq!(listed(&status, "letter.pdf"), 1);
    assert_eq!(rig.times_told("letter.pdf"), 1);
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_verdict_and_notification_it_tells_after_the_next_start() -> Result<()> {
    let mut rig = Rig::start("verdict")?;
    rig.click("Seminar Credits")?;
    rig.until("the account to be switched", |status| {
        status.active_account.as_deref() == Some("Seminar Credits")
    })?;
    rig.seat
        .desktop_mut()?
        .notifications()?
        .signal(Signal::STOP)?;
    rig.print("fits.pdf", &grey(2), &[])?;
    rig.until_state("fits.pdf", "held")?;
    rig.print("declined.pdf", &grey(9), &[])?;
    let status = rig.until_state("declined.pdf", "canceled")?;
    assert!(!status.document("fits.pdf")?.notified);
    assert!(!status.document("declined.pdf")?.notified);
    rig.crash()?;
    rig.seat
        .desktop_mut()?
        .notifications()?
        .signal(Signal::CONT)?;
    rig.seat.start_client()?;
    rig.told("Job Ready", "fits.pdf")?;
    rig.told("Printing Declined", "declined.pdf")?;
    let status = rig.until("both to be told", |status| {
        ["fits.pdf", "declined.pdf"]
            .iter()
            .all(|name| status.document(name).is_ok_and(|one| one.notified))
    })?;
    assert_eq!(status.balance("Seminar Credits"), Some("2/7.5 points used"));
    assert_eq!(status.document("fits.pdf")?.state, "held");
    assert_eq!(status.document("declined.pdf")?.state, "canceled");
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_release_and_settlement_it_settles_what_was_printed_meanwhile() -> Result<()>
{
    let mut rig = Rig::start("settle")?;
    rig.stage.printer("Library")?.behave(Behaviour {
        per_side: Duration::from_millis(300),
        ..Behaviour::default()
    })?;
    rig.print("script.pdf", &grey(6), &[])?;
    let status = rig.until_state("script.pdf", "held")?;
    let script = status.document("script.pdf")?.id.clone();
    let portal = rig.portal(None).await?;
    portal
        .done(
            &format!("/documents/{script}/release"),
            &[("printer", "Library")],
        )
        .await?;
    rig.until_state("script.pdf", "releasing")?;
    rig.crash()?;
    wait_until("the print without its client", DEADLINE, || {
        rig.stage
            .printer("Library")
            .and_then(platen_lab::Printer::prints)
            .is_ok_and(|prints| prints.len() == 1)
    })?;
    rig.seat.start_client()?;
    let status = rig.until_state("script.pdf", "printed")?;
    assert_eq!(status.document("script.pdf")?.charged.as_deref(), Some("6"));
    assert_eq!(status.balance("Print Quota"), Some("6/50 points used"));
    assert_eq!(rig.stage.printer("Library")?.prints()?.len(), 1);
    // Once more, on what is settled already.
    rig.crash()?;
    rig.seat.start_client()?;
    let status = rig.until_state("script.pdf", "printed")?;
    assert_eq!(status.balance("Print Quota"), Some("6/50 points used"));
    assert_eq!(rig.stage.printer("Library")?.prints()?.len(), 1);
    rig.verify_ledger()
}

/// Numbers that a seed determines (xorshift64*).
struct Chance(u64);

impl Chance {
    /// Says its seed, so that a failure can be told again: `PLATEN_SEED=…`.
    fn new() -> Result<Self> {
        let seed = match std::env::var("PLATEN_SEED") {
            Ok(text) => text.parse().context("PLATEN_SEED is no number")?,
            Err(_) => u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?,
        };
        println!("PLATEN_SEED={seed}");
        Ok(Self(seed | 1))
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit
    }

    /// A moment nobody chose: the test's subject, not a wait for something.
    fn pass(&mut self, longest_ms: u64) {
        let (_silent, nobody) = mpsc::channel::<()>();
        let _ = nobody.recv_timeout(Duration::from_millis(self.below(longest_ms)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_it_loses_and_doubles_no_document() -> Result<()> {
    const DOCUMENTS: usize = 20;
    let mut chance = Chance::new()?;
    let seat = SeatOptions {
        pilot: Some(pilot(PLENTY)),
        ..SeatOptions::default()
    };
    let mut rig = rig_with("random", seat)?;
    let names: Vec<String> = (1..=DOCUMENTS)
        .map(|n| format!("paper-{n:02}.pdf"))
        .collect();
    let pages = |index: usize| index % 5 + 1;
    let total: usize = (0..DOCUMENTS).map(pages).sum();
    let mut prints = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let file = rig.file(name, &grey(pages(index)))?;
        prints.push((rig.seat.command("lp"), file));
    }
    // The documents come in from beside while the client is killed again and again.
    let mut rounds = 0;
    let (seat, cupsd) = (&mut rig.seat, rig.stage.cupsd());
    std::thread::scope(|scope| {
        let printing = scope.spawn(|| -> Result<()> {
            for (lp, file) in prints {
                cupsd.lp_with(lp, SECURE_QUEUE, &file, &[])?;
            }
            Ok(())
        });
        while !printing.is_finished() || rounds < 8 {
            chance.pass(900);
            seat.client()?.kill9()?;
            seat.launch_client()?;
            rounds += 1;
        }
        printing.join().expect("the printing thread panicked")
    })?;
    println!("killed {rounds} times");
    seat.client()?.kill9()?;
    rig.seat.start_client()?;
    let status = rig.until("every document to be told", |status| {
        names.iter().all(|name| {
            status
                .document(name)
                .is_ok_and(|one| one.state == "held" && one.notified)
        })
    })?;
    for (index, name) in names.iter().enumerate() {
        assert_eq!(listed(&status, name), 1, "{name}");
        assert_eq!(
            status.document(name)?.points,
            Some(pages(index).to_string()),
            "{name}"
        );
        wait_until(&format!("{name} to be told"), DEADLINE, || {
            rig.times_told(name) > 0
        })?;
    }
    assert_eq!(
        status.balance("Plenty"),
        Some(format!("{total} points").as_str())
    );
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_releasing_it_prints_once_and_charges_once() -> Result<()> {
    const DOCUMENTS: usize = 6;
    let mut chance = Chance::new()?;
    let seat = SeatOptions {
        pilot: Some(pilot(PLENTY)),
        ..SeatOptions::default()
    };
    let mut rig = rig_with("release", seat)?;
    let names: Vec<String> = (1..=DOCUMENTS).map(|n| format!("essay-{n}.pdf")).collect();
    for name in &names {
        rig.print(name, &grey(2), &[])?;
    }
    for name in &names {
        let status = rig.until_state(name, "held")?;
        let path = format!("/documents/{}/release", status.document(name)?.id);
        let portal = rig.portal(None).await?;
        let asked = tokio::spawn(async move {
            // Whether it is answered before the client dies is up to chance.
            let _ = portal.post(&path, &[("printer", "Office")]).await;
        });
        chance.pass(120);
        rig.crash()?;
        asked.await?;
        rig.seat.start_client()?;
    }
    for name in &names {
        let found = wait_for("the document's end", DEADLINE, || {
            let status = rig.status()?;
            let one = status.document(name)?;
            Ok(["held", "printed"]
                .contains(&one.state.as_str())
                .then(|| one.clone()))
        })?;
        if found.state == "held" {
            // The wish had not been heard before the crash.
            let portal = rig.portal(None).await?;
            portal
                .done(
                    &format!("/documents/{}/release", found.id),
                    &[("printer", "Office")],
                )
                .await?;
        }
        let status = rig.until_state(name, "printed")?;
        assert_eq!(
            status.document(name)?.charged.as_deref(),
            Some("2"),
            "{name}"
        );
    }
    let prints = rig.stage.printer("Office")?.prints()?;
    for name in &names {
        let times = prints.iter().filter(|one| one.name == *name).count();
        ensure!(times == 1, "{name} came out {times} times: {prints:?}");
    }
    assert_eq!(
        rig.status()?.balance("Plenty"),
        Some(format!("{} points", 2 * DOCUMENTS).as_str())
    );
    rig.verify_ledger()
}
