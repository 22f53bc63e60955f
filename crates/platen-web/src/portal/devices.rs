//! Devices that a person prints with, and the points that they keep.

use jiff::Timestamp;
use platen_domain::{LeaseId, Points};
use uuid::Uuid;

/// A person's own devices. *Source*: rules.md R-39.
#[derive(Clone, Debug, Default)]
pub struct DevicesView {
    /// Points that devices keep, those that end first first.
    pub leases: Vec<LeaseRow>,
    /// Devices that are signed in, those that were here last first.
    pub devices: Vec<DeviceRow>,
}

/// Points that one device keeps for use without network.
#[derive(Clone, Debug)]
pub struct LeaseRow {
    /// Its identity.
    pub id: LeaseId,
    /// What people call the device.
    pub device_name: String,
    /// Whether the device can report as things are.
    pub signed_in: bool,
    /// The account that the points were taken from.
    pub account_name: String,
    /// How many points it was.
    pub granted: Points,
    /// How many of them documents took, as far as the device has said.
    pub drawn: Points,
    /// How many are still set aside.
    pub left: Points,
    /// Until when the device may use them.
    pub ends_at: Timestamp,
    /// From when on somebody may stop waiting for them.
    pub given_up_from: Option<Timestamp>,
    /// Where it stands.
    pub state: LeaseStanding,
    /// Whether that time has come.
    pub can_give_up: bool,
}

/// Where points on a device stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseStanding {
    /// The device may use them.
    Open,
    /// It is to give back what it has not used.
    CalledBack,
    /// Their time is over, and the device has not said what it used.
    NotReported,
}

/// One device that is signed in.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// Its identity.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
    /// When it was here last.
    pub seen_at: Timestamp,
}

/// Points of one account that its person's devices keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    /// How many.
    pub points: Points,
    /// On how many devices.
    pub devices: u64,
}
