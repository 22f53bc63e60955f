//! Sign-in, renewal and sign-out at a real provider, kept by a real keyring.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use platen_domain::Person;
use platen_identity::{
    Identity, Kept, NotKept, ProviderError, RefreshError, Restored, Revocation, Scopes, Secret,
    SignInError, Status,
};
use support::browser::{Browser, Wish};
use support::provider::Provider;
use support::{Desktop, PATIENCE, config, in_session, sign_in, until};

fn is_signed_in(status: &Status) -> bool {
    matches!(status, Status::SignedIn { .. })
}

fn is_offline(status: &Status) -> bool {
    matches!(status, Status::Offline { .. })
}

/// Checks that the provider was not reached and the person is kept.
#[track_caller]
fn offline_for(identity: &Identity, error: &RefreshError, person: &Person) -> Status {
    assert!(
        matches!(
            error,
            RefreshError::Provider(ProviderError::Unreachable { .. })
        ),
        "{error:?}"
    );
    let status = identity.status().borrow().clone();
    assert!(
        is_offline(&status) && status.person() == Some(person),
        "{status:?}"
    );
    status
}

fn is_revoked(status: &Status) -> bool {
    matches!(status, Status::Revoked { .. })
}

#[test]
fn a_person_signs_in_on_the_providers_pages_and_is_known_after_a_restart_without_network() {
    in_session(Desktop::Keyring, async |session| {
        let provider = Provider::start();
        let folder = session.data_dir("a");
        let identity = Identity::new(config(&provider.issuer, &folder));
        assert_eq!(identity.restore().await, Restored::Nothing);
        let (outcome, page) = sign_in(&identity, "bob").await;
        let person = outcome.unwrap().person;
        assert_eq!(person.id.as_str(), format!("{}#bob", provider.issuer));
        assert_eq!(
            (person.name.as_str(), person.login.as_str()),
            ("Bob Baker", "bob@example.edu")
        );
        assert_eq!(
            person.groups,
            ["research", "students"].map(String::from).into()
        );
        assert!(
            page.contains("Welcome, Bob Baker.") && page.contains("You can close this window."),
            "{page}"
        );
        assert!(matches!(
            &*identity.status().borrow(),
            Status::SignedIn {
                kept: Kept::Sealed,
                ..
            }
        ));

        let sealed = folder.join("session.sealed");
        assert_eq!(
            std::fs::metadata(&sealed).unwrap().permissions().mode() & 0o777,
            0o600
        );
        let bytes = std::fs::read(&sealed).unwrap();
        assert!(
            !String::from_utf8_lossy(&bytes).contains("bob"),
            "the file is readable"
        );

        drop(identity);
        let issuer = provider.issuer.clone();
        provider.stop();
        let identity = Identity::new(config(&issuer, &folder));
        assert_eq!(identity.restore().await, Restored::Person(person.clone()));
        assert!(
            is_signed_in(&identity.status().borrow()),
            "the provider's word still holds"
        );

        let error = identity.refresh().await.unwrap_err();
        let status = offline_for(&identity, &error, &person);
        assert!(
            status
                .sentence(&platen_words::ENGLISH)
                .contains("Offline, last signed in as Bob Baker"),
            "{}",
            status.sentence(&platen_words::ENGLISH)
        );
    });
}

#[test]
fn a_session_is_renewed_by_itself_before_it_runs_out() {
    in_session(Desktop::Keyring, async |session| {
        let provider = Provider::start_with(&[("PLATEN_PROVIDER_ACCESS_S", "4")]);
        let identity = Identity::new(config(&provider.issuer, &session.data_dir("a")));
        let first = sign_in(&identity, "alice").await.0.unwrap();
        for _ in 0..2 {
            let Status::SignedIn { fresh_until, .. } = identity.status().borrow().clone() else {
                panic!()
            };
            let renewed = until(
                &identity,
                "renewed",
                move |status| matches!(status, Status::SignedIn { fresh_until: later, .. } if *later > fresh_until),
            );
            assert_eq!(renewed.await.person(), Some(&first.person));
        }
    });
}

