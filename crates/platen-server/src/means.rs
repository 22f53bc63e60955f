//! What the server has beside its ledger: it takes documents in, prints them,
//! and tells people's browsers.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use platen_estimate::Limits;
use platen_estimate::isolated::Analyser;
use platen_ledger::Ledger;
use platen_server::printing::{CupsPrinting, Host, Lost, PrintingParts, site_key};
use platen_server::signing::SiteSigner;
use platen_spooler::{Cups, CupsConfig};
use platen_web::Central;
use platen_web::central::{Means, Printing, Push, PushServices, Uploads};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::config::Config;
use crate::stop::Stop;

/// How often is looked for what a server that went down had begun.
const CATCH_UP: Duration = Duration::from_secs(600);
/// Soon after the start, when everything else is there.
const FIRST: Duration = Duration::from_secs(5);

/// Prepares them all; their work is among the `tasks`, and ends with `stop`.
///
/// *Errors*: a directory or key that can't be made or read.
pub(crate) async fn means(
    config: &Config,
    ledger: &Ledger,
    stop: &Stop,
    tasks: &mut JoinSet<()>,
) -> Result<Means> {
    let limits = Limits {
        document_bytes: config.upload_limit_bytes,
        ..Limits::default()
    };
    let analyser = Analyser::new(config.estimator.clone(), limits);
    let scratch = config.data_dir.join("documents");
    let uploads = Uploads::new(analyser, scratch.clone())
        .with_context(|| format!("the directory {}", scratch.display()))?;

    let services = config.push_services.clone();
    let services = services.map_or_else(PushServices::default, PushServices::only);
    let (push, pushing) = Push::new(ledger.clone(), &config.public_url, services).await?;
    until(stop, tasks, pushing.run());

    let mut printing: Option<Arc<dyn Printing>> = None;
    let mut own = None;
    if let Some(socket) = &config.cups_socket {
        let user = platen_identity::local_user()?.login;
        let host = Host::of(&config.data_dir)?;
        own = Some(host.name());
        let (cups, work) = CupsPrinting::new(PrintingParts {
            ledger: ledger.clone(),
            cups: Cups::connect(CupsConfig {
                socket: socket.clone(),
                user,
                queues: config.print_queues.clone(),
            }),
            host,
            key: site_key(ledger, &config.data_dir).await?,
            scratch,
            push: Some(push.clone()),
        });
        until(stop, tasks, work.run());
        printing = Some(Arc::new(cups));
    }
    let lost = Lost {
        ledger: ledger.clone(),
        push: Some(push.clone()),
        own,
        patience: config.print_patience,
    };
    until(stop, tasks, lost.run());
    let key = site_key(ledger, &config.data_dir).await?;
    tracing::info!(key = %key.public(), "signs approvals and leases with this key");
    Ok(Means {
        signer: Some(Arc::new(SiteSigner(key))),
        printing,
        uploads: Some(Arc::new(uploads)),
        push: Some(push),
    })
}

/// Ends what a server that went down had begun, soon and then now and then.
pub(crate) fn catch_up(central: Arc<Central>, stop: &Stop, tasks: &mut JoinSet<()>) {
    until(stop, tasks, async move {
        let mut pause = FIRST;
        loop {
            sleep(pause).await;
            pause = CATCH_UP;
            if let Err(error) = central.catch_up().await {
                tracing::warn!(%error, "what was begun before could not be ended");
            }
        }
    });
}

/// Does this until the server stops.
fn until(stop: &Stop, tasks: &mut JoinSet<()>, work: impl Future<Output = ()> + Send + 'static) {
    let stop = stop.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = stop.stopped() => {}
            () = work => {}
        }
    });
}
