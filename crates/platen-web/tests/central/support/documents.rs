//! Documents of people who have signed in.

use jiff::Timestamp;
use platen_domain::{DocumentId, PageFacts, PageRun, Size};
use platen_ledger::{Facts, NewDocument, Reserve, Site as Data};
use uuid::Uuid;

use super::Site;

/// A document of one page of `login`'s that waits for its release.
pub(crate) async fn held(site: &Site, login: &str) -> DocumentId {
    let ledger = &site.ledger;
    if ledger.accounts().await.unwrap().is_empty() {
        let data = Data::from_toml(SITE).unwrap();
        ledger.load_site(data).await.unwrap();
    }
    let row = ledger
        .person_by_login(&format!("{login}@example.edu"))
        .await
        .unwrap();
    let person = row.unwrap().person;
    let new = NewDocument {
        id: DocumentId(Uuid::new_v4()),
        user: person.id.clone(),
        queue: "secure".into(),
        job_id: 1,
        name: "essay.pdf".into(),
        submitted_at: Timestamp::now(),
    };
    let id = new.id;
    ledger.submit(new).await.unwrap();
    let reserve = Reserve {
        id,
        person,
        account: None,
        facts: Facts {
            documents: vec![vec![PageRun {
                count: 1,
                page: PageFacts {
                    size: Size::A4,
                    colour: false,
                },
            }]],
            digests: vec![[7; 32]],
            format: "pdf".into(),
            ..Facts::default()
        },
        lease: None,
    };
    let now = Timestamp::now();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    ledger.reserve(reserve, now, today).await.unwrap();
    id
}

const SITE: &str = r#"
[[account]]
name = "Print Quota"
code = "quota"

[rates.other]
mono = { simplex = 1, duplex = 1 }
colour = { simplex = 1, duplex = 1 }
"#;
