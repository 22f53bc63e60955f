//! The settings of the virtual desktop's programs.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::Result;
use rustix::process::geteuid;

/// Files below the user's home.
pub(super) const SETTINGS: [(&str, &str); 2] = [
    (
        ".config/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml",
        include_str!("../scripts/xfce4-panel.xml"),
    ),
    (".config/dunst/dunstrc", include_str!("../scripts/dunstrc")),
];

/// Stands in for the person before dunst's menu of buttons: chooses the wanted line.
pub(super) const PRESS: &str = "exec grep -m1 -F -- \"$(cat \"${0%/*}/press.wanted\")\"\n";

/// A session bus that root may use as well, so that a test run by root can look at the desktop of
/// an ordinary user.
pub(super) fn bus(address: &str) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <keep_umask/>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <standard_session_servicedirs/>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#
    )
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
