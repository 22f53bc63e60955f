//! Notices: a sentence that one request leaves for the page that is seen next.
//!
//! It travels in a short-lived cookie of the browser that it is meant for, so
//! that neither a session nor a server has to remember it. Whatever comes back
//! in that cookie is shown as plain text and cut, since a browser may send
//! anything.

use std::sync::{Mutex, PoisonError};

use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::cookie::CookieJar;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::cookies::Cookies;

/// A sentence or two; with base64 well below what a browser keeps in a cookie.
const LIMIT_BYTES: usize = 1200;
/// A redirect takes milliseconds; a slow network some seconds.
const LIFETIME_S: u32 = 60;

/// The notice that a request came with, and the one that it leaves.
#[derive(Debug, Default)]
pub(crate) struct Flash {
    came: Mutex<Option<String>>,
    leaves: Mutex<Leaves>,
}

#[derive(Debug, Default)]
enum Leaves {
    /// The browser keeps what it has.
    #[default]
    AsItWas,
    /// It was shown.
    Nothing,
    Notice(String),
}

/// What [`see_other_with_notice`] hands to the guard.
#[derive(Clone)]
struct Left(String);

impl Flash {
    pub(crate) fn read(cookies: &Cookies, jar: &CookieJar) -> Self {
        let came = jar
            .get(&cookies.notice)
            .and_then(|cookie| URL_SAFE_NO_PAD.decode(cookie.value()).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(|text| cut(&text).to_owned())
            .filter(|text| !text.is_empty());
        Self {
            came: Mutex::new(came),
            leaves: Mutex::default(),
        }
    }

    /// The notice to show; the browser forgets it with the answer.
    pub(crate) fn take(&self) -> Option<String> {
        let notice = lock(&self.came).take();
        if notice.is_some() {
            *lock(&self.leaves) = Leaves::Nothing;
        }
        notice
    }

    /// Leaves a notice for the next page.
    pub(crate) fn leave(&self, notice: &str) {
        *lock(&self.leaves) = Leaves::Notice(cut(notice).to_owned());
    }

    /// Writes the cookie that the answer carries, if any.
    pub(crate) fn write(&self, cookies: &Cookies, response: &mut Response) {
        if let Some(Left(notice)) = response.extensions_mut().remove() {
            self.leave(&notice);
        }
        let headers = response.headers_mut();
        match &*lock(&self.leaves) {
            Leaves::AsItWas => {}
            Leaves::Nothing => cookies.remove(headers, &cookies.notice),
            Leaves::Notice(notice) => {
                let value = URL_SAFE_NO_PAD.encode(notice);
                cookies.set(headers, &cookies.notice, &value, Some(LIFETIME_S));
            }
        }
    }
}

/// After a post: the page to see.
pub(crate) fn see_other(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// After a post: the page to see, and what it says at first.
pub(crate) fn see_other_with_notice(path: &str, notice: &str) -> Response {
    let mut response = Redirect::to(path).into_response();
    response.extensions_mut().insert(Left(notice.to_owned()));
    response
}

fn cut(text: &str) -> &str {
    let fits = |(at, letter): &(usize, char)| at + letter.len_utf8() <= LIMIT_BYTES;
    let end = text.char_indices().take_while(fits).last();
    &text[..end.map_or(0, |(at, letter)| at + letter.len_utf8())]
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use axum::http::header;
    use axum_extra::extract::cookie::Cookie;

    use super::*;

    fn cookies() -> Cookies {
        Cookies::embedded("127.0.0.1:4711")
    }

    fn came_with(value: &str) -> Flash {
        let cookies = cookies();
        let jar = CookieJar::new().add(Cookie::new(cookies.notice.clone(), value.to_owned()));
        Flash::read(&cookies, &jar)
    }

    #[test]
    fn notice_is_shown_once_and_then_forgotten() {
        let flash = came_with(&URL_SAFE_NO_PAD.encode("Gelöscht."));
        assert_eq!(flash.take().as_deref(), Some("Gelöscht."));
        assert_eq!(flash.take(), None);
        let mut response = Response::default();
        flash.write(&cookies(), &mut response);
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("Max-Age=0"), "{cookie}");
    }

    #[test]
    fn notice_that_nobody_saw_stays() {
        let mut response = Response::default();
        came_with("eA").write(&cookies(), &mut response);
        assert!(response.headers().is_empty());
    }

    #[test]
    fn what_is_left_comes_back_whole_or_cut_between_letters() {
        for notice in ["Account: Größe “7”; done", &"ü".repeat(1000)] {
            let mut response = see_other_with_notice("/", notice);
            came_with("").write(&cookies(), &mut response);
            let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
            let value = cookie.split([';', '=']).nth(1).unwrap();
            let back = came_with(value).take().unwrap();
            assert!(notice.starts_with(&back) && back.len() >= notice.len().min(1199));
        }
    }

    #[test]
    fn a_forged_cookie_is_no_notice() {
        for value in ["%", "not base64!", "_w", "é"] {
            assert_eq!(came_with(value).take(), None, "{value}");
        }
    }
}
