//! The hash chain of a balance's activities. *Source*: rules.md R-30.

use platen_domain::UserId;
use ring::digest::{Context, SHA256};

use crate::activity::Activity;

/// What the first activity of a balance follows.
pub(crate) const START: [u8; 32] = [0; 32];

/// Keeps these hashes apart from all others, and names the layout below.
const DOMAIN: &[u8] = b"platen activity 1";

/// SHA-256 over the predecessor's hash and the activity's canonical bytes:
/// every field preceded by its length in 64 bits, an absent one by all ones,
/// numbers big-endian. `ordinal` and `hash` themselves are left out.
pub(crate) fn link(previous: &[u8; 32], activity: &Activity) -> [u8; 32] {
    let mut canonical = Canonical(Context::new(&SHA256));
    canonical.bytes(DOMAIN);
    canonical.bytes(previous);
    canonical.bytes(activity.id.as_bytes());
    canonical.bytes(activity.account.0.as_bytes());
    canonical.optional(activity.holder.as_ref().map(UserId::as_str));
    canonical.number(activity.sequence);
    canonical.bytes(activity.kind.name());
    canonical.number(activity.points.hundredths());
    canonical.number(activity.posted_after.hundredths());
    canonical.optional(activity.user.as_ref().map(UserId::as_str));
    canonical.optional(activity.document.map(|id| id.0.into_bytes()));
    canonical.optional(activity.change.map(|change| change.to_string()));
    canonical.bytes(&activity.reason);
    canonical.bytes(&activity.by);
    canonical.optional(activity.corrects.map(uuid::Uuid::into_bytes));
    canonical.optional(activity.card_version.map(u64::to_be_bytes));
    canonical.number(activity.at.as_microsecond());
    let mut hash = [0; 32];
    hash.copy_from_slice(canonical.0.finish().as_ref());
    hash
}

struct Canonical(Context);

impl Canonical {
    fn bytes(&mut self, field: impl AsRef<[u8]>) {
        let field = field.as_ref();
        // A length never reaches the value that stands for an absent field.
        self.0.update(&(field.len() as u64).to_be_bytes());
        self.0.update(field);
    }

    fn number(&mut self, field: i64) {
        self.bytes(field.to_be_bytes());
    }

    fn optional(&mut self, field: Option<impl AsRef<[u8]>>) {
        match field {
            Some(field) => self.bytes(field),
            None => self.0.update(&u64::MAX.to_be_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::ActivityKind;
    use jiff::Timestamp;
    use platen_domain::{AccountId, Points};
    use uuid::Uuid;

    fn activity() -> Activity {
        Activity {
            ordinal: 1,
            id: Uuid::from_u128(1),
            account: AccountId(Uuid::from_u128(2)),
            holder: None,
            sequence: 1,
            kind: ActivityKind::Debit,
            points: Points::from_hundredths(100),
            posted_after: Points::from_hundredths(100),
            user: None,
            document: None,
            change: None,
            reason: "ab".into(),
            by: "c".into(),
            corrects: None,
            card_version: None,
            at: Timestamp::UNIX_EPOCH,
            hash: START,
        }
    }

    #[test]
    fn every_field_and_the_predecessor_count() {
        let hash = link(&START, &activity());
        let differs = |change: fn(&mut Activity)| {
            let mut other = activity();
            change(&mut other);
            assert_ne!(link(&START, &other), hash);
        };
        differs(|activity| activity.id = Uuid::from_u128(3));
        differs(|activity| activity.account = AccountId(Uuid::from_u128(3)));
        differs(|activity| activity.holder = Some(UserId::local("alice")));
        differs(|activity| activity.sequence = 2);
        differs(|activity| activity.kind = ActivityKind::Credit);
        differs(|activity| activity.points = Points::ZERO);
        differs(|activity| activity.posted_after = Points::ZERO);
        differs(|activity| activity.user = Some(UserId::local("alice")));
        differs(|activity| activity.reason = "abc".into());
        differs(|activity| activity.by = "d".into());
        differs(|activity| activity.corrects = Some(Uuid::nil()));
        differs(|activity| activity.card_version = Some(0));
        differs(|activity| activity.at = Timestamp::from_microsecond(1).unwrap());
        // Text can't be shifted from one field into the next.
        differs(|activity| (activity.reason, activity.by) = ("a".into(), "bc".into()));
        assert_ne!(link(&hash, &activity()), hash);
        let mut moved = activity();
        moved.ordinal = 9;
        assert_eq!(link(&START, &moved), hash);
    }

    #[test]
    fn layout_is_the_one_that_stored_ledgers_were_written_with() {
        let hash = link(&START, &activity());
        let text: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            text,
            "c7dcebcbbe7272360567706aa75f611c9d51d189c37fab80127cfc1ef7780387"
        );
    }
}
