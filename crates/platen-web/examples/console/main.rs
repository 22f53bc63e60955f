//! Shows the administrators' console on a ledger in a temporary directory, with
//! a month of use: `cargo run -p platen-web --example console [PORT] [--empty]`,
//! then open the address it says.

#[path = "../../tests/console/seed.rs"]
mod seed;

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::Arc;

use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use platen_domain::LeaseId;
use platen_web::{Central, CentralConfig, central_router};
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use crate::seed::{Directory, Seed, person, session};

#[derive(Deserialize)]
struct Enter {
    to: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let port = arguments
        .iter()
        .find_map(|argument| argument.parse::<u16>().ok());
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port.unwrap_or(0))).await?;
    let address = listener.local_addr()?;

    let directory = Directory::new();
    let now = Timestamp::now();
    let mut seed = Seed::empty(directory.path(), now);
    let secret: [u8; 32] = digest(&SHA256, b"admin").as_ref().try_into()?;
    seed.sign_in(secret, session(person("admin", &["staff"]), true, now))
        .await;
    if !arguments.iter().any(|argument| argument == "--empty") {
        seed.site().await;
        seed.month().await;
        seed.crowd(130).await;
        seed.laptop(&person("alice", &["staff"]), &[60, -50]).await;
        seed.laptop(&person("bob", &[]), &[12]).await;
        let admin = person("admin", &["staff"]);
        let leases = seed.laptop(&admin, &[60, 12, -6, -50]).await;
        seed.ledger
            .call_back_lease(LeaseId(leases[1]), None, now)
            .await?;
    }
    let config = CentralConfig {
        public_url: format!("http://{address}").parse()?,
        zone: TimeZone::system(),
        administrators: BTreeSet::new(),
        identity: None,
        upload_limit_bytes: 1_000_000,
    };
    // Only this example lets somebody in without asking who he is.
    let port = address.port();
    let enter = get(async move |Query(Enter { to }): Query<Enter>| -> Response {
        let cookie = format!("platen-{port}=admin; Path=/; HttpOnly; SameSite=Lax");
        ([(header::SET_COOKIE, cookie)], Redirect::to(&to)).into_response()
    });
    let central = Central::new(seed.ledger.clone(), config);
    let router = central_router(Arc::new(central)).route("/enter-as-admin", enter);
    println!("http://{address}/enter-as-admin?to=/console");
    axum::serve(listener, router).await?;
    Ok(())
}
