//! The rate card. *Source*: rules.md.

use platen_domain::RateCard;

use super::asking::Asking;
use super::asks::{self, RateCardAsk};
use super::problem::Problem;
use super::reply::Reply;
use super::shapes::RateCardBody;

fn shown(card: Option<&RateCard>) -> Result<Reply, Problem> {
    Reply::showing(&RateCardBody::new(card), version(card))
}

fn version(card: Option<&RateCard>) -> u64 {
    card.map_or(0, |card| card.version)
}

/// Shows the rate card in force.
#[utoipa::path(
    get, path = "/{customer-id}/rate-card", operation_id = "getRateCard", tag = "Rate card",
    responses((
        status = 200, description = "The rate card.", body = RateCardBody,
        headers(("ETag" = String, description = "Its version.")),
    )),
)]
pub(super) async fn show(asking: Asking) -> Result<Reply, Problem> {
    asking.no_query()?;
    shown(asking.central.ledger.rate_card().await?.as_ref())
}

/// Replaces the rate card.
///
/// It prices what is submitted from now on; what was priced before stays as it is.
#[utoipa::path(
    put, path = "/{customer-id}/rate-card", operation_id = "setRateCard", tag = "Rate card",
    request_body = RateCardAsk,
    responses((
        status = 200, description = "The rate card as it is stored.", body = RateCardBody,
        headers(("ETag" = String, description = "Its new version.")),
    )),
)]
pub(super) async fn replace(asking: Asking) -> Result<Reply, Problem> {
    asking.no_query()?;
    let spec = asks::rate_card(&asking.json()?)?;
    let stored = asking.central.ledger.rate_card().await?;
    let seen = asking.check_version(version(stored.as_ref()))?;
    let card = asking
        .desk()
        .put_card(spec, seen, asking.central.now())
        .await?;
    shown(Some(&card))
}
