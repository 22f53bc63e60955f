//! A subscription to cupsd's events. *Source*: RFC 3995; RFC 3996 (ippget).

use std::time::Duration;

use ipp::model::DelimiterTag;

use crate::{
    cups::Cups,
    error::SpoolerError,
    wire::{Operation, Request},
};

/// How long cupsd keeps it when nobody renews it, because the client died.
const LEASE: Duration = Duration::from_secs(3600);

/// What is wanted: everything about jobs, and what changes queues and server.
///
/// Not `job-stopped`, nor `job-state-changed`, which contains it: its text when a
/// job moves names the old queue from memory that was freed before. Where that is
/// no UTF-8 any more, libdbus ends the notifier, which leaves its lock behind, and
/// nobody hears of any job again (seen with CUPS 2.4.2, in two of three releases).
const EVENTS: &[&str] = &[
    "job-created",
    "job-state",
    "job-completed",
    "job-config-changed",
    "printer-added",
    "printer-deleted",
    "printer-config-changed",
    "server-started",
    "server-restarted",
];

/// How events are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// cupsd's notifier sends them over the system bus.
    Bus,
    /// They are fetched.
    Pull,
}

/// A subscription that cupsd knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) id: i32,
}

impl Subscription {
    /// Subscribes to the whole server.
    pub(crate) async fn create(cups: &Cups, delivery: Delivery) -> Result<Self, SpoolerError> {
        const GROUP: DelimiterTag = DelimiterTag::SubscriptionAttributes;
        let request = cups.server(Operation::CreatePrinterSubscriptions);
        let request = match delivery {
            Delivery::Bus => request.uri(GROUP, "notify-recipient-uri", "dbus://"),
            Delivery::Pull => request.keyword(GROUP, "notify-pull-method", "ippget"),
        };
        let request = lease(request.keywords(GROUP, "notify-events", EVENTS));
        let response = cups.shared.connections.call(request).await?;
        response
            .groups(GROUP)
            .find_map(|group| group.integer("notify-subscription-id"))
            .map(|id| Self { id })
            .ok_or(SpoolerError::Malformed("a subscription without a number"))
    }

    /// Prolongs it. *Errors*: `NotFound` when cupsd has forgotten it.
    pub(crate) async fn renew(self, cups: &Cups) -> Result<(), SpoolerError> {
        let request = cups
            .server(Operation::RenewSubscription)
            .integer("notify-subscription-id", self.id);
        cups.done(lease(request)).await
    }

    /// Gives it back.
    pub(crate) async fn cancel(self, cups: &Cups) -> Result<(), SpoolerError> {
        let request = cups
            .server(Operation::CancelSubscription)
            .integer("notify-subscription-id", self.id);
        cups.done(request).await
    }
}

fn lease(request: Request) -> Request {
    let seconds = i32::try_from(LEASE.as_secs()).expect("an hour fits");
    request.value(
        DelimiterTag::SubscriptionAttributes,
        "notify-lease-duration",
        ipp::value::IppValue::Integer(seconds),
    )
}
