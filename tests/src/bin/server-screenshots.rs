//! Takes the README's pictures of the central server.
//!
//! `server-screenshots DIRECTORY` starts a server, lets people bring documents, and puts what is
//! then seen of portal, console and API page into DIRECTORY.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use platen_tests::documents::{grey, pdf};
use platen_tests::picture::Picture;
use platen_tests::{Chromium, ServerRig, View};

const DESK: View = View {
    width: 1280,
    height: 860,
    mobile: false,
    dark: false,
};
const TELEPHONE: View = View {
    width: 390,
    height: 780,
    mobile: true,
    dark: false,
};

#[tokio::main]
async fn main() -> Result<()> {
    let directory = std::env::args_os()
        .nth(1)
        .context("usage: server-screenshots DIRECTORY")?;
    let directory = PathBuf::from(directory);
    std::fs::create_dir_all(&directory)?;
    let rig = ServerRig::start("pictures")?;
    for (login, documents) in [
        (
            "alice",
            [("Lecture notes.pdf", 4), ("Thesis chapter 3.pdf", 15)],
        ),
        ("bob", [("Course reader.pdf", 12), ("Timetable.pdf", 1)]),
    ] {
        let person = rig.sign_in(login).await?;
        for (name, pages) in documents {
            person.upload(name, &grey(pages)).await?;
        }
        person
            .upload("Concert poster.pdf", &pdf(&[true; 2]))
            .await?;
    }
    portal(&rig, &directory).await?;
    console(&rig, &directory).await
}

async fn portal(rig: &ServerRig, directory: &Path) -> Result<()> {
    let browser = rig.browse("alice", "/", DESK).await?;
    browser.until_text("main", "Concert poster.pdf").await?;
    write(&browser, directory, "server-portal").await?;
    let browser = rig.browse("alice", "/", TELEPHONE).await?;
    browser.until_text("main", "Concert poster.pdf").await?;
    browser.click("#active-account").await?;
    browser.until_text("#dialog[open]", "Student Union").await?;
    write(&browser, directory, "server-portal-phone").await?;
    let mut laptop = rig.device("alice", "Alice’s laptop", 1).await?;
    let quota = rig.account("quota").await?;
    laptop.lease(&quota, 4, 1).await?;
    let called = laptop.lease(&quota, 2, 2).await?;
    let alice = rig.sign_in("alice").await?;
    alice
        .done(&format!("/devices/points/{called}/call-back"), &[])
        .await?;
    let browser = rig.browse("alice", "/devices", DESK).await?;
    browser.until_text("main", "Called back").await?;
    write(&browser, directory, "server-portal-devices").await
}

async fn console(rig: &ServerRig, directory: &Path) -> Result<()> {
    let dark = View { dark: true, ..DESK };
    for (view, path, wanted, name) in [
        (DESK, "/console/accounts", "Print Quota", "console-accounts"),
        (dark, "/console/rates", "Rates Card", "console-rates"),
        (DESK, "/console/users", "Bob Baker", "console-users"),
    ] {
        let browser = rig.browse("admin", path, view).await?;
        browser.until_text("body", wanted).await?;
        write(&browser, directory, name).await?;
    }
    // For everybody who has a program to write.
    let browser = rig.chromium(DESK).await?;
    browser.goto(&format!("{}/api", rig.url())).await?;
    browser.until_text("body", "activities").await?;
    write(&browser, directory, "api").await
}

async fn write(browser: &Chromium, directory: &Path, name: &str) -> Result<()> {
    let at_rest = "return Promise.all(document.getAnimations().map((one) => one.finished))";
    browser.run(at_rest, vec![]).await?;
    let picture = Picture::from_png(&browser.client.screenshot().await?)?;
    picture.write(&directory.join(format!("{name}.png")))
}
