//! Every route as everybody: who is let in, who is told to sign in, and who is
//! told that there is nothing here.
//!
//! A route without a row fails, in whatever area it is declared; so does a path
//! that the router has and no list names.

use std::collections::BTreeSet;

use jiff::Timestamp;
use platen_domain::{DocumentId, LeaseId};
use platen_ledger::{Document, Lease, PageAsk};
use platen_web::{API_ROUTES, CONSOLE_ROUTES, DOOR_ROUTES, PORTAL_ROUTES, SYNC_ROUTES};

use crate::support::{Browser, Seen, Site, documents, programs};

/// Who a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lock {
    /// Everybody, also without signing in.
    Open,
    /// Whoever is signed in; what it shows or does is his own.
    SignedIn,
    /// Whoever the object in its path belongs to; to others it is not there.
    Own,
    /// Administrators.
    Administrator,
    /// Programs with a token of the Accounts API; cookies count for nothing.
    Program,
    /// The tray app, with an ID token or its own; nothing else counts.
    Tray,
}

use Lock::{Administrator, Open, Own, Program, SignedIn, Tray};

const TABLE: &[(&str, &str, Lock)] = &[
    // The door
    ("GET", "/sign-in", Open),
    ("GET", "/sign-in/callback", Open),
    ("GET", "/enter/{token}", Open),
    ("POST", "/enter", Tray),
    ("POST", "/sign-out", Open),
    ("GET", "/signed-out", Open),
    // Clients
    ("POST", "/sync/enrolment", Tray),
    ("GET", "/sync/view", Tray),
    ("POST", "/sync/operations", Tray),
    // The portal
    ("GET", "/static/{name}", Open),
    ("GET", "/manifest.webmanifest", Open),
    ("GET", "/worker.js", Open),
    ("GET", "/offline", Open),
    ("GET", "/", SignedIn),
    ("GET", "/account", SignedIn),
    ("POST", "/account", SignedIn),
    ("GET", "/documents/{id}/account", Own),
    ("POST", "/documents/{id}/account", Own),
    ("GET", "/documents/{id}/finishing", Own),
    ("POST", "/documents/{id}/finishing", Own),
    ("GET", "/documents/{id}/release", Own),
    ("POST", "/documents/{id}/release", Own),
    ("GET", "/documents/{id}/delete", Own),
    ("POST", "/documents/{id}/delete", Own),
    ("POST", "/documents/{id}/retry", Own),
    ("POST", "/documents/delete", SignedIn),
    ("POST", "/documents/undelete", SignedIn),
    ("GET", "/upload", SignedIn),
    ("POST", "/upload", SignedIn),
    ("GET", "/notifications", SignedIn),
    ("POST", "/push", SignedIn),
    ("POST", "/push/end", SignedIn),
    ("GET", "/devices", SignedIn),
    ("GET", "/devices/points/{id}/call-back", Own),
    ("POST", "/devices/points/{id}/call-back", Own),
    ("GET", "/devices/points/{id}/give-up", Own),
    ("POST", "/devices/points/{id}/give-up", Own),
    ("GET", "/devices/{id}/sign-out", Own),
    ("POST", "/devices/{id}/sign-out", Own),
    ("GET", "/about", SignedIn),
    ("GET", "/history", SignedIn),
    ("GET", "/history/{id}", Own),
    ("GET", "/events", SignedIn),
    // The console
    ("GET", "/console", Administrator),
    ("GET", "/console/accounts", Administrator),
    ("POST", "/console/accounts/bulk", Administrator),
    ("GET", "/console/accounts/new", Administrator),
    ("POST", "/console/accounts/new", Administrator),
    ("GET", "/console/accounts/{id}", Administrator),
    ("POST", "/console/accounts/{id}", Administrator),
    ("GET", "/console/accounts/{id}/archive", Administrator),
    ("POST", "/console/accounts/{id}/archive", Administrator),
    ("POST", "/console/accounts/{id}/restore", Administrator),
    ("GET", "/console/accounts/{id}/users", Administrator),
    ("POST", "/console/accounts/{id}/users", Administrator),
    ("POST", "/console/clients", Administrator),
    ("GET", "/console/users", Administrator),
    ("GET", "/console/user", Administrator),
    ("POST", "/console/user/assign", Administrator),
    ("POST", "/console/user/unassign", Administrator),
    ("GET", "/console/usage", Administrator),
    ("POST", "/console/usage", Administrator),
    ("GET", "/console/groups", Administrator),
    ("GET", "/console/group", Administrator),
    ("POST", "/console/group", Administrator),
    ("GET", "/console/find/users", Administrator),
    ("GET", "/console/find/groups", Administrator),
    ("GET", "/console/find/accounts", Administrator),
    ("GET", "/console/rates", Administrator),
    ("POST", "/console/rates", Administrator),
    ("GET", "/console/reports", Administrator),
    ("GET", "/console/reports.csv", Administrator),
    ("GET", "/console/api", Administrator),
    ("POST", "/console/api", Administrator),
    ("GET", "/console/api/{id}/revoke", Administrator),
    ("POST", "/console/api/{id}/revoke", Administrator),
    ("GET", "/console/sessions", Administrator),
    ("GET", "/console/sessions/{id}/end", Administrator),
    ("POST", "/console/sessions/{id}/end", Administrator),
    ("GET", "/console/sessions/end", Administrator),
    ("POST", "/console/sessions/end", Administrator),
    ("GET", "/console/leases", Administrator),
    ("GET", "/console/leases/{id}/end", Administrator),
    ("POST", "/console/leases/{id}/end", Administrator),
    ("GET", "/console/audit", Administrator),
    ("GET", "/console/settings", Administrator),
    ("POST", "/console/settings", Administrator),
    ("GET", "/console/transfer", Administrator),
    ("GET", "/console/export/accounts.csv", Administrator),
    ("GET", "/console/export/users.csv", Administrator),
    ("POST", "/console/import/{kind}", Administrator),
    ("POST", "/console/import/{kind}/apply", Administrator),
    ("GET", "/console/imports/{id}", Administrator),
    // The Accounts API
    ("POST", "/oauth/token", Open),
    ("GET", "/api", Open),
    ("GET", "/api/openapi.json", Open),
    ("GET", "/{customer-id}/accounts", Program),
    ("POST", "/{customer-id}/accounts", Program),
    ("GET", "/{customer-id}/accounts/{account-id}", Program),
    ("PATCH", "/{customer-id}/accounts/{account-id}", Program),
    (
        "POST",
        "/{customer-id}/accounts/{account-id}/archive",
        Program,
    ),
    (
        "POST",
        "/{customer-id}/accounts/{account-id}/restore",
        Program,
    ),
    ("GET", "/{customer-id}/accounts/{account-id}/limit", Program),
    ("PUT", "/{customer-id}/accounts/{account-id}/limit", Program),
    (
        "GET",
        "/{customer-id}/accounts/{account-id}/access",
        Program,
    ),
    (
        "PUT",
        "/{customer-id}/accounts/{account-id}/access",
        Program,
    ),
    (
        "GET",
        "/{customer-id}/accounts/{account-id}/access/users",
        Program,
    ),
    (
        "PUT",
        "/{customer-id}/accounts/{account-id}/access/users/{user-email}",
        Program,
    ),
    (
        "DELETE",
        "/{customer-id}/accounts/{account-id}/access/users/{user-email}",
        Program,
    ),
    (
        "PUT",
        "/{customer-id}/accounts/{account-id}/access/groups/{group}",
        Program,
    ),
    (
        "DELETE",
        "/{customer-id}/accounts/{account-id}/access/groups/{group}",
        Program,
    ),
    (
        "GET",
        "/{customer-id}/accounts/{account-id}/balance",
        Program,
    ),
    (
        "POST",
        "/{customer-id}/accounts/{account-id}/activities",
        Program,
    ),
    ("GET", "/{customer-id}/rate-card", Program),
    ("PUT", "/{customer-id}/rate-card", Program),
    ("GET", "/{customer-id}/users", Program),
    ("GET", "/{customer-id}/users/{user-email}", Program),
    ("GET", "/{customer-id}/users/{user-email}/balances", Program),
    ("GET", "/{customer-id}/activities", Program),
    ("POST", "/{customer-id}/activities", Program),
];

