//! The running server, from its ledger to its last connection.

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum_server::Control;
use axum_server::tls_rustls::RustlsConfig;
use platen_ledger::Ledger;
use platen_web::{Central, CentralConfig, IdentityProvider, LINES_CONTENT_TYPE, central_router};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tower_http::compression::predicate::{NotForContentType, Predicate};
use tower_http::compression::{CompressionLayer, DefaultPredicate};

use crate::config::{Config, Store, Transport};
use crate::health::{self, Health};
use crate::listen::Doors;
use crate::metrics::Metrics;
use crate::observe::{Watch, observe};
use crate::stop::Stop;
use crate::workers::Workers;
use crate::{means, supervisor, tls};

/// How long tasks of our own may take to end once they were told to.
const TASKS_END: Duration = Duration::from_secs(5);

/// Serves until it is told to stop, and returns when everything has ended.
///
/// *Errors*: the ledger can't be opened, or an address can't be listened on.
pub(crate) async fn serve(config: Config) -> Result<()> {
    let mut signals = Signals::new()?;
    raise_open_files();
    prepare_data_dir(&config.data_dir)?;
    let ledger = open(&config).await?;
    if let Some(site) = &config.pilot {
        let summary = ledger
            .load_site(site.clone())
            .await
            .context("the pilot file can't be loaded")?;
        tracing::info!(
            created = summary.created.len(),
            updated = summary.updated.len(),
            "the pilot file is loaded"
        );
    }
    let metrics = Metrics::new();
    let (draining, drained) = (Stop::new(), Stop::new());
    let mut tasks = JoinSet::new();
    let workers = Workers {
        ledger: ledger.clone(),
        metrics: metrics.clone(),
        stop: drained.clone(),
    };
    let pulse = workers.start(&mut tasks);
    let watch = Arc::new(Watch {
        metrics: metrics.clone(),
        trusted_proxies: config.trusted_proxies.clone(),
    });
    let means = means::means(&config, &ledger, &drained, &mut tasks).await?;
    let central = Central::new(ledger.clone(), central_config(&config));
    let central = Arc::new(central.with(means).with_api_limits(config.api));
    means::catch_up(central.clone(), &drained, &mut tasks);
    tasks.spawn(let_go(central.clone(), drained.clone()));
    let health = Arc::new(Health {
        ledger: pulse,
        draining: draining.clone(),
        metrics,
        central: central.clone(),
        allow: config.metrics.allow.clone(),
    });
    let pages = central_router(central).merge(health::routes(&health));
    let metrics_pages = health::metrics_route(&health);
    let (main, own) = match config.metrics.listen {
        Some(address) => (pages, Some((address, metrics_pages))),
        None => (pages.merge(metrics_pages), None),
    };

    let reload = Arc::new(Notify::new());
    let tls = match &config.transport {
        Transport::Plain => None,
        Transport::Tls(files) => {
            let served = RustlsConfig::from_config(Arc::new(tls::read(files)?));
            let fresh = tls::keep_fresh(
                files.clone(),
                served.clone(),
                reload.clone(),
                drained.clone(),
            );
            tasks.spawn(fresh);
            Some(served)
        }
    };
    let control = Control::new();
    let mut doors = Doors::new(control.clone());
    for address in &config.listen {
        let listener = bind(*address).await?;
        doors.open(listener, watched(main.clone(), &watch), tls.clone())?;
    }
    if let Some((address, pages)) = own {
        let listener = bind(address).await?;
        doors.open(listener, watched(pages, &watch), None)?;
    }
    tracing::info!(public_url = %config.public_url, "serving");
    supervisor::tell("READY=1");

    signals.until_stop(&reload).await;
    supervisor::tell("STOPPING=1");
    draining.stop();
    let orderly = async {
        if !config.drain.is_zero() {
            tracing::info!("draining: nothing new should come");
            tokio::time::sleep(config.drain).await;
        }
        tracing::info!("stopping: no new connections, requests under way are finished");
        drained.stop();
        control.graceful_shutdown(Some(config.shutdown));
        doors.closed(config.shutdown).await;
        end(tasks).await;
    };
    tokio::select! {
        () = orderly => tracing::info!("stopped"),
        () = signals.until_stop(&reload) => tracing::warn!("stopped at once, as asked twice"),
    }
    Ok(())
}

