//! The administrators' console. *Source*: rules.md R-33.

use std::sync::Arc;

use axum::Router;

use crate::central::Central;

/// Its routes.
pub(crate) fn routes() -> Router<Arc<Central>> {
    Router::new()
}