#[test]
fn a_session_that_ran_out_while_the_program_was_closed_is_renewed_after_the_start() {
    in_session(Desktop::Keyring, async |session| {
        let provider = Provider::start_with(&[
            ("PLATEN_PROVIDER_ACCESS_S", "1"),
            ("PLATEN_PROVIDER_ID_S", "1"),
        ]);
        let folder = session.data_dir("a");
        let identity = Identity::new(config(&provider.issuer, &folder));
        let first = sign_in(&identity, "alice").await.0.unwrap();
        drop(identity);
        support::wait_for("run out", || {
            (jiff::Timestamp::now() > first.fresh_until).then_some(())
        });

        let identity = Identity::new(config(&provider.issuer, &folder));
        let mut status = identity.status();
        assert_eq!(
            identity.restore().await,
            Restored::Person(first.person.clone())
        );
        assert!(is_offline(&status.borrow_and_update()) || is_signed_in(&status.borrow()));
        let status = until(&identity, "signed in again", is_signed_in).await;
        assert_eq!(status.person(), Some(&first.person));
    });
}

#[test]
fn a_refresh_token_that_was_rotated_away_ends_the_session_for_who_replays_it() {
    in_session(Desktop::Keyring, async |session| {
        let provider = Provider::start();
        let (ours, stolen) = (session.data_dir("ours"), session.data_dir("stolen"));
        let identity = Identity::new(config(&provider.issuer, &ours));
        sign_in(&identity, "alice").await.0.unwrap();
        std::fs::create_dir(&stolen).unwrap();
        std::fs::copy(ours.join("session.sealed"), stolen.join("session.sealed")).unwrap();

        identity.refresh().await.unwrap();
        identity
            .refresh()
            .await
            .expect("the token that came with the renewal is good");

        let thief = Identity::new(config(&provider.issuer, &stolen));
        assert!(matches!(thief.restore().await, Restored::Person(_)));
        assert_eq!(thief.refresh().await, Err(RefreshError::Revoked));
        assert!(is_revoked(&thief.status().borrow()));
        // The provider can't know who is who, so it ends both.
        assert_eq!(identity.refresh().await, Err(RefreshError::Revoked));
    });
}

#[test]
fn a_revoked_session_stays_revoked_after_a_restart_and_a_new_sign_in_heals_it() {
    in_session(Desktop::Keyring, async |session| {
        let (ours, other) = (session.data_dir("ours"), session.data_dir("other"));
        let provider = Provider::start();
        let identity = Identity::new(config(&provider.issuer, &ours));
        let person = sign_in(&identity, "alice").await.0.unwrap().person;
        std::fs::create_dir(&other).unwrap();
        std::fs::copy(ours.join("session.sealed"), other.join("session.sealed")).unwrap();
        let elsewhere = Identity::new(config(&provider.issuer, &other));
        elsewhere.restore().await;
        assert_eq!(elsewhere.sign_out().await.revocation, Revocation::Done);

        assert_eq!(identity.refresh().await, Err(RefreshError::Revoked));
        assert_eq!(
            *identity.status().borrow(),
            Status::Revoked {
                person: person.clone()
            }
        );
        assert!(identity.status().borrow().needs_sign_in());

        assert_eq!(sign_in(&identity, "alice").await.0.unwrap().person, person);
        assert!(is_signed_in(&identity.status().borrow()));
    });
}

