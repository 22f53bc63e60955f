//! Configurations, right and wrong.

use std::fs;

use super::*;

/// A folder with whatever a configuration may name.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["print.example.edu".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let other = rcgen::KeyPair::generate().unwrap();
        for (name, content) in [
            ("platen-estimate", String::new()),
            ("secret", "hush\n".to_owned()),
            ("empty", "\n".to_owned()),
            ("certificate.pem", certificate.pem()),
            ("key.pem", key.serialize_pem()),
            ("other-key.pem", other.serialize_pem()),
            ("pilot.toml", "[settings]\nhold_hours = -1\n".to_owned()),
        ] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// `text` with `@` for the folder; the estimator is there unless it is named.
    fn load(&self, text: &str, environment: &[(&str, &str)]) -> Result<Config, Vec<Fault>> {
        let folder = self.0.path().display().to_string();
        let mut text = text.replace('@', &folder);
        if !text.contains("estimator") {
            text = format!("estimator = \"{folder}/platen-estimate\"\n{text}");
        }
        let file = self.0.path().join("server.toml");
        fs::write(&file, text).unwrap();
        let environment: Vec<(String, String)> = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.replace('@', &folder)))
            .collect();
        Config::load(Some(&file), &environment)
    }
}

const PLAIN: &str = "public_url = \"http://127.0.0.1:8631\"\n";

/// The mistakes of `text`, each without the file's own path.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    check_with(text, &[], expected);
}

#[track_caller]
fn check_with(text: &str, environment: &[(&str, &str)], expected: &[&str]) {
    let place = Place::new();
    let faults = match place.load(text, environment) {
        Ok(_) => Vec::new(),
        Err(faults) => faults,
    };
    let said: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(
            said.contains(expected),
            "{said:?} does not say {expected:?}"
        );
    }
}

#[test]
fn little_has_to_be_said() {
    let place = Place::new();
    let config = place.load(PLAIN, &[]).unwrap();
    assert_eq!(config.public_url.as_str(), "http://127.0.0.1:8631/");
    assert_eq!(config.listen, ["127.0.0.1:8631".parse().unwrap()]);
    assert_eq!(config.transport, Transport::Plain);
    let ledger = PathBuf::from("/var/lib/platen/ledger.sqlite");
    assert_eq!(config.store, Store::File(ledger));
    assert_eq!(config.upload_limit_bytes, 100_000_000);
    assert_eq!(config.api, ApiLimits::default());
    assert_eq!(config.warnings().len(), 1);
}

