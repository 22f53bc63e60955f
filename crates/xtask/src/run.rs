//! `cargo xtask run`: a site of one's own with the tray in it, until Ctrl-C.

mod central;
mod options;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use platen_lab::{
    DesktopOptions, Notification, Recorder, SECURE_QUEUE, Scratch, Seat, SeatOptions, Sight, Stage,
    StageOptions, User, setup,
};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::cargo::{build, programs};
use options::{Identity, Options};

/// How soon the terminal shows what the desktop was told.
const LOOK: Duration = Duration::from_millis(100);
/// A document that was not announced by then will not be.
const ANNOUNCED: Duration = Duration::from_secs(30);

/// Starts everything, prints what was asked for, and shows notifications until it is interrupted.
///
/// # Errors
/// When the options are wrong, the set-up or the build fails, or a part does not come up.
pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let Some(options) = Options::parse(arguments)? else {
        println!("{}", options::HELP);
        return Ok(ExitCode::SUCCESS);
    };
    setup::ensure(setup::Purpose::Work)?;
    build(&[])?;
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
    }
    let scratch = Scratch::new("platen")?;
    let stage = Stage::start(scratch.path(), &programs()?, &StageOptions::default())?;
    let server = options
        .server
        .then(|| central::start(&stage, &scratch.join("server")))
        .transpose()?;
    let mut seat = Seat::take(&stage, &scratch.join("seat"), &seat_options(&options))?;
    let recorder = record(&seat, &options)?;
    let joined = server
        .as_ref()
        .filter(|_| options.identity != Identity::Computer);
    if let Some(server) = joined {
        seat.configure(&format!("server_url = \"{}\"", server.url()))?;
    }
    seat.start_client()?;
    stage.trust(&seat)?;
    sign_in(&stage, &seat, &options);
    println!("{}", instructions(&stage, &seat));
    if let Some(server) = &server {
        println!("{}", central::instructions(server, joined.is_some()));
    }
    if !options.once {
        println!("Ctrl-C stops everything. Notifications appear here as well:");
    }

    let mut show = Show {
        recorder: &recorder,
        shown: 0,
    };
    for file in &options.print {
        let before = show.shown;
        let job = seat.print(&stage, SECURE_QUEUE, file, &[])?;
        println!("printed {} to {SECURE_QUEUE} as job {job}", file.display());
        let deadline = Instant::now() + ANNOUNCED;
        while show.shown == before && !interrupted.load(Ordering::Relaxed) {
            show.new_ones();
            if Instant::now() > deadline {
                println!("no notification came; the client says:");
                println!("{}", seat.client()?.log());
                break;
            }
            thread::sleep(LOOK);
        }
    }
    if let Some(picture) = &options.screenshot {
        seat.desktop()?.screenshot(picture)?;
        println!("the screen is in {}", picture.display());
    }
    while !options.once && !interrupted.load(Ordering::Relaxed) && seat.client()?.is_running() {
        show.new_ones();
        thread::sleep(LOOK);
    }
    show.new_ones();
    println!("stopping everything");
    forget(&seat, &options);
    Ok(ExitCode::SUCCESS)
}

/// Prints notifications that were not yet shown in the terminal.
struct Show<'a> {
    recorder: &'a Recorder,
    shown: usize,
}

impl Show<'_> {
    fn new_ones(&mut self) {
        for notification in self.recorder.notifications().iter().skip(self.shown) {
            println!("{}", boxed(notification));
            self.shown += 1;
        }
    }
}

fn boxed(notification: &Notification) -> String {
    let mut text = format!("  ┌ {}\n", notification.summary);
    for line in notification.body.lines() {
        text.push_str(&format!("  │ {line}\n"));
    }
    let buttons: Vec<String> = notification
        .actions
        .iter()
        .filter(|(key, _)| key != "default")
        .map(|(_, label)| format!("[{label}]"))
        .collect();
    text.push_str(&format!("  └ {}", buttons.join(" ")));
    text
}

fn seat_options(options: &Options) -> SeatOptions {
    SeatOptions {
        sight: if options.on_virtual_desktop {
            Sight::Virtual(DesktopOptions::default())
        } else {
            Sight::Real
        },
        provider: options.identity != Identity::Computer,
        ..SeatOptions::default()
    }
}

fn record(seat: &Seat, options: &Options) -> Result<Recorder> {
    if options.on_virtual_desktop {
        return Recorder::start(seat.desktop()?);
    }
    let address = std::env::var("DBUS_SESSION_BUS_ADDRESS").or_else(|_| {
        let directory = std::env::var("XDG_RUNTIME_DIR").context("this desktop has no session")?;
        Ok::<_, anyhow::Error>(format!("unix:path={directory}/bus"))
    })?;
    let log: PathBuf = seat.data().with_file_name("notifications.log");
    Recorder::on(&User::current()?, &address, &log)
}

fn sign_in(stage: &Stage, seat: &Seat, options: &Options) {
    if let Identity::SignedIn(login) = &options.identity {
        match seat.sign_in(stage, login) {
            Ok(()) => println!("signed in as {login} through the provider's login page"),
            Err(problem) => println!("not signed in: {problem:#}"),
        }
    }
}

/// On a real desktop the session is in the person's own keyring: it goes, like everything else.
fn forget(seat: &Seat, options: &Options) {
    if !options.on_virtual_desktop && options.identity != Identity::Computer {
        let mut sign_out = seat.platen(&["sign-out"]);
        if let Err(problem) = platen_lab::finish(&mut sign_out) {
            println!("signing out: {problem:#}");
        }
    }
}

fn instructions(stage: &Stage, seat: &Seat) -> String {
    let socket = stage.cupsd().socket();
    let mut lines = vec![
        String::new(),
        "Platen runs. To print a document of yours:".to_owned(),
        format!(
            "  CUPS_SERVER={} lp -d {SECURE_QUEUE} FILE",
            socket.display()
        ),
    ];
    if let Ok(provider) = stage.provider() {
        lines.push(format!(
            "Sign-in provider: {} with the users alice, bob, carol, admin and any password",
            provider.issuer()
        ));
    }
    let printers: Vec<&str> = stage.printers().iter().map(|it| it.name()).collect();
    lines.push(format!("Printers to release to: {}", printers.join(", ")));
    if let Ok(desktop) = seat.desktop() {
        lines.push(format!(
            "There is no screen here, so the desktop is a virtual one, DISPLAY={} DBUS_SESSION_BUS_ADDRESS={}",
            desktop.display(),
            desktop.bus_address()
        ));
        lines.push(format!(
            "  a picture of it: DISPLAY={} scrot FILE.png",
            desktop.display()
        ));
    }
    lines.push(portal_hint(seat));
    lines.join("\n")
}

fn portal_hint(seat: &Seat) -> String {
    let settings = seat.data().with_file_name("client.toml");
    let program = programs().unwrap_or_else(|_| Path::new("target/debug").to_owned());
    let runtime = seat.desktop().map_or_else(
        |_| String::new(),
        |desktop| format!("XDG_RUNTIME_DIR={}/run ", desktop.directory().display()),
    );
    format!(
        "The tray's own portal in a browser of yours: {runtime}PLATEN_CONFIG={} {}/platen open --print-link",
        settings.display(),
        program.display()
    )
}
