//! Activities for other programs.

use std::collections::BTreeMap;

use platen_domain::UserId;
use platen_ledger::{
    Activity, ActivityFilter, ExportFilter, ExportFormat, NewDocument, Settlement,
};
use serde_json::Value;
use uuid::Uuid;

use crate::support::*;

const NASTY: [&str; 3] = ["Ωμέγα \"2\",\r\nÜber 🎓", "=1+1", "'quoted'\u{2028}"];

/// Two people print on two accounts, documents with awkward names.
async fn used_ledger() -> Bench {
    let bench = Bench::new().await;
    for (number, name) in (1u128..).zip(NASTY) {
        let document = NewDocument {
            name: name.into(),
            ..new_document(number, "alice")
        };
        bench.ledger.submit(document).await.unwrap();
        let account = Some(bench.account("quota").await);
        bench
            .reserve(number, "alice", account, facts(3))
            .await
            .unwrap();
        bench.begin_release(number).await;
        let printed = Settlement::Printed { sides: 3 };
        let at = hours_later(number as i64);
        bench
            .ledger
            .settle(document_id(number), printed, at)
            .await
            .unwrap();
    }
    let credit = platen_ledger::Change::Credit(points("2.5"));
    bench
        .adjust(50, "quota", Some("bob"), credit)
        .await
        .unwrap();
    bench.adjust(51, "research", None, credit).await.unwrap();
    bench
}

async fn exported(bench: &Bench, filter: ExportFilter, format: ExportFormat) -> (u64, String) {
    let exported = bench
        .ledger
        .export(filter, format, Vec::new())
        .await
        .unwrap();
    let text = String::from_utf8(exported.sink).unwrap();
    (exported.activities, text)
}

