//! A person's devices: the points that they keep, calling them back, signing a
//! device out. Whatever is named is looked up as this person's.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use platen_domain::{AccountId, LeaseId, Points, UserId};
use platen_ledger::{Lease, LeaseFilter, Refusal, UserView};
use uuid::Uuid;

use super::portal::CentralPortal;
use crate::from_ledger::ledger_error;
use crate::portal::{
    AccountChoice, Aside, DeviceRow, DevicesView, LeaseRow, LeaseStanding, PortalError,
};

impl CentralPortal {
    /// Points that the person's devices keep, those that end first first.
    async fn open_leases(&self) -> Result<Vec<Lease>, PortalError> {
        let filter = LeaseFilter {
            user: Some(self.user().clone()),
            open_only: true,
            ..LeaseFilter::default()
        };
        let leases = self.ledger().leases(filter).await;
        let mut leases = leases.map_err(ledger_error)?;
        leases.sort_by_key(|lease| (lease.expires_at, lease.id));
        Ok(leases)
    }

    /// Says of each account what the person's devices keep of it.
    pub(super) async fn set_asides(
        &self,
        choices: &mut [AccountChoice],
        user: &UserView,
    ) -> Result<(), PortalError> {
        let some = |view: &platen_ledger::AccountView| view.balance.leased > Points::ZERO;
        if !user.accounts.iter().any(some) {
            return Ok(());
        }
        let mut asides: HashMap<AccountId, (Points, BTreeSet<String>)> = HashMap::new();
        for lease in self.open_leases().await? {
            let left = left_of(&lease)?;
            let (points, devices) = asides.entry(lease.account).or_default();
            *points = points
                .plus(left)
                .map_err(|error| ledger_error(error.into()))?;
            devices.insert(lease.device);
        }
        for choice in choices {
            let aside = asides.get(&choice.id);
            let aside = aside.filter(|(points, _)| *points > Points::ZERO);
            choice.aside = aside.map(|(points, devices)| Aside {
                points: *points,
                devices: devices.len() as u64,
            });
        }
        Ok(())
    }

    pub(super) async fn own_devices(&self) -> Result<DevicesView, PortalError> {
        let now = self.now();
        let user = self.user_view().await?;
        let devices = self.ledger().devices_of(self.user(), now).await;
        let devices = devices.map_err(ledger_error)?;
        let by_id: BTreeMap<_, _> = devices
            .iter()
            .map(|one| (one.device.id.to_string(), one))
            .collect();
        let mut leases = Vec::new();
        for lease in self.open_leases().await? {
            let device = by_id.get(&lease.device);
            let account = self.account_name(Some(lease.account), &user).await?;
            leases.push(LeaseRow {
                id: lease.id,
                device_name: device.map_or_else(String::new, |one| one.device.name.clone()),
                signed_in: device.is_some_and(|one| one.signed_in),
                account_name: account.unwrap_or_default(),
                granted: lease.granted,
                drawn: lease.drawn,
                left: left_of(&lease)?,
                ends_at: lease.expires_at,
                given_up_from: (lease.gate.is_none()).then(|| lease.expires_at + Lease::MARGIN),
                state: if lease.is_unreported(now) {
                    LeaseStanding::NotReported
                } else if lease.called_at.is_some() {
                    LeaseStanding::CalledBack
                } else {
                    LeaseStanding::Open
                },
                can_give_up: lease.gate.is_none() && lease.can_be_written_off(now),
            });
        }
        let devices = devices.into_iter().filter(|one| one.signed_in);
        let devices = devices.map(|one| DeviceRow {
            id: one.device.id,
            name: one.device.name,
            seen_at: one.device.seen_at,
        });
        Ok(DevicesView {
            leases,
            devices: devices.collect(),
        })
    }

    pub(super) async fn call_back_own(&self, id: LeaseId) -> Result<(), PortalError> {
        let user = Some(self.user());
        let called = self.ledger().call_back_lease(id, user, self.now()).await;
        called.map(drop).map_err(own_error)
    }

    pub(super) async fn give_up_own(&self, id: LeaseId) -> Result<(), PortalError> {
        let user = Some(self.user());
        let given_up = self.ledger().write_off_lease(id, user, self.now()).await;
        given_up.map(drop).map_err(own_error)
    }

    pub(super) async fn sign_out_own(&self, device: Uuid) -> Result<(), PortalError> {
        let (user, now) = (self.user(), self.now());
        let ended = self.ledger().sign_out_device(device, user, now).await;
        ended.map(drop).map_err(own_error)
    }

    fn user(&self) -> &UserId {
        &self.person().id
    }
}

fn left_of(lease: &Lease) -> Result<Points, PortalError> {
    lease.left().map_err(|error| ledger_error(error.into()))
}

/// What is somebody else's is not there.
fn own_error(error: platen_ledger::LedgerError) -> PortalError {
    match error {
        platen_ledger::LedgerError::Refused(
            Refusal::UnknownLease(_) | Refusal::UnknownDevice(_),
        ) => PortalError::NotFound,
        error => ledger_error(error),
    }
}
