//! Looks for updates over real HTTPS, with lists that the real openssl has signed, on sites
//! that are as they should be and on hostile ones.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use platen_settings::Channel;
use platen_update::{CheckError, Config, FetchError, Found, limit};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use support::{Answer, Site, files, list, version};

const TOOLS: (&str, &[u8]) = ("platen-tools_1.1.0_amd64.deb", b"the tools");
const CLIENT: (&str, &[u8]) = ("platen_1.1.0_amd64.deb", b"the client, which is longer");

/// What lies in the directory when nothing was fetched.
const NOTHING: [&str; 2] = ["lock", "state.json"];

#[track_caller]
fn has_nothing(site: &Site) {
    assert_eq!(files(&site.directory()), NOTHING);
    assert!(matches!(
        site.updater().verified(),
        Err(CheckError::NothingReady)
    ));
}

#[tokio::test]
async fn newer_version_is_fetched_checked_and_told_once() {
    let site = Site::open().await;
    site.release(1, "1.1.0", &[TOOLS, CLIENT]);
    let updater = site.updater();
    let first = updater.due_in();
    assert!(first <= Duration::from_secs(3600), "{first:?}");
    let Found::Ready(release) = updater.check().await.unwrap() else {
        panic!("nothing is ready");
    };
    assert_eq!(release.version, version("1.1.0"));
    let (ready, paths) = updater.verified().unwrap();
    assert_eq!(ready, version("1.1.0"));
    let contents: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    assert_eq!(contents, [TOOLS.1, CLIENT.1]);
    assert!(paths[1].ends_with("updates/1.1.0/platen_1.1.0_amd64.deb"));
    #[cfg(unix)]
    for path in &paths {
        use std::os::unix::fs::PermissionsExt as _;
        let mode =
            |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(path), mode(path.parent().unwrap())), (0o600, 0o700));
    }
    assert!(updater.is_first_told(version("1.1.0")));
    assert!(!site.updater().is_first_told(version("1.1.0")));
    // A day, and up to six hours more.
    let again = updater.due_in().as_secs();
    assert!((23 * 3600..=30 * 3600).contains(&again), "{again}");

    // Files that are there are not fetched again.
    site.asked();
    assert!(matches!(site.check().await, Ok(Found::Ready(_))));
    let asked: Vec<String> = site.asked().into_iter().map(|(path, _)| path).collect();
    assert_eq!(
        asked,
        ["/platen/releases.json", "/platen/releases.json.sig"]
    );

    // Once it is installed nothing is ready, and its files go.
    let installed = Config {
        version: version("1.1.0"),
        ..site.config()
    };
    let installed = site.updater_of(installed, None);
    assert_eq!(installed.ready().unwrap(), None);
    assert_eq!(installed.check().await.unwrap(), Found::Newest);
    assert!(!site.directory().join("1.1.0").exists());
}

#[tokio::test]
async fn list_of_another_key_or_with_one_changed_byte_counts_for_nothing() {
    let site = Site::open().await;
    let list = site.release(1, "1.1.0", &[CLIENT]).to_string().into_bytes();
    let good = site.signature(&list, "key");
    let other = site.signature(&list, "another");
    for signature in [
        other,
        Vec::new(),
        b"no base64!".to_vec(),
        good[..40].to_vec(),
    ] {
        site.put("releases.json.sig", Answer::File(signature));
        assert!(matches!(site.check().await, Err(CheckError::Signature)));
    }
    site.put("releases.json.sig", Answer::File(good));
    for place in (0..list.len()).step_by(37) {
        let mut changed = list.clone();
        changed[place] ^= 1;
        site.put("releases.json", Answer::File(changed));
        assert!(matches!(site.check().await, Err(CheckError::Signature)));
    }
    let mut longer = list.clone();
    longer.push(b'\n');
    site.put("releases.json", Answer::File(longer));
    assert!(matches!(site.check().await, Err(CheckError::Signature)));
    has_nothing(&site);
    site.put("releases.json", Answer::File(list));
    assert!(matches!(site.check().await, Ok(Found::Ready(_))));
}

