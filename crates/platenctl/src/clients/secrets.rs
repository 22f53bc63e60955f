//! What users' clients keep that lets somebody in.

use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

/// The sealed sign-in, and the key that approves documents.
const SECRETS: [&str; 2] = ["session.sealed", "authority.key"];

/// Somebody whom the system knows.
pub(super) struct User {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) home: PathBuf,
}

/// Root acts as the user; anybody else is the user.
pub(super) fn as_user(command: &mut Command, uid: u32, gid: u32) {
    if rustix::process::geteuid().is_root() {
        // Without further groups: the standard library drops root's.
        command.uid(uid).gid(gid);
    }
}

/// Deletes what lets somebody in from `data` below each user's home directory.
///
/// Each user's files are deleted as that user: nobody can lead root astray with a
/// link in his own home.
///
/// # Errors
/// The user may not.
pub(super) fn forget(users: Vec<User>, data: &str) -> Result<()> {
    ensure!(
        rustix::process::geteuid().is_root(),
        "run this as administrator"
    );
    for user in users {
        let place = user.home.join(data);
        let secrets: Vec<PathBuf> = SECRETS.iter().map(|name| place.join(name)).collect();
        // As root, only to see whether there is anything to do.
        if !secrets.iter().any(|path| path.symlink_metadata().is_ok()) {
            continue;
        }
        let mut delete = Command::new("rm");
        delete.args(["-f", "--"]).args(&secrets).current_dir("/");
        as_user(&mut delete, user.uid, user.gid);
        let deleted = delete.output().is_ok_and(|output| output.status.success());
        if deleted {
            println!("{}: the sign-in is forgotten.", user.name);
        } else {
            println!(
                "{}: the sign-in can't be deleted; it is in {}",
                user.name,
                place.display()
            );
        }
    }
    Ok(())
}
