//! Accounts and balances on the embedded ledger.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use platen_domain::{Access, Account, AccountId, Kind, Points, UserId};
use platen_ledger::{Activity, ActivityFilter, Adjustment, BalanceRow, Change, Ledger, Site};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client;
use crate::client::{runtime, user_name};
use crate::table::table;

/// Look after accounts, balances and the ledger.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Where the ledger is; default: where the client keeps it
    #[arg(long, global = true, value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put a site file in force: accounts, rates, groups, settings
    Load {
        /// A TOML file
        file: PathBuf,
    },
    /// List the accounts
    List {
        /// Show archived accounts as well
        #[arg(long)]
        archived: bool,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Show one account with its balances
    Show {
        /// The account's code
        code: String,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Make an account
    Add(Add),
    /// Take an account out of every list; its history stays
    Archive {
        /// The account's code
        code: String,
    },
    /// Bring an archived account back
    Restore {
        /// The account's code
        code: String,
    },
    /// Decrease the points used (refund)
    Credit(Adjust),
    /// Increase the points used
    Debit(Adjust),
    /// Set the points used; documents that wait are not counted
    Set(Adjust),
    /// List what was charged and changed, newest first
    Activities {
        /// Of this account only
        #[arg(long, value_name = "CODE")]
        account: Option<String>,
        /// Of this person only
        #[arg(long)]
        user: Option<String>,
        /// How many
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Recompute every balance and check that nothing was altered
    Verify,
}

#[derive(Args, Debug)]
struct Add {
    /// Unique, for administrators and programs
    code: String,
    /// Shown to users; default: the code
    #[arg(long)]
    name: Option<String>,
    /// One pool for all, instead of an allocation for each user
    #[arg(long)]
    shared: bool,
    /// Points; default: unlimited
    #[arg(long)]
    limit: Option<Points>,
    /// How far the limit may be exceeded
    #[arg(long, requires = "limit", default_value = "0")]
    exceed_by: Points,
    /// First day of use, such as 2026-09-01
    #[arg(long)]
    start: Option<Date>,
    /// Last day of use
    #[arg(long)]
    expiry: Option<Date>,
    /// Only for this group; may be given several times
    #[arg(long = "group")]
    groups: Vec<String>,
    /// Only for this user; may be given several times
    #[arg(long = "for-user")]
    users: Vec<String>,
}

#[derive(Args, Debug)]
struct Adjust {
    /// The account's code
    code: String,
    /// How many points
    points: Points,
    /// Why; it is kept with the change
    #[arg(long)]
    reason: String,
    /// Whose balance, by login; not for a shared account
    #[arg(long)]
    user: Option<String>,
}

pub(crate) fn run(arguments: Arguments) -> Result<()> {
    let directory = match arguments.data_dir {
        Some(directory) => directory,
        None => client::data_directory(&client::load()?)?,
    };
    if matches!(arguments.command, Command::Load { .. } | Command::Add(_)) {
        fs::create_dir_all(&directory).context("the ledger's folder cannot be made")?;
    }
    let path = directory.join("ledger.sqlite");
    ensure!(
        path.exists() || directory_is_to_be_filled(&arguments.command),
        "there is no ledger in {}; load a site file first: platenctl accounts load FILE",
        directory.display()
    );
    runtime()?.block_on(async {
        let ledger = Ledger::open(&path)?;
        execute(&ledger, arguments.command).await
    })
}

const fn directory_is_to_be_filled(command: &Command) -> bool {
    matches!(command, Command::Load { .. } | Command::Add(_))
}

async fn execute(ledger: &Ledger, command: Command) -> Result<()> {
    match command {
        Command::Load { file } => load(ledger, &file).await,
        Command::List { archived, json } => list(ledger, archived, json).await,
        Command::Show { code, json } => show(ledger, &code, json).await,
        Command::Add(add) => self::add(ledger, add).await,
        Command::Archive { code } => {
            let account = find(ledger, &code).await?;
            ledger.archive_account(account.id).await?;
            println!("{} is archived.", account.name);
            Ok(())
        }
        Command::Restore { code } => {
            let account = find(ledger, &code).await?;
            ledger.restore_account(account.id).await?;
            println!("{} is back.", account.name);
            Ok(())
        }
        Command::Credit(it) => adjust(ledger, &it, Change::Credit(it.points)).await,
        Command::Debit(it) => adjust(ledger, &it, Change::Debit(it.points)).await,
        Command::Set(it) => adjust(ledger, &it, Change::SetTo(it.points)).await,
        Command::Activities {
            account,
            user,
            limit,
            json,
        } => activities(ledger, account, user, limit, json).await,
        Command::Verify => crate::ledger::verify(ledger).await,
    }
}

async fn load(ledger: &Ledger, file: &PathBuf) -> Result<()> {
    let text =
        fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let site = Site::from_toml(&text).with_context(|| file.display().to_string())?;
    let summary = ledger.load_site(site).await?;
    println!(
        "{} accounts are new, {} changed, {} were already so; rate card {}{}.",
        summary.created.len(),
        summary.updated.len(),
        summary.unchanged.len(),
        summary.card_version,
        if summary.card_changed { " is new" } else { "" },
    );
    if !summary.not_in_file.is_empty() {
        println!(
            "Not in the file, and kept: {}.",
            summary.not_in_file.join(", ")
        );
    }
    Ok(())
}

pub(crate) async fn find(ledger: &Ledger, code: &str) -> Result<Account> {
    ledger
        .account_by_code(code)
        .await?
        .with_context(|| format!("there is no account with the code {code}"))
}

async fn list(ledger: &Ledger, archived: bool, json: bool) -> Result<()> {
    let accounts: Vec<_> = ledger
        .accounts()
        .await?
        .into_iter()
        .filter(|account| archived || !account.archived)
        .collect();
    if json {
        let list: Vec<_> = accounts.iter().map(describe).collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(());
    }
    let rows: Vec<_> = accounts
        .iter()
        .map(|account| {
            vec![
                account.code.clone(),
                account.name.clone(),
                kind(account).into(),
                account
                    .limit
                    .map_or("none".into(), |limit| limit.to_string()),
                account.exceed_by.to_string(),
                status(account).into(),
            ]
        })
        .collect();
    let heading = ["CODE", "NAME", "KIND", "LIMIT", "EXCEED BY", "STATUS"];
    print!("{}", table(&heading, &rows));
    Ok(())
}

async fn show(ledger: &Ledger, code: &str, json: bool) -> Result<()> {
    let account = find(ledger, code).await?;
    let balances = ledger.balances(Some(account.id)).await?;
    if json {
        let mut described = describe(&account);
        described["balances"] = balances
            .iter()
            .map(|row| {
                json!({
                    "user": holder(row),
                    "posted": row.balance.posted.to_string(),
                    "pending": row.balance.pending.to_string(),
                })
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&described)?);
        return Ok(());
    }
    println!(
        "{} ({}), {}, {}",
        account.name,
        account.code,
        kind(&account),
        status(&account)
    );
    let rows = balances
        .iter()
        .map(|row| {
            Ok(vec![
                holder(row),
                row.balance.posted.to_string(),
                row.balance.pending.to_string(),
                row.balance.text(&account)?,
            ])
        })
        .collect::<Result<Vec<_>>>()?;
    print!(
        "{}",
        table(&["USER", "PRINTED", "WAITING", "BALANCE"], &rows)
    );
    Ok(())
}

async fn add(ledger: &Ledger, add: Add) -> Result<()> {
    ensure!(
        ledger.account_by_code(&add.code).await?.is_none(),
        "there is an account with the code {} already",
        add.code
    );
    let everyone = add.groups.is_empty() && add.users.is_empty();
    let account = Account {
        id: AccountId(Uuid::now_v7()),
        name: add.name.unwrap_or_else(|| add.code.clone()),
        code: add.code,
        enabled: true,
        start: add.start,
        expiry: add.expiry,
        kind: if add.shared {
            Kind::Shared
        } else {
            Kind::Individual
        },
        limit: add.limit,
        exceed_by: add.exceed_by,
        access: if everyone {
            Access::Everyone
        } else {
            Access::Only {
                groups: add.groups.into_iter().collect(),
                users: add.users.into_iter().collect(),
            }
        },
        on_clients: true,
        archived: false,
        version: 0,
    };
    let account = ledger.save_account(account).await?;
    println!("{} is made.", account.name);
    Ok(())
}

async fn adjust(ledger: &Ledger, asked: &Adjust, change: Change) -> Result<()> {
    let account = find(ledger, &asked.code).await?;
    let user = match &asked.user {
        Some(user) => Some(person(ledger, user).await?),
        None => None,
    };
    let adjustment = Adjustment {
        account: account.id,
        user,
        change,
        reason: asked.reason.clone(),
        by: format!("local#{}", user_name()),
        corrects: None,
    };
    let done = ledger
        .adjust(Uuid::now_v7(), adjustment, Timestamp::now())
        .await?;
    println!("{}: {}.", account.name, done.balance.text(&account)?);
    Ok(())
}

/// A person by login or identifier; one who never printed is a user of this computer.
pub(crate) async fn person(ledger: &Ledger, name: &str) -> Result<UserId> {
    let mut found = ledger
        .people()
        .await?
        .into_iter()
        .filter(|person| person.login == name || person.id.as_str() == name);
    match (found.next(), found.next()) {
        (Some(person), None) => Ok(person.id),
        (Some(_), Some(_)) => bail!("several people have the login {name}; name one by identifier"),
        (None, _) if name.contains('#') => Ok(UserId::new(name)),
        (None, _) => Ok(UserId::local(name)),
    }
}

async fn activities(
    ledger: &Ledger,
    account: Option<String>,
    user: Option<String>,
    limit: u32,
    json: bool,
) -> Result<()> {
    let account = match account {
        Some(code) => Some(find(ledger, &code).await?.id),
        None => None,
    };
    let user = match user {
        Some(name) => Some(person(ledger, &name).await?),
        None => None,
    };
    let found = ledger
        .activities(ActivityFilter {
            account,
            user,
            before: None,
            limit,
        })
        .await?;
    let accounts = ledger.accounts().await?;
    let code = |activity: &Activity| {
        accounts
            .iter()
            .find(|account| account.id == activity.account)
            .map_or_else(String::new, |account| account.code.clone())
    };
    if json {
        let list: Vec<Value> = found
            .iter()
            .map(|activity| {
                json!({
                    "id": activity.id, "at": activity.at.to_string(), "account": code(activity),
                    "user": activity.user.as_ref().map(UserId::as_str),
                    "kind": activity.kind.name(), "points": activity.points.to_string(),
                    "posted_after": activity.posted_after.to_string(),
                    "reason": activity.reason, "by": activity.by,
                })
            })
            .collect();
        println!("{}", serde_json::to_string_pretty(&list)?);
        return Ok(());
    }
    let rows: Vec<_> = found
        .iter()
        .map(|activity| {
            vec![
                activity.at.strftime("%Y-%m-%d %H:%M").to_string(),
                code(activity),
                activity
                    .user
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
                activity.kind.name().into(),
                activity.points.to_string(),
                activity.reason.clone(),
            ]
        })
        .collect();
    let heading = ["WHEN (UTC)", "ACCOUNT", "USER", "WHAT", "POINTS", "REASON"];
    print!("{}", table(&heading, &rows));
    Ok(())
}

fn describe(account: &Account) -> Value {
    let (groups, users) = match &account.access {
        Access::Everyone => (None, None),
        Access::Only { groups, users } => (Some(groups), Some(users)),
    };
    json!({
        "code": account.code, "name": account.name, "kind": kind(account),
        "limit": account.limit.map(|limit| limit.to_string()),
        "exceed_by": account.exceed_by.to_string(), "status": status(account),
        "start": account.start.map(|date| date.to_string()),
        "expiry": account.expiry.map(|date| date.to_string()),
        "groups": groups, "users": users, "on_clients": account.on_clients,
    })
}

const fn kind(account: &Account) -> &'static str {
    match account.kind {
        Kind::Individual => "individual",
        Kind::Shared => "shared",
    }
}

const fn status(account: &Account) -> &'static str {
    match (account.archived, account.enabled) {
        (true, _) => "archived",
        (false, true) => "enabled",
        (false, false) => "disabled",
    }
}

fn holder(row: &BalanceRow) -> String {
    row.holder
        .as_ref()
        .map_or_else(|| "all".into(), ToString::to_string)
}
