//! The words of the page about the API; the rest of it comes from the document.

use crate::language::Language;

/// Declares the words and their English and German form side by side.
macro_rules! words {
    ($($name:ident: $english:literal, $german:literal;)*) => {
        /// The fixed words of the page in one language.
        #[derive(Debug)]
        pub(super) struct ApiWords {
            $(#[doc = $english] pub(super) $name: &'static str,)*
        }

        static ENGLISH: ApiWords = ApiWords { $($name: $english,)* };
        static GERMAN: ApiWords = ApiWords { $($name: $german,)* };

        #[cfg(test)]
        const PAIRS: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $german),)*];
    };
}

words! {
    language: "en", "de";
    product: "Platen", "Platen";
    title: "Accounts API", "Konten-API";
    skip: "Skip to content", "Zum Inhalt springen";
    contents: "Contents", "Inhalt";
    document: "OpenAPI document", "OpenAPI-Dokument";
    start: "Getting started", "So fangen Sie an";
    start_credentials:
        "An administrator makes client id and client secret in the console under “API credentials”. The secret is shown once. The customer id stands beside them.",
        "Die Administration legt in der Konsole unter „API-Zugänge“ Client-ID und Client-Secret an. Das Secret wird einmal angezeigt. Die Kunden-ID steht daneben.";
    start_token:
        "Exchange them for an access token, which lasts fifteen minutes.",
        "Tauschen Sie beide gegen ein Zugriffstoken, das fünfzehn Minuten gilt.";
    start_credit:
        "Send the token with every request. This gives Anna 120 points back: of 210 used points of 200 it leaves 90.",
        "Senden Sie das Token mit jeder Anfrage. So bekommt Anna 120 Punkte zurück: von 210 verbrauchten Punkten bei 200 bleiben 90.";
    start_repeat:
        "When no answer comes, repeat the request with the same Idempotency-Key: it is never done twice.",
        "Kommt keine Antwort, wiederholen Sie die Anfrage mit demselben Idempotency-Key: Sie wird nie zweimal ausgeführt.";
    try_title: "Try it", "Ausprobieren";
    try_text:
        "Requests from this page are real: they change what they say they change. The secret and the token stay in this page and are forgotten when you leave it.",
        "Anfragen von dieser Seite sind echt: Sie ändern, was sie zu ändern angeben. Secret und Token bleiben auf dieser Seite und sind vergessen, sobald Sie sie verlassen.";
    no_script:
        "Trying requests out needs JavaScript; everything else on this page works without it.",
        "Zum Ausprobieren wird JavaScript gebraucht; alles andere auf dieser Seite geht ohne.";
    customer_id: "Customer id", "Kunden-ID";
    client_id: "Client id", "Client-ID";
    client_secret: "Client secret", "Client-Secret";
    get_token: "Get access token", "Zugriffstoken holen";
    token_there: "There is an access token; it lasts fifteen minutes.", "Das Zugriffstoken ist da; es gilt fünfzehn Minuten.";
    token_missing: "Get an access token first.", "Holen Sie zuerst ein Zugriffstoken.";
    token_refused: "There is no access token:", "Es gibt kein Zugriffstoken:";
    unreachable: "The server can’t be reached.", "Der Server ist nicht erreichbar.";
    parameters: "Parameters", "Parameter";
    body: "Body", "Inhalt der Anfrage";
    example: "Example", "Beispiel";
    one_of: "One of these", "Eines davon";
    answer: "Answer", "Antwort";
    answer_fields: "Fields of the answer", "Felder der Antwort";
    failures: "When it fails", "Wenn es nicht gelingt";
    required: "required", "erforderlich";
    or_null: "or null", "oder null";
    send: "Send", "Senden";
    sending: "Sending …", "Wird gesendet …";
    result: "Answer of the server", "Antwort des Servers";
    empty: "(no content)", "(ohne Inhalt)";
    problems: "Problems", "Probleme";
    problems_text:
        "Every failure but those of the token is an object of the type application/problem+json. Decide by “type”; “errors” names the fields that are wrong, “instance” the request.",
        "Jedes Misslingen außer dem beim Token ist ein Objekt vom Typ application/problem+json. Entscheiden Sie nach „type“; „errors“ nennt die falschen Felder, „instance“ die Anfrage.";
    kind_text: "text", "Text";
    kind_number: "number", "Zahl";
    kind_whole: "whole number", "ganze Zahl";
    kind_boolean: "true or false", "true oder false";
    kind_object: "object", "Objekt";
    kind_list: "list", "Liste";
    kind_date: "date", "Datum";
    kind_time: "time", "Zeitpunkt";
    kind_id: "UUID", "UUID";
    at_least: "from", "ab";
    at_most: "up to", "bis";
    characters: "characters", "Zeichen";
}

impl Language {
    /// The words of the page about the API.
    pub(super) fn api(self) -> &'static ApiWords {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_there_in_both_languages() {
        assert!(PAIRS.len() > 40);
        for (name, english, german) in PAIRS {
            assert!(!english.is_empty() && !german.is_empty(), "{name}");
        }
    }
}
