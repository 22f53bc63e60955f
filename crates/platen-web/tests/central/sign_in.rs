//! Signing in and out in a browser, at the real provider.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platen_lab::Provider;
use platen_ledger::{Session, SessionFilter};

use crate::support::{Browser, Seen, Site, shared_provider, tray};

async fn sessions(site: &Site) -> Vec<Session> {
    let now = Timestamp::now();
    let filter = SessionFilter {
        live_at: Some(now),
        ..SessionFilter::default()
    };
    site.ledger.sessions(filter).await.unwrap().rows
}

/// What the site's own session cookie holds.
fn secret(site: &Site, browser: &Browser) -> Option<String> {
    let name = format!("platen-{}", site.host.rsplit(':').next().unwrap());
    browser.cookies.lock().unwrap().get(&name).cloned()
}

/// The provider's answer, on its way back to the site.
async fn answer(browser: &Browser, login: &str) -> Seen {
    let start = browser.get("/sign-in?to=/history").await;
    browser.at_provider(start, login).await
}

#[tokio::test]
async fn page_that_needs_a_sign_in_is_shown_after_it() {
    let site = Site::start().await;
    let browser = site.browser();
    let seen = browser.get("/history?search=%C3%BC").await.expect(303);
    assert_eq!(
        seen.location(),
        Some("/sign-in?to=%2Fhistory%3Fsearch%3D%25C3%25BC")
    );
    let seen = browser
        .sign_in("/history?search=%C3%BC", "alice")
        .await
        .expect(200);
    assert_eq!(seen.url.path(), "/history");
    assert_eq!(seen.url.query(), Some("search=%C3%BC"));
    assert!(seen.text.contains("Alice Archer"));

    let sessions = sessions(&site).await;
    let [session] = sessions.as_slice() else {
        panic!("{sessions:?}")
    };
    assert_eq!(session.person.login, "alice@example.edu");
    assert_eq!(
        session.person.groups,
        BTreeSet::from(["students".to_owned()])
    );
    assert!(!session.administrator);
    assert_eq!(session.address, "127.0.0.1");
    assert_eq!(
        session.expires_at.duration_since(session.made_at),
        SignedDuration::from_hours(12)
    );
}

#[tokio::test]
async fn members_of_the_sites_group_are_administrators() {
    let site = Site::start().await;
    site.signed_in("admin").await;
    let sessions = sessions(&site).await;
    assert!(sessions[0].administrator, "{sessions:?}");
}

#[tokio::test]
async fn address_of_mail_makes_an_administrator_where_the_provider_has_verified_it() {
    let issuer = shared_provider().issuer().to_owned();
    let site = Site::with(&issuer, |config| {
        let identity = config.identity.as_mut().unwrap();
        identity.administrator_emails = ["Carol@example.edu", "mallory@example.edu"]
            .map(String::from)
            .into();
    })
    .await;
    for login in ["carol", "mallory", "alice"] {
        site.signed_in(login).await;
    }
    let token = tray::id_token("carol").await;
    let entering = site.browser().request("POST", "/enter");
    let entering = entering.header("authorization", format!("Bearer {token}"));
    let seen = site.browser().send(entering).await.expect(200);
    let link: serde_json::Value = serde_json::from_str(&seen.text).unwrap();
    site.browser()
        .get(link["link"].as_str().unwrap())
        .await
        .expect(303);
    let mut administer: Vec<_> = sessions(&site)
        .await
        .into_iter()
        .map(|session| (session.person.name, session.administrator))
        .collect();
    administer.sort();
    let expected = [
        ("Alice Archer", false),
        ("Carol Cooper", true),
        ("Carol Cooper", true),
        ("Mallory", false),
    ];
    assert_eq!(administer, expected.map(|(name, is)| (name.to_owned(), is)));
}

#[tokio::test]
async fn every_sign_in_gets_a_secret_of_its_own_and_ends_the_session_before() {
    let site = Site::start().await;
    let browser = site.browser();
    let planted = "A".repeat(43);
    let name = format!("platen-{}", site.host.rsplit(':').next().unwrap());
    browser
        .cookies
        .lock()
        .unwrap()
        .insert(name.clone(), planted.clone());
    browser.sign_in("/sign-in", "alice").await.expect(200);
    let first = secret(&site, &browser).unwrap();
    assert_ne!(first, planted, "a planted secret never becomes a session");

    // The callback of a second sign-in, begun before the first had ended.
    browser.cookies.lock().unwrap().remove(&name);
    let begun = answer(&browser, "alice").await;
    browser.cookies.lock().unwrap().insert(name, first.clone());
    browser.follow(begun).await.expect(200);
    assert_ne!(secret(&site, &browser).unwrap(), first);
    assert_eq!(sessions(&site).await.len(), 1);
}

