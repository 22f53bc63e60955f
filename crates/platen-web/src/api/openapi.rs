//! The OpenAPI document: what the server does, for programs and for the page.
//!
//! Paths and bodies stand beside the handlers; what all of them have in common
//! (the parts of paths, headers, failures) is added here, so that it can't be
//! forgotten for one of them.

mod german;

use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HeaderValue, VARY};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::problem::{Kind, ProblemBody};
use super::{access, accounts, activities, card, oauth, schemas, users};
use crate::language::Language;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Platen Accounts API",
        version = "1",
        description = "Accounts, limits, access, rates, balances and activities for other programs.\n\nGet client id and secret from an administrator (console, API credentials), exchange them for an access token at /oauth/token, and send that with every request. All paths start with the customer id, which stands beside the credentials. Points are JSON numbers with at most two decimal places. Every failure is told as a problem (RFC 9457).",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "Tokens", description = "Getting in."),
        (name = "Accounts", description = "What printing is charged to."),
        (name = "Limits", description = "How much of an account may be used."),
        (name = "Access", description = "Who may use an account."),
        (name = "Rate card", description = "What a printed side costs."),
        (name = "Users", description = "Who prints, and how much of their points they have used."),
        (name = "Activities", description = "What was charged, and adjustments."),
    ),
    paths(
        oauth::token,
        accounts::list, accounts::create, accounts::show, accounts::update,
        accounts::archive, accounts::restore, users::balance,
        accounts::show_limit, accounts::set_limit,
        access::show_access, access::set_access, access::users,
        access::add_user, access::remove_user, access::add_group, access::remove_group,
        card::show, card::replace,
        users::list, users::show, users::balances,
        activities::list, activities::post, activities::post_to_all,
    ),
    components(schemas(ProblemBody, schemas::Label, schemas::Place)),
)]
struct Document;

static ENGLISH: LazyLock<Value> = LazyLock::new(whole);
static GERMAN: LazyLock<Value> = LazyLock::new(|| {
    let mut document = ENGLISH.clone();
    german::translate(&mut document);
    document
});

/// The document in a language.
pub(super) fn in_language(language: Language) -> &'static Value {
    match language {
        Language::English => &ENGLISH,
        Language::German => &GERMAN,
    }
}

/// GET /api/openapi.json
pub(super) async fn document(headers: HeaderMap) -> Response {
    let text = in_language(Language::asked(&headers)).to_string();
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(VARY, HeaderValue::from_static("accept-language"));
    response
}

/// The parts of paths.
fn path_parts(name: &str) -> Value {
    let id = json!({"type": "string", "format": "uuid"});
    let text = json!({"$ref": "#/components/schemas/Text"});
    let (schema, description) = match name {
        "customer-id" => (id, "The customer id of this site."),
        "account-id" => (id, "The id of an account."),
        "user-email" => (text, "The address or name that the user signs in with."),
        _ => (text, "The name of a group."),
    };
    json!({
        "name": name, "in": "path", "required": true,
        "schema": schema, "description": description,
    })
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key", "in": "header", "required": false,
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        "description": "A new text for each new request, such as a UUID. A repetition with the same key gets the same answer, and nothing is done twice.",
    })
}

fn if_match() -> Value {
    json!({
        "name": "If-Match", "in": "header", "required": true,
        "schema": {"type": "string", "pattern": "^(\\*|\"(0|[1-9][0-9]{0,15})\")$"},
        "description": "The ETag of the version that is to be changed, or * for any.",
        "example": "\"1\"",
    })
}

/// Operations that change a version.
const VERSIONED: [&str; 4] = ["updateAccount", "setLimit", "setAccess", "setRateCard"];

/// Operations that the rules may refuse.
const REFUSABLE: [&str; 13] = [
    "createAccount",
    "updateAccount",
    "archiveAccount",
    "restoreAccount",
    "setLimit",
    "setAccess",
    "addAccessUser",
    "removeAccessUser",
    "addAccessGroup",
    "removeAccessGroup",
    "setRateCard",
    "getBalance",
    "postActivityToAll",
];

