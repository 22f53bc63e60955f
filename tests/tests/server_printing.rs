//! A document's whole way through the server: brought in a browser, priced, released, printed by a
//! real print server behind the gate, and charged once, whatever goes down on the way.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use fantoccini::Locator;
use platen_lab::{Behaviour, Print, StageOptions, finish, wait_until};
use platen_tests::documents::pdf;
use platen_tests::rig::DEADLINE;
use platen_tests::{Chromium, ServerRig, ServerRigOptions, View};
use serde_json::json;

/// One printer is enough to print once.
const PRINTER: &str = "Office";

fn site(name: &str, options: ServerRigOptions) -> Result<ServerRig> {
    let stage = StageOptions {
        printers: vec![PRINTER.to_owned()],
        ..StageOptions::default()
    };
    let options = ServerRigOptions {
        printing: Some(stage),
        ..options
    };
    ServerRig::with(name, options)
}

/// Two grey pages and one in colour: 5 points.
fn thesis(rig: &ServerRig) -> Result<PathBuf> {
    let path = rig.path("thesis.pdf");
    std::fs::write(&path, pdf(&[false, true, false]))?;
    Ok(path)
}

/// Brings `file` through the page's dialog, and waits for its price.
async fn bring(browser: &Chromium, file: &Path) -> Result<()> {
    browser.click("#upload-open").await?;
    browser.until_text("#dialog", "Upload documents").await?;
    let field = browser.client.find(Locator::Css("#upload-file")).await?;
    field.send_keys(&file.display().to_string()).await?;
    browser.click("#upload-start").await?;
    browser
        .until_text("#upload-list", "Ready: 5 points on “Print Quota”.")
        .await?;
    browser.click("#upload-close").await?;
    browser.until_gone("#dialog[open]").await?;
    let row = browser
        .until_text("li.document", "Ready to release")
        .await?;
    ensure!(row.contains("5 points"), "no price in {row}");
    Ok(())
}

/// Releases the one document that waits.
async fn release(browser: &Chromium) -> Result<()> {
    // Notifications lie over the list until somebody has read them.
    let read = "document.querySelectorAll('.toast > .quiet').forEach((button) => button.click())";
    browser.run(read, vec![]).await?;
    browser.click("a[id^='l-']").await?;
    browser.until_text("#dialog[open]", PRINTER).await?;
    browser
        .click(&format!("#dialog button[value={PRINTER}]"))
        .await?;
    browser
        .until_text(
            "#notice",
            &format!("“thesis.pdf” is on its way to {PRINTER}."),
        )
        .await?;
    Ok(())
}

/// The page that is open now is the one that [`is_marked`] finds again.
async fn mark(browser: &Chromium) -> Result<()> {
    browser.run("window.mark = 1", vec![]).await.map(|_| ())
}

/// The page followed by itself: it was never loaded again.
async fn is_marked(browser: &Chromium) -> Result<()> {
    let mark = browser.run("return window.mark", vec![]).await?;
    ensure!(mark == json!(1), "the page was loaded again");
    Ok(())
}

fn prints(rig: &mut ServerRig) -> Result<Vec<Print>> {
    rig.stage()?.printer(PRINTER)?.prints()
}

/// The history and the receipt say that the newest document was printed for 5 points.
async fn says_printed(rig: &ServerRig, browser: &Chromium) -> Result<()> {
    browser.goto(&format!("{}/history", rig.url())).await?;
    let row = browser.until_text("li.document", "Printed").await?;
    for part in ["thesis.pdf", PRINTER, "Print Quota", "5 points"] {
        ensure!(row.contains(part), "no {part} in {row}");
    }
    browser.click("a[id^='r-']").await?;
    let receipt = browser.until_text("#dialog[open]", "Receipt").await?;
    for part in ["Total 5", "Charged 5 points", PRINTER, "Print Quota"] {
        ensure!(receipt.contains(part), "no {part} in {receipt}");
    }
    ensure!(!receipt.contains("Returned"), "{receipt}");
    Ok(())
}