#[test]
fn sign_out_withdraws_the_tokens_at_the_provider_and_forgets_file_and_key() {
    in_session(Desktop::Keyring, async |session| {
        let provider = Provider::start();
        let folder = session.data_dir("a");
        let identity = Identity::new(config(&provider.issuer, &folder));
        sign_in(&identity, "alice").await.0.unwrap();
        let kept = std::fs::read(folder.join("session.sealed")).unwrap();

        let signed_out = identity.sign_out().await;
        assert_eq!(signed_out.revocation, Revocation::Done);
        assert_eq!(*identity.status().borrow(), Status::SignedOut);
        assert!(!folder.join("session.sealed").exists());
        let page = Browser::new()
            .walk(signed_out.end_session.unwrap(), Wish::Cancel)
            .await;
        assert!(
            page.contains("/session/end/confirm"),
            "the provider does not know the session: {page}"
        );
        assert_eq!(identity.refresh().await, Err(RefreshError::SignedOut));

        // Even a copy of the file opens no more: its key is gone.
        std::fs::write(folder.join("session.sealed"), kept).unwrap();
        assert_eq!(
            Identity::new(config(&provider.issuer, &folder))
                .restore()
                .await,
            Restored::Unreadable
        );
    });
}

#[test]
fn a_tampered_file_opens_nothing_and_a_new_sign_in_replaces_it() {
    in_session(Desktop::Keyring, async |session| {
        let provider = Provider::start();
        let folder = session.data_dir("a");
        let identity = Identity::new(config(&provider.issuer, &folder));
        sign_in(&identity, "alice").await.0.unwrap();
        drop(identity);
        let path = folder.join("session.sealed");
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&path, bytes).unwrap();

        let identity = Identity::new(config(&provider.issuer, &folder));
        assert_eq!(identity.restore().await, Restored::Unreadable);
        assert_eq!(*identity.status().borrow(), Status::SignedOut);
        let person = sign_in(&identity, "alice").await.0.unwrap().person;
        let again = Identity::new(config(&provider.issuer, &folder));
        assert_eq!(again.restore().await, Restored::Person(person));
    });
}

#[test]
fn a_session_of_another_issuer_is_not_taken_up() {
    in_session(Desktop::Keyring, async |session| {
        let provider = Provider::start();
        let folder = session.data_dir("a");
        sign_in(&Identity::new(config(&provider.issuer, &folder)), "alice")
            .await
            .0
            .unwrap();
        let identity = Identity::new(config("https://login.example.edu", &folder));
        assert_eq!(identity.restore().await, Restored::Nothing);
    });
}

#[test]
fn without_a_keyring_the_session_lives_in_memory_until_a_keyring_comes() {
    in_session(Desktop::EmptyBus, async |mut session| {
        let provider = Provider::start();
        let folder = session.data_dir("a");
        let identity = Identity::new(config(&provider.issuer, &folder));
        let signed_in = sign_in(&identity, "alice").await.0.unwrap();
        assert_eq!(signed_in.kept, Kept::InMemory(NotKept::KeyringMissing));
        let sentence = identity.status().borrow().sentence(&platen_words::ENGLISH);
        assert!(sentence.contains("no keyring"), "{sentence}");
        assert!(!folder.join("session.sealed").exists());

        session.start_keyring();
        assert_eq!(identity.refresh().await.unwrap().kept, Kept::Sealed);
        let again = Identity::new(config(&provider.issuer, &folder));
        assert_eq!(again.restore().await, Restored::Person(signed_in.person));
    });
}

#[test]
fn a_session_whose_keyring_is_missing_is_named_so_and_opens_when_it_comes() {
    in_session(Desktop::EmptyBus, async |mut session| {
        let provider = Provider::start();
        let folder = session.data_dir("a");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(
            folder.join("session.sealed"),
            b"PLATEN-SESSION\0\x01 sealed by an earlier run",
        )
        .unwrap();
        let identity = Identity::new(config(&provider.issuer, &folder));
        assert_eq!(identity.restore().await, Restored::KeyringMissing);
        assert_eq!(*identity.status().borrow(), Status::KeyringMissing);
        session.start_keyring();
        // The keyring is there now, and has no key for this file.
        identity.nudge();
        until(&identity, "asked again", |status| {
            *status == Status::SignedOut
        })
        .await;
        assert_eq!(identity.restore().await, Restored::Unreadable);
    });
}