#[tokio::test]
async fn list_is_never_followed_by_an_older_one() {
    let site = Site::open().await;
    let old = list(41, "1.1.0", &[CLIENT]);
    site.release(42, "1.2.0", &[("platen_1.2.0_amd64.deb", b"newest")]);
    assert!(matches!(site.check().await, Ok(Found::Ready(_))));
    site.publish(&old);
    let refused = site.check().await;
    assert!(
        matches!(
            refused,
            Err(CheckError::Older {
                serial: 41,
                seen: 42
            })
        ),
        "{refused:?}"
    );
    // What was ready before stays so.
    assert_eq!(site.updater().verified().unwrap().0, version("1.2.0"));
    // The number belongs to its key: a site that changes its key begins anew.
    let signature = site.signature(old.to_string().as_bytes(), "another");
    site.put("releases.json.sig", Answer::File(signature));
    site.put(CLIENT.0, Answer::File(CLIENT.1.to_vec()));
    let config = Config {
        key: site.public_key("another"),
        ..site.config()
    };
    let found = site.updater_of(config, None).check().await.unwrap();
    assert!(matches!(found, Found::Ready(release) if release.version == version("1.1.0")));
}

#[tokio::test]
async fn list_that_nobody_renewed_counts_no_more() {
    let site = Site::open().await;
    let mut list = list(1, "1.1.0", &[CLIENT]);
    list["expires"] = json!(Timestamp::now() - SignedDuration::from_secs(1));
    site.put(CLIENT.0, Answer::File(CLIENT.1.to_vec()));
    site.publish(&list);
    assert!(matches!(site.check().await, Err(CheckError::Expired(_))));
    has_nothing(&site);
    // Nor does one that has run out since it was fetched.
    let end = Timestamp::now() + SignedDuration::from_secs(2);
    list["expires"] = json!(end);
    site.publish(&list);
    assert!(matches!(site.check().await, Ok(Found::Ready(_))));
    while Timestamp::now() <= end {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(matches!(
        site.updater().verified(),
        Err(CheckError::Expired(_))
    ));
}

#[tokio::test]
async fn older_and_equal_versions_are_no_updates() {
    let site = Site::open().await;
    for (serial, number) in [(1, "1.0.0"), (2, "0.9.0"), (3, "0.99.99")] {
        site.release(serial, number, &[CLIENT]);
        assert_eq!(site.check().await.unwrap(), Found::Newest);
    }
    assert!(site.updater().ready().unwrap().is_none());
    assert!(!site.asked().iter().any(|(path, _)| path.ends_with(".deb")));
}

#[tokio::test]
async fn share_and_channel_decide_whose_turn_it_is() {
    let site = Site::open().await;
    let mut list = list(1, "1.1.0", &[CLIENT]);
    site.put(CLIENT.0, Answer::File(CLIENT.1.to_vec()));
    list["channels"]["stable"]["share"] = json!(0);
    site.publish(&list);
    assert_eq!(site.check().await.unwrap(), Found::Later(version("1.1.0")));
    list["channels"] = json!({"beta": list["channels"]["stable"]});
    list["channels"]["beta"]["share"] = json!(100);
    site.publish(&list);
    assert_eq!(site.check().await.unwrap(), Found::Newest);
    let beta = Config {
        channel: Channel::Beta,
        ..site.config()
    };
    let found = site.updater_of(beta, None).check().await.unwrap();
    assert!(matches!(found, Found::Ready(_)));
}

#[tokio::test]
async fn version_that_is_taken_back_is_offered_no_more() {
    let site = Site::open().await;
    let mut list = site.release(1, "1.1.0", &[CLIENT]);
    assert!(matches!(site.check().await, Ok(Found::Ready(_))));
    list["serial"] = json!(2);
    list["channels"] = json!({});
    site.publish(&list);
    assert_eq!(site.check().await.unwrap(), Found::Newest);
    assert!(site.updater().ready().unwrap().is_none());
    assert!(!site.directory().join("1.1.0").exists());
}

#[tokio::test]
async fn version_whose_files_made_room_for_the_next_is_not_ready() {
    let site = Site::open().await;
    let mut list = site.release(1, "1.1.0", &[CLIENT]);
    let beta = || {
        let channel = Channel::Beta;
        let config = site.config();
        site.updater_of(Config { channel, ..config }, None)
    };
    assert!(matches!(beta().check().await, Ok(Found::Ready(_))));
    list["serial"] = json!(2);
    list["channels"]["beta"] = list["channels"]["stable"].clone();
    list["channels"]["beta"]["version"] = json!("1.2.0");
    list["channels"]["beta"]["files"][0]["url"] = json!("platen_1.2.0_amd64.deb");
    site.publish(&list);
    let missing = beta().check().await.unwrap_err();
    assert!(matches!(missing, CheckError::File { .. }), "{missing:?}");
    assert!(beta().ready().unwrap().is_none());
    site.put("platen_1.2.0_amd64.deb", Answer::File(CLIENT.1.to_vec()));
    assert!(matches!(beta().check().await, Ok(Found::Ready(_))));
    assert_eq!(beta().verified().unwrap().0, version("1.2.0"));
}

#[tokio::test]
async fn huge_lists_and_signatures_are_not_read_to_their_end() {
    let site = Site::open().await;
    site.release(1, "1.1.0", &[CLIENT]);
    let too_large = |found, wanted: u64| {
        matches!(
            found,
            Err(CheckError::List(FetchError::TooLarge { most })) if most == wanted
        )
    };
    site.put("releases.json.sig", Answer::Endless);
    assert!(too_large(site.check().await, limit::SIGNATURE_BYTES));
    site.put("releases.json", Answer::Endless);
    assert!(too_large(site.check().await, limit::LIST_BYTES));
    // Signed, and too long all the same.
    let mut list = list(1, "1.1.0", &[CLIENT]).to_string().into_bytes();
    list.resize(usize::try_from(limit::LIST_BYTES).unwrap() + 1, b' ');
    site.publish_bytes(list);
    assert!(too_large(site.check().await, limit::LIST_BYTES));
    has_nothing(&site);
}

#[tokio::test]
async fn signed_nonsense_is_nonsense() {
    let site = Site::open().await;
    for bytes in ["{}", " ", "\u{fe}", "[1,2", "{\"format\":9}"] {
        site.publish_bytes(bytes.into());
        assert!(matches!(site.check().await, Err(CheckError::Nonsense(_))));
    }
    let deep = [b"[".repeat(5000), b"]".repeat(5000)].concat();
    site.publish_bytes(deep);
    assert!(matches!(site.check().await, Err(CheckError::Nonsense(_))));
    has_nothing(&site);
}

#[tokio::test]
async fn file_is_never_longer_nor_another_than_the_list_says() {
    let site = Site::open().await;
    site.release(1, "1.1.0", &[CLIENT]);
    let mut longer = CLIENT.1.to_vec();
    longer.push(b'!');
    let mut changed = CLIENT.1.to_vec();
    changed[3] ^= 1;
    for (answer, is_too_large) in [
        (Answer::Endless, true),
        (Answer::File(longer), true),
        (Answer::File(changed), false),
    ] {
        site.put(CLIENT.0, answer);
        match site.check().await {
            Err(CheckError::File {
                name,
                source: FetchError::TooLarge { most },
            }) => {
                assert!(is_too_large && name == CLIENT.0);
                assert_eq!(most, CLIENT.1.len() as u64);
            }
            Err(CheckError::Different(name)) => assert!(!is_too_large && name == CLIENT.0),
            other => panic!("{other:?}"),
        }
        assert!(matches!(
            site.updater().verified(),
            Err(CheckError::NothingReady)
        ));
        let left = files(&site.directory().join("1.1.0"));
        assert!(left.iter().all(|name| name.ends_with(".part")), "{left:?}");
        let left = left
            .first()
            .map(|name| site.directory().join("1.1.0").join(name));
        assert!(left.is_none_or(|part| part.metadata().unwrap().len() == 0));
    }
    site.put(CLIENT.0, Answer::File(CLIENT.1.to_vec()));
    assert!(matches!(site.check().await, Ok(Found::Ready(_))));
}

#[tokio::test]
async fn file_that_was_cut_is_gone_on_with_where_it_ended() {
    let site = Site::open().await;
    let bytes: Vec<u8> = (0..300_000_u32)
        .map(|n| n.to_le_bytes()[n as usize % 3])
        .collect();
    let package = ("platen_1.1.0_amd64.deb", bytes.as_slice());
    site.release(1, "1.1.0", &[package]);
    site.put(package.0, Answer::Cut(bytes.clone(), 100_000));
    let cut = site.check().await.unwrap_err();
    assert!(cut.is_temporary(), "{cut:?}");
    let soon = site.updater().due_in();
    assert!(soon <= Duration::from_secs(2 * 3600), "{soon:?}");
    let part = site.directory().join("1.1.0/platen_1.1.0_amd64.deb.part");
    let there = part.metadata().unwrap().len();
    assert!(0 < there && there <= 100_000, "{there}");
    site.asked();
    assert!(matches!(site.check().await, Ok(Found::Ready(_))));
    let asked = site.asked();
    let there = usize::try_from(there).unwrap();
    assert!(
        asked.contains(&("/platen/platen_1.1.0_amd64.deb".to_owned(), Some(there))),
        "{asked:?}"
    );
    let (_, paths) = site.updater().verified().unwrap();
    assert_eq!(fs::read(&paths[0]).unwrap(), bytes);
}

#[tokio::test]
async fn part_of_another_file_or_on_a_server_without_parts_begins_anew() {
    let site = Site::open().await;
    site.release(1, "1.1.0", &[CLIENT]);
    let directory = site.directory().join("1.1.0");
    let part = directory.join(format!("{}.part", CLIENT.0));
    for (answer, before) in [
        (Answer::Whole(CLIENT.1.to_vec()), &b"the cl"[..]),
        (Answer::File(CLIENT.1.to_vec()), &b"other"[..]),
        (Answer::File(CLIENT.1.to_vec()), &[0; 500][..]),
    ] {
        site.put(CLIENT.0, answer);
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        fs::write(&part, before).unwrap();
        make_private(&part);
        assert!(
            matches!(site.check().await, Ok(Found::Ready(_))),
            "{before:?}"
        );
        let (_, paths) = site.updater().verified().unwrap();
        assert_eq!(fs::read(&paths[0]).unwrap(), CLIENT.1);
    }
}

#[cfg(unix)]
fn make_private(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn nobody_is_sent_from_https_to_http() {
    let site = Site::open().await;
    site.release(1, "1.1.0", &[CLIENT]);
    // Where plain http leads to somebody listens, and is not asked.
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = plain.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = plain.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = connection
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                .await;
        }
    });
    for name in ["releases.json", CLIENT.0] {
        let to = Answer::Elsewhere(format!("http://127.0.0.1:{port}/platen/{name}"));
        site.put(name, to);
        let refused = site.check().await;
        let unreachable = match &refused {
            Err(CheckError::List(error)) => name == "releases.json" && is_unreachable(error),
            Err(CheckError::File { source, .. }) => name == CLIENT.0 && is_unreachable(source),
            _ => false,
        };
        assert!(unreachable, "{name}: {refused:?}");
        site.release(1, "1.1.0", &[CLIENT]);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    // From https to https it goes, but not for ever.
    site.put("moved.deb", Answer::File(CLIENT.1.to_vec()));
    site.put(CLIENT.0, Answer::Elsewhere("/platen/moved.deb".to_owned()));
    assert!(matches!(site.check().await, Ok(Found::Ready(_))));
    site.put(
        "releases.json",
        Answer::Elsewhere("/platen/releases.json".to_owned()),
    );
    assert!(matches!(site.check().await, Err(CheckError::List(error)) if is_unreachable(&error)));
}

