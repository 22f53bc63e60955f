//! What is refused of a provider that lies, and what the person is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use platen_identity::{Identity, Kept, NotKept, ProviderError, RefreshError, SignInError, Status};
use support::mischief::{Lies, Mischief};
use support::{Desktop, config, in_session, until};

/// Signs in at a provider that lies so; gives the refusal and checks that the
/// browser was shown its sentence and that nobody is signed in.
#[track_caller]
fn refused(lies: Lies, check: fn(&ProviderError) -> bool) {
    in_session(Desktop::NoBus, async move |session| {
        let provider = Mischief::start(lies).await;
        let identity = Identity::new(config(provider.issuer(), &session.data_dir("a")));
        let (outcome, page) = provider.sign_in(&identity).await;
        let Err(SignInError::Provider(error)) = outcome else {
            panic!("{outcome:?}")
        };
        assert!(check(&error), "{error:?}");
        assert!(page.contains("You are not signed in"), "{page}");
        assert_eq!(*identity.status().borrow(), Status::SignedOut);
    });
}

/// The same for one that is not even begun with.
#[track_caller]
fn not_begun(lies: Lies, check: fn(&ProviderError) -> bool) {
    in_session(Desktop::NoBus, async move |session| {
        let provider = Mischief::start(lies).await;
        let identity = Identity::new(config(provider.issuer(), &session.data_dir("a")));
        let Err(SignInError::Provider(error)) = identity.begin_sign_in().await.map(|_| ()) else {
            panic!("it was begun");
        };
        assert!(check(&error), "{error:?}");
    });
}

#[track_caller]
fn accepted(lies: Lies, key_requests: usize) {
    in_session(Desktop::NoBus, async move |session| {
        let provider = Mischief::start(lies).await;
        let identity = Identity::new(config(provider.issuer(), &session.data_dir("a")));
        let (outcome, page) = provider.sign_in(&identity).await;
        let signed_in = outcome.unwrap();
        assert_eq!(
            signed_in.person.id.as_str(),
            format!("{}#17", provider.issuer())
        );
        assert_eq!(signed_in.person.login, "alice");
        assert_eq!(signed_in.kept, Kept::InMemory(NotKept::KeyringMissing));
        assert!(page.contains("Welcome, Alice Archer."), "{page}");
        assert_eq!(provider.key_requests(), key_requests);
    });
}

#[test]
fn a_provider_that_does_not_lie_is_believed() {
    accepted(Lies::default(), 1);
}

#[test]
fn a_key_published_since_is_fetched_once() {
    accepted(
        Lies {
            rotates_keys: true,
            ..Lies::default()
        },
        2,
    );
}

#[test]
fn a_clock_less_than_two_minutes_off_is_forgiven() {
    accepted(
        Lies {
            clock_s: 100,
            ..Lies::default()
        },
        1,
    );
}

#[test]
fn a_description_of_another_issuer_is_refused() {
    not_begun(
        Lies {
            issuer_in_description: Some("https://evil.example"),
            ..Lies::default()
        },
        |error| matches!(error, ProviderError::WrongIssuer { found, .. } if found == "https://evil.example"),
    );
}

#[test]
fn a_token_of_another_issuer_is_refused() {
    refused(
        Lies {
            issuer_in_token: Some("https://evil.example"),
            ..Lies::default()
        },
        |error| matches!(error, ProviderError::WrongIssuer { .. }),
    );
}

#[test]
fn an_answer_of_another_issuer_is_refused() {
    refused(
        Lies {
            issuer_in_answer: Some("https://evil.example"),
            ..Lies::default()
        },
        |error| matches!(error, ProviderError::WrongIssuer { found, .. } if found == "https://evil.example"),
    );
}

#[test]
fn a_signature_by_another_key_is_refused() {
    refused(
        Lies {
            signs_with_unpublished_key: true,
            ..Lies::default()
        },
        |error| *error == ProviderError::WrongKey,
    );
}

#[test]
fn a_key_that_stays_unknown_is_refused() {
    refused(
        Lies {
            signs_with_unknown_key_id: true,
            ..Lies::default()
        },
        |error| *error == ProviderError::WrongKey,
    );
}

#[test]
fn an_unsigned_token_is_refused_even_if_the_description_allows_it() {
    refused(
        Lies {
            unsigned: true,
            ..Lies::default()
        },
        |error| matches!(error, ProviderError::Untrusted { .. }),
    );
}

#[test]
fn a_public_key_is_no_shared_secret() {
    refused(
        Lies {
            symmetric: true,
            ..Lies::default()
        },
        |error| matches!(error, ProviderError::Untrusted { .. }),
    );
}

