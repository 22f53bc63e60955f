//! A private cupsd with the gate before a test printer, and a key it trusts.

pub(crate) mod ipp;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use platen_gate::{APPROVAL_OPTION, Approval, SigningKey};
use platen_lab::{Backend, Cupsd, CupsdOptions, Scratch, wait_for, wait_until};
use ring::digest::{SHA256, digest};
use uuid::Uuid;

use ipp::{Request, Response, Value};

pub(crate) const DEADLINE: Duration = Duration::from_secs(30);
/// Job states. *Source*: RFC 8011, section 5.3.7.
pub(crate) const HELD: i32 = 4;
pub(crate) const ABORTED: i32 = 8;
pub(crate) const COMPLETED: i32 = 9;

/// Who prints: people whom every system knows, since Debian's cupsd 2.4.2-3+deb12u10 dies of a
/// request about a job by somebody whom it does not.
pub(crate) const ALICE: &str = "games";
pub(crate) const BOB: &str = "news";

/// A queue without a driver, one with, and one whose filters take a while.
pub(crate) const RAW: &str = "raw";
pub(crate) const DRIVER: &str = "driver";
pub(crate) const SLOW: &str = "slow";
/// A queue without a printer, and one whose backend can't be started.
pub(crate) const SECURE: &str = "secure";
pub(crate) const BROKEN: &str = "broken";

const PPD: &str = "/usr/share/ppd/cupsfilters/HP-Color_LaserJet_CM3530_MFP-PDF.ppd";

/// What a test approves; built from what was submitted, not from what cupsd says.
pub(crate) struct Job {
    pub(crate) id: i32,
    pub(crate) approval: Approval,
}

/// Whether a document is the last of its job.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Last(pub bool);

pub(crate) struct Lab {
    pub(crate) cupsd: Cupsd,
    pub(crate) key: SigningKey,
    pub(crate) scratch: Scratch,
}

impl Lab {
    pub(crate) fn start(name: &str) -> Self {
        let scratch = Scratch::new(name).unwrap();
        let key = SigningKey::load_or_create(&scratch.join("authority.key")).unwrap();
        let gate = scratch.join("gate");
        fs::create_dir_all(gate.join("authorities")).unwrap();
        fs::write(gate.join("authorities/test.pub"), key.public().to_string()).unwrap();
        // As an ordinary user, cupsd runs backends as that user whatever their mode.
        let options = CupsdOptions {
            backends: vec![Backend {
                name: "gate".into(),
                program: env!("CARGO_BIN_EXE_platen-gate").into(),
                mode: 0o700,
            }],
            environment: vec![("PLATEN_GATE_DIR".into(), gate.display().to_string())],
            ..CupsdOptions::default()
        };
        let cupsd = Cupsd::start(&scratch.join("cups"), options).unwrap();
        let lab = Self {
            cupsd,
            key,
            scratch,
        };
        lab.add_queues();
        lab
    }

    fn add_queues(&self) {
        let device = format!("gate:{}", self.cupsd.sink_uri());
        let broken = self.cupsd.server_bin().join("backend/broken");
        fs::write(&broken, "#!/nowhere/interpreter\n").unwrap();
        mode(&broken, 0o755);
        let held = "job-hold-until-default=indefinite";
        let policy = "printer-error-policy=abort-job";
        for (queue, device, ppd) in [
            (RAW, device.as_str(), None),
            (SECURE, "gate:", None),
            (BROKEN, "gate:broken:/", None),
            (DRIVER, device.as_str(), Some(PPD.to_owned())),
            (SLOW, device.as_str(), Some(self.slow_driver())),
        ] {
            let mut arguments = vec!["-p", queue, "-E", "-v", device, "-o", held, "-o", policy];
            if let Some(ppd) = &ppd {
                arguments.extend(["-P", ppd]);
            }
            self.cupsd.lpadmin(&arguments).unwrap();
        }
    }

    /// A driver whose filter waits for the file `go` before each document.
    fn slow_driver(&self) -> String {
        let filter = self.cupsd.server_bin().join("filter/patient");
        let go = self.scratch.join("go");
        fs::write(
            &filter,
            format!(
                "#!/bin/sh\nwhile [ ! -e {} ]; do sleep 0.05; done\ncat \"${{6:--}}\"\n",
                go.display()
            ),
        )
        .unwrap();
        mode(&filter, 0o755);
        let ppd = fs::read_to_string(PPD).unwrap();
        let filters = ppd
            .lines()
            .filter(|line| !line.starts_with("*cupsFilter"))
            .map(|line| {
                if line.starts_with("*PCFileName") {
                    format!("{line}\n*cupsFilter: \"text/plain 0 patient\"")
                } else {
                    line.to_owned()
                }
            })
            .collect::<Vec<_>>()
            .join("\n");
        let path = self.scratch.join("slow.ppd");
        fs::write(&path, filters + "\n").unwrap();
        path.display().to_string()
    }

    pub(crate) fn let_filters_go(&self) {
        fs::write(self.scratch.join("go"), "").unwrap();
        mode(&self.scratch.join("go"), 0o644);
    }

    pub(crate) fn ask(&self, request: Request) -> Response {
        request.send(&self.cupsd.socket())
    }

    /// Submits documents of `owner` and leaves the job open for more.
    pub(crate) fn submit(
        &self,
        queue: &str,
        owner: &str,
        documents: &[&[u8]],
        options: &[(&str, Value)],
    ) -> Job {
        self.submit_with(queue, owner, documents, options, Last(false))
    }

    /// Submits documents of `owner` and says that they are all.
    pub(crate) fn submit_closed(
        &self,
        queue: &str,
        owner: &str,
        documents: &[&[u8]],
        options: &[(&str, Value)],
    ) -> Job {
        self.submit_with(queue, owner, documents, options, Last(true))
    }

