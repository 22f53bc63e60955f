//! One look for a newer version, from the question to files that may be installed.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platen_settings::{Channel, Loaded};
use reqwest::{Client, ClientBuilder};
use ring::digest::{Context, SHA256};
use url::Url;
use uuid::Uuid;

use crate::error::{CheckError, NoUpdates};
use crate::fetch;
use crate::key::PublicKey;
use crate::list::{Release, ReleaseFile, ReleaseList, limit};
use crate::private;
use crate::state::{Place, State};
use crate::version::Version;

/// Where updates lie below the client's own directory.
const DIRECTORY: &str = "updates";
/// What is added to the list's address for its signature's.
const SIGNATURE_END: &str = ".sig";
/// From one answer to the next question.
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Questions of many computers that were switched on together spread over so long.
const SPREAD: Duration = Duration::from_secs(6 * 3600);
/// After a line that was dead.
const SOON: Duration = Duration::from_secs(3600);
/// The first question after an installation comes within this.
const FIRST: Duration = Duration::from_secs(3600);

/// A kind of package by which this program came here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Debian's and Ubuntu's.
    Deb,
    /// Fedora's, RHEL's and openSUSE's.
    Rpm,
    /// Of macOS.
    Pkg,
    /// Of Windows.
    Msi,
}

impl Kind {
    /// As lists name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Rpm => "rpm",
            Self::Pkg => "pkg",
            Self::Msi => "msi",
        }
    }
}

/// System and processor, as lists name them.
#[must_use]
pub fn platform_here() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// The kind of package that this system takes.
#[must_use]
pub fn kind_here() -> Kind {
    match std::env::consts::OS {
        "windows" => Kind::Msi,
        "macos" => Kind::Pkg,
        _ if Path::new("/etc/debian_version").exists() => Kind::Deb,
        _ => Kind::Rpm,
    }
}

/// Where to ask, for what, and whom to believe.
#[derive(Clone, Debug)]
pub struct Config {
    /// The list's address.
    pub url: Url,
    /// Who signs it.
    pub key: PublicKey,
    /// Which releases are wanted.
    pub channel: Channel,
    /// Where everything is kept; made when it is missing.
    pub directory: PathBuf,
    /// The version that runs.
    pub version: Version,
    /// As [`platform_here`].
    pub platform: String,
    /// As [`kind_here`].
    pub kind: Kind,
}

/// What a look for a newer version found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// There is none.
    Newest,
    /// There is one, and this device has its turn later.
    Later(Version),
    /// It is here, checked, and can be installed.
    Ready(Release),
}

/// Looks for newer versions.
#[derive(Debug)]
pub struct Updater {
    config: Config,
    http: Client,
    place: Place,
}

impl Updater {
    /// As the settings say; none: they say that nobody is to look. `data` is where the
    /// client keeps everything.
    ///
    /// # Errors
    /// [`NoUpdates`]: they ask for it, and it can't be done.
    pub fn of(loaded: &Loaded, data: &Path) -> Result<Option<Self>, NoUpdates> {
        let settings = &loaded.settings;
        let channel = settings.update_channel()?;
        let (false, Some(url)) = (channel == Channel::Off, settings.update_url()?) else {
            return Ok(None);
        };
        // A key of the site stands in for the builder's: one of them decides, not either.
        let key = match loaded.update_key()? {
            Some(key) => PublicKey::new(key),
            None => PublicKey::built_in().ok_or(NoUpdates::NoKey)?,
        };
        let http = platen_link::http(&url, settings.proxy()?.as_ref())?;
        let config = Config {
            url,
            key,
            channel,
            directory: data.join(DIRECTORY),
            version: Version::ours(),
            platform: platform_here(),
            kind: kind_here(),
        };
        Ok(Some(Self::new(config, http)?))
    }

    /// Looks by way of `http`, over HTTPS alone.
    ///
    /// # Errors
    /// The computer's certificates can't be read.
    pub fn new(config: Config, http: ClientBuilder) -> Result<Self, reqwest::Error> {
        Ok(Self {
            http: fetch::client(http)?,
            place: Place::new(config.directory.clone()),
            config,
        })
    }

