//! What nobody should print, load or send, sent all the same: each gets a clear
//! sentence, costs nothing, prints nothing and leaves the client running.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use flate2::{Compress, Compression, FlushCompress};
use platen_lab::{SECURE_QUEUE, SeatOptions, StageOptions, finish, output};
use platen_tests::disk::Disk;
use platen_tests::documents::grey;
use platen_tests::rig::DEADLINE;
use platen_tests::{Rig, RigOptions};

const ATTENTION: &str = "Document Needs Attention";
const UNUSED: Option<&str> = Some("0/50 points used");

/// The document is held for nothing, its owner knows why, the portal too.
fn check_unreadable(rig: &Rig, name: &str, sentence: &str) -> Result<()> {
    let note = rig.told(ATTENTION, name)?;
    assert!(note.body.contains(sentence), "{note:?}");
    assert!(note.body.contains("is held and nothing was charged"));
    let status = rig.until_state(name, "unreadable")?;
    let document = status.document(name)?;
    assert!(
        document
            .reason
            .as_deref()
            .is_some_and(|reason| reason.contains(sentence)),
        "{document:?}"
    );
    assert_eq!(document.points, None);
    assert_eq!(status.balance("Print Quota"), UNUSED);
    assert_eq!(rig.times_told(name), 1);
    Ok(())
}

fn nothing_printed(rig: &Rig) -> Result<()> {
    for printer in rig.stage.printers() {
        assert!(printer.prints()?.is_empty());
    }
    rig.verify_ledger()
}

fn fixture(name: &str) -> Result<Vec<u8>> {
    let path = platen_lab::root().join("tests/fixtures").join(name);
    std::fs::read(&path).with_context(|| path.display().to_string())
}

/// A deflated stream, without its frame, that inflates to more than 1 GB of blanks.
fn bomb() -> Result<Vec<u8>> {
    const MEGABYTE: usize = 1 << 20;
    let mut piece = Vec::with_capacity(MEGABYTE);
    // After a full flush the next piece begins anew: it can be repeated.
    Compress::new(Compression::best(), false).compress_vec(
        &vec![b' '; MEGABYTE],
        &mut piece,
        FlushCompress::Full,
    )?;
    let mut stream = piece.repeat(1100);
    stream.extend([0x03, 0x00]);
    Ok(stream)
}

/// A document of which nothing is known before all of it has been inflated.
fn zipped_bomb() -> Result<Vec<u8>> {
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    file.extend(bomb()?);
    file.extend([0; 8]);
    Ok(file)
}

/// A PDF with one page, whose content is the bomb.
fn page_bomb() -> Result<Vec<u8>> {
    let mut stream = vec![0x78, 0x9c];
    stream.extend(bomb()?);
    stream.extend([0; 4]);
    let mut file = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
        2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n\
        3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>\nendobj\n"
        .to_vec();
    write!(
        file,
        "4 0 obj\n<< /Length {} /Filter /FlateDecode >>\nstream\n",
        stream.len()
    )?;
    file.extend(stream);
    file.extend(b"\nendstream\nendobj\ntrailer\n<< /Size 5 /Root 1 0 R >>\n%%EOF\n");
    Ok(file)
}

