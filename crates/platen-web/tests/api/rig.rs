//! A site of its own for each test, and a program that asks it.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use platen_domain::{Person, UserId};
use platen_ledger::{Actor, Credential, Ledger, Site};
use platen_web::{ApiLimits, Central, CentralConfig, central_router};
use ring::digest::{SHA256, digest};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;
use uuid::Uuid;

pub(crate) const SITE: &str = r#"
[[account]]
name = "Print Quota"
code = "quota"
limit = 200

[[account]]
name = "Research"
code = "research"
kind = "shared"
limit = 100
groups = ["research"]

[[account]]
name = "Staff"
code = "staff"
users = ["anna@example.edu"]

[rates.A4]
mono = { simplex = 1, duplex = 0.5 }
colour = { simplex = 3, duplex = 2.5 }
[rates.other]
mono = { simplex = 10, duplex = 10 }
colour = { simplex = 20, duplex = 20 }
"#;

pub(crate) const SCOPE: &str = "cloudprint:billing-accounts";

/// A site with a program that is let in.
pub(crate) struct Rig {
    pub(crate) ledger: Ledger,
    pub(crate) router: Router,
    pub(crate) customer: Uuid,
    pub(crate) client: Uuid,
    pub(crate) secret: String,
    pub(crate) token: String,
    /// Dropped last: the ledger’s file is in it.
    pub(crate) _folder: Option<TempDir>,
}

/// What a program got.
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Got {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    /// Checks that it is a problem of this kind in every respect.
    #[track_caller]
    pub(crate) fn problem(self, status: u16, kind: &str) -> Value {
        let got = self.expect(status);
        assert_eq!(got.header("content-type"), "application/problem+json");
        let problem = got.json();
        assert_eq!(problem["type"], format!("/api#problem-{kind}"), "{problem}");
        assert_eq!(problem["status"], status);
        for member in ["title", "detail", "instance"] {
            assert!(
                problem[member].as_str().is_some_and(|it| !it.is_empty()),
                "{problem}"
            );
        }
        let id = got.header("x-request-id");
        assert_eq!(problem["instance"], format!("urn:uuid:{id}"));
        problem
    }
}

pub(crate) fn generous() -> ApiLimits {
    let many = NonZeroU32::new(100_000).unwrap();
    ApiLimits {
        requests_a_second: many,
        requests_at_once: many,
        tokens_a_minute: many,
    }
}

/// The router of a server on this ledger.
pub(crate) fn serve(ledger: &Ledger, limits: ApiLimits) -> Router {
    let config = CentralConfig {
        public_url: "https://print.example.edu".parse().unwrap(),
        zone: TimeZone::UTC,
        administrators: BTreeSet::new(),
        identity: None,
        upload_limit_bytes: 1_000_000,
    };
    let central = Central::new(ledger.clone(), config).with_api_limits(limits);
    central_router(Arc::new(central))
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::with(generous()).await
    }

    pub(crate) async fn with(limits: ApiLimits) -> Self {
        let folder = TempDir::new().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        Self::on(ledger, limits, Some(folder)).await
    }

    pub(crate) async fn on(ledger: Ledger, limits: ApiLimits, folder: Option<TempDir>) -> Self {
        ledger
            .load_site(Site::from_toml(SITE).unwrap())
            .await
            .unwrap();
        for name in ["anna", "ben", "carl"] {
            ledger
                .remember(&person(name), Timestamp::now())
                .await
                .unwrap();
        }
        let mut rig = Self {
            router: serve(&ledger, limits),
            customer: ledger.site_id().await.unwrap(),
            client: Uuid::nil(),
            secret: "a secret that only this test knows".to_owned(),
            token: String::new(),
            ledger,
            _folder: folder,
        };
        rig.client = rig.credential("Finance", &[SCOPE]).await;
        rig.token = rig.fresh_token(rig.client).await;
        rig
    }

    /// Makes a credential with the secret of this rig.
    pub(crate) async fn credential(&self, name: &str, scopes: &[&str]) -> Uuid {
        let id = Uuid::now_v7();
        let credential = Credential {
            id,
            name: name.to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            made_by: String::new(),
            made_at: Timestamp::now(),
            used_at: None,
            revoked_at: None,
        };
        let kept = digest(&SHA256, self.secret.as_bytes())
            .as_ref()
            .try_into()
            .unwrap();
        let desk = self.ledger.desk(administrator());
        desk.add_credential(credential, kept, Timestamp::now())
            .await
            .unwrap();
        id
    }

    pub(crate) async fn fresh_token(&self, client: Uuid) -> String {
        let form = format!(
            "grant_type=client_credentials&client_id={client}&client_secret={}",
            self.secret.replace(' ', "+")
        );
        let got = self.form(&form, None).await.expect(200);
        got.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Asks for a token.
    pub(crate) async fn form(&self, form: &str, authorization: Option<&str>) -> Got {
        let mut request = Request::post("/oauth/token")
            .header("host", "print.example.edu")
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        self.send(request.body(Body::from(form.to_owned())).unwrap())
            .await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Got {
        send(&self.router, request).await
    }

    /// The path below the customer id.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("/{}{path}", self.customer)
    }

    /// A request of the program, to which more may be added.
    pub(crate) fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(self.path(path))
            .header("host", "print.example.edu")
            .header("authorization", format!("Bearer {}", self.token))
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.send(self.request("GET", path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn ask(&self, method: &str, path: &str) -> Got {
        self.send(self.request(method, path).body(Body::empty()).unwrap())
            .await
    }

    /// Sends JSON.
    pub(crate) async fn json(&self, method: &str, path: &str, body: &str) -> Got {
        self.json_with(method, path, body, &[]).await
    }

    pub(crate) async fn json_with(
        &self,
        method: &str,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Got {
        let request = self
            .request(method, path)
            .header("content-type", "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        self.send(request.body(Body::from(body.to_owned())).unwrap())
            .await
    }

    pub(crate) async fn account(&self, code: &str) -> Uuid {
        self.ledger
            .account_by_code(code)
            .await
            .unwrap()
            .unwrap()
            .id
            .0
    }

    /// Charges a user by hand.
    pub(crate) async fn debit(&self, code: &str, user: &str, points: &str) {
        let account = self.account(code).await;
        let body = format!(
            r#"{{"userEmail": "{user}@example.edu", "accountId": "{account}", "activityType": "debit", "amount": {points}}}"#
        );
        self.json("POST", "/activities", &body).await.expect(201);
    }
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Got {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 10_000_000).await.unwrap();
    Got {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

pub(crate) fn administrator() -> Actor {
    Actor {
        id: UserId::new("issuer#admin"),
        name: "admin@example.edu".to_owned(),
        address: "192.0.2.1".to_owned(),
    }
}

pub(crate) fn person(name: &str) -> Person {
    Person {
        id: UserId::openid("https://id.example.edu", name),
        name: format!("{}{}", name[..1].to_uppercase(), &name[1..]),
        login: format!("{name}@example.edu"),
        groups: BTreeSet::from(["students".to_owned()]),
    }
}
