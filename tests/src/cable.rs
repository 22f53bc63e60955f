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
    /// Answers everything in the server's place.
    refusal: watch::Sender<Option<String>>,
    passed: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
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
        let refused = Arc::new(AtomicUsize::new(0));
        let (whole, state) = watch::channel(true);
        let (refusal, refuses) = watch::channel(None);
        let counters = (passed.clone(), refused.clone());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut state = state.clone();
                let (passed, refused) = counters.clone();
                let refusal: Option<String> = refuses.borrow().clone();
                // What goes through it breaks with it.
                tokio::spawn(async move {
                    tokio::select! {
                        biased;
                        _ = state.wait_for(|whole| !*whole) => {}
                        () = async {
                            match refusal {
                                Some(answer) => drop(refuse(client, &answer, &refused).await),
                                None => drop(pass(client, &passed).await),
                            }
                        } => {}
                    }
                });
            }
        });
        Ok(Self {
            port,
            whole,
            refusal,
            passed,
            refused,
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

    /// How many requests were answered in the server's place.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }

    /// From now on every new request is answered so in the server's place, as a gateway does; none:
    /// they get through. `answer`: a status line and further headers, without the last line's end.
    pub fn refuse(&self, answer: Option<&str>) {
        self.refusal.send_replace(answer.map(str::to_owned));
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

async fn refuse(mut client: TcpStream, answer: &str, counter: &AtomicUsize) -> Option<()> {
    read_head(&mut client).await?;
    counter.fetch_add(1, Ordering::SeqCst);
    let answer = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    client.write_all(answer.as_bytes()).await.ok()?;
    client.shutdown().await.ok()?;
    // Whoever still sends is heard out, so that he reads the answer.
    let mut rest = [0; 4096];
    while client.read(&mut rest).await.ok()? > 0 {}
    Some(())
}

/// One request for each connection. *Source*: RFC 9112, section 3.2.2 (absolute-form).
async fn pass(mut client: TcpStream, counter: &AtomicUsize) -> Option<()> {
    let head = read_head(&mut client).await?;
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

/// What comes up to the end of the headers, and what came with it.
async fn read_head(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut part = [0; 4096];
        let read = client.read(&mut part).await.ok().filter(|read| *read > 0)?;
        head.extend_from_slice(&part[..read]);
    }
    Some(head)
}
