//! Clients whose server fails for long, whose clocks are wrong, and whose computers slept.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use platen_lab::Signal;
use platen_tests::headless::{Setup, Sight, Told, Wish};
use platen_tests::rig::{DEADLINE, pilot};
use platen_tests::{Cable, Headless, ServerRig, ServerRigOptions};

const SITE: &str = r#"
[settings]
lease_points = 10

[[account]]
name = "Print Quota"
code = "quota"
limit = 100
"#;

/// Three seconds are promised; a busy machine may take a while to say so.
const DECIDED: Duration = Duration::from_secs(6);
/// How long the server fails, where another time than a few seconds is wanted. Units: seconds.
const OUTAGE: &str = "PLATEN_TEST_OUTAGE_S";

fn site(name: &str) -> Result<ServerRig> {
    let options = ServerRigOptions {
        pilot: Some(pilot(SITE)),
        ..ServerRigOptions::default()
    };
    ServerRig::with(name, options)
}

async fn setup(rig: &ServerRig, proxy: Option<String>) -> Result<Setup> {
    let (token, user) = rig.identity("alice").await?;
    Ok(Setup {
        server: rig.url(),
        proxy,
        user,
        token,
        name: "Computer".into(),
        directory: rig.path("computer"),
    })
}

async fn until_ready(client: &Headless) -> Result<()> {
    let ready = |sight: &Sight| sight.is_delivered() && !sight.leases.is_empty();
    client.until("a lease", DEADLINE, ready).await?;
    Ok(())
}

fn here(program: &str) -> Command {
    Command::new(program)
}

/// Processor time of a process so far. *Source*: Linux, Documentation/scheduler/sched-stats.rst.
fn processor_time(process: u32) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let nanoseconds = text.split(' ').next().context("no figure")?;
        sum += Duration::from_nanos(nanoseconds.parse()?);
    }
    Ok(sum)
}

#[tokio::test(flavor = "multi_thread")]
async fn server_that_fails_is_asked_seldom_and_in_step_soon_after() -> Result<()> {
    let wanted = std::env::var(OUTAGE).ok();
    let outage = wanted.as_deref().map_or(Ok(8), str::parse::<u32>)?;
    let rig = site("outage")?;
    let cable = Cable::lay().await?;
    let client = Headless::start(setup(&rig, Some(cable.url())).await?, here).await?;
    until_ready(&client).await?;
    let half = Duration::from_secs(u64::from(outage)) / 2;
    let retry_after: u64 = if wanted.is_some() { 60 } else { 2 };
    let unavailable = format!("503 Service Unavailable\r\nRetry-After: {retry_after}");
    cable.cut();
    for (answer, document) in [("500 Internal Server Error", 1), (&unavailable, 2)] {
        let (asked, ran) = (cable.refused(), processor_time(client.process().pid())?);
        cable.refuse(Some(answer));
        cable.mend();
        let said = client.ask(document).await?;
        ensure!(said.what == DRAWN, "{said:?}");
        ensure!(said.after < DECIDED, "{said:?}");
        tokio::time::sleep(half).await;
        let asked = cable.refused() - asked;
        let ran = processor_time(client.process().pid())? - ran;
        eprintln!("{answer:?} for {half:?}: {asked} requests, {ran:?} of processor time");
        // Six pauses in a row double from a second to a minute, each a random part of that.
        let most = 12 + half.as_secs() / 15;
        ensure!(
            u64::try_from(asked)? <= most,
            "{asked} requests in {half:?}"
        );
        ensure!(
            client.sight().link == "Away(Unavailable)",
            "{:?}",
            client.sight()
        );
    }
    cable.refuse(None);
    let back = Instant::now();
    if wanted.is_none() {
        // Whoever comes to his desk does not wait for the end of a pause.
        client.wish(&Wish::NetworkChanged).await?;
    }
    let patience = Duration::from_secs(retry_after * 3 / 2 + 70);
    let delivered = client.until("everything to be delivered", patience, Sight::is_delivered);
    delivered.await?;
    eprintln!("in step {:?} after the server was back", back.elapsed());
    assert_eq!(client.sight().in_state("Held").count(), 2);
    Ok(())
}

const DAY_S: i64 = 24 * 60 * 60;
/// *Source*: Debian, package libfaketime.
const FAKE_TIME: &str = "/usr/$LIB/faketime/libfaketimeMT.so.1";
const DRAWN: Told = Told::Judged {
    permitted: true,
    on_lease: true,
};

/// A program whose wall clock, and no other, is wrong by so much. Units: seconds.
fn with_wall(program: &str, wrong_s: i64) -> Command {
    let mut command = Command::new(program);
    command
        .env("LD_PRELOAD", FAKE_TIME)
        .env("FAKETIME", format!("{wrong_s:+}"))
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    command
}

/// What somebody does to a computer's clocks.
#[derive(Clone, Copy, Debug, Default)]
struct Clocks {
    /// The wall clock is wrong by so much. Units: seconds.
    wall_s: i64,
    /// The clock since boot is on by so much: the lid was closed. Units: seconds.
    slept_s: i64,
    /// The computer was switched off and on.
    booted: bool,
}

