//! From what was said to a configuration without mistakes.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use platen_ledger::Site;
use platen_web::{ApiLimits, Scopes};
use url::{Host, Url};

use super::entries::{Entries, Fault, Place, Said};
use super::{
    Config, LogFormat, MetricsAccess, Network, Secret, SignIn, Store, TlsFiles, Transport,
};
use crate::tls;

const DEFAULT_LISTEN: &str = "127.0.0.1:8631";
const DEFAULT_DATA_DIR: &str = "/var/lib/platen";
const MB: u64 = 1_000_000;

/// `None` only where a mistake was noted.
pub(super) fn config(entries: &mut Entries) -> Option<Config> {
    let listen = listen(entries);
    let public_url = public_url(entries);
    let transport = transport(entries);
    if let (Some(url), Some(transport)) = (&public_url, &transport) {
        check_transport(entries, url, transport, &listen);
    }
    let zone = zone(entries);
    let data_dir = path(entries, "data_dir").unwrap_or_else(|| DEFAULT_DATA_DIR.into());
    let store = store(entries, &data_dir);
    let log_level = log_level(entries);
    Some(Config {
        trusted_proxies: networks(entries, "trusted_proxies").unwrap_or_default(),
        pilot: pilot(entries),
        upload_limit_bytes: entries.whole("upload_limit_mb", 1..=4_000).unwrap_or(100) * MB,
        estimator: estimator(entries)?,
        drain: Duration::from_secs(entries.whole("drain_s", 0..=600).unwrap_or(0)),
        shutdown: Duration::from_secs(entries.whole("shutdown_s", 0..=600).unwrap_or(20)),
        sign_in: sign_in(entries),
        administrators: texts(entries, "sign_in.administrators")
            .into_iter()
            .collect(),
        cups_socket: path(entries, "printing.cups_server"),
        print_queues: some(texts(entries, "printing.queues")),
        print_patience: print_patience(entries),
        push_services: some(texts(entries, "push.services")),
        api: api(entries),
        log_format: log_format(entries),
        metrics: metrics(entries),
        public_url: public_url?,
        transport: transport?,
        zone: zone?,
        store: store?,
        log_level: log_level?,
        listen,
        data_dir,
    })
}

fn listen(entries: &mut Entries) -> Vec<SocketAddr> {
    let Some(said) = entries.list("listen") else {
        return DEFAULT_LISTEN.parse().into_iter().collect();
    };
    if said.is_empty() {
        let place = entries.place("listen");
        entries.fault(place, "“listen” has no address");
    }
    said.iter()
        .filter_map(|said| entries.taken(address(said)))
        .collect()
}

fn address(said: &Said<String>) -> Result<SocketAddr, Fault> {
    said.value.parse().map_err(|_| {
        said.fault(format!(
            "“{}” is no address with a port; write for example 0.0.0.0:443 or [::]:443",
            said.value
        ))
    })
}

fn public_url(entries: &mut Entries) -> Option<Url> {
    let Some(said) = entries.text("public_url") else {
        let place = entries.place("public_url");
        entries.fault(
            place,
            "“public_url” is missing: say where people reach this server, such as \
             https://print.example.edu",
        );
        return None;
    };
    let url = entries.taken(web_address(&said))?;
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if !bare {
        entries.faults.push(said.fault(format!(
            "“{url}” must end after the host, such as https://print.example.edu"
        )));
        return None;
    }
    Some(url)
}

/// An address of the web; plain http only on loopback.
fn web_address(said: &Said<String>) -> Result<Url, Fault> {
    let url = Url::parse(&said.value).map_err(|error| {
        said.fault(format!(
            "“{}” is no address ({error}); write for example https://print.example.edu",
            said.value
        ))
    })?;
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(said.fault(format!(
            "“{url}” is plain http, which is for 127.0.0.1, [::1] and localhost alone; use https"
        ))),
        _ => Err(said.fault(format!("“{}” must begin with https://", said.value))),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn transport(entries: &mut Entries) -> Option<Transport> {
    let certificate = path(entries, "tls.certificate");
    let key = path(entries, "tls.key");
    let (certificate, key) = match (certificate, key) {
        (None, None) => return Some(Transport::Plain),
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(_), None) => {
            let place = entries.place("tls.certificate");
            entries.fault(place, "“tls.certificate” needs “tls.key” beside it");
            return None;
        }
        (None, Some(_)) => {
            let place = entries.place("tls.key");
            entries.fault(place, "“tls.key” needs “tls.certificate” beside it");
            return None;
        }
    };
    let files = TlsFiles { certificate, key };
    if let Err(problem) = tls::read(&files) {
        let key = match problem.file {
            tls::File::Certificate => "tls.certificate",
            tls::File::Key => "tls.key",
        };
        let place = entries.place(key);
        entries.fault(place, problem.to_string());
        return None;
    }
    Some(Transport::Tls(files))
}

