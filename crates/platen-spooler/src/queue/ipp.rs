//! A queue from the attributes that cupsd tells of it.

use platen_domain::{Sides, Size};

use super::{Enforcement, Queue, QueueDefaults, QueueState};
use crate::wire::Attributes;

/// The scheme of the gate's device URIs.
const GATE_SCHEME: &str = "gate:";

/// What is asked of each queue.
pub(crate) const REQUESTED: &[&str] = &[
    "printer-name",
    "printer-info",
    "printer-location",
    "device-uri",
    "printer-is-accepting-jobs",
    "printer-state",
    "printer-state-message",
    "copies-default",
    "sides-default",
    "number-up-default",
    "print-color-mode-default",
    "media-default",
    "job-sheets-default",
];

impl Queue {
    /// Reads a queue; none without a name.
    pub(crate) fn from_attributes(
        attributes: &Attributes,
        configured: Option<&[String]>,
    ) -> Option<Self> {
        let text = |name| attributes.text(name).unwrap_or_default().to_owned();
        let name = attributes.text("printer-name")?.to_owned();
        let device_uri = attributes.text("device-uri").map(str::to_owned);
        let behind_gate = device_uri
            .as_deref()
            .and_then(|uri| uri.strip_prefix(GATE_SCHEME));
        let listed = configured.is_some_and(|names| names.contains(&name));
        Some(Self {
            info: text("printer-info"),
            location: text("printer-location"),
            managed: behind_gate.is_some() || listed,
            enforcement: match behind_gate {
                Some(_) => Enforcement::Enforced,
                None => Enforcement::Courtesy,
            },
            is_printer: behind_gate != Some(""),
            accepting: attributes
                .boolean("printer-is-accepting-jobs")
                .unwrap_or(false),
            state: match attributes.integer("printer-state") {
                Some(3) => QueueState::Idle,
                Some(4) => QueueState::Processing,
                _ => QueueState::Stopped,
            },
            state_message: text("printer-state-message"),
            defaults: QueueDefaults::from_attributes(attributes),
            device_uri,
            name,
        })
    }
}

impl QueueDefaults {
    fn from_attributes(attributes: &Attributes) -> Self {
        let positive = |name| {
            attributes
                .integer(name)
                .and_then(|number| u32::try_from(number).ok())
                .filter(|number| *number > 0)
        };
        Self {
            copies: positive("copies-default"),
            sides: attributes
                .text("sides-default")
                .and_then(Sides::from_keyword),
            number_up: positive("number-up-default"),
            colour_mode: attributes
                .text("print-color-mode-default")
                .map(str::to_owned),
            media: attributes
                .text("media-default")
                .and_then(Size::from_media_name),
            sheets: attributes.texts("job-sheets-default"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Value;

    fn queue(device: Option<&str>, configured: Option<&[String]>) -> Queue {
        let text = |name: &str, text: &str| (name.to_owned(), vec![Value::Text(text.to_owned())]);
        let mut attributes = vec![text("printer-name", "sec")];
        attributes.extend(device.map(|device| text("device-uri", device)));
        Queue::from_attributes(&Attributes(attributes), configured).expect("it has a name")
    }

    #[test]
    fn the_device_tells_what_a_queue_is() {
        let secure = queue(Some("gate:"), None);
        assert!(secure.managed && !secure.is_printer);
        assert_eq!(secure.enforcement, Enforcement::Enforced);
        let printer = queue(Some("gate:ipp://localhost:8631/ipp/print"), None);
        assert!(printer.managed && printer.is_printer);
        assert_eq!(printer.enforcement, Enforcement::Enforced);
        let plain = queue(Some("ipp://localhost:8631/ipp/print"), None);
        assert!(!plain.managed && plain.is_printer);
        assert_eq!(plain.enforcement, Enforcement::Courtesy);
    }

    #[test]
    fn a_configured_queue_is_managed_by_courtesy() {
        let listed = queue(None, Some(&["sec".to_owned()]));
        assert!(listed.managed);
        assert_eq!(listed.enforcement, Enforcement::Courtesy);
        assert!(!queue(None, Some(&["other".to_owned()])).managed);
    }
}