/// A program on a computer with these clocks: in a time namespace of its own, and with another
/// boot's name where it was switched off and on. *Source*: Linux, `time_namespaces`(7).
fn with_clocks(program: &str, clocks: Clocks, boot: &Path) -> Command {
    let mut command = Command::new("unshare");
    command
        .args(["--fork", "--kill-child", "--mount", "--time", "--boottime"])
        .arg(clocks.slept_s.to_string())
        .args(["sh", "-c"]);
    let named = if clocks.booted {
        "mount --bind \"$BOOT\" /proc/sys/kernel/random/boot_id && "
    } else {
        ""
    };
    // The clocks of the shell are right.
    let script = format!(
        "{named}exec env LD_PRELOAD='{FAKE_TIME}' FAKETIME={:+} FAKETIME_DONT_FAKE_MONOTONIC=1 \"$@\"",
        clocks.wall_s
    );
    command.args([&script, "sh", program]).env("BOOT", boot);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn wall_clock_that_is_a_day_wrong_changes_nothing() -> Result<()> {
    let rig = site("wrong-clock")?;
    for wrong in [-DAY_S, DAY_S] {
        let cable = Cable::lay().await?;
        let mut setup = setup(&rig, Some(cable.url())).await?;
        setup.directory = rig.path(&format!("computer{wrong}"));
        let client = Headless::start(setup, move |program| with_wall(program, wrong)).await?;
        until_ready(&client).await?;
        let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
        let differs = client.sight().wall_s - now;
        ensure!(
            (differs - wrong).abs() < 60,
            "the clock is wrong by {differs} s"
        );
        let said = client.ask(1).await?;
        let by_server = Told::Judged {
            permitted: true,
            on_lease: false,
        };
        assert_eq!(said.what, by_server);
        cable.cut();
        assert_eq!(client.ask(2).await?.what, DRAWN);
        cable.mend();
        client.wish(&Wish::NetworkChanged).await?;
        let delivered = client.until("delivered", DEADLINE, Sight::is_delivered);
        delivered.await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn lease_is_drawn_on_only_while_the_clocks_say_for_sure_that_it_lasts() -> Result<()> {
    ensure!(
        platen_lab::User::current()?.uid == 0,
        "only root can make time namespaces: run this as root"
    );
    let rig = site("clocks")?;
    let boot = rig.path("boot");
    std::fs::write(&boot, "6a3c1f0e-5d43-4c86-9a55-0d1f7b6e2c11\n")?;
    let cable = Cable::lay().await?;
    let setup = setup(&rig, Some(cable.url())).await?;
    let mut client = Headless::start(setup, here).await?;
    until_ready(&client).await?;
    cable.cut();
    let night = 10 * 60 * 60;
    let month = 30 * DAY_S;
    // The clock since boot of a computer that was just switched on; it can't be below zero.
    let uptime = std::fs::read_to_string("/proc/uptime")?;
    let uptime: f64 = uptime.split(' ').next().context("no figure")?.parse()?;
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds will do")]
    let switched_on = 60 - uptime as i64;
    let asleep = |slept_s, wall_s| Clocks {
        wall_s,
        slept_s,
        booted: false,
    };
    let booted = |wall_s| Clocks {
        wall_s,
        slept_s: switched_on,
        booted: true,
    };
    for (clocks, is_drawn) in [
        // The lid was closed for a night; the wall clock may be wrong.
        (asleep(night, 0), true),
        (asleep(night, -DAY_S), true),
        // Switched off and on: the wall clock counts, unless it was set back.
        (booted(0), true),
        (booted(-DAY_S), false),
        (asleep(night, DAY_S), true),
        // It was seen at tomorrow: what it says now is not believed.
        (booted(0), false),
        (booted(month), false),
        // The lid was closed for a month, and the wall clock set back to where it was.
        (asleep(month, 0), false),
    ] {
        let file = boot.clone();
        let place = move |program: &str| with_clocks(program, clocks, &file);
        client.crash(Some(Box::new(place))).await?;
        let said = client.ask(1).await?;
        let expected = if is_drawn { DRAWN } else { Told::Waits };
        assert_eq!(said.what, expected, "{clocks:?}");
    }
    // All of it is delivered once its clocks are right again.
    cable.mend();
    client.crash(Some(Box::new(here))).await?;
    let delivered = client.until("everything to be delivered", DEADLINE, Sight::is_delivered);
    delivered.await?;
    assert_eq!(client.sight().in_state("Held").count(), 8);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn computer_that_slept_while_its_server_was_started_anew_is_in_step_again() -> Result<()> {
    let mut rig = site("asleep")?;
    let client = Headless::start(setup(&rig, None).await?, here).await?;
    until_ready(&client).await?;
    client.process().signal(Signal::STOP)?;
    // What is printed meanwhile waits in front of the program.
    let document = client.print(3).await?;
    rig.server(0)?.process().kill9()?;
    rig.server(0)?.restart()?;
    tokio::time::sleep(Duration::from_secs(4)).await;
    client.process().signal(Signal::CONT)?;
    let woken = Instant::now();
    let judged = |sight: &Sight| {
        let mut held = sight.in_state("Held");
        sight.is_delivered() && held.any(|one| one.id == document)
    };
    client
        .until("the document to be held", DEADLINE, judged)
        .await?;
    eprintln!("in step {:?} after it woke", woken.elapsed());
    let said = client.said();
    ensure!(said.len() == 1 && said[0].after < DECIDED, "{said:?}");
    Ok(())
}
