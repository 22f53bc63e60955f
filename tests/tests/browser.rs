//! The portal in a real browser: what is seen, clicked and typed.

use anyhow::{Context, Result};
use fantoccini::key::Key;
use platen_lab::finish;
use platen_tests::documents::{grey, pdf};
use platen_tests::{Chromium, Rig, View};
use serde_json::json;

/// A single-use link to the portal.
fn link(rig: &Rig) -> Result<String> {
    let link = finish(&mut rig.seat.platen(&["open", "--print-link"]))?;
    Ok(link.trim().to_owned())
}

async fn enter(rig: &Rig, view: View) -> Result<Chromium> {
    let browser = Chromium::open(&rig.path("browser"), view).await?;
    browser.goto(&link(rig)?).await?;
    Ok(browser)
}

/// Prints grey pages and waits for the verdict. Returns the document's id.
fn printed(rig: &Rig, name: &str, pages: usize) -> Result<String> {
    rig.print(name, &grey(pages), &[])?;
    let status = rig.until_state(name, "held")?;
    Ok(status.document(name)?.id.clone())
}

fn choice(rig: &Rig, account: &str) -> Result<String> {
    let status = rig.status()?;
    let id = status.account_id(account)?;
    Ok(format!("#dialog button[name=account][value='{id}']"))
}

