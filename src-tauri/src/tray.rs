//! The tray icon: shows the values it is given, touches the desktop only when
//! they change.

#[cfg(target_os = "linux")]
mod host;
/// The system always has a place for icons.
#[cfg(not(target_os = "linux"))]
#[path = "tray/no_host.rs"]
mod host;

use host::TrayHost;
use platen_agent::{Command, Item, Look, Menu, Shape};
use tauri::image::Image;
use tauri::menu::{
    CheckMenuItemBuilder, IsMenuItem, MenuBuilder, MenuItemBuilder, PredefinedMenuItem, Submenu,
    SubmenuBuilder,
};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};
use tokio::sync::{mpsc, watch};

/// Whether the system gives the icon its colour.
const IS_TEMPLATE: bool = cfg!(target_os = "macos");

/// Everything the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Face {
    /// Icon and tooltip.
    pub look: Look,
    /// The menu.
    pub menu: Menu,
}

/// Shows the tray for as long as `wanted` has a sender; what is chosen goes to
/// `chosen`. Without a tray host on the desktop it waits for one to come.
pub(crate) async fn keep(
    app: AppHandle,
    mut wanted: watch::Receiver<Face>,
    chosen: mpsc::Sender<Command>,
) {
    let mut host = TrayHost::connect().await;
    let mut tray: Option<TrayIcon> = None;
    let mut shown: Option<Face> = None;
    loop {
        let face = wanted.borrow_and_update().clone();
        if tray.is_none() {
            tray = match build(&app, &face, chosen.clone()) {
                Ok(tray) => {
                    tracing::info!("tray shown");
                    shown = Some(face.clone());
                    Some(tray)
                }
                Err(error) => {
                    tracing::warn!(%error, "no tray on this desktop yet");
                    None
                }
            };
        }
        if let (Some(tray), Some(before)) = (&tray, &shown)
            && *before != face
        {
            match update(&app, tray, before, &face) {
                Ok(()) => shown = Some(face),
                Err(error) => tracing::warn!(%error, "the tray could not be updated"),
            }
        }
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { break },
            () = host.appears(), if tray.is_none() => {}
        }
    }
}

fn build(app: &AppHandle, face: &Face, chosen: mpsc::Sender<Command>) -> tauri::Result<TrayIcon> {
    let clicked = chosen.clone();
    TrayIconBuilder::with_id("platen")
        .icon(icon(face.look.shape))
        .icon_as_template(IS_TEMPLATE)
        .tooltip(&face.look.tooltip)
        .menu(&menu(app, &face.menu)?)
        .show_menu_on_left_click(false)
        .on_menu_event(move |_, event| {
            if let Some(command) = Command::from_id(event.id().as_ref()) {
                send(&chosen, command);
            }
        })
        .on_tray_icon_event(move |_, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
            {
                send(&clicked, Command::OpenPortal);
            }
        })
        .build(app)
}

fn send(chosen: &mpsc::Sender<Command>, command: Command) {
    // A person clicks slower than the client works; a full queue means that it
    // hangs, and more clicks would not help.
    if let Err(error) = chosen.try_send(command) {
        tracing::warn!(%error, "a choice in the tray menu was dropped");
    }
}

fn update(app: &AppHandle, tray: &TrayIcon, before: &Face, face: &Face) -> tauri::Result<()> {
    if before.menu != face.menu {
        tray.set_menu(Some(menu(app, &face.menu)?))?;
    }
    if before.look.shape != face.look.shape {
        tray.set_icon_with_as_template(Some(icon(face.look.shape)), IS_TEMPLATE)?;
    }
    if before.look.tooltip != face.look.tooltip {
        tray.set_tooltip(Some(&face.look.tooltip))?;
    }
    Ok(())
}

/// A tray takes one picture. Panels show 22 pixels, and twice as many on dense screens.
#[cfg(not(any(windows, target_os = "macos")))]
fn icon(shape: Shape) -> Image<'static> {
    match shape {
        Shape::Neutral => tauri::include_image!("../icons/tray-neutral-44.png"),
        Shape::Good => tauri::include_image!("../icons/tray-good-44.png"),
        Shape::Low => tauri::include_image!("../icons/tray-low-44.png"),
        Shape::Over => tauri::include_image!("../icons/tray-over-44.png"),
        Shape::Away => tauri::include_image!("../icons/tray-offline-44.png"),
    }
}

/// *Source*: Windows, `SM_CXSMICON`: 16 pixels, and 32 on screens of twice the density.
#[cfg(windows)]
fn icon(shape: Shape) -> Image<'static> {
    match shape {
        Shape::Neutral => tauri::include_image!("../icons/tray-neutral-32.png"),
        Shape::Good => tauri::include_image!("../icons/tray-good-32.png"),
        Shape::Low => tauri::include_image!("../icons/tray-low-32.png"),
        Shape::Over => tauri::include_image!("../icons/tray-over-32.png"),
        Shape::Away => tauri::include_image!("../icons/tray-offline-32.png"),
    }
}

/// Black with alpha, which the menu bar draws in its own colour.
#[cfg(target_os = "macos")]
fn icon(shape: Shape) -> Image<'static> {
    match shape {
        Shape::Neutral => tauri::include_image!("../icons/tray-neutral-template-44.png"),
        Shape::Good => tauri::include_image!("../icons/tray-good-template-44.png"),
        Shape::Low => tauri::include_image!("../icons/tray-low-template-44.png"),
        Shape::Over => tauri::include_image!("../icons/tray-over-template-44.png"),
        Shape::Away => tauri::include_image!("../icons/tray-offline-template-44.png"),
    }
}

fn menu(app: &AppHandle, items: &[Item]) -> tauri::Result<tauri::menu::Menu<Wry>> {
    let native: Vec<_> = items
        .iter()
        .map(|item| native(app, item))
        .collect::<Result<_, _>>()?;
    let refs: Vec<_> = native.iter().map(AsRef::as_ref).collect();
    MenuBuilder::new(app).items(&refs).build()
}

fn submenu(app: &AppHandle, text: &str, items: &[Item]) -> tauri::Result<Submenu<Wry>> {
    let native: Vec<_> = items
        .iter()
        .map(|item| native(app, item))
        .collect::<Result<_, _>>()?;
    let refs: Vec<_> = native.iter().map(AsRef::as_ref).collect();
    SubmenuBuilder::new(app, literal(text)).items(&refs).build()
}

fn native(app: &AppHandle, item: &Item) -> tauri::Result<Box<dyn IsMenuItem<Wry>>> {
    Ok(match item {
        Item::Label(text) => Box::new(
            MenuItemBuilder::new(literal(text))
                .enabled(false)
                .build(app)?,
        ),
        Item::Separator => Box::new(PredefinedMenuItem::separator(app)?),
        Item::Choice {
            command,
            text,
            enabled,
        } => Box::new(
            MenuItemBuilder::with_id(command.id(), literal(text))
                .enabled(*enabled)
                .build(app)?,
        ),
        Item::Check {
            command,
            text,
            enabled,
            checked,
        } => Box::new(
            CheckMenuItemBuilder::with_id(command.id(), literal(text))
                .enabled(*enabled)
                .checked(*checked)
                .build(app)?,
        ),
        Item::Submenu { text, items } => Box::new(submenu(app, text, items)?),
    })
}

/// An ampersand marks a keyboard mnemonic in native menus unless doubled.
fn literal(text: &str) -> String {
    text.replace('&', "&&")
}
