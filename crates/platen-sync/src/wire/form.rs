//! What the domain's values look like in JSON.
//!
//! Used with `#[serde(with = "form")]`, also for what is optional or a list.

mod rates;

use platen_domain::{
    AccountId, Balance, Booklet, DocumentId, DocumentState, Finishing, Kind, LeaseId, PageFacts,
    PageRun, PageSet, Passage, Points, Sides, Size, Ticket, UserId, Verdict,
};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// A value with a form of its own on the wire.
pub(crate) trait Wire: Sized {
    /// What stands in JSON.
    type Form: Serialize + DeserializeOwned;

    fn form(&self) -> Self::Form;

    /// *Errors*: what is wrong with it.
    fn read(form: Self::Form) -> Result<Self, String>;
}

pub(crate) fn serialize<T: Wire, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    value.form().serialize(to)
}

pub(crate) fn deserialize<'de, T: Wire, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    T::read(T::Form::deserialize(from)?).map_err(D::Error::custom)
}

/// Values that a newer program may have more of; one that is not known is none.
pub(crate) mod known {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Wire};

    pub(crate) fn serialize<T: Wire, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Wire::form).serialize(to)
    }

    pub(crate) fn deserialize<'de, T: Wire, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        let form = Option::<serde_json::Value>::deserialize(from)?;
        Ok(form
            .and_then(|form| serde_json::from_value::<T::Form>(form).ok())
            .and_then(|form| T::read(form).ok()))
    }
}

impl<T: Wire> Wire for Option<T> {
    type Form = Option<T::Form>;

    fn form(&self) -> Self::Form {
        self.as_ref().map(T::form)
    }

    fn read(form: Self::Form) -> Result<Self, String> {
        form.map(T::read).transpose()
    }
}

impl<T: Wire> Wire for Vec<T> {
    type Form = Vec<T::Form>;

    fn form(&self) -> Self::Form {
        self.iter().map(T::form).collect()
    }

    fn read(form: Self::Form) -> Result<Self, String> {
        form.into_iter().map(T::read).collect()
    }
}

macro_rules! named_by_uuid {
    ($($id:ident),*) => {$(
        impl Wire for $id {
            type Form = Uuid;

            fn form(&self) -> Uuid {
                self.0
            }

            fn read(form: Uuid) -> Result<Self, String> {
                Ok(Self(form))
            }
        }
    )*};
}

named_by_uuid!(AccountId, DocumentId, LeaseId);

impl Wire for UserId {
    type Form = String;

    fn form(&self) -> String {
        self.as_str().to_owned()
    }

    fn read(form: String) -> Result<Self, String> {
        Ok(Self::new(form))
    }
}

/// A decimal in a string: no reader makes a float of it.
impl Wire for Points {
    type Form = String;

    fn form(&self) -> String {
        self.to_string()
    }

    fn read(form: String) -> Result<Self, String> {
        form.parse().map_err(|error| format!("{error}"))
    }
}

/// SHA-256, as 64 hexadecimal digits.
impl Wire for [u8; 32] {
    type Form = String;

    fn form(&self) -> String {
        self.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn read(form: String) -> Result<Self, String> {
        let wrong = || "a digest has 64 hexadecimal digits".to_owned();
        if form.len() != 64 || !form.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut digest = [0; 32];
        for (byte, place) in digest.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&form[place..place + 2], 16).map_err(|_| wrong())?;
        }
        Ok(digest)
    }
}

impl Wire for DocumentState {
    type Form = String;

    fn form(&self) -> String {
        self.name().to_owned()
    }

    fn read(form: String) -> Result<Self, String> {
        Self::from_name(&form).ok_or_else(|| "a state that is not known".to_owned())
    }
}

impl Wire for Sides {
    type Form = String;

    fn form(&self) -> String {
        self.keyword().to_owned()
    }

    fn read(form: String) -> Result<Self, String> {
        Self::from_keyword(&form).ok_or_else(|| "sides that are not known".to_owned())
    }
}

/// An enum whose variants have a name each.
macro_rules! named {
    ($type:ident, $what:literal, $($variant:ident = $name:literal),*) => {
        impl Wire for $type {
            type Form = String;

            fn form(&self) -> String {
                match self {
                    $(Self::$variant => $name,)*
                }
                .to_owned()
            }

            fn read(form: String) -> Result<Self, String> {
                match form.as_str() {
                    $($name => Ok(Self::$variant),)*
                    _ => Err(concat!("a ", $what, " that is not known").to_owned()),
                }
            }
        }
    };
}

named!(Kind, "kind", Individual = "individual", Shared = "shared");
named!(PageSet, "page set", All = "all", Even = "even", Odd = "odd");
named!(
    Passage,
    "passage",
    LaidOut = "laid_out",
    Interpreted = "interpreted",
    Either = "either",
    AsIs = "as_is"
);

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct SizeForm {
    width: u32,
    height: u32,
}

impl Wire for Size {
    type Form = SizeForm;

    fn form(&self) -> SizeForm {
        let Self { width, height } = *self;
        SizeForm { width, height }
    }

