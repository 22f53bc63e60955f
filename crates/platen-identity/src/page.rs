//! The page that the browser shows when the sign-in is over.

use platen_words::{Speech, fill};

/// How a sign-in ended, for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    SignedIn { name: String },
    Failed { sentence: String },
}

/// A page that needs nothing from anywhere: no script, no font, no picture.
pub(crate) fn page(speech: &Speech, ending: &Ending) -> String {
    let words = &speech.sign_in;
    let (tag, close) = (speech.tag, words.page_close);
    let (mark, class, title, text) = match ending {
        Ending::SignedIn { name } => (
            "✓",
            "good",
            words.page_signed_in,
            escape(&fill(words.page_welcome, &[name])),
        ),
        Ending::Failed { sentence } => ("!", "bad", words.page_not_signed_in, escape(sentence)),
    };
    format!(
        r#"<!doctype html>
<html lang="{tag}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Platen</title>
<style>
:root {{ color-scheme: light dark; --paper: #f6f5f1; --card: #fff; --ink: #1d2430; --soft: #5b6472; --good: #17734a; --bad: #b3261e; }}
@media (prefers-color-scheme: dark) {{ :root {{ --paper: #14171c; --card: #1e232b; --ink: #eef1f5; --soft: #a3adbb; --good: #6fd3a2; --bad: #ff9a8f; }} }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }}
main {{ box-sizing: border-box; width: min(28rem, calc(100vw - 2rem)); padding: 2.5rem 2rem; text-align: center; background: var(--card); border-radius: 1rem; box-shadow: 0 .5rem 2rem #0002; }}
.mark {{ display: grid; place-items: center; width: 4rem; height: 4rem; margin: 0 auto 1rem; border: .2rem solid; border-radius: 50%; font-size: 2rem; }}
.good {{ color: var(--good); }} .bad {{ color: var(--bad); }}
h1 {{ margin: 0 0 .5rem; font-size: 1.5rem; }} p {{ margin: .5rem 0; overflow-wrap: anywhere; }} .soft {{ color: var(--soft); }}
</style>
<main>
<div class="mark {class}" aria-hidden="true">{mark}</div>
<h1>{title}</h1>
<p>{text}</p>
<p class="soft">{close}</p>
</main>
</html>
"#
    )
}

fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use platen_words::{ENGLISH, GERMAN};

    use super::*;

    #[test]
    fn a_name_cannot_become_markup() {
        let html = page(
            &ENGLISH,
            &Ending::SignedIn {
                name: "<script>alert(1)</script>".into(),
            },
        );
        assert!(!html.contains("<script>"));
        assert!(html.contains("&lt;script&gt;"));
    }

    #[test]
    fn the_page_needs_nothing_from_anywhere_and_can_be_closed() {
        let html = page(
            &ENGLISH,
            &Ending::Failed {
                sentence: "Sign-in was cancelled in the browser.".into(),
            },
        );
        assert!(html.contains("You can close this window."));
        assert!(html.contains("cancelled") && html.contains("<html lang=\"en\">"));
        let name = "Kim".into();
        let html = page(&GERMAN, &Ending::SignedIn { name });
        assert!(html.contains("Willkommen, Kim.") && html.contains("<html lang=\"de\">"));
        let sentence = String::new();
        let html = page(&ENGLISH, &Ending::Failed { sentence });
        assert!(!html.contains("http:") && !html.contains("https:") && !html.contains("src="));
    }
}
