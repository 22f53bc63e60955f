//! Reads what `dbus-monitor` writes about `Notify` calls.
//!
//! A call is a line that begins in the first column and then its arguments, indented by three
//! blanks: name, replaced id, icon, summary, body, actions, hints, lifetime. Strings are quoted but
//! not escaped and may go over several lines.

/// A call of `org.freedesktop.Notifications.Notify`.
///
/// Source: Desktop Notifications Specification 1.2, `org.freedesktop.Notifications.Notify`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notification {
    /// When the bus delivered it. Units: microseconds since the Unix epoch.
    pub at_us: u64,
    /// The program's name.
    pub application: String,
    /// The number of the notification it replaces, 0 for none.
    pub replaces: u32,
    /// Its title.
    pub summary: String,
    /// Its text.
    pub body: String,
    /// Its buttons: key and label.
    pub actions: Vec<(String, String)>,
}

pub(super) fn notifications(log: &str) -> Vec<Notification> {
    let mut found = Vec::new();
    let mut call: Option<Call> = None;
    // The last line may be half written, and the last call not yet be complete.
    let whole = log.rfind('\n').map_or("", |end| &log[..=end]);
    for line in whole.lines() {
        if line.starts_with("method call time=") && line.contains("member=Notify") {
            call = Some(Call::new(line));
        } else if let Some(mut open) = call.take() {
            open.read(line);
            match open.complete() {
                Some(notification) => found.push(notification),
                None => call = Some(open),
            }
        }
    }
    found
}

#[derive(Default)]
struct Call {
    at_us: u64,
    /// The arguments that are strings or numbers at the top level, in order.
    arguments: Vec<String>,
    actions: Vec<String>,
    arrays: usize,
    in_array: bool,
    text: Option<String>,
    finished: bool,
}

impl Call {
    fn new(line: &str) -> Self {
        Self {
            at_us: event_time_us(line).unwrap_or(0),
            ..Self::default()
        }
    }

    fn read(&mut self, line: &str) {
        if let Some(mut text) = self.text.take() {
            text.push('\n');
            text.push_str(line);
            self.end_text(text);
        } else if self.in_array {
            if line == "   ]" {
                self.in_array = false;
                self.arrays += 1;
            } else if let (0, Some(start)) = (self.arrays, line.strip_prefix("      string \"")) {
                self.end_text(start.to_owned());
            }
        } else if line == "   array [" {
            self.in_array = true;
        } else if let Some(start) = line.strip_prefix("   string \"") {
            self.end_text(start.to_owned());
        } else if let Some(number) = line.strip_prefix("   uint32 ") {
            self.arguments.push(number.to_owned());
        } else if line.starts_with("   int32 ") {
            self.finished = true;
        } else if let Some(text) = self.arguments.pop() {
            // The quotation mark at the end of the last line belonged to the text.
            self.end_text(format!("{text}\"\n{line}"));
        }
    }

    fn end_text(&mut self, text: String) {
        let Some(whole) = text.strip_suffix('"') else {
            self.text = Some(text);
            return;
        };
        if self.in_array {
            self.actions.push(whole.to_owned());
        } else {
            self.arguments.push(whole.to_owned());
        }
    }

    fn complete(&self) -> Option<Notification> {
        let [application, replaces, _icon, summary, body] = &self.arguments[..] else {
            return None;
        };
        self.finished.then(|| Notification {
            at_us: self.at_us,
            application: application.clone(),
            replaces: replaces.parse().unwrap_or(0),
            summary: summary.clone(),
            body: body.clone(),
            actions: self
                .actions
                .chunks_exact(2)
                .map(|pair| (pair[0].clone(), pair[1].clone()))
                .collect(),
        })
    }
}

/// The time in a line of dbus-monitor such as `signal time=1700000000.123456 sender=…`.
///
/// Units: microseconds since the Unix epoch.
#[must_use]
pub fn event_time_us(line: &str) -> Option<u64> {
    let (_, rest) = line.split_once(" time=")?;
    let (seconds, rest) = rest.split_once('.')?;
    let micros = rest.split(' ').next()?;
    let seconds: u64 = seconds.parse().ok()?;
    let fraction: u64 = format!("{micros:0<6}").get(..6)?.parse().ok()?;
    Some(seconds * 1_000_000 + fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "signal time=1700000000.000001 sender=org.freedesktop.DBus -> destination=:1.9 serial=4 path=/org/freedesktop/DBus; interface=org.freedesktop.DBus; member=NameLost
   string \":1.9\"
method call time=1700000000.120045 sender=:1.8 -> destination=:1.2 serial=5 path=/org/freedesktop/Notifications; interface=org.freedesktop.Notifications; member=Notify
   string \"Platen\"
   uint32 3
   string \"icon\"
   string \"Job Ready\"
   string \"thesis.pdf
15 points, \"draft\"
next line\"
   array [
      string \"change\"
      string \"Change Account\"
   ]
   array [
      dict entry(
         string \"urgency\"
         variant             byte 1
      )
   ]
   int32 -1
";

    #[test]
    fn a_call_is_read_with_its_lines_and_buttons() {
        let read = notifications(LOG);
        assert_eq!(
            read,
            [Notification {
                at_us: 1_700_000_000_120_045,
                application: "Platen".to_owned(),
                replaces: 3,
                summary: "Job Ready".to_owned(),
                body: "thesis.pdf\n15 points, \"draft\"\nnext line".to_owned(),
                actions: vec![("change".to_owned(), "Change Account".to_owned())],
            }]
        );
    }

    #[test]
    fn a_half_written_call_waits_for_the_rest() {
        for end in (0..LOG.len()).filter(|end| LOG.is_char_boundary(*end)) {
            let expected = usize::from(end >= LOG.len());
            assert_eq!(notifications(&LOG[..end]).len(), expected, "{end}");
        }
    }
}