/// Every area's own list.
pub(crate) const LISTS: &[&[(&str, &str)]] = &[
    DOOR_ROUTES,
    SYNC_ROUTES,
    PORTAL_ROUTES,
    CONSOLE_ROUTES,
    API_ROUTES,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Nobody,
    /// The one whose objects are asked for.
    User,
    OtherUser,
    Administrator,
    Program,
}

const ROLES: [Role; 5] = [
    Role::Nobody,
    Role::User,
    Role::OtherUser,
    Role::Administrator,
    Role::Program,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Let in, even if what was sent makes no sense.
    In,
    /// Told to sign in.
    SignIn,
    /// Told that this is for others: 403.
    Forbidden,
    /// Told that there is nothing: 404.
    Missing,
    /// Told that the token is none: 401 and a problem document.
    Unauthorized,
    Broken,
}

fn expected(lock: Lock, role: Role) -> Outcome {
    match (lock, role) {
        (Open, _) => Outcome::In,
        (Program, Role::Program) => Outcome::In,
        (Program | Tray, _) => Outcome::Unauthorized,
        (_, Role::Nobody | Role::Program) => Outcome::SignIn,
        (SignedIn, _) => Outcome::In,
        (Own, Role::User) => Outcome::In,
        (Own, _) => Outcome::Missing,
        (Administrator, Role::Administrator) => Outcome::In,
        (Administrator, _) => Outcome::Forbidden,
    }
}

