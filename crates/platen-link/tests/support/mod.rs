//! A user, his computer, and what the tests wait for.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use platen_domain::UserId;
use platen_link::{Comeback, Link, LinkConfig, NoToken, SignIn};
use platen_sync::engine::Link as State;
use platen_sync::wire::Enrolment;
use uuid::Uuid;

pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Alice;

#[async_trait]
impl SignIn for Alice {
    async fn id_token(&self, _: bool) -> Result<String, NoToken> {
        Ok("token".into())
    }
}

pub(crate) fn config(port: u16, dir: &Path, comeback: Comeback) -> LinkConfig {
    LinkConfig {
        server: format!("http://127.0.0.1:{port}").parse().unwrap(),
        proxy: None,
        user: UserId::new("alice"),
        store: dir.join("device.sqlite"),
        enrolment: Enrolment {
            device: Uuid::nil(),
            name: "desk".into(),
            system: String::new(),
            key: String::new(),
            login: String::new(),
            gate: String::new(),
            again: false,
        },
        comeback,
    }
}

pub(crate) async fn until(link: &Link, wanted: State) {
    let mut shown = link.shown();
    let seen = shown.wait_for(|shown| shown.link == wanted);
    let seen = tokio::time::timeout(DEADLINE, seen).await;
    let seen = seen.is_ok_and(|seen| seen.is_ok());
    assert!(
        seen,
        "{:?} instead of {wanted:?}",
        link.shown().borrow().link
    );
}
