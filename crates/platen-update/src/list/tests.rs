//! Lists as they should be, as they should not be, and as nobody would write them.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const HASH: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

fn place() -> Url {
    "https://updates.example.edu/platen/releases.json"
        .parse()
        .unwrap()
}

fn file(platform: &str, kind: &str, url: &str) -> Value {
    json!({"platform": platform, "kind": kind, "url": url, "size": 3, "sha256": HASH})
}

fn release_of(version: &str, share: u8) -> Value {
    let files = [
        file(
            "linux-x86_64",
            "deb",
            &format!("platen-tools_{version}_amd64.deb"),
        ),
        file(
            "linux-x86_64",
            "deb",
            &format!("platen_{version}_amd64.deb"),
        ),
        file(
            "windows-x86_64",
            "msi",
            &format!("../win/platen-{version}-x64.msi"),
        ),
    ];
    json!({"version": version, "notes": "https://example.edu/notes", "share": share, "files": files})
}

fn list() -> Value {
    json!({
        "format": 1,
        "serial": 7,
        "expires": "2027-01-01T00:00:00Z",
        "channels": {"stable": release_of("1.2.3", 100), "beta": release_of("1.3.0", 100)},
    })
}

fn read(list: &Value) -> Result<ReleaseList, ListError> {
    ReleaseList::read(list.to_string().as_bytes(), &place())
}

fn offered(list: &ReleaseList, channel: Channel, ours: &str, kind: &str) -> Option<String> {
    let platform = if kind == "msi" {
        "windows-x86_64"
    } else {
        "linux-x86_64"
    };
    let mut newest = list.newest(channel, ours.parse().unwrap(), (platform, kind));
    newest.next().map(|release| release.version.to_string())
}

#[test]
fn files_lie_beside_the_list_unless_it_says_otherwise() {
    let list = read(&list()).unwrap();
    assert_eq!((list.serial, list.channels.len()), (7, 2));
    let stable = &list.channels["stable"];
    let urls: Vec<&str> = stable.files.iter().map(|file| file.url.as_str()).collect();
    assert_eq!(
        urls,
        [
            "https://updates.example.edu/platen/platen-tools_1.2.3_amd64.deb",
            "https://updates.example.edu/platen/platen_1.2.3_amd64.deb",
            "https://updates.example.edu/win/platen-1.2.3-x64.msi",
        ]
    );
    assert_eq!(stable.files[2].name, "platen-1.2.3-x64.msi");
    assert_eq!(stable.files[0].sha256[..2], [0xba, 0x78]);
    let mut elsewhere = self::list();
    elsewhere["channels"]["stable"]["files"][0]["url"] =
        json!("https://mirror.example.org/a/b.deb");
    let elsewhere = read(&elsewhere).unwrap();
    let file = &elsewhere.channels["stable"].files[0];
    assert_eq!(file.url.as_str(), "https://mirror.example.org/a/b.deb");
}

#[test]
fn each_channel_has_its_release_and_beta_the_newer_of_both() {
    let mut list = list();
    let before = read(&list).unwrap();
    assert_eq!(
        offered(&before, Channel::Stable, "1.0.0", "deb"),
        Some("1.2.3".into())
    );
    assert_eq!(
        offered(&before, Channel::Beta, "1.0.0", "msi"),
        Some("1.3.0".into())
    );
    assert_eq!(offered(&before, Channel::Off, "1.0.0", "deb"), None);
    list["channels"]["stable"]["version"] = json!("1.4.0");
    let after = read(&list).unwrap();
    assert_eq!(
        offered(&after, Channel::Beta, "1.0.0", "deb"),
        Some("1.4.0".into())
    );
}

#[test]
fn equal_and_older_versions_and_other_systems_files_are_never_offered() {
    let list = read(&list()).unwrap();
    assert_eq!(offered(&list, Channel::Stable, "1.2.3", "deb"), None);
    assert_eq!(offered(&list, Channel::Stable, "1.10.0", "deb"), None);
    assert_eq!(offered(&list, Channel::Stable, "1.0.0", "rpm"), None);
    let newest = list.newest(
        Channel::Stable,
        "1.0.0".parse().unwrap(),
        ("linux-x86_64", "deb"),
    );
    let names: Vec<_> = newest
        .flat_map(|release| release.files)
        .map(|file| file.name)
        .collect();
    assert_eq!(
        names,
        ["platen-tools_1.2.3_amd64.deb", "platen_1.2.3_amd64.deb"]
    );
}

#[test]
fn share_of_devices_is_drawn_once_for_a_version_and_grows() {
    let mut release = read(&list()).unwrap().channels["stable"].clone();
    let devices: Vec<Uuid> = (0..10_000).map(Uuid::from_u128).collect();
    let mut chosen = |share: u8, version: &str| -> Vec<Uuid> {
        release.share = share;
        release.version = version.parse().unwrap();
        let chosen = devices.iter().filter(|device| release.is_for(**device));
        chosen.copied().collect()
    };
    assert_eq!(chosen(0, "1.2.3").len(), 0);
    assert_eq!(chosen(100, "1.2.3").len(), 10_000);
    let fifth = chosen(20, "1.2.3");
    // Five standard deviations: 5 √(10,000 · 0.2 · 0.8) = 200.
    assert!((1800..2200).contains(&fifth.len()), "{}", fifth.len());
    assert_eq!(chosen(20, "1.2.3"), fifth);
    let half = chosen(50, "1.2.3");
    assert!(fifth.iter().all(|device| half.contains(device)));
    assert_ne!(chosen(20, "1.2.4"), fifth);
    // Written down, since a device must not change sides between versions of Platen.
    assert_eq!(fifth[0], Uuid::from_u128(FIRST_OF_THE_FIFTH));
}

