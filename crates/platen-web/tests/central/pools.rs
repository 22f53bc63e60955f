//! Clients that are told of shared pools alone where nothing else changed.

use std::time::Duration;

use platen_domain::{AccountId, Kind};
use platen_sync::wire::{Action, Balances, Down, LINES_CONTENT_TYPE, View};

use crate::syncing::{Client, account, site};

/// A client as the tray app is one.
struct Follower {
    client: Client,
    view: View,
    /// How often it was told the whole, and pools alone.
    told: (usize, usize),
}

/// What comes, as it comes.
struct Answer {
    response: reqwest::Response,
    lines: bool,
    kept: Vec<u8>,
}

impl Answer {
    /// The next message; none: that was all.
    async fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let end = self.kept.iter().position(|byte| *byte == b'\n');
            if let Some(end) = end.filter(|_| self.lines) {
                let rest = self.kept.split_off(end + 1);
                return Some(std::mem::replace(&mut self.kept, rest));
            }
            match self.response.chunk().await.unwrap() {
                Some(chunk) => self.kept.extend_from_slice(&chunk),
                None => {
                    assert!(!self.lines || self.kept.is_empty(), "a line breaks off");
                    let last = std::mem::take(&mut self.kept);
                    return (!last.is_empty()).then_some(last);
                }
            }
        }
    }
}

impl Follower {
    async fn new(client: Client) -> Self {
        let view = client.look(0).await;
        let told = (0, 0);
        Self { client, view, told }
    }

    /// Takes in what the server says at first; false: nothing.
    async fn follow(&mut self, wait: bool) -> bool {
        let Some(mut told) = self.ask(wait).await else {
            return false;
        };
        self.take(&mut told).await
    }

    /// What the server answers; none: nothing new.
    async fn ask(&self, wait: bool) -> Option<Answer> {
        let version = self.view.version;
        let path = format!("/sync/view?after={version}&changes=true&wait={wait}");
        let response = self.client.asking("GET", &path).send().await.unwrap();
        if response.status() == 204 {
            return None;
        }
        assert_eq!(
            (
                response.status().as_u16(),
                &response.headers()["platen-protocol"]
            ),
            (200, &"1".parse().unwrap())
        );
        let lines = response.headers()["content-type"] == LINES_CONTENT_TYPE;
        let kept = Vec::new();
        Some(Answer {
            response,
            lines,
            kept,
        })
    }

    /// Takes in the next thing that an answer says; false: that was all.
    async fn take(&mut self, told: &mut Answer) -> bool {
        let Some(message) = told.next().await else {
            return false;
        };
        match Down::from_json(&message).unwrap() {
            Down::View(view) => {
                self.told.0 += 1;
                assert!(view.version > self.view.version);
                self.view = *view;
                assert_eq!(told.next().await, None, "more than the whole");
            }
            Down::Balances(balances) => {
                assert!(told.lines);
                self.told.1 += 1;
                assert!(message.len() < 400, "{} bytes", message.len());
                self.view = self.view.clone().followed_by(&balances).unwrap();
            }
            Down::Unknown => panic!("neither of both: {}", String::from_utf8_lossy(&message)),
        }
        true
    }

    /// What it shows is what another device of the same person is told, which asks for
    /// the whole.
    async fn check(&self, other: &Client) {
        let whole = other.look(0).await;
        assert_eq!(self.view.user, whole.user);
        let shown = |view: &View| (view.accounts.clone(), view.active, view.documents.clone());
        assert_eq!(shown(&self.view), shown(&whole));
    }

    fn pending(&self, id: AccountId) -> String {
        self.view.account(id).unwrap().balance.pending.to_string()
    }
}

#[tokio::test]
async fn balances_and_views_lead_to_the_same() {
    let site = site().await;
    let (quota, research) = (
        account(&site, "quota").await,
        account(&site, "research").await,
    );
    let mut bob = Client::new(&site, "bob").await;
    let mut alice = Follower::new(Client::new(&site, "alice").await).await;
    let other = Client::new(&site, "alice").await;
    let mut documents = Vec::new();
    for round in 0..24_u32 {
        match round % 6 {
            // Nothing of hers.
            0 => drop(bob.place(1, quota).await),
            // Her own.
            1 => drop(alice.client.place(1, quota).await),
            2 => drop(alice.client.place(2, research).await),
            // Everybody's, while she waits.
            3 | 4 => {
                let place = bob.place(round, research);
                let (told, (document, _)) = tokio::join!(alice.follow(true), place);
                assert!(told);
                documents.push(document);
            }
            _ => {
                let document = documents.remove(0);
                let delete = bob.done(Action::Delete { document });
                let (told, _) = tokio::join!(alice.follow(true), delete);
                assert!(told);
            }
        }
        // What is not waited for comes in one.
        while round % 2 == 1 && alice.follow(false).await {}
        if round % 2 == 1 {
            alice.check(&other).await;
        }
    }
    let (whole, pools) = alice.told;
    assert!(whole >= 4 && pools >= 3, "{:?}", alice.told);
    // Whoever does not ask for changes is told the whole.
    let seen = other.look(0).await;
    let waiting = other.look(seen.version);
    let (seen, _) = tokio::join!(waiting, bob.place(1, research));
    assert_eq!(seen.account(research).unwrap().kind, Kind::Shared);
    site.ledger.verify().await.unwrap();
}

