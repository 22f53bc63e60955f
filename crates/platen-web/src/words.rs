//! Every word that a person reads on a page, in one place, so that a second
//! language is a second [`Words`].
//!
//! Templates and code name a word; sentences with values in them are functions
//! here, since word order belongs to the language.

mod english;
mod entry;
mod sentences;

pub use english::ENGLISH;
pub use entry::EntryWords;

/// Declares the fixed words of a language.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The fixed words of one language.
        #[derive(Debug)]
        #[non_exhaustive]
        pub struct Words {
            $($(#[$doc])* #[doc = concat!("See `english.rs`: `", stringify!($name), "`.")]
            pub $name: &'static str,)*
        }
    };
}

words! {
    // The frame
    language,
    product,
    skip_to_content,
    navigation,
    documents,
    history,
    active_account,
    switch_account,
    close,
    link_lost,
    about,
    about_title,
    about_more,
    in_order,
    not_in_order,
    // Documents
    documents_title,
    documents_empty_title,
    documents_empty_text,
    documents_empty_steps_print,
    documents_empty_steps_price,
    documents_empty_steps_release,
    change_account,
    finishing,
    release,
    release_to,
    delete,
    try_again,
    show_receipt,
    price_unknown,
    account_unknown,
    // Account dialogs
    switch_title,
    switch_text,
    no_accounts,
    account_is_active,
    account_is_charged,
    account_at_limit,
    also_active,
    // Finishing
    copies,
    sides,
    one_sided,
    two_sided_long,
    two_sided_short,
    colour,
    in_colour,
    black_and_white,
    done,
    // Release
    no_printers,
    printer_not_ready,
    printer_ready,
    // Delete
    delete_text,
    delete_text_uncharged,
    keep,
    // History and receipts
    history_title,
    history_empty_title,
    history_empty_text,
    older,
    newest,
    nothing_charged,
    receipt_title,
    receipt_what,
    receipt_sides,
    receipt_rate,
    receipt_points,
    receipt_total,
    receipt_substituted,
    receipt_account,
    receipt_printer,
    receipt_state,
    receipt_reserved,
    receipt_charged,
    receipt_returned,
    // What was done
    deleted,
    deleted_uncharged,
    retrying,
    // What went wrong
    not_found,
    document_gone,
    account_fixed,
    finishing_fixed,
    foreign_request,
    no_session,
    link_used,
    page_unknown,
    method_unknown,
    form_unreadable,
    account_missing,
    printer_missing,
    copies_bad,
    sides_bad,
    colour_bad,
    problem_title,
    to_documents,
}
