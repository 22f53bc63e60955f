//! News of shared pools alone, on their way down.

use std::fmt::Write as _;

use platen_domain::{AccountId, Balance, Kind};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::PROTOCOL;
use super::limit::{self, Fault};
use super::view::{AccountView, View};

/// As long as the news of one pool. *Units*: bytes.
const LINE_BYTES: usize = 320;

/// What became of shared pools since a view; nothing else in it changed. Whoever says
/// that he takes it is sent this in place of a whole view: one print on an account of
/// many concerns all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balances {
    /// The version of the protocol that is spoken.
    pub protocol: u16,
    /// The version of the view that it follows on.
    pub base: u64,
    /// The version of the view with it.
    pub version: u64,
    /// The pools whose balance changed, as they stand now.
    pub pools: Vec<PoolBalance>,
}

/// The balance of one shared pool.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PoolBalance {
    /// Of which account.
    #[serde(with = "super::form")]
    pub id: AccountId,
    /// What has been spent; leases of all devices count as `leased`.
    #[serde(with = "super::form")]
    pub balance: Balance,
    /// It carries nothing more: shown, but disabled when switching.
    #[serde(default)]
    pub at_limit: bool,
}

/// What a server sends to a device that asks for its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Down {
    /// All of it.
    View(Box<View>),
    /// What changed since the view that the device has.
    Balances(Box<Balances>),
    /// Something that this version does not know: to be skipped.
    Unknown,
}

/// What tells them apart.
#[derive(Deserialize)]
struct Kinds {
    base: Option<u64>,
    user: Option<IgnoredAny>,
}

impl Down {
    /// Reads what a server sent.
    ///
    /// *Errors*: it makes no sense, or breaks a limit.
    pub fn from_json(json: &[u8]) -> Result<Self, Fault> {
        limit::size(json, limit::DOWN_BYTES)?;
        let kinds: Kinds =
            serde_json::from_slice(json).map_err(|error| Fault::unreadable(&error))?;
        match (kinds.base, kinds.user) {
            (Some(_), _) => Balances::from_json(json).map(|news| Self::Balances(Box::new(news))),
            (None, Some(_)) => View::from_json(json).map(|view| Self::View(Box::new(view))),
            (None, None) => Ok(Self::Unknown),
        }
    }
}

impl Balances {
    /// Reads what a server sent.
    ///
    /// *Errors*: it is none, or breaks a limit.
    pub fn from_json(json: &[u8]) -> Result<Self, Fault> {
        limit::size(json, limit::DOWN_BYTES)?;
        let news: Self = serde_json::from_slice(json).map_err(|error| Fault::unreadable(&error))?;
        limit::count(news.pools.len(), limit::ACCOUNTS, "accounts")?;
        Ok(news)
    }

    /// It as it is sent.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every value of it has a form in JSON")
    }

    /// The same with an end of line after it, of pools that stand in JSON already: many
    /// are told of the same ones.
    #[must_use]
    pub fn line<'json>(
        base: u64,
        version: u64,
        pools: impl IntoIterator<Item = &'json str>,
    ) -> String {
        let mut line = String::with_capacity(LINE_BYTES);
        line.push_str("{\"pools\":[");
        for (pool, number) in pools.into_iter().zip(0..) {
            if number > 0 {
                line.push(',');
            }
            line.push_str(pool);
        }
        writeln!(
            line,
            "],\"protocol\":{PROTOCOL},\"base\":{base},\"version\":{version}}}"
        )
        .expect("a string takes what is written");
        line
    }
}

impl PoolBalance {
    /// It as it stands among others in what is sent.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("every value of it has a form in JSON")
    }

    /// What an account shows of itself, which is a pool.
    #[must_use]
    pub const fn of(pool: &AccountView) -> Self {
        Self {
            id: pool.id,
            balance: pool.balance,
            at_limit: pool.at_limit,
        }
    }
}

impl View {
    /// The balances of its shared pools.
    pub fn pools(&self) -> impl Iterator<Item = PoolBalance> {
        let accounts = self.accounts.iter();
        let shared = accounts.filter(|account| account.kind == Kind::Shared);
        shared.map(PoolBalance::of)
    }

