//! What programs send: how it is read, and how the OpenAPI document shows it.

use std::collections::BTreeSet;

use platen_domain::{Access, Account, AccountId, Kind, Points, PrintRates, RateRow, Size};
use platen_ledger::Change;
use platen_ledger::site::CardSpec;
use utoipa::ToSchema;
use uuid::Uuid;

use super::fields::{
    Fault, Fields, boolean, count, date, id, one_of, or_null, points, points_from_zero, text, texts,
};
use super::json::Json;
use super::problem::{self, Problem};
use super::schemas::{Day, Label, Paper, PointsAboveZero, PointsBelowZero, PointsFromZero};

/// People in one access list at most.
const MOST_PEOPLE: usize = 10_000;
/// Groups in one access list at most.
const MOST_GROUPS: usize = 1_000;
/// Papers on a rate card at most.
const MOST_PAPERS: usize = 100;

const KINDS: &[(&str, Kind)] = &[("individual", Kind::Individual), ("shared", Kind::Shared)];

/// How much may be used.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = LimitAsk)]
#[expect(dead_code, reason = "describes what is read")]
struct LimitAsk {
    /// The limit that users see.
    points: PointsFromZero,
    /// How far it may be exceeded before printing is declined; 0 if left out.
    #[schema(required = false)]
    allow_exceed_by: PointsFromZero,
}

/// Who may use an account.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = AccessAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) enum AccessAsk {
    Everyone(EveryoneAsk),
    Restricted(RestrictedAsk),
}

/// Everyone may use it.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EveryoneAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct EveryoneAsk {
    #[serde(rename = "type")]
    #[schema(pattern = "^everyone$", example = "everyone")]
    kind: String,
}

/// These groups and users may use it.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RestrictedAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct RestrictedAsk {
    #[serde(rename = "type")]
    #[schema(pattern = "^restricted$", example = "restricted")]
    kind: String,
    /// Groups whose members may use it.
    #[schema(required = false, max_items = 1000)]
    groups: Vec<Label>,
    /// Users by the address they sign in with, whether they were seen here or not.
    #[schema(required = false, max_items = 10000)]
    users: Vec<Label>,
}

/// A new account.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AccountAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct AccountAsk {
    /// Shown to users; unique, archived accounts included.
    name: Label,
    /// For administrators and programs; unique, archived accounts included.
    code: Label,
    /// True if left out.
    #[schema(required = false)]
    enabled: bool,
    /// The first day of use; from the beginning if left out.
    start_date: Option<Day>,
    /// The last day of use; without end if left out.
    expiry_date: Option<Day>,
    /// Individual if left out.
    #[schema(value_type = super::shapes::AccountKind, required = false)]
    kind: (),
    /// Unlimited if left out.
    limit: Option<LimitAsk>,
    /// Everyone if left out.
    #[schema(required = false)]
    access: AccessAsk,
    /// Whether portal and clients show it; true if left out.
    #[schema(required = false)]
    on_clients: bool,
}

/// What is to be changed of an account; what is left out stays.
#[derive(ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = AccountChange)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct AccountChange {
    #[schema(required = false)]
    name: Label,
    #[schema(required = false)]
    code: Label,
    #[schema(required = false)]
    enabled: bool,
    /// Null: from the beginning.
    start_date: Option<Day>,
    /// Null: without end.
    expiry_date: Option<Day>,
    /// Can’t be changed once the account was used.
    #[schema(value_type = super::shapes::AccountKind, required = false)]
    kind: (),
    /// Null: unlimited.
    limit: Option<LimitAsk>,
    #[schema(required = false)]
    access: AccessAsk,
    #[schema(required = false)]
    on_clients: bool,
}

/// The limit that an account gets; null: unlimited.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AccountLimitAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct AccountLimitAsk {
    #[schema(required = true)]
    limit: Option<LimitAsk>,
}

/// Limit and what it may be exceeded by.
type Limit = Option<(Points, Points)>;

fn read_limit(fields: &mut Fields<'_>) -> Option<Limit> {
    match fields.take("limit")? {
        Json::Null => Some(None),
        value => Some(fields.within("limit", value, |limit| {
            let points = limit.required("points", points_from_zero);
            let beyond = limit.optional("allowExceedBy", points_from_zero);
            Some((points, beyond.unwrap_or_default()))
        })),
    }
}

