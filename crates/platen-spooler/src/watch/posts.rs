//! When events are to be fetched: when cupsd posts that there are some.
//!
//! cupsd of macOS posts at most once a second, so that an event is heard about a second
//! late at the most. *Source*: cups, scheduler/main.c, `notify_post`.

use std::{ffi::CStr, time::Duration};

use platen_mac::Posts;

use super::Signal;

/// What is posted: by cupsd, and by the system when the network is another one, as
/// after sleeping. *Source*: notify_keys.h, `kNotifySCNetworkChange`.
const NAMES: [&CStr; 3] = [
    c"com.apple.jobChange",
    c"com.apple.printerListChange",
    NETWORK,
];
const NETWORK: &CStr = c"com.apple.system.config.network_change";

/// How often events are fetched where posts are not heard.
const INTERVAL: Duration = Duration::from_millis(500);

/// When to fetch; none: it can't be heard.
pub(crate) struct Moments(Option<Posts>);

impl Moments {
    /// Listens from now on.
    pub(crate) fn new() -> Self {
        let posts = Posts::of(&NAMES);
        Self(posts.inspect_err(not_heard).ok())
    }

    /// Waits until events are to be fetched, and says what else is to be looked at.
    pub(crate) async fn next(&mut self) -> Option<Signal> {
        let Some(posts) = &mut self.0 else {
            tokio::time::sleep(INTERVAL).await;
            return None;
        };
        match posts.next().await {
            Ok(which) => (NAMES[which] == NETWORK).then_some(Signal::Everything),
            Err(problem) => {
                not_heard(&problem);
                self.0 = None;
                None
            }
        }
    }
}

fn not_heard(problem: &std::io::Error) {
    tracing::warn!(%problem, "the print service's posts are not heard; it is polled");
}
