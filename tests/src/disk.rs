//! A disk that can be full.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use platen_lab::{User, finish};

use crate::Rig;

/// The disk under the client's data. Root gives it a small one of its own;
/// others, who can't, close the folder that documents are fetched into.
#[derive(Debug)]
pub enum Disk {
    /// It is mounted there, and filled with this file.
    Small {
        /// Where.
        at: PathBuf,
        /// The file.
        filler: PathBuf,
    },
    /// The folder.
    Closed {
        /// Where.
        folder: PathBuf,
    },
}

impl Disk {
    /// Puts it under a client that does not run yet, and starts that.
    ///
    /// # Errors
    /// When it can't be mounted or the client does not come up.
    pub fn under(rig: &mut Rig) -> Result<Self> {
        let data = rig.seat.data();
        finish(rig.seat.command("mkdir").arg("-p").arg(&data))?;
        if User::current()?.uid != 0 {
            rig.seat.start_client()?;
            let folder = data.join("scratch");
            return Ok(Self::Closed { folder });
        }
        let user = rig.seat.user();
        let options = format!("size=2m,mode=0700,uid={},gid={}", user.uid, user.gid);
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "none"]);
        finish(mount.arg(&data))?;
        let disk = Self::Small {
            filler: data.join("filler"),
            at: data,
        };
        rig.seat.start_client()?;
        Ok(disk)
    }

    /// What a person is told of it.
    #[must_use]
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::Small { .. } => "The disk is full",
            Self::Closed { .. } => "Documents stay held",
        }
    }

    /// Fills it.
    ///
    /// # Errors
    /// When nothing can be written at all.
    pub fn fill(&self) -> Result<()> {
        match self {
            Self::Small { filler, .. } => {
                let mut file = std::fs::File::create(filler)?;
                while file.write_all(&[0; 4096]).is_ok() {}
                Ok(())
            }
            Self::Closed { folder } => set_mode(folder, 0o500),
        }
    }

    /// Makes room again.
    ///
    /// # Errors
    /// When the file can't be removed.
    pub fn empty(&self) -> Result<()> {
        match self {
            Self::Small { filler, .. } => Ok(std::fs::remove_file(filler)?),
            Self::Closed { folder } => set_mode(folder, 0o700),
        }
    }
}

fn set_mode(folder: &Path, mode: u32) -> Result<()> {
    Ok(std::fs::set_permissions(
        folder,
        std::fs::Permissions::from_mode(mode),
    )?)
}

impl Drop for Disk {
    fn drop(&mut self) {
        let Self::Small { at, .. } = self else { return };
        if let Err(problem) = finish(Command::new("umount").arg("-l").arg(at)) {
            eprintln!("{problem:#}");
        }
    }
}