fn set_limit(account: &mut Account, limit: Limit) {
    account.limit = limit.map(|(points, _)| points);
    account.exceed_by = limit.map(|(_, beyond)| beyond).unwrap_or_default();
}

/// Reads who may use an account.
fn read_access(fields: &mut Fields<'_>) -> Access {
    let restricted = fields.required("type", one_of(&[("everyone", false), ("restricted", true)]));
    if restricted != Some(true) {
        return Access::Everyone;
    }
    let mut names = |name, most| -> BTreeSet<String> {
        let names = fields.optional(name, texts(most));
        names.unwrap_or_default().into_iter().collect()
    };
    Access::Only {
        groups: names("groups", MOST_GROUPS),
        users: names("users", MOST_PEOPLE),
    }
}

fn finish(fields: Fields<'_>) -> Result<(), Problem> {
    fields.finish().map_err(Problem::invalid)
}

/// Changes what the fields say of `account`.
fn change(account: &mut Account, fields: &mut Fields<'_>) {
    if let Some(name) = fields.optional("name", text) {
        account.name = name;
    }
    if let Some(code) = fields.optional("code", text) {
        account.code = code;
    }
    if let Some(enabled) = fields.optional("enabled", boolean) {
        account.enabled = enabled;
    }
    if let Some(start) = fields.optional("startDate", or_null(date)) {
        account.start = start;
    }
    if let Some(expiry) = fields.optional("expiryDate", or_null(date)) {
        account.expiry = expiry;
    }
    if let Some(kind) = fields.optional("kind", one_of(KINDS)).flatten() {
        account.kind = kind;
    }
    if let Some(limit) = read_limit(fields) {
        set_limit(account, limit);
    }
    if let Some(access) = fields.take("access") {
        account.access = fields.within("access", access, read_access);
    }
    if let Some(on_clients) = fields.optional("onClients", boolean) {
        account.on_clients = on_clients;
    }
}

/// Reads a new account.
pub(crate) fn new_account(json: &Json, id: AccountId) -> Result<Account, Problem> {
    let mut fields = Fields::new(json, "");
    let mut account = Account {
        id,
        name: String::new(),
        code: String::new(),
        enabled: true,
        start: None,
        expiry: None,
        kind: Kind::default(),
        limit: None,
        exceed_by: Points::ZERO,
        access: Access::Everyone,
        on_clients: true,
        archived: false,
        version: 0,
    };
    account.name = fields.required("name", text);
    account.code = fields.required("code", text);
    change(&mut account, &mut fields);
    finish(fields)?;
    Ok(account)
}

/// Reads what is to be changed of an account, and changes it.
pub(crate) fn changed_account(json: &Json, mut account: Account) -> Result<Account, Problem> {
    let mut fields = Fields::new(json, "");
    change(&mut account, &mut fields);
    finish(fields)?;
    Ok(account)
}

/// Reads an account's new limit, and sets it.
pub(crate) fn limited_account(json: &Json, mut account: Account) -> Result<Account, Problem> {
    let mut fields = Fields::new(json, "");
    match read_limit(&mut fields) {
        Some(limit) => set_limit(&mut account, limit),
        None => fields.fault("limit", "This is missing."),
    }
    finish(fields)?;
    Ok(account)
}

/// Reads an account's new access, and sets it.
pub(crate) fn shared_account(json: &Json, mut account: Account) -> Result<Account, Problem> {
    let mut fields = Fields::new(json, "");
    account.access = read_access(&mut fields);
    finish(fields)?;
    Ok(account)
}

/// An activity of one user or of the pool of a shared account.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = ActivityAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) enum ActivityAsk {
    Credit(CreditAsk),
    Debit(DebitAsk),
    Set(SetAsk),
}

/// The same for every user of an account.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = AllActivityAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) enum AllActivityAsk {
    Credit(AllCreditAsk),
    Debit(AllDebitAsk),
    Set(AllSetAsk),
}

