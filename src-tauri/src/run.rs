//! Puts the client together and keeps it running.
//!
//! The main thread belongs to the desktop's toolkit; everything else runs on a
//! small runtime beside it. Each source of events has one task, and none of
//! them ends because an operation failed.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use platen_agent::{Action, Command};
use platen_domain::DocumentId;
use platen_estimate::Limits;
use platen_estimate::isolated::Analyser;
use platen_gate::SigningKey;
use platen_gate::places::Places;
use platen_ledger::{Ledger, Site};
use platen_settings::{Loaded, Settings};
use platen_spooler::{Spooler, SpoolerEvent};
use platen_sync::wire::Enrolment;
use platen_web::words::Words;
use tauri::{AppHandle, RunEvent};
use tokio::sync::{mpsc, watch};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;
use url::Url;
use uuid::Uuid;

use crate::books::{Books, GateDesk, Join, Joined, News};
use crate::client::{Client, Offers, Parts, SpoolerState, error_chain, face, now};
use crate::config;
use crate::control::{Asked, Instance, Response};
use crate::crash::{self, LastLines};
use crate::desk::Desk;
use crate::lanes::{self, Lanes, Work};
use crate::language;
use crate::notifier::Notifier;
use crate::portal::ClientPortal;
use crate::renew::Renewal;
use crate::session::{Session, SessionState};
use crate::system;
use crate::tray::{self, Face};
use crate::updates::Updates;
use crate::window::{Place, PortalWindow};

/// Choices of people wait here until the one before is carried out.
const CHOICES: usize = 16;
/// Events of the spooler; a burst waits in the watcher.
const EVENTS: usize = 64;
/// Two are enough: nothing here computes, and each costs memory.
const WORKERS: usize = 2;

