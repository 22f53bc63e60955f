//! What programs are shown.

use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{Access, Account, Balance, Kind, PrintRates, RateCard, RateRow, Standing};
use platen_ledger::Activity;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::amount::Amount;
use super::problem::Problem;

/// Whose points an account holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AccountKind {
    /// Each user has the whole allocation to himself.
    Individual,
    /// One pool for all.
    Shared,
}

impl From<Kind> for AccountKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Individual => Self::Individual,
            Kind::Shared => Self::Shared,
        }
    }
}

/// How much may be used.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Limit)]
pub(crate) struct LimitBody {
    /// The limit that users see.
    points: Amount,
    /// How far it may be exceeded before printing is declined.
    allow_exceed_by: Amount,
}

/// How much may be used: null without a limit.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountLimit)]
pub(crate) struct AccountLimitBody {
    limit: Option<LimitBody>,
}

impl From<&Account> for AccountLimitBody {
    fn from(account: &Account) -> Self {
        Self {
            limit: limit(account),
        }
    }
}

fn limit(account: &Account) -> Option<LimitBody> {
    account.limit.map(|limit| LimitBody {
        points: Amount(limit),
        allow_exceed_by: Amount(account.exceed_by),
    })
}

/// Whether an account is for everyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AccessKind {
    Everyone,
    Restricted,
}

/// Who may use an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Access)]
pub(crate) struct AccessBody {
    /// Whether it is for everyone or for these groups and users alone.
    #[serde(rename = "type")]
    kind: AccessKind,
    /// Groups whose members may use it.
    groups: Vec<String>,
    /// How many users may use it beside; they have a list of their own.
    user_count: usize,
}

impl From<&Access> for AccessBody {
    fn from(access: &Access) -> Self {
        match access {
            Access::Everyone => Self {
                kind: AccessKind::Everyone,
                groups: Vec::new(),
                user_count: 0,
            },
            Access::Only { groups, users } => Self {
                kind: AccessKind::Restricted,
                groups: groups.iter().cloned().collect(),
                user_count: users.len(),
            },
        }
    }
}

/// An account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Account)]
pub(crate) struct AccountBody {
    id: Uuid,
    /// Shown to users; unique.
    name: String,
    /// For administrators and programs; unique.
    code: String,
    /// A disabled account can neither be chosen nor charged.
    enabled: bool,
    /// The first day of use.
    #[schema(value_type = Option<String>, format = Date)]
    start_date: Option<Date>,
    /// The last day of use.
    #[schema(value_type = Option<String>, format = Date)]
    expiry_date: Option<Date>,
    kind: AccountKind,
    /// Null: unlimited.
    limit: Option<LimitBody>,
    access: AccessBody,
    /// Whether portal and clients show it.
    on_clients: bool,
    /// Archived accounts stay for reports alone.
    archived: bool,
    /// Grows with each change; also the ETag.
    version: u64,
}

impl From<&Account> for AccountBody {
    fn from(account: &Account) -> Self {
        Self {
            id: account.id.0,
            name: account.name.clone(),
            code: account.code.clone(),
            enabled: account.enabled,
            start_date: account.start,
            expiry_date: account.expiry,
            kind: account.kind.into(),
            limit: limit(account),
            access: (&account.access).into(),
            on_clients: account.on_clients,
            archived: account.archived,
            version: account.version,
        }
    }
}

/// A part of the list of accounts.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountList)]
pub(crate) struct AccountListBody {
    pub(crate) items: Vec<AccountBody>,
    /// Where the next page begins; null on the last one.
    pub(crate) next: Option<String>,
}

/// A part of the list of people with access of their own.
#[derive(Serialize, ToSchema)]
#[schema(as = AccessUserList)]
pub(crate) struct AccessUserListBody {
    /// Their addresses.
    pub(crate) items: Vec<String>,
    /// Where the next page begins; null on the last one.
    pub(crate) next: Option<String>,
}

/// How full a balance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StandingName {
    /// No limit.
    Unlimited,
    /// Below 75 % of the limit.
    Good,
    /// From 75 % of the limit on.
    Low,
    /// Above the limit.
    Over,
}