#[test]
fn everything_can_be_said_and_the_environment_wins() {
    let place = Place::new();
    let text = r#"
        public_url = "https://print.example.edu"
        listen = ["0.0.0.0:443", "[::]:443"]
        time_zone = "Europe/Berlin"
        data_dir = "@/data"
        upload_limit_mb = 5
        trusted_proxies = ["10.0.0.0/8"]
        [tls]
        certificate = "@/certificate.pem"
        key = "@/key.pem"
        [sign_in]
        issuer = "https://login.example.edu/realm"
        client_secret_file = "@/secret"
        administrators = ["admins", "helpdesk"]
        [api]
        requests_per_second = 5
        requests_at_once = 7
        [log]
        level = "warn"
    "#;
    let environment = [
        ("PLATEN_SERVER_LISTEN", "127.0.0.1:1, 127.0.0.1:2"),
        ("PLATEN_SERVER_LOG_LEVEL", "info,platen_web=debug"),
        ("PLATEN_SERVER_LOG_FORMAT", "json"),
        ("PLATEN_SERVER_UPLOAD_LIMIT_MB", "7"),
        ("PLATEN_SERVER_DATABASE", "postgres://platen:hush@db/platen"),
        ("PLATEN_LOG", "not ours"),
    ];
    let config = place.load(text, &environment).unwrap();
    assert_eq!(config.listen.len(), 2);
    assert_eq!(config.listen[1].port(), 2);
    assert_eq!(config.log_level, "info,platen_web=debug");
    assert_eq!(config.log_format, LogFormat::Json);
    assert_eq!(config.upload_limit_bytes, 7_000_000);
    assert_eq!(config.zone.iana_name(), Some("Europe/Berlin"));
    let api = config.api;
    assert_eq!(
        (api.requests_a_second.get(), api.requests_at_once.get()),
        (5, 7)
    );
    assert_eq!(api.tokens_a_minute, ApiLimits::default().tokens_a_minute);
    let sign_in = config.sign_in.clone().unwrap();
    assert_eq!(sign_in.client_secret.0, "hush");
    assert_eq!(sign_in.client_id, "platen-server");
    assert_eq!(
        sign_in.scopes,
        Scopes::usual(&["profile", "email", "groups"])
    );
    assert_eq!(config.administrators.len(), 2);
    assert!(config.warnings().is_empty());
    // Neither secret is in what could end in a log.
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn all_mistakes_are_told_at_once_each_with_its_place() {
    check(
        "publc_url = \"https://x\"\nlisten = [\"0.0.0.0\"]\ntime_zone = \"Mars/Olympus\"\n",
        &[
            "line 2, column 1: “publc_url” is not known; did you mean “public_url”?",
            "line 3, column 10: “0.0.0.0” is no address with a port",
            "“public_url” is missing",
            "line 4, column 13: “Mars/Olympus” is no known time zone",
        ],
    );
}

#[test]
fn what_is_no_configuration_is_refused_with_its_place() {
    check("public_url = ", &["line 2, column 14: this is no TOML"]);
    check("public_url = 7\n", &["must be a text", "is missing"]);
    check(
        &format!("{PLAIN}upload_limit_mb = \"big\"\nbehind_proxy = 1\n"),
        &["must be true or false", "must be a whole number"],
    );
    check(
        &format!("{PLAIN}upload_limit_mb = 0\n"),
        &["line 3, column 19: 0 is not between 1 and 4000"],
    );
    check(
        &format!("{PLAIN}[api]\nrequests_at_once = 0\n"),
        &["line 4, column 20: 0 is not between 1 and 1000000"],
    );
    check(
        &format!("{PLAIN}[tls]\ncertifcate = \"x\"\n[surprise]\nx = 1\n"),
        &["“surprise” is not known", "did you mean “tls.certificate”?"],
    );
}

#[test]
fn mistakes_in_the_environment_name_the_variable() {
    check_with(
        PLAIN,
        &[
            ("PLATEN_SERVER_PUBLIK_URL", "x"),
            ("PLATEN_SERVER_SHUTDOWN_S", "soon"),
        ],
        &[
            "PLATEN_SERVER_PUBLIK_URL: “PLATEN_SERVER_PUBLIK_URL” is not known; did you mean \
             “PLATEN_SERVER_PUBLIC_URL”?",
            "PLATEN_SERVER_SHUTDOWN_S: “shutdown_s” must be a whole number",
        ],
    );
}

#[test]
fn plain_http_is_for_loopback_or_behind_a_proxy_alone() {
    check(
        "public_url = \"http://print.example.edu\"\n",
        &["plain http, which is for 127.0.0.1"],
    );
    check(
        "public_url = \"https://print.example.edu\"\n",
        &["https needs “tls.certificate” and “tls.key”, or “behind_proxy = true”"],
    );
    check(
        &format!("{PLAIN}listen = [\"0.0.0.0:80\"]\n"),
        &["without a certificate the server listens on 127.0.0.1"],
    );
    check(
        "public_url = \"https://print.example.edu\"\nlisten = [\"0.0.0.0:80\"]\nbehind_proxy = \
         true\n",
        &[],
    );
    let place = Place::new();
    let text = "public_url = \"http://localhost\"\n[tls]\ncertificate = \
                \"@/certificate.pem\"\nkey = \"@/key.pem\"\n";
    assert_eq!(place.load(text, &[]).unwrap_err().len(), 1);
}

#[test]
fn addresses_have_nothing_behind_the_host() {
    for url in [
        "https://print.example.edu/platen",
        "https://print.example.edu/?a",
        "https://user@print.example.edu",
    ] {
        check(
            &format!("public_url = \"{url}\"\nbehind_proxy = true\n"),
            &["must end after the host"],
        );
    }
    check("public_url = \"print.example.edu\"\n", &["is no address"]);
    check("public_url = \"ftp://x\"\n", &["must begin with https://"]);
}

#[test]
fn files_that_can_t_be_used_are_named() {
    let tls = |certificate: &str, key: &str| {
        format!(
            "public_url = \"https://print.example.edu\"\n[tls]\ncertificate = \
             \"@/{certificate}\"\nkey = \"@/{key}\"\n"
        )
    };
    check(&tls("certificate.pem", "key.pem"), &[]);
    check(
        &tls("missing.pem", "key.pem"),
        &["missing.pem: can't be read"],
    );
    check(
        &tls("certificate.pem", "missing.pem"),
        &["missing.pem: can't be read"],
    );
    check(&tls("secret", "key.pem"), &["secret: holds no certificate"]);
    check(
        &tls("certificate.pem", "secret"),
        &["secret: holds no private key"],
    );
    check(
        &tls("certificate.pem", "other-key.pem"),
        &["other-key.pem: can't be used with the certificate"],
    );
    check(
        "public_url = \"https://x.example\"\n[tls]\nkey = \"@/key.pem\"\n",
        &["“tls.key” needs “tls.certificate”"],
    );
    check(
        &format!("{PLAIN}pilot = \"@/pilot.toml\"\n"),
        &["pilot.toml, line 3, column 1: the rate card is missing"],
    );
    check(
        &format!("{PLAIN}estimator = \"@/missing\"\n"),
        &["missing is not there"],
    );
}

#[test]
fn signing_in_needs_an_issuer_and_a_secret() {
    let sign_in = |rest: &str| format!("{PLAIN}[sign_in]\n{rest}\n");
    check(
        &sign_in("issuer = \"https://login.example.edu\""),
        &["“sign_in.client_secret_file” is missing"],
    );
    check(
        &sign_in("issuer = \"http://login.example.edu\"\nclient_secret = \"x\""),
        &["plain http"],
    );
    check(
        &sign_in("issuer = \"https://l.example\"\nclient_secret_file = \"@/empty\""),
        &["is empty"],
    );
    check(
        &sign_in(
            "issuer = \"https://l.example\"\nclient_secret = \"x\"\nclient_secret_file = \
             \"@/secret\"",
        ),
        &["not both"],
    );
    check(
        &sign_in("client_id = \"platen\""),
        &["“sign_in.client_id” needs “sign_in.issuer”"],
    );
}

#[test]
fn provider_without_groups_is_told_what_to_ask_and_who_administers() {
    let place = Place::new();
    let text = format!(
        "{PLAIN}[sign_in]\nissuer = \"https://l.example\"\nclient_secret = \"x\"\nscopes = \
         [\"email\"]\nadministrator_emails = [\"ada\\u0040example.edu\"]\n"
    );
    let config = place.load(&text, &[]).unwrap();
    assert!(config.warnings().is_empty());
    let sign_in = config.sign_in.unwrap();
    assert_eq!(sign_in.scopes, Scopes::Exactly(vec!["email".into()]));
    assert_eq!(
        sign_in.administrator_emails,
        ["ada@example.edu".to_owned()].into()
    );
}

#[test]
fn a_database_s_address_is_not_shown_where_it_is_wrong() {
    let place = Place::new();
    let text = format!("{PLAIN}database = \"mysql://platen:hush@db/platen\"\n");
    let faults = place.load(&text, &[]).unwrap_err();
    assert_eq!(faults.len(), 1);
    let said = faults[0].to_string();
    assert!(
        said.contains("postgres://") && !said.contains("hush"),
        "{said}"
    );
}

#[test]
fn a_named_file_must_be_there() {
    let place = Place::new();
    let missing = PathBuf::from(place.path("missing.toml"));
    let faults = Config::load(Some(&missing), &[]).unwrap_err();
    assert!(faults[0].to_string().contains("the file can't be read"));
    let by_variable = [(CONFIG_VARIABLE.to_owned(), place.path("missing.toml"))];
    assert!(Config::load(None, &by_variable).is_err());
}

#[test]
fn the_example_is_in_order_but_for_its_files() {
    let place = Place::new();
    let example = include_str!("../../../../installer/linux/server.toml");
    let text = example
        .replace("/etc/platen/tls/fullchain.pem", "@/certificate.pem")
        .replace("/etc/platen/tls/privkey.pem", "@/key.pem")
        .replace("/etc/platen/client-secret", "@/secret");
    let config = place.load(&text, &[]).unwrap();
    assert!(config.warnings().is_empty());
}
