//! Which push services may be called: an address comes from a browser, and
//! must not make the server call something inside of the site.

use url::{Host, Url};

/// The services of the browsers that people use. *Source*: what Chromium,
/// Firefox, Edge and Safari subscribe at.
const KNOWN: [&str; 4] = [
    "fcm.googleapis.com",
    "*.push.services.mozilla.com",
    "*.notify.windows.com",
    "web.push.apple.com",
];
/// More is no address of a push service. *Units*: bytes.
const LONGEST_ENDPOINT: usize = 1000;

/// The services that may be called, by name; `*.` stands for any name below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushServices(Vec<String>);

impl Default for PushServices {
    fn default() -> Self {
        Self(KNOWN.map(str::to_owned).to_vec())
    }
}

impl PushServices {
    /// These services alone: names such as `push.example.edu` or
    /// `*.push.example.edu`, reached by https on its usual port; for a service
    /// on this machine the whole origin, `http://127.0.0.1:8080`.
    #[must_use]
    pub fn only(names: Vec<String>) -> Self {
        Self(names)
    }

    /// The address, if it is one of a service that may be called.
    pub(super) fn allowed(&self, endpoint: &str) -> Option<Url> {
        let url = Url::parse(endpoint).ok()?;
        let plain = url.username().is_empty() && url.password().is_none();
        if endpoint.len() > LONGEST_ENDPOINT || !plain || url.fragment().is_some() {
            return None;
        }
        let allowed = match url.host()? {
            Host::Domain(host) if url.scheme() == "https" && url.port().is_none() => {
                self.0.iter().any(|name| matches(name, host))
            }
            Host::Ipv4(host) if host.is_loopback() => {
                let origin = url.origin().ascii_serialization();
                self.0.contains(&origin)
            }
            _ => false,
        };
        allowed.then_some(url)
    }
}

fn matches(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(parent) => host
            .strip_suffix(parent)
            .is_some_and(|below| below.len() > 1 && below.ends_with('.')),
        None => name == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(services: &PushServices, endpoint: &str, allowed: bool) {
        assert_eq!(services.allowed(endpoint).is_some(), allowed, "{endpoint}");
    }

    #[test]
    fn only_known_services_are_called() {
        let known = PushServices::default();
        for endpoint in [
            "https://fcm.googleapis.com/fcm/send/abc:def",
            "https://updates.push.services.mozilla.com/wpush/v2/xyz",
            "https://wns2-par02p.notify.windows.com/w/?token=abc",
            "https://web.push.apple.com/abc",
            "https://FCM.googleapis.com/wp/x",
        ] {
            check(&known, endpoint, true);
        }
        for endpoint in [
            "http://fcm.googleapis.com/fcm/send/abc",
            "https://fcm.googleapis.com:8443/fcm/send/abc",
            "https://user@fcm.googleapis.com/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://evilpush.services.mozilla.com.example/x",
            "https://xpush.services.mozilla.com/x",
            "https://.push.services.mozilla.com/x",
            "https://push.services.mozilla.com/x",
            "https://localhost/x",
            "https://127.0.0.1/x",
            "http://127.0.0.1:631/admin",
            "https://[::1]/x",
            "https://10.0.0.1/x",
            "https://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
            "ftp://fcm.googleapis.com/x",
            "https://fcm.googleapis.com/x#fragment",
            "no address",
            "",
        ] {
            check(&known, endpoint, false);
        }
        check(
            &known,
            &format!("https://web.push.apple.com/{}", "a".repeat(2000)),
            false,
        );
    }

    #[test]
    fn a_service_of_this_machine_is_called_at_its_own_address_alone() {
        let own = PushServices::only(vec!["http://127.0.0.1:8080".into()]);
        check(&own, "http://127.0.0.1:8080/push/1", true);
        check(&own, "http://127.0.0.1:8081/push/1", false);
        check(&own, "https://127.0.0.1:8080/push/1", false);
        check(&own, "https://fcm.googleapis.com/x", false);
    }
}
