//! The package read back: container and archives by bsdtar, the bill by a reader that
//! shares nothing with its writer.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use platen_lab::{Scratch, finish};

use super::*;
use crate::dist::Profile;

const EPOCH: u64 = 1_790_000_000;
/// So many that the bill has several leaves.
const LANGUAGES: usize = 600;

fn release(out: &Path) -> Release {
    Release {
        version: "1.2.3".to_owned(),
        epoch: EPOCH,
        profile: Profile::Release,
        programs: PathBuf::new(),
        out: out.to_owned(),
        crates: std::collections::BTreeSet::new(),
        windows: std::collections::BTreeSet::new(),
    }
}

/// Stands for an app from a Mac.
fn app(scratch: &Scratch) -> Result<PathBuf> {
    let app = scratch.join("Platen.app");
    let programs = app.join(PROGRAM_PLACE);
    fs::create_dir_all(&programs)?;
    for program in PROGRAMS {
        let place = programs.join(program);
        fs::write(&place, format!("\u{feed}{program}"))?;
        fs::set_permissions(&place, fs::Permissions::from_mode(0o700))?;
    }
    let resources = app.join("Contents/Resources");
    for number in 0..LANGUAGES {
        let place = resources.join(format!("{number}.lproj"));
        fs::create_dir_all(&place)?;
    }
    fs::write(resources.join("Büro & „Druck“.txt"), "Umlaute\n")?;
    fs::set_permissions(
        resources.join("Büro & „Druck“.txt"),
        fs::Permissions::from_mode(0o600),
    )?;
    symlink("MacOS/platen", app.join("Contents/Current"))?;
    Ok(app)
}

/// Unpacks with bsdtar, which knows containers and archives of this kind.
fn unpack(file: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let mut unpack = Command::new("bsdtar");
    finish(
        unpack
            .args(["--no-same-owner", "-xpf"])
            .arg(file)
            .arg("-C")
            .arg(to),
    )
    .map(drop)
}

struct Opened {
    scratch: Scratch,
    place: PathBuf,
}

fn opened(name: &str, policy: Option<&str>) -> Opened {
    let scratch = Scratch::new(name).unwrap();
    let app = app(&scratch).unwrap();
    let policy = policy.map(|text| {
        let path = scratch.join("site.toml");
        fs::write(&path, text).unwrap();
        path
    });
    let release = release(&scratch.join("out"));
    let file = make(&release, &app, policy.as_deref()).unwrap();
    let again = fs::read(&file).unwrap();
    assert_eq!(file, make(&release, &app, policy.as_deref()).unwrap());
    assert!(
        again == fs::read(&file).unwrap(),
        "the same tree gave other bytes"
    );
    let place = scratch.join("opened");
    unpack(&file, &place).unwrap();
    let part = place.join("org.platen.client.pkg");
    unpack(&part.join("Payload"), &place.join("payload")).unwrap();
    unpack(&part.join("Scripts"), &place.join("scripts")).unwrap();
    Opened { scratch, place }
}

#[test]
fn payload_is_the_app_with_its_agent_and_commands() {
    let opened = opened("pkg-payload", Some("allow_quit = false\n"));
    let payload = opened.place.join("payload");
    let read = |path: &str| fs::read_to_string(payload.join(path)).unwrap();
    let mode = |path: &str| {
        fs::symlink_metadata(payload.join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    let programs = "Applications/Platen.app/Contents/MacOS";
    for program in PROGRAMS {
        let path = format!("{programs}/{program}");
        assert_eq!(read(&path), format!("\u{feed}{program}"));
        assert_eq!(mode(&path), 0o755, "{path}");
    }
    let text = "Applications/Platen.app/Contents/Resources/Büro & „Druck“.txt";
    assert_eq!((read(text).as_str(), mode(text)), ("Umlaute\n", 0o644));
    let link = payload.join("Applications/Platen.app/Contents/Current");
    assert_eq!(fs::read_link(link).unwrap(), Path::new("MacOS/platen"));
    assert_eq!(
        fs::read_link(payload.join("usr/local/bin/platenctl")).unwrap(),
        Path::new("/Applications/Platen.app/Contents/MacOS/platenctl")
    );
    assert_eq!(
        read("private/etc/platen/policy.toml"),
        "allow_quit = false\n"
    );
    let listed = finish(
        Command::new("bsdtar")
            .args(["--numeric-owner", "-tvf"])
            .arg(opened.place.join("org.platen.client.pkg/Payload")),
    )
    .unwrap();
    // Owner and group of every entry are 0.
    for line in listed.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        assert_eq!((words[2], words[3]), ("0", "0"), "{line}");
    }
}

#[test]
fn bill_names_every_file_of_the_payload_with_its_size_and_checksum() {
    let opened = opened("pkg-bill", None);
    let bill = fs::read(opened.place.join("org.platen.client.pkg/Bom")).unwrap();
    let said = reader::paths(&bill);
    let mut there = BTreeMap::new();
    collect(&opened.place.join("payload"), ".", &mut there);
    assert!(said.len() > LANGUAGES);
    assert_eq!(
        said.keys().collect::<Vec<_>>(),
        there.keys().collect::<Vec<_>>()
    );
    for (path, record) in &said {
        assert_eq!(record, &there[path], "{path}");
    }
}

/// What stat(1) and cksum(1) say of every file.
fn collect(top: &Path, path: &str, all: &mut BTreeMap<String, reader::Record>) {
    let place = top.join(path);
    let metadata = fs::symlink_metadata(&place).unwrap();
    let mut record = reader::Record {
        mode: u16::try_from(metadata.permissions().mode() & 0xffff).unwrap(),
        size: 0,
        checksum: 0,
        link: None,
    };
    if metadata.is_file() {
        let said = finish(Command::new("cksum").arg(&place)).unwrap();
        let numbers: Vec<u32> = said
            .split(' ')
            .take(2)
            .map(|word| word.parse().unwrap())
            .collect();
        (record.checksum, record.size) = (numbers[0], numbers[1]);
    } else if metadata.is_symlink() {
        let target = fs::read_link(&place).unwrap();
        let target = target.to_str().unwrap().to_owned();
        record.size = u32::try_from(target.len()).unwrap();
        record.link = Some(target);
    }
    all.insert(path.to_owned(), record);
    if metadata.is_dir() {
        for entry in fs::read_dir(&place).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            collect(top, &format!("{path}/{name}"), all);
        }
    }
}