fn central_config(config: &Config) -> CentralConfig {
    CentralConfig {
        public_url: config.public_url.clone(),
        zone: config.zone.clone(),
        administrators: config.administrators.clone(),
        identity: config.sign_in.as_ref().map(|sign_in| IdentityProvider {
            issuer: sign_in.issuer.clone(),
            client_id: sign_in.client_id.clone(),
            client_secret: Some(platen_web::Secret::new(&sign_in.client_secret.0)),
            scopes: sign_in.scopes.clone(),
            groups_claim: sign_in.groups_claim.clone(),
            administrator_emails: sign_in.administrator_emails.clone(),
            tray_clients: sign_in.tray_clients.clone(),
        }),
        upload_limit_bytes: config.upload_limit_bytes,
    }
}

async fn open(config: &Config) -> Result<Ledger> {
    match &config.store {
        Store::File(path) => {
            let path = path.clone();
            // It blocks for as long as a migration takes.
            let opened = tokio::task::spawn_blocking(move || Ledger::open(&path)).await?;
            opened.with_context(|| format!("the ledger in {}", config.data_dir.display()))
        }
        Store::Postgres(address) => Ledger::connect(&address.0)
            .await
            .context("the ledger in PostgreSQL (the address is not shown: it may hold a password)"),
    }
}

fn prepare_data_dir(path: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("can't make the directory {}", path.display()))
}

/// Each waiting page is an open file; shells allow few unless asked.
///
/// *Source*: setrlimit(2).
fn raise_open_files() {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let wanted = Rlimit {
        current: maximum,
        maximum,
    };
    if setrlimit(Resource::Nofile, wanted).is_err() {
        tracing::warn!("the number of open files can't be raised");
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("can't listen on {address}"))
}

fn watched(pages: Router, watch: &Arc<Watch>) -> Router {
    pages
        .layer(packed())
        .layer(from_fn_with_state(watch.clone(), observe))
}

/// Whoever waits for news is not waited for.
async fn let_go(central: Arc<Central>, drained: Stop) {
    drained.stopped().await;
    central.let_go();
}

/// Pages are packed where the browser wants it; streams are not. Nothing of what they
/// hold is both secret and beside what others may choose.
fn packed() -> CompressionLayer<impl Predicate> {
    let lines = NotForContentType::const_new(LINES_CONTENT_TYPE);
    CompressionLayer::new().compress_when(DefaultPredicate::new().and(lines))
}

/// What the process is told.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits until it is to stop; SIGHUP means to read the certificate again.
    async fn until_stop(&mut self, reload: &Notify) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hang_up.recv() => reload.notify_one(),
            }
        }
    }
}

/// Joins the tasks, which were told to end.
async fn end(mut tasks: JoinSet<()>) {
    let all = async {
        while let Some(ended) = tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a task in the background did not end as it should");
            }
        }
    };
    if tokio::time::timeout(TASKS_END, all).await.is_err() {
        tracing::error!("tasks in the background did not end in time");
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn pages_are_packed_and_streams_are_not() {
        for (kind, is_packed) in [
            ("text/html; charset=utf-8", true),
            ("application/json", true),
            ("text/event-stream", false),
            (LINES_CONTENT_TYPE, false),
        ] {
            let answer = move || async move { ([(CONTENT_TYPE, kind)], "x".repeat(10_000)) };
            let pages = Router::new().route("/", get(answer)).layer(packed());
            let request = Request::get("/").header(ACCEPT_ENCODING, "gzip");
            let request = request.body(Body::empty()).unwrap();
            let response = pages.oneshot(request).await.unwrap();
            let packed = response.headers().contains_key(CONTENT_ENCODING);
            assert_eq!(packed, is_packed, "{kind}");
        }
    }
}