    fn read(form: SizeForm) -> Result<Self, String> {
        let SizeForm { width, height } = form;
        Ok(Self { width, height })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct RunForm {
    count: u32,
    width: u32,
    height: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    colour: bool,
}

impl Wire for PageRun {
    type Form = RunForm;

    fn form(&self) -> RunForm {
        RunForm {
            count: self.count,
            width: self.page.size.width,
            height: self.page.size.height,
            colour: self.page.colour,
        }
    }

    fn read(form: RunForm) -> Result<Self, String> {
        if form.count == 0 {
            return Err("a run of no pages".to_owned());
        }
        Ok(Self {
            count: form.count,
            page: PageFacts {
                size: Size {
                    width: form.width,
                    height: form.height,
                },
                colour: form.colour,
            },
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct BookletForm {
    two_up: bool,
    #[serde(default)]
    signature: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FinishingForm {
    copies: u32,
    sides: String,
    number_up: u32,
    ranges: Vec<(u32, u32)>,
    page_set: String,
    booklet: Option<BookletForm>,
    reverse: bool,
    monochrome: bool,
    media: Option<SizeForm>,
    banners: u32,
}

impl Default for FinishingForm {
    fn default() -> Self {
        Finishing::default().form()
    }
}

impl Wire for Finishing {
    type Form = FinishingForm;

    fn form(&self) -> FinishingForm {
        FinishingForm {
            copies: self.copies,
            sides: self.sides.form(),
            number_up: self.number_up,
            ranges: self.ranges.clone(),
            page_set: self.page_set.form(),
            booklet: self.booklet.map(|booklet| BookletForm {
                two_up: booklet.two_up,
                signature: booklet.signature,
            }),
            reverse: self.reverse,
            monochrome: self.monochrome,
            media: self.media.form(),
            banners: self.banners,
        }
    }

    fn read(form: FinishingForm) -> Result<Self, String> {
        if form.copies == 0 || form.number_up == 0 {
            return Err("copies and number_up must be at least 1".to_owned());
        }
        if form.banners > Self::MOST_BANNERS {
            return Err(format!("banners must be at most {}", Self::MOST_BANNERS));
        }
        let signature = form.booklet.as_ref().and_then(|booklet| booklet.signature);
        if signature.is_some_and(|pages| pages > Booklet::MOST_SIGNATURE) {
            let most = Booklet::MOST_SIGNATURE;
            return Err(format!("signature must be at most {most}"));
        }
        Ok(Self {
            copies: form.copies,
            sides: Sides::read(form.sides)?,
            number_up: form.number_up,
            ranges: form.ranges,
            page_set: PageSet::read(form.page_set)?,
            booklet: form.booklet.map(|booklet| Booklet {
                two_up: booklet.two_up,
                signature: booklet.signature,
            }),
            reverse: form.reverse,
            monochrome: form.monochrome,
            media: Wire::read(form.media)?,
            banners: form.banners,
        })
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct TicketForm {
    copies: Option<u32>,
    sides: Option<String>,
    monochrome: Option<bool>,
}

impl Wire for Ticket {
    type Form = TicketForm;

    fn form(&self) -> TicketForm {
        TicketForm {
            copies: self.copies,
            sides: self.sides.form(),
            monochrome: self.monochrome,
        }
    }

    fn read(form: TicketForm) -> Result<Self, String> {
        Ok(Self {
            copies: form.copies,
            sides: Wire::read(form.sides)?,
            monochrome: form.monochrome,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum VerdictForm {
    Ready {
        used: String,
        #[serde(default)]
        crosses_low: bool,
    },
    Warning {
        used: String,
    },
    Declined {
        available: String,
    },
}

impl Wire for Verdict {
    type Form = VerdictForm;

    fn form(&self) -> VerdictForm {
        match *self {
            Self::Ready { used, crosses_low } => VerdictForm::Ready {
                used: used.form(),
                crosses_low,
            },
            Self::Warning { used } => VerdictForm::Warning { used: used.form() },
            Self::Declined { available } => VerdictForm::Declined {
                available: available.form(),
            },
        }
    }

    fn read(form: VerdictForm) -> Result<Self, String> {
        Ok(match form {
            VerdictForm::Ready { used, crosses_low } => Self::Ready {
                used: Points::read(used)?,
                crosses_low,
            },
            VerdictForm::Warning { used } => Self::Warning {
                used: Points::read(used)?,
            },
            VerdictForm::Declined { available } => Self::Declined {
                available: Points::read(available)?,
            },
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct BalanceForm {
    posted: String,
    pending: String,
    leased: String,
}

impl Wire for Balance {
    type Form = BalanceForm;

    fn form(&self) -> BalanceForm {
        BalanceForm {
            posted: self.posted.form(),
            pending: self.pending.form(),
            leased: self.leased.form(),
        }
    }

    fn read(form: BalanceForm) -> Result<Self, String> {
        Ok(Self {
            posted: Points::read(form.posted)?,
            pending: Points::read(form.pending)?,
            leased: Points::read(form.leased)?,
        })
    }
}