impl From<Standing> for StandingName {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Unlimited => Self::Unlimited,
            Standing::Good => Self::Good,
            Standing::Low => Self::Low,
            Standing::Over => Self::Over,
        }
    }
}

/// What was used of an account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Balance)]
pub(crate) struct BalanceBody {
    account_id: Uuid,
    account_name: String,
    /// Whose; null for the pool of a shared account.
    user_email: Option<String>,
    /// Posted and pending together.
    used: Amount,
    /// Printed, copied and adjusted.
    posted: Amount,
    /// Documents that wait to be released.
    pending: Amount,
    /// Null: unlimited.
    limit: Option<Amount>,
    /// Where printing is declined; null: never.
    hard_limit: Option<Amount>,
    /// What is left until the limit; below zero once it is exceeded.
    remaining: Option<Amount>,
    standing: StandingName,
    /// As users see it.
    #[schema(example = "90/200 points used")]
    text: String,
}

impl BalanceBody {
    /// *Errors*: numbers that don't fit any more.
    pub(crate) fn new(
        account: &Account,
        balance: &Balance,
        user_email: Option<String>,
    ) -> Result<Self, Problem> {
        let fits = |error| Problem::from(platen_ledger::LedgerError::Points(error));
        // A shared account has one balance, whoever asks.
        let user_email = user_email.filter(|_| account.kind == Kind::Individual);
        Ok(Self {
            account_id: account.id.0,
            account_name: account.name.clone(),
            user_email,
            used: Amount(balance.used().map_err(fits)?),
            posted: Amount(balance.posted),
            pending: Amount(balance.pending),
            limit: account.limit.map(Amount),
            hard_limit: account.hard_limit().map_err(fits)?.map(Amount),
            remaining: balance.remaining(account).map_err(fits)?.map(Amount),
            standing: balance.standing(account).map_err(fits)?.into(),
            text: balance.text(account).map_err(fits)?,
        })
    }
}

/// Something that changed a balance; never changed, never removed.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Activity)]
pub(crate) struct ActivityBody {
    id: Uuid,
    account_id: Uuid,
    /// Who printed or copied, or whose balance was adjusted; null for a pool.
    user_email: Option<String>,
    activity_type: ActivityName,
    /// What it added to the used points; a credit is below zero.
    amount: Amount,
    /// Posted points of the balance after it.
    posted_after: Amount,
    /// Why; of a document its name, of a copy the device.
    reason: String,
    /// Who did it.
    by: String,
    /// The document that was printed.
    document_id: Option<Uuid>,
    /// The activity that this one corrects.
    corrects: Option<Uuid>,
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl ActivityBody {
    pub(crate) fn new(activity: &Activity, user_email: Option<String>) -> Self {
        Self {
            id: activity.id,
            account_id: activity.account.0,
            user_email,
            activity_type: activity.kind.into(),
            amount: Amount(activity.points),
            posted_after: Amount(activity.posted_after),
            reason: activity.reason.clone(),
            by: activity.by.clone(),
            document_id: activity.document.map(|document| document.0),
            corrects: activity.corrects,
            at: activity.at,
        }
    }
}

/// What an activity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ActivityName {
    Print,
    /// More was printed of a document than was set aside for it.
    Overrun,
    Copy,
    Credit,
    Debit,
    Set,
}

impl From<platen_ledger::ActivityKind> for ActivityName {
    fn from(kind: platen_ledger::ActivityKind) -> Self {
        use platen_ledger::ActivityKind as Stored;
        match kind {
            Stored::Print => Self::Print,
            Stored::Overrun => Self::Overrun,
            Stored::Copy => Self::Copy,
            Stored::Credit => Self::Credit,
            Stored::Debit => Self::Debit,
            Stored::Set => Self::Set,
        }
    }
}

/// A part of the list of activities, newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = ActivityList)]
pub(crate) struct ActivityListBody {
    pub(crate) items: Vec<ActivityBody>,
    /// Where the next page begins; null on the last one.
    pub(crate) next: Option<String>,
}

