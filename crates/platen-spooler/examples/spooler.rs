//! The spooler as one user sees it: `spooler watch` (until Enter), `spooler queues`,
//! `spooler jobs`, `spooler fetch JOB NUMBER FILE`.
//!
//! `watch` does on a resync what it asks for: the jobs listed then are shown as
//! those told are.
//!
//! `CUPS_SERVER` names cupsd's socket, `USER` the user whose process this is; on
//! Windows `USERNAME` does, and `QUEUES` names the managed queues, with semicolons
//! between them.

use platen_spooler::{Spooler, SpoolerEvent};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let spooler = connect()?;
    match words[..] {
        ["watch"] => {
            let (tx, mut events) = tokio::sync::mpsc::channel(64);
            let watched = spooler.clone();
            let watcher = tokio::spawn(async move { watched.watch(tx).await });
            let mut asked_to_stop =
                tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
            loop {
                tokio::select! {
                    Some(event) = events.recv() => show(&spooler, &event).await,
                    _ = &mut asked_to_stop => break,
                }
            }
            drop(events);
            watcher.await?;
        }
        ["queues"] => println!("{:#?}", spooler.queues().await?),
        ["jobs"] => println!("{:#?}", spooler.open_jobs().await?),
        ["fetch", job, number, file] => {
            let mut file = tokio::fs::File::create(file).await?;
            let (job, number) = (job.parse()?, number.parse()?);
            println!(
                "{:?}",
                spooler.fetch(job, number, &mut file, 1 << 30).await?
            );
        }
        _ => return Err("usage: spooler watch | queues | jobs | fetch JOB NUMBER FILE".into()),
    }
    Ok(())
}

/// Shows an event, and the jobs with a document that a resync finds.
async fn show(spooler: &Spooler, event: &SpoolerEvent) {
    match event.job_id() {
        Some(id) => println!("Job({id})"),
        None => println!("{event:?}"),
    }
    if *event == SpoolerEvent::Resync {
        // Where the spooler went away again, another resync follows.
        for job in spooler.open_jobs().await.unwrap_or_default() {
            if job.documents > 0 {
                println!("Job({})", job.id);
            }
        }
    }
}

#[cfg(unix)]
fn connect() -> Result<Spooler, std::env::VarError> {
    use platen_spooler::CupsConfig;

    let user = std::env::var("USER")?;
    Ok(Spooler::connect(CupsConfig::from_environment(user)))
}

#[cfg(windows)]
fn connect() -> Result<Spooler, std::env::VarError> {
    use platen_spooler::WinspoolConfig;

    let queues = std::env::var("QUEUES").ok();
    Ok(Spooler::connect(WinspoolConfig {
        user: std::env::var("USERNAME")?,
        queues: queues.map(|names| names.split(';').map(str::to_owned).collect()),
    }))
}