/// Every print was charged once, and there is nothing but prints.
async fn charged(rig: &ServerRig, times: usize) -> Result<()> {
    let client = rig.sign_in("alice").await?;
    let page = client.get("/").await?.text;
    let balance = format!("{}/50 points used", times * 5);
    ensure!(page.contains(&balance), "no {balance} in {page}");
    let history = client.get("/history").await?.text;
    let printed = history.matches("id=\"h-").count();
    ensure!(printed == times, "{printed} documents in {history}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn document_is_brought_priced_released_printed_and_charged_once() -> Result<()> {
    let mut rig = site("paper", ServerRigOptions::default())?;
    let browser = rig.browse("alice", "/", View::default()).await?;
    mark(&browser).await?;
    bring(&browser, &thesis(&rig)?).await?;
    browser
        .until_text("#active-account", "5/50 points used")
        .await?;
    release(&browser).await?;
    browser
        .until_text("#toasts", "“thesis.pdf” was printed for 5 points.")
        .await?;
    browser
        .until_text("#active-account", "5/50 points used")
        .await?;
    is_marked(&browser).await?;
    let prints = prints(&mut rig)?;
    assert_eq!(prints.len(), 1, "{prints:?}");
    assert_eq!(prints[0].impressions, 3, "{prints:?}");
    assert_eq!(prints[0].name, "thesis.pdf");
    says_printed(&rig, &browser).await?;
    charged(&rig, 1).await?;

    // The same again at a printer that jams: the points come back, and the page says why.
    rig.stage()?.printer(PRINTER)?.behave(Behaviour {
        fail_after: Some(1),
        ..Behaviour::default()
    })?;
    browser.goto(&rig.url()).await?;
    bring(&browser, &thesis(&rig)?).await?;
    browser
        .until_text("#active-account", "10/50 points used")
        .await?;
    release(&browser).await?;
    let told = browser
        .until_text("#toasts", "Document Not Printed")
        .await?;
    ensure!(told.contains("“thesis.pdf” was not printed."), "{told}");
    browser
        .until_text("#active-account", "5/50 points used")
        .await?;
    Ok(())
}

/// Whether the printer waits instead of printing.
fn hold_up(rig: &mut ServerRig, waits: bool) -> Result<()> {
    rig.stage()?.printer(PRINTER)?.behave(Behaviour {
        waits,
        ..Behaviour::default()
    })
}

fn until_printing(rig: &mut ServerRig) -> Result<()> {
    let stage = rig.stage()?;
    wait_until("the printer to begin", DEADLINE, || {
        let mut ask = stage.cupsd().command("lpstat");
        finish(ask.args(["-p", PRINTER])).is_ok_and(|said| said.contains("now printing"))
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn server_killed_between_release_and_the_printers_end_prints_and_charges_once() -> Result<()>
{
    let mut rig = site("killed", ServerRigOptions::default())?;
    hold_up(&mut rig, true)?;
    let browser = rig.browse("alice", "/", View::default()).await?;
    mark(&browser).await?;
    let thesis = thesis(&rig)?;
    bring(&browser, &thesis).await?;

    // As soon as it was answered: wherever the work was, it goes on from there.
    release(&browser).await?;
    rig.server(0)?.process().kill9()?;
    browser
        .until_text("#lost", "Platen is not answering")
        .await?;
    rig.server(0)?.restart()?;
    until_printing(&mut rig)?;
    hold_up(&mut rig, false)?;
    let said = "“thesis.pdf” was printed for 5 points.";
    browser.until_text("#toasts", said).await?;
    is_marked(&browser).await?;
    assert_eq!(prints(&mut rig)?.len(), 1);

    // While it is being printed; the printer is done before the server is back.
    hold_up(&mut rig, true)?;
    bring(&browser, &thesis).await?;
    release(&browser).await?;
    until_printing(&mut rig)?;
    rig.server(0)?.process().kill9()?;
    hold_up(&mut rig, false)?;
    wait_until("the printer to be done", DEADLINE, || {
        prints(&mut rig).is_ok_and(|prints| prints.len() == 2)
    })?;
    rig.server(0)?.restart()?;
    browser.until_text("#toasts", said).await?;
    is_marked(&browser).await?;
    says_printed(&rig, &browser).await?;
    charged(&rig, 2).await?;
    assert_eq!(prints(&mut rig)?.len(), 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn document_brought_at_one_server_is_released_at_the_other() -> Result<()> {
    let options = ServerRigOptions {
        servers: 2,
        postgres: true,
        ..ServerRigOptions::default()
    };
    let mut rig = site("two", options)?;
    let first = rig.browse_at(0, "alice", "/", View::default()).await?;
    let second = rig.browse_at(1, "alice", "/", View::default()).await?;
    mark(&first).await?;
    mark(&second).await?;
    bring(&first, &thesis(&rig)?).await?;
    second.until_text("#toasts", "Job Ready").await?;
    release(&second).await?;
    for browser in [&first, &second] {
        browser
            .until_text("#toasts", "“thesis.pdf” was printed for 5 points.")
            .await?;
        browser
            .until_text("#active-account", "5/50 points used")
            .await?;
        is_marked(browser).await?;
    }
    says_printed(&rig, &first).await?;
    charged(&rig, 1).await?;
    assert_eq!(prints(&mut rig)?.len(), 1);
    Ok(())
}
