//! What the portal of a server can do beyond that of one window: searching,
//! bringing files, taking deletions back, an app on a phone; and that all of it
//! is said in the visitor's language.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod site;

use std::fmt::Write as _;

use axum::body::Body;
use axum::http::{StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use platen_domain::{DocumentId, DocumentState};
use platen_web::{HistoryRow, PortalError, Trouble};
use site::sample::{Content, document, points};
use site::{Seen, Site, ask, content, id, path};

/// Fields of a form: names and values.
type Fields<'a> = &'a [(&'a str, &'a str)];
/// Files of a form: names and bytes.
type Files<'a> = &'a [(&'a str, &'a [u8])];

fn central() -> Content {
    Content {
        central: true,
        ..content()
    }
}

impl Site {
    async fn get_in(&self, language: &str, path: &str) -> Seen {
        let request = self.request("GET", path);
        let request = request.header(header::ACCEPT_LANGUAGE, language);
        ask(&self.app, request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form as a browser does that has files in it.
    async fn upload(&self, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Seen {
        let mut body = Vec::new();
        for (name, value) in fields {
            let part = format!(
                "--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
            body.extend_from_slice(part.as_bytes());
        }
        for (name, bytes) in files {
            let part = format!(
                "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
                 Content-Type: application/pdf\r\n\r\n"
            );
            body.extend_from_slice(part.as_bytes());
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--B--\r\n");
        let request = self
            .request("POST", "/upload")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=B");
        self.browse(request.body(Body::from(body)).unwrap()).await
    }

    fn uploads(&self) -> Vec<String> {
        let calls = self.calls().into_iter();
        calls.filter(|call| call.starts_with("upload")).collect()
    }
}

fn past(number: u128, name: &str, state: DocumentState, charged: i64) -> HistoryRow {
    let hours = i64::try_from(number).unwrap();
    HistoryRow {
        id: DocumentId(id(1000 + number)),
        name: name.into(),
        at: Timestamp::now() - SignedDuration::from_hours(hours),
        state,
        reason: None,
        account_name: Some("Open".into()),
        charged: Some(points(charged)),
        printer: None,
        has_receipt: false,
    }
}

fn with_history() -> Content {
    let mut content = content();
    content.history = (1..=60)
        .map(|number| {
            past(
                number,
                &format!("Reading {number:02}"),
                DocumentState::Printed,
                1,
            )
        })
        .collect();
    content
        .history
        .push(past(70, "Größe & <Maß>.pdf", DocumentState::Failed, 0));
    content
        .history
        .push(past(71, "dear.pdf", DocumentState::Printed, 99));
    content
}

fn names(page: &str) -> Vec<String> {
    let parts = page.split("class=\"document-name\"").skip(1);
    parts
        .map(|part| part.split(['>', '<']).nth(1).unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn history_is_searched_sorted_filtered_and_paged_by_its_address() {
    let site = Site::open(with_history()).await;
    let found = async |query: &str| names(&site.get(&format!("/history{query}")).await.text);
    assert_eq!(found("?search=reading+07").await, ["Reading 07"]);
    assert_eq!(found("?search=GR%C3%96SSE").await, Vec::<String>::new());
    assert_eq!(found("?search=gr%C3%B6%C3%9Fe").await.len(), 1);
    assert_eq!(found("?state=failed").await.len(), 1);
    assert_eq!(found("?sort=points").await[0], "dear.pdf");
    assert_eq!(found("?sort=oldest").await[0], "dear.pdf");
    assert_eq!(found("?sort=name").await[0], "dear.pdf");
    assert_eq!(found("?until=2001-01-01").await, Vec::<String>::new());
    assert_eq!(
        found(&format!("?account={}", id(1))).await,
        Vec::<String>::new()
    );
    assert_eq!(found(&format!("?account={}", id(3))).await.len(), 25);
    assert_eq!(found("").await.len(), 25);
    assert_eq!(found("?page=3").await.len(), 12);

    let second = site.get("/history?search=reading&page=2").await.text;
    assert!(second.contains("26–50 of 60"));
    assert!(second.contains("href=\"/history?search=reading&#38;page=3\""));
    assert!(second.contains("href=\"/history?search=reading\""));
    assert!(second.contains("value=\"reading\""));
    let nothing = site.get("/history?search=nowhere").await.text;
    assert!(nothing.contains("Nothing found") && nothing.contains("Show all"));
}

#[tokio::test]
async fn history_takes_any_address_for_something() {
    let site = Site::open(with_history()).await;
    for query in [
        "?page=0",
        "?page=-1",
        "?page=99999999999999999999",
        "?page=18446744073709551615",
        "?sort=x&state=held&since=yesterday&until=2026-13-45&account=7",
        "?search=%3Cscript%3E",
        "?unknown=1",
        &format!("?search={}", "x".repeat(5000)),
    ] {
        let seen = site.get(&format!("/history{query}")).await;
        assert_eq!(seen.status, StatusCode::OK, "{query}");
        assert!(!seen.text.contains("<script>"), "{query}");
    }
    // Twice the same name can't be read as one value.
    let seen = site.get("/history?page=1&page=2").await;
    assert_eq!(seen.status, StatusCode::BAD_REQUEST);
    assert!(seen.text.contains("</html>"));
}

#[tokio::test]
async fn several_files_are_taken_each_with_its_own_answer() {
    let site = Site::open(central()).await;
    let account = id(1).to_string();
    let fields = [
        ("account", account.as_str()),
        ("sides", "two-sided-long-edge"),
        ("colour", "mono"),
        ("copies", "1"),
    ];
    // Ten bytes are a page: 2 pages are 1.5 points, 400 are 300.
    let files: [(&str, &[u8]); 3] = [
        ("C:\\home\\good.pdf", &[b'x'; 20]),
        ("dear.pdf", &[b'x'; 4000]),
        ("short.pdf", b"x"),
    ];
    let seen = site.upload(&fields, &files).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("Ready: 1.5 points on “Print Quota”."));
    assert!(seen.text.contains(
        "Upload failed due to insufficient points. Please check your balance and try again."
    ));
    assert!(
        seen.text
            .contains("in a format whose pages can’t be counted")
    );
    assert_eq!(
        site.uploads(),
        [
            "upload good.pdf 20 bytes",
            "upload dear.pdf 4000 bytes",
            "upload short.pdf 1 bytes"
        ]
    );
    let page = site.get("/").await.text;
    for part in ["good.pdf", "dear.pdf", "Canceled", "account limit exceeded"] {
        assert!(page.contains(part), "{part}");
    }

    let seen = site.upload(&fields, &files[..1]).await;
    assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(
        site.get("/")
            .await
            .text
            .contains("good.pdf: Ready: 1.5 points")
    );
}

#[tokio::test]
async fn upload_of_nothing_too_much_or_nonsense_gets_a_sentence() {
    let site = Site::open(central()).await;
    let large = vec![b'x'; 5_000_001];
    let foreign = id(99).to_string();
    let file: (&str, &[u8]) = ("a.pdf", &[b'x'; 20]);
    let many = vec![("a.pdf", &[b'x'; 10][..]); 21];
    let unanswered: [(Fields, Files, &str); 7] = [
        (&[], &[], "choose at least one file"),
        (&[], &[("", b"")], "choose at least one file"),
        (&[("account", "x")], &[file], "choose one of your accounts"),
        (
            &[("account", &foreign)],
            &[file],
            "choose one of your accounts",
        ),
        (&[("copies", "0")], &[file], "whole number"),
        (&[("sides", "three")], &[file], "one-sided or two-sided"),
        (
            &[("account", &"x".repeat(300))],
            &[file],
            "could not be read",
        ),
    ];
    for (fields, files, sentence) in unanswered {
        let seen = site.upload(fields, files).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{sentence}");
        assert!(seen.text.contains(sentence), "{sentence}");
    }
    assert_eq!(site.uploads(), Vec::<String>::new());
    for (files, sentence) in [
        (&[("large.pdf", large.as_slice())], "is larger than 5 MB"),
        (&[("empty.pdf", b"" as &[u8])], "is empty"),
    ] {
        let seen = site.upload(&[], files).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(seen.text.contains(sentence), "{sentence}");
    }
    assert_eq!(site.uploads(), Vec::<String>::new());
    let seen = site.upload(&[], &many).await;
    assert!(seen.text.contains("at most 20 files"));
    assert_eq!(site.uploads().len(), 20);

    let request = site
        .request("POST", "/upload")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=B");
    let torn = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf";
    let seen = ask(&site.app, request.body(Body::from(torn)).unwrap()).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.text.contains("broke off"));
    let seen = site.post("/upload", "file=x").await;
    assert!(seen.text.contains("could not be read"));
}

#[tokio::test]
async fn where_nothing_is_taken_there_is_no_upload() {
    let site = Site::open(content()).await;
    assert!(!site.get("/").await.text.contains("/upload"));
    let seen = site.get("/upload").await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
    assert!(seen.text.contains("can’t be uploaded here"));
    let seen = site.upload(&[], &[("a.pdf", &[b'x'; 20])]).await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
    assert_eq!(site.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn deletion_is_taken_back_from_its_notice_or_the_history() {
    let site = Site::open(central()).await;
    // No question is asked where the answer can be taken back.
    let list = site.get("/").await.text;
    assert!(list.contains(&format!("method=\"post\" action=\"{}\"", path("delete"))));
    let seen = site.post(&path("delete"), "").await;
    assert_eq!(seen.location(), format!("/?deleted={}", id(11)));
    let page = site.get(seen.location()).await.text;
    assert!(page.contains("4/50 points used"));
    assert!(page.contains("action=\"/documents/undelete\"") && page.contains("Undo"));
    // The notice is there once; the history keeps the way back.
    assert!(!site.get(seen.location()).await.text.contains("Undo"));
    assert!(site.get("/history").await.text.contains("Undo"));

    let seen = site
        .post("/documents/undelete", &format!("document={}", id(11)))
        .await;
    assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/"));
    let page = site.get("/").await.text;
    assert!(page.contains("“essay.pdf”") && page.contains("back in your list"));
    assert!(page.contains("19/50 points used"));
    let again = site
        .post("/documents/undelete", &format!("document={}", id(11)))
        .await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn several_documents_are_deleted_at_once_and_come_back_at_once() {
    let mut content = central();
    let mut second = document(12, "second.pdf", 1, 0);
    second.row.account = content.active;
    content.documents.push(second);
    let both = format!("document={}&document={}", id(11), id(12));
    let site = Site::open(content.clone()).await;
    let seen = site.post("/documents/delete", &both).await;
    assert_eq!(seen.location(), format!("/?deleted={},{}", id(11), id(12)));
    assert!(
        site.get(seen.location())
            .await
            .text
            .contains("2 documents deleted.")
    );
    site.post("/documents/undelete", &both).await;
    assert_eq!(site.portal.content().documents.len(), 2);

    content.central = false;
    let site = Site::open(content).await;
    let seen = site.post("/documents/delete", &both).await;
    assert_eq!(seen.status, StatusCode::OK);
    assert!(seen.text.contains("Delete 2 documents?") && seen.text.contains("second.pdf"));
    assert_eq!(site.calls(), Vec::<String>::new());
    let seen = site
        .post("/documents/delete", &format!("{both}&sure=yes"))
        .await;
    assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/"));
    assert_eq!(site.calls().len(), 2);
    for form in ["", "document=x", &format!("document={}", id(99))] {
        let seen = site.post("/documents/delete", form).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{form}");
    }
}

#[tokio::test]
async fn what_arrives_is_there_to_be_told() {
    let mut content = central();
    content.documents[0].row.state = DocumentState::Canceled;
    let site = Site::open(content).await;
    let page = site.get("/history").await.text;
    let mark = page
        .split(&format!("id=\"arrived-{}\"", id(11)))
        .nth(1)
        .unwrap();
    let mark = mark.split("</a>").next().unwrap();
    assert!(mark.contains("data-title=\"Printing Declined\""), "{mark}");
    assert!(
        mark.contains(&format!("href=\"{}\"", path("account"))),
        "{mark}"
    );
    site.portal
        .change(|content| content.documents[0].row.state = DocumentState::Held);
    let page = site.get("/history").await.text;
    assert!(page.contains("data-title=\"Job Ready\""));
}

#[tokio::test]
async fn who_brings_too_much_at_once_is_told_to_wait() {
    let site = Site::open(central()).await;
    let error = PortalError::Trouble(Trouble::TooManyAtOnce);
    site.portal.change(|content| content.fails = Some(error));
    let seen = site.upload(&[], &[("a.pdf", &[b'x'; 20])]).await;
    assert_eq!(seen.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(
        seen.text.contains("Wait until one of them is here"),
        "{}",
        seen.text
    );
    assert_eq!(site.uploads(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_brought_or_taken_back_once_the_session_is_over() {
    let site = Site::open(central()).await;
    site.entrance.revoke_all();
    let seen = site.upload(&[], &[("a.pdf", &[b'x'; 20])]).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    let one = format!("document={}", id(11));
    for path in [
        "/documents/delete",
        "/documents/undelete",
        "/push",
        "/push/end",
    ] {
        let seen = site.post(path, &one).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(site.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn portal_is_an_app_that_says_when_it_is_offline() {
    let site = Site::open(central()).await;
    let page = site.get("/").await.text;
    assert!(page.contains("rel=\"manifest\""));
    let manifest = site.get_in("de", "/manifest.webmanifest").await;
    assert_eq!(
        manifest.headers[header::CONTENT_TYPE],
        "application/manifest+json"
    );
    let manifest: serde_json::Value = serde_json::from_str(&manifest.text).unwrap();
    assert_eq!(manifest["display"], "standalone");
    assert_eq!(manifest["lang"], "de");
    let icons = manifest["icons"].as_array().unwrap();
    assert!(icons.iter().any(|icon| icon["purpose"] == "maskable"));
    for icon in icons {
        let request = site.request("GET", icon["src"].as_str().unwrap());
        let request = request.body(Body::empty()).unwrap();
        let response = tower::ServiceExt::oneshot(site.app.clone(), request)
            .await
            .unwrap();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "image/png");
        let bytes = axum::body::to_bytes(response.into_body(), 100_000)
            .await
            .unwrap();
        // Width and height stand where every PNG has them.
        let side = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!(
            format!("{}x{}", side(16), side(20)),
            icon["sizes"].as_str().unwrap()
        );
    }
    let worker = site.get("/worker.js").await;
    assert!(
        worker.headers[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/javascript")
    );
    let offline = site.get_in("de", "/offline").await.text;
    assert!(offline.contains("Sie sind offline") && !offline.contains("essay"));
    // The window of one program is no app of its own.
    let site = Site::open(content()).await;
    assert!(!site.get("/").await.text.contains("manifest"));
    assert_eq!(
        site.get("/notifications").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn browsers_subscribe_with_what_a_browser_has() {
    const KEY: &str =
        "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
    let site = Site::open(central()).await;
    let endpoint = "https%3A%2F%2Fpush.example.net%2Fsend%2F1";
    let form = |endpoint: &str, key: &str, auth: &str| {
        format!("endpoint={endpoint}&p256dh={key}&auth={auth}")
    };
    let seen = site.post("/push", &form(endpoint, KEY, AUTH)).await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    let seen = site
        .post("/push/end", &format!("endpoint={endpoint}"))
        .await;
    assert_eq!(seen.status, StatusCode::SEE_OTHER);
    let calls = site.calls();
    let kept = "https://push.example.net/send/1";
    assert_eq!(
        calls,
        [format!("put_push {kept}"), format!("remove_push {kept}")]
    );
    for bad in [
        String::new(),
        form("http%3A%2F%2Fpush.example.net", KEY, AUTH),
        form("https%3A%2F%2F169.254.169.254%2F", KEY, AUTH),
        form(endpoint, AUTH, AUTH),
        form(endpoint, KEY, KEY),
        form(endpoint, "%21", AUTH),
    ] {
        let seen = site.post("/push", &bad).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        assert!(seen.text.contains("could not be read"), "{bad}");
    }
    assert_eq!(site.calls().len(), 2);
}

#[tokio::test]
async fn every_page_is_said_in_the_visitors_language() {
    let mut content = with_history();
    content.central = true;
    content.documents[0].row.state = DocumentState::Canceled;
    content.documents.push(document(12, "second.pdf", 2, 2));
    content.documents[1].row.account = content.active;
    let site = Site::open(content).await;
    for (path, german, english) in [
        ("/".to_owned(), "Ihre Dokumente", "Your documents"),
        ("/".to_owned(), "Punkte verbraucht", "points used"),
        ("/".to_owned(), "Abgebrochen", "Canceled"),
        ("/".to_owned(), "Bereit zur Freigabe", "Ready to release"),
        (
            "/account".to_owned(),
            "Dieses Konto hat sein Limit erreicht.",
            "reached its limit",
        ),
        (
            path("account"),
            "Wählen Sie das Konto",
            "Choose the account",
        ),
        (
            format!("/documents/{}/finishing", id(12)),
            "Exemplare",
            "Copies",
        ),
        (
            format!("/documents/{}/release", id(12)),
            "An einem Drucker freigeben",
            "Release to",
        ),
        (
            "/upload".to_owned(),
            "Dokumente hochladen",
            "Upload documents",
        ),
        ("/history".to_owned(), "Neueste zuerst", "Newest first"),
        (
            "/history?search=zzz".to_owned(),
            "Nichts gefunden",
            "Nothing found",
        ),
        (format!("/history/{}", id(12)), "Beleg", "Receipt"),
        (
            "/notifications".to_owned(),
            "Benachrichtigungen",
            "Notifications",
        ),
        ("/about".to_owned(), "Diagnose", "diagnostics"),
        (
            "/nowhere".to_owned(),
            "Diese Seite gibt es nicht.",
            "no such page",
        ),
        (
            "/documents/x/account".to_owned(),
            "nicht mehr in Ihrer Liste",
            "not in your list",
        ),
    ] {
        let page = site.get_in("de-AT,en;q=0.5", &path).await.text;
        assert!(page.contains("<html lang=\"de\">"), "{path}");
        assert!(page.contains(german), "{path}: no {german}");
        assert!(!page.contains(english), "{path}: {english}");
        let page = site.get_in("fr", &path).await.text;
        assert!(page.contains(english), "{path}: no {english}");
        assert!(!page.contains(german), "{path}: {german}");
    }
}

#[tokio::test]
async fn everything_that_the_list_loads_weighs_less_than_100_kilobytes() {
    let mut content = central();
    content.documents = (1..=12)
        .map(|number| {
            let mut sample = document(number, &format!("Lecture {number}.pdf"), 3, 2);
            sample.row.account = Some(content.accounts[2].0.id);
            sample
        })
        .collect();
    let site = Site::open(content).await;
    let page = site.get("/").await.text;
    let mut weight = page.len();
    let mut told = format!("page {weight}");
    let mut loaded: Vec<&str> = page
        .split(['"', '\''])
        .filter(|part| part.starts_with("/static/") && !part.ends_with(".png"))
        .collect();
    loaded.sort_unstable();
    loaded.dedup();
    assert!(loaded.len() >= 5, "{loaded:?}");
    for path in loaded {
        let size = site.get(path).await.text.len();
        weight += size;
        write!(told, ", {path} {size}").unwrap();
    }
    println!("{weight} bytes: {told}");
    assert!(weight < 100_000, "{weight} bytes: {told}");
}
