//! How the keeper's session outlives the program: sealed file and keyring.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use super::{Keeper, Trouble};
use crate::keyring_thread::{KeyringTrouble, Reply};
use crate::party::Party;
use crate::session::Record;
use crate::status::{Kept, NotKept, Restored, Status};
use crate::vault::{Key, open};

/// How long a call waits for the keyring: long enough for a desktop that is
/// still starting, short enough not to look stuck behind an unlock prompt.
const KEYRING_TIMEOUT: Duration = Duration::from_secs(5);

impl Keeper {
    pub(super) async fn restore(&mut self) -> Restored {
        if let Some(record) = &self.record {
            return Restored::Person(record.person.clone());
        }
        // Without a file the keyring is left alone: it may ask the person.
        let file = match self.vault.read() {
            Ok(Some(file)) => file,
            Ok(None) => {
                self.publish(Status::SignedOut);
                return Restored::Nothing;
            }
            Err(error) => {
                tracing::warn!(%error, "the sealed session can't be read");
                return self.unreadable();
            }
        };
        let mut key = self.keyring.load();
        match timeout(KEYRING_TIMEOUT, &mut key).await {
            Ok(Ok(Ok(Some(key)))) => self.unseal(key, &file),
            Ok(Ok(Ok(None))) => self.unreadable(),
            Ok(Ok(Err(KeyringTrouble::Missing))) => {
                self.publish(Status::KeyringMissing);
                Restored::KeyringMissing
            }
            Ok(Ok(Err(KeyringTrouble::Locked)) | Err(_)) => {
                self.publish(Status::KeyringLocked);
                Restored::KeyringLocked
            }
            Err(_) => {
                self.late_key = Some(key);
                self.publish(Status::KeyringLocked);
                Restored::KeyringLocked
            }
        }
    }

    /// The keyring has answered after the deadline: the person unlocked it.
    pub(super) fn unlocked(&mut self, key: Result<Option<Key>, KeyringTrouble>) {
        if self.record.is_some() {
            return;
        }
        match (key, self.vault.read()) {
            (Ok(Some(key)), Ok(Some(file))) => {
                self.unseal(key, &file);
            }
            (Ok(_), _) => {
                self.unreadable();
            }
            (Err(KeyringTrouble::Missing), _) => self.publish(Status::KeyringMissing),
            (Err(KeyringTrouble::Locked), _) => self.publish(Status::KeyringLocked),
        }
    }

    fn unseal(&mut self, key: Key, file: &[u8]) -> Restored {
        let record = open(&key, file)
            .ok()
            .and_then(|plain| Record::from_json(&plain));
        let Some(record) = record else {
            return self.unreadable();
        };
        self.key = Some(key);
        if record.issuer != Party::from(&self.config).issuer_text()
            || record.client_id != self.config.client_id
        {
            tracing::info!("the kept session is of another issuer or client");
            self.publish(Status::SignedOut);
            return Restored::Nothing;
        }
        let person = record.person.clone();
        let now = Timestamp::now();
        let fresh = record
            .tokens
            .as_ref()
            .is_some_and(|tokens| tokens.refresh_at() > now);
        self.trouble = (!fresh).then_some(Trouble {
            since: now,
            cause: None,
            tries: 0,
        });
        self.due = record
            .tokens
            .as_ref()
            .map(|tokens| tokens.refresh_at().max(now));
        self.record = Some(record);
        self.kept = Kept::Sealed;
        self.publish_session();
        Restored::Person(person)
    }

    fn unreadable(&mut self) -> Restored {
        tracing::warn!("the kept session does not open; a new sign-in replaces it");
        self.publish(Status::SignedOut);
        Restored::Unreadable
    }

    /// Seals the record, or holds it in memory alone and knows why.
    pub(super) async fn keep(&mut self, record: Record) {
        self.kept = match self.seal(&record).await {
            Ok(()) => Kept::Sealed,
            Err(why) => {
                // What is in the file is older: its refresh token is spent.
                if let Err(error) = self.vault.remove() {
                    tracing::warn!(%error, "an outdated sealed session stays");
                }
                Kept::InMemory(why)
            }
        };
        self.record = Some(record);
    }

    async fn seal(&mut self, record: &Record) -> Result<(), NotKept> {
        let key = match &self.key {
            Some(key) => key.clone(),
            None => self.fetch_key().await?,
        };
        let (vault, record) = (self.vault.clone(), record.clone());
        tokio::task::spawn_blocking(move || vault.write(&key, &record))
            .await
            .map_err(std::io::Error::other)
            .flatten()
            .map_err(|error| {
                tracing::warn!(%error, "the session can't be sealed");
                NotKept::Disk
            })
    }

    async fn fetch_key(&mut self) -> Result<Key, NotKept> {
        // Renewals must not ask the person again and again.
        if self.kept == Kept::InMemory(NotKept::KeyringLocked) {
            return Err(NotKept::KeyringLocked);
        }
        let key = within(self.keyring.load_or_create()).await?;
        self.key = Some(key.clone());
        Ok(key)
    }
}

/// The keyring's answer, or `Locked` if it takes too long.
pub(super) async fn within<T>(reply: Reply<T>) -> Result<T, KeyringTrouble> {
    match timeout(KEYRING_TIMEOUT, reply).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) | Err(_) => Err(KeyringTrouble::Locked),
    }
}
