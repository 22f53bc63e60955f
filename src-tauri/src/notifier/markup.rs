//! A notification in the words of Windows.
//! *Source*: learn.microsoft.com, “Toast XML schema”.

use std::fmt::Write as _;

use platen_agent::{Action, Notification};

/// The notification; a click on it says [`Action::key`] of opening its document, a button
/// that of its own.
pub(super) fn toast(notification: &Notification) -> String {
    let mut buttons = String::new();
    let mut click = String::new();
    for (action, label) in &notification.actions {
        let key = escaped(&action.key());
        let is_click = matches!(action, Action::OpenDocument(_));
        if is_click {
            click = format!(r#" launch="{key}""#);
        }
        // One that stays has to have a button.
        if !is_click || notification.urgent {
            let label = escaped(label);
            let _ = write!(buttons, r#"<action content="{label}" arguments="{key}"/>"#);
        }
    }
    let stays = if notification.urgent && !buttons.is_empty() {
        r#" scenario="reminder""#
    } else {
        ""
    };
    format!(
        "<toast{click}{stays}><visual><binding template=\"ToastGeneric\"><text>{}</text>\
         <text>{}</text></binding></visual><actions>{buttons}</actions></toast>",
        escaped(&notification.title),
        escaped(&notification.body)
    )
}

/// Names of documents are data, not markup. *Source*: XML 1.0, 2.2 and 4.6.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use platen_domain::DocumentId;
    use platen_words::ENGLISH;
    use uuid::Uuid;

    use super::*;

    const DOCUMENT: DocumentId = DocumentId(Uuid::from_u128(7));

    #[test]
    fn document_names_are_text_whatever_they_hold() {
        let shown = toast(&Notification::problem("A \"b\" & c", "<x>\0\u{1b}\n2"));
        assert_eq!(
            shown,
            "<toast><visual><binding template=\"ToastGeneric\">\
             <text>A &quot;b&quot; &amp; c</text><text>&lt;x&gt;\u{fffd}\u{fffd}\n2</text>\
             </binding></visual><actions></actions></toast>"
        );
    }

    #[test]
    fn click_opens_the_document_and_each_button_says_its_own_key() {
        let refused = Notification::refused(&ENGLISH, DOCUMENT, "No.");
        let shown = toast(&refused);
        assert!(
            shown.starts_with("<toast launch=\"default\"><visual>"),
            "{shown}"
        );
        let buttons =
            "<actions><action content=\"Change Account\" arguments=\"change-account\"/></actions>";
        assert!(shown.contains(buttons), "{shown}");
        for (action, _) in &refused.actions {
            assert_eq!(refused.action(&action.key()), Some(action));
        }
    }

    #[test]
    fn what_a_person_has_to_see_stays_and_has_a_button() {
        let unreadable = Notification::unreadable(&ENGLISH, DOCUMENT, "a", "b");
        let shown = toast(&unreadable);
        assert!(shown.contains(" scenario=\"reminder\">"), "{shown}");
        assert!(shown.contains("arguments=\"default\"/>"), "{shown}");
        let sign_in = toast(&Notification::sign_in(&ENGLISH, 2));
        assert!(!sign_in.contains("launch"), "{sign_in}");
        assert!(sign_in.contains("arguments=\"sign-in\"/>"), "{sign_in}");
    }
}
