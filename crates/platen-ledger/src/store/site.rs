//! What an administrator sets up, kept in memory: accounts, settings, the rate
//! card in force and group membership.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use platen_domain::active::order_key;
use platen_domain::{Account, AccountId, Person, RateCard, UserId};

use super::reach::Reach;
use super::set::{Question, Step};
use super::shelf::Rows;
use super::table::{Kind, Stored, Table};
use super::value::{Value, check_storable, count};
use super::{MISSED, Result, Row, Tx};
use crate::codec;
use crate::engine::Sql;
use crate::error::LedgerError;
use crate::site::Settings;
use crate::text;

const SITE: &str = "site";
/// Counts the changes of the site, so that everybody notices them.
const VERSION: &str = "version";

const PUT_SETTING: &str = "INSERT INTO setting (name, value) VALUES (?1, ?2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";

const LEAVE: &str = "DELETE FROM membership WHERE login = ?1 AND group_name = ?2";

const MEMBERSHIP: Table = Table {
    name: "membership",
    key: 2,
    locked: true,
    columns: &[("login", Kind::Text), ("group_name", Kind::Text)],
};

const RATE_CARD: Table = Table {
    name: "rate_card",
    key: 1,
    locked: false,
    columns: &[("version", Kind::Int), ("card", Kind::Text)],
};

/// The site as one version of it stands.
#[derive(Clone, Default)]
pub(crate) struct SiteState {
    pub(crate) version: i64,
    pub(super) settings: Settings,
    pub(super) card: Option<Arc<RateCard>>,
    pub(super) accounts: BTreeMap<AccountId, Arc<Account>>,
    pub(super) by_name: HashMap<String, AccountId>,
    pub(super) by_code: HashMap<String, AccountId>,
    /// In alphabetical order.
    pub(super) order: BTreeMap<(String, String), AccountId>,
    /// Groups by login or user identifier.
    groups: Arc<HashMap<String, BTreeSet<String>>>,
    /// Found out when somebody asks.
    reach: OnceLock<Arc<Reach>>,
}

/// One change of the site.
pub(crate) enum SiteChange {
    /// An account is new or changed.
    Account(Arc<Account>),
    /// A new card is in force.
    Card(Arc<RateCard>),
    /// Other settings are in force.
    Settings(Settings),
    /// Other groups are in force: logins by group.
    Groups(BTreeMap<String, BTreeSet<String>>),
    /// Some people's groups are others.
    Memberships(Memberships),
}

/// What changed in some people's groups: pairs of login and group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memberships {
    pub(crate) gone: Vec<(String, String)>,
    pub(crate) new: Vec<(String, String)>,
    /// Who is known of those people: they have to hear of it.
    pub(super) people: Vec<UserId>,
}

impl SiteChange {
    /// Whom it concerns; none: everybody.
    pub(super) fn people(&self) -> Option<&[UserId]> {
        match self {
            Self::Memberships(changed) => Some(&changed.people),
            _ => None,
        }
    }
}

impl SiteState {
    /// Reads the whole site.
    pub(crate) fn load(sql: &dyn Sql, version: i64) -> Result<Self> {
        let mut site = Self {
            version,
            ..Self::default()
        };
        let stored = sql.query_one("SELECT value FROM setting WHERE name = ?1", &[SITE.into()])?;
        if let Some(mut row) = stored {
            site.settings = codec::from_text(&row.text()?)?;
        }
        let newest = "SELECT version, card FROM rate_card ORDER BY version DESC LIMIT 1";
        if let Some(mut row) = sql.query_one(newest, &[])? {
            let version = row.count()?;
            site.card = Some(Arc::new(codec::card_from_text(version, &row.text()?)?));
        }
        for mut row in sql.query(&Account::TABLE.select(), &[])? {
            site.put(Arc::new(Account::read(&mut row)?));
        }
        let mut groups: HashMap<String, BTreeSet<String>> = HashMap::new();
        for mut row in sql.query(&MEMBERSHIP.select(), &[])? {
            let login = row.text()?;
            groups.entry(login).or_default().insert(row.text()?);
        }
        site.groups = Arc::new(groups);
        Ok(site)
    }

    /// The version of the site that is stored.
    pub(crate) fn stored_version(sql: &dyn Sql) -> Result<i64> {
        let stored = sql.query_one(
            "SELECT value FROM setting WHERE name = ?1",
            &[VERSION.into()],
        )?;
        stored.map_or(Ok(0), Self::version_in)
    }

    /// The version of the site in the row that has it.
    pub(crate) fn version_in(mut row: Row) -> Result<i64> {
        let text = row.text()?;
        text.parse()
            .map_err(|_| LedgerError::corrupt("the version of the site"))
    }

