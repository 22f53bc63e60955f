//! What the desktop offers: notifications, a place for the tray, a keyring.
//!
//! *Source*: freedesktop.org Desktop Notifications 1.2, StatusNotifierItem,
//! Secret Service 0.2.

use std::time::Duration;

use zbus::Connection;
use zbus::fdo::DBusProxy;
use zbus::names::BusName;
use zbus::zvariant::OwnedObjectPath;

use super::{Finding, State, good, wrong};

const NOTIFICATIONS: &str = "org.freedesktop.Notifications";
const TRAY: &str = "org.kde.StatusNotifierWatcher";
const SECRETS: &str = "org.freedesktop.secrets";

/// Looks at the session's desktop, within `patience` for each part.
pub(crate) async fn check(patience: Duration) -> Vec<Finding> {
    // A bus that is not there may not be started for the asking.
    let session = match std::env::var_os("DBUS_SESSION_BUS_ADDRESS") {
        Some(_) => tokio::time::timeout(patience, Connection::session())
            .await
            .ok()
            .and_then(Result::ok),
        None => None,
    };
    let Some(bus) = session else {
        let state = State::NotNeeded(
            "no desktop session here; run this as a user in his session to check it".into(),
        );
        return vec![Finding {
            area: "desktop",
            state,
        }];
    };
    let limited = |area: &'static str, found: Option<Finding>| {
        found.unwrap_or_else(|| wrong(area, "does not answer", "Sign in to the desktop again."))
    };
    vec![
        limited(
            "notifications",
            tokio::time::timeout(patience, notifications(&bus))
                .await
                .ok(),
        ),
        limited(
            "tray",
            tokio::time::timeout(patience, tray(&bus)).await.ok(),
        ),
        limited(
            "keyring",
            tokio::time::timeout(patience, keyring(&bus)).await.ok(),
        ),
    ]
}

async fn notifications(bus: &Connection) -> Finding {
    let area = "notifications";
    let advice = "Install and start a notification daemon, such as the package dunst.";
    let path = "/org/freedesktop/Notifications";
    let answer = bus
        .call_method(
            Some(NOTIFICATIONS),
            path,
            Some(NOTIFICATIONS),
            "GetCapabilities",
            &(),
        )
        .await
        .and_then(|reply| reply.body().deserialize::<Vec<String>>());
    match answer {
        Err(_) => wrong(area, "no program shows them", advice),
        Ok(can) if !can.iter().any(|name| name == "actions") => wrong(
            area,
            "they are shown without buttons",
            "Accounts can be changed in the portal; for buttons use another daemon, such as dunst.",
        ),
        Ok(can) => good(area, format!("shown, with {}", can.join(", "))),
    }
}

async fn tray(bus: &Connection) -> Finding {
    let area = "tray";
    match has_owner(bus, TRAY).await {
        Some(true) => good(area, "the desktop has a place for the icon"),
        _ => wrong(
            area,
            "the desktop has no place for the icon",
            "Enable your panel's status area (in GNOME: the AppIndicator extension); \
             until then use `platen open`.",
        ),
    }
}

async fn keyring(bus: &Connection) -> Finding {
    let area = "keyring";
    let path = "/org/freedesktop/secrets";
    let interface = "org.freedesktop.Secret.Service";
    let alias = bus
        .call_method(
            Some(SECRETS),
            path,
            Some(interface),
            "ReadAlias",
            &("default",),
        )
        .await
        .and_then(|reply| reply.body().deserialize::<OwnedObjectPath>());
    let Ok(collection) = alias else {
        return wrong(
            area,
            "no keyring answers, so a sign-in is forgotten at the end of the session",
            "Install and start gnome-keyring or another Secret Service.",
        );
    };
    if collection.as_str() == "/" {
        return wrong(
            area,
            "there is no default keyring",
            "Create one, for instance with the program Passwords and Keys (seahorse).",
        );
    }
    let locked = bus
        .call_method(
            Some(SECRETS),
            collection.as_str(),
            Some("org.freedesktop.DBus.Properties"),
            "Get",
            &("org.freedesktop.Secret.Collection", "Locked"),
        )
        .await
        .ok()
        .and_then(|reply| {
            let body = reply.body();
            let value: zbus::zvariant::Value<'_> = body.deserialize().ok()?;
            bool::try_from(value).ok()
        });
    match locked {
        Some(false) => good(area, "open"),
        Some(true) => wrong(
            area,
            "locked",
            "Unlock it; signing in to the desktop does so.",
        ),
        None => wrong(
            area,
            "does not say whether it is open",
            "Restart the keyring.",
        ),
    }
}

async fn has_owner(bus: &Connection, name: &str) -> Option<bool> {
    let dbus = DBusProxy::new(bus).await.ok()?;
    let name = BusName::try_from(name).ok()?;
    dbus.name_has_owner(name).await.ok()
}
