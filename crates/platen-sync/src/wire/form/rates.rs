//! What a rate card looks like in JSON.

use platen_domain::{Points, PrintRates, RateCard, RateRow, Size};
use serde::{Deserialize, Serialize};

use super::{SizeForm, Wire};

#[derive(Serialize, Deserialize)]
pub(crate) struct RatesForm {
    mono_simplex: String,
    mono_duplex: String,
    colour_simplex: String,
    colour_duplex: String,
}

impl Wire for PrintRates {
    type Form = RatesForm;

    fn form(&self) -> RatesForm {
        RatesForm {
            mono_simplex: self.mono_simplex.form(),
            mono_duplex: self.mono_duplex.form(),
            colour_simplex: self.colour_simplex.form(),
            colour_duplex: self.colour_duplex.form(),
        }
    }

    fn read(form: RatesForm) -> Result<Self, String> {
        Ok(Self {
            mono_simplex: Points::read(form.mono_simplex)?,
            mono_duplex: Points::read(form.mono_duplex)?,
            colour_simplex: Points::read(form.colour_simplex)?,
            colour_duplex: Points::read(form.colour_duplex)?,
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct RowForm {
    name: String,
    size: SizeForm,
    print: RatesForm,
    copy: RatesForm,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct CardForm {
    version: u64,
    rows: Vec<RowForm>,
    other_print: RatesForm,
    other_copy: RatesForm,
}

impl Wire for RateRow {
    type Form = RowForm;

    fn form(&self) -> RowForm {
        RowForm {
            name: self.name.clone(),
            size: self.size.form(),
            print: self.print.form(),
            copy: self.copy.form(),
        }
    }

    fn read(form: RowForm) -> Result<Self, String> {
        Ok(Self {
            name: form.name,
            size: Size::read(form.size)?,
            print: PrintRates::read(form.print)?,
            copy: PrintRates::read(form.copy)?,
        })
    }
}

impl Wire for RateCard {
    type Form = CardForm;

    fn form(&self) -> CardForm {
        CardForm {
            version: self.version,
            rows: self.rows.form(),
            other_print: self.other_print.form(),
            other_copy: self.other_copy.form(),
        }
    }

    fn read(form: CardForm) -> Result<Self, String> {
        Ok(Self {
            version: form.version,
            rows: Wire::read(form.rows)?,
            other_print: PrintRates::read(form.other_print)?,
            other_copy: PrintRates::read(form.other_copy)?,
        })
    }
}
