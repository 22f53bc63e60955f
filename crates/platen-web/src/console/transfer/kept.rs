//! A file between its preview and the yes: kept in the ledger, so that any server
//! of the site can go on with it. What nobody comes back for is cleared away
//! after a day.

use platen_domain::{DocumentId, UserId};
use platen_ledger::{Ledger, LedgerError};
use uuid::Uuid;

use super::super::stop::Stop;
use super::Kind;
use crate::central::Central;

/// What a preview's secret stands for.
pub(super) struct Preview {
    pub(super) kind: Kind,
    pub(super) person: UserId,
    pub(super) file: DocumentId,
}

impl Preview {
    pub(super) fn written(&self) -> String {
        format!("{}\n{}\n{}", self.kind.name(), self.file.0, self.person)
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once('\n')?;
        let (file, person) = rest.split_once('\n')?;
        Some(Self {
            kind: Kind::read(kind)?,
            person: UserId::new(person),
            file: DocumentId(Uuid::try_parse(file).ok()?),
        })
    }
}

/// Keeps a file.
pub(super) async fn put(central: &Central, text: String) -> Result<DocumentId, LedgerError> {
    let file = DocumentId(Uuid::new_v4());
    for (number, part) in (0..).zip(text.as_bytes().chunks(Ledger::CONTENT_PART)) {
        let bytes = part.to_vec();
        central
            .ledger
            .put_content(file, number, bytes, central.now())
            .await?;
    }
    Ok(file)
}

/// Gives a file back that was kept, and keeps it no longer.
///
/// *Errors*: it was cleared away.
pub(super) async fn take(central: &Central, file: DocumentId) -> Result<String, Stop> {
    let mut bytes = Vec::new();
    let mut number = 0;
    while let Some(part) = central.ledger.content(file, number).await? {
        bytes.extend(part);
        number += 1;
    }
    central.ledger.drop_content(file).await?;
    String::from_utf8(bytes).map_err(|_| Stop::Unreadable)
}