/// Runs the client until it is told to quit.
///
/// *Errors*: what keeps it from starting.
pub(crate) fn run(loaded: Loaded, instance: Instance) -> Result<ExitCode> {
    let data_dir = config::data_dir(&loaded.settings)?;
    start_log(&loaded.settings, &data_dir)?;
    crash::keep_reports(&data_dir);
    let renewal = Renewal::of_this_program()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .enable_all()
        .build()
        .context("no threads to work with")?;
    // Everything that can fail comes before the toolkit: a process that leaves
    // main while that is half up crashes on its way out.
    let prepared = runtime.block_on(prepare(loaded))?;
    tauri::async_runtime::set(runtime.handle().clone());
    let mut app = tauri::Builder::default()
        .build(tauri::generate_context!())
        .context("the desktop can’t be reached; is this a graphical session?")?;
    system::stay_in_the_tray(&mut app).context("the desktop refuses a program without a window")?;
    let handle = app.handle().clone();
    let opened = prepared.clicked.clone();
    runtime.block_on(start(prepared, handle, instance, renewal.clone()));
    app.run(move |_, event| {
        if system::is_opened_again(&event) {
            // A full queue means that it hangs, and more would not help.
            let _ = opened.try_send(Command::OpenPortal);
        }
        if let RunEvent::Exit = event {
            renewal.carry_out();
        }
        // Closing the last window ends nothing; only quitting does.
        if let RunEvent::ExitRequested {
            code: None, api, ..
        } = event
        {
            api.prevent_exit();
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(2));
    Ok(ExitCode::SUCCESS)
}

/// `PLATEN_LOG` says more than any file, since whoever sets it looks for something.
fn start_log(settings: &Settings, data_dir: &Path) -> Result<()> {
    let level = settings.log_level()?.unwrap_or("info");
    let filter = tracing_subscriber::EnvFilter::try_from_env("PLATEN_LOG").unwrap_or_else(|_| {
        tracing_subscriber::EnvFilter::new(format!("{level},zbus=warn,tracing=warn"))
    });
    let said = fmt::layer().with_writer(system::log_writer(data_dir)?);
    // What a report of a crash ends with names no document, whatever is said aloud.
    let kept = fmt::layer().with_ansi(false).with_writer(|| LastLines);
    tracing_subscriber::registry()
        .with(said.compact().with_filter(filter))
        .with(kept.compact().with_filter(LevelFilter::INFO))
        .init();
    Ok(())
}

/// The client before it has a desktop.
struct Prepared {
    client: Arc<Client>,
    spooler: Spooler,
    session: Session,
    work: mpsc::Receiver<(DocumentId, Work)>,
    news: Option<mpsc::UnboundedReceiver<News>>,
    choices: mpsc::Receiver<Action>,
    clicked: mpsc::Sender<Command>,
    clicks: mpsc::Receiver<Command>,
    may_quit: bool,
    server: Option<Url>,
}

async fn prepare(loaded: Loaded) -> Result<Prepared> {
    let settings = &loaded.settings;
    let data_dir = config::data_dir(settings)?;
    let key = Arc::new(SigningKey::load_or_create(&data_dir.join("authority.key"))?);
    let words = language::words(settings)?;
    let session = Session::start(settings, &data_dir, words).await?;
    let server = settings.server_url()?;
    let (books, news): (Arc<dyn Books>, _) = match server.clone() {
        Some(server) => {
            let join = join(settings, &data_dir, server, &session, &key)?;
            let (joined, news) = Joined::start(join, session.state(), words);
            (joined, Some(news))
        }
        None => (Arc::new(own_ledger(settings, &data_dir).await?), None),
    };
    let spooler = system::print_system(settings, login()?);
    let scratch = data_dir.join("scratch");
    prepare_scratch(&scratch)?;
    let (chosen, choices) = mpsc::channel(CHOICES);
    let (clicked, clicks) = mpsc::channel(CHOICES);
    let (lanes, work) = Lanes::new();
    let may_quit = settings.allow_quit.unwrap_or(true);
    let client = Client::new(Parts {
        updates: Updates::new(&loaded, &data_dir),
        books,
        spooler: spooler.clone(),
        analyser: Analyser::new(config::estimator(settings)?, Limits::default()),
        notifier: Notifier::new(chosen),
        key,
        session: session.state(),
        words,
        lanes,
        scratch,
        managed: loaded.managed,
    });
    Ok(Prepared {
        client,
        spooler,
        session,
        work,
        news,
        choices,
        clicked,
        clicks,
        may_quit,
        server,
    })
}

async fn own_ledger(settings: &Settings, data_dir: &Path) -> Result<Ledger> {
    let ledger = Ledger::open(&data_dir.join("ledger.sqlite"))?;
    if let Some(pilot) = &settings.pilot {
        load_site(&ledger, pilot).await?;
    }
    Ok(ledger)
}

/// What people call this computer.
fn computer_name() -> String {
    let name = system::computer_name().map(|name| name.trim().to_owned());
    name.filter(|name| !name.is_empty())
        .unwrap_or_else(|| "Computer".to_owned())
}

fn join(
    settings: &Settings,
    data_dir: &Path,
    server: Url,
    session: &Session,
    key: &Arc<SigningKey>,
) -> Result<Join> {
    let identity = session
        .identity()
        .context("the setting “server_url” needs “issuer”")?;
    let (places, login) = (Places::from_environment(), login()?);
    let gate = system::gate(&places);
    Ok(Join {
        server,
        proxy: settings.proxy()?,
        store: data_dir.join("device.sqlite"),
        enrolment: Enrolment {
            // Each user of this computer has a device of his own in the store.
            device: Uuid::nil(),
            name: computer_name(),
            system: std::env::consts::OS.to_owned(),
            key: key.public().to_base64(),
            login: login.clone(),
            gate: gate.map(|key| key.to_base64()).unwrap_or_default(),
            again: false,
        },
        gate: Arc::new(GateDesk {
            socket: places.socket,
            key: key.clone(),
            owner: login,
        }),
        identity: identity.clone(),
    })
}

async fn start(prepared: Prepared, app: AppHandle, instance: Instance, renewal: Renewal) {
    let Prepared {
        client,
        spooler,
        session,
        work,
        news,
        choices,
        clicked,
        clicks,
        may_quit,
        server,
    } = prepared;
    let changes = follow_changes(&client, &session);
    let portal = Arc::new(ClientPortal::new(
        client.clone(),
        session.state(),
        changes.clone(),
    ));
    let window = PortalWindow::new(app.clone(), portal, client.words().tag);
    let desk = Desk {
        app: app.clone(),
        client: client.clone(),
        session,
        window,
        server,
        renewal,
    };

    let looking = client.clone();
    tokio::spawn(lanes::run(work, move |document| {
        looking.clone().look(document)
    }));
    let (asked, requests) = mpsc::channel(CHOICES);
    tokio::spawn(instance.serve(asked));
    let ending = app.clone();
    if let Err(error) = system::when_told_to_end(move || ending.exit(0)) {
        tracing::error!(
            error = format!("{error:#}"),
            "only its person can end this client"
        );
    }
    let first = current_face(&client, &desk.session, may_quit).await;
    let (faces, wanted) = watch::channel(first);
    tokio::spawn(tray::keep(app, wanted, clicked));
    tokio::spawn(keep_face(desk.clone(), changes, faces, may_quit));
    tokio::spawn(hear_spooler(client.clone(), desk.session.clone(), spooler));
    tokio::spawn(hear_session(desk.clone()));
    if let Some(news) = news {
        let client = client.clone();
        tokio::spawn(async move { client.hear(news).await });
    }
    tokio::spawn(desk.clone().keep_looking_for_updates());
    tokio::spawn(hear_clicks(desk.clone(), clicks));
    tokio::spawn(desk.clone().hear_choices(choices));
    tokio::spawn(hear_requests(desk, requests));
    tokio::spawn(expire(client));
}

/// The name by which the print system knows this computer's user.
fn login() -> Result<String> {
    let user = platen_identity::local_user().context("this computer’s user is not known")?;
    Ok(user.login)
}

async fn load_site(ledger: &Ledger, path: &std::path::Path) -> Result<()> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("can’t read the pilot file {}", path.display()))?;
    let site = Site::from_toml(&text).with_context(|| format!("error in {}", path.display()))?;
    ledger.load_site(site).await?;
    Ok(())
}

