//! What is in which package.
//!
//! The tools are a package of their own: a print server needs them without the tray,
//! a client without the server, and a computer may be both.

/// A package for Linux.
pub(super) struct Package {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    pub(super) section: &'static str,
    /// Beside the libraries that its programs link, which are found out.
    pub(super) deb_depends: &'static str,
    pub(super) deb_recommends: &'static str,
    pub(super) rpm_requires: &'static [&'static str],
    pub(super) rpm_recommends: &'static [&'static str],
    pub(super) files: &'static [File],
}

/// A file in it.
pub(super) struct File {
    pub(super) from: From,
    /// Its full path when installed.
    pub(super) to: &'static str,
}

/// Where a file comes from.
pub(super) enum From {
    /// A program of this workspace.
    Program(&'static str),
    /// A file of the source tree, with the release's values filled in.
    Text(&'static str),
    /// A file of the source tree as it is.
    Plain(&'static str),
    /// A text file that administrators change and upgrades leave alone.
    Configuration(&'static str),
    /// A manual page from what the program says of itself, with its one-line summary.
    Manual(&'static str, &'static str),
    /// The licence, and those of everything that the programs are built from.
    Notices,
}

const fn file(from: From, to: &'static str) -> File {
    File { from, to }
}

pub(super) const PACKAGES: [Package; 3] = [TOOLS, CLIENT, SERVER];

const TOOLS: Package = Package {
    name: "platen-tools",
    summary: "Platen: managed print queues and the count of pages",
    description: "\
platenctl makes print queues that print nothing without approval, and checks everything
Platen needs. platen-estimate says what a document takes before it is printed. The
client and the server need both; a print server needs nothing else.",
    section: "admin",
    deb_depends: "",
    deb_recommends: "cups-client, cups-daemon",
    rpm_requires: &[],
    rpm_recommends: &["cups"],
    files: &[
        file(From::Program("platenctl"), "/usr/bin/platenctl"),
        file(From::Program("platen-estimate"), "/usr/bin/platen-estimate"),
        file(From::Program("platen-gate"), "/usr/lib/platen/platen-gate"),
        file(
            From::Text("installer/linux/platen-gate.socket"),
            "/usr/lib/systemd/system/platen-gate.socket",
        ),
        file(
            From::Text("installer/linux/platen-gate@.service"),
            "/usr/lib/systemd/system/platen-gate@.service",
        ),
        file(
            From::Manual("platenctl", "administer Platen on this computer"),
            "/usr/share/man/man8/platenctl.8.gz",
        ),
        file(
            From::Manual(
                "platen-estimate",
                "say what a document takes before it is printed",
            ),
            "/usr/share/man/man1/platen-estimate.1.gz",
        ),
        file(From::Notices, "/usr/share/doc/platen-tools/copyright"),
    ],
};

const CLIENT: Package = Package {
    name: "platen",
    summary: "Platen: see what printing costs before it costs it",
    description: "\
A tray app that watches the print queue, counts each document's pages and colour, charges
points to an account, and says so before anything is printed.",
    section: "utils",
    deb_depends: "platen-tools (= @VERSION@), debconf (>= 0.5) | debconf-2.0",
    deb_recommends: "ca-certificates, cups, gnome-keyring, notification-daemon, xdg-utils",
    rpm_requires: &["platen-tools = @VERSION@"],
    rpm_recommends: &["cups", "gnome-keyring", "xdg-utils"],
    files: &[
        file(From::Program("platen"), "/usr/bin/platen"),
        file(
            From::Text("installer/linux/org.platen.client.desktop"),
            "/usr/share/applications/org.platen.client.desktop",
        ),
        file(
            From::Configuration("installer/linux/platen-autostart.desktop"),
            "/etc/xdg/autostart/org.platen.client.desktop",
        ),
        file(
            From::Text("installer/linux/org.platen.client.metainfo.xml"),
            "/usr/share/metainfo/org.platen.client.metainfo.xml",
        ),
        file(
            From::Plain("icons/icon.svg"),
            "/usr/share/icons/hicolor/scalable/apps/platen.svg",
        ),
        file(
            From::Plain("icons/icon-32.png"),
            "/usr/share/icons/hicolor/32x32/apps/platen.png",
        ),
        file(
            From::Plain("icons/icon-128.png"),
            "/usr/share/icons/hicolor/128x128/apps/platen.png",
        ),
        file(
            From::Plain("icons/icon-256.png"),
            "/usr/share/icons/hicolor/256x256/apps/platen.png",
        ),
        file(
            From::Manual("platen", "see what printing costs before it costs it"),
            "/usr/share/man/man1/platen.1.gz",
        ),
        file(From::Notices, "/usr/share/doc/platen/copyright"),
    ],
};

const SERVER: Package = Package {
    name: "platen-server",
    summary: "Platen: the central server of a site",
    description: "\
Portal, console and API on one ledger, on SQLite or PostgreSQL, for the clients and the
browsers of a site. It does not start before it is configured: /etc/platen/server.toml.",
    section: "net",
    deb_depends: "platen-tools (= @VERSION@), systemd-standalone-sysusers | systemd-sysusers",
    deb_recommends: "ca-certificates, systemd",
    rpm_requires: &["platen-tools = @VERSION@", "systemd"],
    rpm_recommends: &["ca-certificates"],
    files: &[
        file(From::Program("platen-server"), "/usr/bin/platen-server"),
        file(
            From::Configuration("installer/linux/server.toml"),
            "/etc/platen/server.toml",
        ),
        file(
            From::Text("installer/linux/platen-server.service"),
            "/usr/lib/systemd/system/platen-server.service",
        ),
        file(
            From::Text("installer/linux/platen-server.sysusers"),
            "/usr/lib/sysusers.d/platen-server.conf",
        ),
        file(
            From::Manual(
                "platen-server",
                "the central server of a site that prints on account",
            ),
            "/usr/share/man/man8/platen-server.8.gz",
        ),
        file(From::Notices, "/usr/share/doc/platen-server/copyright"),
    ],
};

impl Package {
    /// Full paths of the files that administrators change.
    pub(super) fn configuration(&self) -> impl Iterator<Item = &'static str> {
        let wanted = |file: &&File| matches!(file.from, From::Configuration(_));
        self.files.iter().filter(wanted).map(|file| file.to)
    }

    /// Full paths of the programs.
    pub(super) fn programs(&self) -> impl Iterator<Item = &'static str> {
        let wanted = |file: &&File| matches!(file.from, From::Program(_));
        self.files.iter().filter(wanted).map(|file| file.to)
    }
}