/// What may go wrong with an operation.
fn failures(method: &str, operation: &Value) -> Vec<Kind> {
    let id = operation["operationId"].as_str().unwrap_or_default();
    if id == "getToken" {
        // Statuses that RFC 6749 has no words for.
        let own = [Kind::Slow, Kind::TooLarge, Kind::TooMany];
        return own
            .into_iter()
            .chain([Kind::Broken, Kind::Unavailable])
            .collect();
    }
    let mut kinds = vec![
        Kind::Malformed,
        Kind::Unauthorized,
        Kind::Scope,
        Kind::NotFound,
        Kind::NotAcceptable,
        Kind::Slow,
        Kind::TooLarge,
        Kind::Invalid,
        Kind::TooMany,
        Kind::Broken,
        Kind::Unavailable,
    ];
    if method != "get" {
        kinds.push(Kind::MediaType);
    }
    if REFUSABLE.contains(&id) || id == "postActivity" {
        kinds.push(Kind::Conflict);
    }
    if VERSIONED.contains(&id) || REFUSABLE.contains(&id) {
        kinds.push(Kind::Changed);
    }
    if VERSIONED.contains(&id) {
        kinds.push(Kind::VersionNeeded);
    }
    kinds
}

fn whole() -> Value {
    let mut document = serde_json::to_value(Document::openapi()).unwrap_or_default();
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, operations) in paths {
            for (method, operation) in operations.as_object_mut().into_iter().flatten() {
                complete(path, method, operation);
            }
        }
    }
    reflow(&mut document);
    let components = &mut document["components"];
    let failures = Kind::ALL.iter();
    let failures = failures.map(|kind| (kind.slug().to_owned(), failure(*kind)));
    components["responses"] = failures.collect();
    components["headers"] = common_headers();
    components["securitySchemes"] = json!({
        "token": {
            "type": "oauth2",
            "description": "Client credentials; a token lasts fifteen minutes.",
            "flows": {"clientCredentials": {
                "tokenUrl": "/oauth/token",
                "scopes": {"cloudprint:billing-accounts": "Everything in this document."},
            }},
        },
        "client": {
            "type": "http", "scheme": "basic",
            "description": "Client id and client secret.",
        },
    });
    document
}

