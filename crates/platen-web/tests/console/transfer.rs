//! Import and export as CSV.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use platen_domain::{Access, Kind, UserId};
use platen_ledger::{Actor, PersonSpec};

use crate::support::Console;

const IMPORT: &str = "/console/import/accounts";

#[tokio::test]
async fn accounts_go_out_and_come_back_as_they_were() {
    let console = Console::new().await;
    let file = console.get("/console/export/accounts.csv").await;
    file.is(200);
    assert!(file.body.contains("Chemistry Department"), "{}", file.body);
    let before = console.ledger.accounts().await.unwrap();
    let preview = console.upload(IMPORT, file.body.as_bytes()).await;
    preview
        .is(200)
        .says("0 new")
        .says("6 the same")
        .says("nothing to import");
    let changed = file.body.replace(",500,", ",650,");
    let preview = console.upload(IMPORT, changed.as_bytes()).await;
    preview
        .says("1 changed")
        .says("5 the same")
        .says("Nothing has been written yet");
    assert_eq!(console.ledger.accounts().await.unwrap(), before);
    let token = preview.field("token");
    let applied = console
        .post(&format!("{IMPORT}/apply"), &[("token", &token)])
        .await;
    let notice = applied.leads_to("/console/accounts");
    assert_eq!(notice, "Imported: 0 new, 1 changed, 5 the same.");
    assert_eq!(
        console.account("quota").await.limit.unwrap().to_string(),
        "650"
    );
    let again = console
        .post(&format!("{IMPORT}/apply"), &[("token", &token)])
        .await;
    again.is(422).says("preview is too old");
    assert_eq!(
        console.actions().await,
        ["accounts.import", "accounts.export"]
    );
}

#[tokio::test]
async fn new_accounts_come_in_from_a_german_spreadsheet() {
    let console = Console::new().await;
    let file = "\u{feff}Code;Name;Type;Limit;Groups\r\n\
        bio;Biologie;shared;120,5;\"staff;students\"\r\n\
        art;Kunst;;;\r\n";
    let preview = console.upload(IMPORT, file.as_bytes()).await;
    let token = preview.says("2 new").field("token");
    console
        .post(&format!("{IMPORT}/apply"), &[("token", &token)])
        .await
        .is(303);
    let bio = console.account("bio").await;
    assert_eq!(
        (bio.kind, bio.limit.unwrap().to_string()),
        (Kind::Shared, "120.5".to_owned())
    );
    let Access::Only { groups, users } = bio.access else {
        panic!("everyone’s")
    };
    assert_eq!((groups.len(), users.len()), (2, 0));
    assert_eq!(console.account("art").await.access, Access::Everyone);
    // What the file does not speak of stays as it is.
    let file = "code,name\nCHEM-01,Chemistry\n";
    let token = console.upload(IMPORT, file.as_bytes()).await.field("token");
    console
        .post(&format!("{IMPORT}/apply"), &[("token", &token)])
        .await
        .is(303);
    let chemistry = console.account("CHEM-01").await;
    assert_eq!(chemistry.name, "Chemistry");
    assert_eq!(chemistry.limit.unwrap().to_string(), "100");
    assert!(matches!(chemistry.access, Access::Only { .. }));
}

