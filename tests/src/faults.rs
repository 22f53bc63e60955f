//! What is wrong with a page as it stands in the browser, in light and in dark colours.

use anyhow::{Result, ensure};
use serde_json::json;

use crate::media::Wish;
use crate::{Chromium, axe};

/// What is wider than the page, what has no name, what is labelled twice, what is too small to be
/// touched.
const FAULTS: &str = include_str!("faults.js");

/// Fails with everything that is found wrong on the page that `browser` shows.
///
/// # Errors
/// Where anything is wrong.
pub async fn none(browser: &Chromium, what: &str) -> Result<()> {
    let faults = browser.run(FAULTS, Vec::new()).await?;
    ensure!(faults == json!([]), "{what}: {faults:#}");
    axe::check(browser, what).await?;
    browser.wish(&[Wish::Dark]).await?;
    axe::check(browser, &format!("{what}, dark")).await?;
    browser.wish(&[]).await
}
