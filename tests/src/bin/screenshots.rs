//! Takes the pictures of the README from the running program.
//!
//! `screenshots DIRECTORY` prints documents on a site of its own and puts what is
//! then seen into DIRECTORY: the three notifications, the tray menu, the portal
//! in its own window and on a telephone, a receipt, and both in German.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use fantoccini::Locator;
use platen_lab::{Notification, SeatOptions, StageOptions, finish, wait_for, wait_until};
use platen_tests::documents::{grey, pdf};
use platen_tests::picture::{Part, Picture};
use platen_tests::rig::DEADLINE;
use platen_tests::{Chromium, Rig, RigOptions, View};

/// What is painted is at rest when it is the same for so long.
const REST: Duration = Duration::from_millis(700);
/// Fits below the panel of the virtual desktop.
const WINDOW: [&str; 2] = ["1060", "700"];
/// The panel's height. Units: pixels.
const PANEL: usize = 34;
/// A window's title bar, generously. Units: pixels.
const TITLE_BAR: usize = 40;
const DARK: &str = "[Settings]\ngtk-application-prefer-dark-theme=1\n";

#[tokio::main]
async fn main() -> Result<()> {
    let directory = std::env::args_os()
        .nth(1)
        .context("usage: screenshots DIRECTORY")?;
    let directory = PathBuf::from(directory);
    std::fs::create_dir_all(&directory)?;
    let options = RigOptions {
        stage: StageOptions::default(),
        seat: SeatOptions {
            provider: true,
            ..SeatOptions::default()
        },
    };
    let rig = Rig::without_client("pictures", options)?;
    let mut studio = Studio { rig, directory };
    let icon = studio.icon()?;
    studio.rig.seat.sign_in(&studio.rig.stage, "bob")?;
    studio
        .rig
        .until("Bob to be signed in", |status| status.person.is_some())?;
    studio.print_something().await?;
    studio.notifications()?;
    studio.menu(icon)?;
    studio.window("portal-light.png")?;
    studio.browser().await?;
    studio.dark()?;
    studio.german()
}

struct Studio {
    rig: Rig,
    directory: PathBuf,
}

impl Studio {
    /// Starts the client and sees where its icon comes up in the panel.
    fn icon(&mut self) -> Result<Part> {
        let before = self.at_rest()?;
        self.rig.seat.start_client()?;
        self.rig.stage.trust(&self.rig.seat)?;
        wait_until("the icon in the panel", DEADLINE, || {
            self.rig.in_panel().is_ok_and(|seen| seen)
        })?;
        wait_for("the icon on the screen", DEADLINE, || {
            Ok(before.difference(&self.at_rest()?))
        })
    }

    /// Some past, so that there are balances and receipts.
    async fn print_something(&self) -> Result<()> {
        self.use_account("Research Grant")?;
        let report = pdf(&[false, false, true, false, true]);
        let two_sided = ["-n", "2", "-o", "sides=two-sided-long-edge"];
        self.rig.print("Field report.pdf", &report, &two_sided)?;
        self.release("Field report.pdf", "Office").await?;
        self.use_account("Print Quota")?;
        self.rig.print("Lecture notes.pdf", &grey(4), &[])?;
        self.release("Lecture notes.pdf", "Library").await
    }

    async fn release(&self, name: &str, printer: &str) -> Result<()> {
        let status = self.rig.until_state(name, "held")?;
        let path = format!("/documents/{}/release", status.document(name)?.id);
        let portal = self.rig.portal(None).await?;
        portal.done(&path, &[("printer", printer)]).await?;
        self.rig.until_state(name, "printed").map(|_| ())
    }

    fn use_account(&self, name: &str) -> Result<()> {
        self.rig.click(name)?;
        self.rig
            .until(&format!("{name} to be active"), |status| {
                status.active_account.as_deref() == Some(name)
            })
            .map(|_| ())
    }

    fn notifications(&self) -> Result<()> {
        self.rig.print("Thesis chapter 3.pdf", &grey(15), &[])?;
        self.notification("Job Ready", "Thesis chapter 3.pdf", "ready")?;
        self.use_account("Student Union")?;
        self.rig
            .print("Concert poster.pdf", &pdf(&[true; 8]), &[])?;
        self.notification("Account Limit Warning", "Concert poster.pdf", "warning")?;
        self.use_account("Seminar Credits")?;
        self.rig.print("Course reader.pdf", &grey(12), &[])?;
        self.notification("Printing Declined", "Course reader.pdf", "declined")?;
        self.use_account("Print Quota")
    }

    fn notification(&self, title: &str, document: &str, name: &str) -> Result<()> {
        self.rig.told(title, document)?;
        self.newest(name)
    }

    fn newest(&self, name: &str) -> Result<()> {
        // Only the newest is to be seen.
        wait_until("one notification", DEADLINE, || {
            self.dunst(&["count", "displayed"])
                .is_ok_and(|count| count.trim() == "1")
        })?;
        let screen = self.at_rest()?;
        let place = self.place_of(&["--class", "Dunst"])?;
        screen
            .cut(place.with_margin(8))
            .write(&self.directory.join(format!("notification-{name}.png")))?;
        self.dunst(&["close-all"]).map(|_| ())
    }

    fn dunst(&self, arguments: &[&str]) -> Result<String> {
        let desktop = self.rig.seat.desktop()?;
        finish(desktop.command("dunstctl").args(arguments))
    }

