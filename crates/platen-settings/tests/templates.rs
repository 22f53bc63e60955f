//! What administrators of Windows and macOS are given to choose from is what there is to set,
//! no less and no more.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use platen_settings::{KEYS, Kind, POLICY_KEY, from_profile};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Settings that Windows has no use for: there is no CUPS.
const NOT_ON_WINDOWS: [&str; 1] = ["cups_server"];
const LANGUAGES: [&str; 2] = ["en", "de"];
const LEVELS: [&str; 5] = ["error", "warn", "info", "debug", "trace"];
const CHANNELS: [&str; 3] = ["off", "stable", "beta"];

fn installer(path: &str) -> String {
    let place = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../installer");
    std::fs::read_to_string(place.join(path)).unwrap()
}

/// An element's name and attributes, or a text.
#[derive(Debug)]
enum Part {
    Element(String, BTreeMap<String, String>),
    Text(String),
}

fn parts(xml: &str) -> Vec<Part> {
    let element = |start: &BytesStart| {
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            (
                attribute.key.as_ref().to_owned(),
                attribute.value.to_string(),
            )
        });
        Part::Element(start.name().as_ref().to_owned(), attributes.collect())
    };
    let mut reader = Reader::from_str(xml);
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) | Event::Empty(start) => found.push(element(&start)),
            Event::Text(text) => found.push(Part::Text((*text).to_owned())),
            Event::Eof => return found,
            _ => {}
        }
    }
}

fn elements<'a>(
    parts: &'a [Part],
    name: &'a str,
) -> impl Iterator<Item = &'a BTreeMap<String, String>> {
    parts.iter().filter_map(move |part| match part {
        Part::Element(found, attributes) if found == name => Some(attributes),
        _ => None,
    })
}

fn of_windows() -> impl Iterator<Item = platen_settings::Key> {
    KEYS.into_iter()
        .filter(|key| !NOT_ON_WINDOWS.contains(&key.name))
}

#[test]
fn group_policy_has_every_setting_of_windows_in_its_own_form_and_no_other() {
    let admx = parts(&installer("windows/policy/platen.admx"));
    let policies: BTreeMap<&str, _> = elements(&admx, "policy")
        .map(|policy| (policy["name"].as_str(), policy))
        .collect();
    let names: BTreeSet<&str> = policies.keys().copied().collect();
    let wanted: BTreeSet<&str> = of_windows().map(|key| key.name).collect();
    assert_eq!(names, wanted);
    // Management servers ask for every other file that one needs before they take it.
    assert_eq!(elements(&admx, "using").count(), 0);
    for key in of_windows() {
        let policy = policies[key.name];
        assert_eq!(policy["class"], "Machine", "{}", key.name);
        assert_eq!(policy["key"], POLICY_KEY, "{}", key.name);
        let form = match key.kind {
            Kind::Switch => {
                assert_eq!(policy["valueName"], key.name);
                continue;
            }
            Kind::Names => "multiText",
            Kind::Language | Kind::Level | Kind::Channel => "enum",
            Kind::Text | Kind::Address | Kind::Path => "text",
        };
        let mut fields = elements(&admx, form);
        let field = fields.find(|field| field["valueName"] == key.name);
        let field = field.unwrap_or_else(|| panic!("{} has no {form}", key.name));
        assert_eq!(field["id"], key.name);
    }
    let switches = of_windows().filter(|key| key.kind == Kind::Switch).count();
    let numbers: Vec<&str> = elements(&admx, "decimal")
        .map(|number| number["value"].as_str())
        .collect();
    assert_eq!(numbers, ["1", "0"].repeat(switches));
    let texts: Vec<&str> = admx
        .windows(2)
        .filter_map(|pair| match pair {
            [Part::Element(name, _), Part::Text(text)] if name == "string" => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(texts, [&LANGUAGES[..], &LEVELS, &CHANNELS].concat());
}

#[test]
fn group_policy_is_explained_in_every_language_with_nothing_left_over() {
    let text = installer("windows/policy/platen.admx");
    let named = |kind: &str| -> BTreeSet<String> {
        let start = format!("$({kind}.");
        let rest = text.split(&start).skip(1);
        rest.map(|rest| rest.split(')').next().unwrap().to_owned())
            .collect()
    };
    for language in ["en-US", "de-DE"] {
        let adml = parts(&installer(&format!(
            "windows/policy/{language}/platen.adml"
        )));
        let ids = |name: &str| -> BTreeSet<String> {
            elements(&adml, name).map(|one| one["id"].clone()).collect()
        };
        assert_eq!(ids("string"), named("string"), "{language}");
        assert_eq!(ids("presentation"), named("presentation"), "{language}");
        for (kind, form) in [
            (Kind::Names, "multiTextBox"),
            (Kind::Language, "dropdownList"),
            (Kind::Level, "dropdownList"),
            (Kind::Channel, "dropdownList"),
            (Kind::Text, "textBox"),
            (Kind::Address, "textBox"),
            (Kind::Path, "textBox"),
        ] {
            let fields: BTreeSet<&str> = elements(&adml, form)
                .map(|field| field["refId"].as_str())
                .collect();
            for key in of_windows().filter(|key| key.kind == kind) {
                assert!(fields.contains(key.name), "{language}: {}", key.name);
            }
        }
    }
}

#[test]
fn example_of_a_profile_has_every_setting_and_no_mistake() {
    let text = installer("macos/org.platen.client.mobileconfig");
    let profile = plist::Value::from_reader_xml(text.as_bytes()).unwrap();
    let content = &profile.as_dictionary().unwrap()["PayloadContent"];
    let mut payload = content.as_array().unwrap()[0].clone();
    let payload = payload.as_dictionary_mut().unwrap();
    assert_eq!(
        payload["PayloadType"].as_string(),
        Some("org.platen.client")
    );
    // What macOS takes out before the client sees it.
    payload.retain(|key, _| !key.starts_with("Payload"));
    let names: BTreeSet<&str> = payload.keys().map(String::as_str).collect();
    assert_eq!(names, KEYS.iter().map(|key| key.name).collect());
    let mut bytes = Vec::new();
    let list = plist::Value::Dictionary(payload.clone());
    list.to_writer_binary(&mut bytes).unwrap();
    assert_eq!(from_profile(&bytes).unwrap().mistakes(), []);
}

#[test]
fn property_list_of_the_guide_for_macs_has_no_mistake() {
    let guide = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/jamf.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let list = guide.split("```xml client\n").nth(1).unwrap();
    let list = list.split("```").next().unwrap();
    let settings = from_profile(list.trim().as_bytes()).unwrap();
    assert_eq!(settings.mistakes(), []);
    assert!(settings.server_url.is_some() && settings.queues.is_some());
}

#[test]
fn schema_for_management_servers_has_every_setting_with_its_type() {
    let schema: serde_json::Value =
        serde_json::from_str(&installer("macos/org.platen.client.json")).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    let names: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
    assert_eq!(names, KEYS.iter().map(|key| key.name).collect());
    for key in KEYS {
        let wanted = match key.kind {
            Kind::Switch => "boolean",
            Kind::Names => "array",
            _ => "string",
        };
        let property = &properties[key.name];
        assert_eq!(property["type"], wanted, "{}", key.name);
        match key.kind {
            Kind::Language => assert_eq!(property["enum"], serde_json::json!(LANGUAGES)),
            Kind::Level => assert_eq!(property["enum"], serde_json::json!(LEVELS)),
            Kind::Channel => assert_eq!(property["enum"], serde_json::json!(CHANNELS)),
            _ => {}
        }
    }
}
