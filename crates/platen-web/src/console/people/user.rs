//! A user's properties: the accounts, and how they came to him.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use platen_domain::Barred;
use platen_ledger::{Assignment, How, PersonRow};

use super::super::fields::Faults;
use super::super::frame::{Ask, Frame, Here, page_with};
use super::super::show;
use super::super::stop::Stop;
use super::list::name_of;
use super::named;
use crate::words::console::{Fill as _, PeopleWords};

#[derive(Template)]
#[template(path = "console/user.html")]
struct UserPage {
    frame: Frame,
    w: &'static PeopleWords,
    usage: &'static str,
    row: PersonRow,
    name: String,
    /// *Global and group assignments*.
    global: Vec<Assignment>,
    /// *Direct user assignment*.
    direct: Vec<Assignment>,
    typed: String,
    faults: Faults,
}

pub(in crate::console) async fn properties(ask: Ask) -> Result<Response, Stop> {
    let row = named(&ask, ask.query.get("id")).await?;
    show(&ask, row, String::new(), Faults::default()).await
}

pub(super) async fn show(
    ask: &Ask,
    row: PersonRow,
    typed: String,
    faults: Faults,
) -> Result<Response, Stop> {
    let (now, today) = (ask.central.now(), ask.central.today());
    let ledger = &ask.central.ledger;
    let assignments = ledger.assignments(&row.person, now, today).await?;
    // Who is named in person may have the account through a group as well.
    let direct = assignments.iter().filter(|assignment| assignment.direct);
    let direct = direct.cloned().collect();
    let mut global = assignments;
    global.retain(|assignment| assignment.how != How::Direct);
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    page_with(
        status,
        &UserPage {
            frame: ask.frame(Here::Users),
            w: &ask.words().people,
            usage: ask.words().accounts.usage,
            name: name_of(&row).to_owned(),
            row,
            global,
            direct,
            typed,
            faults,
        },
    )
}

impl UserPage {
    fn how(&self, how: &How, named: &bool) -> String {
        match how {
            _ if *named => self.w.how_direct.to_owned(),
            How::Everyone => self.w.how_everyone.to_owned(),
            How::Groups(groups) => self.w.how_groups.with(groups.join(", ")),
            How::Direct => self.w.how_direct.to_owned(),
        }
    }

    fn barred(&self, usable: &Result<(), Barred>) -> Option<&'static str> {
        usable
            .err()
            .map(|barred| show::barred(self.frame.language, barred))
    }
}
