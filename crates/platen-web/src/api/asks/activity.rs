//! Activities as programs ask for them. *Source*: rules.md.

use platen_domain::{AccountId, Points};
use platen_ledger::Change;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::fields::{Fault, Fields, count, id, one_of, points, text};
use crate::api::json::Json;
use crate::api::problem::Problem;
use crate::api::schemas::{Label, PointsAboveZero, PointsBelowZero, PointsFromZero};

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