fn is_unreachable(error: &FetchError) -> bool {
    matches!(error, FetchError::Unreachable(_))
}

#[tokio::test]
async fn server_that_is_not_trusted_or_not_there_or_refuses_is_no_update() {
    let site = Site::open().await;
    let config = site.config();
    let http = platen_link::http(&config.url, None).unwrap();
    let updater = platen_update::Updater::new(config, http).unwrap();
    let refused = updater.check().await.unwrap_err();
    assert!(
        matches!(&refused, CheckError::List(error) if is_unreachable(error)),
        "{refused:?}"
    );
    assert!(site.asked().is_empty());
    let missing = site.check().await.unwrap_err();
    assert!(
        matches!(missing, CheckError::List(FetchError::Status(404))),
        "{missing:?}"
    );
    assert!(!missing.is_temporary());
    site.put(
        "releases.json",
        Answer::Failure(StatusCode::SERVICE_UNAVAILABLE),
    );
    let busy = site.check().await.unwrap_err();
    assert!(
        matches!(busy, CheckError::List(FetchError::Status(503))),
        "{busy:?}"
    );
    assert!(busy.is_temporary());
    has_nothing(&site);
}

#[tokio::test]
async fn file_that_somebody_changes_or_may_change_is_not_handed_on() {
    let site = Site::open().await;
    site.release(1, "1.1.0", &[TOOLS, CLIENT]);
    assert!(matches!(site.check().await, Ok(Found::Ready(_))));
    let updater = site.updater();
    let (_, paths) = updater.verified().unwrap();
    let refused = |what: &str| match updater.verified() {
        Err(CheckError::Different(name)) => assert_eq!(name, CLIENT.0, "{what}"),
        other => panic!("{what}: {other:?}"),
    };
    let mut changed = CLIENT.1.to_vec();
    changed[0] ^= 1;
    fs::write(&paths[1], &changed).unwrap();
    refused("another content");
    fs::write(&paths[1], CLIENT.1).unwrap();
    updater.verified().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        fs::set_permissions(&paths[1], fs::Permissions::from_mode(0o620)).unwrap();
        refused("others may write it");
        let elsewhere = site.scratch.path().join("elsewhere.deb");
        fs::rename(&paths[1], &elsewhere).unwrap();
        fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
        symlink(&elsewhere, &paths[1]).unwrap();
        refused("a link to somewhere else");
        fs::remove_file(&paths[1]).unwrap();
    }
    refused("nothing");
    // What is said to be ready is believed for no other list than the signed one.
    let list = site.directory().join("releases.json");
    let text = fs::read_to_string(&list).unwrap();
    fs::write(&list, text.replace("1.1.0", "1.1.1")).unwrap();
    assert!(matches!(updater.verified(), Err(CheckError::Signature)));
    // The next look puts all in order.
    assert!(matches!(site.check().await, Ok(Found::Ready(_))));
    updater.verified().unwrap();
}

