//! The tray's user enters by a single-use link, without signing in again.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use platen_identity::{Identity, IdentityConfig, PortalLinkError, RefreshError};
use platen_ledger::SessionFilter;
use serde_json::{Value, json};

use crate::support::{Seen, Site, shared_provider, tray};

async fn mint(site: &Site, token: Option<&str>, body: &str) -> Seen {
    // As the tray does it: no cookie, no origin, no browser's headers.
    let browser = site.browser();
    let mut request = browser.request("POST", "/enter").body(body.to_owned());
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    browser.send(request).await
}

fn link(seen: &Seen) -> String {
    let json: Value = serde_json::from_str(&seen.text).unwrap();
    json["link"].as_str().unwrap().to_owned()
}

#[track_caller]
fn is_problem(seen: &Seen, status: u16) {
    assert_eq!(seen.status, status, "{}", seen.text);
    assert_eq!(seen.headers["content-type"], "application/problem+json");
    let json: Value = serde_json::from_str(&seen.text).unwrap();
    assert_eq!(json["status"], json!(status));
    assert!(json["detail"].as_str().is_some_and(|text| text.len() > 10));
}

#[tokio::test]
async fn link_lets_its_person_in_once() {
    let site = Site::start().await;
    let token = tray::id_token("admin").await;
    let seen = mint(&site, Some(&token), r#"{"to": "/history"}"#)
        .await
        .expect(200);
    assert_eq!(seen.headers["cache-control"], "no-store");
    let link = link(&seen);
    assert!(link.starts_with(&format!("{}/enter/", site.base)), "{link}");

    let browser = site.browser();
    // Programs that look at links before people do don't use it up.
    let head = browser.send(browser.request("HEAD", &link)).await;
    assert_eq!(head.status, 403);
    // Neither does a page of another site that wants to choose who somebody is.
    let lured = browser
        .request("GET", &link)
        .header("sec-fetch-site", "cross-site")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document");
    browser.send(lured).await.expect(403);
    let seen = browser.get(&link).await.expect(303);
    assert_eq!(seen.location(), Some("/history"));
    assert!(
        browser
            .get("/history")
            .await
            .expect(200)
            .text
            .contains("Ada Admin")
    );

    let other = site.browser();
    let seen = other.get(&link).await.expect(403);
    assert!(seen.problem().contains("used already"), "{}", seen.text);
    assert!(seen.text.contains("href=\"/sign-in\""));
    // Reloading is no offence for who is inside.
    assert_eq!(browser.get(&link).await.location(), Some("/"));

    let sessions = site
        .ledger
        .sessions(SessionFilter::default())
        .await
        .unwrap();
    let [session] = sessions.rows.as_slice() else {
        panic!("{sessions:?}")
    };
    assert_eq!(
        session.person.groups,
        BTreeSet::from(["platen-admins".to_owned()])
    );
    assert!(session.administrator && session.is_live(Timestamp::now()));
}

#[tokio::test]
async fn link_never_leads_to_another_site() {
    let site = Site::start().await;
    let token = tray::id_token("alice").await;
    for to in ["https://evil.example", "//evil.example", "/a\r\nb"] {
        let body = json!({ "to": to }).to_string();
        let link = link(&mint(&site, Some(&token), &body).await.expect(200));
        let seen = site.browser().get(&link).await.expect(303);
        assert_eq!(seen.location(), Some("/"), "{to}");
    }
}

#[tokio::test]
async fn small_token_leaves_the_person_as_the_browser_brought_him() {
    let site = Site::start().await;
    site.signed_in("admin").await;
    let token = tray::id_token_of("admin", "openid").await;
    let seen = mint(&site, Some(&token), "").await.expect(200);
    site.browser().get(&link(&seen)).await.expect(303);
    let sessions = site.ledger.sessions(SessionFilter::default());
    let sessions = sessions.await.unwrap().rows;
    let [one, other] = sessions.as_slice() else {
        panic!("{sessions:?}")
    };
    assert_eq!(one.person.name, "Ada Admin");
    assert_eq!(other.person.name, "Ada Admin");
    assert_eq!(one.person.groups, other.person.groups);
    // Groups of an earlier sign-in make nobody an administrator.
    assert!(one.administrator != other.administrator, "{sessions:?}");
}

#[tokio::test]
async fn nobody_gets_a_link_for_anything_but_a_trusted_token() {
    let site = Site::start().await;
    is_problem(&mint(&site, None, "").await, 401);
    for token in ["", "x", "a.b.c", "....", &"x".repeat(20_000)] {
        let seen = mint(&site, Some(token), "").await;
        assert!(
            seen.status == 401 || seen.status == 431,
            "{} for {token:.9}",
            seen.status
        );
    }
    let token = tray::id_token("alice").await;
    // One letter of the signature is another.
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{rest}.{first}{}", &signature[1..]);
    is_problem(&mint(&site, Some(&forged), "").await, 401);
    // Without a signature.
    let body = rest.split_once('.').unwrap().1;
    let none = format!("eyJhbGciOiJub25lIn0.{body}.");
    is_problem(&mint(&site, Some(&none), "").await, 401);
    // Of a client that the site does not trust.
    let issuer = shared_provider().issuer().to_owned();
    let strict = Site::with(&issuer, |config| {
        let identity = config.identity.as_mut().unwrap();
        identity.tray_clients = BTreeSet::from(["another".to_owned()]);
    })
    .await;
    is_problem(&mint(&strict, Some(&token), "").await, 401);
    // What surrounds a good token is checked as well.
    for body in ["7", "[]", "{\"to\":7}", "{\"too\":\"/\"}", "\u{0}", "{"] {
        is_problem(&mint(&site, Some(&token), body).await, 422);
    }
    is_problem(&mint(&site, Some(&token), &" ".repeat(100_000)).await, 413);
    let sessions = site
        .ledger
        .sessions(SessionFilter::default())
        .await
        .unwrap();
    assert_eq!(sessions.total, 0);
}

#[tokio::test]
async fn made_up_links_get_a_page_with_a_way_on() {
    let site = Site::start().await;
    let browser = site.browser();
    *browser.language.lock().unwrap() = "de";
    for token in ["x", "%ff%fe", "..%2f..", &"A".repeat(43), &"A".repeat(4000)] {
        let seen = browser.get(&format!("/enter/{token}")).await;
        assert!(
            [400, 403].contains(&seen.status.as_u16()),
            "{}",
            seen.status
        );
        assert!(!seen.problem().is_empty());
        assert!(seen.text.contains("lang=\"de\""));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn trays_own_sign_in_opens_the_portal_and_says_when_it_can_not() {
    let site = Site::start().await;
    let directory = tempfile::tempdir().unwrap();
    let issuer = shared_provider().issuer().parse().unwrap();
    let config = IdentityConfig::new(issuer, "platen", directory.path());
    let identity = Identity::new(config);
    let server = site.base.parse().unwrap();
    let nobody = identity.portal_link(&server, "/").await;
    assert_eq!(
        nobody,
        Err(PortalLinkError::SignIn(RefreshError::SignedOut))
    );

    let pending = identity.begin_sign_in().await.unwrap();
    let url = pending.url.to_string();
    let visiting = tokio::task::spawn_blocking(move || shared_provider().sign_in(&url, "alice"));
    pending.finish(Duration::from_secs(30)).await.unwrap();
    visiting.await.unwrap().unwrap();

    let link = identity.portal_link(&server, "/history").await.unwrap();
    let browser = site.browser();
    let seen = browser.get(link.as_str()).await.expect(303);
    assert_eq!(seen.location(), Some("/history"));
    let page = browser.get("/history").await.expect(200);
    assert!(page.text.contains("Alice Archer"));

    let far = "http://print.example.edu".parse().unwrap();
    let insecure = identity.portal_link(&far, "/").await.unwrap_err();
    assert!(insecure.to_string().contains("https"), "{insecure}");
    drop(site);
    let away = identity.portal_link(&server, "/").await.unwrap_err();
    assert!(away.to_string().contains("can't be reached"), "{away}");
}