fn outcome(seen: &Seen, lock: Lock) -> Outcome {
    let status = seen.status.as_u16();
    let problem = seen
        .headers
        .get("content-type")
        .is_some_and(|kind| kind == "application/problem+json")
        || seen.headers.contains_key("platen-protocol");
    match status {
        500.. => Outcome::Broken,
        // The door's own refusals are for what was sent, not for who sends it.
        _ if lock == Open => Outcome::In,
        303 if seen.location().is_some_and(|to| to.starts_with("/sign-in")) => Outcome::SignIn,
        401 if problem => Outcome::Unauthorized,
        401 => Outcome::SignIn,
        403 => Outcome::Forbidden,
        // Whoever is let in may ask for what is not there.
        404 if lock != Own => Outcome::In,
        404 => Outcome::Missing,
        _ => Outcome::In,
    }
}

struct Everybody {
    site: Site,
    customer: String,
    token: String,
    nobody: Browser,
    alice: Browser,
    bob: Browser,
    admin: Browser,
}

impl Everybody {
    async fn gather() -> Self {
        let site = Site::start().await;
        let (customer, token) = programs::admit(&site).await;
        Self {
            nobody: site.browser(),
            alice: site.signed_in("alice").await,
            bob: site.signed_in("bob").await,
            admin: site.signed_in("admin").await,
            site,
            customer,
            token,
        }
    }

    /// What is Alice's own: a document, a lease, and whether a device of hers is
    /// signed in, all of one id.
    async fn owned(&self, id: DocumentId) -> (Option<Document>, Option<Lease>, bool) {
        let ledger = &self.site.ledger;
        let session = ledger.session_named(id.0).await.unwrap();
        (
            ledger.document(id).await.unwrap(),
            ledger.lease(LeaseId(id.0)).await.unwrap(),
            session.is_some_and(|session| session.ended_at.is_none()),
        )
    }

    async fn ask(&self, role: Role, method: &str, path: &str, document: DocumentId) -> Seen {
        let id = document.0.to_string();
        let path = path
            .replace("{id}", &id)
            .replace("{account-id}", &id)
            .replace("{customer-id}", &self.customer)
            .replace("{name}", "portal.css")
            .replace("{token}", "made-up")
            .replace("{kind}", "accounts")
            .replace("{group}", "students")
            .replace("{user-email}", "alice@example.edu");
        let (browser, name) = match role {
            Role::Nobody | Role::Program => (&self.nobody, None),
            Role::User => (&self.alice, Some("alice")),
            Role::OtherUser => (&self.bob, Some("bob")),
            Role::Administrator => (&self.admin, Some("admin")),
        };
        // Signing out would end what the next rows need.
        let another = match name {
            Some(name) if path == "/sign-out" => Some(self.site.signed_in(name).await),
            _ => None,
        };
        let browser = another.as_ref().unwrap_or(browser);
        let mut request = browser.request(method, &path);
        if role == Role::Program {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if method != "GET" {
            // What somebody could try who knows the other's document.
            let form = format!("id={id}&document={id}&sure=yes&confirm=yes");
            request = request
                .header("sec-fetch-site", "same-origin")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form);
        }
        browser.send(request).await
    }
}