#[test]
fn descriptions_and_agent_are_well_formed_and_agree() {
    let opened = opened("pkg-texts", None);
    let read = |path: &str| fs::read_to_string(opened.place.join(path)).unwrap();
    // One parser for all: it fails on what is not well-formed.
    let check = "import plistlib, sys, xml.dom.minidom as m\n\
        d, i, p = sys.argv[1:4]\n\
        d = m.parse(d).documentElement; i = m.parse(i).documentElement\n\
        ref = [r for r in d.getElementsByTagName('pkg-ref') if r.hasAttribute('version')][0]\n\
        print(i.getAttribute('identifier'), ref.getAttribute('id'), ref.firstChild.data)\n\
        print(i.getAttribute('version'), ref.getAttribute('version'))\n\
        pay = i.getElementsByTagName('payload')[0]\n\
        print(pay.getAttribute('numberOfFiles'), pay.getAttribute('installKBytes'), ref.getAttribute('installKBytes'))\n\
        print(*[s.getAttribute('file') for s in i.getElementsByTagName('scripts')[0].childNodes])\n\
        a = plistlib.load(open(p, 'rb'))\n\
        print(a['Label'], *a['ProgramArguments'], a['RunAtLoad'], a['LimitLoadToSessionType'])\n";
    let said = finish(
        Command::new("python3")
            .args(["-c", check])
            .arg(opened.place.join("Distribution"))
            .arg(opened.place.join("org.platen.client.pkg/PackageInfo"))
            .arg(
                opened
                    .place
                    .join("payload/Library/LaunchAgents/org.platen.client.plist"),
            ),
    )
    .unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines[0],
        "org.platen.client org.platen.client #org.platen.client.pkg"
    );
    assert_eq!(lines[1], "1.2.3 1.2.3");
    let numbers: Vec<usize> = lines[2]
        .split(' ')
        .map(|word| word.parse().unwrap())
        .collect();
    let mut there = BTreeMap::new();
    collect(&opened.place.join("payload"), ".", &mut there);
    assert_eq!(numbers[0], there.len());
    assert!(numbers[1] > 0 && numbers[1] == numbers[2]);
    assert_eq!(lines[3], "./preinstall ./postinstall");
    assert_eq!(
        lines[4],
        "org.platen.client /Applications/Platen.app/Contents/MacOS/platen --autostart True Aqua"
    );
    let agent = read("payload/Library/LaunchAgents/org.platen.client.plist");
    assert!(agent.starts_with("<?xml"));
}

/// The script as it is, but for the programs that only macOS has.
fn preinstall(opened: &Opened, installed: &str) -> std::process::Output {
    let script = fs::read_to_string(opened.place.join("scripts/preinstall")).unwrap();
    let bin = opened.scratch.join("bin");
    fs::create_dir_all(&bin).unwrap();
    let said = opened.scratch.join("said");
    let commands = [
        (
            "defaults",
            format!("#!/bin/sh\n[ -n '{installed}' ] && echo '{installed}'\n"),
        ),
        (
            "ps",
            "#!/bin/sh\necho '  501 /Applications/Platen.app/Contents/MacOS/platen'\n\
             echo '  502 /usr/bin/something'\n"
                .to_owned(),
        ),
        (
            "launchctl",
            format!("#!/bin/sh\necho \"$@\" >>'{}'\n", said.display()),
        ),
    ];
    for (name, text) in commands {
        platen_lab::write_program(&bin.join(name), text.as_bytes(), 0o755).unwrap();
    }
    let script = ["/usr/bin/defaults", "/bin/ps", "/bin/launchctl"]
        .iter()
        .fold(script, |script, program| {
            let name = program.rsplit('/').next().unwrap();
            script.replace(program, bin.join(name).to_str().unwrap())
        });
    platen_lab::output(Command::new("sh").args(["-c", &script])).unwrap()
}

