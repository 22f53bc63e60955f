//! The OpenAPI document: exactly what the server does.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use platen_web::API_ROUTES;
use serde_json::Value;

use crate::rig::*;

async fn document(rig: &Rig, language: &str) -> Value {
    let request = Request::get("/api/openapi.json")
        .header("host", "print.example.edu")
        .header("accept-language", language);
    rig.send(request.body(Body::empty()).unwrap())
        .await
        .expect(200)
        .json()
}

#[tokio::test]
async fn document_describes_every_route_and_no_other() {
    let rig = Rig::new().await;
    let document = document(&rig, "en").await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            described.insert((method.to_uppercase(), path.clone()));
        }
    }
    let pages = ["/api", "/api/openapi.json"];
    let routes = API_ROUTES.iter().filter(|(_, path)| !pages.contains(path));
    let routes: BTreeSet<_> = routes
        .map(|(m, p)| ((*m).to_owned(), (*p).to_owned()))
        .collect();
    assert_eq!(described, routes);
}

#[tokio::test]
async fn every_route_is_served_and_no_other_method_is() {
    let rig = Rig::new().await;
    for (_, path) in API_ROUTES {
        let asked = path
            .replace("/{customer-id}", "")
            .replace("{account-id}", &rig.account("staff").await.to_string())
            .replace("{user-email}", "anna@example.edu")
            .replace("{group}", "staff");
        let mut request = rig.request("TRACE", "").body(Body::empty()).unwrap();
        let full = if path.contains("customer-id") {
            rig.path(&asked)
        } else {
            asked
        };
        *request.uri_mut() = full.parse().unwrap();
        let got = rig.send(request).await.expect(405);
        let allowed: BTreeSet<_> = got.header("allow").split(',').map(str::trim).collect();
        let mut declared: BTreeSet<_> = API_ROUTES
            .iter()
            .filter(|(_, it)| it == path)
            .map(|(method, _)| *method)
            .collect();
        if declared.contains("GET") {
            declared.insert("HEAD");
        }
        assert_eq!(allowed, declared, "{path}");
    }
}

/// Every `$ref` leads somewhere.
fn check_references(document: &Value, part: &Value) {
    match part {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                let pointer = reference.strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{reference}");
            }
            members
                .values()
                .for_each(|value| check_references(document, value));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| check_references(document, item)),
        _ => {}
    }
}

#[tokio::test]
async fn references_lead_somewhere_and_operations_say_what_they_need() {
    let rig = Rig::new().await;
    let document = document(&rig, "en").await;
    check_references(&document, &document);
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let what = format!("{method} {path}");
            assert!(
                operation["summary"]
                    .as_str()
                    .is_some_and(|it| !it.is_empty()),
                "{what}"
            );
            assert!(operation["security"].is_array(), "{what}");
            assert!(operation["operationId"].is_string(), "{what}");
            if path != "/oauth/token" {
                for status in [
                    "400", "401", "403", "404", "406", "422", "429", "500", "503",
                ] {
                    assert!(
                        operation["responses"][status].is_object(),
                        "{what} {status}"
                    );
                }
            }
        }
    }
}
