//! A job's options as cupsd writes them for a backend.
//!
//! *Source*: cupsd 2.4 `get_options` (scheduler/job.c), compared by hand with the
//! `argv[5]` that cupsd 2.4.2 gave a backend.

use std::collections::BTreeMap;

use crate::wire::{Attributes, Value};

/// `job-` attributes that reach a backend all the same.
const PASSED_JOB_ATTRIBUTES: &[&str] = &[
    "job-account-id",
    "job-accounting-user-id",
    "job-billing",
    "job-impressions",
    "job-originating-host-name",
    "job-password",
    "job-password-encryption",
    "job-uuid",
];

/// Attributes that describe the job rather than how it is to be printed.
const DESCRIPTION: &[&str] = &[
    "copies",
    "document-format",
    "document-format-supplied",
    "number-of-documents",
    "attributes-charset",
    "attributes-natural-language",
    "printer-uri",
    "requesting-user-name",
    "original-requesting-user-name",
    "date-time-at-completed",
    "date-time-at-creation",
    "date-time-at-processing",
    "time-at-completed",
    "time-at-creation",
    "time-at-processing",
    "document-name-supplied",
    "document-name",
];

/// The options that cupsd would write for a backend, by name, unescaped.
pub(crate) fn backend_options(attributes: &Attributes) -> BTreeMap<String, String> {
    attributes
        .0
        .iter()
        .filter(|(name, _)| reaches_backend(name))
        .filter_map(|(name, values)| Some((name.clone(), format_values(values)?)))
        .collect()
}

fn reaches_backend(name: &str) -> bool {
    if DESCRIPTION.contains(&name) {
        return false;
    }
    !name.starts_with("job-") || PASSED_JOB_ATTRIBUTES.contains(&name)
}

/// One option's text; none when cupsd leaves its type out.
fn format_values(values: &[Value]) -> Option<String> {
    let texts: Option<Vec<String>> = values.iter().map(format_value).collect();
    texts
        .filter(|texts| !texts.is_empty())
        .map(|texts| texts.join(","))
}

fn format_value(value: &Value) -> Option<String> {
    Some(match value {
        Value::Integer(number) | Value::Enum(number) => number.to_string(),
        Value::Boolean(value) => value.to_string(),
        Value::Range(first, last) if first == last => first.to_string(),
        Value::Range(first, last) => format!("{first}-{last}"),
        Value::Resolution(across, along, unit) => {
            let unit = if *unit == 3 { "dpi" } else { "dpcm" };
            if across == along {
                format!("{across}{unit}")
            } else {
                format!("{across}x{along}{unit}")
            }
        }
        Value::Text(text) => text.clone(),
        Value::Hidden(_) | Value::Collection(_) | Value::Other => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, values: Vec<Value>, expect: Option<&str>) {
        let options = backend_options(&Attributes(vec![(name.to_owned(), values)]));
        assert_eq!(options.get(name).map(String::as_str), expect);
    }

    #[test]
    fn options_are_written_as_cupsd_writes_them() {
        let text = |text: &str| Value::Text(text.to_owned());
        check(
            "page-ranges",
            vec![Value::Range(1, 3), Value::Range(5, 5)],
            Some("1-3,5"),
        );
        check("landscape", vec![Value::Boolean(true)], Some("true"));
        check("fit-to-page", vec![Value::Boolean(false)], Some("false"));
        check(
            "finishings",
            vec![Value::Enum(3), Value::Enum(4)],
            Some("3,4"),
        );
        check(
            "printer-resolution",
            vec![Value::Resolution(600, 300, 3)],
            Some("600x300dpi"),
        );
        check(
            "printer-resolution",
            vec![Value::Resolution(600, 600, 3)],
            Some("600dpi"),
        );
        check(
            "printer-resolution",
            vec![Value::Resolution(200, 200, 4)],
            Some("200dpcm"),
        );
        check("ColorModel", vec![text("Gray")], Some("Gray"));
        check("job-billing", vec![text("abc")], Some("abc"));
    }

    #[test]
    fn what_no_backend_sees_is_left_out() {
        let text = |text: &str| Value::Text(text.to_owned());
        check("job-sheets", vec![text("standard")], None);
        check("job-hold-until", vec![text("indefinite")], None);
        check("copies", vec![Value::Integer(3)], None);
        check(
            "media-col",
            vec![Value::Collection(Attributes::default())],
            None,
        );
        check(
            "document-format",
            vec![Value::Hidden("text/plain".into())],
            None,
        );
        check("time-at-creation", vec![Value::Integer(1)], None);
        check("nothing", vec![], None);
    }
}
