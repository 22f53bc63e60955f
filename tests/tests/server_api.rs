//! The Accounts API as other programs meet it: the commands of its documentation, and
//! schemathesis, which tries everything that the OpenAPI document allows and forbids.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use platen_lab::{output, root, setup};
use platen_tests::server::ApiProgram;
use platen_tests::{ServerRig, View, WebClient};
use serde_json::{Value, json};

/// Gives Anna an account with 200 points, of which she has used 210.
async fn prepare(program: &ApiProgram, token: &str) -> Result<String> {
    let found = program
        .ask(token, "GET", "/accounts?search=quota", &Value::Null)
        .await?;
    let account = found["items"][0]["id"]
        .as_str()
        .context("no account")?
        .to_owned();
    let limit = json!({"limit": {"points": 200}});
    program
        .ask(token, "PUT", &format!("/accounts/{account}/limit"), &limit)
        .await?;
    let debit = json!({
        "userEmail": "anna@example.edu", "accountId": account,
        "activityType": "debit", "amount": 210,
    });
    let posted = program.ask(token, "POST", "/activities", &debit).await?;
    assert_eq!(posted["balance"]["text"], "210/200 points used");
    Ok(account)
}
/// The commands of the documentation, in their order.
fn documented() -> Result<String> {
    let text = fs::read_to_string(root().join("docs/api.md"))?;
    let blocks = text.split("```sh\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split_once("```").map(|(block, _)| block));
    Ok(blocks.collect::<Vec<_>>().join("\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_the_documentation_do_what_it_says() -> Result<()> {
    let rig = ServerRig::start("api-documented")?;
    WebClient::sign_in(&rig.url(), "anna").await?;
    let program = ApiProgram::admitted(&rig.url()).await?;
    let token = program.token().await?;
    prepare(&program, &token).await?;
    let environment = BTreeMap::from([
        ("SERVER", program.server.as_str()),
        ("CUSTOMER_ID", &program.customer),
        ("CLIENT_ID", &program.id),
        ("CLIENT_SECRET", &program.secret),
    ]);
    let script = format!("set -euo pipefail\n{}", documented()?);
    for run in 1..=2 {
        let mut shell = Command::new("bash");
        shell
            .args(["-c", &script])
            .envs(&environment)
            .env("no_proxy", "127.0.0.1");
        let answer = output(&mut shell)?;
        let said = String::from_utf8_lossy(&answer.stdout).into_owned();
        let complained = String::from_utf8_lossy(&answer.stderr).into_owned();
        ensure!(answer.status.success(), "run {run}: {said}{complained}");
        // The second run repeats the first one's requests: nothing is done twice.
        let expected =
            "\"90/200 points used\"\n1\n{\n  \"allowExceedBy\": 20,\n  \"points\": 250\n}\n";
        let sorted = said.replace(
            "{\n  \"points\": 250,\n  \"allowExceedBy\": 20\n}",
            "{\n  \"allowExceedBy\": 20,\n  \"points\": 250\n}",
        );
        assert_eq!(sorted, expected, "run {run}: {complained}");
    }
    let balances = program.ask(
        &token,
        "GET",
        "/users/anna@example.edu/balances",
        &Value::Null,
    );
    let quota = balances.await?["items"]
        .as_array()
        .and_then(|items| {
            items
                .iter()
                .find(|item| item["accountName"] == "Print Quota")
                .cloned()
        })
        .context("no balance")?;
    assert_eq!(quota["used"], 0);
    Ok(())
}

/// What is wrong with the page that is seen: wider than the window, without a name or a label, twice
/// the same id, links that lead nowhere.
const FAULTS: &str = r##"
const faults = [];
const wide = document.documentElement.scrollWidth;
if (wide > innerWidth + 1) faults.push(`${wide} is wider than ${innerWidth}`);
if (document.querySelectorAll("h1").length !== 1) faults.push("not one heading");
const seen = new Set();
for (const { id } of document.querySelectorAll("[id]")) {
  if (seen.has(id)) faults.push(`twice: ${id}`);
  seen.add(id);
}
for (const field of document.querySelectorAll("input, textarea")) {
  if (!field.labels?.length) faults.push(`no label: ${field.outerHTML}`);
}
for (const link of document.querySelectorAll("a, button")) {
  if (!link.textContent.trim()) faults.push(`no name: ${link.outerHTML}`);
}
for (const link of document.querySelectorAll('a[href^="#"]')) {
  if (!seen.has(link.hash.slice(1))) faults.push(`leads nowhere: ${link.hash}`);
}
return faults;
"##;

#[tokio::test(flavor = "multi_thread")]
async fn requests_can_be_tried_on_the_page_on_desktop_and_telephone() -> Result<()> {
    let rig = ServerRig::start("api-page")?;
    WebClient::sign_in(&rig.url(), "anna").await?;
    let program = ApiProgram::admitted(&rig.url()).await?;
    let account = prepare(&program, &program.token().await?).await?;
    let views = [(1280, false, false), (390, true, false), (390, true, true)];
    for (number, (width, mobile, dark)) in views.into_iter().enumerate() {
        let view = View {
            width,
            height: 844,
            mobile,
            dark,
        };
        let browser = rig.chromium(view).await?;
        browser
            .goto(&format!("{}/api#postActivity", rig.url()))
            .await?;
        browser.until_text("h1", "Accounts API").await?;
        let open = "for (const part of document.querySelectorAll('details')) part.open = true;";
        browser.run(open, Vec::new()).await?;
        let faults = browser.run(FAULTS, Vec::new()).await?;
        ensure!(faults == json!([]), "{width}: {faults:#}");
        // Without a token nothing is asked.
        browser.click("#postActivity form button").await?;
        let told = "#postActivity .api-told";
        browser
            .until_text(told, "Get an access token first.")
            .await?;
        browser.write("#customer-id", &program.customer).await?;
        browser.write("#client-id", &program.id).await?;
        browser.write("#client-secret", "wrong").await?;
        browser.click("#credentials button").await?;
        browser
            .until_text("#credentials .api-told", "There is no access token")
            .await?;
        browser.write("#client-secret", &program.secret).await?;
        browser.click("#credentials button").await?;
        browser
            .until_text("#credentials .api-told", "There is an access token")
            .await?;
        let body = json!({
            "userEmail": "anna@example.edu", "accountId": account,
            "activityType": "set", "amount": 7.5 + number as f64,
        });
        browser
            .write("#postActivity-body", &body.to_string())
            .await?;
        browser.click("#postActivity form button").await?;
        browser.until_text(told, "201").await?;
        let shown = browser.text("#postActivity .api-result").await?;
        let amount = format!("\"posted\": {}", 7.5 + number as f64);
        ensure!(shown.contains(&amount), "{shown}");
        // The same again is answered and not done.
        browser.click("#postActivity form button").await?;
        let result = "#postActivity .api-result";
        browser
            .until_text(result, "Idempotency-Replayed: true")
            .await?;
    }
    Ok(())
}

/// What schemathesis is told: who it is, what is there, and which answers are right where it
/// can't know.
fn configuration(program: &ApiProgram, token: &str, account: &str) -> String {
    let ApiProgram {
        customer,
        id,
        secret,
        ..
    } = program;
    format!(
        r#"
hooks = "hooks"
[parameters]
"path.customer-id" = "{customer}"
"path.account-id" = "{account}"
"path.user-email" = "anna@example.edu"

[auth.openapi]
token = {{ bearer = "{token}" }}
client = {{ username = "{id}", password = "{secret}" }}

# A version that was made up is not the stored one; none at all is told by 428.
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "401", "403", "404", "409", "412", "429"]
[checks.missing_required_header]
expected-statuses = ["400", "401", "403", "406", "415", "422", "428"]
"#
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_that_the_document_does_not_say() -> Result<()> {
    let schemathesis = setup::schemathesis()?;
    let rig = ServerRig::start("api-schemathesis")?;
    WebClient::sign_in(&rig.url(), "anna").await?;
    let program = ApiProgram::admitted(&rig.url()).await?;
    let token = program.token().await?;
    let account = prepare(&program, &token).await?;
    let place = rig.path("schemathesis");
    fs::create_dir_all(&place)?;
    fs::copy(
        root().join("tests/schemathesis/hooks.py"),
        place.join("hooks.py"),
    )?;
    let file = place.join("schemathesis.toml");
    fs::write(&file, configuration(&program, &token, &account))?;
    let mut run = Command::new(schemathesis);
    run.args(["--no-color", "--config-file"])
        .arg(&file)
        .args([
            "run",
            "--checks=all",
            "--mode=all",
            "--max-examples=6",
            "--seed=1",
        ])
        // One worker: threads that parse source at once break Python before 3.11.8 (gh-106905).
        .args(["--rate-limit=90/s", "--continue-on-failure", "--workers=1"])
        .arg(format!("{}/api/openapi.json", rig.url()))
        .env("PYTHONPATH", &place)
        .env("NO_PROXY", "127.0.0.1")
        .current_dir(&place);
    let answer = output(&mut run)?;
    let said = String::from_utf8_lossy(&answer.stdout).into_owned();
    let complained = String::from_utf8_lossy(&answer.stderr).into_owned();
    ensure!(answer.status.success(), "{said}\n{complained}");
    // It did try: without operations it would be content too.
    ensure!(
        said.contains("Operations:") || said.contains("Tested: "),
        "{said}"
    );
    Ok(())
}
