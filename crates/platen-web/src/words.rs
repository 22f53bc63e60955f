//! Every word that a person reads on a page, in one place and in every
//! language.
//!
//! What the client calls alike is in [`platen_words`]; it is reached as if it were
//! here. Templates and code name a word. A sentence with values has `{0}` and `{1}`
//! where they stand, since word order belongs to the language; the functions in
//! [`sentences`] and beside it fill them in. What differs between one and many
//! is two words.

pub(crate) mod console;
pub(crate) mod devices;
mod domain;
mod english;
mod entry;
mod german;
pub(crate) mod notices;
mod refusals;
mod sentences;
mod uploads;

pub use english::ENGLISH;
pub use entry::EntryWords;
pub use german::GERMAN;

use std::ops::Deref;

use platen_words::Speech;
pub(crate) use platen_words::fill;

use crate::language::Language;

/// Declares the words of a language.
macro_rules! words {
    ($($name:ident,)*) => {
        /// The words of one language.
        #[derive(Debug)]
        #[non_exhaustive]
        pub struct Words {
            /// Which language it is.
            pub tag: Language,
            /// What the client says as well.
            pub speech: &'static Speech,
            $(#[doc = concat!("See `english.rs`: `", stringify!($name), "`.")]
            pub $name: &'static str,)*
        }

        impl Words {
            /// Each word with its name.
            #[cfg(test)]
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)*]
            }
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
    upload,
    console,
    sign_out,
    active_account,
    switch_account,
    close,
    link_lost,
    about,
    about_title,
    about_more,
    in_order,
    not_in_order,
    new_person,
    // Numbers, dates and lists; see sentences
    date_format,
    clock_format,
    date_and_clock,
    today,
    yesterday,
    quoted,
    documents_one,
    documents_many,
    documents_with_points,
    copies_one,
    copies_many,
    sheets_one,
    sheets_many,
    printed_sides_one,
    printed_sides_many,
    sides_one,
    sides_many,
    megabytes,
    // Documents
    documents_title,
    documents_empty_title,
    documents_empty_text,
    documents_empty_text_upload,
    documents_empty_steps_print,
    documents_empty_steps_upload,
    documents_empty_steps_upload_too,
    documents_empty_steps_upload_text,
    documents_empty_steps_price,
    documents_empty_steps_release,
    queues_none,
    queues_one,
    queues_many,
    change_account,
    finishing,
    release,
    release_to,
    delete,
    undo,
    try_again,
    show_receipt,
    price_unknown,
    account_unknown,
    warning_over_limit,
    // Why a document stands where it stands
    reason_declined,
    reason_no_account,
    reason_expired,
    reason_stopped_before,
    reason_stopped_after,
    problem_not_opened,
    problem_empty,
    problem_unknown_format,
    problem_damaged,
    problem_encrypted,
    problem_no_pages,
    problem_too_large,
    problem_limit,
    // What was written down in English; see `stored`
    stored_banner,
    stored_one_gigabyte,
    stored_picture,
    stored_differing,
    stored_copies,
    stored_range,
    stored_no_printer,
    stored_not_as_priced,
    stored_damaged,
    stored_print_away,
    stored_print_failed,
    stored_gate,
    stored_host_gone,
    stored_unknown,
    stored_many_documents,
    stored_not_here,
    stored_changed,
    stored_gate_here,
    // Account dialogs
    switch_title,
    switch_title_set,
    switch_text,
    no_accounts,
    account_is_active,
    account_is_charged,
    account_at_limit,
    also_active,
    change_account_text,
    change_account_text_unpriced,
    not_enough,
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
    short_one_sided,
    short_two_sided,
    short_colour,
    short_mono,
    // Release
    no_printers,
    printer_not_ready,
    printer_ready,
    // Delete
    delete_title,
    delete_text_uncharged,
    delete_text,
    keep,
    select_document,
    delete_selected,
    select_all,
    selected_one,
    selected_many,
    delete_several_title,
    delete_several_text,
    // Upload
    upload_title,
    upload_text,
    upload_drop,
    upload_choose,
    upload_files,
    upload_kinds,
    upload_account,
    upload_account_left,
    upload_start,
    upload_remove,
    upload_waiting,
    upload_sending,
    upload_counting,
    upload_failed,
    upload_ready,
    upload_warning,
    upload_insufficient,
    upload_unreadable,
    upload_none,
    upload_too_many,
    upload_too_large,
    upload_empty,
    upload_broken_off,
    upload_off,
    upload_results,
    upload_again,
    unnamed_file,
    // History and receipts
    history_title,
    history_empty_title,
    history_empty_text,
    history_nothing_found_title,
    history_nothing_found_text,
    history_search,
    history_filters,
    history_account,
    history_state,
    history_since,
    history_until,
    history_sort,
    history_any,
    sort_newest,
    sort_oldest,
    sort_name,
    sort_points,
    search,
    reset,
    page_previous,
    page_next,
    page_range,
    nothing_charged,
    receipt_title,
    receipt_what,
    receipt_sides,
    receipt_rate,
    receipt_points,
    receipt_total,
    receipt_substituted,
    receipt_substituted_other,
    receipt_other_size,
    receipt_both_sides,
    receipt_one_side,
    receipt_side,
    receipt_side_list,
    receipt_and_more,
    receipt_each_copy,
    receipt_times,
    receipt_account,
    receipt_printer,
    receipt_state,
    receipt_reserved,
    receipt_charged,
    receipt_returned,
    receipt_paper,
    receipt_card,
    receipt_card_version,
    // Notifications in the page and beyond it
    toast_ready_text,
    toast_ready_plain,
    toast_warning_text,
    toast_not_printed_text,
    toast_printed_text,
    toast_printed_plain,
    push_title,
    push_text,
    push_turn_on,
    push_turn_off,
    push_on,
    push_off,
    push_denied,
    push_unable,
    push_failed,
    push_bad,
    app_description,
    offline_title,
    offline_text,
    // What was done
    charged_to,
    charged_above_limit,
    saved_price,
    saved_above_limit,
    declined,
    left_one,
    left_many,
    switched,
    released,
    deleted_uncharged,
    deleted,
    deleted_several,
    undeleted,
    undeleted_declined,
    undo_too_late,
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
    went_wrong,
    account_missing,
    printer_missing,
    copies_bad,
    sides_bad,
    colour_bad,
    date_bad,
    problem_title,
    to_documents,
    // What the program can’t do at the moment
    trouble_too_many_at_once,
    trouble_too_many_kept,
    trouble_analyser,
    trouble_no_room,
    trouble_printing,
    trouble_ledger,
    check_accounts,
    check_accounts_fine,
    check_printers,
    check_printers_ready,
    // Why the rules forbid something
    barred_archived,
    barred_disabled,
    barred_not_on_clients,
    barred_not_yet_open,
    barred_expired,
    barred_no_access,
    refused_unknown_document,
    refused_not_yours,
    refused_exists_different,
    refused_changed,
    refused_wrong_state,
    refused_unknown_lease,
    refused_lease_ended,
    refused_no_receipt,
    refused_lease_lasts,
    refused_unknown_device,
    refused_out_of_step,
    refused_accounts_off,
    refused_unknown_account,
    refused_invalid_account,
    refused_name_taken,
    refused_code_taken,
    refused_kind_in_use,
    refused_reason_missing,
    refused_missing,
    refused_shared_pool,
    refused_not_positive,
    refused_unknown_activity,
    refused_no_rate_card,
    refused_too_many_pages,
    refused_insufficient,
    refused_unstorable,
    refused_otherwise,
    refused_too_long,
    refused_not_a_name,
    refused_out_of_range,
    refused_everyones,
    refused_import_ended,
    refused_twice,
    refused_row,
    account_no_name,
    account_bad_name,
    account_bad_code,
    account_negative_limit,
    account_nothing_to_exceed,
    account_ends_before_it_starts,
    account_too_much,
    card_no_name,
    card_bad_name,
    card_same_name,
    card_same_size,
    card_no_size,
    card_negative,
    card_too_many,
}