const LOGINS: [&str; 5] = ["alice", "bob", "alice", "bob", "alice"];

#[tokio::test]
async fn many_at_once_are_told_of_a_pool_while_it_goes_on_changing() {
    let site = site().await;
    let research = account(&site, "research").await;
    let mut bob = Client::new(&site, "bob").await;
    let mut followers = Vec::new();
    for login in LOGINS {
        followers.push(Follower::new(Client::new(&site, login).await).await);
    }
    // Whatever the sign-ins set off is told.
    for follower in &mut followers {
        while follower.follow(false).await {}
    }
    let placing = async {
        for _ in 0..20 {
            bob.place(1, research).await;
        }
    };
    let following = futures_util::future::join_all(followers.iter_mut().map(|follower| async {
        while follower.pending(research) != "20" {
            let followed = tokio::time::timeout(Duration::from_secs(20), follower.follow(true));
            assert!(followed.await.expect("told while it changes"));
        }
    }));
    tokio::join!(placing, following);
    let pools: usize = followers.iter().map(|follower| follower.told.1).sum();
    assert!(pools > 0, "nobody was told of the pool alone");
    for (login, follower) in LOGINS.into_iter().zip(&mut followers) {
        while follower.follow(false).await {}
        follower.check(&Client::new(&site, login).await).await;
    }
}

#[tokio::test]
async fn one_answer_tells_of_one_change_after_the_other_and_of_others_in_the_end() {
    let site = site().await;
    let (quota, research) = (
        account(&site, "quota").await,
        account(&site, "research").await,
    );
    let mut bob = Client::new(&site, "bob").await;
    let mut alice = Follower::new(Client::new(&site, "alice").await).await;
    while alice.follow(false).await {}
    let (told, _) = tokio::join!(alice.ask(true), bob.place(3, research));
    let mut told = told.expect("an answer");
    assert!(alice.take(&mut told).await);
    for pages in 4..8 {
        bob.place(pages, research).await;
        assert!(alice.take(&mut told).await, "the answer ended");
    }
    assert_eq!(
        (alice.told, alice.pending(research).as_str()),
        ((0, 5), "25")
    );
    // What is hers alone comes as a whole view, and is the last.
    alice.client.place(2, quota).await;
    let told = tokio::time::timeout(Duration::from_secs(3), alice.take(&mut told));
    assert!(told.await.expect("it is told at once"));
    assert_eq!((alice.told, alice.pending(quota).as_str()), ((1, 5), "2"));
}

/// The answer is there before there is anything to tell, so that a change costs no more
/// than to tell it.
#[tokio::test]
async fn answer_to_who_takes_changes_begins_at_once() {
    let site = site().await;
    let research = account(&site, "research").await;
    let mut bob = Client::new(&site, "bob").await;
    let mut alice = Follower::new(Client::new(&site, "alice").await).await;
    while alice.follow(false).await {}
    let begins = tokio::time::timeout(Duration::from_secs(3), alice.ask(true));
    let mut told = begins.await.expect("it begins").expect("an answer");
    assert!(told.lines);
    let nothing = tokio::time::timeout(Duration::from_millis(300), told.next());
    assert!(nothing.await.is_err(), "nothing has changed");
    bob.place(3, research).await;
    assert!(alice.take(&mut told).await);
    // Her session ends: so does the answer, without a word.
    let user = alice.view.user.id.clone();
    let ended = site.ledger.end_sessions_of(&user, jiff::Timestamp::now());
    ended.await.unwrap();
    let last = tokio::time::timeout(Duration::from_secs(3), told.next());
    assert_eq!(last.await.expect("it ends"), None);
}

/// What a client is told of a pool, it is told of what it has, and after the end of its
/// session not at all.
#[tokio::test]
async fn pools_are_told_on_what_the_client_has_and_to_who_is_signed_in() {
    let site = site().await;
    let research = account(&site, "research").await;
    let mut bob = Client::new(&site, "bob").await;
    let mut alice = Follower::new(Client::new(&site, "alice").await).await;
    while alice.follow(false).await {}
    bob.place(3, research).await;
    // Another version than the one that it was told: nothing follows on it.
    let path = format!("/sync/view?after={}&changes=true", alice.view.version - 1);
    let seen = alice.client.ask("GET", &path, "1", String::new()).await;
    let seen = Down::from_json(seen.expect(200).text.as_bytes());
    assert!(matches!(seen, Ok(Down::View(_))), "{seen:?}");
    let user = alice.view.user.id.clone();
    let ended = site.ledger.end_sessions_of(&user, jiff::Timestamp::now());
    ended.await.unwrap();
    bob.place(3, research).await;
    let path = format!("/sync/view?after={}&changes=true", alice.view.version);
    let seen = alice.client.ask("GET", &path, "1", String::new()).await;
    assert_eq!(seen.status, 401);
    assert!(Balances::from_json(seen.text.as_bytes()).is_err());
}
