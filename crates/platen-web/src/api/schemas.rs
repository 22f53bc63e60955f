//! Forms of values that the OpenAPI document names.

use std::borrow::Cow;

use serde_json::json;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::amount::Amount;

/// The most points that are ever asked for; see `amount::MOST`.
const MOST: f64 = 1e12;

/// A text that is not blank and has no control characters.
const LABEL: &str = r"^[^\u0000-\u001F\u007F-\u009F]*[^\s\u0000-\u001F\u007F-\u009F][^\u0000-\u001F\u007F-\u009F]*$";

fn text() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Number)
}

/// Declares forms.
macro_rules! forms {
    ($($(#[$doc:meta])* $form:ident = $name:literal, $schema:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $form;

        impl PartialSchema for $form {
            fn schema() -> RefOr<Schema> {
                RefOr::T(Schema::Object($schema.build()))
            }
        }

        impl ToSchema for $form {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    )*};
}

forms! {
    /// A text of the usual length.
    Label = "Text", text()
        .min_length(Some(1))
        .max_length(Some(200))
        .pattern(Some(LABEL))
        .description(Some("A text that is not blank, without control characters."))
        .examples([json!("Print Quota")]);
    /// A day.
    Day = "Day", text()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .description(Some("A day in the site’s time zone."))
        .examples([json!("2026-12-31")]);
    /// Where the next page of a list begins.
    Place = "Cursor", text()
        .min_length(Some(1))
        .max_length(Some(4096))
        .pattern(Some("^[A-Za-z0-9_-]+$"))
        .description(Some("Where a page begins; opaque."));
    /// What limits and rates are.
    PointsFromZero = "PointsFromZero", number()
        .minimum(Some(0.0)).maximum(Some(MOST)).multiple_of(Some(0.01))
        .description(Some("Points, with at most two decimal places, not below zero."))
        .examples([json!(200)]);
    /// What a debit is.
    PointsAboveZero = "PointsAboveZero", number()
        .minimum(Some(0.01)).maximum(Some(MOST)).multiple_of(Some(0.01))
        .description(Some("Points, with at most two decimal places, above zero."))
        .examples([json!(7.5)]);
    /// What a credit is.
    PointsBelowZero = "PointsBelowZero", number()
        .minimum(Some(-MOST)).maximum(Some(-0.01)).multiple_of(Some(0.01))
        .description(Some("Points, with at most two decimal places, below zero."))
        .examples([json!(-120)]);
    /// Names of paper.
    Paper = "Paper", text()
        .pattern(Some(r"^(A2|A3|A4|A5|A6|B4|B5|Letter|Legal|Executive|Tabloid|Ledger|[a-z0-9_-]{1,80}_[1-9][0-9]{0,3}x[1-9][0-9]{0,3}mm)$"))
        .description(Some("A common name of paper, or a media name (PWG 5101.1) in millimetres."))
        .examples([json!("A4"), json!("iso_a0_841x1189mm")]);
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        let schema = number()
            .description(Some("Points, with at most two decimal places: 15 or 7.5."))
            .examples([json!(90)]);
        RefOr::T(Schema::Object(schema.build()))
    }
}

impl ToSchema for Amount {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Points")
    }
}