/// An activity that was made, and the balance after it.
#[derive(Serialize, ToSchema)]
#[schema(as = Posted)]
pub(crate) struct PostedBody {
    pub(crate) activity: ActivityBody,
    pub(crate) balance: BalanceBody,
}

/// How many balances an adjustment of all changed.
#[derive(Serialize, ToSchema)]
#[schema(as = PostedToAll)]
pub(crate) struct PostedToAllBody {
    /// Each by one activity.
    pub(crate) balances: u64,
}

/// Somebody who was seen here.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub(crate) struct UserBody {
    /// Names the person for good.
    pub(crate) id: String,
    /// The address or name they sign in with.
    pub(crate) user_email: String,
    pub(crate) name: String,
    /// Groups of the identity provider and of the site.
    pub(crate) groups: Vec<String>,
    /// When they were last here.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) seen_at: Option<Timestamp>,
}

/// A part of the list of users.
#[derive(Serialize, ToSchema)]
#[schema(as = UserList)]
pub(crate) struct UserListBody {
    pub(crate) items: Vec<UserBody>,
    /// Where the next page begins; null on the last one.
    pub(crate) next: Option<String>,
}

/// A user’s balances.
#[derive(Serialize, ToSchema)]
#[schema(as = BalanceList)]
pub(crate) struct BalanceListBody {
    /// Of every account that the user has access to, by name.
    pub(crate) items: Vec<BalanceBody>,
}

/// Points for one printed side.
#[derive(Serialize, ToSchema)]
#[schema(as = SidePoints)]
pub(crate) struct SidePointsBody {
    /// One side of the sheet is printed.
    simplex: Amount,
    /// Both sides of the sheet are printed.
    duplex: Amount,
}

/// Points for one printed side of a paper.
#[derive(Serialize, ToSchema)]
#[schema(as = Rates)]
pub(crate) struct RatesBody {
    /// Without colour.
    mono: SidePointsBody,
    /// With colour.
    colour: SidePointsBody,
}

impl From<&PrintRates> for RatesBody {
    fn from(rates: &PrintRates) -> Self {
        let side = |simplex, duplex| SidePointsBody {
            simplex: Amount(simplex),
            duplex: Amount(duplex),
        };
        Self {
            mono: side(rates.mono_simplex, rates.mono_duplex),
            colour: side(rates.colour_simplex, rates.colour_duplex),
        }
    }
}

/// What one paper costs.
#[derive(Serialize, ToSchema)]
#[schema(as = PaperRates)]
pub(crate) struct PaperRatesBody {
    /// The paper’s name.
    #[schema(example = "A4")]
    name: String,
    print: RatesBody,
    copy: RatesBody,
}

impl From<&RateRow> for PaperRatesBody {
    fn from(row: &RateRow) -> Self {
        Self {
            name: row.name.clone(),
            print: (&row.print).into(),
            copy: (&row.copy).into(),
        }
    }
}

/// What any other paper costs.
#[derive(Serialize, ToSchema)]
#[schema(as = OtherRates)]
pub(crate) struct OtherRatesBody {
    print: RatesBody,
    copy: RatesBody,
}

/// The rate card in force.
#[derive(Serialize, ToSchema)]
#[schema(as = RateCard)]
pub(crate) struct RateCardBody {
    /// Grows with each change; also the ETag. Zero: there is none yet.
    version: u64,
    /// The papers with rates of their own.
    sizes: Vec<PaperRatesBody>,
    /// Every other paper; null before there is a card.
    other: Option<OtherRatesBody>,
}

impl RateCardBody {
    pub(crate) fn new(card: Option<&RateCard>) -> Self {
        match card {
            None => Self {
                version: 0,
                sizes: Vec::new(),
                other: None,
            },
            Some(card) => Self {
                version: card.version,
                sizes: card.rows.iter().map(PaperRatesBody::from).collect(),
                other: Some(OtherRatesBody {
                    print: (&card.other_print).into(),
                    copy: (&card.other_copy).into(),
                }),
            },
        }
    }
}