/// By Python: the least n with SHA-256("00000000-0000-0000-0000-…n 1.2.3")[:8] % 100 < 20.
const FIRST_OF_THE_FIFTH: u128 = 2;

#[test]
fn list_with_one_mistake_is_no_list() {
    let set = |pointer: &str, value: Value| {
        let mut list = list();
        *list.pointer_mut(pointer).unwrap() = value;
        list
    };
    let file =
        |member: &str, value: Value| set(&format!("/channels/stable/files/0/{member}"), value);
    let many = |value: Value, count: usize| Value::Array(vec![value; count]);
    for (list, says) in [
        (set("/format", json!(2)), "its format is 2"),
        (set("/format", json!("1")), "it is no list"),
        (set("/serial", json!(-1)), "it is no list"),
        (set("/expires", json!("tomorrow")), "it is no list"),
        (set("/channels", json!([])), "it is no list"),
        (
            set("/channels/beta/version", json!("1.3.0-rc1")),
            "is no version",
        ),
        (set("/channels/beta/share", json!(101)), "is no share"),
        (set("/channels/beta/share", json!(300)), "it is no list"),
        (
            set("/channels/beta/notes", json!("javascript:alert(1)")),
            "is no address",
        ),
        (
            set("/channels/beta/files", many(json!({}), 1)),
            "it is no list",
        ),
        (
            file("url", json!("http://example.edu/a.deb")),
            "is no address",
        ),
        (file("url", json!("file:///etc/a.deb")), "is no address"),
        (file("url", json!("a/..%2fb.deb")), "is no name"),
        (file("url", json!("a/.deb")), "is no name"),
        (file("url", json!("a/-x.deb")), "is no name"),
        (file("url", json!("a/x.exe")), "is no name"),
        (file("url", json!("a/x.deb/")), "is no name"),
        (
            file("url", json!("platen_1.2.3_amd64.deb")),
            "is no name of one file alone",
        ),
        (
            file("url", json!(format!("{}.deb", "x".repeat(3000)))),
            "is no address",
        ),
        (
            file("url", json!(format!("{}.deb", "x".repeat(300)))),
            "is no name",
        ),
        (file("platform", json!("")), "is no platform"),
        (file("kind", json!("../deb")), "is no platform or kind"),
        (file("size", json!(0)), "is no size"),
        (file("size", json!(600 << 20)), "is no size"),
        (file("sha256", json!(HASH.to_uppercase())), "is no SHA-256"),
        (file("sha256", json!(&HASH[1..])), "is no SHA-256"),
    ] {
        let refused = read(&list).unwrap_err().to_string();
        assert!(refused.contains(says), "{refused} does not say: {says}");
    }
    let mut list = self::list();
    let one = list["channels"]["stable"]["files"][0].clone();
    list["channels"]["stable"]["files"] = many(one, limit::FILES + 1);
    assert!(matches!(read(&list), Err(ListError::TooMany("files"))));
    let mut list = self::list();
    for number in 0..limit::CHANNELS {
        list["channels"][number.to_string()] = release_of("1.0.0", 1);
    }
    assert!(matches!(read(&list), Err(ListError::TooMany("channels"))));
}

#[test]
fn what_a_later_version_adds_is_passed_over() {
    let mut list = list();
    list["mirrors"] = json!(["https://example.org"]);
    list["channels"]["stable"]["urgent"] = json!(true);
    list["channels"]["nightly"] = release_of("2.0.0", 100);
    list["channels"]["stable"]["files"][0]["signature"] = json!("x");
    let list = read(&list).unwrap();
    assert_eq!(
        offered(&list, Channel::Beta, "1.0.0", "deb"),
        Some("1.3.0".into())
    );
}

proptest! {
    /// Whatever bytes these are, they are a list within its limits or a mistake.
    #[test]
    fn no_bytes_do_harm(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = list().to_string().into_bytes();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(list) = ReleaseList::read(&bytes, &place()) {
            for release in list.channels.values() {
                prop_assert!(release.share <= 100);
                for file in &release.files {
                    prop_assert_eq!(file.url.scheme(), "https");
                    prop_assert!((1..=limit::FILE_BYTES).contains(&file.size));
                    prop_assert!(!file.name.contains(['/', '\\', '%', '\0']));
                    prop_assert!(file.name.starts_with(|c: char| c.is_ascii_alphanumeric()));
                }
            }
        }
    }

    /// Whatever a file's address is, its name stays within the directory for it.
    #[test]
    fn no_address_becomes_a_name_with_a_way_in_it(url in "\\PC{0,40}(\\.deb)?") {
        let mut list = list();
        list["channels"]["stable"]["files"][0]["url"] = json!(url);
        if let Ok(list) = read(&list) {
            let name = &list.channels["stable"].files[0].name;
            let path = std::path::Path::new("updates").join(name);
            prop_assert_eq!(path.parent(), Some(std::path::Path::new("updates")));
            prop_assert!(name.ends_with(".deb"));
        }
    }
}
