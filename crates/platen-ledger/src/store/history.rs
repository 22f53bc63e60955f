//! Activities in the order in which they were posted.

use platen_domain::UserId;

use super::value::Value;
use super::{Result, Tx};
use crate::activity::Activity;
use crate::export::ExportFilter;

/// Activities in memory at once.
const PAGE: u32 = 2_000;

impl Tx<'_> {
    /// The next activities after an ordinal, oldest first.
    pub(crate) fn activities_since(
        &self,
        filter: &ExportFilter,
        ordinal: i64,
    ) -> Result<Vec<Activity>> {
        let mut parameters = vec![Value::from(ordinal), Value::from(PAGE)];
        let mut conditions = String::new();
        for (column, value) in [
            ("account =", filter.account.map(|id| id.0.into())),
            (
                "person =",
                filter.user.as_ref().map(UserId::as_str).map(Value::from),
            ),
            ("made_at >=", filter.since.map(Value::from)),
            ("made_at <", filter.until.map(Value::from)),
        ] {
            if let Some(value) = value {
                parameters.push(value);
                conditions = format!("{conditions} AND {column} ?{}", parameters.len());
            }
        }
        self.list(
            &format!("WHERE ordinal > ?1{conditions} ORDER BY ordinal LIMIT ?2"),
            &parameters,
        )
    }
}
