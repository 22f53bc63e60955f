//! Signs in on the provider's login page as a browser would, by plain HTTP.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

/// Login page, consent page and the redirects between them are fewer.
const MOST_STEPS: usize = 20;
const PATIENCE: Duration = Duration::from_secs(20);

/// Follows `url`, fills in every form with `login`, and ends where the provider sends the browser
/// back to the application. Returns what the application answered.
pub(super) fn sign_in(url: &str, login: &str) -> Result<String> {
    let mut browser = Browser::default();
    let mut answer = browser.get(url)?;
    for _ in 0..MOST_STEPS {
        if let Some(next) = answer.location.take() {
            answer = browser.get(&next)?;
        } else if let Some(form) = Form::find(&answer.body) {
            answer = browser.post(&form.action, &form.filled_in(login))?;
        } else {
            ensure!(
                answer.status == 200,
                "signing in ended with {}: {}",
                answer.status,
                answer.body
            );
            return Ok(answer.body);
        }
    }
    bail!("the provider redirects without end")
}

struct Answer {
    status: u16,
    location: Option<String>,
    body: String,
}

#[derive(Default)]
struct Browser {
    /// Cookies by host and name.
    cookies: BTreeMap<(String, String), String>,
    place: String,
}

impl Browser {
    fn get(&mut self, url: &str) -> Result<Answer> {
        self.send("GET", url, None)
    }

    fn post(&mut self, url: &str, form: &str) -> Result<Answer> {
        self.send("POST", url, Some(form))
    }

    fn send(&mut self, method: &str, url: &str, form: Option<&str>) -> Result<Answer> {
        let whole = match url.strip_prefix('/') {
            Some(path) => format!("http://{}/{path}", self.place),
            None => url.to_owned(),
        };
        let rest = whole
            .strip_prefix("http://")
            .with_context(|| format!("{whole} is not plain HTTP"))?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        host.clone_into(&mut self.place);
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|((of, _), _)| of == host)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let body = form.unwrap_or("");
        let request = format!(
            "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAccept: text/html\r\n\
             Cookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            cookies.join("; "),
            body.len()
        );
        let mut connection =
            TcpStream::connect(host).with_context(|| format!("connecting to {host}"))?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.write_all(request.as_bytes())?;
        let mut bytes = Vec::new();
        connection.read_to_end(&mut bytes)?;
        self.read(host, &String::from_utf8_lossy(&bytes))
    }

    fn read(&mut self, host: &str, text: &str) -> Result<Answer> {
        let (head, body) = text
            .split_once("\r\n\r\n")
            .with_context(|| format!("{host} answered nothing"))?;
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        let mut location = None;
        for line in head.lines().skip(1) {
            let Some((name, value)) = line.split_once(": ") else {
                continue;
            };
            match name.to_ascii_lowercase().as_str() {
                "location" => location = Some(value.to_owned()),
                "set-cookie" => {
                    let pair = value.split(';').next().unwrap_or_default();
                    if let Some((name, value)) = pair.split_once('=') {
                        let key = (host.to_owned(), name.to_owned());
                        self.cookies.insert(key, value.to_owned());
                    }
                }
                _ => {}
            }
        }
        Ok(Answer {
            status: status.with_context(|| format!("{host} answered {head}"))?,
            location,
            body: body.to_owned(),
        })
    }
}

/// A form of one of the provider's development pages.
struct Form {
    action: String,
    hidden: Vec<(String, String)>,
}

impl Form {
    fn find(page: &str) -> Option<Self> {
        let form = &page[page.find("<form")?..];
        let form = &form[..form.find("</form>")?];
        let hidden = form
            .split("<input")
            .skip(1)
            .filter(|input| input.contains("type=\"hidden\""))
            .filter_map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)))
            .collect();
        Some(Self {
            action: attribute(form, "action")?,
            hidden,
        })
    }

    fn filled_in(&self, login: &str) -> String {
        let mut fields = vec![
            format!("login={}", percent_encoded(login)),
            "password=any".to_owned(),
        ];
        fields.extend(
            self.hidden
                .iter()
                .map(|(name, value)| format!("{name}={}", percent_encoded(value))),
        );
        fields.join("&")
    }
}

fn attribute(element: &str, name: &str) -> Option<String> {
    let start = element.find(&format!(" {name}=\""))? + name.len() + 3;
    let rest = &element[start..];
    Some(rest[..rest.find('"')?].replace("&amp;", "&"))
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
