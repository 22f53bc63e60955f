//! Programs: reads and credits a second.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::Result;
use crate::measure::{Times, run};
use crate::seed::{PROGRAMS, login, open, program};
use crate::web::{client, done, with_token};

/// Each program may ask a hundred times a second, so there must be many.
const CALLERS: usize = 32;
/// People whose points move.
const PEOPLE: usize = 1_000;

/// Prints reads and credits a second, and how long each takes.
pub(crate) async fn measure(url: &str, reference: &str, place: &str, seconds: u64) -> Result<()> {
    let time = Duration::from_secs(seconds);
    let ledger = open(place).await?;
    let customer = ledger.site_id().await?;
    let account = ledger.account_by_code("quota").await?;
    let account = account.ok_or("the account is missing")?.id.0;
    drop(ledger);
    let tokens = Arc::new(tokens(url).await?);
    let plain = asked(reference, &tokens, time, |_| Ask::Plain).await?;
    let what = format!("a fixed page of the plain server, {CALLERS} callers");
    println!("{}", plain.line(&what, None));
    let base = format!("{url}/{customer}");
    for (what, ask) in [
        ("API: an account", Ask::Account(account)),
        ("API: the first accounts", Ask::Accounts),
        ("API: a person’s balances", Ask::Balances),
        ("API: a credit of one point", Ask::Credit(account)),
    ] {
        let times = asked(&base, &tokens, time, move |_| ask).await?;
        let what = format!("{what}, {CALLERS} callers");
        println!("{}", times.line(&what, Some(&plain)));
    }
    Ok(())
}

/// A token of each program.
async fn tokens(url: &str) -> Result<Vec<String>> {
    let client = client()?;
    let mut tokens = Vec::new();
    for number in 0..PROGRAMS {
        let (id, secret) = program(number);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &id.to_string()),
            ("client_secret", &secret),
            ("scope", "cloudprint:billing-accounts"),
        ];
        let answer = client
            .post(format!("{url}/oauth/token"))
            .form(&form)
            .send()
            .await?;
        let status = answer.status();
        let answer: Value = answer.json().await?;
        let token = answer["access_token"].as_str();
        tokens.push(
            token
                .ok_or(format!("no token, but {status}: {answer}"))?
                .to_owned(),
        );
    }
    Ok(tokens)
}

/// What a program asks for.
#[derive(Clone, Copy)]
enum Ask {
    Plain,
    Account(Uuid),
    Accounts,
    Balances,
    Credit(Uuid),
}

async fn asked(
    base: &str,
    tokens: &Arc<Vec<String>>,
    time: Duration,
    ask: impl Fn(usize) -> Ask + Clone + Send + 'static,
) -> Result<Times> {
    let client = client()?;
    let (base, tokens) = (base.to_owned(), tokens.clone());
    run(CALLERS, usize::MAX, time, move |number| {
        let email = login(number * 31 % PEOPLE);
        let request = match ask(number) {
            Ask::Plain => client.get(format!("{base}/")),
            Ask::Account(id) => client.get(format!("{base}/accounts/{id}")),
            Ask::Accounts => client.get(format!("{base}/accounts")),
            Ask::Balances => client.get(format!("{base}/users/{email}/balances")),
            Ask::Credit(id) => client.post(format!("{base}/activities")).json(&json!({
                "userEmail": email, "accountId": id, "activityType": "credit",
                "quantity": 1, "amount": -1, "reason": "load",
            })),
        };
        let request = with_token(request, &tokens[number % tokens.len()]);
        async move { done(request).await.map(drop) }
    })
    .await
}
