//! Reads objects member by member, and says of every wrong one what is wrong.

use jiff::civil::Date;
use platen_domain::Points;
use uuid::Uuid;

use super::amount;
use super::json::Json;

/// Characters in a text at most, unless a field says otherwise.
pub(crate) const LONGEST: usize = 200;

/// One field or parameter that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct Fault {
    /// Where in the body: a JSON Pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "/limit/points")]
    pub(crate) pointer: Option<String>,
    /// Which parameter or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "cursor")]
    pub(crate) parameter: Option<String>,
    /// What is wrong with it.
    #[schema(example = "This can’t be below zero.")]
    pub(crate) detail: String,
}

impl Fault {
    /// A fault in the body.
    pub(crate) fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: Some(pointer.into()),
            parameter: None,
            detail: detail.into(),
        }
    }

    /// A fault of a parameter or header.
    pub(crate) fn of(parameter: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: None,
            parameter: Some(parameter.into()),
            detail: detail.into(),
        }
    }
}

/// A member's value, or why it is none.
pub(crate) type Read<T> = Result<T, String>;

/// An object that is being read.
///
/// What is missing or wrong is replaced by a placeholder, so that all faults
/// are found at once; [`Fields::finish`] refuses the whole then.
pub(crate) struct Fields<'json> {
    members: Vec<(&'json str, &'json Json)>,
    pointer: String,
    /// What is no object misses nothing beyond that.
    is_object: bool,
    faults: Vec<Fault>,
}

impl<'json> Fields<'json> {
    /// Starts with the object at `pointer`, empty for the body itself.
    pub(crate) fn new(json: &'json Json, pointer: &str) -> Self {
        let mut fields = Self {
            members: Vec::new(),
            pointer: pointer.to_owned(),
            is_object: matches!(json, Json::Object(_)),
            faults: Vec::new(),
        };
        match json {
            Json::Object(members) => {
                let members = members.iter().map(|(name, value)| (name.as_str(), value));
                fields.members = members.collect();
            }
            other => {
                let detail = format!("This must be an object, not {}.", other.kind());
                fields.faults.push(Fault::at(pointer, detail));
            }
        }
        fields
    }

    /// A member that may be left out.
    pub(crate) fn optional<T: Default>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'json Json) -> Read<T>,
    ) -> Option<T> {
        let value = self.take(name)?;
        Some(read(value).unwrap_or_else(|detail| {
            self.fault(name, detail);
            T::default()
        }))
    }

    /// A member that must be there.
    pub(crate) fn required<T: Default>(
        &mut self,
        name: &str,
        read: impl FnOnce(&'json Json) -> Read<T>,
    ) -> T {
        self.optional(name, read).unwrap_or_else(|| {
            if self.is_object {
                self.fault(name, "This is missing.".to_owned());
            }
            T::default()
        })
    }

    /// Reads `value`, which belongs to the member `name`, as an object.
    pub(crate) fn within<T>(
        &mut self,
        name: &str,
        value: &'json Json,
        read: impl FnOnce(&mut Fields<'json>) -> T,
    ) -> T {
        let mut inner = Fields::new(value, &self.pointer_to(name));
        let result = read(&mut inner);
        self.faults.extend(inner.close());
        result
    }

    /// Reads `value`, an element of the list that is the member `name`, as an
    /// object.
    pub(crate) fn element<T>(
        &mut self,
        name: &str,
        place: usize,
        value: &'json Json,
        read: impl FnOnce(&mut Fields<'json>) -> T,
    ) -> T {
        let mut inner = Fields::new(value, &format!("{}/{place}", self.pointer_to(name)));
        let result = read(&mut inner);
        self.faults.extend(inner.close());
        result
    }

    /// The value of a member, for those who read it themselves.
    pub(crate) fn take(&mut self, name: &str) -> Option<&'json Json> {
        let place = self.members.iter().position(|(given, _)| *given == name)?;
        Some(self.members.swap_remove(place).1)
    }

    /// Notes that a member is wrong.
    pub(crate) fn fault(&mut self, name: &str, detail: impl Into<String>) {
        let pointer = self.pointer_to(name);
        self.faults.push(Fault::at(pointer, detail));
    }

    fn pointer_to(&self, name: &str) -> String {
        let name = name.replace('~', "~0").replace('/', "~1");
        format!("{}/{name}", self.pointer)
    }

    fn close(mut self) -> Vec<Fault> {
        let unknown: Vec<_> = self.members.iter().map(|(name, _)| *name).collect();
        for name in unknown {
            self.fault(name, "There is no such field.");
        }
        self.faults
    }

    /// Ends the reading.
    ///
    /// *Errors*: everything that was wrong, members that nobody asked for
    /// included.
    pub(crate) fn finish(self) -> Result<(), Vec<Fault>> {
        let faults = self.close();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(faults)
        }
    }
}

fn wrong<T>(expected: &str, json: &Json) -> Read<T> {
    Err(format!("This must be {expected}, not {}.", json.kind()))
}

/// A text of one to `most` characters that a database and a screen can take.
pub(crate) fn text_up_to(most: usize) -> impl Fn(&Json) -> Read<String> {
    move |json| {
        let Json::Text(text) = json else {
            return wrong("a text", json);
        };
        check_text(text, most)?;
        Ok(text.clone())
    }
}

