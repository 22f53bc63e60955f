//! The spooler as one user sees it: `spooler watch` (until Enter), `spooler queues`,
//! `spooler jobs`, `spooler fetch JOB NUMBER FILE`.
//!
//! `CUPS_SERVER` names cupsd's socket, `USER` the user whose process this is.

use platen_spooler::{Cups, CupsConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let cups = Cups::connect(CupsConfig::from_environment(std::env::var("USER")?));
    match words[..] {
        ["watch"] => {
            let (tx, mut events) = tokio::sync::mpsc::channel(64);
            let watcher = tokio::spawn(async move { cups.watch(tx).await });
            let mut asked_to_stop =
                tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
            loop {
                tokio::select! {
                    Some(event) = events.recv() => match event.job_id() {
                        Some(id) => println!("Job({id})"),
                        None => println!("{event:?}"),
                    },
                    _ = &mut asked_to_stop => break,
                }
            }
            drop(events);
            watcher.await?;
        }
        ["queues"] => println!("{:#?}", cups.queues().await?),
        ["jobs"] => println!("{:#?}", cups.open_jobs().await?),
        ["fetch", job, number, file] => {
            let mut file = tokio::fs::File::create(file).await?;
            let (job, number) = (job.parse()?, number.parse()?);
            println!("{:?}", cups.fetch(job, number, &mut file, 1 << 30).await?);
        }
        _ => return Err("usage: spooler watch | queues | jobs | fetch JOB NUMBER FILE".into()),
    }
    Ok(())
}
