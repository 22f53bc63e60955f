//! A site: its ledger, its provider, its router on a loopback port.

pub(crate) mod browser;
pub(crate) mod documents;
pub(crate) mod programs;
pub(crate) mod tray;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use jiff::tz::TimeZone;
use platen_gate::{PublicKey, SigningKey};
use platen_lab::Provider;
use platen_ledger::Ledger;
use platen_web::central::Means;
use platen_web::{Central, CentralConfig, IdentityProvider, Scopes, Secret, central_router};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use crate::site_signer::SiteSigner;

pub(crate) use browser::{Browser, Seen};

/// One provider serves all tests that leave it alone.
pub(crate) fn shared_provider() -> MutexGuard<'static, Provider> {
    static PROVIDER: OnceLock<(TempDir, Mutex<Provider>)> = OnceLock::new();
    let (_, provider) = PROVIDER.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let provider = Provider::start(directory.path(), &[]).unwrap();
        (directory, Mutex::new(provider))
    });
    provider.lock().unwrap_or_else(|broken| broken.into_inner())
}

/// A running site.
pub(crate) struct Site {
    pub(crate) ledger: Ledger,
    pub(crate) base: String,
    pub(crate) host: String,
    /// What the gates of the site's computers trust.
    pub(crate) authority: PublicKey,
    paths: Vec<String>,
    _directory: TempDir,
    server: JoinHandle<()>,
}

impl Site {
    /// A site whose people sign in at the shared provider.
    pub(crate) async fn start() -> Self {
        let issuer = shared_provider().issuer().to_owned();
        Self::with(&issuer, |_| ()).await
    }

    /// A site that waits no longer than `patience` for a request.
    pub(crate) async fn start_patient(patience: Duration) -> Self {
        let issuer = shared_provider().issuer().to_owned();
        Self::open(&issuer, |_| (), Some(patience)).await
    }

    /// A site with a provider of its own, and what else is different.
    pub(crate) async fn with(issuer: &str, change: impl FnOnce(&mut CentralConfig)) -> Self {
        Self::open(issuer, change, None).await
    }

    async fn open(
        issuer: &str,
        change: impl FnOnce(&mut CentralConfig),
        patience: Option<Duration>,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ledger.db");
        let ledger = tokio::task::spawn_blocking(move || Ledger::open(&path).unwrap())
            .await
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let base = format!("http://{host}");
        let mut config = CentralConfig {
            public_url: Url::parse(&base).unwrap(),
            zone: TimeZone::UTC,
            administrators: BTreeSet::from(["platen-admins".to_owned()]),
            identity: Some(IdentityProvider {
                issuer: Url::parse(issuer).unwrap(),
                client_id: "platen-server".into(),
                client_secret: Some(Secret::new("development")),
                scopes: Scopes::usual(&["email", "profile", "groups"]),
                groups_claim: "groups".into(),
                administrator_emails: BTreeSet::new(),
                tray_clients: BTreeSet::from(["platen".to_owned()]),
            }),
            upload_limit_bytes: 1 << 20,
        };
        change(&mut config);
        let key = SigningKey::load_or_create(&directory.path().join("authority.key")).unwrap();
        let authority = key.public();
        let mut central = Central::new(ledger.clone(), config).with(Means {
            signer: Some(Arc::new(SiteSigner(key))),
            ..Means::default()
        });
        if let Some(patience) = patience {
            central = central.with_patience(patience);
        }
        let router = central_router(Arc::new(central));
        let paths = paths_of(&format!("{router:?}"));
        let app = router.into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            ledger,
            base,
            host,
            paths,
            authority,
            _directory: directory,
            server,
        }
    }

    /// Every path that the router knows.
    pub(crate) fn paths(&self) -> &[String] {
        &self.paths
    }

    /// A browser that nobody has signed in with.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// A browser with which `login` has signed in.
    pub(crate) async fn signed_in(&self, login: &str) -> Browser {
        let browser = self.browser();
        let seen = browser.sign_in("/sign-in", login).await;
        assert_eq!(seen.status, 200, "{}", seen.text);
        browser
    }
}

/// The paths in a router's own description of itself.
fn paths_of(described: &str) -> Vec<String> {
    let texts = described.split('"').skip(1).step_by(2);
    let mut paths: Vec<_> = texts
        .filter(|text| text.starts_with('/'))
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}