    pub(super) fn apply(&mut self, change: &SiteChange) {
        match change {
            SiteChange::Account(account) => self.put(Arc::clone(account)),
            SiteChange::Card(card) => self.card = Some(Arc::clone(card)),
            SiteChange::Settings(settings) => self.settings = *settings,
            SiteChange::Groups(by_group) => self.groups = Arc::new(by_login(by_group)),
            SiteChange::Memberships(changed) => {
                let groups = Arc::make_mut(&mut self.groups);
                for (login, group) in &changed.gone {
                    if let Some(of_login) = groups.get_mut(login) {
                        of_login.remove(group);
                        if of_login.is_empty() {
                            groups.remove(login);
                        }
                    }
                }
                for (login, group) in &changed.new {
                    let of_login = groups.entry(login.clone()).or_default();
                    of_login.insert(group.clone());
                }
            }
        }
    }

    /// Those that give a person access, in alphabetical order.
    pub(super) fn accounts_of(&self, person: &Person) -> Vec<Arc<Account>> {
        let reach = self.reach.get_or_init(|| {
            let accounts = self.order.values().filter_map(|id| self.accounts.get(id));
            Arc::new(Reach::new(accounts.cloned().collect()))
        });
        reach.of(person)
    }

    fn put(&mut self, account: Arc<Account>) {
        self.reach = OnceLock::new();
        if let Some(former) = self.accounts.get(&account.id) {
            for (known, name) in [
                (&mut self.by_name, &former.name),
                (&mut self.by_code, &former.code),
            ] {
                // Accounts of earlier programs may share a key with another.
                let key = text::key(name);
                if known.get(&key) == Some(&account.id) {
                    known.remove(&key);
                }
            }
            self.order.remove(&owned_order(former));
        }
        self.by_name.insert(text::key(&account.name), account.id);
        self.by_code.insert(text::key(&account.code), account.id);
        self.order.insert(owned_order(&account), account.id);
        self.accounts.insert(account.id, account);
    }
}

/// Logins by group.
fn members(by_login: &HashMap<String, BTreeSet<String>>) -> BTreeMap<String, BTreeSet<String>> {
    let mut members: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (login, groups) in by_login {
        for group in groups {
            let of_group = members.entry(group.clone()).or_default();
            of_group.insert(login.clone());
        }
    }
    members
}

/// Groups by login.
fn by_login(by_group: &BTreeMap<String, BTreeSet<String>>) -> HashMap<String, BTreeSet<String>> {
    let mut groups: HashMap<String, BTreeSet<String>> = HashMap::new();
    for (group, logins) in by_group {
        for login in logins {
            let of_login = groups.entry(login.clone()).or_default();
            of_login.insert(group.clone());
        }
    }
    groups
}

fn owned_order(account: &Account) -> (String, String) {
    let (folded, name) = order_key(account);
    (folded, name.to_owned())
}

/// The steps that write changes of the site, its new version included.
pub(super) fn steps(stored: &SiteState, changes: &[SiteChange]) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    if changes.is_empty() {
        return Ok(steps);
    }
    let mut rows = |table, inserts, updates| {
        steps.push(Step::Rows(table, Rows { inserts, updates }));
    };
    // New accounts as they are in the end, and after what changed of others, so
    // that names which became free are.
    let mut new: BTreeMap<AccountId, &Arc<Account>> = BTreeMap::new();
    for change in changes {
        match change {
            SiteChange::Account(account) => {
                if stored.accounts.contains_key(&account.id) {
                    rows(Account::TABLE, Vec::new(), vec![account.values()?]);
                } else {
                    new.insert(account.id, account);
                }
            }
            SiteChange::Card(card) => {
                let values = vec![count(card.version)?, codec::card_to_text(card)?.into()];
                rows(&RATE_CARD, vec![values], Vec::new());
            }
            SiteChange::Settings(_) | SiteChange::Groups(_) | SiteChange::Memberships(_) => {}
        }
    }
    if !new.is_empty() {
        let new = new.values().map(|account| account.values());
        rows(Account::TABLE, new.collect::<Result<_>>()?, Vec::new());
    }
    for change in changes {
        match change {
            SiteChange::Settings(settings) => {
                let text = codec::to_text(settings)?;
                steps.push(Step::Run(PUT_SETTING, vec![SITE.into(), text.into()]));
            }
            SiteChange::Groups(by_group) => {
                steps.push(Step::Run("DELETE FROM membership", Vec::new()));
                let inserts = by_group
                    .iter()
                    .flat_map(|(group, logins)| {
                        logins.iter().map(|login| vec![login.into(), group.into()])
                    })
                    .collect();
                let updates = Vec::new();
                steps.push(Step::Rows(&MEMBERSHIP, Rows { inserts, updates }));
            }
            SiteChange::Memberships(changed) => {
                for (login, group) in &changed.gone {
                    let pair = vec![login.into(), group.into()];
                    steps.push(Step::Run(LEAVE, pair));
                }
                let inserts = changed.new.iter();
                let inserts = inserts
                    .map(|(login, group)| vec![login.into(), group.into()])
                    .collect();
                let updates = Vec::new();
                steps.push(Step::Rows(&MEMBERSHIP, Rows { inserts, updates }));
            }
            SiteChange::Account(_) | SiteChange::Card(_) => {}
        }
    }
    let version = (stored.version + 1).to_string();
    steps.push(Step::Run(
        PUT_SETTING,
        vec![VERSION.into(), Value::Text(version)],
    ));
    Ok(steps)
}

