//! A way to a server that can be cut and mended: a forward proxy for plain HTTP.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Result;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The proxy; it ends with the runtime.
#[derive(Debug)]
pub struct Cable {
    port: u16,
    whole: watch::Sender<bool>,
    passed: Arc<AtomicUsize>,
}

impl Cable {
    /// Lays it; it is whole.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn lay() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let passed = Arc::new(AtomicUsize::new(0));
        let (whole, state) = watch::channel(true);
        let counter = passed.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (mut state, counter) = (state.clone(), counter.clone());
                // What goes through it breaks with it.
                tokio::spawn(async move {
                    tokio::select! {
                        biased;
                        _ = state.wait_for(|whole| !*whole) => {}
                        _ = pass(client, &counter) => {}
                    }
                });
            }
        });
        Ok(Self {
            port,
            whole,
            passed,
        })
    }

    /// Its address, as clients are told of it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many requests went through it.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }

    /// Cuts it: what is under way breaks, and nothing gets through.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Mends it.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }
}

/// One request for each connection. *Source*: RFC 9112, section 3.2.2 (absolute-form).
async fn pass(mut client: TcpStream, counter: &AtomicUsize) -> Option<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 4096];
        let read = client.read(&mut part).await.ok().filter(|read| *read > 0)?;
        head.extend_from_slice(&part[..read]);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let (line, rest) = text.split_once("\r\n")?;
    let (method, address) = line.split_once(" http://")?;
    let (host, path) = address.split_once('/')?;
    let mut server = TcpStream::connect(host).await.ok()?;
    let asked = format!("{method} /{path}\r\nConnection: close\r\n{rest}");
    server.write_all(asked.as_bytes()).await.ok()?;
    counter.fetch_add(1, Ordering::SeqCst);
    tokio::io::copy_bidirectional(&mut client, &mut server)
        .await
        .ok()?;
    Some(())
}