/// Documents lie here only while they are analysed; what a crash left goes.
fn prepare_scratch(dir: &std::path::Path) -> Result<()> {
    if dir.exists() {
        std::fs::remove_dir_all(dir).with_context(|| format!("can’t clear {}", dir.display()))?;
    }
    system::private_directory(dir)
}

/// One number that grows with everything that is shown anywhere.
fn follow_changes(client: &Arc<Client>, session: &Session) -> watch::Receiver<u64> {
    let (sender, receiver) = watch::channel(0);
    let mut ledger = client.books().changes();
    let mut state = session.state();
    let mut spooler = client.spooler_state();
    let mut queues = client.queues();
    let mut updates = client.updates().shown();
    tokio::spawn(async move {
        loop {
            let alive = tokio::select! {
                changed = ledger.changed() => changed.is_ok(),
                changed = state.changed() => changed.is_ok(),
                changed = spooler.changed() => changed.is_ok(),
                changed = queues.changed() => changed.is_ok(),
                changed = updates.changed() => changed.is_ok(),
            };
            if !alive {
                break;
            }
            sender.send_modify(|count| *count += 1);
        }
    });
    receiver
}

async fn keep_face(
    desk: Desk,
    mut changes: watch::Receiver<u64>,
    faces: watch::Sender<Face>,
    may_quit: bool,
) {
    while changes.changed().await.is_ok() {
        let face = current_face(&desk.client, &desk.session, may_quit).await;
        faces.send_if_modified(|shown| {
            let changed = *shown != face;
            *shown = face;
            changed
        });
    }
}

async fn current_face(client: &Client, session: &Session, may_quit: bool) -> Face {
    let words = client.words();
    let state = client.known(&session.state().borrow());
    let spooler = client.spooler_state().borrow().clone();
    let update = client.updates().shown().borrow().clone();
    let offers = Offers { update, may_quit };
    match client.recent(&state).await {
        Ok((view, recent)) => {
            let shown = (view.as_ref(), recent.as_slice());
            match face(words, &state, &spooler, shown, offers.clone()) {
                Ok((look, menu)) => Face { look, menu },
                Err(error) => broken_face(words, &state, &error.to_string(), offers),
            }
        }
        Err(error) => broken_face(words, &state, &error.to_string(), offers),
    }
}

