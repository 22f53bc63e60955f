//! The source of the package as wixl takes it, and what it leaves for the tables.
//!
//! wixl 0.101 knows a part of what WiX knows: it stops at a component's condition and at a
//! shortcut's property, and passes over `Secure`, `Transitive` and a program's directory. The
//! source has them all the same, so that there is one, for both; here they are taken out of
//! it and kept.

use anyhow::{Context, Result};

const SECURE: &str = " Secure=\"yes\"";
const TRANSITIVE: &str = " Transitive=\"yes\"";
/// A file that every package has, for an action that wixl must find one for.
const STAND_IN: &str = "platenctl.exe";

/// What wixl can't express.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Remainder {
    /// Components and when each is installed.
    pub(super) conditions: Vec<(String, String)>,
    /// Properties that whoever installs may give, elevated or not.
    pub(super) secure: Vec<String>,
    /// Actions that set a property. wixl makes them wait for the end of the script, where
    /// nothing sees the property any more.
    pub(super) setting: Vec<String>,
    /// Actions that run a program that is not of this package yet, and in which directory.
    pub(super) running: Vec<(String, String)>,
    /// What Windows is told of a shortcut.
    pub(super) shortcuts: Vec<ShortcutProperty>,
}

/// *Source*: Windows Installer, `MsiShortcutProperty` table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ShortcutProperty {
    pub(super) shortcut: String,
    pub(super) key: String,
    pub(super) value: String,
}

/// `text` without what wixl can't express, and that; `with_client` is whether the tray app
/// is in the package.
///
/// # Errors
/// When an element stands where its owner is not known: a line can't be left out unnoticed.
pub(super) fn for_wixl(text: &str, with_client: bool) -> Result<(String, Remainder)> {
    let mut reading = Reading::default();
    let mut kept = String::new();
    let mut left_out = false;
    for line in text.lines() {
        match line.trim() {
            "<?ifdef var.Client?>" => left_out = !with_client,
            "<?endif?>" => left_out = false,
            _ if left_out => {}
            element => {
                if let Some(element) = reading.take(element)? {
                    kept.push_str(&element);
                    kept.push('\n');
                }
            }
        }
    }
    Ok((kept, reading.rest))
}

#[derive(Default)]
struct Reading {
    rest: Remainder,
    component: Option<String>,
    shortcut: Option<String>,
}

impl Reading {
    /// What wixl is given of a line; none: nothing.
    fn take(&mut self, element: &str) -> Result<Option<String>> {
        let kind = element.split([' ', '>']).next().unwrap_or_default();
        match kind {
            "<Component" => {
                self.component = Some(attribute(element, "Id")?);
                return Ok(Some(element.replace(TRANSITIVE, "")));
            }
            "</Component" => self.component = None,
            "<Shortcut" => self.shortcut = Some(attribute(element, "Id")?),
            "<Property" if element.contains(SECURE) => {
                self.rest.secure.push(attribute(element, "Id")?);
                return Ok(Some(element.replace(SECURE, "")));
            }
            "<CustomAction" if element.contains(" Property=") => {
                self.rest.setting.push(attribute(element, "Id")?);
            }
            "<CustomAction" if element.contains(" Directory=") => {
                let directory = attribute(element, "Directory")?;
                let action = attribute(element, "Id")?;
                let instead = element.replace(
                    &format!(" Directory=\"{directory}\""),
                    &format!(" FileKey=\"{STAND_IN}\""),
                );
                self.rest.running.push((action, directory));
                return Ok(Some(instead));
            }
            "<ShortcutProperty" => {
                let shortcut = self.shortcut.clone();
                self.rest.shortcuts.push(ShortcutProperty {
                    shortcut: shortcut.context("a property of no shortcut")?,
                    key: attribute(element, "Key")?,
                    value: attribute(element, "Value")?,
                });
                return Ok(None);
            }
            "<Condition" if element.starts_with("<Condition>") => {
                let component = self.component.clone();
                let condition = element
                    .strip_prefix("<Condition>")
                    .and_then(|rest| rest.strip_suffix("</Condition>"))
                    .context("a condition of several lines")?;
                let component = component.context("a condition of no component")?;
                self.rest.conditions.push((component, unescaped(condition)));
                return Ok(None);
            }
            _ => {}
        }
        Ok(Some(element.to_owned()))
    }
}

fn attribute(element: &str, name: &str) -> Result<String> {
    let start = format!(" {name}=\"");
    let value = element
        .split_once(&start)
        .and_then(|(_, rest)| rest.split_once('"'));
    let (value, _) = value.with_context(|| format!("no {name} in {element}"))?;
    Ok(unescaped(value))
}

/// *Source*: XML 1.0, 4.6, predefined entities.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wixl_does_not_know_is_kept_for_the_tables() {
        let text = r#"<Property Id="ISSUER" Secure="yes"/>
<Condition Message="No.">ISSUER</Condition>
<CustomAction Id="Keep" Property="ISSUER" Value="[WAS]"/>
<CustomAction Id="Quit" Directory="D" ExeCommand="x"/>
<Component Id="Run" Guid="1" Transitive="yes">
  <Condition>NOT (AUTOSTART = "false" OR A &lt; 1)</Condition>
  <RegistryValue Name="x"/>
</Component>
</Component>
<?ifdef var.Client?>
<Shortcut Id="Start" Name="x">
  <ShortcutProperty Key="System.AppUserModel.ID" Value="org.platen.client"/>
</Shortcut>
<?endif?>"#;
        let (kept, rest) = for_wixl(text, true).unwrap();
        let wanted = Remainder {
            conditions: vec![(
                "Run".to_owned(),
                "NOT (AUTOSTART = \"false\" OR A < 1)".to_owned(),
            )],
            secure: vec!["ISSUER".to_owned()],
            setting: vec!["Keep".to_owned()],
            running: vec![("Quit".to_owned(), "D".to_owned())],
            shortcuts: vec![ShortcutProperty {
                shortcut: "Start".to_owned(),
                key: "System.AppUserModel.ID".to_owned(),
                value: "org.platen.client".to_owned(),
            }],
        };
        assert_eq!(rest, wanted);
        for gone in [
            "<Condition>",
            "ShortcutProperty",
            "Secure",
            "Transitive",
            "ifdef",
        ] {
            assert!(!kept.contains(gone), "{gone} is still in {kept}");
        }
        for stays in [
            "Message=\"No.\"",
            "Id=\"Keep\"",
            "<RegistryValue",
            "<CustomAction Id=\"Quit\" FileKey=\"platenctl.exe\" ExeCommand=\"x\"/>",
        ] {
            assert!(kept.contains(stays), "{stays} is not in {kept}");
        }
        let (without, rest) = for_wixl(text, false).unwrap();
        assert!(!without.contains("Shortcut"), "{without}");
        assert_eq!(rest.shortcuts, []);
    }

    #[test]
    fn condition_without_a_component_is_no_line_to_leave_out() {
        for broken in [
            "<Condition>A</Condition>",
            "<ShortcutProperty Key=\"a\" Value=\"b\"/>",
            "<Component Id=\"B\">\n<Condition>A",
            "<Component Id=\"B\">\n</Component>\n<Condition>A</Condition>",
            "<Component Guid=\"B\">",
        ] {
            assert!(for_wixl(broken, true).is_err(), "{broken}");
        }
    }
}
