//! Serves the portal with sample data: `cargo run -p platen-web --example
//! gallery -- [full|empty|trouble|many|central|central-empty]` prints links that let in once each.

mod content;
mod sample;

use std::io::{self, BufRead as _, Write as _};
use std::sync::Arc;

use platen_web::{Entrance, router};
use sample::SamplePortal;

#[tokio::main]
async fn main() -> io::Result<()> {
    let which = std::env::args().nth(1).unwrap_or_else(|| "full".into());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let host = listener.local_addr()?.to_string();
    let entrance = Arc::new(Entrance::new());
    let portal = Arc::new(SamplePortal::new(content::named(&which)));
    let app = router(portal.clone(), entrance.clone(), host.clone());

    // A path on standard input, `/history`, is answered with a link to it;
    // `print NAME` submits a document, so that open pages are seen to follow.
    std::thread::spawn(move || {
        let mut out = io::stdout();
        for target in std::iter::once(Ok("/".into())).chain(io::stdin().lock().lines()) {
            let Ok(target) = target else { return };
            if let Some(name) = target.strip_prefix("print ") {
                portal.change(|content| content::submit(content, name));
                continue;
            }
            let link = entrance.mint(&target);
            if writeln!(out, "http://{host}{link}").is_err() || out.flush().is_err() {
                return;
            }
        }
    });
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            if let Err(error) = tokio::signal::ctrl_c().await {
                eprintln!("no Ctrl-C on this system: {error}");
            }
        })
        .await
}