/// A card by its version.
pub(super) fn fetch_card(sql: &dyn Sql, version: u64) -> Result<RateCard> {
    let stored = sql.query_one(&RATE_CARD.select_one(), &[count(version)?])?;
    let mut row =
        stored.ok_or_else(|| LedgerError::corrupt(format!("rate card {version} is missing")))?;
    codec::card_from_text(row.count()?, &row.text()?)
}

impl Tx<'_> {
    pub(crate) fn settings(&self) -> Result<Settings> {
        Ok(self.set().site.settings)
    }

    pub(crate) fn put_settings(&self, settings: &Settings) -> Result<()> {
        if self.set().site.settings == *settings {
            return Ok(());
        }
        self.change_site(SiteChange::Settings(*settings))
    }

    /// The card in force: the one with the highest version.
    pub(crate) fn current_card(&self) -> Result<Option<Arc<RateCard>>> {
        Ok(self.set().site.card.clone())
    }

    pub(crate) fn card(&self, version: u64) -> Result<Arc<RateCard>> {
        let mut set = self.set();
        let current = set.site.card.as_ref();
        if let Some(card) = current.filter(|card| card.version == version) {
            return Ok(Arc::clone(card));
        }
        if let Some(card) = set.cards.get(&version) {
            return Ok(Arc::clone(card));
        }
        let Some(sql) = self.sql else {
            set.question(Question::Card(version));
            return Err(MISSED);
        };
        fetch_card(sql, version).map(Arc::new)
    }

    /// Adds a version; cards are never changed, since charges name them.
    pub(crate) fn add_card(&self, card: RateCard) -> Result<()> {
        self.change_site(SiteChange::Card(Arc::new(card)))
    }

    /// Groups that the site gives a person, by login or by id.
    pub(crate) fn site_groups(&self, person: &Person) -> Result<BTreeSet<String>> {
        let set = self.set();
        let of = |name: &str| set.site.groups.get(name).into_iter().flatten().cloned();
        Ok(of(&person.login).chain(of(person.id.as_str())).collect())
    }

    /// The groups that the site has members of.
    pub(crate) fn site_group_names(&self) -> Result<BTreeSet<String>> {
        let set = self.set();
        Ok(set.site.groups.values().flatten().cloned().collect())
    }

    /// The site's groups by login.
    pub(crate) fn groups_by_login(&self) -> Result<Arc<HashMap<String, BTreeSet<String>>>> {
        Ok(Arc::clone(&self.set().site.groups))
    }

    /// Logins by group, of those groups that the site has members of.
    pub(crate) fn members(&self) -> Result<BTreeMap<String, BTreeSet<String>>> {
        Ok(members(&*self.groups_by_login()?))
    }

    /// Puts other groups in force, if they are others.
    pub(crate) fn replace_groups(&self, groups: &BTreeMap<String, BTreeSet<String>>) -> Result<()> {
        for (group, logins) in groups {
            check_storable(logins.iter().chain([group]).map(|text| Some(text.as_str())))?;
        }
        if *self.set().site.groups == by_login(groups) {
            return Ok(());
        }
        self.change_site(SiteChange::Groups(groups.clone()))
    }

    /// Puts some people's groups in force, by login, and says what changed. Those
    /// of them who are known hear of it.
    pub(crate) fn change_groups(
        &self,
        wanted: &BTreeMap<String, BTreeSet<String>>,
        people: Vec<UserId>,
    ) -> Result<Memberships> {
        let mut changed = Memberships {
            people,
            ..Memberships::default()
        };
        let site = Arc::clone(&self.set().site);
        let nothing = BTreeSet::new();
        for (login, wanted) in wanted {
            check_storable(wanted.iter().chain([login]).map(|text| Some(text.as_str())))?;
            let stored = site.groups.get(login).unwrap_or(&nothing);
            let pair = |group: &String| (login.clone(), group.clone());
            changed.gone.extend(stored.difference(wanted).map(pair));
            changed.new.extend(wanted.difference(stored).map(pair));
        }
        // What is held would be copied when it changes.
        drop(site);
        if !changed.gone.is_empty() || !changed.new.is_empty() {
            self.change_site(SiteChange::Memberships(changed.clone()))?;
        }
        Ok(changed)
    }

    /// Lets a transaction that only reads stage changes of the site, for trying
    /// what they would do; they end with it.
    pub(crate) fn may_stage(&self) {
        debug_assert!(
            self.sql.is_some(),
            "an operation that writes locks the site"
        );
        self.set().lock_site();
    }

    pub(super) fn change_site(&self, change: SiteChange) -> Result<()> {
        self.set().change_site(change).ok_or(MISSED)
    }
}
