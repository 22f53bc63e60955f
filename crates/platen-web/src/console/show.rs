//! How the console shows values in a language and a time zone.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use platen_domain::{Account, Balance, Barred, Points, Standing};
use platen_ledger::Refusal;

use crate::language::Language;
use crate::words::console::{ConsoleWords, Fill as _};

/// Values as one person reads them.
#[derive(Clone, Debug)]
pub(super) struct Show {
    pub(super) language: Language,
    pub(super) zone: TimeZone,
    pub(super) now: Timestamp,
}

/// A value, however many references templates put before it.
pub(super) trait Value<T> {
    fn value(&self) -> T;
}

impl<T: Copy> Value<T> for T {
    fn value(&self) -> T {
        *self
    }
}

impl<T: Copy> Value<T> for &T {
    fn value(&self) -> T {
        **self
    }
}

impl<T: Copy> Value<T> for &&T {
    fn value(&self) -> T {
        ***self
    }
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Show {
    pub(super) fn words(&self) -> &'static ConsoleWords {
        self.language.console()
    }

    /// `12,345`, in German `12.345`.
    pub(super) fn number(&self, number: impl Value<u64>) -> String {
        let number = number.value();
        self.grouped(&number.to_string())
    }

    /// `7.5`, in German `7,5`; thousands apart.
    pub(super) fn amount(&self, points: impl Value<Points>) -> String {
        let points = points.value();
        let text = points.to_string();
        let (sign, text) = match text.strip_prefix('-') {
            Some(rest) => ("−", rest),
            None => ("", text.as_str()),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let decimal = match self.language {
            Language::English => ".",
            Language::German => ",",
        };
        let whole = self.grouped(whole);
        if fraction.is_empty() {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}{decimal}{fraction}")
        }
    }

    /// As [`Show::amount`] with a plus before what is added.
    pub(super) fn signed(&self, points: impl Value<Points>) -> String {
        let points = points.value();
        let plus = if points > Points::ZERO { "+" } else { "" };
        format!("{plus}{}", self.amount(points))
    }

    /// As it is typed into a field: no thousands apart.
    pub(super) fn typed(&self, points: impl Value<Points>) -> String {
        let points = points.value();
        let text = points.to_string();
        match self.language {
            Language::English => text,
            Language::German => text.replace('.', ","),
        }
    }

    fn grouped(&self, digits: &str) -> String {
        let apart = match self.language {
            Language::English => ',',
            Language::German => '.',
        };
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(apart);
            }
            text.push(digit);
        }
        text
    }

    /// `1 point`, `7.5 points`.
    pub(super) fn points(&self, points: impl Value<Points>) -> String {
        let points = points.value();
        let w = &self.words().frame;
        if points.hundredths() == 100 {
            w.one_point.to_owned()
        } else {
            w.points.with(self.amount(points))
        }
    }

    /// `19/50 points used`, or `50 points` when unlimited. *Source*: rules.md R-4.
    pub(super) fn balance(&self, balance: &Balance, account: &Account) -> String {
        let used = balance.used().unwrap_or(Points::MAX);
        match &account.limit {
            Some(limit) => {
                let w = &self.words().frame;
                w.used_of.with2(self.amount(used), self.amount(limit))
            }
            None => self.points(used),
        }
    }

    /// The word that goes with the colour. *Source*: rules.md R-27.
    pub(super) fn standing(&self, standing: impl Value<Standing>) -> &'static str {
        let standing = standing.value();
        let w = &self.words().frame;
        match standing {
            Standing::Unlimited => w.standing_unlimited,
            Standing::Good => w.standing_good,
            Standing::Low => w.standing_low,
            Standing::Over => w.standing_over,
        }
    }

    /// `21 Nov 2026`, in German `21.11.2026`.
    pub(super) fn date(&self, date: impl Value<Date>) -> String {
        let date = date.value();
        match self.language {
            Language::English => {
                let month = MONTHS[usize::from(date.month().unsigned_abs()) - 1];
                format!("{} {month} {}", date.day(), date.year())
            }
            Language::German => {
                format!("{:02}.{:02}.{}", date.day(), date.month(), date.year())
            }
        }
    }

    /// `Today, 14:05`, `21 Nov 2026, 14:05`.
    pub(super) fn when(&self, at: impl Value<Timestamp>) -> String {
        let at = at.value();
        let w = &self.words().frame;
        let at = at.to_zoned(self.zone.clone());
        let clock = at.strftime("%H:%M");
        let today = self.today();
        if at.date() == today {
            w.today.with(clock)
        } else if Some(at.date()) == today.yesterday().ok() {
            w.yesterday.with(clock)
        } else {
            format!("{}, {clock}", self.date(at.date()))
        }
    }

    /// The site's local date. *Source*: rules.md R-7.
    pub(super) fn today(&self) -> Date {
        self.now.to_zoned(self.zone.clone()).date()
    }
}

/// The name of a standing's style and icon.
pub(super) fn tone(standing: impl Value<Standing>) -> &'static str {
    match standing.value() {
        Standing::Unlimited => "unlimited",
        Standing::Good => "good",
        Standing::Low => "low",
        Standing::Over => "over",
    }
}

/// How full a balance is; one that can't be counted is over.
pub(super) fn standing_of(balance: &Balance, account: &Account) -> Standing {
    balance.standing(account).unwrap_or(Standing::Over)
}

/// Why a person can't use an account now.
pub(super) fn barred(language: Language, barred: Barred) -> &'static str {
    language.words().barred(&barred)
}

/// Why the ledger refused something, in the language of who asked.
pub(super) fn refusal(language: Language, refusal: &Refusal) -> String {
    language.words().refusal(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(language: Language) -> Show {
        Show {
            language,
            zone: TimeZone::UTC,
            now: "2026-11-22T12:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn numbers_are_written_as_each_language_does() {
        let (en, de) = (show(Language::English), show(Language::German));
        let points = Points::from_hundredths(-123_456_750);
        assert_eq!(en.amount(points), "−1,234,567.5");
        assert_eq!(de.amount(points), "−1.234.567,5");
        assert_eq!(en.number(999), "999");
        assert_eq!(de.number(100_000), "100.000");
        assert_eq!(de.typed(Points::from_hundredths(750)), "7,5");
        assert_eq!(en.points(Points::from_hundredths(100)), "1 point");
        assert_eq!(de.points(Points::from_hundredths(100)), "1 Punkt");
        assert_eq!(en.signed(Points::from_hundredths(100)), "+1");
    }

    #[test]
    fn days_have_names_near_and_dates_far() {
        let (en, de) = (show(Language::English), show(Language::German));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(en.when(at("2026-11-22T09:05:00Z")), "Today, 09:05");
        assert_eq!(de.when(at("2026-11-21T23:59:00Z")), "Gestern, 23:59");
        assert_eq!(en.when(at("2026-01-02T03:04:00Z")), "2 Jan 2026, 03:04");
        assert_eq!(de.when(at("2026-01-02T03:04:00Z")), "02.01.2026, 03:04");
    }
}
