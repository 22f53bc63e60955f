//! A site that offers updates: a real HTTPS server, a list that the real openssl has
//! signed, and whatever may go wrong on the way.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use axum_server::tls_rustls::RustlsConfig;
use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use platen_settings::{Channel, ed25519_public_key};
use platen_update::{CheckError, Config, Found, Kind, PublicKey, Updater, Version};
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

/// What the server does when it is asked for something.
#[derive(Clone)]
pub(crate) enum Answer {
    /// The file, or the part of it that is asked for.
    File(Vec<u8>),
    /// The file, whatever part is asked for.
    Whole(Vec<u8>),
    /// As many bytes of it, and then the line is cut; the rest whoever asks again gets.
    Cut(Vec<u8>, usize),
    /// As `Cut`, without a word on how long it would have been.
    Endless,
    /// Somewhere else.
    Elsewhere(String),
    /// An error.
    Failure(StatusCode),
}

type Answers = Arc<Mutex<BTreeMap<String, Answer>>>;
/// What was asked for, and from which byte on.
type Asked = Arc<Mutex<Vec<(String, Option<usize>)>>>;

pub(crate) struct Site {
    pub(crate) scratch: TempDir,
    pub(crate) url: Url,
    pub(crate) asked: Asked,
    certificate: reqwest::Certificate,
    answers: Answers,
}

impl Site {
    pub(crate) async fn open() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = parameters.self_signed(&key).unwrap().pem();
        let tls = RustlsConfig::from_pem(certificate.clone().into(), key.serialize_pem().into());
        let tls = tls.await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (answers, asked) = (Answers::default(), Asked::default());
        let router = axum::Router::new()
            .fallback(answer)
            .with_state((answers.clone(), asked.clone()));
        let server = axum_server::from_tcp_rustls(listener, tls).unwrap();
        tokio::spawn(server.serve(router.into_make_service()));
        let site = Self {
            scratch: tempfile::tempdir().unwrap(),
            url: format!("https://127.0.0.1:{port}/platen/releases.json")
                .parse()
                .unwrap(),
            asked,
            certificate: reqwest::Certificate::from_pem(certificate.as_bytes()).unwrap(),
            answers,
        };
        site.make_key("key");
        site
    }

    fn make_key(&self, name: &str) {
        let mut make = Command::new("openssl");
        make.args(["genpkey", "-algorithm", "ed25519", "-out"]);
        run(make.arg(self.scratch.path().join(name)));
    }

    /// As an administrator reads it off.
    pub(crate) fn public_key(&self, name: &str) -> PublicKey {
        let mut show = Command::new("openssl");
        show.args(["pkey", "-pubout", "-in"]);
        let pem = run(show.arg(self.scratch.path().join(name)));
        let pem = String::from_utf8(pem).unwrap();
        PublicKey::new(ed25519_public_key(pem.lines().nth(1).unwrap()).unwrap())
    }

    /// The base64 of the signature, by the key of that name.
    pub(crate) fn signature(&self, bytes: &[u8], key: &str) -> Vec<u8> {
        let place = |name: &str| self.scratch.path().join(name);
        if !place(key).exists() {
            self.make_key(key);
        }
        fs::write(place("signed"), bytes).unwrap();
        let mut sign = Command::new("openssl");
        sign.args(["pkeyutl", "-sign", "-rawin", "-inkey"])
            .arg(place(key));
        sign.arg("-in")
            .arg(place("signed"))
            .arg("-out")
            .arg(place("signature"));
        run(&mut sign);
        let mut encode = Command::new("openssl");
        run(encode.args(["base64", "-A", "-in"]).arg(place("signature")))
    }

    pub(crate) fn put(&self, path: &str, answer: Answer) {
        let path = format!("/platen/{path}");
        self.answers.lock().unwrap().insert(path, answer);
    }

    /// Publishes these very bytes with a good signature.
    pub(crate) fn publish_bytes(&self, bytes: Vec<u8>) {
        let signature = self.signature(&bytes, "key");
        self.put("releases.json", Answer::File(bytes));
        self.put("releases.json.sig", Answer::File(signature));
    }

    pub(crate) fn publish(&self, list: &Value) {
        self.publish_bytes(list.to_string().into_bytes());
    }

    /// Publishes a list with this release of these packages for everybody.
    pub(crate) fn release(&self, serial: u64, version: &str, packages: &[(&str, &[u8])]) -> Value {
        for (name, bytes) in packages {
            self.put(name, Answer::File(bytes.to_vec()));
        }
        let list = list(serial, version, packages);
        self.publish(&list);
        list
    }

    pub(crate) fn config(&self) -> Config {
        Config {
            url: self.url.clone(),
            key: self.public_key("key"),
            channel: Channel::Stable,
            directory: self.directory(),
            version: "1.0.0".parse().unwrap(),
            platform: "linux-x86_64".into(),
            kind: Kind::Deb,
        }
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.scratch.path().join("data/updates")
    }

    pub(crate) fn updater(&self) -> Updater {
        self.updater_of(self.config(), None)
    }

    pub(crate) fn updater_of(&self, config: Config, proxy: Option<&Url>) -> Updater {
        let http = platen_link::http(&config.url, proxy).unwrap();
        let http = http.tls_certs_only([self.certificate.clone()]);
        Updater::new(config, http).unwrap()
    }

    pub(crate) async fn check(&self) -> Result<Found, CheckError> {
        self.updater().check().await
    }

    /// Paths asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<(String, Option<usize>)> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

