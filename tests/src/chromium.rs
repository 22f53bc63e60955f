//! A person's browser, with the drawing: headless Chromium.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use platen_lab::{Browser, CHROMIUM_ARGUMENTS};
use serde_json::{Value, json};

use crate::rig::DEADLINE;

const PAUSE: Duration = Duration::from_millis(20);

/// What the browser's window is like.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// Units: CSS pixels.
    pub width: u32,
    /// Units: CSS pixels.
    pub height: u32,
    /// A telephone's screen and touch instead of a desktop's window.
    pub mobile: bool,
    /// The person prefers dark colours.
    pub dark: bool,
}

impl Default for View {
    fn default() -> Self {
        Self {
            width: 1200,
            height: 800,
            mobile: false,
            dark: false,
        }
    }
}

/// One browser with one window; it ends with its value.
#[derive(Debug)]
pub struct Chromium {
    /// The window, for what has no helper here.
    pub client: Client,
    _driver: Browser,
}

impl Chromium {
    /// Opens a window, its profile in `directory`.
    ///
    /// # Errors
    /// When Chromium does not come up.
    pub async fn open(directory: &Path, view: View) -> Result<Self> {
        let driver = Browser::start(directory)?;
        let mut arguments = CHROMIUM_ARGUMENTS.map(str::to_owned).to_vec();
        arguments.push(format!("--window-size={},{}", view.width, view.height));
        if view.dark {
            arguments.push("--force-dark-mode".to_owned());
        }
        let mut options = json!({ "args": arguments });
        if view.mobile {
            let metrics =
                json!({"width": view.width, "height": view.height, "pixelRatio": 2, "touch": true});
            options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
        }
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.url())
            .await
            .context("starting Chromium")?;
        Ok(Self {
            client,
            _driver: driver,
        })
    }

    /// Goes to `url`.
    ///
    /// # Errors
    /// When there is nothing.
    pub async fn goto(&self, url: &str) -> Result<()> {
        self.client
            .goto(url)
            .await
            .with_context(|| format!("going to {url}"))
    }

    /// Clicks what `selector` finds as soon as it is there and can be clicked.
    ///
    /// # Errors
    /// When it can't in time.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let found = retry(|| async {
            let element = self.seen(selector).await?;
            element.click().await
        });
        found.await.with_context(|| format!("clicking {selector}"))
    }

    /// What `selector` finds, moved from under the bar as the focus would move it.
    async fn seen(&self, selector: &str) -> Result<Element, CmdError> {
        let element = self.client.find(Locator::Css(selector)).await?;
        let script = "document.querySelector(arguments[0])
            ?.scrollIntoView({ block: 'nearest', behavior: 'instant' })";
        self.client.execute(script, vec![json!(selector)]).await?;
        Ok(element)
    }

    /// Writes `text` into the field that `selector` finds, in place of what is in it.
    ///
    /// # Errors
    /// When it can't in time.
    pub async fn write(&self, selector: &str, text: &str) -> Result<()> {
        let found = retry(|| async {
            let element = self.seen(selector).await?;
            element.click().await?;
            // Clearing would be a change of its own.
            let all = format!("{}a{}", Key::Control, Key::Null);
            element.send_keys(&all).await?;
            element.send_keys(text).await
        });
        found.await.with_context(|| format!("writing {selector}"))
    }

    /// Presses keys, wherever the focus is.
    ///
    /// # Errors
    /// When the browser does not take them.
    pub async fn press(&self, keys: &str) -> Result<()> {
        let focus = self.client.active_element().await?;
        Ok(focus.send_keys(keys).await?)
    }

    /// The text that is seen of what `selector` finds, blanks made one; nothing when there is none.
    ///
    /// # Errors
    /// When the browser does not answer.
    pub async fn text(&self, selector: &str) -> Result<String> {
        let script = "return document.querySelector(arguments[0])?.innerText ?? ''";
        let text = self.run(script, vec![json!(selector)]).await?;
        let words: Vec<&str> = text
            .as_str()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        Ok(words.join(" "))
    }

    /// Waits until what `selector` finds says `wanted`, and returns its text.
    ///
    /// # Errors
    /// After the deadline, with what it says instead.
    pub async fn until_text(&self, selector: &str, wanted: &str) -> Result<String> {
        self.until(selector, &format!("“{wanted}”"), |text| {
            text.contains(wanted)
        })
        .await
    }

    /// Waits until there is nothing that `selector` finds, or nothing in it.
    ///
    /// # Errors
    /// After the deadline, with what it says.
    pub async fn until_gone(&self, selector: &str) -> Result<()> {
        self.until(selector, "nothing", str::is_empty)
            .await
            .map(|_| ())
    }

    /// Waits until the text of what `selector` finds is as `wanted` says; `what` tells it.
    ///
    /// # Errors
    /// After the deadline, with what it says instead.
    pub async fn until(
        &self,
        selector: &str,
        what: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<String> {
        retry(|| async {
            let text = self.text(selector).await?;
            ensure!(
                wanted(&text),
                "{selector} should say {what}, but says “{text}”"
            );
            Ok(text)
        })
        .await
    }

    /// What `script` returns in the page.
    ///
    /// # Errors
    /// When it fails.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute(script, arguments).await?)
    }

    /// Signs `login` in on the provider's pages, from `link` to the page that the client answers.
    /// Returns what that page says.
    ///
    /// # Errors
    /// When a page is not as it should be.
    pub async fn sign_in(&self, link: &str, login: &str) -> Result<String> {
        self.goto(link).await?;
        self.pass_provider(login).await?;
        self.until_text("main", "You can close this window.").await
    }

    /// Goes to `path` of the server at `origin` and signs `login` in on the provider's pages, until
    /// the page that was asked for is there.
    ///
    /// # Errors
    /// When a page is not as it should be.
    pub async fn sign_in_to(&self, origin: &str, path: &str, login: &str) -> Result<()> {
        self.goto(&format!("{origin}{path}")).await?;
        // The server's own page asks first; the provider's field shows that it was passed.
        retry(|| async {
            if self
                .client
                .find(Locator::Css("input[name=login]"))
                .await
                .is_ok()
            {
                return Ok(());
            }
            let selector = "form[action^='/sign-in'] button, a[href^='/sign-in/']";
            self.client
                .find(Locator::Css(selector))
                .await?
                .click()
                .await
        })
        .await
        .context("passing the server's sign-in page")?;
        self.pass_provider(login).await?;
        retry(|| async {
            let at = self.client.current_url().await?;
            let there = at.as_str().starts_with(origin) && !at.path().starts_with("/sign-in");
            ensure!(there, "the browser is still at {at}");
            Ok(())
        })
        .await
    }

    /// Fills in the provider's pages.
    async fn pass_provider(&self, login: &str) -> Result<()> {
        self.write("input[name=login]", login).await?;
        self.write("input[name=password]", "any").await?;
        self.click("button[type=submit]").await?;
        // The same button then says yes to what the client wants to know.
        self.until("form", "Continue", |text| text.contains("Continue"))
            .await?;
        self.click("button[type=submit]").await
    }
}

/// Tries until it works, or fails as it failed last: a page that follows changes may replace what was
/// just found.
async fn retry<T, E, F>(attempt: impl Fn() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    let started = tokio::time::Instant::now();
    let mut looks = tokio::time::interval(PAUSE);
    loop {
        looks.tick().await;
        let outcome = attempt().await;
        if outcome.is_ok() || started.elapsed() >= DEADLINE {
            return outcome;
        }
    }
}
