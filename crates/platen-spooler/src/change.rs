//! Changing how a document will be printed.

use platen_domain::Sides;

/// A change to how a held job will be printed; none means as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FinishingChange {
    /// One-sided or two-sided.
    pub sides: Option<Sides>,
    /// Without colour, or with it.
    pub monochrome: Option<bool>,
    /// How often; at least one.
    pub copies: Option<u32>,
    /// Pages on one side; at least one.
    pub number_up: Option<u32>,
}