fn check_transport(entries: &mut Entries, url: &Url, how: &Transport, listen: &[SocketAddr]) {
    let behind_proxy = entries.switch("behind_proxy");
    let place = entries.place("public_url");
    match how {
        Transport::Tls(_) if url.scheme() != "https" => entries.fault(
            place,
            "“public_url” must begin with https:// where there is a certificate",
        ),
        Transport::Plain if !behind_proxy && url.scheme() == "https" => entries.fault(
            place,
            "https needs “tls.certificate” and “tls.key”, or “behind_proxy = true” if a proxy in \
             front of this server speaks TLS",
        ),
        Transport::Plain if !behind_proxy && listen.iter().any(|it| !it.ip().is_loopback()) => {
            let place = entries.place("listen");
            entries.fault(
                place,
                "without a certificate the server listens on 127.0.0.1 and [::1] alone; set \
                 “tls.certificate” and “tls.key”, or “behind_proxy = true” if a proxy in front of \
                 it speaks TLS",
            );
        }
        _ => {}
    }
}

fn zone(entries: &mut Entries) -> Option<TimeZone> {
    let Some(said) = entries.text("time_zone") else {
        return Some(TimeZone::system());
    };
    let zone = TimeZone::get(&said.value).map_err(|_| {
        said.fault(format!(
            "“{}” is no known time zone; write one such as Europe/Berlin or UTC",
            said.value
        ))
    });
    entries.taken(zone)
}

fn store(entries: &mut Entries, data_dir: &Path) -> Option<Store> {
    let Some(said) = secret(entries, "database", "database_file")? else {
        return Some(Store::File(data_dir.join("ledger.sqlite")));
    };
    let known = ["postgres://", "postgresql://"];
    if !known.iter().any(|scheme| said.value.0.starts_with(scheme)) {
        // Not the text itself: it may hold a password.
        entries.faults.push(said.fault(
            "the database's address must begin with postgres://, such as \
             postgres://platen@db.example.edu/platen",
        ));
        return None;
    }
    Some(Store::Postgres(said.value))
}

/// A secret, said outright or in a file. The outer `None`: a mistake was noted.
fn secret(
    entries: &mut Entries,
    outright: &'static str,
    in_file: &'static str,
) -> Option<Option<Said<Secret>>> {
    let said = entries.text(outright);
    let file = entries.text(in_file);
    let file = match (said, file) {
        (None, None) => return Some(None),
        (Some(said), None) => {
            return Some(Some(Said {
                value: Secret(said.value),
                place: said.place,
            }));
        }
        (Some(_), Some(file)) => {
            let fault = file.fault(format!("say “{outright}” or “{in_file}”, not both"));
            entries.faults.push(fault);
            return None;
        }
        (None, Some(file)) => file,
    };
    match std::fs::read_to_string(&file.value) {
        Ok(text) if text.trim().is_empty() => {
            let fault = file.fault(format!("{} is empty", file.value));
            entries.faults.push(fault);
            None
        }
        Ok(text) => Some(Some(Said {
            value: Secret(text.trim().to_owned()),
            place: file.place,
        })),
        Err(error) => {
            let fault = file.fault(format!("{} can't be read: {error}", file.value));
            entries.faults.push(fault);
            None
        }
    }
}

fn pilot(entries: &mut Entries) -> Option<Site> {
    let said = entries.text("pilot")?;
    let text = std::fs::read_to_string(&said.value)
        .map_err(|error| said.fault(format!("{} can't be read: {error}", said.value)));
    let text = entries.taken(text)?;
    let site = Site::from_toml(&text).map_err(|error| Fault {
        place: Place::File {
            path: PathBuf::from(&said.value),
            line: error.line,
            column: error.column,
        },
        message: error.message,
    });
    entries.taken(site)
}

fn estimator(entries: &mut Entries) -> Option<PathBuf> {
    let said = entries.text("estimator");
    let path = match &said {
        Some(said) => PathBuf::from(&said.value),
        None => std::env::current_exe()
            .ok()?
            .with_file_name("platen-estimate"),
    };
    if !path.is_file() {
        let place = entries.place("estimator");
        entries.fault(
            place,
            format!(
                "the document analyser {} is not there; install it beside this program or set \
                 “estimator”",
                path.display()
            ),
        );
        return None;
    }
    Some(path)
}

