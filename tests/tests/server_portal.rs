//! The server's portal in a real browser: files brought and taken back, the
//! history searched, a phone, both languages, and what axe-core finds.

use std::path::PathBuf;

use anyhow::{Context, Result};
use fantoccini::Locator;
use fantoccini::key::Key;
use platen_tests::documents::grey;
use platen_tests::media::Wish;
use platen_tests::{Chromium, ServerRig, View, WebClient, WebPage, faults};
use reqwest::Method;
use serde_json::json;

const PHONE: View = View {
    width: 390,
    height: 844,
    mobile: true,
    dark: false,
};

/// A PDF of so many grey pages, each one point.
fn file(rig: &ServerRig, name: &str, pages: usize) -> Result<PathBuf> {
    let path = rig.path(name);
    std::fs::write(&path, grey(pages))?;
    Ok(path)
}

/// Sends files as a form without a script does.
async fn upload(client: &WebClient, files: &[(&str, Vec<u8>)]) -> Result<WebPage> {
    let mut body =
        b"--B\r\nContent-Disposition: form-data; name=\"sides\"\r\n\r\none-sided\r\n".to_vec();
    for (name, bytes) in files {
        let head = format!(
            "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/pdf\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--B--\r\n");
    let request = client
        .request(Method::POST, "/upload")
        .header("content-type", "multipart/form-data; boundary=B")
        .body(body);
    client.send(request).await
}

async fn choose(browser: &Chromium, files: &[PathBuf]) -> Result<()> {
    let names: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let field = browser.client.find(Locator::Css("#upload-file")).await?;
    Ok(field.send_keys(&names.join("\n")).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_sent_with_progress_judged_one_by_one_and_taken_back() -> Result<()> {
    let rig = ServerRig::start("bring")?;
    let browser = rig.browse("alice", "/", View::default()).await?;
    browser
        .until_text("#active-account", "0/50 points used")
        .await?;
    browser.click("#upload-open").await?;
    browser.until_text("#dialog", "Upload documents").await?;
    let broken = rig.path("broken.pdf");
    std::fs::write(&broken, b"%PDF-1.7\nnothing that follows is a document")?;
    let files = [
        file(&rig, "reader.pdf", 3)?,
        file(&rig, "thesis.pdf", 60)?,
        broken,
    ];
    choose(&browser, &files).await?;
    browser.until_text("#upload-list", "thesis.pdf").await?;
    // What each file's line said on the way.
    let watch = "window.said = [];
        const watch = () => document.querySelectorAll('.upload-state')
          .forEach((state) => said.includes(state.textContent) || said.push(state.textContent));
        new MutationObserver(watch).observe(document.getElementById('upload-list'),
          { childList: true, subtree: true, characterData: true });";
    browser.run(watch, vec![]).await?;
    browser.click("#upload-start").await?;
    let list = browser
        .until_text("#upload-list", "insufficient points")
        .await?;
    assert!(list.contains("Ready: 3 points on “Print Quota”."), "{list}");
    assert!(
        list.contains(
            "Upload failed due to insufficient points. Please check your balance and try again."
        ),
        "{list}"
    );
    browser
        .until_text("#upload-list li:last-child", "its price is not known")
        .await?;
    let said = browser.run("return said", vec![]).await?;
    let said = said.as_array().context("no list")?.clone();
    assert!(said.contains(&json!("Counting pages")), "{said:?}");

    // The list followed meanwhile, and the refusal was told.
    browser.click("#upload-close").await?;
    browser.until_text("#toasts", "Printing Declined").await?;
    browser
        .until_text("#active-account", "3/50 points used")
        .await?;
    // The last of them comes last into the list.
    let documents = browser.until_text("#content", "broken.pdf").await?;
    for part in [
        "reader.pdf",
        "thesis.pdf",
        "Canceled",
        "broken.pdf",
        "Needs attention",
    ] {
        assert!(documents.contains(part), "no {part} in {documents}");
    }

    // They lie over the list until somebody has read them.
    let read = "document.querySelectorAll('.toast > .quiet').forEach((button) => button.click())";
    browser.run(read, vec![]).await?;
    let find = "return [...document.querySelectorAll('li.document')]
        .find((row) => row.textContent.includes('reader.pdf'))
        .querySelector('button[id^=x-]').id";
    let delete = browser.run(find, vec![]).await?;
    let delete = delete.as_str().context("no button to delete with")?;
    browser.click(&format!("#{delete}")).await?;
    browser
        .until_text("#active-account", "0/50 points used")
        .await?;
    browser.until_text("#notice", "Undo").await?;
    let focus = browser
        .run("return document.activeElement.id", vec![])
        .await?;
    assert_eq!(focus, json!("undo"));
    browser.press(&Key::Enter.to_string()).await?;
    browser
        .until_text("#active-account", "3/50 points used")
        .await?;
    browser
        .until_text("#notice", "“reader.pdf” is back in your list.")
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn open_page_follows_and_tells_what_another_device_does() -> Result<()> {
    let rig = ServerRig::start("follow")?;
    let browser = rig.browse("alice", "/", View::default()).await?;
    browser.until_text("#content", "Nothing is waiting").await?;
    browser.run("window.mark = 1", vec![]).await?;
    let phone = rig.sign_in("alice").await?;
    let sent = upload(&phone, &[("from the phone.pdf", grey(2))]).await?;
    assert_eq!(sent.status, 303, "{}", sent.text);
    browser.until_text("#content", "from the phone.pdf").await?;
    browser.until_text("#toasts", "Job Ready").await?;
    browser
        .until_text("#active-account", "2/50 points used")
        .await?;
    // Somebody else's page shows none of it.
    let other = rig.sign_in("carol").await?;
    assert!(!other.get("/").await?.text.contains("from the phone"));
    assert_eq!(browser.run("return window.mark", vec![]).await?, json!(1));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn points_are_called_back_by_keyboard_and_an_open_page_follows() -> Result<()> {
    let rig = ServerRig::start("devices")?;
    let browser = rig.browse("alice", "/devices", View::default()).await?;
    browser.until_text("#content", "No devices").await?;
    let mut laptop = rig.device("alice", "Alice’s laptop", 1).await?;
    let quota = rig.account("quota").await?;
    let lease = laptop.lease(&quota, 12, 1).await?;
    browser.until_text("#content", "12 points left").await?;
    browser.until_text("#content", "Signed in").await?;
    let phone = rig.browse("alice", "/account", PHONE).await?;
    phone
        .until_text("main", "12 points set aside on 1 device")
        .await?;
    phone.goto(&format!("{}/devices", rig.url())).await?;
    let focus = format!("document.getElementById('c-{lease}').focus()");
    browser.run(&focus, vec![]).await?;
    browser.press(&Key::Enter.to_string()).await?;
    browser
        .until_text("#dialog[open] h1", "Call these points back?")
        .await?;
    // What can be done without harm has the focus; the deed is one step on.
    browser.press(&Key::Tab.to_string()).await?;
    browser.press(&Key::Enter.to_string()).await?;
    browser.until_text("#notice", "are called back").await?;
    phone.until_text("#content", "Called back").await?;
    browser.click("a[id^='o-']").await?;
    browser.click("#dialog .danger").await?;
    browser
        .until_text("#content", "You are not signed in on any computer.")
        .await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_searched_while_typing_and_without_a_script() -> Result<()> {
    let rig = ServerRig::start("search")?;
    let client = rig.sign_in("alice").await?;
    let names = ["Notes on light.pdf", "Notes on sound.pdf", "Größe.pdf"];
    for name in names {
        upload(&client, &[(name, grey(1))]).await?;
    }
    let list = client.get("/").await?.text;
    let ids: Vec<&str> = list
        .split("action=\"/documents/")
        .filter_map(|part| part.split_once("/delete\"").map(|(id, _)| id))
        .filter(|id| id.len() == 36)
        .collect();
    assert_eq!(ids.len(), 3, "{list}");
    for id in &ids {
        client.done(&format!("/documents/{id}/delete"), &[]).await?;
    }
    let found = client.get("/history?search=notes&sort=name").await?.text;
    assert!(
        found.contains("Notes on light") && !found.contains("Größe"),
        "{found}"
    );
    let light = found.find("Notes on light").context("light")?;
    assert!(light < found.find("Notes on sound").context("sound")?);

    let browser = rig.browse("alice", "/history", View::default()).await?;
    browser.until_text("#results", "Größe.pdf").await?;
    browser.write("#search", "sound").await?;
    browser
        .until("#results", "the one that fits", |text| {
            text.contains("Notes on sound") && !text.contains("Größe")
        })
        .await?;
    let address = browser.client.current_url().await?;
    assert_eq!(address.query(), Some("search=sound"));
    let typed = "return [document.activeElement.id, document.activeElement.value]";
    assert_eq!(
        browser.run(typed, vec![]).await?,
        json!(["search", "sound"])
    );
    browser.write("#search", "nowhere to be found").await?;
    browser.until_text("#results", "Nothing found").await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn portal_is_an_app_on_a_phone() -> Result<()> {
    let rig = ServerRig::start("phone")?;
    let browser = rig.browse("alice", "/", PHONE).await?;
    browser.until_text("#active-account", "Print Quota").await?;
    browser.click("#active-account").await?;
    browser
        .until_text("#dialog h1", "Set Active Account to")
        .await?;
    browser.press(&Key::Escape.to_string()).await?;
    browser.until_gone("#dialog[open]").await?;
    let worker =
        "return navigator.serviceWorker.ready.then((ready) => new URL(ready.scope).pathname)";
    assert_eq!(browser.run(worker, vec![]).await?, json!("/"));
    let manifest = "return fetch(document.querySelector('link[rel=manifest]').href)
        .then((answer) => answer.json()).then((manifest) => [manifest.display, manifest.start_url])";
    assert_eq!(
        browser.run(manifest, vec![]).await?,
        json!(["standalone", "/"])
    );
    // Nothing of a person is kept on the phone.
    let kept = "return caches.keys().then((names) => Promise.all(names.map((name) =>
        caches.open(name).then((shelf) => shelf.keys()))))
        .then((all) => all.flat().map((one) => new URL(one.url).pathname).sort())";
    assert_eq!(
        browser.run(kept, vec![]).await?,
        json!(["/offline", "/static/base.css", "/static/icon.svg"])
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_said_in_german_to_those_who_ask_for_it() -> Result<()> {
    let rig = ServerRig::start("german")?;
    let client = rig.sign_in("alice").await?;
    upload(&client, &[("dear.pdf", grey(60))]).await?;
    let german = async |path: &str| -> Result<String> {
        let request = client.request(Method::GET, path);
        let page = client.send(request.header("accept-language", "de")).await?;
        assert!(page.text.contains("<html lang=\"de\">"), "{path}");
        Ok(page.text)
    };
    let page = german("/").await?;
    for part in [
        "0/50 Punkte verbraucht",
        "Abgebrochen",
        "Druck abgelehnt",
        "braucht 60 Punkte",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    assert!(german("/history").await?.contains("Hier ist noch nichts"));
    assert!(german("/upload").await?.contains("Dokumente hochladen"));
    assert!(
        german("/nowhere")
            .await?
            .contains("Diese Seite gibt es nicht.")
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_wrong_on_any_page_or_dialog() -> Result<()> {
    let rig = ServerRig::start("axe")?;
    let client = rig.sign_in("alice").await?;
    let broken = b"%PDF-1.7\nnothing".to_vec();
    let files = [
        ("a.pdf", grey(2)),
        ("dear.pdf", grey(60)),
        ("broken.pdf", broken),
    ];
    upload(&client, &files).await?;
    upload(&client, &[("gone.pdf", grey(1))]).await?;
    let list = client.get("/").await?.text;
    let id = list.split_once("id=\"x-").map(|(_, rest)| &rest[..36]);
    let id = id.context("no document to delete")?;
    client.done(&format!("/documents/{id}/delete"), &[]).await?;
    let mut laptop = rig.device("alice", "Alice’s laptop", 1).await?;
    let quota = rig.account("quota").await?;
    laptop.lease(&quota, 8, 1).await?;
    let called = laptop.lease(&quota, 4, 2).await?;
    client
        .done(&format!("/devices/points/{called}/call-back"), &[])
        .await?;
    for view in [View::default(), PHONE] {
        let browser = rig.browse("alice", "/", view).await?;
        browser.until_text("#content", "broken.pdf").await?;
        let here = view.width;
        faults::none(&browser, &format!("documents {here}")).await?;
        for opener in [
            "#active-account",
            "a[id^='a-']",
            "a[id^='f-']",
            "a[id^='p-']",
            "a[id^='l-']",
            "#upload-open",
            "#open-notifications",
        ] {
            browser.run("scrollTo(0, 0)", vec![]).await?;
            browser.click(opener).await?;
            browser.until_text("#dialog[open]", " ").await?;
            faults::none(&browser, &format!("{opener} {here}")).await?;
            browser.click("#dialog [data-close-dialog]").await?;
            browser.until_gone("#dialog[open]").await?;
        }
        for opener in ["a[id^='c-']", "a[id^='o-']"] {
            browser.goto(&format!("{}/devices", rig.url())).await?;
            browser.until_text("#content", "Called back").await?;
            faults::none(&browser, &format!("devices {here}")).await?;
            browser.click(opener).await?;
            browser.until_text("#dialog[open]", " ").await?;
            faults::none(&browser, &format!("{opener} {here}")).await?;
        }
        for path in [
            "/history",
            "/history?search=nothing",
            "/upload",
            "/about",
            "/offline",
            "/nowhere",
        ] {
            browser.goto(&format!("{}{path}", rig.url())).await?;
            faults::none(&browser, &format!("{path} {here}")).await?;
        }
    }
    Ok(())
}

/// Everything that moves or would, of what is seen.
const MOVING: &str = "
    const styles = [...document.querySelectorAll('*')].flatMap((one) =>
      [null, '::before', '::after'].map((part) => [one, getComputedStyle(one, part)]));
    const moves = (style) => parseFloat(style.transitionDuration) > 0
      || (style.animationName !== 'none' && parseFloat(style.animationDuration) > 0)
      || style.scrollBehavior === 'smooth';
    return [document.getAnimations().length,
      ...styles.filter(([, style]) => moves(style)).map(([one]) => one.outerHTML.slice(0, 100))]";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_for_whom_it_makes_ill_and_colour_is_nobodys_only_sign() -> Result<()> {
    let rig = ServerRig::start("calm")?;
    let client = rig.sign_in("alice").await?;
    upload(&client, &[("a.pdf", grey(2)), ("dear.pdf", grey(60))]).await?;
    let browser = rig.browse("alice", "/", View::default()).await?;
    browser.until_text("#content", "dear.pdf").await?;
    let moving = browser.run(MOVING, vec![]).await?;
    assert_ne!(moving, json!([0]), "it would be noticed");
    browser.wish(&[Wish::ReducedMotion]).await?;
    for opener in ["#active-account", "a[id^='l-']", "#upload-open"] {
        browser.click(opener).await?;
        browser.until_text("#dialog[open]", " ").await?;
        assert_eq!(browser.run(MOVING, vec![]).await?, json!([0]), "{opener}");
        browser.click("#dialog [data-close-dialog]").await?;
        browser.until_gone("#dialog[open]").await?;
    }
    // What is told by a ground of its own has an edge where all grounds are one.
    browser.wish(&[Wish::ForcedColours]).await?;
    let edges =
        "return [...document.querySelectorAll('.status, .chip, .document, .button.primary')]
        .filter((one) => one.checkVisibility()
          && parseFloat(getComputedStyle(one).borderTopWidth) === 0)
        .map((one) => one.outerHTML.slice(0, 100))";
    assert_eq!(browser.run(edges, vec![]).await?, json!([]));
    Ok(())
}
