//! What a person has asked of the computer: dark colours, few colours, no movement.

use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use crate::Chromium;

/// One wish of a person, as style sheets are told of it. *Source*: Media Queries Level 5, section 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Dark colours.
    Dark,
    /// The few colours of a high contrast theme.
    ForcedColours,
    /// No movement.
    ReducedMotion,
}

impl Wish {
    const fn feature(self) -> (&'static str, &'static str) {
        match self {
            Self::Dark => ("prefers-color-scheme", "dark"),
            Self::ForcedColours => ("forced-colors", "active"),
            Self::ReducedMotion => ("prefers-reduced-motion", "reduce"),
        }
    }
}

impl Chromium {
    /// Lets pages see these wishes and no others, until told otherwise.
    ///
    /// # Errors
    /// When the browser does not take them.
    pub async fn wish(&self, wishes: &[Wish]) -> Result<()> {
        let features: Vec<Value> = wishes
            .iter()
            .map(|wish| wish.feature())
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let command = DevTools {
            command: "Emulation.setEmulatedMedia",
            parameters: json!({ "features": features }),
        };
        let answer = self.client.issue_cmd(command).await;
        answer.with_context(|| format!("asking for {wishes:?}"))?;
        for wish in wishes {
            let (name, value) = wish.feature();
            let query = json!(format!("({name}: {value})"));
            let script = "return matchMedia(arguments[0]).matches";
            let seen = self.run(script, vec![query]).await?;
            ensure!(seen == json!(true), "pages do not see {wish:?}");
        }
        Ok(())
    }
}

/// A command of Chromium's own. *Source*: the DevTools protocol, through chromedriver.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        let session = session.unwrap_or_default();
        base.join(&format!("session/{session}/goog/cdp/execute"))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (Method::POST, Some(body.to_string()))
    }
}