/// Sentences come with the line breaks of the source: only paragraphs stay.
fn reflow(part: &mut Value) {
    match part {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "description" || name == "summary" => {
                        let paragraphs = text.split("\n\n");
                        let paragraphs = paragraphs.map(|it| it.replace('\n', " "));
                        *text = paragraphs.collect::<Vec<_>>().join("\n\n");
                    }
                    other => reflow(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(reflow),
        _ => {}
    }
}

/// Adds to an operation what all have in common.
fn complete(path: &str, method: &str, operation: &mut Value) {
    let id = operation["operationId"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let mut parameters: Vec<Value> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(path_parts)
        .collect();
    for mut parameter in operation["parameters"]
        .as_array()
        .cloned()
        .unwrap_or_default()
    {
        without_null(&mut parameter["schema"]);
        parameters.push(parameter);
    }
    if method == "post" && id != "getToken" {
        parameters.push(idempotency_key());
    }
    if VERSIONED.contains(&id.as_str()) {
        parameters.push(if_match());
    }
    if parameters.is_empty() {
        if let Some(operation) = operation.as_object_mut() {
            operation.remove("parameters");
        }
    } else {
        operation["parameters"] = parameters.into();
    }
    if id != "getToken" {
        operation["security"] = json!([{"token": ["cloudprint:billing-accounts"]}]);
    }
    if let Some(example) = example(&id) {
        operation["requestBody"]["content"]["application/json"]["example"] = example;
    }
    for kind in failures(method, operation) {
        let status = kind.status().as_u16().to_string();
        let reference = format!("#/components/responses/{}", kind.slug());
        operation["responses"][status] = json!({"$ref": reference});
    }
    for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
        if status.starts_with('2') {
            let mut names = vec!["X-Request-Id"];
            if id != "getToken" {
                names.extend(["RateLimit", "RateLimit-Policy"]);
            }
            if method == "post" && id != "getToken" {
                names.push("Idempotency-Replayed");
            }
            for name in names {
                response["headers"][name] = json!({"$ref": format!("#/components/headers/{name}")});
            }
        }
    }
}

/// What may be left out is never null in an address.
fn without_null(schema: &mut Value) {
    if let Some(kinds) = schema["type"].as_array() {
        let kind = kinds.iter().find(|kind| *kind != "null").cloned();
        schema["type"] = kind.unwrap_or_default();
    }
    let one = schema["oneOf"].as_array().and_then(|choices| {
        choices
            .iter()
            .find(|choice| choice["type"] != "null")
            .cloned()
    });
    if let Some(one) = one {
        *schema = one;
    }
}

/// What the bodies of requests look like.
fn example(id: &str) -> Option<Value> {
    let rates = |mono: f64, colour: f64| {
        json!({
            "mono": {"simplex": mono, "duplex": mono},
            "colour": {"simplex": colour, "duplex": colour},
        })
    };
    Some(match id {
        "createAccount" => json!({
            "name": "Physics", "code": "PHY", "kind": "individual",
            "limit": {"points": 200, "allowExceedBy": 20},
            "access": {"type": "restricted", "groups": ["physics"]},
        }),
        "updateAccount" => json!({"limit": {"points": 250}, "expiryDate": "2027-12-31"}),
        "setLimit" => json!({"limit": {"points": 250, "allowExceedBy": 0}}),
        "setAccess" => json!({
            "type": "restricted", "groups": ["physics"], "users": ["anna@example.edu"],
        }),
        "setRateCard" => json!({
            "sizes": [{"name": "A4", "print": rates(1.0, 3.0)}],
            "other": {"print": rates(10.0, 20.0)},
        }),
        "postActivity" => json!({
            "userEmail": "anna@example.edu", "accountId": "01977a52-0d3c-7f1a-b8a3-5ac1c1f0a1b2",
            "activityType": "credit", "quantity": 1, "amount": -120,
            "reason": "Refund of a failed print",
        }),
        "postActivityToAll" => json!({
            "activityType": "set", "amount": 0, "reason": "A new term begins",
        }),
        _ => return None,
    })
}

fn failure(kind: Kind) -> Value {
    let mut headers = Map::new();
    let mut add = |name: &str| {
        let reference = json!({"$ref": format!("#/components/headers/{name}")});
        headers.insert(name.to_owned(), reference);
    };
    add("X-Request-Id");
    match kind {
        Kind::TooMany => add("Retry-After"),
        Kind::Unauthorized | Kind::Scope => add("WWW-Authenticate"),
        _ => {}
    }
    json!({
        "description": kind.title(),
        "x-status": kind.status().as_str(),
        "headers": headers,
        "content": {"application/problem+json": {
            "schema": {"$ref": "#/components/schemas/Problem"},
        }},
    })
}

fn common_headers() -> Value {
    let text = |description: &str, required: bool| {
        json!({
            "description": description, "required": required,
            "schema": {"type": "string"},
        })
    };
    json!({
        "X-Request-Id": text("Names the request; the server’s log has it too.", true),
        "RateLimit": text("How many requests are left, and in how many seconds all are again.", true),
        "RateLimit-Policy": text("How many requests are let through in how many seconds.", true),
        "Idempotency-Replayed": text("“true”: the answer was given before.", false),
        "WWW-Authenticate": text("What kind of token is needed, or what is wrong with it.", true),
        "Retry-After": {
            "description": "Seconds to wait.", "required": true,
            "schema": {"type": "integer", "minimum": 0},
        },
    })
}
