//! Other programs' credentials, and the site's own keys.

use uuid::Uuid;

use super::table::{Kind, Stored, Table};
use super::value::{Row, Value, check_storable};
use super::{Result, Tx};
use crate::codec;
use crate::credential::Credential;

/// A credential with the SHA-256 of its secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct StoredCredential {
    pub(crate) credential: Credential,
    pub(crate) secret: [u8; 32],
}

impl Stored for StoredCredential {
    type Key = Uuid;

    const TABLE: &'static Table = &Table {
        name: "credential",
        key: 1,
        // One that was revoked must not come back by its being used.
        locked: true,
        columns: &[
            ("id", Kind::Bytes),
            ("name", Kind::Text),
            ("secret", Kind::Bytes),
            ("scopes", Kind::Text),
            ("made_by", Kind::Text),
            ("made_at", Kind::Int),
            ("used_at", Kind::Int),
            ("revoked_at", Kind::Int),
        ],
    };

    fn key_values(key: &Uuid) -> Vec<Value> {
        vec![(*key).into()]
    }

    fn key(&self) -> Uuid {
        self.credential.id
    }

    fn values(&self) -> Result<Vec<Value>> {
        let credential = &self.credential;
        Ok(vec![
            credential.id.into(),
            credential.name.as_str().into(),
            self.secret.into(),
            codec::to_text(&credential.scopes)?.into(),
            credential.made_by.as_str().into(),
            credential.made_at.into(),
            credential.used_at.into(),
            credential.revoked_at.into(),
        ])
    }

    fn read(row: &mut Row) -> Result<Self> {
        let (id, name, secret) = (row.id()?, row.text()?, row.bytes()?);
        let scopes: Vec<String> = codec::from_text(&row.text()?)?;
        let credential = Credential {
            id,
            name,
            scopes,
            made_by: row.text()?,
            made_at: row.time()?,
            used_at: row.optional_time()?,
            revoked_at: row.optional_time()?,
        };
        Ok(Self { credential, secret })
    }
}

/// A key of the site by its name.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SiteSecret {
    name: String,
    value: Vec<u8>,
}

impl Stored for SiteSecret {
    type Key = String;

    const TABLE: &'static Table = &Table {
        name: "secret",
        key: 1,
        // It is never changed: who makes it second finds the first.
        locked: false,
        columns: &[("name", Kind::Text), ("value", Kind::Bytes)],
    };

    fn key_values(key: &String) -> Vec<Value> {
        vec![key.into()]
    }

    fn key(&self) -> String {
        self.name.clone()
    }

    fn values(&self) -> Result<Vec<Value>> {
        let value = Value::Bytes(self.value.clone());
        Ok(vec![self.name.as_str().into(), value])
    }

    fn read(row: &mut Row) -> Result<Self> {
        Ok(Self {
            name: row.text()?,
            value: row.blob()?,
        })
    }
}

impl Tx<'_> {
    pub(crate) fn credential(&self, id: Uuid) -> Result<Option<StoredCredential>> {
        let stored = self.row(|set| &mut set.credentials, &id)?;
        Ok(stored.map(|stored| (*stored).clone()))
    }

    pub(crate) fn put_credential(&self, stored: StoredCredential) -> Result<()> {
        let credential = &stored.credential;
        check_storable([Some(credential.name.as_str()), Some(&credential.made_by)])?;
        check_storable(credential.scopes.iter().map(|scope| Some(scope.as_str())))?;
        self.set().credentials.put(stored);
        Ok(())
    }

    /// All credentials, the newest first.
    pub(crate) fn credentials(&self) -> Result<Vec<Credential>> {
        let stored: Vec<StoredCredential> = self.list("ORDER BY made_at DESC, id DESC", &[])?;
        Ok(stored.into_iter().map(|stored| stored.credential).collect())
    }

    /// A key of the site; `fresh` where there is none yet.
    pub(crate) fn site_secret(&self, name: &str, fresh: Option<&[u8]>) -> Result<Option<Vec<u8>>> {
        let stored = self.row(|set| &mut set.secrets, &name.to_owned())?;
        if let (None, Some(fresh)) = (&stored, fresh) {
            check_storable([Some(name)])?;
            let (name, value) = (name.to_owned(), fresh.to_vec());
            self.set().secrets.put(SiteSecret { name, value });
            return Ok(Some(fresh.to_vec()));
        }
        Ok(stored.map(|stored| stored.value.clone()))
    }
}