    /// Asks the list, and fetches what it offers this device.
    ///
    /// # Errors
    /// [`CheckError`]; what was ready before stays so.
    ///
    /// # Cancel safety
    /// What was fetched of a file stays for the next time.
    pub async fn check(&self) -> Result<Found, CheckError> {
        let _lock = self.place.lock()?.ok_or(CheckError::Busy)?;
        let mut state = self.state()?;
        let found = self.look(&mut state).await;
        let pause = match &found {
            Err(error) if error.is_temporary() => SOON + part_of(SOON),
            _ => DAY + part_of(SPREAD),
        };
        state.next = Timestamp::now().checked_add(signed(pause)).ok();
        self.place.keep(&state)?;
        found
    }

    async fn look(&self, state: &mut State) -> Result<Found, CheckError> {
        let (bytes, signature) = self.fetch_list().await?;
        let list = self.read(&bytes, &signature)?;
        if list.serial < state.serial {
            return Err(CheckError::Older {
                serial: list.serial,
                seen: state.serial,
            });
        }
        let newest: Vec<Release> = self.offers(&list).collect();
        let mine = newest.iter().find(|release| release.is_for(state.device));
        self.place.keep_list(&bytes, &signature)?;
        state.serial = list.serial;
        // A version that is not offered any more was taken back.
        let kept = mine.map(|release| release.version);
        if state.ready != kept.map(|version| version.to_string()) {
            state.ready = None;
        }
        self.place.keep(state)?;
        self.place.forget_all_but(kept)?;
        let Some(release) = mine else {
            let later = newest.first().map(|release| Found::Later(release.version));
            return Ok(later.unwrap_or(Found::Newest));
        };
        for file in &release.files {
            self.fetch_file(release.version, file).await?;
        }
        state.ready = Some(release.version.to_string());
        Ok(Found::Ready(release.clone()))
    }

    async fn fetch_list(&self) -> Result<(Vec<u8>, Vec<u8>), CheckError> {
        let mut of_signature = self.config.url.clone();
        of_signature.set_path(&format!("{}{SIGNATURE_END}", self.config.url.path()));
        let list = fetch::small(&self.http, &self.config.url, limit::LIST_BYTES).await;
        let list = list.map_err(CheckError::List)?;
        let signature = fetch::small(&self.http, &of_signature, limit::SIGNATURE_BYTES).await;
        Ok((list, signature.map_err(CheckError::List)?))
    }

    /// A list that counts now; nothing of it is looked at before its signature was.
    fn read(&self, bytes: &[u8], signature: &[u8]) -> Result<ReleaseList, CheckError> {
        if !self.config.key.has_signed(bytes, signature) {
            return Err(CheckError::Signature);
        }
        let list = ReleaseList::read(bytes, &self.config.url)?;
        if list.expires < Timestamp::now() {
            return Err(CheckError::Expired(list.expires));
        }
        Ok(list)
    }

    fn offers(&self, list: &ReleaseList) -> impl Iterator<Item = Release> {
        let here = (self.config.platform.as_str(), self.config.kind.name());
        list.newest(self.config.channel, self.config.version, here)
    }

    async fn fetch_file(&self, version: Version, file: &ReleaseFile) -> Result<(), CheckError> {
        let directory = self.place.version(version);
        private::directory(&directory)?;
        let whole = directory.join(&file.name);
        if whole.exists() {
            if is_same(whole.clone(), file.clone()).await? {
                return Ok(());
            }
            fs::remove_file(&whole)?;
        }
        let part = directory.join(format!("{}.part", file.name));
        let begun_before = part.metadata().is_ok_and(|part| part.len() > 0);
        let fetched = self.fetch_part(file, &part).await;
        if begun_before && matches!(fetched, Err(CheckError::Different(_))) {
            // What an earlier attempt left may have been of another file.
            self.fetch_part(file, &part).await?;
        } else {
            fetched?;
        }
        Ok(fs::rename(part, whole)?)
    }