impl Language {
    /// Everything that pages say in this language.
    #[must_use]
    pub fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}

impl Deref for Words {
    type Target = Speech;

    fn deref(&self) -> &Speech {
        self.speech
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of a word's values, in no order.
    fn places(word: &str) -> Vec<&str> {
        let mut places: Vec<_> = word
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
            .map(|(number, _)| number)
            .collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn every_language_is_complete_and_has_the_same_places() {
        for (english, german) in ENGLISH.all().into_iter().zip(GERMAN.all()) {
            assert_eq!(english.0, german.0);
            assert!(!german.1.trim().is_empty(), "{}", german.0);
            assert_eq!(places(english.1), places(german.1), "{}", german.0);
        }
        for language in Language::ALL {
            assert_eq!(language.words().language, language.tag());
            assert_eq!(language.words().tag, language);
        }
    }

    #[test]
    fn german_is_german() {
        // What is spelt alike in both.
        const ALIKE: &[&str] = &[
            "product",
            "clock_format",
            "date_and_clock",
            "upload_account_left",
            "receipt_times",
            "megabytes",
            "history_state",
            "receipt_state",
        ];
        for ((name, english), (_, german)) in ENGLISH.all().into_iter().zip(GERMAN.all()) {
            let alike = english == german;
            assert_eq!(alike, ALIKE.contains(&name), "{name}: {german}");
        }
    }

    #[test]
    fn client_and_portal_call_the_same_thing_alike() {
        for language in Language::ALL {
            let words = language.words();
            assert_eq!(words.speech.tag, language.tag());
            // Titles in a menu are written with capitals in English.
            for (portal, client) in [
                (words.active_account, words.menu.active_account),
                (words.sign_out, words.menu.sign_out),
                (words.about, words.menu.about),
                (words.change_account, words.notices.change_account),
                (language.entry().sign_in, words.notices.sign_in),
            ] {
                assert_eq!(portal.to_lowercase(), client.to_lowercase());
            }
        }
    }
}