#[test]
fn scripts_refuse_a_downgrade_and_ask_clients_to_end() {
    let opened = opened("pkg-scripts", None);
    for script in ["preinstall", "postinstall"] {
        let place = opened.place.join("scripts").join(script);
        assert_eq!(
            fs::metadata(&place).unwrap().permissions().mode() & 0o777,
            0o755
        );
        finish(Command::new("sh").arg("-n").arg(&place)).unwrap();
    }
    for installed in ["1.2.4", "1.10.0", "2.0.0"] {
        let output = preinstall(&opened, installed);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains("refused"),
            "{installed}: {said}"
        );
        assert!(!opened.scratch.join("said").exists());
    }
    for installed in ["", "1.2.3", "1.2.2", "0.10.9"] {
        let output = preinstall(&opened, installed);
        assert!(output.status.success(), "{installed}: {output:?}");
        let said = fs::read_to_string(opened.scratch.join("said")).unwrap();
        assert_eq!(
            said,
            "asuser 501 /usr/bin/sudo -u #501 /Applications/Platen.app/Contents/MacOS/platen quit\n"
        );
        fs::remove_file(opened.scratch.join("said")).unwrap();
    }
}

#[test]
fn app_without_one_of_its_programs_is_refused() {
    let scratch = Scratch::new("pkg-short").unwrap();
    let app = app(&scratch).unwrap();
    fs::remove_file(app.join(PROGRAM_PLACE).join("platen-gate")).unwrap();
    let refused = make(&release(&scratch.join("out")), &app, None).unwrap_err();
    assert!(format!("{refused:#}").contains("platen-gate is missing"));
}

/// Reads a bill of materials from its outside in.
mod reader {
    use std::collections::BTreeMap;

    #[derive(Debug, PartialEq, Eq)]
    pub(super) struct Record {
        pub(super) mode: u16,
        pub(super) size: u32,
        pub(super) checksum: u32,
        pub(super) link: Option<String>,
    }

    struct Bill<'a>(&'a [u8]);

    fn number(bytes: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
    }

    fn half(bytes: &[u8], at: usize) -> u16 {
        u16::from_be_bytes(bytes[at..at + 2].try_into().unwrap())
    }

    impl Bill<'_> {
        fn block(&self, index: u32) -> &[u8] {
            let entry = number(self.0, 16) as usize + 4 + 8 * index as usize;
            let (start, length) = (number(self.0, entry), number(self.0, entry + 4));
            &self.0[start as usize..][..length as usize]
        }

        fn variable(&self, wanted: &str) -> &[u8] {
            let mut at = number(self.0, 24) as usize;
            let count = number(self.0, at);
            at += 4;
            for _ in 0..count {
                let length = usize::from(self.0[at + 4]);
                let name = &self.0[at + 5..][..length];
                if name == wanted.as_bytes() {
                    return self.block(number(self.0, at));
                }
                at += 5 + length;
            }
            panic!("the bill has no {wanted}");
        }
    }

    /// Every path with what the bill says of it. Links' checksums are left out: a file
    /// system has none to compare with.
    pub(super) fn paths(bytes: &[u8]) -> BTreeMap<String, Record> {
        assert_eq!(&bytes[..8], b"BOMStore");
        let bill = Bill(bytes);
        for name in ["BomInfo", "HLIndex", "VIndex", "Size64"] {
            assert!(!bill.variable(name).is_empty());
        }
        let tree = bill.variable("Paths");
        assert_eq!(&tree[..4], b"tree");
        let mut list = bill.block(number(tree, 8));
        while half(list, 0) == 0 {
            list = bill.block(number(list, 12));
        }
        let mut names: BTreeMap<u32, String> = BTreeMap::new();
        let mut found = BTreeMap::new();
        loop {
            for pair in 0..usize::from(half(list, 2)) {
                let first = bill.block(number(list, 12 + 8 * pair));
                let second = bill.block(number(list, 16 + 8 * pair));
                let parent = number(second, 0);
                let name = std::str::from_utf8(second[4..].strip_suffix(b"\0").unwrap()).unwrap();
                let path = match parent {
                    0 => name.to_owned(),
                    parent => format!("{}/{name}", names[&parent]),
                };
                names.insert(number(first, 0), path.clone());
                found.insert(path, record(bill.block(number(first, 4))));
            }
            match number(list, 4) {
                0 => break,
                next => list = bill.block(next),
            }
        }
        assert_eq!(number(tree, 16) as usize, found.len());
        found
    }

    fn record(block: &[u8]) -> Record {
        let length = number(block, 27) as usize;
        let link = block[31..][..length].strip_suffix(b"\0");
        let link = link.map(|link| String::from_utf8(link.to_vec()).unwrap());
        assert_eq!(
            (number(block, 6), number(block, 10)),
            (0, 0),
            "owner and group"
        );
        assert_eq!(u64::from(number(block, 14)), super::EPOCH);
        Record {
            mode: half(block, 4),
            size: number(block, 18),
            checksum: if link.is_some() { 0 } else { number(block, 23) },
            link,
        }
    }
}
