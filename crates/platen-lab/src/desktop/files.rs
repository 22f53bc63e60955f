//! The settings of the virtual desktop's programs.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::Result;
use rustix::process::geteuid;

/// Files below the user's home.
pub(super) const SETTINGS: [(&str, &str); 4] = [
    (
        ".config/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml",
        include_str!("../scripts/xfce4-panel.xml"),
    ),
    (".config/dunst/dunstrc", include_str!("../scripts/dunstrc")),
    (
        ".config/mimeapps.list",
        "[Default Applications]\nx-scheme-handler/http=lab-browser.desktop\n\
         x-scheme-handler/https=lab-browser.desktop\ninode/directory=lab-browser.desktop\n",
    ),
    (
        ".local/share/applications/lab-browser.desktop",
        "[Desktop Entry]\nType=Application\nName=Laboratory Browser\n\
         Exec=sh @DIRECTORY@/browse %u\nMimeType=x-scheme-handler/http;x-scheme-handler/https;\
         inode/directory;\n",
    ),
];

/// Stands in for the person's browser, and for what shows directories: writes down what it was to show.
pub(super) const BROWSE: &str = "printf '%s\\n' \"$1\" >>\"${0%/*}/run/browsed\"\n";

/// Stands in for the person before dunst's menu of buttons: chooses the wanted line.
pub(super) const PRESS: &str = "exec grep -m1 -F -- \"$(cat \"${0%/*}/press.wanted\")\"\n";

/// A session bus that root may use as well, so that a test run by root can look at the desktop of
/// an ordinary user.
pub(super) fn bus(address: &str, services: &Path) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <keep_umask/>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#,
        services = services.display()
    )
}

/// Where programs say that the bus may start them.
const SERVICES: &str = "/usr/share/dbus-1/services";

/// What a desktop here has or has not: the bus must not start it by itself.
const OURS: [&str; 3] = [
    "Name=org.freedesktop.Notifications",
    "Name=org.freedesktop.secrets",
    "Name=org.gnome.keyring",
];

/// Fills `directory` with what the bus may start when it is asked for.
pub(super) fn services(directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)?;
    let Ok(installed) = fs::read_dir(SERVICES) else {
        return Ok(());
    };
    for service in installed {
        let service = service?;
        let text = fs::read_to_string(service.path()).unwrap_or_default();
        let ours = text.lines().any(|line| OURS.contains(&line.trim_end()));
        if !ours && !text.is_empty() {
            fs::write(directory.join(service.file_name()), text)?;
        }
    }
    Ok(())
}

/// The directory of the X11 sockets: an ordinary user's Xvfb may not make it as it should be.
pub(super) fn socket_directory() -> Result<()> {
    let directory = Path::new("/tmp/.X11-unix");
    if geteuid().is_root() && !directory.exists() {
        fs::create_dir_all(directory)?;
        fs::set_permissions(directory, Permissions::from_mode(0o1777))?;
    }
    Ok(())
}