#[tokio::test]
async fn cookie_is_kept_from_scripts_and_ends_with_the_session() {
    let site = Site::start().await;
    let browser = site.browser();
    let answer = answer(&browser, "alice").await;
    let back = browser.get(answer.location().unwrap()).await.expect(303);
    let port = site.host.rsplit(':').next().unwrap();
    let cookie = back.cookie(&format!("platen-{port}")).unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let gone = back.cookie(&format!("platen-sign-in-{port}")).unwrap();
    assert!(gone.contains("Max-Age=0"), "{gone}");
    assert_eq!(back.location(), Some("/history"));
}

#[tokio::test]
async fn sign_in_never_leads_to_another_site() {
    let site = Site::start().await;
    for to in [
        "https://evil.example",
        "//evil.example",
        "/%5Cevil.example",
        "%0d%0aSet-Cookie:x",
    ] {
        let browser = site.browser();
        let path = format!("/sign-in?to={to}");
        let seen = browser.sign_in(&path, "bob").await.expect(200);
        assert_eq!(seen.url.path(), "/", "{to}");
        // Who is inside already isn't led away either.
        let seen = browser.get(&path).await.expect(303);
        assert_eq!(seen.location(), Some("/"), "{to}");
    }
}

#[tokio::test]
async fn answer_counts_once_and_for_the_browser_that_asked() {
    let site = Site::start().await;
    let alice = site.browser();
    let back = answer(&alice, "alice").await;
    let address = back.location().unwrap().to_owned();

    let stranger = site.browser();
    let seen = stranger.get(&address).await.expect(403);
    assert!(seen.problem().contains("another browser"), "{}", seen.text);
    assert!(seen.text.contains("href=\"/sign-in\""), "there is a way on");
    // The stranger has used it up; nobody is inside.
    let seen = alice.get(&address).await.expect(403);
    assert!(seen.problem().contains("used already"), "{}", seen.text);
    assert_eq!(sessions(&site).await.len(), 0);

    let back = answer(&alice, "alice").await;
    let address = back.location().unwrap().to_owned();
    alice.get(&address).await.expect(303);
    // Going back to it is no offence for who is inside, and nothing for others.
    assert_eq!(alice.get(&address).await.location(), Some("/"));
    stranger.get(&address).await.expect(403);
    assert_eq!(sessions(&site).await.len(), 1);
}

#[tokio::test]
async fn made_up_and_broken_answers_get_a_page_with_a_way_on() {
    let site = Site::start().await;
    let browser = site.browser();
    for query in [
        "",
        "?state=x&code=y",
        "?state=%ff&code=%00",
        "?error=access_denied",
    ] {
        let seen = browser
            .get(&format!("/sign-in/callback{query}"))
            .await
            .expect(403);
        assert!(!seen.problem().is_empty());
        assert!(seen.text.contains("href=\"/sign-in\""), "{query}");
    }
    let twice = browser
        .get("/sign-in/callback?state=a&state=b")
        .await
        .expect(400);
    assert!(!twice.problem().is_empty());
    // A right state with a code that the provider never gave.
    let back = answer(&browser, "alice").await;
    let mut forged = reqwest::Url::parse(back.location().unwrap()).unwrap();
    let pairs: Vec<_> = forged.query_pairs().into_owned().collect();
    forged
        .query_pairs_mut()
        .clear()
        .extend_pairs(pairs.iter().map(|(name, value)| {
            if name == "code" {
                ("code", "made-up")
            } else {
                (name.as_str(), value.as_str())
            }
        }));
    let seen = browser.get(forged.as_str()).await.expect(403);
    assert!(seen.problem().contains("refused"), "{}", seen.text);
    assert!(
        seen.text.contains("/sign-in?to=%2Fhistory"),
        "{}",
        seen.text
    );
    assert_eq!(sessions(&site).await.len(), 0);
}

#[tokio::test]
async fn who_says_no_at_the_provider_reads_that_and_can_try_again() {
    let site = Site::start().await;
    let browser = site.browser();
    *browser.language.lock().unwrap() = "de-DE,de;q=0.9";
    let start = browser.get("/sign-in?to=/history").await.expect(303);
    let page = browser.follow(start).await.expect(200);
    // The development provider's page has a link that cancels.
    let abort = page
        .text
        .split("href=\"")
        .skip(1)
        .find(|rest| rest.contains("/abort\""));
    let abort = abort.unwrap().split('"').next().unwrap().to_owned();
    let seen = browser.get(page.url.join(&abort).unwrap().as_str()).await;
    let seen = browser.follow(seen).await.expect(403);
    assert_eq!(seen.problem(), "Die Anmeldung wurde abgebrochen.");
    assert!(seen.text.contains("lang=\"de\"") && seen.text.contains("Noch einmal anmelden"));
}

