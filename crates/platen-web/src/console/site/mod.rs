//! The site: settings, API credentials, sessions and devices, audit log.

pub(super) mod audit;
pub(super) mod credentials;
pub(super) mod device;
pub(super) mod leases;
pub(super) mod sessions;
pub(super) mod settings;
