//! What devices are told, any number of them in one snapshot. *Source*: rules.md
//!

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use platen_domain::{Person, UserId};
use uuid::Uuid;

use super::{Moment, access};
use crate::device::{Device, DeviceSight, DeviceView};
use crate::session::{Session, SessionKind};
use crate::store::{Hints, Result, Tx};

/// A view, and whether something about the active account should be written down.
pub(crate) type Seen<T> = (T, bool);

/// What each of these devices is told.
pub(crate) fn views(
    tx: Tx<'_>,
    callers: Vec<(Device, Person)>,
    moment: Moment,
) -> Result<Vec<Seen<DeviceView>>> {
    // Several devices may be one person's, and one may look twice.
    let people = callers.iter().map(|(_, person)| person.id.clone());
    let people: BTreeSet<UserId> = people.collect();
    tx.load(Hints {
        people: people.iter().cloned().collect(),
        ..Hints::default()
    })?;
    let mut known = Vec::with_capacity(callers.len());
    let mut balances = Vec::new();
    for (device, person) in callers {
        let rights = access::rights(tx, &person, moment)?;
        let accounts = rights.accounts(tx)?;
        balances.extend(accounts.iter().map(|one| (one.id, Some(person.id.clone()))));
        known.push((device, rights, accounts));
    }
    let people = people.iter().map(|id| id.as_str().into()).collect();
    let devices = known.iter().map(|(device, ..)| device.id);
    let devices: BTreeSet<Uuid> = devices.collect();
    let devices = devices.iter().map(|id| id.to_string().as_str().into());
    let seen = tx.sights(balances, people, DeviceView::CLOSED, devices.collect())?;
    let (settings, card) = (tx.settings()?, tx.current_card()?);
    let whole = known.into_iter().map(|(device, rights, accounts)| {
        let documents = seen.documents.get(&device.user);
        let (open, closed) = documents.cloned().unwrap_or_default();
        let (user, news) = access::view_of(tx, &rights, &accounts, open)?;
        let leases = seen.leases.get(&device.id.to_string());
        let view = DeviceView {
            leases: leases.cloned().unwrap_or_default(),
            device,
            user,
            settings,
            card: card.clone(),
            closed,
        };
        Ok((view, news))
    });
    whole.collect()
}

/// What the devices are told that show these secrets; none for a secret that lets no
/// device in.
pub(crate) fn sights(
    tx: Tx<'_>,
    digests: &[[u8; 32]],
    moment: Moment,
) -> Result<Vec<Option<Seen<DeviceSight>>>> {
    let found = let_in(tx, digests, moment.now)?;
    let callers = found.iter().flatten();
    let callers = callers.map(|(session, device)| (device.clone(), session.person.clone()));
    let mut views = views(tx, callers.collect(), moment)?.into_iter();
    let sights = found.into_iter().map(|found| {
        let (session, _) = found?;
        let (view, news) = views.next()?;
        Some((DeviceSight { session, view }, news))
    });
    Ok(sights.collect())
}

/// The sessions and devices of those who show these secrets; none for a secret that
/// lets no device in.
pub(crate) fn let_in(
    tx: Tx<'_>,
    digests: &[[u8; 32]],
    now: Timestamp,
) -> Result<Vec<Option<(Session, Device)>>> {
    let devices = tx.devices_of_sessions(digests)?.into_iter();
    let devices: HashMap<Uuid, Device> = devices.map(|one| (one.session, one)).collect();
    let sessions = digests.iter().map(|digest| {
        let session = tx.session(digest)?;
        let is_in = |one: &Session| one.kind == SessionKind::Device && one.is_live(now);
        Ok(session.filter(is_in))
    });
    let sessions: Vec<Option<Session>> = sessions.collect::<Result<_>>()?;
    let found = sessions.into_iter().map(|session| {
        let session = session?;
        // Another sign-in of the same device may have taken this one's place.
        let device = devices.get(&session.id).cloned();
        let device = device.filter(|device| device.user == session.person.id)?;
        Some((session, device))
    });
    Ok(found.collect())
}
