//! The Accounts API for other programs. *Source*: rules.md R-32.

use std::sync::Arc;

use axum::Router;

use crate::central::Central;

/// Its routes.
pub(crate) fn routes() -> Router<Arc<Central>> {
    Router::new()
}
