//! Pages for people: their weight, and how soon they are there.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::Result;
use crate::measure::{Times, run};
use crate::seed::{ADMINISTRATOR, session_secret};
use crate::web::{client, cookie, done, page};

/// Enough for a 99th percentile.
const QUESTIONS: usize = 2_000;
const CROWD: usize = 16;
/// A step without a divisor in common with round numbers: meets everybody.
const STEP: usize = 7_919;

/// Prints the weight of the portal, and the times of pages.
pub(crate) async fn measure(url: &str, reference: &str, people: usize, seconds: u64) -> Result<()> {
    let time = Duration::from_secs(seconds);
    weigh(url).await?;
    let plain = ask(reference, "/", 1, time, |_| ADMINISTRATOR.to_owned()).await?;
    println!("{}", plain.line("a fixed page of the plain server", None));
    let somebody = move |number: usize| session_secret(number * STEP % people);
    for (what, path) in [
        ("portal: documents, each time somebody else", "/"),
        ("portal: history", "/history"),
        ("portal: switch of account", "/account"),
    ] {
        let times = ask(url, path, 1, time, somebody).await?;
        println!("{}", times.line(what, Some(&plain)));
    }
    let crowd = ask(url, "/", CROWD, time, somebody).await?;
    let plain_crowd = ask(reference, "/", CROWD, time, somebody).await?;
    let what = format!("portal: documents, {CROWD} at once");
    println!("{}", crowd.line(&what, Some(&plain_crowd)));
    for (what, path) in [
        ("console: overview", "/console"),
        ("console: users, first page", "/console/users"),
        (
            "console: users, search “number 77”",
            "/console/users?search=number+77",
        ),
        (
            "console: users, search by e-mail",
            "/console/users?search=person031415",
        ),
        (
            "console: users, search without a match",
            "/console/users?search=nobody+here",
        ),
        ("console: accounts, first page", "/console/accounts"),
        (
            "console: accounts, search “project 07”",
            "/console/accounts?search=project+07",
        ),
    ] {
        let times = ask(url, path, 1, time, |_| ADMINISTRATOR.to_owned()).await?;
        println!("{}", times.line(what, Some(&plain)));
    }
    Ok(())
}

async fn ask(
    url: &str,
    path: &str,
    callers: usize,
    time: Duration,
    who: impl Fn(usize) -> String + Clone + Send + 'static,
) -> Result<Times> {
    let client = client()?;
    let (url, path) = (url.to_owned(), path.to_owned());
    // Not the first one, for which connections are made.
    let secret = who(0);
    done(page(&client, &url, &path, &cookie(&url, &secret)?)).await?;
    run(callers, QUESTIONS, time, move |number| {
        let (client, url, path) = (client.clone(), url.clone(), path.clone());
        let secret = who(number);
        async move {
            done(page(&client, &url, &path, &cookie(&url, &secret)?)).await?;
            Ok(())
        }
    })
    .await
}

/// Prints what the portal's first page weighs with all that it loads, as it
/// comes over the network.
async fn weigh(url: &str) -> Result<()> {
    let client = client()?;
    let cookie = cookie(url, &session_secret(0))?;
    let html = done(page(&client, url, "/", &cookie)).await?;
    let text = client
        .get(format!("{url}/"))
        .header("cookie", &cookie)
        .send()
        .await?
        .text()
        .await?;
    let mut loaded = BTreeSet::new();
    for start in ["href=\"/", "src=\"/"] {
        for rest in text.split(start).skip(1) {
            let path = rest.split('"').next().unwrap_or_default();
            let file = path.split(['?', '#']).next().unwrap_or_default();
            let is_loaded = [
                ".css",
                ".js",
                ".svg",
                ".png",
                ".webmanifest",
                ".json",
                ".ico",
            ]
            .iter()
            .any(|kind| file.ends_with(kind));
            if is_loaded {
                loaded.insert(format!("/{path}"));
            }
        }
    }
    let mut all = html;
    let mut parts = vec![format!("page {html}")];
    for path in &loaded {
        let size = done(page(&client, url, path, &cookie)).await?;
        all += size;
        parts.push(format!("{path} {size}"));
    }
    println!(
        "weight of the portal’s first page: {:.1} kB all in\t({})",
        all as f64 / 1_000.0,
        parts.join(", ")
    );
    Ok(())
}
