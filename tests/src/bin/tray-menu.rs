//! Reads and clicks the tray menu on the session bus, as a panel does.
//!
//! `tray-menu show` prints what the tray shows as JSON; `tray-menu click LABEL`
//! clicks the one item whose label begins with LABEL, `tray-menu click-anyway
//! LABEL` even if it is disabled; `tray-menu in-panel` says whether a panel has
//! the item. It runs as the desktop's user, since a session bus lets in nobody
//! else.
//! *Source*: StatusNotifierItem (freedesktop.org), com.canonical.dbusmenu.

use std::collections::HashMap;

use anyhow::{Context, Result, bail};
use platen_tests::menu::{MenuItem, Shown};
use zbus::Connection;
use zbus::names::OwnedBusName;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";
const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// A menu that changes is looked at so often.
const MOST_MENUS: u32 = 10;

/// Width, height, ARGB.
type Pixmap = (i32, i32, Vec<u8>);
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let bus = Connection::session().await?;
    let name = item_name(&bus).await?;
    if words == ["in-panel"] {
        println!("{}", in_panel(&bus, &name).await?);
        return Ok(());
    }
    let item = zbus::Proxy::new(&bus, name.clone(), "/StatusNotifierItem", ITEM).await?;
    let path: OwnedObjectPath = item.get_property("Menu").await?;
    let menu = zbus::Proxy::new(&bus, name, path, MENU).await?;
    match words
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        ["show"] => {
            let tip: (String, Vec<Pixmap>, String, String) = item.get_property("ToolTip").await?;
            let icons: Vec<Pixmap> = item.get_property("IconPixmap").await?;
            let icon = icons.first().context("the tray has no icon")?;
            // Enough to tell icons apart.
            let icon = icon.2.iter().fold(0u64, |sum, byte| {
                sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
            });
            let shown = Shown {
                tooltip: tip.3,
                icon,
                items: items(&menu).await?,
            };
            println!("{}", serde_json::to_string(&shown)?);
        }
        ["click", label] => click(&menu, label, false).await?,
        ["click-anyway", label] => click(&menu, label, true).await?,
        _ => bail!("usage: tray-menu show | click LABEL | click-anyway LABEL | in-panel"),
    }
    Ok(())
}

async fn items(menu: &zbus::Proxy<'_>) -> Result<Vec<MenuItem>> {
    let all = (0i32, -1i32, Vec::<String>::new());
    let (_, layout): (u32, Layout) = menu.call("GetLayout", &all).await?;
    children(&layout.2)
}

async fn click(menu: &zbus::Proxy<'_>, label: &str, anyway: bool) -> Result<()> {
    for _ in 0..MOST_MENUS {
        let items = items(menu).await?;
        let found = MenuItem::find(&items, label).context("no such item in the menu")?;
        if !found.enabled && !anyway {
            bail!("“{}” is disabled", found.label);
        }
        let event = (found.id, "clicked", Value::from(0i32), 0u32);
        match menu.call::<_, _, ()>("Event", &event).await {
            // A new menu came between the two, which a panel would show by now.
            Err(zbus::Error::MethodError(_, Some(why), _)) if why.contains("not found") => {}
            answer => return Ok(answer?),
        }
    }
    bail!("the menu never stays the same")
}

async fn item_name(bus: &Connection) -> Result<OwnedBusName> {
    let names = zbus::fdo::DBusProxy::new(bus).await?.list_names().await?;
    names
        .into_iter()
        .find(|name| name.starts_with("org.kde.StatusNotifierItem-"))
        .context("there is no tray item on the bus")
}

/// Whether the panel there is, if there is one, took the item on.
async fn in_panel(bus: &Connection, item: &OwnedBusName) -> Result<bool> {
    let watcher = zbus::Proxy::new(bus, WATCHER, "/StatusNotifierWatcher", WATCHER).await?;
    let items: Vec<String> = watcher
        .get_property("RegisteredStatusNotifierItems")
        .await?;
    let owner = zbus::fdo::DBusProxy::new(bus)
        .await?
        .get_name_owner(item.as_ref())
        .await?;
    Ok(items
        .iter()
        .any(|known| known.starts_with(item.as_str()) || known.starts_with(owner.as_str())))
}

fn children(values: &[OwnedValue]) -> Result<Vec<MenuItem>> {
    values
        .iter()
        .map(|value| {
            let (id, properties, below): Layout = value.try_clone()?.try_into()?;
            let text = |name: &str| -> Option<String> {
                properties
                    .get(name)
                    .and_then(|value| value.try_clone().ok()?.try_into().ok())
            };
            let enabled = properties
                .get("enabled")
                .and_then(|value| bool::try_from(value.try_clone().ok()?).ok())
                .unwrap_or(true);
            let checked = properties
                .get("toggle-state")
                .and_then(|value| i32::try_from(value.try_clone().ok()?).ok())
                .map(|state| state == 1);
            Ok(MenuItem {
                id,
                // Underscores mark mnemonics and are doubled to mean themselves.
                label: text("label").unwrap_or_default().replace("__", "_"),
                separator: text("type").as_deref() == Some("separator"),
                enabled,
                checked,
                items: children(&below)?,
            })
        })
        .collect()
}
