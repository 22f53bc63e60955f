//! The rate card as it is sent.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use platen_domain::RateCard;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::form::{self, Wire as _};

/// The rate card in force. Thousands of views carry the same one: it is written as
/// JSON once for all that share it. *Source*: rules.md R-10.
#[derive(Clone)]
pub struct Card(Arc<Inside>);

struct Inside {
    card: RateCard,
    json: OnceLock<Box<RawValue>>,
}

impl From<RateCard> for Card {
    fn from(card: RateCard) -> Self {
        let json = OnceLock::new();
        Self(Arc::new(Inside { card, json }))
    }
}

impl Deref for Card {
    type Target = RateCard;

    fn deref(&self) -> &RateCard {
        &self.0.card
    }
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl PartialEq for Card {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || **self == **other
    }
}

impl Eq for Card {}

impl Hash for Card {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl Serialize for Card {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let json = self.0.json.get_or_init(|| {
            let form = self.0.card.form();
            to_raw_value(&form).expect("every value of a card has a form in JSON")
        });
        json.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Card {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        form::deserialize::<RateCard, D>(from).map(Self::from)
    }
}
