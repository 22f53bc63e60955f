//! A `winspool.drv` that follows a script, for tests under Wine: Wine's own one
//! lists printers, but tells neither of jobs nor of changes.
//!
//! It is our idea of Windows' spooler, written from its documentation. That the
//! client gets on with it proves the client's calls, buffers and threads, not
//! that Windows behaves so.
//!
//! A test hands it over with `platen_perform`; for programs it is the file that
//! `PLATEN_WINSPOOL_SCRIPT` names, which may grow.
//!
//! Every word of a script is separated by a tab from the next:
//!
//! | Line | Meaning |
//! |---|---|
//! | `reset` | no printers, nothing fails, nobody listens |
//! | `printer NAME KEY=VALUE…` | adds or changes a printer: `port`, `status` |
//! | `remove NAME` | removes a printer |
//! | `job PRINTER ID KEY=VALUE…` | adds or changes a job: `user`, `document`, `machine`, `datatype`, `status`, `pages`, `second`, `devmode`, `data` |
//! | `gone PRINTER ID` | removes a job |
//! | `fail CALL CODE` | lets a function fail with a code of Windows, `*` every one |
//! | `lie CALL` | lets the pointers in an answer point elsewhere |
//! | `mend` | lets everything work again |
//!
//! Numbers are decimal; bytes are pairs of hexadecimal digits.
#![cfg(windows)]
#![expect(
    unsafe_code,
    reason = "it is the other side of an interface of pointers"
)]

mod answer;
mod calls;
mod script;
mod state;
