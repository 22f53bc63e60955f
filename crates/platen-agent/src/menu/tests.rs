use platen_words::{ENGLISH, GERMAN};

use super::*;

fn content() -> Content {
    Content {
        who: Who::SignedIn {
            name: "Alice".into(),
            note: None,
        },
        accounts: vec![
            AccountLine {
                id: AccountId(Uuid::from_u128(1)),
                name: "Print Quota".into(),
                balance: "19/50 points used".into(),
                at_limit: false,
                active: true,
            },
            AccountLine {
                id: AccountId(Uuid::from_u128(2)),
                name: "Department".into(),
                balance: "30/20 points used".into(),
                at_limit: true,
                active: false,
            },
        ],
        documents: Vec::new(),
        problem: None,
        update: Update::Off,
        may_quit: true,
    }
}

#[test]
fn account_at_its_limit_is_shown_but_can_not_be_chosen() {
    let menu = menu(&ENGLISH, &content());
    let Some(Item::Submenu { text, items }) = menu
        .iter()
        .find(|item| matches!(item, Item::Submenu { .. }))
    else {
        panic!("no account menu: {menu:?}");
    };
    assert_eq!(text, "Active Account: Print Quota");
    let seen: Vec<_> = items
        .iter()
        .map(|item| match item {
            Item::Check {
                text,
                enabled,
                checked,
                ..
            } => (text.as_str(), *enabled, *checked),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("Print Quota — 19/50 points used", true, true),
            ("Department — 30/20 points used, at its limit", false, false),
        ]
    );
}

#[test]
fn quit_is_missing_where_policy_forbids_it() {
    let has_quit = |content: &Content| {
        menu(&ENGLISH, content).iter().any(|item| {
            matches!(
                item,
                Item::Choice {
                    command: Command::Quit,
                    ..
                }
            )
        })
    };
    assert!(has_quit(&content()));
    assert!(!has_quit(&Content {
        may_quit: false,
        ..content()
    }));
}

#[test]
fn newer_version_is_asked_for_or_offered_only_where_somebody_looks_for_it() {
    let about_updates = |update: Update| -> Vec<String> {
        let content = Content {
            update,
            ..content()
        };
        let items = menu(&ENGLISH, &content).into_iter();
        let found = items.filter_map(|item| match item {
            Item::Choice {
                command: Command::CheckForUpdates | Command::InstallUpdate,
                text,
                ..
            } => Some(text),
            _ => None,
        });
        found.collect()
    };
    assert!(about_updates(Update::Off).is_empty());
    assert_eq!(about_updates(Update::Unknown), ["Check for Updates"]);
    let ready = about_updates(Update::Ready("1.2.3".into()));
    assert_eq!(ready, ["Install Platen 1.2.3…"]);
}

#[test]
fn computers_own_user_is_named_as_such_and_can_not_sign_out() {
    let local = Content {
        who: Who::Local("alice".into()),
        ..content()
    };
    let menu = menu(&ENGLISH, &local);
    assert_eq!(menu[0], Item::Label("alice (this computer’s user)".into()));
    assert!(!menu.iter().any(|item| matches!(
        item,
        Item::Choice {
            command: Command::SignOut,
            ..
        }
    )));
}

#[test]
fn who_is_not_signed_in_any_more_reads_why() {
    let label = |note: Option<&str>| {
        let who = Who::SignedOut {
            note: note.map(str::to_owned),
        };
        menu(&ENGLISH, &Content { who, ..content() }).remove(0)
    };
    assert_eq!(label(None), Item::Label("Not signed in".into()));
    assert_eq!(
        label(Some("the keyring is locked")),
        Item::Label("Not signed in (the keyring is locked)".into())
    );
}

#[test]
fn german_menu_says_the_same_with_the_same_commands() {
    let texts = |menu: &[Item]| -> Vec<String> {
        let text = |item: &Item| match item {
            Item::Label(text) | Item::Submenu { text, .. } => text.clone(),
            Item::Choice { text, command, .. } => format!("{text} = {}", command.id()),
            Item::Separator | Item::Check { .. } => String::new(),
        };
        menu.iter().map(text).collect()
    };
    let menu = menu(&GERMAN, &content());
    assert_eq!(
        texts(&menu),
        [
            "Alice",
            "",
            "Aktives Konto: Print Quota",
            "Benutzerportal öffnen = portal",
            "Letzte Dokumente",
            "",
            "Abmelden = sign-out",
            "Info & Diagnose = about",
            "Beenden = quit",
        ]
    );
}

#[test]
fn every_id_is_the_command_written_down() {
    let id = Uuid::from_u128(7);
    let commands = [
        Command::UseAccount(AccountId(id)),
        Command::OpenPortal,
        Command::OpenDocument(DocumentId(id)),
        Command::SignIn,
        Command::SignOut,
        Command::CheckForUpdates,
        Command::InstallUpdate,
        Command::About,
        Command::Quit,
    ];
    for command in commands {
        assert_eq!(Command::from_id(&command.id()), Some(command));
    }
    for id in ["", "account/", "account/x", "document/1/2", "reboot", "x/y"] {
        assert_eq!(Command::from_id(id), None, "{id}");
    }
}

#[test]
fn long_and_hostile_names_are_cut_and_cleaned() {
    let long = "x".repeat(200);
    assert_eq!(shortened(&long).chars().count(), LONGEST_NAME);
    assert_eq!(shortened("a\nb\u{7}c"), "a b c");
}
