//! The private PostgreSQL: durable, killable, replicated, and gone with its guard.

#![expect(clippy::unwrap_used, reason = "a test, where a panic is the report")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::Stdio;

use platen_lab::{Postgres, PostgresOptions, Scratch};

fn start(scratch: &Scratch, name: &str) -> Postgres {
    Postgres::start(&scratch.join(name), &PostgresOptions::default()).expect("PostgreSQL starts")
}

/// The id of the System V segment that the server of `directory` holds.
fn segment(directory: &Path) -> String {
    let identity = std::fs::read_to_string(directory.join("data/postmaster.pid")).unwrap();
    let line = identity.lines().nth(6).unwrap();
    line.split_whitespace().nth(1).unwrap().to_owned()
}

fn segment_exists(id: &str) -> bool {
    let table = std::fs::read_to_string("/proc/sysvipc/shm").unwrap();
    table
        .lines()
        .any(|line| line.split_whitespace().nth(1) == Some(id))
}

/// Commits one number a transaction from `first` on, calls `crash` once fifty are acknowledged, and
/// returns the numbers that were.
fn acknowledged_until(server: &mut Postgres, first: u32, crash: fn(&mut Postgres)) -> Vec<u32> {
    let mut psql = server
        .command("psql")
        .unwrap()
        .args(["--no-psqlrc", "--quiet", "-At"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = psql.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        for number in first.. {
            let sql = format!("INSERT INTO kept VALUES ({number}) RETURNING number;\n");
            if input.write_all(sql.as_bytes()).is_err() {
                return;
            }
        }
    });
    let mut acknowledged = Vec::new();
    for line in BufReader::new(psql.stdout.take().unwrap()).lines() {
        acknowledged.push(line.unwrap().parse().unwrap());
        if acknowledged.len() == 50 {
            crash(server);
        }
    }
    writer.join().unwrap();
    psql.wait().unwrap();
    acknowledged
}

fn kept(server: &Postgres) -> Vec<u32> {
    let numbers = server
        .psql("SELECT number FROM kept ORDER BY number")
        .unwrap();
    numbers.lines().map(|line| line.parse().unwrap()).collect()
}

#[test]
fn a_server_is_durable_and_takes_the_settings_it_is_given() {
    let scratch = Scratch::new("lab-pg").unwrap();
    let options = PostgresOptions {
        settings: "deadlock_timeout = 123ms".to_owned(),
        tcp: true,
    };
    let server = Postgres::start(&scratch.join("a"), &options).unwrap();
    server.create_database("ledger").unwrap();
    for (name, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("deadlock_timeout", "123ms"),
        ("listen_addresses", "127.0.0.1"),
    ] {
        let answer = server.psql_in("ledger", &format!("SHOW {name}")).unwrap();
        assert_eq!(answer, value, "{name}");
    }
    assert_eq!(
        server.url("ledger"),
        format!("postgresql://platen@127.0.0.1:{}/ledger", server.port())
    );
    assert!(std::net::TcpStream::connect(("127.0.0.1", server.port())).is_ok());
}

#[test]
fn a_killed_server_keeps_every_acknowledged_commit() {
    let scratch = Scratch::new("lab-pg").unwrap();
    let mut server = start(&scratch, "a");
    server.psql("CREATE TABLE kept (number INTEGER)").unwrap();
    let acknowledged = acknowledged_until(&mut server, 0, |server| server.kill().unwrap());
    assert!(acknowledged.len() >= 50);
    server.restart().unwrap();
    let kept = kept(&server);
    assert!(kept.starts_with(&acknowledged), "{acknowledged:?} {kept:?}");
    server.restart().unwrap();
    assert_eq!(self::kept(&server), kept);
}

#[test]
fn a_promoted_standby_has_every_commit_its_killed_primary_acknowledged() {
    let scratch = Scratch::new("lab-pg").unwrap();
    let mut primary = start(&scratch, "a");
    primary.psql("CREATE TABLE kept (number INTEGER)").unwrap();
    let standby = primary.standby(&scratch.join("b"), "second").unwrap();
    let read_only = standby.psql("INSERT INTO kept VALUES (-1)").unwrap_err();
    assert!(read_only.to_string().contains("read-only"), "{read_only:#}");
    let acknowledged = acknowledged_until(&mut primary, 0, |primary| primary.kill().unwrap());
    assert!(acknowledged.len() >= 50);
    standby.promote().unwrap();
    let kept = kept(&standby);
    assert!(kept.starts_with(&acknowledged), "{acknowledged:?} {kept:?}");
    standby.psql("INSERT INTO kept VALUES (-1)").unwrap();
}

#[test]
fn several_servers_run_at_once_and_nothing_of_them_stays() {
    let scratch = Scratch::new("lab-pg").unwrap();
    let mut first = start(&scratch, "a");
    let second = start(&scratch, "b");
    let segments = [first.directory(), second.directory()].map(segment);
    assert!(segments.iter().all(|id| segment_exists(id)));
    let mut processes = vec![first.process().pid().to_string()];
    let sessions = first.psql("SELECT pid FROM pg_stat_activity").unwrap();
    processes.extend(sessions.lines().map(str::to_owned));
    first.kill().unwrap();
    drop((first, second));
    assert!(!segments.iter().any(|id| segment_exists(id)));
    assert!(processes.len() > 3, "{processes:?}");
    for pid in processes {
        assert!(!Path::new("/proc").join(&pid).join("cwd").exists(), "{pid}");
    }
}
