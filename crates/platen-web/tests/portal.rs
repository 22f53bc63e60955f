//! The router as a browser sees it, on a portal in memory.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod site;

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures_util::StreamExt as _;
use platen_domain::DocumentState;
use platen_web::words::ENGLISH;
use platen_web::{Portal as _, PortalError, Reason};
use site::sample::document;
use site::{HOST, Site, ask, content, id, path};
use tower::ServiceExt as _;

#[tokio::test]
async fn link_becomes_a_session_once_and_leads_to_its_target() {
    let site = Site::open(content()).await;
    let link = site.entrance.mint("/?document=7");
    let request = || {
        let request = Request::get(&link).header(header::HOST, HOST);
        request.body(Body::empty()).unwrap()
    };
    let first = ask(&site.app, request()).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    assert_eq!(first.location(), "/?document=7");
    let cookie = first.headers[header::SET_COOKIE].to_str().unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let second = ask(&site.app, request()).await;
    assert_eq!(second.status, StatusCode::FORBIDDEN);
    assert!(second.text.contains("used already"));
    assert!(!second.headers.contains_key(header::SET_COOKIE));
    // Who is inside already is not thrown out for reloading.
    assert_eq!(site.get(&link).await.location(), "/");
}

#[tokio::test]
async fn looking_at_a_link_does_not_use_it_up() {
    let site = Site::open(content()).await;
    let link = site.entrance.mint("/");
    let request = |method: &str| {
        let request = Request::builder().method(method).uri(&link);
        request
            .header(header::HOST, HOST)
            .body(Body::empty())
            .unwrap()
    };
    assert_eq!(
        ask(&site.app, request("HEAD")).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        ask(&site.app, request("GET")).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn nothing_is_served_or_done_without_a_session() {
    let mut site = Site::open(content()).await;
    site.cookie = "platen-4711=guessed".into();
    let document = id(11);
    for path in ["/", "/account", "/history", "/events", "/nowhere"] {
        assert_eq!(site.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    for what in ["account", "finishing", "release", "delete", "retry"] {
        let path = format!("/documents/{document}/{what}");
        assert_eq!(
            site.get(&path).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
        let seen = site.post(&path, "").await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{path}");
        assert!(!seen.text.contains("essay"));
    }
    assert_eq!(
        site.post("/account", "").await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(site.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn session_ends_when_it_is_revoked() {
    let site = Site::open(content()).await;
    assert_eq!(site.get("/").await.status, StatusCode::OK);
    site.entrance.revoke_all();
    assert_eq!(site.get("/").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn other_hosts_and_other_sites_are_refused() {
    let site = Site::open(content()).await;
    let with = |method: &str, headers: &[(&str, &str)]| {
        let mut request = Request::builder()
            .method(method)
            .uri(path("delete"))
            .header(header::COOKIE, &site.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ask(&site.app, request.body(Body::empty()).unwrap())
    };
    for (method, headers) in [
        ("GET", &[("host", "evil.example")][..]),
        ("GET", &[]),
        ("GET", &[("host", HOST), ("sec-fetch-site", "cross-site")]),
        ("POST", &[("host", HOST)]),
        ("POST", &[("host", HOST), ("origin", "http://evil.example")]),
        (
            "POST",
            &[("host", "evil.example"), ("sec-fetch-site", "same-origin")],
        ),
    ] {
        let seen = with(method, headers).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{method} {headers:?}");
    }
    assert_eq!(site.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn every_answer_carries_the_protective_headers() {
    let mut site = Site::open(content()).await;
    let inside = site.get("/").await;
    let asset = site.get("/static/portal.css").await;
    let unknown = site.get("/nowhere").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    site.cookie.clear();
    let outside = site.get("/").await;
    for seen in [inside, asset, unknown, outside] {
        let policy = seen.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'"));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"));
        assert_eq!(seen.headers["cache-control"], "no-store");
        assert_eq!(seen.headers["x-content-type-options"], "nosniff");
        assert_eq!(seen.headers["referrer-policy"], "same-origin");
    }
}

#[tokio::test]
async fn balance_of_the_active_account_is_shown_and_falls_when_a_document_is_deleted() {
    let site = Site::open(content()).await;
    let page = site.get("/").await.text;
    assert!(page.contains("19/50 points used"));
    assert!(page.contains("15 points"));
    assert!(page.contains("Ready to release"));
    let seen = site.post(&path("delete"), "").await;
    assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/"));
    let page = site.get("/").await.text;
    assert!(page.contains("4/50 points used"));
    assert!(page.contains("Its points are back"));
    assert!(page.contains("Nothing is waiting"));
    assert!(!site.get("/").await.text.contains("Its points are back"));
}

#[tokio::test]
async fn names_from_outside_are_never_markup() {
    let hostile = r#"<script>alert(1)</script>"'><img src=x onerror=y>"#;
    let mut content = content();
    content.documents[0].row.name = hostile.into();
    content.documents[0].row.reason = Some(Reason::Text(hostile.into()));
    content.accounts[0].0.name = hostile.into();
    content.printers[0].name = hostile.into();
    content.notes = [Some(hostile.into()), None, None];
    let site = Site::open(content).await;
    for path in [
        "/".into(),
        format!("/?document={}", id(11)),
        format!("/?document={hostile}").replace(['<', '>', '"', ' '], "%3C"),
        "/account".into(),
        path("account"),
        path("finishing"),
        path("release"),
        path("delete"),
        format!("/history/{}", id(11)),
    ] {
        let page = site.get(&path).await.text;
        assert!(page.contains("</html>"), "{path}");
        assert!(!page.contains("<script>alert"), "{path}");
        assert!(!page.contains("<img"), "{path}");
        assert!(!page.contains("\"'>"), "{path}");
    }
}

#[tokio::test]
async fn bad_input_gets_a_sentence_and_changes_nothing() {
    let site = Site::open(content()).await;
    let account = id(99);
    let account = format!("account={account}");
    let cases = [
        ("/account".into(), "", "choose one of your accounts"),
        (
            "/account".into(),
            "account=x",
            "choose one of your accounts",
        ),
        (
            "/account".into(),
            account.as_str(),
            "choose one of your accounts",
        ),
        (
            "/account".into(),
            "account=%FF%00",
            "choose one of your accounts",
        ),
        (path("account"), "account=", "choose one of your accounts"),
        (path("finishing"), "", "whole number"),
        (
            path("finishing"),
            "copies=0&sides=one-sided&colour=mono",
            "whole number",
        ),
        (
            path("finishing"),
            "copies=10000&sides=one-sided&colour=mono",
            "whole number",
        ),
        (
            path("finishing"),
            "copies=-1&sides=one-sided&colour=mono",
            "whole number",
        ),
        (
            path("finishing"),
            "copies=2&sides=three&colour=mono",
            "one-sided or two-sided",
        ),
        (
            path("finishing"),
            "copies=2&sides=one-sided&colour=pink",
            "colour or black",
        ),
        (
            path("release"),
            "printer=nowhere",
            "choose one of the printers",
        ),
        (path("release"), "", "choose one of the printers"),
    ];
    for (path, form, sentence) in cases {
        let seen = site.post(&path, form).await;
        assert_eq!(
            seen.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{path} {form}"
        );
        assert!(seen.text.contains(sentence), "{path} {form}");
        assert!(seen.text.contains("role=\"alert\""), "{path} {form}");
    }
    let large = format!("account={}", "x".repeat(100_000));
    let seen = site.post("/account", &large).await;
    assert!(seen.text.contains("could not be read"));
    for path in [
        "/documents/x/delete".into(),
        format!("/documents/{}/delete", id(5)),
    ] {
        let seen = site.post(&path, "").await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND);
        assert!(seen.text.contains("not in your list any more"));
    }
    assert_eq!(site.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn account_at_its_limit_is_listed_but_can_not_be_chosen() {
    let site = Site::open(content()).await;
    let page = site.get("/account").await.text;
    let full = page.split(&format!("value=\"{}\"", id(2))).nth(1).unwrap();
    let full = full.split("</button>").next().unwrap();
    assert!(full.contains("disabled") && full.contains("reached its limit"));
    let seen = site.post("/account", &format!("account={}", id(2))).await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert_eq!(site.calls(), Vec::<String>::new());

    let seen = site.post("/account", &format!("account={}", id(3))).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    let page = site.get("/").await.text;
    assert!(page.contains("charged to “Open” now"));
    assert!(page.contains("Active account: </span>Open"));
}

#[tokio::test]
async fn declined_change_says_why_and_changes_nothing() {
    let site = Site::open(content()).await;
    let seen = site
        .post(&path("account"), &format!("account={}", id(4)))
        .await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(
        seen.text
            .contains("12 points are left. Nothing was changed.")
    );
    let view = site.portal.view().await.unwrap();
    assert_eq!(
        view.documents[0].account_name.as_deref(),
        Some("Print Quota")
    );
}

#[tokio::test]
async fn change_of_account_reaches_new_documents_only_when_asked() {
    let site = Site::open(content()).await;
    let form = format!("account={}", id(3));
    site.post(&path("account"), &form).await;
    let active = |site: &Site| site.portal.content().active.unwrap().0;
    assert_eq!(active(&site), id(1));
    site.post(&path("account"), &format!("{form}&also_active=yes"))
        .await;
    assert_eq!(active(&site), id(3));
    let page = site.get("/").await.text;
    assert!(page.contains("15 points charged to “Open”."));
}

#[tokio::test]
async fn notification_leads_to_the_open_dialog_of_its_document() {
    let site = Site::open(content()).await;
    let page = site.get(&format!("/?document={}", id(11))).await.text;
    assert!(page.contains("aria-labelledby=\"dialog-title\" open"));
    assert!(page.contains("document ready wanted"));
    assert!(page.contains("id=\"also-active\" checked"));
    site.portal
        .change(|content| content.documents[0].row.state = DocumentState::Releasing);
    let page = site.get(&format!("/?document={}", id(11))).await.text;
    assert!(page.contains("can’t be changed any more"));
    assert!(!page.contains("aria-labelledby=\"dialog-title\" open"));
    let page = site.get("/?document=garbage").await.text;
    assert!(page.contains("not in your list any more"));
}

#[tokio::test]
async fn finishing_options_are_priced_anew_and_the_dialog_may_stay_open() {
    let site = Site::open(content()).await;
    let form = "copies=2&sides=two-sided-long-edge&colour=mono";
    let seen = site
        .post(&path("finishing"), &format!("{form}&stay=yes"))
        .await;
    assert_eq!(seen.location(), path("finishing"));
    // 2 × (14 × 0.75 + 1), the last odd page being a simplex sheet (R-11).
    assert!(
        site.get(&path("finishing"))
            .await
            .text
            .contains("23 points")
    );
    assert!(site.get("/").await.text.contains("27/50 points used"));
    let seen = site
        .post(&path("finishing"), "copies=99&sides=one-sided&colour=mono")
        .await;
    assert_eq!(seen.status, StatusCode::CONFLICT);
    assert!(seen.text.contains("value=\"99\""));
    assert!(seen.text.contains("46 points are left"));
}

#[tokio::test]
async fn release_goes_to_the_chosen_printer() {
    let site = Site::open(content()).await;
    let seen = site.post(&path("release"), "printer=lab").await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    assert_eq!(site.calls(), [format!("release {} lab", id(11))]);
    let page = site.get("/").await.text;
    assert!(page.contains("“essay.pdf” is on its way to lab."));
    assert!(page.contains("Printing"));
}

#[tokio::test]
async fn refusals_of_the_portal_are_shown_as_its_sentences() {
    let site = Site::open(content()).await;
    for (error, status) in [
        (PortalError::Refused("It is printing already.".into()), 409),
        (PortalError::Unavailable("The disk is full.".into()), 503),
        (PortalError::NotFound, 404),
    ] {
        site.portal
            .change(|content| content.fails = Some(error.clone()));
        for (what, form) in [("delete", ""), ("release", "printer=lab"), ("retry", "")] {
            let seen = site.post(&path(what), form).await;
            assert_eq!(seen.status.as_u16(), status, "{what}");
            assert!(seen.text.contains(&ENGLISH.portal_error(&error)), "{what}");
        }
    }
}

#[tokio::test]
async fn reason_is_told_beside_the_status_and_to_screen_readers() {
    let mut content = content();
    content.documents[0].row.state = DocumentState::Canceled;
    content.documents[0].row.reason = Some(Reason::Text("You have exceeded your limit.".into()));
    let site = Site::open(content).await;
    let page = site.get("/").await.text;
    assert!(page.contains("Canceled"));
    assert!(page.contains(&format!("aria-describedby=\"r-{}\"", id(11))));
    assert!(page.contains(&format!("id=\"r-{}\">You have exceeded", id(11))));
    assert!(page.contains("class=\"hint-text\" aria-hidden=\"true\">You have exceeded"));
}

#[tokio::test]
async fn receipt_explains_every_line_of_the_price() {
    let site = Site::open(content()).await;
    let page = site.get(&format!("/history/{}", id(11))).await.text;
    assert!(page.contains("A4, black and white, one side of the sheet"));
    assert!(page.contains("15 sides × 1 point"));
    assert!(site.get("/history").await.text.contains("Nothing here yet"));
}

#[tokio::test]
async fn two_hundred_documents_are_listed_with_their_sum() {
    let mut content = content();
    content.documents = (1..=200)
        .map(|number| {
            let mut sample = document(number, &format!("Page {number}"), 1, 0);
            sample.row.account = Some(content.accounts[2].0.id);
            sample
        })
        .collect();
    let site = Site::open(content).await;
    let page = site.get("/").await.text;
    assert!(page.contains("200 documents, 200 points in all"));
    assert_eq!(page.matches("<li class=\"document ready").count(), 200);
}

#[tokio::test]
async fn without_account_management_no_account_and_no_points_are_shown() {
    let mut content = content();
    content.accounts.clear();
    content.active = None;
    let site = Site::open(content).await;
    let page = site.get("/").await.text;
    assert!(page.contains("essay.pdf"));
    assert!(!page.contains("points"));
    assert!(!page.contains("id=\"active-account\""));
}

#[tokio::test]
async fn changes_are_streamed_until_the_session_is_revoked() {
    let site = Site::open(content()).await;
    let request = site.request("GET", "/events").body(Body::empty()).unwrap();
    let response = site.app.clone().oneshot(request).await.unwrap();
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "text/event-stream"
    );
    let mut events = response.into_body().into_data_stream();
    let mut next = async || {
        let event = tokio::time::timeout(Duration::from_secs(10), events.next());
        let event = event.await.expect("the stream says something in time");
        event.map(|bytes| String::from_utf8(bytes.unwrap().to_vec()).unwrap())
    };
    assert_eq!(next().await.unwrap(), "event: changed\ndata: 1\n\n");
    site.portal.change(|content| content.documents.clear());
    assert_eq!(next().await.unwrap(), "event: changed\ndata: 2\n\n");
    site.entrance.revoke_all();
    assert_eq!(next().await, None);
}

#[tokio::test]
async fn notice_waits_for_the_page_it_was_meant_for() {
    let site = Site::open(content()).await;
    site.post(&path("delete"), "").await;
    let refresh = site.request("GET", "/").header("x-platen-refresh", "1");
    let page = ask(&site.app, refresh.body(Body::empty()).unwrap()).await;
    assert!(!page.text.contains("Its points are back"));
    assert!(site.get("/").await.text.contains("Its points are back"));
}