    fn menu(&self, icon: Part) -> Result<()> {
        let before = self.at_rest()?;
        let (x, y) = (icon.x + icon.width / 2, icon.y + icon.height / 2);
        let place = [x.to_string(), y.to_string()];
        self.xdotool(&["mousemove", &place[0], &place[1], "click", "3"])?;
        let opened = |than: &Picture| {
            wait_for("the menu", DEADLINE, || {
                let now = self.at_rest()?;
                Ok((now != *than).then_some(now))
            })
        };
        let menu = opened(&before)?;
        // The first line that can be chosen, and its submenu.
        self.xdotool(&["key", "Down", "Right"])?;
        let with_submenu = opened(&menu)?;
        let part = before
            .difference(&with_submenu)
            .context("the menu is not seen")?;
        with_submenu
            .cut(part.with_margin(6))
            .write(&self.directory.join("tray-menu.png"))?;
        self.xdotool(&["key", "Escape", "Escape", "Escape"])?;
        self.xdotool(&["mousemove", "640", "790"]).map(|_| ())
    }

    /// The portal in the program's own window.
    fn window(&self, name: &str) -> Result<()> {
        let before = self.at_rest()?.below(PANEL);
        finish(&mut self.rig.seat.platen(&["open"]))?;
        let search = ["--onlyvisible", "--name", "^Platen$"];
        wait_until("the window", DEADLINE, || self.window_id(&search).is_ok())?;
        let id = self.window_id(&search)?;
        self.xdotool(&["windowsize", "--sync", &id, WINDOW[0], WINDOW[1]])?;
        self.xdotool(&["windowmove", &id, "60", "60"])?;
        let seen = wait_for("the page", DEADLINE, || {
            let screen = self.at_rest()?.below(PANEL);
            let window = before.difference(&screen).map(|part| screen.cut(part));
            // It is empty until the page is there; text is drawn in many shades.
            Ok(window.filter(|window| window.below(TITLE_BAR).colours() > 100))
        })?;
        seen.write(&self.directory.join(name))
    }

    async fn browser(&self) -> Result<()> {
        let telephone = View {
            width: 390,
            height: 740,
            mobile: true,
            dark: false,
        };
        let browser = self.enter("telephone", telephone).await?;
        browser.until_text("#active-account", "Print Quota").await?;
        Picture::from_png(&browser.client.screenshot().await?)?
            .write(&self.directory.join("portal-narrow.png"))?;

        let browser = self.enter("desk", View::default()).await?;
        let report = self.rig.status()?.document("Field report.pdf")?.id.clone();
        browser.click("nav a[href='/history']").await?;
        browser.click(&format!("#r-{report}")).await?;
        browser.until_text("#dialog[open]", "Total").await?;
        let dialog = browser.client.find(Locator::Id("dialog")).await?;
        Picture::from_png(&dialog.screenshot().await?)?.write(&self.directory.join("receipt.png"))
    }

    async fn enter(&self, profile: &str, view: View) -> Result<Chromium> {
        let browser = Chromium::open(&self.rig.path(profile), view).await?;
        let link = finish(&mut self.rig.seat.platen(&["open", "--print-link"]))?;
        browser.goto(link.trim()).await?;
        Ok(browser)
    }

    /// The same window for whoever prefers dark colours.
    fn dark(&mut self) -> Result<()> {
        self.rig.seat.quit_client()?;
        let settings = self.rig.seat.desktop()?.directory().join(".config/gtk-3.0");
        std::fs::create_dir_all(&settings)?;
        std::fs::write(settings.join("settings.ini"), DARK)?;
        self.rig.seat.start_client()?;
        self.window("portal-dark.png")
    }

    fn german(&mut self) -> Result<()> {
        self.rig.seat.quit_client()?;
        self.rig.seat.configure("language = \"de\"")?;
        self.rig.seat.start_client()?;
        let options = ["-o", "sides=two-sided-long-edge"];
        self.rig.print("Hausarbeit.pdf", &grey(9), &options)?;
        let ready = |note: &Notification| note.body.contains("„Hausarbeit.pdf“");
        self.rig.recorder.wait_for(DEADLINE, ready)?;
        self.newest("german")?;
        self.window("portal-german.png")
    }

    /// The screen as soon as nothing on it changes any more.
    fn at_rest(&self) -> Result<Picture> {
        let file = self.rig.path("screen.png");
        let mut last = self.shot(&file)?;
        let mut since = Instant::now();
        wait_for("the screen to be at rest", DEADLINE, || {
            let now = self.shot(&file)?;
            if now != last {
                last = now;
                since = Instant::now();
            }
            Ok((since.elapsed() >= REST).then(|| last.clone()))
        })
    }

    fn shot(&self, file: &Path) -> Result<Picture> {
        self.rig.screenshot(file)?;
        Picture::read(file)
    }

    fn xdotool(&self, arguments: &[&str]) -> Result<String> {
        finish(self.rig.seat.desktop()?.command("xdotool").args(arguments))
    }

    fn window_id(&self, search: &[&str]) -> Result<String> {
        let found = self.xdotool(&[&["search"], search].concat())?;
        let last = found.lines().last().context("there is no such window")?;
        Ok(last.to_owned())
    }

    fn place_of(&self, search: &[&str]) -> Result<Part> {
        let id = self.window_id(search)?;
        let said = self.xdotool(&["getwindowgeometry", "--shell", &id])?;
        let value = |name: &str| -> Result<usize> {
            let found = said.lines().find_map(|line| line.strip_prefix(name));
            let found = found.with_context(|| format!("no {name} in {said}"))?;
            Ok(found.parse()?)
        };
        Ok(Part {
            x: value("X=")?,
            y: value("Y=")?,
            width: value("WIDTH=")?,
            height: value("HEIGHT=")?,
        })
    }
}