#[tokio::test]
async fn every_route_lets_in_whom_it_is_for_and_nobody_else() {
    let everybody = Everybody::gather().await;
    let listed: BTreeSet<_> = LISTS.iter().flat_map(|list| list.iter().copied()).collect();
    let mut wrong = Vec::new();
    for (method, path) in &listed {
        let row = TABLE.iter().find(|row| (row.0, row.1) == (*method, *path));
        let Some((_, _, lock)) = row else {
            wrong.push(format!("{method} {path} has no row"));
            continue;
        };
        let document = documents::held(&everybody.site, "alice").await;
        documents::kept(&everybody.site, "alice", document.0, Timestamp::now()).await;
        let before = everybody.owned(document).await;
        // The owner last: what he does may change it.
        for role in ROLES
            .into_iter()
            .filter(|role| *role != Role::User)
            .chain([Role::User])
        {
            // Administrators end other people's sessions and leases in the console.
            if role == Role::User
                && *lock != Administrator
                && everybody.owned(document).await != before
            {
                wrong.push(format!("{method} {path} let others change what is Alice's"));
            }
            let seen = everybody.ask(role, method, path, document).await;
            let (outcome, expected) = (outcome(&seen, *lock), expected(*lock, role));
            // There is nothing to read again of a document that was never brought.
            let nothing_to_do = path.ends_with("/retry") && outcome == Outcome::Missing;
            if outcome != expected && !(nothing_to_do && role == Role::User) {
                let status = seen.status;
                wrong.push(format!(
                    "{method} {path} as {role:?}: {outcome:?} ({status}), not {expected:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_path_of_the_router_is_in_a_list() {
    let site = Site::start().await;
    let listed: BTreeSet<_> = LISTS
        .iter()
        .flat_map(|list| list.iter().map(|row| row.1))
        .collect();
    let served = site.paths();
    assert!(
        served.len() >= listed.len(),
        "the router's paths were not found: {served:?}"
    );
    let unlisted: Vec<_> = served
        .iter()
        .filter(|path| !listed.contains(path.as_str()) && !path.contains("{*"))
        .collect();
    assert!(unlisted.is_empty(), "no list names {unlisted:?}");
    let browser = site.browser();
    let mut wrong = Vec::new();
    let every: BTreeSet<_> = LISTS.iter().flat_map(|list| list.iter().copied()).collect();
    for (_, path) in &every {
        // Programs without a token are refused before anything else; the API's
        // own tests ask with one.
        if path.starts_with("/{customer-id}") {
            continue;
        }
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let filled = path.replace(['{', '}'], "");
            let request = browser
                .request(method, &filled)
                .header("sec-fetch-site", "same-origin");
            let seen = browser.send(request).await;
            // Signing out or asking too often are no reason to look away.
            if (seen.status != 405) != every.contains(&(method, *path)) {
                wrong.push(format!("{method} {path}: {}", seen.status));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "list and router differ:\n{}",
        wrong.join("\n")
    );
}

#[tokio::test]
async fn member_that_is_added_in_the_console_is_no_administrator() {
    let site = Site::start().await;
    let admin = site.signed_in("admin").await;
    let form = "new_user=bob%40example.edu".to_owned();
    let request = admin.request("POST", "/console/group?name=platen-admins");
    let request = request
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    admin.send(request).await.expect(303);
    let members = site
        .ledger
        .group_members("platen-admins", "", PageAsk::default());
    assert_eq!(members.await.unwrap().total, 1);
    let bob = site.signed_in("bob").await;
    let console = bob.send(bob.request("GET", "/console")).await;
    assert_eq!(console.status, 403);
}
