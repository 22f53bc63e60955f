//! A network of one's own: computers in network namespaces behind a router, whose lines can be cut,
//! made lossy or slow.
//!
//! What happens to a line is done at the router, so that neither end is told of it.

use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::geteuid;

use crate::finish;
use crate::process::{MARK, search_path};

/// Takes the namespaces away when standard input ends; the interface, which is the claim to the number,
/// last.
const REMOVE: &str = r#"cat
for each in $(ip netns list | sed -n "s/^\($1-[^ ]*\).*/\1/p"); do ip netns delete "$each"; done
ip link delete "$1""#;

/// Networks on one machine at once.
const NETWORKS: u8 = 250;
/// Computers on one network.
const COMPUTERS: u8 = 62;

/// A router of its own, with one line to this machine and one to each of its computers.
///
/// It is gone when the guard is dropped, or the process that holds it dies. Its addresses are of the
/// block for tests of networks, which nobody uses. *Source*: RFC 2544, appendix C.2.2.
#[derive(Debug)]
pub struct Network {
    /// The line to this machine; everything else is named after it.
    name: String,
    number: u8,
    computers: u8,
    remover: Child,
}

/// A computer on a [`Network`], at home or elsewhere.
#[derive(Debug)]
pub struct Computer {
    namespace: String,
    router: String,
    number: u8,
    network: u8,
    is_elsewhere: bool,
}

impl Network {
    /// Lays a network without computers.
    ///
    /// # Errors
    /// When this process is not root, or the kernel has no network namespaces.
    pub fn lay() -> Result<Self> {
        ensure!(
            geteuid().is_root(),
            "only root can make network namespaces: run this as root"
        );
        let (name, number) = claim()?;
        let remover = Command::new("setsid")
            .args(["sh", "-c", REMOVE, "remove", &name])
            .env("PATH", search_path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .env_remove(MARK)
            .spawn()
            .context("starting a shell")?;
        let network = Self {
            name,
            number,
            computers: 0,
            remover,
        };
        network.connect()?;
        Ok(network)
    }

    fn connect(&self) -> Result<()> {
        let (name, number, router) = (&self.name, self.number, self.router());
        add_namespace(&router)?;
        ip(&format!("link set {name}-r name out netns {router}"))?;
        ip(&format!(
            "-n {router} address add 198.18.{number}.2/30 dev out"
        ))?;
        ip(&format!("-n {router} link set out up"))?;
        ip(&format!("address add {}/30 dev {name}", self.address()))?;
        ip(&format!("link set {name} up"))?;
        for block in [18, 19] {
            ip(&format!(
                "route add 198.{block}.{number}.0/24 via 198.18.{number}.2"
            ))?;
        }
        ip(&format!(
            "-n {router} route add default via {}",
            self.address()
        ))?;
        let forward = "echo 1 >/proc/sys/net/ipv4/ip_forward";
        inside(&router, &["sh", "-c", forward])?;
        let rules = "add table ip platen; \
                     add chain ip platen forward { type filter hook forward priority 0; }";
        inside(&router, &["nft", rules])
    }

    fn router(&self) -> String {
        format!("{}-router", self.name)
    }

    /// This machine's address, as the computers reach it.
    #[must_use]
    pub fn address(&self) -> Ipv4Addr {
        Ipv4Addr::new(198, 18, self.number, 1)
    }

    /// Connects another computer.
    ///
    /// # Errors
    /// When there are too many.
    pub fn computer(&mut self) -> Result<Computer> {
        ensure!(self.computers < COMPUTERS, "the network is full");
        self.computers += 1;
        let computer = Computer {
            namespace: format!("{}-{}", self.name, self.computers),
            router: self.router(),
            number: self.computers,
            network: self.number,
            is_elsewhere: false,
        };
        computer.connect()?;
        Ok(computer)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        drop(self.remover.stdin.take());
        if let Err(problem) = self.remover.wait() {
            eprintln!("lab: removing the network {}: {problem}", self.name);
        }
    }
}

impl Computer {
    fn connect(&self) -> Result<()> {
        let (own, router) = (&self.namespace, &self.router);
        add_namespace(own)?;
        ip(&format!("-n {own} link set lo up"))?;
        for (place, line) in [("home", self.line(false)), ("road", self.line(true))] {
            ip(&format!(
                "-n {own} link add {place} type veth peer name {line} netns {router}"
            ))?;
            let (theirs, ours) = self.addresses(place == "road");
            ip(&format!("-n {own} address add {ours}/30 dev {place}"))?;
            ip(&format!("-n {router} address add {theirs}/30 dev {line}"))?;
            ip(&format!("-n {router} link set {line} up"))?;
        }
        let number = self.number;
        let rules = format!(
            "add chain ip platen c{number}; \
             add rule ip platen forward iifname {{ \"c{number}\", \"e{number}\" }} jump c{number}; \
             add rule ip platen forward oifname {{ \"c{number}\", \"e{number}\" }} jump c{number}"
        );
        inside(router, &["nft", &rules])?;
        self.go("home", false)
    }