#[tokio::test]
async fn each_lines_mistake_is_named_and_nothing_is_imported() {
    let console = Console::new().await;
    let file = "code,name,status,start,expiry,type,limit,exceed_by,access,groups,users,on_client\n\
        a,Fine,,,,,,,,,,\n\
        ,No code,,,,,,,,,,\n\
        b,Bad status,maybe,,,,,,,,,\n\
        c,Bad day,,2026-02-30,,,,,,,,\n\
        d,Bad order,,2026-05-01,2026-04-01,,,,,,,\n\
        e,Bad type,,,,both,,,,,,\n\
        f,Bad limit,,,,,lots,,,,,\n\
        g,No limit,,,,,,5,,,,\n\
        h,Contradiction,,,,,,,all,staff,,\n\
        A,Code twice,,,,,,,,,,\n\
        i,fine,,,,,,,,,,\n\
        j,Print Quota,,,,,,,,,,\n\
        k,Bad switch,,,,,,,,,,sometimes\n";
    let answer = console.upload(IMPORT, file.as_bytes()).await;
    answer
        .is(422)
        .says("12 lines have mistakes. Nothing was imported.");
    let text = answer.text();
    for expected in [
        "3 “code” is empty.",
        "4 “status” must be one of: enabled, disabled. maybe",
        "5 “start” must be a day such as 2026-09-01. 2026-02-30",
        "6 The account would expire before it starts.",
        "7 “type” must be one of: individual, shared. both",
        "8 “limit” must be a number of points such as 15 or 7.5. lots",
        "9 “exceed_by” needs a “limit”",
        "10 “access” is “all”, but groups or users are named.",
        "11 “code” is the same as in line 2.",
        "12 “name” is the same as in line 2.",
        "13 The account “quota” has this name already.",
        "14 “on_client” must be one of: yes, no. sometimes",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert_eq!(console.ledger.accounts().await.unwrap().len(), 6);
}

#[tokio::test]
async fn files_that_are_no_tables_get_a_sentence() {
    let console = Console::new().await;
    for (file, text) in [
        (&b""[..], "Please choose a file"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"a\0b", "not text in UTF-8"),
    ] {
        let answer = console.upload(IMPORT, file).await;
        answer.is(422);
        assert!(answer.fault("file-accounts").contains(text), "{file:?}");
    }
    let answer = console.upload(IMPORT, b"code,name,colour\na,b,c\n").await;
    answer.is(422).says("“colour” is not known");
    let large = vec![b'x'; 17 * 1024 * 1024];
    let answer = console.upload(IMPORT, &large).await;
    answer.is(422);
    assert!(answer.fault("file-accounts").contains("16 MB at most"));
    console
        .upload("/console/import/dogs", b"code\n")
        .await
        .is(404);
    let answer = console.post(IMPORT, &[("file", "x")]).await;
    answer.is(422);
}

#[tokio::test]
async fn a_preview_is_of_one_kind_and_one_administrator() {
    let mut console = Console::new().await;
    let file = b"code,name\nart,Art\n";
    let token = console.upload(IMPORT, file).await.field("token");
    console.ask_as("second");
    console
        .post(&format!("{IMPORT}/apply"), &[("token", &token)])
        .await
        .is(422);
    console.ask_as("admin");
    let token = console.upload(IMPORT, file).await.field("token");
    console
        .post("/console/import/users/apply", &[("token", &token)])
        .await
        .is(422);
    console
        .post("/console/import/users/apply", &[("token", "")])
        .await
        .is(422);
    assert!(console.actions().await.is_empty());
}

#[tokio::test]
async fn formulas_are_only_text_in_what_goes_out() {
    let console = Console::new().await;
    let name = "=HYPERLINK(\"http://evil.example\")";
    let fields = [
        ("name", name),
        ("code", "@evil"),
        ("access", "only"),
        ("add_group", "+group"),
        ("add_group", "-group"),
    ];
    console.post("/console/accounts/new", &fields).await.is(303);
    let file = console.get("/console/export/accounts.csv").await.body;
    let line = file.lines().find(|line| line.contains("evil")).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(line.as_bytes());
    let record = reader.records().next().unwrap().unwrap();
    for field in &record {
        let dangerous = field.starts_with(['=', '+', '-', '@']);
        assert!(!dangerous, "{field:?} is a formula");
    }
    // And come back as they were.
    let preview = console.upload(IMPORT, file.as_bytes()).await;
    preview.says("7 the same");
}

#[tokio::test]
async fn users_go_out_and_come_in() {
    let console = Console::used().await;
    let file = console.get("/console/export/users.csv").await;
    file.is(200);
    assert!(
        file.body.starts_with("login,name,groups\n"),
        "{}",
        file.body
    );
    assert_eq!(file.body.lines().count(), 7, "{}", file.body);
    let import = "/console/import/users";
    let wrong = "login,name\nx@example.edu,X\n,Nobody\nX@example.edu,Again\n";
    let answer = console.upload(import, wrong.as_bytes()).await;
    answer
        .is(422)
        .says("3 “login” is empty.")
        .says("4 “login” is the same as in line 2.");
    // Bob is known, and the newcomer's groups wait for him.
    let right =
        "login,name,groups\nBOB@example.edu,Robert,artists;staff\nnew@example.edu,,artists\n";
    let preview = console.upload(import, right.as_bytes()).await;
    let token = preview
        .says("1 not signed in yet")
        .says("1 changed")
        .field("token");
    let applied = console
        .post(&format!("{import}/apply"), &[("token", &token)])
        .await;
    let notice = applied.leads_to("/console/users");
    assert_eq!(
        notice,
        "Imported: 1 not signed in yet, 1 changed, 0 the same."
    );
    let page = console.get("/console/users?search=bob").await;
    page.says("Robert").says("artists");
    let bob = console
        .upload(import, b"login,groups\nbob@example.edu,staff;artists\n")
        .await;
    bob.says("1 the same");
    let out = console.get("/console/export/users.csv").await.body;
    assert!(
        out.contains("bob@example.edu,Robert,artists;staff\n"),
        "{out}"
    );
    assert!(out.contains("new@example.edu,,artists\n"), "{out}");
    assert_eq!(
        console.actions().await[..2],
        ["people.export", "people.import"]
    );
}

#[tokio::test]
async fn all_users_are_exported_not_the_first_page() {
    let console = Console::new().await;
    console.seed.crowd(450).await;
    let file = console.get("/console/export/users.csv").await.body;
    // A head, three at this computer, the crowd, and Bob, whose group waits for him.
    assert_eq!(file.lines().count(), 1 + 3 + 450 + 1);
    assert!(file.contains("bob@example.edu,,chemistry\n"), "{file}");
    assert!(file.contains("student449@example.edu"));
}

/// A file of users that takes several transactions.
fn long_file() -> String {
    let line = |n| format!("student{n:05}@example.edu,Student number {n},students\n");
    let lines: String = (0..1_300).map(line).collect();
    format!("login,name,groups\n{lines}")
}

#[tokio::test]
async fn long_file_is_imported_in_the_background_and_shows_how_far_it_has_come() {
    let console = Console::new().await;
    let import = "/console/import/users";
    let preview = console.upload(import, long_file().as_bytes()).await;
    let token = preview.says("1,300 not signed in yet").field("token");
    let mut changes = console.ledger.changes();
    let applied = console
        .post(&format!("{import}/apply"), &[("token", &token)])
        .await;
    applied.is(303);
    let page = applied.location().to_owned();
    assert!(page.starts_with("/console/imports/"), "{page}");
    loop {
        let seen = console.get(&page).await;
        seen.is(200);
        if !seen.body.contains("data-under-way") {
            break;
        }
        changes.changed().await.unwrap();
    }
    let seen = console.get(&page).await;
    seen.says("1,300 of 1,300 lines written")
        .says("Imported: 1,300 not signed in yet, 0 changed, 0 the same.");
    assert_eq!(console.ledger.groups_by_login().await.unwrap().len(), 1_301);
    assert_eq!(console.actions().await, ["people.import"]);
    console.get("/console/transfer").await.says_not("Under way");
}

#[tokio::test]
async fn import_whose_server_went_down_says_so_and_that_it_can_be_repeated() {
    let mut console = Console::new().await;
    let desk = console.ledger.desk(Actor {
        id: UserId::local("other"),
        name: "other".into(),
        address: "192.0.2.1".into(),
    });
    let people = (0..1_300).map(|n| PersonSpec {
        id: None,
        login: format!("student{n:05}@example.edu"),
        name: "Student".into(),
        groups: Some(BTreeSet::from(["students".to_owned()])),
    });
    let now = Timestamp::now();
    let mut import = desk.begin_people(people.collect(), now).await.unwrap();
    import.step(now).await.unwrap();
    let page = format!("/console/imports/{}", import.run().id);
    drop(import);
    console
        .get("/console/transfer")
        .await
        .says("Under way")
        .says("Users: 500 of 1,300 lines written");
    console.get(&page).await.says("the import goes on");
    let later = now + SignedDuration::from_mins(11);
    console.ledger.end_silent_imports(later).await.unwrap();
    console
        .get(&page)
        .await
        .says("500 of 1,300 lines written")
        .says("The server that wrote it went down.")
        .says("Import the same file again");
    console.speak("de");
    console.get(&page).await.says("ist ausgefallen");
    console.get("/console/imports/7").await.is(404);
    console.speak("en");
    let audit = console.get("/console/audit").await;
    audit.says("Lines written: 500/1300");
    audit.says("Broken off: Its server went down.");
}
