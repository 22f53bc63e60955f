//! English.

use super::Words;

/// English: plain and friendly, told to one person.
pub static ENGLISH: Words = Words {
    language: "en",
    product: "Platen",
    skip_to_content: "Skip to content",
    navigation: "Pages",
    documents: "Documents",
    history: "History",
    active_account: "Active account",
    switch_account: "Switch account",
    close: "Close",
    link_lost: "Platen is not answering. This page follows again as soon as it does; if it \
                stays like this, open the portal again from the Platen icon.",
    about: "About & diagnostics",
    about_title: "About & diagnostics",
    about_more: "An administrator finds out more with “platenctl doctor”.",
    in_order: "In order",
    not_in_order: "Look at this",

    documents_title: "Your documents",
    documents_empty_title: "Nothing is waiting",
    documents_empty_text: "Documents that you print to a secure queue wait here until you want them.",
    documents_empty_steps_print: "Print from any program as you always do",
    documents_empty_steps_price: "See here what it costs, and change account or finishing if you like",
    documents_empty_steps_release: "Release it to the printer that you stand at",
    change_account: "Change account",
    finishing: "Finishing options",
    release: "Release",
    release_to: "Release to a printer",
    delete: "Delete",
    try_again: "Try again",
    show_receipt: "How the price came about",
    price_unknown: "Counting pages",
    account_unknown: "No account yet",

    switch_title: "Active account",
    switch_text: "New documents are charged to the account that you choose. Documents that are \
                  already in your list stay where they are.",
    no_accounts: "You have no account to print on. Please ask whoever looks after printing here \
                  to give you one.",
    account_is_active: "Active",
    account_is_charged: "Charged now",
    account_at_limit: "This account has reached its limit.",
    also_active: "Use it for new documents too",

    copies: "Copies",
    sides: "Sides",
    one_sided: "One-sided",
    two_sided_long: "Two-sided, flip on the long edge",
    two_sided_short: "Two-sided, flip on the short edge",
    colour: "Colour",
    in_colour: "In colour where the pages have it",
    black_and_white: "Black and white",
    done: "Done",

    no_printers: "There is no printer to release to. Please ask whoever looks after printing here.",
    printer_not_ready: "Not ready",
    printer_ready: "Ready",

    delete_text_uncharged: "It is removed without being printed. Nothing was charged for it.",
    delete_text: "It is removed without being printed, and its points go back to your account.",
    keep: "Keep it",

    history_title: "History",
    history_empty_title: "Nothing here yet",
    history_empty_text: "Documents that were printed, deleted or expired are listed here, with a \
                         receipt for what each of them cost.",
    older: "Older",
    newest: "Newest",
    nothing_charged: "Nothing charged",
    receipt_title: "Receipt",
    receipt_what: "What",
    receipt_sides: "Printed sides",
    receipt_rate: "Points per side",
    receipt_points: "Points",
    receipt_total: "Total",
    receipt_substituted: "The paper’s own size has no price of its own, so it is charged as this one.",
    receipt_account: "Account",
    receipt_printer: "Printer",
    receipt_state: "Status",
    receipt_reserved: "Set aside before printing",
    receipt_charged: "Charged",
    receipt_returned: "Returned to your account",

    deleted_uncharged: "Deleted.",
    deleted: "Deleted. Its points are back on your account.",
    retrying: "Platen reads the document again.",

    not_found: "That is not here any more. It may have been printed, deleted or changed in the meantime.",
    document_gone: "That document is not in your list any more. If it was printed, deleted or \
                    expired, you find it in the history.",
    account_fixed: "The account of that document can’t be changed any more.",
    finishing_fixed: "The finishing options of that document can’t be changed now.",
    foreign_request: "This request did not come from Platen’s own pages, so nothing was done. \
                      Open the portal from the Platen icon.",
    no_session: "You are not signed in to this portal, or its time is over. Open it again from \
                 the Platen icon.",
    link_used: "This link has been used already or is too old. Open the portal again from the \
                Platen icon.",
    page_unknown: "There is no such page.",
    method_unknown: "That can’t be done here.",
    form_unreadable: "What was sent could not be read, so nothing was done. Please try again.",
    account_missing: "Please choose one of your accounts.",
    printer_missing: "Please choose one of the printers.",
    copies_bad: "Copies must be a whole number from 1 to 9999.",
    sides_bad: "Please choose one-sided or two-sided.",
    colour_bad: "Please choose colour or black and white.",
    problem_title: "That didn’t work",
    to_documents: "To your documents",
};
