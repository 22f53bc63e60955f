//! Versions, as every kind of package takes them: three numbers.

use std::fmt;
use std::str::FromStr;

/// A version of Platen; a later one is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Changes that need work of somebody's.
    pub major: u32,
    /// Additions.
    pub minor: u32,
    /// Corrections.
    pub patch: u32,
}

/// The text is no version such as 1.2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no version such as 1.2.3")]
pub struct NoVersion;

impl Version {
    /// The version of this program.
    #[must_use]
    pub fn ours() -> Self {
        env!("CARGO_PKG_VERSION")
            .parse()
            .expect("the workspace's version is three numbers")
    }
}

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let mut parts = text.split('.').map(str::parse);
        let (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NoVersion);
        };
        let version = Self {
            major,
            minor,
            patch,
        };
        // Neither signs nor leading zeros: one version has one name.
        (version.to_string() == text)
            .then_some(version)
            .ok_or(NoVersion)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_three_numbers_and_compare_as_numbers() {
        let version = |text: &str| text.parse::<Version>();
        assert!(version("0.10.0").unwrap() > version("0.9.12").unwrap());
        assert!(version("1.0.0").unwrap() > version("0.99.99").unwrap());
        assert_eq!(version("1.2.3").unwrap().to_string(), "1.2.3");
        for text in [
            "",
            "1",
            "1.2",
            "1.2.3.4",
            "1.2.x",
            "1.2.-3",
            "+1.2.3",
            "01.2.3",
            "1.2.3-rc1",
            " 1.2.3",
            "1.2.3 ",
            "1.2.4294967296",
            "..",
            "../1.2",
        ] {
            assert_eq!(version(text), Err(NoVersion), "{text}");
        }
        assert!(Version::ours() < version("1000.0.0").unwrap());
    }
}