fn sign_in(entries: &mut Entries) -> Option<SignIn> {
    let Some(said) = entries.text("sign_in.issuer") else {
        let client = entries.place("sign_in.client_id");
        if client != Place::Nowhere {
            entries.fault(
                client,
                "“sign_in.client_id” needs “sign_in.issuer” beside it",
            );
        }
        return None;
    };
    let issuer = entries.taken(web_address(&said));
    let secret = secret(
        entries,
        "sign_in.client_secret",
        "sign_in.client_secret_file",
    );
    if matches!(secret, Some(None)) {
        entries.faults.push(said.fault(
            "“sign_in.client_secret_file” is missing: the provider gave a secret when this server \
             was registered",
        ));
    }
    let client_id = entries.text("sign_in.client_id");
    let groups_claim = entries.text("sign_in.groups_claim");
    let scopes = texts(entries, "sign_in.scopes");
    let administrator_emails = texts(entries, "sign_in.administrator_emails");
    let tray_clients = texts(entries, "sign_in.tray_clients");
    Some(SignIn {
        issuer: issuer?,
        client_secret: secret??.value,
        client_id: client_id.map_or_else(|| "platen-server".to_owned(), |said| said.value),
        groups_claim: groups_claim.map_or_else(|| "groups".to_owned(), |said| said.value),
        scopes: if scopes.is_empty() {
            Scopes::usual(&["profile", "email", "groups"])
        } else {
            Scopes::Exactly(scopes)
        },
        administrator_emails: administrator_emails.into_iter().collect(),
        tray_clients: tray_clients.into_iter().collect(),
    })
}

fn print_patience(entries: &mut Entries) -> SignedDuration {
    let said = entries.whole("printing.gone_after_min", 5..=10_080);
    let minutes = said.and_then(|minutes| i64::try_from(minutes).ok());
    SignedDuration::from_mins(minutes.unwrap_or(15))
}

fn api(entries: &mut Entries) -> ApiLimits {
    let mut limit = |key, usual: NonZeroU32| {
        let said = entries.whole(key, 1..=1_000_000);
        let said = said.and_then(|said| NonZeroU32::new(u32::try_from(said).ok()?));
        said.unwrap_or(usual)
    };
    let usual = ApiLimits::default();
    ApiLimits {
        requests_a_second: limit("api.requests_per_second", usual.requests_a_second),
        requests_at_once: limit("api.requests_at_once", usual.requests_at_once),
        tokens_a_minute: limit("api.tokens_per_minute", usual.tokens_a_minute),
    }
}

fn metrics(entries: &mut Entries) -> MetricsAccess {
    let listen = entries.text("metrics.listen");
    let listen = listen.and_then(|said| entries.taken(address(&said)));
    let loopback = || {
        ["127.0.0.0/8", "::1"]
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect()
    };
    MetricsAccess {
        listen,
        allow: networks(entries, "metrics.allow").unwrap_or_else(loopback),
    }
}

fn log_level(entries: &mut Entries) -> Option<String> {
    let Some(said) = entries.text("log.level") else {
        return Some("info".to_owned());
    };
    match said.value.parse::<tracing_subscriber::filter::Targets>() {
        Ok(_) => Some(said.value),
        Err(_) => {
            entries.faults.push(said.fault(format!(
                "“{}” is no level; write error, warn, info, debug or trace, or for example \
                 “info,platen_web=debug”",
                said.value
            )));
            None
        }
    }
}

fn log_format(entries: &mut Entries) -> LogFormat {
    let Some(said) = entries.text("log.format") else {
        return LogFormat::Human;
    };
    match said.value.as_str() {
        "json" => LogFormat::Json,
        "human" => LogFormat::Human,
        other => {
            let fault = said.fault(format!("“{other}” is no format; write human or json"));
            entries.faults.push(fault);
            LogFormat::Human
        }
    }
}

fn networks(entries: &mut Entries, path: &'static str) -> Option<Vec<Network>> {
    let said = entries.list(path)?;
    let networks = said.iter().filter_map(|said| {
        let network = said
            .value
            .parse()
            .map_err(|message: String| said.fault(message));
        entries.taken(network)
    });
    Some(networks.collect())
}

fn some(texts: Vec<String>) -> Option<Vec<String>> {
    Some(texts).filter(|texts| !texts.is_empty())
}

fn texts(entries: &mut Entries, path: &'static str) -> Vec<String> {
    let said = entries.list(path).unwrap_or_default();
    let mut texts = Vec::new();
    for said in said {
        if said.value.trim().is_empty() {
            let fault = said.fault(format!("“{path}” has an empty text in it"));
            entries.faults.push(fault);
        } else {
            texts.push(said.value);
        }
    }
    texts
}

fn path(entries: &mut Entries, key: &'static str) -> Option<PathBuf> {
    entries.text(key).map(|said| PathBuf::from(said.value))
}