    /// It with other balances of its shared pools.
    ///
    /// *Errors*: they do not follow on it, or break a limit.
    pub fn followed_by(mut self, news: &Balances) -> Result<Self, Fault> {
        if news.base != self.version || news.version <= self.version {
            return Err(Fault::DoesNotFollow);
        }
        for pool in &news.pools {
            let mut accounts = self.accounts.iter_mut();
            let account = accounts.find(|one| one.id == pool.id && one.kind == Kind::Shared);
            let account = account.ok_or(Fault::DoesNotFollow)?;
            account.balance = pool.balance;
            account.at_limit = pool.at_limit;
            account.check()?;
        }
        self.version = news.version;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use platen_domain::{Points, UserId};
    use uuid::Uuid;

    use super::*;
    use crate::wire::User;

    fn account(number: u128, kind: Kind) -> AccountView {
        AccountView {
            id: AccountId(Uuid::from_u128(number)),
            name: format!("Account {number}"),
            kind,
            limit: Some(Points::whole(100).unwrap()),
            exceed_by: Points::ZERO,
            balance: Balance::default(),
            at_limit: false,
            in_grace: true,
        }
    }

    fn view() -> View {
        View {
            protocol: 1,
            version: 7,
            server_time: Timestamp::UNIX_EPOCH,
            user: User {
                id: UserId::local("ana"),
                name: String::new(),
                login: String::new(),
            },
            settings: Default::default(),
            accounts: vec![account(1, Kind::Shared), account(2, Kind::Individual)],
            active: None,
            card: None,
            documents: Vec::new(),
            closed: Vec::new(),
            leases: Vec::new(),
            lease_policy: Default::default(),
            applied: 3,
        }
    }

    fn news(number: u128, posted: i64) -> Balances {
        Balances {
            protocol: 1,
            base: 7,
            version: 9,
            pools: vec![PoolBalance {
                id: AccountId(Uuid::from_u128(number)),
                balance: Balance {
                    posted: Points::whole(posted).unwrap(),
                    ..Balance::default()
                },
                at_limit: true,
            }],
        }
    }

    #[test]
    fn balances_change_what_they_name_and_nothing_else() {
        let news = news(1, 100);
        let next = view().followed_by(&news).unwrap();
        let mut expected = view();
        expected.version = 9;
        expected.accounts[0].balance = news.pools[0].balance;
        expected.accounts[0].at_limit = true;
        assert_eq!(next, expected);
    }

    #[test]
    fn what_does_not_follow_is_refused() {
        let own = news(2, 1);
        let unknown = news(3, 1);
        let other = Balances {
            base: 6,
            ..news(1, 1)
        };
        let older = Balances {
            version: 7,
            ..news(1, 1)
        };
        for news in [own, unknown, other, older] {
            assert_eq!(
                view().followed_by(&news),
                Err(Fault::DoesNotFollow),
                "{news:?}"
            );
        }
        let mut out_of_range = news(1, 1);
        out_of_range.pools[0].balance.pending = Points::whole(-1).unwrap();
        assert!(matches!(
            view().followed_by(&out_of_range),
            Err(Fault::OutOfRange { .. })
        ));
    }

    #[test]
    fn kinds_are_told_apart() {
        let (whole, part) = (view(), news(1, 5));
        let read = |json: String| Down::from_json(json.as_bytes());
        assert_eq!(read(whole.to_json()), Ok(Down::View(Box::new(whole))));
        assert_eq!(read(part.to_json()), Ok(Down::Balances(Box::new(part))));
        assert!(read("{\"base\":7}".to_owned()).is_err());
        assert!(read("{\"user\":7}".to_owned()).is_err());
        for neither in ["{}", "{\"news\":{\"base\":7}}"] {
            assert_eq!(read(neither.to_owned()), Ok(Down::Unknown));
        }
        for garbage in ["", "no JSON", "7", "[]", "{\"news\":"] {
            assert!(read(garbage.to_owned()).is_err(), "{garbage}");
        }
    }

    #[test]
    fn line_of_pools_says_the_same() {
        for count in 0..3_u32 {
            let mut all = news(1, 0);
            all.protocol = PROTOCOL;
            all.pools = (0..count)
                .flat_map(|number| news(number.into(), -5).pools)
                .collect();
            let pools: Vec<_> = all.pools.iter().map(PoolBalance::to_json).collect();
            let line = Balances::line(7, 9, pools.iter().map(String::as_str));
            let json = line.strip_suffix('\n').unwrap();
            assert!(!json.contains('\n'));
            assert_eq!(
                Down::from_json(json.as_bytes()),
                Ok(Down::Balances(Box::new(all)))
            );
        }
    }
}