#[test]
fn a_locked_keyring_is_named_so_and_a_sign_in_then_lives_in_memory() {
    in_session(Desktop::Keyring, async |session| {
        let provider = Provider::start();
        let folder = session.data_dir("a");
        sign_in(&Identity::new(config(&provider.issuer, &folder)), "alice")
            .await
            .0
            .unwrap();
        session.lock_keyring();

        let identity = Identity::new(config(&provider.issuer, &folder));
        assert_eq!(identity.restore().await, Restored::KeyringLocked);
        assert_eq!(*identity.status().borrow(), Status::KeyringLocked);
        let sentence = identity.status().borrow().sentence(&platen_words::ENGLISH);
        assert!(sentence.contains("Unlock it"), "{sentence}");

        let signed_in = sign_in(&identity, "alice").await.0.unwrap();
        assert_eq!(signed_in.kept, Kept::InMemory(NotKept::KeyringLocked));
        assert!(
            !folder.join("session.sealed").exists(),
            "the file held an older session"
        );
    });
}

#[test]
fn a_keyring_that_answers_after_the_deadline_still_opens_the_session() {
    in_session(Desktop::Keyring, async |session| {
        let provider = Provider::start();
        let folder = session.data_dir("a");
        let person = sign_in(&Identity::new(config(&provider.issuer, &folder)), "alice")
            .await
            .0
            .unwrap()
            .person;
        session.signal_keyring("STOP");
        let identity = Identity::new(config(&provider.issuer, &folder));
        let restored = identity.restore().await;
        session.signal_keyring("CONT");
        assert_eq!(restored, Restored::KeyringLocked);
        let status = until(&identity, "unlocked", |status| status.person().is_some()).await;
        assert_eq!(status.person(), Some(&person));
    });
}

#[test]
fn a_folder_that_cannot_be_written_leaves_the_session_in_memory() {
    in_session(Desktop::Keyring, async |session| {
        let provider = Provider::start();
        let file = session.data_dir("a-file");
        std::fs::write(&file, "in the way").unwrap();
        let identity = Identity::new(config(&provider.issuer, &file));
        let signed_in = sign_in(&identity, "alice").await.0.unwrap();
        assert_eq!(signed_in.kept, Kept::InMemory(NotKept::Disk));
        assert!(
            identity
                .status()
                .borrow()
                .sentence(&platen_words::ENGLISH)
                .contains("disk full")
        );
    });
}

#[test]
fn a_provider_that_hangs_is_offline_and_a_nudge_takes_it_up_again() {
    in_session(Desktop::NoBus, async |session| {
        let provider = Provider::start();
        let identity = Identity::new(config(&provider.issuer, &session.data_dir("a")));
        let person = sign_in(&identity, "carol").await.0.unwrap().person;
        provider.signal("STOP");
        let error = identity.refresh().await.unwrap_err();
        provider.signal("CONT");
        offline_for(&identity, &error, &person);
        identity.nudge();
        let status = until(&identity, "decided", |status| !is_offline(status)).await;
        // The provider may have served the renewal that nobody waited for: then
        // the token is spent, and the person has to sign in again.
        assert!(is_signed_in(&status) || is_revoked(&status), "{status:?}");
        assert_eq!(status.person(), Some(&person));
    });
}

#[test]
fn groups_kept_out_of_the_token_come_from_user_info() {
    in_session(Desktop::NoBus, async |session| {
        let provider = Provider::start_with(&[("PLATEN_PROVIDER_CONFORM", "1")]);
        let identity = Identity::new(config(&provider.issuer, &session.data_dir("a")));
        let person = sign_in(&identity, "bob").await.0.unwrap().person;
        assert_eq!(
            person.groups,
            ["research", "students"].map(String::from).into()
        );
        assert_eq!(person.login, "bob@example.edu");
        let renewed = identity.refresh().await.unwrap().person;
        assert_eq!(renewed, person);
    });
}