#[tokio::test]
async fn sign_in_that_took_too_long_no_longer_counts() {
    let site = Site::start().await;
    let browser = site.browser();
    let back = answer(&browser, "alice").await;
    let state = reqwest::Url::parse(back.location().unwrap()).unwrap();
    let state = state
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    let digest = crate::support::browser::digest(&state);
    // Eleven minutes later somebody asks for it.
    let later = Timestamp::now() + SignedDuration::from_mins(11);
    let taken = site
        .ledger
        .take_ticket(digest, "sign-in", later)
        .await
        .unwrap();
    assert_eq!(taken, None);
    // Nine minutes later it still counts.
    let earlier = Timestamp::now() + SignedDuration::from_mins(9);
    assert!(
        site.ledger
            .take_ticket(digest, "sign-in", earlier)
            .await
            .unwrap()
            .is_some()
    );
    browser.get(back.location().unwrap()).await.expect(403);
}

#[tokio::test]
async fn signing_out_ends_the_session_here_and_at_the_provider() {
    let site = Site::start().await;
    let browser = site.signed_in("carol").await;
    let stale = site.browser();
    *stale.cookies.lock().unwrap() = browser.cookies.lock().unwrap().clone();

    let seen = browser.post("/sign-out", "").await.expect(200);
    assert!(
        seen.text.contains("http-equiv=\"refresh\""),
        "{}",
        seen.text
    );
    let onward = seen
        .text
        .split("url=")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let onward = onward.replace("&#38;", "&").replace("&amp;", "&");
    assert!(onward.contains("id_token_hint=") && onward.contains("post_logout_redirect_uri="));
    assert_eq!(sessions(&site).await.len(), 0);
    // A copy of the cookie is worth nothing.
    assert_eq!(stale.get("/").await.location(), Some("/sign-in"));

    let page = browser.get(&onward).await;
    let seen = browser.at_provider(page, "carol").await;
    let seen = browser.follow(seen).await.expect(200);
    assert_eq!(seen.url.path(), "/signed-out");
    assert!(seen.text.contains("You are signed out") && seen.text.contains("href=\"/sign-in\""));
    // The provider asks again who it is.
    let again = browser.get("/sign-in").await;
    let page = browser.follow(again).await;
    assert!(page.text.contains("name=\"login\""), "{}", page.text);
}

#[tokio::test]
async fn ended_session_is_over_for_pages_and_scripts() {
    let site = Site::start().await;
    let browser = site.signed_in("alice").await;
    let session = sessions(&site).await.remove(0);
    site.ledger
        .end_session(session.id, Timestamp::now())
        .await
        .unwrap();
    assert_eq!(
        browser.get("/history").await.expect(303).location(),
        Some("/sign-in?to=%2Fhistory")
    );
    let refresh = browser.request("GET", "/").header("x-platen-refresh", "1");
    let seen = browser.send(refresh).await.expect(401);
    assert!(seen.problem().contains("signed out"), "{}", seen.text);
    let seen = browser.post("/account", "account=1").await.expect(401);
    assert!(seen.problem().contains("nothing was done"));
    browser.get("/events").await.expect(401);
}

#[tokio::test]
async fn provider_that_is_down_is_named_and_works_again_later() {
    let directory = tempfile::tempdir().unwrap();
    let mut provider = Provider::start(directory.path(), &[]).unwrap();
    let site = Site::with(provider.issuer(), |_| ()).await;
    provider.stop().unwrap();
    let browser = site.browser();
    let seen = browser.get("/sign-in?to=/history").await.expect(502);
    assert!(
        seen.problem().contains("127.0.0.1 can’t be reached"),
        "{}",
        seen.text
    );
    assert!(seen.text.contains("/sign-in?to=%2Fhistory"));
    provider.start_again().unwrap();
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while browser.get("/sign-in").await.status != 303 {
        assert!(std::time::Instant::now() < deadline, "it does not recover");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // It came back with another key: that is read once, and believed.
    browser.sign_in("/sign-in", "alice").await.expect(200);
    provider.start_again().unwrap();
    let other = site.browser();
    other.sign_in("/sign-in", "bob").await.expect(200);
}

#[tokio::test]
async fn provider_with_another_name_or_none_is_not_used() {
    let issuer = shared_provider().issuer().to_owned();
    let other = issuer.replace("127.0.0.1", "localhost");
    let site = Site::with(&other, |_| ()).await;
    let seen = site.browser().get("/sign-in").await.expect(403);
    assert!(seen.problem().contains("another name"), "{}", seen.text);

    let site = Site::with(&issuer, |config| config.identity = None).await;
    let seen = site.browser().get("/sign-in").await.expect(503);
    assert!(
        seen.problem().contains("no sign-in service is set up"),
        "{}",
        seen.text
    );
}

#[tokio::test]
async fn too_many_sign_ins_from_one_address_are_slowed_down() {
    let site = Site::start().await;
    let browser = site.browser();
    let mut refused = None;
    for _ in 0..400 {
        let seen = browser.get("/sign-in/callback?state=guess").await;
        if seen.status == 429 {
            refused = Some(seen);
            break;
        }
    }
    let seen = refused.expect("guessing is not slowed down");
    assert!(
        seen.problem().contains("too many sign-ins"),
        "{}",
        seen.text
    );
    assert!(seen.headers.contains_key("retry-after"));
    // Pages of those who are inside are not concerned.
    assert_eq!(browser.get("/").await.status, 303);
}