fn broken_face(words: &Words, state: &SessionState, problem: &str, offers: Offers) -> Face {
    tracing::error!(problem, "the ledger could not be shown");
    let spooler = SpoolerState::Down(words.trouble_ledger.to_owned());
    match face(words, state, &spooler, (None, &[]), offers) {
        Ok((look, menu)) => Face { look, menu },
        // Without a view there is no balance that could be out of range.
        Err(_) => Face {
            look: platen_agent::Look::away(words.trouble_ledger),
            menu: Vec::new(),
        },
    }
}

async fn hear_spooler(client: Arc<Client>, session: Session, spooler: Spooler) {
    let (sender, mut events) = mpsc::channel(EVENTS);
    let watching = tokio::spawn(async move { spooler.watch(sender).await });
    while let Some(event) = events.recv().await {
        let done = match event {
            SpoolerEvent::Up => {
                client.set_spooler(SpoolerState::Up);
                client.resync().await
            }
            SpoolerEvent::Down { reason } => {
                client.set_spooler(SpoolerState::Down(reason));
                Ok(())
            }
            SpoolerEvent::Resync => {
                // The computer may have slept or changed networks.
                if let Some(identity) = session.identity() {
                    identity.nudge();
                }
                client.books().network_changed().await;
                client.resync().await
            }
            SpoolerEvent::Arrived(job) => {
                client.arrived(*job).await;
                Ok(())
            }
            SpoolerEvent::Job(number) => client.see(number).await,
        };
        if let Err(error) = done {
            tracing::warn!(error = %error_chain(&error), "the print system could not be read");
        }
    }
    watching.abort();
}

async fn hear_session(desk: Desk) {
    let mut state = desk.session.state();
    let mut before = state.borrow_and_update().person.clone();
    while state.changed().await.is_ok() {
        let person = state.borrow_and_update().person.clone();
        if person == before {
            continue;
        }
        if before.is_some() {
            // What one person opened is not for the next.
            desk.window.end_sessions();
        }
        before.clone_from(&person);
        if person.is_some()
            && let Err(error) = desk.client.signed_in().await
        {
            tracing::warn!(error = %error_chain(&error), "waiting documents could not be read");
        }
    }
}

async fn hear_clicks(desk: Desk, mut clicks: mpsc::Receiver<Command>) {
    while let Some(command) = clicks.recv().await {
        match command {
            Command::UseAccount(account) => {
                if let Err(error) = desk.client.use_account(account).await {
                    tracing::warn!(error = %error_chain(&error), "the account was not switched");
                }
            }
            Command::OpenPortal => desk.open_portal().await,
            Command::CheckForUpdates => desk.client.updates().look(),
            Command::InstallUpdate => desk.install_update().await,
            Command::About => desk.open(Place::About).await,
            Command::OpenDocument(document) => desk.open(Place::Document(document)).await,
            Command::SignIn => desk.sign_in().await,
            Command::SignOut => desk.sign_out().await,
            Command::Quit => desk.app.exit(0),
        }
    }
}

async fn hear_requests(desk: Desk, mut requests: mpsc::Receiver<Asked>) {
    while let Some((request, reply)) = requests.recv().await {
        let desk = desk.clone();
        tokio::spawn(async move {
            let response = match desk.answer(request).await {
                Ok(text) => Response::Done(text),
                Err(error) => Response::Refused(format!("{error:#}")),
            };
            // Whoever asked may have gone.
            let _ = reply.send(response);
        });
    }
}

/// Comes back when the next document expires, and once an hour for what the
/// computer slept through.
async fn expire(client: Arc<Client>) {
    const SOONEST: Duration = Duration::from_secs(60);
    const LATEST: Duration = Duration::from_secs(3600);
    loop {
        let wait = match client.expire().await {
            Ok(Some(next)) => Duration::try_from(next.duration_since(now())).unwrap_or(SOONEST),
            Ok(None) => LATEST,
            Err(error) => {
                tracing::warn!(error = %error_chain(&error), "expired documents could not be returned");
                LATEST
            }
        };
        tokio::time::sleep(wait.clamp(SOONEST, LATEST)).await;
    }
}