    /// The router's end of the line.
    fn line(&self, elsewhere: bool) -> String {
        let place = if elsewhere { 'e' } else { 'c' };
        format!("{place}{}", self.number)
    }

    /// The router's address on a line, and the computer's.
    fn addresses(&self, elsewhere: bool) -> (Ipv4Addr, Ipv4Addr) {
        let block = if elsewhere { 19 } else { 18 };
        let first = self.number * 4;
        let address = |last| Ipv4Addr::new(198, block, self.network, last);
        (address(first + 1), address(first + 2))
    }

    fn go(&self, place: &str, elsewhere: bool) -> Result<()> {
        let own = &self.namespace;
        let (router, _) = self.addresses(elsewhere);
        ip(&format!("-n {own} link set {place} up"))?;
        ip(&format!(
            "-n {own} route add default via {router} dev {place}"
        ))
    }

    /// `program` about to run on this computer.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace, program]);
        command.env("PATH", search_path());
        command
    }

    /// Pulls the cable out: the computer sees that its interface has no carrier.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn unplug(&self) -> Result<()> {
        let line = self.line(self.is_elsewhere);
        ip(&format!("-n {} link set {line} down", self.router))
    }

    /// Plugs it in again.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn plug_in(&self) -> Result<()> {
        let line = self.line(self.is_elsewhere);
        ip(&format!("-n {} link set {line} up", self.router))
    }

    /// From now on the router loses what comes and goes, without a word: `percent` of 100 packets.
    ///
    /// # Errors
    /// When `nft` fails.
    pub fn lose(&self, percent: u8) -> Result<()> {
        match percent {
            0 => self.filter(None),
            100.. => self.filter(Some("drop")),
            some => self.filter(Some(&format!("numgen random mod 100 < {some} drop"))),
        }
    }

    /// From now on what the computer sends arrives, and nothing comes back.
    ///
    /// # Errors
    /// When `nft` fails.
    pub fn lose_answers(&self) -> Result<()> {
        let lines = [self.line(false), self.line(true)].join(", ");
        self.filter(Some(&format!("oifname {{ {lines} }} drop")))
    }

    fn filter(&self, rule: Option<&str>) -> Result<()> {
        let chain = format!("c{}", self.number);
        let mut rules = format!("flush chain ip platen {chain}");
        if let Some(rule) = rule {
            rules.push_str(&format!("; add rule ip platen {chain} {rule}"));
        }
        inside(&self.router, &["nft", &rules])
    }

    /// From now on no more than so much comes and goes; what does not fit waits for up to two seconds
    /// and is lost then. Units: kilobits a second.
    ///
    /// # Errors
    /// When `tc` fails.
    pub fn slow(&self, kilobits: u32) -> Result<()> {
        let ends = [
            (&self.router, self.line(false)),
            (&self.namespace, "home".into()),
        ];
        for (namespace, line) in ends {
            let rate = format!("{kilobits}kbit");
            let mut tc = Command::new("tc");
            tc.args(["-n", namespace, "qdisc", "replace", "dev", &line, "root"]);
            tc.args(["tbf", "rate", &rate, "burst", "3000", "latency", "2s"]);
            finish(tc.env("PATH", search_path()))?;
        }
        Ok(())
    }

    /// Goes to another network: another address, another way. What was connected from the former
    /// address stays open and hears nothing any more.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn go_elsewhere(&mut self) -> Result<()> {
        ip(&format!("-n {} link set home down", self.namespace))?;
        self.is_elsewhere = true;
        self.go("road", true)
    }

    /// From now on nothing leads to this machine any more: whoever tries is told so at once.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn lose_the_way(&self) -> Result<()> {
        ip(&format!("-n {} route delete default", self.namespace))
    }

    /// The way is there again.
    ///
    /// # Errors
    /// When `ip` fails.
    pub fn find_the_way(&self) -> Result<()> {
        let place = if self.is_elsewhere { "road" } else { "home" };
        self.go(place, self.is_elsewhere)
    }
}

/// The interface `pltN` that nobody had until now: whoever makes it has the number.
fn claim() -> Result<(String, u8)> {
    for number in 0..NETWORKS {
        let name = format!("plt{number}");
        let made = ip(&format!("link add {name} type veth peer name {name}-r"));
        match made {
            Ok(()) => return Ok((name, number)),
            Err(problem) if format!("{problem:#}").contains("File exists") => {}
            Err(problem) => return Err(problem.context("this machine has no network namespaces")),
        }
    }
    bail!("there are {NETWORKS} networks of the laboratory already")
}

fn add_namespace(name: &str) -> Result<()> {
    ip(&format!("netns add {name}"))
}

fn ip(words: &str) -> Result<()> {
    let mut ip = Command::new("ip");
    finish(ip.args(words.split(' ')).env("PATH", search_path())).map(|_| ())
}

fn inside(namespace: &str, words: &[&str]) -> Result<()> {
    let mut exec = Command::new("ip");
    exec.args(["netns", "exec", namespace]).args(words);
    finish(exec.env("PATH", search_path())).map(|_| ())
}