#[test]
fn a_token_of_another_sign_in_is_refused() {
    refused(
        Lies {
            nonce: Some("replayed"),
            ..Lies::default()
        },
        |error| matches!(error, ProviderError::Untrusted { what } if what.contains("another sign-in")),
    );
}

#[test]
fn a_token_for_another_program_is_refused() {
    for lies in [
        Lies {
            audience: Some("mail"),
            ..Lies::default()
        },
        Lies {
            authorized_party: Some("mail"),
            ..Lies::default()
        },
    ] {
        refused(
            lies,
            |error| matches!(error, ProviderError::Untrusted { what } if what.contains("another program")),
        );
    }
}

#[test]
fn an_access_token_that_does_not_belong_to_the_identity_is_refused() {
    refused(
        Lies {
            access_token_hash: Some("c29tZXRoaW5nIGVsc2U"),
            ..Lies::default()
        },
        |error| matches!(error, ProviderError::Untrusted { .. }),
    );
}

#[test]
fn a_clock_that_is_off_is_named_with_its_direction() {
    refused(
        Lies {
            clock_s: 1800,
            ..Lies::default()
        },
        |error| {
            matches!(
                error,
                ProviderError::ClockOff {
                    ahead_s: -1801..=-1790
                }
            ) && error.to_string().contains("30 minutes behind")
        },
    );
}

#[test]
fn a_clock_that_is_ahead_is_named_with_its_direction() {
    refused(
        Lies {
            clock_s: -1800,
            ..Lies::default()
        },
        |error| {
            matches!(
                error,
                ProviderError::ClockOff {
                    ahead_s: 1790..=1860
                }
            ) && error.to_string().contains("ahead of")
        },
    );
}

#[test]
fn a_broken_provider_is_told_from_an_unreachable_one() {
    not_begun(
        Lies {
            description_status: Some(503),
            ..Lies::default()
        },
        |error| matches!(error, ProviderError::Faulty { what, .. } if what.contains("503")),
    );
}

#[test]
fn a_description_without_end_is_not_read_to_its_end() {
    not_begun(
        Lies {
            description_bytes: 3 << 20,
            ..Lies::default()
        },
        |error| matches!(error, ProviderError::Faulty { what, .. } if what.contains("too large")),
    );
}

#[test]
fn a_redirect_is_not_followed() {
    not_begun(
        Lies {
            description_redirects: true,
            ..Lies::default()
        },
        |error| matches!(error, ProviderError::Faulty { what, .. } if what.contains("307")),
    );
}

#[test]
fn a_token_endpoint_that_fails_is_a_fault_of_the_provider() {
    refused(
        Lies {
            token_status: Some(500),
            ..Lies::default()
        },
        |error| matches!(error, ProviderError::Faulty { .. }),
    );
}

#[test]
fn plain_http_to_another_machine_is_not_even_tried() {
    in_session(Desktop::NoBus, async |session| {
        let identity = Identity::new(config("http://login.example.edu", &session.data_dir("a")));
        let outcome = identity.begin_sign_in().await.map(|_| ());
        let host = "login.example.edu".to_owned();
        assert_eq!(
            outcome,
            Err(SignInError::Provider(ProviderError::Insecure { host }))
        );
    });
}

#[test]
fn a_renewal_that_names_another_person_changes_nothing_but_keeps_the_new_token() {
    in_session(Desktop::NoBus, async |session| {
        let provider = Mischief::start(Lies::default()).await;
        let identity = Identity::new(config(provider.issuer(), &session.data_dir("a")));
        let person = provider.sign_in(&identity).await.0.unwrap().person;

        provider.now_lies(Lies {
            subject_after_refresh: Some("18"),
            ..Lies::default()
        });
        let error = identity.refresh().await.unwrap_err();
        assert!(
            matches!(
                error,
                RefreshError::Provider(ProviderError::Untrusted { .. })
            ),
            "{error:?}"
        );
        let status = until(&identity, "offline", |status| {
            matches!(status, Status::Offline { .. })
        })
        .await;
        assert_eq!(status.person(), Some(&person));

        provider.now_lies(Lies::default());
        assert_eq!(identity.refresh().await.unwrap().person, person);
        assert_eq!(provider.refresh_tokens(), ["refresh 0", "refresh 1"]);
    });
}

#[test]
fn a_refused_sign_in_leaves_the_earlier_one() {
    in_session(Desktop::NoBus, async |session| {
        let provider = Mischief::start(Lies::default()).await;
        let identity = Identity::new(config(provider.issuer(), &session.data_dir("a")));
        let person = provider.sign_in(&identity).await.0.unwrap().person;
        provider.now_lies(Lies {
            nonce: Some("replayed"),
            ..Lies::default()
        });
        assert!(provider.sign_in(&identity).await.0.is_err());
        assert_eq!(identity.status().borrow().person(), Some(&person));
    });
}
