//! Names and attributes of the few cookies.
//!
//! *Source*: RFC 6265bis, sections 4.1.3 (`__Host-`) and 5.6.7 (SameSite).

use axum::http::{HeaderMap, HeaderValue, header};
use url::Url;

/// The cookies of one place that pages are served at.
#[derive(Clone, Debug)]
pub(crate) struct Cookies {
    /// The secret of a session.
    pub(crate) session: String,
    /// A notice for the next page.
    pub(crate) notice: String,
    /// The secret that ties a sign-in under way to its browser.
    pub(crate) sign_in: String,
    secure: bool,
    same_site: &'static str,
}

impl Cookies {
    /// Browsers share cookies between the ports of a host; two portals on one
    /// machine must not put each other out.
    pub(crate) fn embedded(host: &str) -> Self {
        Self::plain(host, "Strict")
    }

    /// With https a browser takes and shows them at this very host alone. They
    /// go along when a link of another site, or the provider's answer, leads
    /// here: what changes anything is guarded by more than the cookie.
    pub(crate) fn central(public_url: &Url) -> Self {
        if public_url.scheme() != "https" {
            return Self::plain(&host_of(public_url), "Lax");
        }
        Self {
            session: "__Host-platen".to_owned(),
            notice: "__Host-platen-notice".to_owned(),
            sign_in: "__Host-platen-sign-in".to_owned(),
            secure: true,
            same_site: "Lax",
        }
    }

    fn plain(host: &str, same_site: &'static str) -> Self {
        let port = host.rsplit(':').next().unwrap_or_default();
        Self {
            session: format!("platen-{port}"),
            notice: format!("platen-notice-{port}"),
            sign_in: format!("platen-sign-in-{port}"),
            secure: false,
            same_site,
        }
    }

    /// Lets the browser keep `value`, which no script can read: for
    /// `lifetime_s`, or until it ends. `value` is base64 or empty.
    pub(crate) fn set(
        &self,
        headers: &mut HeaderMap,
        name: &str,
        value: &str,
        lifetime_s: Option<u32>,
    ) {
        let lifetime =
            lifetime_s.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        let secure = if self.secure { "; Secure" } else { "" };
        let same_site = self.same_site;
        let text =
            format!("{name}={value}; Path=/; HttpOnly; SameSite={same_site}{secure}{lifetime}");
        if let Ok(text) = HeaderValue::try_from(text) {
            headers.append(header::SET_COOKIE, text);
        }
    }

    /// Lets the browser forget the cookie.
    pub(crate) fn remove(&self, headers: &mut HeaderMap, name: &str) {
        self.set(headers, name, "", Some(0));
    }
}

/// Host and port as a browser sends them: without the scheme's own port.
pub(crate) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(cookies: &Cookies) -> String {
        let mut headers = HeaderMap::new();
        cookies.set(&mut headers, &cookies.session, "abc", None);
        headers[header::SET_COOKIE].to_str().unwrap().to_owned()
    }

    #[test]
    fn cookies_are_bound_to_the_host_where_there_is_https() {
        let central = |url: &str| set(&Cookies::central(&Url::parse(url).unwrap()));
        assert_eq!(
            central("https://print.example.edu"),
            "__Host-platen=abc; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            central("http://127.0.0.1:8631/"),
            "platen-8631=abc; Path=/; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            set(&Cookies::embedded("127.0.0.1:4711")),
            "platen-4711=abc; Path=/; HttpOnly; SameSite=Strict"
        );
    }

    #[test]
    fn host_is_spelt_as_browsers_do() {
        for (url, host) in [
            ("https://print.example.edu/", "print.example.edu"),
            ("https://print.example.edu:443/", "print.example.edu"),
            ("https://print.example.edu:8443/", "print.example.edu:8443"),
            ("http://[::1]:8631/", "[::1]:8631"),
        ] {
            assert_eq!(host_of(&Url::parse(url).unwrap()), host);
        }
    }
}