#[test]
fn without_a_refresh_token_the_session_expires_and_says_so() {
    in_session(Desktop::NoBus, async |session| {
        let provider = Provider::start_with(&[("PLATEN_PROVIDER_ACCESS_S", "2")]);
        let mut config = config(&provider.issuer, &session.data_dir("a"));
        config.scopes = Scopes::usual(&["email", "profile", "groups"]);
        let identity = Identity::new(config);
        let person = sign_in(&identity, "alice").await.0.unwrap().person;
        assert!(is_signed_in(&identity.status().borrow()));
        let status = until(&identity, "expired", |status| {
            matches!(status, Status::Expired { .. })
        })
        .await;
        assert_eq!(status.person(), Some(&person));
        assert_eq!(identity.refresh().await, Err(RefreshError::Expired));
    });
}

#[test]
fn client_with_a_secret_and_an_address_of_its_own_signs_in_and_renews() {
    in_session(Desktop::NoBus, async |session| {
        let provider = Provider::start();
        let mut config = config(&provider.issuer, &session.data_dir("a"));
        config.client_id = "platen-desktop".into();
        config.redirect = Some("http://127.0.0.1/back".parse().unwrap());
        let without = Identity::new(config.clone());
        let refused = sign_in(&without, "alice").await.0;
        assert!(
            matches!(refused, Err(SignInError::Refused { .. })),
            "{refused:?}"
        );

        config.client_secret = Some(Secret::new("known-to-everybody"));
        let identity = Identity::new(config);
        let person = sign_in(&identity, "alice").await.0.unwrap().person;
        assert_eq!(identity.refresh().await.unwrap().person, person);
    });
}

#[test]
fn a_person_who_says_no_in_the_browser_has_cancelled() {
    in_session(Desktop::NoBus, async |session| {
        let provider = Provider::start();
        let identity = Identity::new(config(&provider.issuer, &session.data_dir("a")));
        let pending = identity.begin_sign_in().await.unwrap();
        let url = pending.url.clone();
        let browser = tokio::spawn(async move { Browser::new().walk(url, Wish::Cancel).await });
        assert_eq!(pending.finish(PATIENCE).await, Err(SignInError::Cancelled));
        assert!(browser.await.unwrap().contains("Sign-in was cancelled"));
    });
}

#[test]
fn a_person_who_never_comes_back_from_the_browser_ends_in_a_timeout() {
    in_session(Desktop::NoBus, async |session| {
        let provider = Provider::start();
        let identity = Identity::new(config(&provider.issuer, &session.data_dir("a")));
        let pending = identity.begin_sign_in().await.unwrap();
        assert_eq!(
            pending.finish(Duration::from_millis(50)).await,
            Err(SignInError::Timeout)
        );
    });
}

#[test]
fn a_provider_that_is_down_is_named() {
    in_session(Desktop::NoBus, async |session| {
        let provider = Provider::start();
        let identity = Identity::new(config(&provider.issuer, &session.data_dir("a")));
        provider.stop();
        let error = identity.begin_sign_in().await.map(|_| ()).unwrap_err();
        assert_eq!(
            error,
            SignInError::Provider(ProviderError::Unreachable {
                host: "127.0.0.1".into()
            })
        );
    });
}

#[test]
fn without_an_issuer_nothing_is_asked_and_the_status_says_so() {
    in_session(Desktop::NoBus, async |_session| {
        let identity = Identity::not_configured();
        assert_eq!(*identity.status().borrow(), Status::NotConfigured);
        assert_eq!(identity.restore().await, Restored::Nothing);
        assert_eq!(
            identity.begin_sign_in().await.map(|_| ()),
            Err(SignInError::NotConfigured)
        );
        assert_eq!(identity.refresh().await, Err(RefreshError::SignedOut));
        assert_eq!(identity.sign_out().await.revocation, Revocation::Nothing);
    });
}