#[tokio::test(flavor = "multi_thread")]
async fn document_that_can_not_be_counted_is_held_with_a_sentence() -> Result<()> {
    let rig = Rig::start("unread")?;
    let whole = grey(3);
    rig.print("damaged.pdf", &whole[..whole.len() / 8], &[])?;
    check_unreadable(&rig, "damaged.pdf", "is damaged and can't be read")?;
    rig.print("secret.pdf", &fixture("password.pdf")?, &[])?;
    check_unreadable(&rig, "secret.pdf", "is protected by a password")?;
    rig.print("pageless.pdf", &grey(0), &[])?;
    check_unreadable(&rig, "pageless.pdf", "has no pages")?;
    rig.print("noise.bin", &[0xfe, 0x00, 0x17, 0x80, 0xff], &["-o", "raw"])?;
    check_unreadable(&rig, "noise.bin", "pages can't be counted")?;
    rig.print("swells.pdf", &zipped_bomb()?, &[])?;
    check_unreadable(&rig, "swells.pdf", "larger than 1 GB")?;
    rig.print("endless.pdf", &grey(100_000), &[])?;
    check_unreadable(&rig, "endless.pdf", "within the limit on pages")?;

    // All of them are in the portal, with their reasons; none can be released.
    let portal = rig.portal(None).await?;
    let page = portal.get("/").await?.text;
    for sentence in ["is damaged", "protected by a password", "has no pages"] {
        assert!(page.contains(sentence), "{page}");
    }
    let id = rig.status()?.document("damaged.pdf")?.id.clone();
    let release = format!("/documents/{id}/release");
    let refused = portal.post(&release, &[("printer", "Library")]).await?;
    assert!(refused.status >= 400, "{refused:?}");
    // Read again it is as unreadable as before.
    portal.done(&format!("/documents/{id}/retry"), &[]).await?;
    assert_eq!(rig.status()?.document("damaged.pdf")?.state, "unreadable");
    // And it can be thrown away.
    portal.done(&format!("/documents/{id}/delete"), &[]).await?;
    rig.until_state("damaged.pdf", "deleted")?;
    // Pages can be counted without what is on them; that is taken for colour.
    rig.print("page.pdf", &page_bomb()?, &[])?;
    rig.told("Job Ready", "page.pdf")?;
    let status = rig.until_state("page.pdf", "held")?;
    assert_eq!(status.document("page.pdf")?.points.as_deref(), Some("3"));
    nothing_printed(&rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn document_of_two_gigabytes_is_held_with_a_sentence() -> Result<()> {
    let rig = Rig::start("huge")?;
    let path = rig.file("huge.pdf", b"%PDF-1.4\n")?;
    std::fs::OpenOptions::new()
        .write(true)
        .open(&path)?
        .set_len(2 << 30)?;
    // lp itself reads it; Seat::print would copy it first.
    let mut lp = rig.seat.command("lp");
    lp.envs(rig.stage.cupsd().env());
    finish(lp.args(["-d", SECURE_QUEUE, "--"]).arg(&path))?;
    check_unreadable(&rig, "huge.pdf", "larger than 1 GB")?;
    let scratch = std::fs::read_dir(rig.seat.data().join("scratch"))?;
    assert_eq!(scratch.count(), 0, "what was fetched is removed");
    nothing_printed(&rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_document_costs_and_prints_nothing() -> Result<()> {
    let port = platen_lab::free_port()?;
    let mut stage = StageOptions {
        provider: false,
        ..StageOptions::default()
    };
    stage.cupsd.port = Some(port);
    let rig = Rig::with(
        "empty",
        RigOptions {
            stage,
            ..RigOptions::default()
        },
    )?;
    // lp refuses it; a program that speaks IPP itself need not.
    let empty = rig.file("empty.pdf", b"")?;
    assert!(rig.print("empty.pdf", b"", &[]).is_err());
    let test = rig.file(
        "print.test",
        br#"{ OPERATION Print-Job
GROUP operation-attributes-tag
ATTR charset attributes-charset utf-8
ATTR language attributes-natural-language en
ATTR uri printer-uri $uri
ATTR name requesting-user-name $user
ATTR name job-name "empty.pdf"
ATTR mimeMediaType document-format application/pdf
FILE $filename
}"#,
    )?;
    let uri = format!("ipp://localhost:{port}/printers/{SECURE_QUEUE}");
    let mut print = rig.seat.command("ipptool");
    print.arg("-f").arg(&empty);
    let answer = output(print.args(["-tv", &uri]).arg(&test))?;
    let said = String::from_utf8_lossy(&answer.stdout).into_owned();
    if said.contains("successful-ok") {
        check_unreadable(&rig, "empty.pdf", "is empty")?;
    } else {
        assert!(said.contains("client-error"), "ipptool: {answer:?}");
    }
    assert_eq!(rig.status()?.balance("Print Quota"), UNUSED);
    nothing_printed(&rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn job_that_contradicts_its_document_is_priced_by_what_it_is() -> Result<()> {
    let rig = Rig::start("contra")?;
    // No password is needed to read it, only to change it.
    rig.print("locked.pdf", &fixture("no-password.pdf")?, &[])?;
    rig.told("Job Ready", "locked.pdf")?;
    let zipped = rig.file("zip.pdf", &grey(2))?;
    finish(Command::new("gzip").arg(&zipped))?;
    let zipped = std::fs::read(zipped.with_extension("pdf.gz"))?;
    rig.print("zip.pdf.gz", &zipped, &[])?;
    rig.told("Job Ready", "zip.pdf.gz")?;
    rig.print(
        "no-picture.png",
        &grey(3),
        &["-o", "document-format=image/png"],
    )?;
    rig.told("Job Ready", "no-picture.png")?;
    rig.print("media.pdf", &grey(1), &["-o", "media=na_nonsense"])?;
    rig.told("Job Ready", "media.pdf")?;
    let status = rig.until_state("media.pdf", "held")?;
    for (name, points) in [
        ("locked.pdf", "1"),
        ("zip.pdf.gz", "2"),
        ("no-picture.png", "3"),
        ("media.pdf", "1"),
    ] {
        assert_eq!(
            status.document(name)?.points.as_deref(),
            Some(points),
            "{name}"
        );
    }
    // What was zipped prints as it was priced.
    let portal = rig.portal(None).await?;
    let zipped = &status.document("zip.pdf.gz")?.id;
    let path = format!("/documents/{zipped}/release");
    portal.done(&path, &[("printer", "Library")]).await?;
    let status = rig.until("the zipped document to end", |status| {
        let zipped = status.document("zip.pdf.gz");
        zipped.is_ok_and(|one| one.state != "releasing")
    })?;
    let zipped = status.document("zip.pdf.gz")?;
    assert_eq!(zipped.state, "printed", "{zipped:?}");

    // Pages beyond the end print nothing and are not priced in silence.
    rig.print("ranges.pdf", &grey(2), &["-o", "page-ranges=7-9"])?;
    let note = rig.told(ATTENTION, "ranges.pdf")?;
    assert!(note.body.contains("asks for none of its pages"), "{note:?}");
    // More copies than anybody can pay for.
    rig.print("copies.pdf", &grey(1), &["-n", "9999"])?;
    let note = rig.told("Printing Declined", "copies.pdf")?;
    assert!(note.body.contains("needs 9999 points"), "{note:?}");
    let status = rig.until_state("copies.pdf", "canceled")?;
    assert_eq!(status.balance("Print Quota"), Some("7/50 points used"));
    assert_eq!(rig.stage.printer("Library")?.prints()?.len(), 1);
    rig.verify_ledger()
}

#[tokio::test(flavor = "multi_thread")]
async fn paper_without_a_price_is_charged_as_the_next_and_the_receipt_says_so() -> Result<()> {
    let rig = Rig::start("paper")?;
    // A5 is charged as the next larger size that has a price, A1 as the rest.
    rig.print("small.pdf", &grey(1), &["-o", "media=iso_a5_148x210mm"])?;
    rig.print("large.pdf", &grey(1), &["-o", "media=iso_a1_594x841mm"])?;
    rig.until_state("small.pdf", "held")?;
    let status = rig.until_state("large.pdf", "held")?;
    assert_eq!(status.document("small.pdf")?.points.as_deref(), Some("1"));
    assert_eq!(status.document("large.pdf")?.points.as_deref(), Some("10"));
    let portal = rig.portal(None).await?;
    for (name, said) in [
        ("small.pdf", "so it is charged as this one"),
        ("large.pdf", "so it is charged as “other size”"),
    ] {
        let id = &status.document(name)?.id;
        let receipt = portal.get(&format!("/history/{id}")).await?;
        assert!(receipt.text.contains(said), "{}", receipt.text);
    }
    nothing_printed(&rig)
}

/// A seat whose client refuses to start, and what it says.
fn refusal(
    name: &str,
    options: SeatOptions,
    prepare: impl Fn(&Rig) -> Result<()>,
) -> Result<String> {
    let stage = StageOptions {
        provider: false,
        printers: Vec::new(),
        ..StageOptions::default()
    };
    let rig = Rig::without_client(
        name,
        RigOptions {
            stage,
            seat: options,
        },
    )?;
    prepare(&rig)?;
    let said = output(&mut rig.seat.platen(&[]))?;
    assert!(!said.status.success());
    assert!(
        said.status.code().is_some_and(|code| code < 100),
        "{said:?}"
    );
    Ok(String::from_utf8_lossy(&said.stderr).into_owned())
}

#[test]
fn pilot_file_with_an_error_keeps_client_and_platenctl_from_loading_it() -> Result<()> {
    let pilot = "[[account]]\nname = \"Quota\"\ncode = \"quota\"\nlimit = \"many\"\n";
    let seat = SeatOptions {
        pilot: Some(pilot.to_owned()),
        ..SeatOptions::default()
    };
    let said = refusal("pilot", seat, |rig| {
        let mut load = rig.stage.platenctl();
        let file = rig.file("pilot.toml", pilot.as_bytes())?;
        load.args(["accounts", "--data-dir"])
            .arg(rig.path("nowhere"));
        let said = output(load.arg("load").arg(&file))?;
        assert!(!said.status.success());
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.contains("line 4"), "{said}");
        Ok(())
    })?;
    assert!(
        said.contains("line 4") && said.contains("pilot.toml"),
        "{said}"
    );
    assert!(said.contains("must be a number such as"), "{said}");
    Ok(())
}

#[test]
fn settings_with_an_error_keep_the_client_from_starting() -> Result<()> {
    let seat = SeatOptions {
        settings: "isuer = \"https://id.example.org\"".to_owned(),
        ..SeatOptions::default()
    };
    let said = refusal("settings", seat, |_| Ok(()))?;
    assert!(said.contains("client.toml"), "{said}");
    assert!(said.contains("line ") && said.contains("isuer"), "{said}");
    Ok(())
}

#[test]
fn damaged_ledger_is_said_and_left_as_it_is() -> Result<()> {
    let damaged = vec![0x5a; 40_000];
    let path = |rig: &Rig| -> PathBuf { rig.seat.data().join("ledger.sqlite") };
    let left = std::cell::RefCell::new(Vec::new());
    let said = refusal("ledger", SeatOptions::default(), |rig| {
        let ledger = path(rig);
        let folder = ledger.parent().context("a file lies in a folder")?;
        let mut make = rig.seat.command("mkdir");
        finish(make.arg("-p").arg(folder))?;
        std::fs::write(&ledger, &damaged)?;
        let user = rig.seat.user();
        std::os::unix::fs::chown(&ledger, Some(user.uid), Some(user.gid))?;
        let refused = output(&mut rig.seat.platen(&[]))?;
        assert!(!refused.status.success());
        *left.borrow_mut() = std::fs::read(&ledger)?;
        Ok(())
    })?;
    assert!(said.contains("not a ledger of Platen"), "{said}");
    assert_eq!(left.into_inner(), damaged, "the file was changed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn full_disk_holds_documents_until_there_is_space_again() -> Result<()> {
    let stage = StageOptions {
        provider: false,
        ..StageOptions::default()
    };
    let mut rig = Rig::without_client(
        "full",
        RigOptions {
            stage,
            ..RigOptions::default()
        },
    )?;
    let disk = Disk::under(&mut rig)?;
    rig.stage.trust(&rig.seat)?;
    rig.print("before.pdf", &grey(1), &[])?;
    rig.until_state("before.pdf", "held")?;

    disk.fill()?;
    rig.print("during.pdf", &grey(2), &[])?;
    let note = rig
        .recorder
        .wait_for(DEADLINE, |note| note.summary == "Documents Must Wait")?;
    assert!(note.body.contains(disk.sentence()), "{note:?}");
    let status = rig.until("the full disk to be said", |status| {
        status.spooler.contains(disk.sentence())
    })?;
    assert_eq!(status.balance("Print Quota"), Some("1/50 points used"));
    assert!(rig.tray()?.tooltip.contains(disk.sentence()));
    assert!(rig.lpstat(&["-W", "not-completed", "-o"])?.lines().count() == 2);

    disk.empty()?;
    // Nobody does anything: the client comes back to it.
    rig.told("Job Ready", "during.pdf")?;
    let status = rig.until("everything to be well again", |status| {
        status.spooler == "The print system answers."
    })?;
    assert_eq!(status.balance("Print Quota"), Some("3/50 points used"));
    nothing_printed(&rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_are_shown_as_text_everywhere() -> Result<()> {
    let rig = Rig::start("names")?;
    let long = "x".repeat(250);
    let names = [
        "<b>bold</b><script>alert(1)</script> & \"co\"",
        "two\nlines\rand\ttabs",
        "invoice\u{202e}fdp.exe",
        long.as_str(),
    ];
    for (number, name) in names.iter().enumerate() {
        rig.print(&format!("name{number}.pdf"), &grey(1), &["-t", name])?;
        rig.until("it to be held", |status| {
            status
                .documents
                .iter()
                .filter(|one| one.state == "held")
                .count()
                == number + 1
                && status.documents.iter().all(|one| one.notified)
        })?;
    }
    let notes = rig.recorder.notifications();
    let tray = rig.tray()?;
    let portal = rig.portal(None).await?.get("/").await?.text;
    let bodies: Vec<_> = notes.iter().map(|note| note.body.as_str()).collect();
    let shown = format!("{bodies:#?}\n{tray:#?}");
    assert!(!portal.contains("<script>alert"), "{portal}");
    assert!(portal.contains("&#60;script&#62;"), "{portal}");
    assert!(bodies.iter().all(|body| !body.contains("<b>")), "{shown}");
    for text in bodies
        .iter()
        .copied()
        .chain(tray.items.iter().flat_map(|item| {
            std::iter::once(item.label.as_str())
                .chain(item.items.iter().map(|one| one.label.as_str()))
        }))
    {
        assert!(!text.contains('\u{202e}'), "{text:?}");
        assert!(!text.contains(['\r', '\t']), "{text:?}");
    }
    assert!(!portal.contains('\u{202e}'));
    nothing_printed(&rig)
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_the_control_socket_is_refused() -> Result<()> {
    let rig = Rig::start("garbage")?;
    let find = finish(rig.seat.command("sh").args([
        "-c",
        "echo \"${XDG_RUNTIME_DIR:-$HOME/.cache}/platen/control.sock\"",
    ]))?;
    let socket = PathBuf::from(find.trim());
    for garbage in [
        &b"\n"[..],
        b"reboot\n",
        b"\xff\xfe\x00\n",
        b"{\"ask\":\"format-disk\"}\n",
        b"{\"ask\":\"open\",\"document\":\"../../etc\"}\n",
        b"{",
        &[b'['; 200_000],
    ] {
        let mut stream = UnixStream::connect(&socket)?;
        // The client may have hung up before everything was sent.
        let _ = stream.write_all(garbage);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(!answer.contains("done"), "{answer}");
    }
    // Nobody who keeps it open keeps others out.
    let _open: Vec<_> = (0..50)
        .map(|_| UnixStream::connect(&socket))
        .collect::<std::io::Result<_>>()?;
    rig.status().map(drop)
}
