//! What operations say beforehand, so that rows are loaded in bulk.

use platen_domain::{AccountId, DocumentId, LeaseId, UserId};
use uuid::Uuid;

/// What an operation will need, so that it is there when it runs.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    pub(crate) documents: Vec<DocumentId>,
    /// Documents that most likely do not exist yet.
    pub(crate) new_documents: Vec<DocumentId>,
    /// Parts of documents' contents.
    pub(crate) parts: Vec<(DocumentId, u32)>,
    pub(crate) people: Vec<UserId>,
    pub(crate) leases: Vec<LeaseId>,
    pub(crate) activities: Vec<Uuid>,
    pub(crate) operations: Vec<Uuid>,
    pub(crate) devices: Vec<Uuid>,
    /// Operations of devices by their numbers.
    pub(crate) deliveries: Vec<(Uuid, u64)>,
    /// Sessions and tickets by their digests.
    pub(crate) sessions: Vec<[u8; 32]>,
    pub(crate) tickets: Vec<[u8; 32]>,
    pub(crate) credentials: Vec<Uuid>,
    /// Keys of the site by their names.
    pub(crate) secrets: Vec<String>,
    /// Addresses for push by the digests of their endpoints.
    pub(crate) pushes: Vec<[u8; 32]>,
    /// The balances of a person on an account, or its pool.
    pub(crate) balances: Vec<(AccountId, Option<UserId>)>,
    /// The site's accounts, rates, groups or settings will be changed.
    pub(crate) site: bool,
    /// Activities that will be posted.
    pub(crate) posts: usize,
}
