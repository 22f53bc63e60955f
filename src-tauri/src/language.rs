//! Which language the client speaks to its person: as set, else the desktop's.

use platen_settings::{Mistake, Settings};
use platen_web::Language;
use platen_web::words::Words;
use platen_words::{ENGLISH, Speech};

/// Everything the client says, in one language.
///
/// *Errors*: the setting names no language.
pub(crate) fn words(settings: &Settings) -> Result<&'static Words, Mistake> {
    let speech = settings.language()?.unwrap_or_else(of_desktop);
    Ok(Language::preferred(speech.tag).words())
}

#[cfg(not(any(windows, target_os = "macos")))]
fn of_desktop() -> &'static Speech {
    of_environment(|name| std::env::var(name).ok())
}

/// *Source*: Windows, `GetUserPreferredUILanguages`; macOS, `CFLocaleCopyPreferredLanguages`.
#[cfg(any(windows, target_os = "macos"))]
fn of_desktop() -> &'static Speech {
    let mut locales = sys_locale::get_locales();
    let known = locales.find_map(|locale| Speech::of_locale(&locale));
    known.unwrap_or(&ENGLISH)
}

/// *Source*: GNU gettext, section 2.3 (`LANGUAGE` counts more than the locale, unless that
/// is C); POSIX.1-2024, section 8.2 (`LC_ALL` over `LC_MESSAGES` over `LANG`).
#[cfg(any(test, not(any(windows, target_os = "macos"))))]
fn of_environment(variable: impl Fn(&str) -> Option<String>) -> &'static Speech {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let Some(locale) = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set) else {
        return &ENGLISH;
    };
    let is_c = ["C", "POSIX"].contains(&locale.split('.').next().unwrap_or_default());
    let listed = set("LANGUAGE").filter(|_| !is_c).unwrap_or_default();
    let mut wanted = listed.split(':').chain([locale.as_str()]);
    wanted.find_map(Speech::of_locale).unwrap_or(&ENGLISH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn desktop_without_a_known_language_is_english() {
        let spoken = |set: &[(&str, &str)]| {
            let value = |name: &str| {
                let found = set.iter().find(|(one, _)| *one == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            of_environment(value).tag
        };
        assert_eq!(spoken(&[]), "en");
        assert_eq!(spoken(&[("LANG", "")]), "en");
        assert_eq!(spoken(&[("LANG", "de_DE.UTF-8")]), "de");
        assert_eq!(spoken(&[("LANG", "fr_FR.UTF-8")]), "en");
        assert_eq!(spoken(&[("LANG", "de_DE"), ("LC_ALL", "C.UTF-8")]), "en");
        assert_eq!(spoken(&[("LANG", "en_US"), ("LC_MESSAGES", "de_CH")]), "de");
        assert_eq!(spoken(&[("LANG", "en_US"), ("LANGUAGE", "fr:de:en")]), "de");
        assert_eq!(spoken(&[("LANG", "de_DE"), ("LANGUAGE", "en_GB:de")]), "en");
        assert_eq!(spoken(&[("LANG", "C"), ("LANGUAGE", "de")]), "en");
        assert_eq!(spoken(&[("LANGUAGE", "de")]), "en");
    }

    #[test]
    fn setting_counts_more_than_the_desktop_and_has_to_be_known() {
        let said = |language: &str| {
            let settings = Settings {
                language: Some(language.into()),
                ..Settings::default()
            };
            words(&settings).map(|words| words.menu.quit)
        };
        assert_eq!(said("de").unwrap(), "Beenden");
        assert_eq!(said("en").unwrap(), "Quit");
        assert!(said("tlh").unwrap_err().to_string().contains("en, de"));
    }
}
