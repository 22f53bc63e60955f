//! A very small browser: cookies, redirects and the provider's two forms.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response};
use url::Url;

/// What the person in front of the browser wants.
#[derive(Clone, Copy)]
pub(crate) enum Wish<'a> {
    SignIn(&'a str),
    Cancel,
}

/// One person's browser.
pub(crate) struct Browser {
    client: Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            client,
            cookies: BTreeMap::new(),
        }
    }

    /// Follows redirects and fills in forms until a page without a form; gives its text.
    pub(crate) async fn walk(&mut self, start: Url, wish: Wish<'_>) -> String {
        let mut url = start;
        let mut form: Option<Vec<(&str, String)>> = None;
        for _ in 0..20 {
            let response = self.fetch(&url, form.take()).await;
            if response.status().is_redirection() {
                let location = response.headers()[LOCATION].to_str().unwrap();
                url = url.join(location).unwrap();
                continue;
            }
            let html = response.text().await.unwrap();
            let Some(prompt) = between(&html, r#"name="prompt" value=""#, "\"") else {
                return html;
            };
            match wish {
                Wish::Cancel => url = url.join(&format!("{}/abort", url.path())).unwrap(),
                Wish::SignIn(user) => {
                    url = url
                        .join(between(&html, r#"action=""#, "\"").unwrap())
                        .unwrap();
                    form = Some(vec![
                        ("prompt", prompt.to_owned()),
                        ("login", user.to_owned()),
                        ("password", "any".to_owned()),
                    ]);
                }
            }
        }
        panic!("the provider sends the browser in circles");
    }

    async fn fetch(&mut self, url: &Url, form: Option<Vec<(&str, String)>>) -> Response {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = match form {
            Some(fields) => self.client.post(url.clone()).form(&fields),
            None => self.client.get(url.clone()),
        };
        let response = request
            .header(COOKIE, cookies.join("; "))
            .send()
            .await
            .unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        response
    }
}

fn between<'t>(text: &'t str, before: &str, after: &str) -> Option<&'t str> {
    let rest = &text[text.find(before)? + before.len()..];
    rest.find(after).map(|end| &rest[..end])
}