#[tokio::test]
async fn everything_goes_by_way_of_the_proxy_that_is_set() {
    let site = Site::open().await;
    site.release(1, "1.1.0", &[CLIENT]);
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    let passed = Arc::new(AtomicUsize::new(0));
    let count = passed.clone();
    tokio::spawn(async move {
        while let Ok((connection, _)) = proxy.accept().await {
            tokio::spawn(tunnel(connection, count.clone()));
        }
    });
    let updater = site.updater_of(site.config(), Some(&address.parse().unwrap()));
    assert!(matches!(updater.check().await, Ok(Found::Ready(_))));
    // The list, its signature and the package.
    assert_eq!(passed.load(Ordering::SeqCst), 3);
    assert_eq!(site.asked().len(), 3);
}

/// *Source*: RFC 9110, section 9.3.6 (CONNECT).
async fn tunnel(mut connection: TcpStream, count: Arc<AtomicUsize>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(connection.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    let target = head.strip_prefix("CONNECT ").unwrap();
    let mut target = TcpStream::connect(target.split(' ').next().unwrap())
        .await
        .unwrap();
    count.fetch_add(1, Ordering::SeqCst);
    connection
        .write_all(b"HTTP/1.1 200 OK\r\n\r\n")
        .await
        .unwrap();
    // Whoever ends first ends it.
    let _ = copy_bidirectional(&mut connection, &mut target).await;
}

#[tokio::test]
async fn clock_that_was_set_back_does_not_put_the_question_off() {
    let site = Site::open().await;
    site.release(1, "1.0.0", &[CLIENT]);
    assert_eq!(site.check().await.unwrap(), Found::Newest);
    assert!(!site.updater().due_in().is_zero());
    let state = site.directory().join("state.json");
    let text = fs::read_to_string(&state).unwrap();
    let mut known: serde_json::Value = serde_json::from_str(&text).unwrap();
    for next in ["2100-01-01T00:00:00Z", "2001-01-01T00:00:00Z"] {
        known["next"] = json!(next);
        fs::write(&state, known.to_string()).unwrap();
        assert!(site.updater().due_in().is_zero(), "{next}");
    }
}

#[tokio::test]
async fn two_programs_do_not_look_at_once() {
    let site = Site::open().await;
    site.release(1, "1.1.0", &[CLIENT]);
    let (one, other) = (site.updater(), site.updater());
    let (one, other) = tokio::join!(one.check(), other.check());
    let busy = [&one, &other]
        .into_iter()
        .filter(|found| matches!(found, Err(CheckError::Busy)));
    assert_eq!(busy.count(), 1, "{one:?} {other:?}");
    assert!(site.updater().verified().is_ok());
}