#[tokio::test(flavor = "multi_thread")]
async fn page_follows_what_happens_and_accounts_are_changed_in_dialogs() -> Result<()> {
    let rig = Rig::start("follow")?;
    let browser = enter(&rig, View::default()).await?;
    browser
        .until_text("#active-account", "0/50 points used")
        .await?;
    let place =
        "const box = (selector) => document.querySelector(selector).getBoundingClientRect();
                 const account = box('#active-account'), page = box('.page-head');
                 return account.left > innerWidth / 2 && account.right >= page.right - 1
                   && account.bottom <= page.top";
    let top_right = browser.run(place, vec![]).await?;
    assert_eq!(top_right, json!(true), "not top right");

    // Nobody loads the page again.
    browser.run("window.mark = 1", vec![]).await?;
    let first = printed(&rig, "first.pdf", 3)?;
    let second = printed(&rig, "second.pdf", 4)?;
    let row = browser
        .until_text(&format!("#d-{first}"), "3 points")
        .await?;
    assert!(row.contains("first.pdf") && row.contains("Ready"), "{row}");
    browser
        .until_text(&format!("#d-{second}"), "4 points")
        .await?;
    browser
        .until_text("#active-account", "7/50 points used")
        .await?;

    browser.click("#active-account").await?;
    browser.click(&choice(&rig, "Student Union")?).await?;
    browser
        .until_text("#active-account", "Student Union")
        .await?;
    browser.until_gone("#dialog[open]").await?;
    browser.until_text("#notice", "Student Union").await?;
    rig.until("the account to be switched", |status| {
        status.active_account.as_deref() == Some("Student Union")
    })?;
    // What was submitted before stays where it is.
    let row = browser.text(&format!("#d-{first}")).await?;
    assert!(row.contains("Print Quota"), "{row}");

    browser.click(&format!("#a-{second}")).await?;
    browser.click(&choice(&rig, "Student Union")?).await?;
    browser
        .until_text(&format!("#d-{second}"), "Student Union")
        .await?;
    browser
        .until_text("#active-account", "4/20 points used")
        .await?;
    let status = rig.status()?;
    assert_eq!(status.balance("Print Quota"), Some("3/50 points used"));
    assert_eq!(
        status.document("second.pdf")?.account.as_deref(),
        Some("Student Union")
    );
    assert_eq!(
        browser.run("return window.mark", vec![]).await?,
        json!(1),
        "the page was loaded again"
    );
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn document_is_priced_again_at_once_then_printed_and_has_a_receipt() -> Result<()> {
    let rig = Rig::start("reprice")?;
    let unwanted = printed(&rig, "unwanted.pdf", 9)?;
    rig.print("thesis.pdf", &pdf(&[false, true, false]), &[])?;
    let status = rig.until_state("thesis.pdf", "held")?;
    let thesis = status.document("thesis.pdf")?.id.clone();
    let browser = enter(&rig, View::default()).await?;
    let points = format!("#d-{thesis} .document-points");
    browser.until_text(&points, "5 points").await?;

    // Two sides of one sheet, one of them in colour, and one alone: 0.75 + 2.5 + 1.
    browser.click(&format!("#f-{thesis}")).await?;
    browser
        .click("label:has(#sides-two-sided-long-edge)")
        .await?;
    browser.until_text("#price", "4.25 points").await?;
    browser.write("#copies", "2").await?;
    browser.until_text("#price", "8.5 points").await?;
    browser.click("#finishing-done").await?;
    browser.until_text(&points, "8.5 points").await?;
    rig.until("the new price in the ledger", |status| {
        status
            .document("thesis.pdf")
            .is_ok_and(|one| one.points.as_deref() == Some("8.5"))
    })?;

    browser.click(&format!("#x-{unwanted}")).await?;
    browser.click("#dialog button.danger").await?;
    browser.until_gone(&format!("#d-{unwanted}")).await?;
    browser
        .until_text("#active-account", "8.5/50 points used")
        .await?;

    browser.click(&format!("#l-{thesis}")).await?;
    browser
        .click("#dialog button[name=printer][value=Office]")
        .await?;
    browser.until_gone(&format!("#d-{thesis}")).await?;
    let status = rig.until_state("thesis.pdf", "printed")?;
    assert_eq!(
        status.document("thesis.pdf")?.charged.as_deref(),
        Some("8.5")
    );
    assert_eq!(rig.stage.printer("Office")?.prints()?.len(), 1);

    browser.click("nav a[href='/history']").await?;
    let entry = browser
        .until_text(&format!("#h-{thesis}"), "8.5 points")
        .await?;
    assert!(
        entry.contains("Printed") && entry.contains("Office"),
        "{entry}"
    );
    let entry = browser
        .until_text(&format!("#h-{unwanted}"), "Deleted")
        .await?;
    assert!(!entry.contains("9 points"), "{entry}");
    browser.click(&format!("#r-{thesis}")).await?;
    let receipt = browser.until_text("#dialog", "Total").await?;
    for part in ["thesis.pdf", "8.5", "Office"] {
        assert!(receipt.contains(part), "no {part} in {receipt}");
    }
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn link_is_good_once_and_for_one_browser() -> Result<()> {
    let rig = Rig::start("once")?;
    let link = link(&rig)?;
    let browser = Chromium::open(&rig.path("browser"), View::default()).await?;
    browser.goto(&link).await?;
    browser.until_text("#active-account", "Print Quota").await?;
    let stranger = Chromium::open(&rig.path("stranger"), View::default()).await?;
    stranger.goto(&link).await?;
    let said = stranger.until_text("main", "link").await?;
    assert!(!said.contains("Print Quota"), "{said}");
    assert_eq!(stranger.text("#active-account").await?, "");
    let portal = browser.client.current_url().await?;
    stranger.goto(portal.as_str()).await?;
    assert_eq!(stranger.text("#active-account").await?, "");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_wider_than_a_telephone() -> Result<()> {
    let rig = Rig::start("narrow")?;
    let name = "a very long name of a document that nobody would ever type by hand.pdf";
    let held = printed(&rig, name, 3)?;
    let gone = printed(&rig, "gone.pdf", 1)?;
    rig.portal(None)
        .await?
        .done(
            &format!("/documents/{gone}/release"),
            &[("printer", "Library")],
        )
        .await?;
    rig.until_state("gone.pdf", "printed")?;
    let view = View {
        width: 390,
        height: 844,
        mobile: true,
        dark: false,
    };
    let browser = enter(&rig, view).await?;
    browser
        .until_text(&format!("#d-{held}"), "3 points")
        .await?;
    fits(&browser, "the documents").await?;
    for opener in ["#active-account".to_owned()]
        .into_iter()
        .chain(["a", "f", "l", "x"].map(|kind| format!("#{kind}-{held}")))
    {
        browser.click(&opener).await?;
        browser.until_text("#dialog[open]", " ").await?;
        fits(&browser, &opener).await?;
        browser.press(&Key::Escape.to_string()).await?;
        browser.until_gone("#dialog[open]").await?;
    }
    browser.click("nav a[href='/history']").await?;
    browser.click(&format!("#r-{gone}")).await?;
    browser.until_text("#dialog[open]", "Total").await?;
    fits(&browser, "the receipt").await
}

async fn fits(browser: &Chromium, what: &str) -> Result<()> {
    let script = "const over = [document.documentElement, document.getElementById('dialog')]
                    .filter((part) => part.scrollWidth > part.clientWidth);
                  return [innerWidth, over.map((part) => part.nodeName)]";
    let seen = browser.run(script, vec![]).await?;
    assert_eq!(seen, json!([390, []]), "{what}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn account_is_switched_with_the_keyboard_alone() -> Result<()> {
    let rig = Rig::start("keys")?;
    let browser = enter(&rig, View::default()).await?;
    browser.until_text("#active-account", "Print Quota").await?;
    tab_to(&browser, "#active-account").await?;
    browser.press(&Key::Enter.to_string()).await?;
    browser.until_text("#dialog[open]", "Student Union").await?;
    let wanted = choice(&rig, "Student Union")?;
    tab_to(&browser, &wanted).await?;
    browser.press(&Key::Enter.to_string()).await?;
    browser
        .until_text("#active-account", "Student Union")
        .await?;
    browser.until_gone("#dialog[open]").await?;
    // Whoever does not see finds himself where he was.
    let back = "return document.activeElement.id";
    assert_eq!(browser.run(back, vec![]).await?, json!("active-account"));
    rig.until("the account to be switched", |status| {
        status.active_account.as_deref() == Some("Student Union")
    })?;
    Ok(())
}

/// Presses Tab until the focus is on what `selector` finds.
async fn tab_to(browser: &Chromium, selector: &str) -> Result<()> {
    /// More than any page here has places.
    const MOST: usize = 30;
    for _ in 0..MOST {
        let script = "return document.activeElement.matches(arguments[0])";
        if browser.run(script, vec![json!(selector)]).await? == json!(true) {
            return Ok(());
        }
        browser.press(&Key::Tab.to_string()).await?;
    }
    None.with_context(|| format!("Tab does not lead to {selector}"))
}
