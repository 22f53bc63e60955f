//! What axe-core finds on a page as it stands in the browser.

use anyhow::{Context, Result};
use serde_json::Value;

use crate::Chromium;

/// *Source*: WCAG 2.2, levels A and AA, by axe-core's tags.
const RULES: &str = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']";

/// Fails with everything that axe-core finds wrong on the page that `browser`
/// shows, once what moves has come to rest.
///
/// # Errors
/// Where anything is wrong, or axe-core is not installed or looked at nothing.
pub async fn check(browser: &Chromium, what: &str) -> Result<()> {
    let path = platen_lab::root().join("tests/provider/node_modules/axe-core/axe.min.js");
    let axe = std::fs::read_to_string(&path)
        .context("axe-core is not installed: `cargo xtask test` does it")?;
    let script = format!(
        "{axe}
        return Promise.all(document.getAnimations().map((one) => one.finished.catch(() => 0)))
          .then(() => axe.run(document, {{ runOnly: {RULES} }}))
          .then((found) => ({{
            passes: found.passes.length,
            wrong: found.violations.map((rule) => rule.id + ': ' + rule.help + ' '
              + rule.nodes.map((node) => node.target.join(' ')).join(', ')),
          }}))"
    );
    let found = browser.run(&script, vec![]).await?;
    let wrong: Vec<&str> = found["wrong"]
        .as_array()
        .context("axe-core gave no answer")?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    anyhow::ensure!(wrong.is_empty(), "{what}: {}", wrong.join("; "));
    let passes = found["passes"].as_u64().unwrap_or_default();
    anyhow::ensure!(passes > 10, "{what}: axe-core looked at nothing");
    Ok(())
}