/// The list of one release.
pub(crate) fn list(serial: u64, version: &str, packages: &[(&str, &[u8])]) -> Value {
    let file = |(name, bytes): &(&str, &[u8])| {
        let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
        let hash: String = hash
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        json!({
            "platform": "linux-x86_64", "kind": "deb",
            "url": name, "size": bytes.len(), "sha256": hash,
        })
    };
    let files: Vec<Value> = packages.iter().map(file).collect();
    json!({
        "format": 1,
        "serial": serial,
        "expires": Timestamp::now() + SignedDuration::from_hours(1),
        "channels": {"stable": {"version": version, "share": 100, "files": files}},
    })
}

pub(crate) fn version(text: &str) -> Version {
    text.parse().unwrap()
}

/// Names of everything below a directory.
pub(crate) fn files(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            let inside = files(&path);
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            found.extend(inside.into_iter().map(|one| format!("{name}/{one}")));
        } else {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found.sort();
    found
}

fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    output.stdout
}

async fn answer(
    State((answers, asked)): State<(Answers, Asked)>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let path = uri.path().to_owned();
    let start = headers.get(header::RANGE).map(|range| {
        let range = range.to_str().unwrap();
        let start = range.strip_prefix("bytes=").unwrap();
        start.strip_suffix('-').unwrap().parse::<usize>().unwrap()
    });
    asked.lock().unwrap().push((path.clone(), start));
    let mut answers = answers.lock().unwrap();
    let Some(answer) = answers.get(&path).cloned() else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let cut = |bytes: &[u8]| {
        let part = Bytes::copy_from_slice(bytes);
        // What was sent has left by then.
        let end = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            Err("the line is cut")
        };
        Body::from_stream(stream::iter([Ok(part)]).chain(stream::once(end)))
    };
    match answer {
        Answer::File(bytes) => match start {
            None => bytes.into_response(),
            Some(start) => {
                let range = format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len());
                let part = bytes[start..].to_vec();
                (
                    StatusCode::PARTIAL_CONTENT,
                    [(header::CONTENT_RANGE, range)],
                    part,
                )
                    .into_response()
            }
        },
        Answer::Whole(bytes) => bytes.into_response(),
        Answer::Cut(bytes, at) => {
            let length = bytes.len().to_string();
            let body = cut(&bytes[..at]);
            answers.insert(path, Answer::File(bytes));
            ([(header::CONTENT_LENGTH, length)], body).into_response()
        }
        Answer::Endless => {
            let more = stream::repeat_with(|| Ok::<_, &str>(Bytes::from(vec![7; 64 << 10])));
            Body::from_stream(more).into_response()
        }
        Answer::Elsewhere(place) => {
            (StatusCode::FOUND, [(header::LOCATION, place)]).into_response()
        }
        Answer::Failure(status) => status.into_response(),
    }
}