    /// Leaves nothing that is not what the list says.
    async fn fetch_part(&self, file: &ReleaseFile, part: &Path) -> Result<(), CheckError> {
        let fetched = fetch::file(&self.http, file, part).await;
        fetched.map_err(|source| CheckError::File {
            name: file.name.clone(),
            source,
        })?;
        if is_same(part.to_owned(), file.clone()).await? {
            return Ok(());
        }
        fs::remove_file(part)?;
        Err(CheckError::Different(file.name.clone()))
    }

    /// The version whose files are all here, if it is still to be installed. Its files are
    /// not looked at: [`Updater::verified`].
    ///
    /// # Errors
    /// [`CheckError`]: what is kept can't be read, or counts no more.
    pub fn ready(&self) -> Result<Option<Release>, CheckError> {
        let state = self.state()?;
        let Some(version) = state.ready else {
            return Ok(None);
        };
        let Some((bytes, signature)) = self.place.list()? else {
            return Ok(None);
        };
        let list = self.read(&bytes, &signature)?;
        let is_it = |release: &Release| release.version.to_string() == version;
        Ok(self.offers(&list).find(is_it))
    }

    /// The files of what is ready, compared just now with the signed list, in the order in
    /// which they are installed. Blocks while it reads them.
    ///
    /// # Errors
    /// [`CheckError`]: something is missing, or is not what the list says; nothing of it may
    /// be started.
    pub fn verified(&self) -> Result<(Version, Vec<PathBuf>), CheckError> {
        let release = self.ready()?.ok_or(CheckError::NothingReady)?;
        let directory = self.place.version(release.version);
        let mut paths = Vec::new();
        for file in &release.files {
            let path = directory.join(&file.name);
            if !agrees(&path, file).unwrap_or(false) {
                return Err(CheckError::Different(file.name.clone()));
            }
            paths.push(path);
        }
        Ok((release.version, paths))
    }

    /// How long until it is time to ask again; nothing: it is.
    #[must_use]
    pub fn due_in(&self) -> Duration {
        let Ok(mut state) = self.state() else {
            return FIRST;
        };
        let now = Timestamp::now();
        let Some(next) = state.next else {
            let first = part_of(FIRST);
            state.next = now.checked_add(signed(first)).ok();
            if let Ok(Some(_lock)) = self.place.lock() {
                // Drawn anew if it can't be kept.
                let _ = self.place.keep(&state);
            }
            return first;
        };
        let wait = Duration::try_from(next.duration_since(now)).unwrap_or_default();
        // A clock that was set back must not put it off for years.
        if wait > DAY + SPREAD {
            return Duration::ZERO;
        }
        wait
    }

    /// Whether the person is to be told of this version, which is so once.
    #[must_use]
    pub fn is_first_told(&self, version: Version) -> bool {
        let (Ok(Some(_lock)), Ok(mut state)) = (self.place.lock(), self.state()) else {
            return false;
        };
        let version = Some(version.to_string());
        if state.told == version {
            return false;
        }
        state.told = version;
        self.place.keep(&state).is_ok()
    }

    /// The channel that is followed.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.config.channel
    }

    fn state(&self) -> io::Result<State> {
        self.place.state(&self.config.key.name())
    }
}

/// [`agrees`] beside the tasks that have to answer.
async fn is_same(path: PathBuf, file: ReleaseFile) -> io::Result<bool> {
    let compared = tokio::task::spawn_blocking(move || agrees(&path, &file));
    compared.await.map_err(io::Error::other)?
}

/// Whether a file is the user's alone and has what the list says.
fn agrees(path: &Path, wanted: &ReleaseFile) -> io::Result<bool> {
    if !private::is_private(path)? {
        return Ok(false);
    }
    let mut file = File::open(path)?;
    if file.metadata()?.len() != wanted.size {
        return Ok(false);
    }
    let mut hash = Context::new(&SHA256);
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finish().as_ref() == wanted.sha256),
            count => hash.update(&buffer[..count]),
        }
    }
}

/// Some part of a time, by chance.
fn part_of(whole: Duration) -> Duration {
    let (chance, _) = Uuid::new_v4().as_u64_pair();
    // The lowest bits of the first half are chance, not the version's.
    let share = f64::from(u32::try_from(chance >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
    whole.mul_f64(share)
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}
