//! API credentials: generated, shown once, revoked. *Source*: rules.md R-32.

use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use platen_ledger::Credential;
use uuid::Uuid;

use super::super::fields::{Faults, Fields};
use super::super::frame::{Ask, Frame, Here, page, page_with};
use super::super::stop::Stop;
use crate::flash::see_other_with_notice;
use crate::session::fresh_secret;
use crate::words::console::{Fill as _, SiteWords};

/// What a program may do with them. *Source*: rules.md R-32.
pub(in crate::console) const SCOPE: &str = "cloudprint:billing-accounts";

#[derive(Template)]
#[template(path = "console/credentials.html")]
struct CredentialsPage {
    frame: Frame,
    w: &'static SiteWords,
    rows: Vec<Credential>,
    typed: String,
    faults: Faults,
    site_id: String,
}

#[derive(Template)]
#[template(path = "console/credential_new.html")]
struct GeneratedPage {
    frame: Frame,
    w: &'static SiteWords,
    credential: Credential,
    secret: String,
    site_id: String,
}

#[derive(Template)]
#[template(path = "console/credential_revoke.html")]
struct RevokePage {
    frame: Frame,
    w: &'static SiteWords,
    credential: Credential,
}

pub(in crate::console) async fn list(ask: Ask) -> Result<Response, Stop> {
    show(&ask, String::new(), Faults::default()).await
}

async fn show(ask: &Ask, typed: String, faults: Faults) -> Result<Response, Stop> {
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let ledger = &ask.central.ledger;
    page_with(
        status,
        &CredentialsPage {
            frame: ask.frame(Here::Api),
            w: &ask.words().site,
            rows: ledger.credentials().await?,
            typed,
            faults,
            site_id: ledger.site_id().await?.to_string(),
        },
    )
}

/// Generates a pair; its secret is in this one answer and nowhere else.
pub(in crate::console) async fn generate(ask: Ask, fields: Fields) -> Result<Response, Stop> {
    let typed = fields.get("name").to_owned();
    let name = match ask.words().frame.read_text(&typed, 100) {
        Ok(name) => name,
        Err(text) => return show(&ask, typed, Faults::one("name", text)).await,
    };
    let (secret, hashed) = fresh_secret();
    let credential = Credential {
        id: Uuid::new_v4(),
        name,
        scopes: vec![SCOPE.to_owned()],
        made_by: ask.admin.session.person.login.clone(),
        made_at: ask.central.now(),
        used_at: None,
        revoked_at: None,
    };
    let credential = ask
        .desk()
        .add_credential(credential, hashed, ask.central.now())
        .await?;
    let site_id = ask.central.ledger.site_id().await?;
    let mut response = page(&GeneratedPage {
        frame: ask.frame(Here::Api),
        w: &ask.words().site,
        credential,
        secret,
        site_id: site_id.to_string(),
    })?;
    // Not even the browser keeps it.
    let never = HeaderValue::from_static("no-store");
    response.headers_mut().insert(header::CACHE_CONTROL, never);
    Ok(response)
}

async fn named(ask: &Ask, id: &Path<String>) -> Result<Credential, Stop> {
    let id: Uuid = id.parse().map_err(|_| Stop::Gone)?;
    let (credential, _) = ask.central.ledger.credential(id).await?.ok_or(Stop::Gone)?;
    Ok(credential)
}

pub(in crate::console) async fn question(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    page(&RevokePage {
        frame: ask.frame(Here::Api),
        w: &ask.words().site,
        credential: named(&ask, &id).await?,
    })
}

pub(in crate::console) async fn revoke(ask: Ask, id: Path<String>) -> Result<Response, Stop> {
    let credential = named(&ask, &id).await?;
    ask.desk()
        .revoke_credential(credential.id, ask.central.now())
        .await?;
    let w = &ask.words().site;
    let notice = match credential.revoked_at {
        None => w.revoked_done.with(&credential.name),
        Some(_) => w.revoked_already.with(&credential.name),
    };
    Ok(see_other_with_notice("/console/api", &notice))
}