/// Whether a text can be taken.
pub(crate) fn check_text(text: &str, most: usize) -> Read<()> {
    if text.trim().is_empty() {
        return Err("This must not be empty.".to_owned());
    }
    if text.chars().count() > most {
        return Err(format!("This must have {most} characters at most."));
    }
    if text.chars().any(char::is_control) {
        return Err("This must not contain control characters.".to_owned());
    }
    Ok(())
}

/// A text of the usual length.
pub(crate) fn text(json: &Json) -> Read<String> {
    text_up_to(LONGEST)(json)
}

/// `true` or `false`.
pub(crate) fn boolean(json: &Json) -> Read<bool> {
    match json {
        Json::Bool(value) => Ok(*value),
        other => wrong("true or false", other),
    }
}

/// A day such as `2026-12-31`.
pub(crate) fn date(json: &Json) -> Read<Date> {
    let Json::Text(text) = json else {
        return wrong("a date", json);
    };
    let shaped = text.len() == 10 && text.as_bytes().get(4) == Some(&b'-');
    let parsed = shaped.then(|| text.parse().ok()).flatten();
    parsed.ok_or_else(|| "This must be a date such as 2026-12-31.".to_owned())
}

/// A UUID.
pub(crate) fn id(json: &Json) -> Read<Uuid> {
    let Json::Text(text) = json else {
        return wrong("an id", json);
    };
    as_id(text).ok_or_else(|| "This must be a UUID.".to_owned())
}

/// A UUID in the one way it is written here. *Source*: RFC 9562, section 4.
pub(crate) fn as_id(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| text.parse().ok()).flatten()
}

/// Points of at most a million millions, either way.
pub(crate) fn points(json: &Json) -> Read<Points> {
    let Json::Number(text) = json else {
        return wrong("a number of points", json);
    };
    amount::read(text).map_err(|error| error.to_string())
}

/// Points that are not below zero.
pub(crate) fn points_from_zero(json: &Json) -> Read<Points> {
    let points = points(json)?;
    if points.is_negative() {
        return Err("This can’t be below zero.".to_owned());
    }
    Ok(points)
}

/// A whole number from one to a million.
pub(crate) fn count(json: &Json) -> Read<u32> {
    let Json::Number(text) = json else {
        return wrong("a whole number", json);
    };
    let whole = amount::read(text).ok().map(Points::hundredths);
    whole
        .filter(|hundredths| hundredths % 100 == 0)
        .and_then(|hundredths| u32::try_from(hundredths / 100).ok())
        .filter(|count| (1..=1_000_000).contains(count))
        .ok_or_else(|| "This must be a whole number from 1 to 1000000.".to_owned())
}

/// `null`, or what `read` reads.
pub(crate) fn or_null<T>(
    read: impl FnOnce(&Json) -> Read<T>,
) -> impl FnOnce(&Json) -> Read<Option<T>> {
    move |json| match json {
        Json::Null => Ok(None),
        other => read(other).map(Some),
    }
}

/// One of these words.
pub(crate) fn one_of<T: Copy>(words: &[(&str, T)]) -> impl Fn(&Json) -> Read<Option<T>> {
    move |json| {
        let Json::Text(text) = json else {
            return wrong("a text", json);
        };
        let found = words.iter().find(|(word, _)| word == text);
        found.map(|(_, value)| Some(*value)).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|(word, _)| format!("“{word}”")).collect();
            format!("This must be {}.", words.join(" or "))
        })
    }
}

/// A list of at most `most` texts of the usual length.
pub(crate) fn texts(most: usize) -> impl Fn(&Json) -> Read<Vec<String>> {
    move |json| {
        let Json::List(items) = json else {
            return wrong("a list of texts", json);
        };
        if items.len() > most {
            return Err(format!("This list must have {most} entries at most."));
        }
        items
            .iter()
            .enumerate()
            .map(|(place, item)| {
                text(item).map_err(|detail| format!("Entry {}: {detail}", place + 1))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_at_once_and_has_a_pointer() {
        let body =
            br#"{"name": 5, "since": "2026-02-30", "more/less": 1, "limit": {"points": -1}}"#;
        let json = Json::read(body).unwrap();
        let mut fields = Fields::new(&json, "");
        fields.required("name", text);
        fields.required("code", text);
        fields.optional("since", date);
        let limit = fields.take("limit").unwrap();
        fields.within("limit", limit, |limit| {
            limit.required("points", points_from_zero)
        });
        let faults = fields.finish().unwrap_err();
        let found: Vec<_> = faults
            .iter()
            .filter_map(|fault| fault.pointer.as_deref())
            .collect();
        assert_eq!(
            found,
            ["/name", "/code", "/since", "/limit/points", "/more~1less"]
        );
    }

    #[test]
    fn whole_numbers_are_whole_however_they_are_written() {
        let read = |text: &str| count(&Json::Number(text.to_owned()));
        assert_eq!(read("1"), Ok(1));
        assert_eq!(read("2.0"), Ok(2));
        assert_eq!(read("1000000"), Ok(1_000_000));
        for text in ["0", "-1", "1.5", "1000001", "1e99"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_object_has_one_fault_and_not_one_for_each_field() {
        let json = Json::read(b"[]").unwrap();
        let mut fields = Fields::new(&json, "");
        fields.required("name", text);
        fields.required("code", text);
        let faults = fields.finish().unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].pointer.as_deref(), Some(""));
    }
}
