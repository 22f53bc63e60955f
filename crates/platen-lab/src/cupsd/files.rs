//! The configuration files of a private cupsd.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use rustix::process::geteuid;

use super::CupsdOptions;
use crate::{finish, install_program};

const POLICIES: &str = include_str!("../scripts/policies.conf");

/// The account that backends and filters run as, and the groups that administer.
pub(super) struct Account {
    pub(super) root: bool,
    user: String,
    group: String,
    administrators: String,
}

impl Account {
    pub(super) fn of_this_process() -> Result<Self> {
        if geteuid().is_root() {
            return Ok(Self {
                root: true,
                user: "lp".to_owned(),
                group: "lp".to_owned(),
                administrators: "root lpadmin".to_owned(),
            });
        }
        let group = id("-gn")?;
        Ok(Self {
            root: false,
            user: id("-un")?,
            group: group.clone(),
            administrators: group,
        })
    }

    pub(super) fn ids(&self) -> Result<(u32, u32)> {
        let user = finish(Command::new("id").args(["-u", &self.user]))?;
        let group = finish(Command::new("id").args(["-g", &self.user]))?;
        Ok((user.trim().parse()?, group.trim().parse()?))
    }
}

fn id(what: &str) -> Result<String> {
    let said = finish(Command::new("id").arg(what)).context("asking for the own user")?;
    Ok(said.trim().to_owned())
}

/// cupsd itself, or, where AppArmor confines it to the system's directories by its path, a copy.
pub(super) fn cupsd_program(directory: &Path) -> PathBuf {
    let system = PathBuf::from("/usr/sbin/cupsd");
    let confined = fs::read("/sys/module/apparmor/parameters/enabled")
        .is_ok_and(|answer| answer.starts_with(b"Y"));
    if !confined {
        return system;
    }
    let copy = directory.join("bin/cupsd");
    if copy.exists() || install_program(&system, &copy, 0o755).is_ok() {
        copy
    } else {
        system
    }
}

pub(super) fn cupsd_conf(directory: &Path, options: &CupsdOptions) -> String {
    let base = directory.display();
    let port = options
        .port
        .map(|port| format!("Listen 127.0.0.1:{port}\n"))
        .unwrap_or_default();
    let keep = if options.preserve_job_files {
        "Yes"
    } else {
        "No"
    };
    let policies = options.policies.as_deref().unwrap_or(POLICIES);
    let directives = &options.directives;
    // DirtyCleanInterval 0 writes jobs at once, so that they survive a kill.
    format!(
        "{port}Listen {base}/run/cups.sock
ServerName localhost
ServerAlias *
Browsing Off
WebInterface No
DefaultShared No
DefaultAuthType Basic
LogLevel info
AccessLogLevel all
LogTimeFormat usecs
MaxLogSize 0
PageLogFormat %p %j %u %T %P %C {{name}}%{{job-name}} {{imp}}%{{job-impressions-completed}} {{sheets}}%{{job-media-sheets-completed}} {{sides}}%{{sides}} {{media}}%{{media}} {{color}}%{{print-color-mode}}
MaxJobs 0
PreserveJobHistory Yes
PreserveJobFiles {keep}
MaxSubscriptions 0
MaxEvents 1000
DefaultLeaseDuration 86400
MaxLeaseDuration 0
DirtyCleanInterval 0
JobKillDelay 5
JobRetryInterval 5
MultipleOperationTimeout 60
{policies}
{directives}
"
    )
}

pub(super) fn cups_files_conf(
    directory: &Path,
    options: &CupsdOptions,
    account: &Account,
) -> String {
    let base = directory.display();
    let Account {
        user,
        group,
        administrators,
        ..
    } = account;
    let environment: String = options
        .environment
        .iter()
        .map(|(key, _)| format!("PassEnv {key}\n"))
        .collect();
    format!(
        "User {user}
Group {group}
SystemGroup {administrators}
LogFileGroup {group}
FileDevice Yes
Printcap {base}/run/printcap
SyncOnClose No
ServerRoot {base}/etc
StateDir {base}/run
CacheDir {base}/cache
RequestRoot {base}/spool
TempDir {base}/spool/tmp
ServerBin {base}/bin
DataDir /usr/share/cups
DocumentRoot /usr/share/cups/doc-root
AccessLog {base}/log/access_log
ErrorLog {base}/log/error_log
PageLog {base}/log/page_log
ServerKeychain {base}/etc/ssl
{environment}"
    )
}