/// Declares what an activity is asked for with.
macro_rules! activity_asks {
    ($($(#[$doc:meta])* $one:ident, $all:ident = $kind:literal, $amount:ty, $example:literal;)*) => {$(
        $(#[$doc])*
        #[derive(ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[expect(dead_code, reason = "describes what is read")]
        pub(crate) struct $one {
            /// The address that the user signs in with. Left out for a shared account.
            #[schema(required = false)]
            user_email: Label,
            account_id: Uuid,
            #[schema(pattern = $kind, example = $example)]
            activity_type: String,
            /// What it is about, such as a number of pages. Kept with the reason; the
            /// amount is not multiplied by it. 1 if left out.
            #[schema(required = false, minimum = 1, maximum = 1000000)]
            quantity: i32,
            /// The points.
            amount: $amount,
            /// Why; the user sees it.
            #[schema(required = false)]
            reason: Label,
            /// The activity that this one corrects.
            #[schema(required = false)]
            corrects: Uuid,
        }

        $(#[$doc])*
        #[derive(ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[expect(dead_code, reason = "describes what is read")]
        pub(crate) struct $all {
            #[schema(pattern = $kind, example = $example)]
            activity_type: String,
            /// What it is about, such as a number of pages. Kept with the reason; the
            /// amount is not multiplied by it. 1 if left out.
            #[schema(required = false, minimum = 1, maximum = 1000000)]
            quantity: i32,
            /// The points.
            amount: $amount,
            /// Why; the user sees it.
            #[schema(required = false)]
            reason: Label,
        }
    )*};
}

activity_asks! {
    /// Lowers what is used.
    CreditAsk, AllCreditAsk = "^credit$", PointsBelowZero, "credit";
    /// Raises what is used.
    DebitAsk, AllDebitAsk = "^debit$", PointsAboveZero, "debit";
    /// Sets what was printed, copied and adjusted; documents that wait are not counted.
    SetAsk, AllSetAsk = "^set$", PointsFromZero, "set";
}

/// An activity as it was asked for.
pub(crate) struct Asked {
    /// Whose balance; none for a pool, or for all.
    pub(crate) user_email: Option<String>,
    pub(crate) account: AccountId,
    pub(crate) change: Change,
    pub(crate) reason: String,
    pub(crate) corrects: Option<Uuid>,
}

#[derive(Clone, Copy)]
enum Type {
    Credit,
    Debit,
    Set,
}

/// Reads an activity; `every` account's if it is for all, whose id is known.
pub(crate) fn activity(json: &Json, every: Option<AccountId>) -> Result<Asked, Problem> {
    const TYPES: &[(&str, Type)] = &[
        ("credit", Type::Credit),
        ("debit", Type::Debit),
        ("set", Type::Set),
    ];
    let mut fields = Fields::new(json, "");
    let (mut user_email, mut corrects) = (None, None);
    let account = match every {
        Some(account) => account,
        None => {
            user_email = fields.optional("userEmail", text);
            corrects = fields.optional("corrects", id);
            AccountId(fields.required("accountId", id))
        }
    };
    let kind = fields.required("activityType", one_of(TYPES));
    let quantity = fields.optional("quantity", count).unwrap_or(1);
    let amount = fields.required("amount", points);
    let reason = fields.optional("reason", text);
    let zero = Points::ZERO;
    // What no number above fits is only looked at where the rest is right.
    let wrong = match kind {
        Some(Type::Credit) if amount >= zero => "A credit lowers usage: its amount is below zero.",
        Some(Type::Debit) if amount <= zero => "A debit raises usage: its amount is above zero.",
        Some(Type::Set) if amount < zero => "Usage can’t be set below zero.",
        _ => "",
    };
    let faults = fields.finish();
    if let Err(faults) = faults {
        return Err(Problem::invalid(faults));
    }
    if !wrong.is_empty() {
        return Err(Problem::invalid(vec![Fault::at("/amount", wrong)]));
    }
    let change = match kind.unwrap_or(Type::Set) {
        Type::Credit => Change::Credit(
            zero.minus(amount)
                .map_err(platen_ledger::LedgerError::from)?,
        ),
        Type::Debit => Change::Debit(amount),
        Type::Set => Change::SetTo(amount),
    };
    let mut reason = reason.unwrap_or_else(|| "Accounts API".to_owned());
    if quantity > 1 {
        reason.push_str(&format!(" (quantity {quantity})"));
    }
    Ok(Asked {
        user_email,
        account,
        change,
        reason,
        corrects,
    })
}

/// Points for one printed side.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SidePointsAsk)]
#[expect(dead_code, reason = "describes what is read")]
struct SidePointsAsk {
    /// One side of the sheet is printed.
    simplex: PointsFromZero,
    /// Both sides of the sheet are printed.
    duplex: PointsFromZero,
}

/// Points for one printed side of a paper.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RatesAsk)]
#[expect(dead_code, reason = "describes what is read")]
struct RatesAsk {
    /// Without colour.
    mono: SidePointsAsk,
    /// With colour.
    colour: SidePointsAsk,
}

/// What one paper costs.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PaperRatesAsk)]
#[expect(dead_code, reason = "describes what is read")]
struct PaperRatesAsk {
    name: Paper,
    print: RatesAsk,
    /// As printing if left out.
    #[schema(required = false)]
    copy: RatesAsk,
}

/// What any other paper costs.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OtherRatesAsk)]
#[expect(dead_code, reason = "describes what is read")]
struct OtherRatesAsk {
    print: RatesAsk,
    /// As printing if left out.
    #[schema(required = false)]
    copy: RatesAsk,
}

/// A rate card.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RateCardAsk)]
#[expect(dead_code, reason = "describes what is read")]
pub(crate) struct RateCardAsk {
    /// The papers with rates of their own; none twice.
    #[schema(max_items = 100)]
    sizes: Vec<PaperRatesAsk>,
    other: OtherRatesAsk,
}

/// No points for anything; a placeholder for what is missing.
const FREE: PrintRates = PrintRates {
    mono_simplex: Points::ZERO,
    mono_duplex: Points::ZERO,
    colour_simplex: Points::ZERO,
    colour_duplex: Points::ZERO,
};

fn read_side(fields: &mut Fields<'_>, name: &str) -> (Points, Points) {
    let Some(value) = fields.take(name) else {
        fields.fault(name, "This is missing.");
        return Default::default();
    };
    fields.within(name, value, |side| {
        let simplex = side.required("simplex", points_from_zero);
        (simplex, side.required("duplex", points_from_zero))
    })
}

fn read_rates(fields: &mut Fields<'_>, name: &str) -> Option<PrintRates> {
    let value = fields.take(name)?;
    Some(fields.within(name, value, |rates| {
        let (mono_simplex, mono_duplex) = read_side(rates, "mono");
        let (colour_simplex, colour_duplex) = read_side(rates, "colour");
        PrintRates {
            mono_simplex,
            mono_duplex,
            colour_simplex,
            colour_duplex,
        }
    }))
}

/// Printing and copying.
fn read_both(fields: &mut Fields<'_>) -> (PrintRates, PrintRates) {
    let print = read_rates(fields, "print").unwrap_or_else(|| {
        fields.fault("print", "This is missing.");
        FREE
    });
    let copy = read_rates(fields, "copy").unwrap_or(print);
    (print, copy)
}

fn paper(json: &Json) -> Result<Option<(String, Size)>, String> {
    let name = text(json)?;
    let size = Size::from_media_name(&name)
        .ok_or("This must be a paper such as A4, Letter or iso_a4_210x297mm.")?;
    Ok(Some((name, size)))
}

/// Reads a rate card.
///
/// *Errors*: fields that are wrong, or one paper twice.
pub(crate) fn rate_card(json: &Json) -> Result<CardSpec, Problem> {
    let mut fields = Fields::new(json, "");
    let mut rows: Vec<RateRow> = Vec::new();
    match fields.take("sizes") {
        Some(Json::List(sizes)) if sizes.len() <= MOST_PAPERS => {
            for (place, value) in sizes.iter().enumerate() {
                let row = fields.element("sizes", place, value, |row| {
                    let paper = row.required("name", paper);
                    let (print, copy) = read_both(row);
                    paper.map(|(name, size)| RateRow {
                        name,
                        size,
                        print,
                        copy,
                    })
                });
                rows.extend(row);
            }
        }
        Some(Json::List(_)) => {
            fields.fault("sizes", format!("There are {MOST_PAPERS} at most."));
        }
        Some(other) => {
            fields.fault(
                "sizes",
                format!("This must be a list, not {}.", other.kind()),
            );
        }
        None => fields.fault("sizes", "This is missing."),
    }
    let (other_print, other_copy) = match fields.take("other") {
        Some(value) => fields.within("other", value, read_both),
        None => {
            fields.fault("other", "This is missing.");
            (FREE, FREE)
        }
    };
    finish(fields)?;
    for (place, row) in rows.iter().enumerate() {
        if let Some(same) = rows[..place].iter().find(|it| it.size.same_paper(row.size)) {
            let detail = format!("“{}” is the same paper as “{}”.", row.name, same.name);
            let refusal = Problem::new(problem::Kind::Conflict, detail);
            return Err(refusal.at(&format!("/sizes/{place}/name")));
        }
    }
    Ok(CardSpec {
        rows,
        other_print,
        other_copy,
    })
}