fn parsed(lines: &str) -> Vec<Value> {
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn bytes(line: &Value, name: &str) -> Option<Vec<u8>> {
    let text = line[name].as_str()?;
    let id: Uuid = text.parse().unwrap();
    Some(id.into_bytes().to_vec())
}

/// The chain's next hash, by what docs/ledger.md says alone.
fn link(previous: &[u8], line: &Value) -> Vec<u8> {
    let text = |name: &str| line[name].as_str().map(|text| text.as_bytes().to_vec());
    let number = |number: i64| Some(number.to_be_bytes().to_vec());
    let hundredths = |name: &str| {
        let points: platen_domain::Points = line[name].as_str().unwrap().parse().unwrap();
        number(points.hundredths())
    };
    let at: jiff::Timestamp = line["at"].as_str().unwrap().parse().unwrap();
    let version = line["card_version"].as_u64();
    let fields = [
        Some(b"platen activity 1".to_vec()),
        Some(previous.to_vec()),
        bytes(line, "id"),
        bytes(line, "account"),
        text("holder"),
        number(line["sequence"].as_i64().unwrap()),
        text("kind"),
        hundredths("points"),
        hundredths("posted_after"),
        text("user"),
        bytes(line, "document"),
        text("change"),
        text("reason"),
        text("by"),
        bytes(line, "corrects"),
        version.map(|version| version.to_be_bytes().to_vec()),
        number(at.as_microsecond()),
    ];
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for field in fields {
        match field {
            Some(field) => {
                context.update(&(field.len() as u64).to_be_bytes());
                context.update(&field);
            }
            None => context.update(&u64::MAX.to_be_bytes()),
        }
    }
    context.finish().as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn json_lines_hold_every_field_of_every_activity_oldest_first() {
    let bench = used_ledger().await;
    let (count, text) = exported(&bench, ExportFilter::default(), ExportFormat::JsonLines).await;
    assert_eq!(count, 5);
    let mut stored: Vec<Activity> = bench
        .ledger
        .activities(ActivityFilter::default())
        .await
        .unwrap();
    stored.reverse();
    let lines = parsed(&text);
    assert_eq!(lines.len(), stored.len());
    for (line, activity) in lines.iter().zip(&stored) {
        let optional = |name: &str| line[name].as_str().map(str::to_owned);
        assert_eq!(line["ordinal"], activity.ordinal);
        assert_eq!(line["id"], activity.id.to_string());
        assert_eq!(line["account"], activity.account.0.to_string());
        assert_eq!(
            optional("holder"),
            activity.holder.as_ref().map(ToString::to_string)
        );
        assert_eq!(line["sequence"], activity.sequence);
        assert_eq!(line["kind"], activity.kind.name());
        assert_eq!(line["points"], activity.points.to_string());
        assert_eq!(line["posted_after"], activity.posted_after.to_string());
        assert_eq!(
            optional("user"),
            activity.user.as_ref().map(ToString::to_string)
        );
        assert_eq!(
            optional("document"),
            activity.document.map(|id| id.0.to_string())
        );
        assert_eq!(
            optional("change"),
            activity.change.map(|change| change.to_string())
        );
        assert_eq!(line["reason"], activity.reason);
        assert_eq!(line["by"], activity.by);
        assert_eq!(
            optional("corrects"),
            activity.corrects.map(|id| id.to_string())
        );
        assert_eq!(line["card_version"].as_u64(), activity.card_version);
        assert_eq!(line["at"], activity.at.to_string());
        assert_eq!(line["hash"], hex(&activity.hash));
    }
    let names: Vec<_> = lines
        .iter()
        .filter_map(|line| line["reason"].as_str())
        .collect();
    assert_eq!(names[..3], NASTY);
    assert_eq!(lines[0]["account_code"], "quota");
    assert_eq!(lines[3]["points"], "-2.5");
}

#[tokio::test]
async fn chain_can_be_checked_from_the_export_alone() {
    let bench = used_ledger().await;
    let (_, text) = exported(&bench, ExportFilter::default(), ExportFormat::JsonLines).await;
    let mut heads: BTreeMap<String, (i64, Vec<u8>)> = BTreeMap::new();
    for line in parsed(&text) {
        let balance = format!("{} {}", line["account"], line["holder"]);
        let (sequence, head) = heads.entry(balance).or_insert((0, vec![0; 32]));
        *sequence += 1;
        *head = link(head, &line);
        assert_eq!(line["sequence"], *sequence);
        assert_eq!(line["hash"], hex(head));
    }
    assert_eq!(heads.len(), 3);
}

#[tokio::test]
async fn csv_quotes_and_defuses_what_people_wrote() {
    let bench = used_ledger().await;
    let (count, text) = exported(&bench, ExportFilter::default(), ExportFormat::Csv).await;
    assert_eq!(count, 5);
    assert!(text.starts_with("ordinal,id,account,account_code,holder,sequence,kind,points,"));
    assert!(text.contains(",\"Ωμέγα \"\"2\"\",\r\nÜber 🎓\","), "{text}");
    assert!(text.contains(",'=1+1,"), "{text}");
    assert!(text.contains(",''quoted'\u{2028},"), "{text}");
    assert!(text.contains(",credit,-2.5,-2.5,"), "{text}");
    assert!(text.contains(",2026-11-22T11:00:00Z,"), "{text}");
    assert!(text.ends_with("\r\n"));
}

#[tokio::test]
async fn filters_choose_by_account_person_and_time() {
    let bench = used_ledger().await;
    let filter = ExportFilter::default;
    let quota = bench.account("quota").await;
    for (filter, count) in [
        (
            ExportFilter {
                account: Some(quota),
                ..filter()
            },
            4,
        ),
        (
            ExportFilter {
                user: Some(UserId::local("alice")),
                ..filter()
            },
            3,
        ),
        (
            ExportFilter {
                user: Some(UserId::local("nobody")),
                ..filter()
            },
            0,
        ),
        (
            ExportFilter {
                since: Some(hours_later(2)),
                ..filter()
            },
            2,
        ),
        (
            ExportFilter {
                until: Some(hours_later(2)),
                ..filter()
            },
            3,
        ),
        (
            ExportFilter {
                account: Some(quota),
                user: Some(UserId::local("alice")),
                since: Some(hours_later(1)),
                until: Some(hours_later(3)),
            },
            2,
        ),
    ] {
        let (found, text) = exported(&bench, filter.clone(), ExportFormat::JsonLines).await;
        assert_eq!(
            (found, text.lines().count()),
            (count, count as usize),
            "{filter:?}"
        );
    }
}

struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn sink_that_takes_no_more_ends_the_export() {
    let bench = used_ledger().await;
    let ended = bench
        .ledger
        .export(ExportFilter::default(), ExportFormat::Csv, Full)
        .await;
    assert!(matches!(
        ended,
        Err(platen_ledger::LedgerError::Unwritable(_))
    ));
}