    fn submit_with(
        &self,
        queue: &str,
        owner: &str,
        documents: &[&[u8]],
        options: &[(&str, Value)],
        closed: Last,
    ) -> Job {
        let mut create = Request::new(ipp::CREATE_JOB).queue(queue).user(owner);
        for (name, value) in options {
            create = create.option(name, value);
        }
        let created = self.ask(create);
        assert!(created.is_ok(), "{:x}", created.status);
        let id = created.number("job-id").unwrap();
        for (document, number) in documents.iter().zip(1..) {
            let last = Last(closed.0 && number == documents.len());
            assert!(self.send_document(id, owner, document, last).is_ok());
        }
        let uuid = self.job(id).text("job-uuid").unwrap();
        let number = |name: &str| {
            options.iter().find_map(|(n, value)| match value {
                Value::Integer(number) if *n == name => Some(number.unsigned_abs()),
                _ => None,
            })
        };
        let approval = Approval {
            job: uuid.strip_prefix("urn:uuid:").unwrap().parse().unwrap(),
            queue: queue.to_owned(),
            owner: owner.to_owned(),
            digests: documents.iter().map(|document| sha256(document)).collect(),
            copies: number("copies").unwrap_or(1),
            options: described(options),
            expires_unix_s: now() + 600,
            nonce: Uuid::new_v4(),
        };
        Job { id, approval }
    }

    pub(crate) fn send_document(
        &self,
        job: i32,
        owner: &str,
        document: &[u8],
        last: Last,
    ) -> Response {
        let format = match document.starts_with(b"%PDF") {
            true => "application/pdf",
            false => "text/plain",
        };
        self.ask(
            Request::new(ipp::SEND_DOCUMENT)
                .job(job)
                .user(owner)
                .with("document-format", Value::Mime(format))
                .with("last-document", Value::Boolean(last.0))
                .document(document),
        )
    }

    pub(crate) fn set(&self, job: i32, owner: &str, name: &str, value: Value) -> Response {
        let request = Request::new(ipp::SET_JOB_ATTRIBUTES).job(job).user(owner);
        self.ask(request.option(name, &value))
    }

    /// Delivers `text` as the job's approval.
    pub(crate) fn deliver(&self, job: &Job, text: String) {
        let owner = job.approval.owner.clone();
        let answer = self.set(job.id, &owner, APPROVAL_OPTION, Value::Text(text));
        assert!(answer.is_ok(), "{:x}", answer.status);
    }

    pub(crate) fn approve(&self, job: &Job) {
        self.deliver(job, job.approval.sign(&self.key));
    }

    pub(crate) fn release(&self, job: &Job) {
        let request = Request::new(ipp::RELEASE_JOB).job(job.id);
        let answer = self.ask(request.user(&job.approval.owner));
        assert!(answer.is_ok(), "{:x}", answer.status);
    }

    pub(crate) fn job(&self, id: i32) -> Response {
        self.ask(Request::new(ipp::GET_JOB_ATTRIBUTES).job(id).user("root"))
    }

    pub(crate) fn state(&self, id: i32) -> i32 {
        self.job(id).number("job-state").unwrap()
    }

    pub(crate) fn wait_state(&self, id: i32, state: i32) {
        wait_until(&format!("job {id} in state {state}"), DEADLINE, || {
            self.state(id) == state
        })
        .unwrap_or_else(|error| panic!("{error}\n{}", self.cupsd.error_log()));
    }

    /// Waits until the gate has refused the job and returns what it said.
    pub(crate) fn wait_refused(&self, job: &Job) -> String {
        let said = wait_for("a refusal", DEADLINE, || {
            let seen = self.job(job.id);
            let said = seen.text("job-printer-state-message");
            assert_ne!(seen.number("job-state"), Some(COMPLETED), "it was printed");
            Ok(said.filter(|said| {
                said.starts_with("Platen: ") && seen.number("job-state") == Some(HELD)
            }))
        })
        .unwrap_or_else(|error| {
            let seen = self.job(job.id);
            panic!(
                "{error}: {:?} {:?} {:?}\n{}",
                seen.number("job-state"),
                seen.text("job-state-reasons"),
                seen.text("job-printer-state-message"),
                self.cupsd.error_log()
            )
        });
        assert_eq!(self.printed(job), None, "refused, and still printed");
        said
    }

    /// What the printer got, if anything.
    pub(crate) fn printed(&self, job: &Job) -> Option<Vec<u8>> {
        fs::read(self.cupsd.sink().join(format!("{}.prn", job.id))).ok()
    }

    /// How the printer's backend was run, one line each time.
    pub(crate) fn runs(&self, job: &Job) -> Vec<String> {
        let path: PathBuf = self.cupsd.sink().join(format!("{}.args", job.id));
        let text = fs::read_to_string(path).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// The options as the spooler would describe them to whoever prices them.
fn described(options: &[(&str, Value)]) -> BTreeMap<String, String> {
    options
        .iter()
        .map(|(name, value)| {
            let text = match value {
                Value::Integer(number) => number.to_string(),
                Value::Boolean(value) => value.to_string(),
                Value::Keyword(text) | Value::Mime(text) => (*text).to_owned(),
                Value::Name(text) | Value::Text(text) | Value::Uri(text) => text.clone(),
                Value::MediaSize(width, height) => {
                    format!("{{media-size={{x-dimension={width} y-dimension={height}}}}}")
                }
            };
            ((*name).to_owned(), text)
        })
        .collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().unwrap()
}

pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

pub(crate) fn mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
