//! A program with a credential of the Accounts API.

use jiff::Timestamp;
use platen_domain::UserId;
use platen_ledger::{Actor, Credential, Desk};
use serde_json::Value;
use uuid::Uuid;

use super::Site;
use crate::support::browser::digest;

/// Acts as an administrator.
pub(crate) fn desk(site: &Site) -> Desk {
    site.ledger.desk(Actor {
        id: UserId::new("test"),
        name: "test".into(),
        address: "127.0.0.1".into(),
    })
}

/// Gives a program access, and returns the customer id and a token.
pub(crate) async fn admit(site: &Site) -> (String, String) {
    let secret = "a secret that is long enough for everybody";
    let credential = Credential {
        id: Uuid::now_v7(),
        name: "Timetable".into(),
        scopes: vec!["cloudprint:billing-accounts".into()],
        made_by: "test".into(),
        made_at: Timestamp::now(),
        used_at: None,
        revoked_at: None,
    };
    let client = credential.id;
    let desk = desk(site);
    let kept = digest(secret);
    desk.add_credential(credential, kept, Timestamp::now())
        .await
        .unwrap();
    let browser = site.browser();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", &client.to_string()),
        ("client_secret", secret),
    ];
    let seen = browser
        .send(browser.request("POST", "/oauth/token").form(&form))
        .await
        .expect(200);
    let json: Value = serde_json::from_str(&seen.text).unwrap();
    let token = json["access_token"].as_str().unwrap().to_owned();
    (site.ledger.site_id().await.unwrap().to_string(), token)
}
