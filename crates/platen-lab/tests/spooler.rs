//! The private cupsd and system bus: they start, work, and leave nothing behind.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use platen_lab::{Cupsd, CupsdOptions, Process, Scratch, SystemBus, finish, free_port, wait_until};

const DEADLINE: Duration = Duration::from_secs(20);

/// Processes whose command line mentions `directory`.
fn processes_in(directory: &Path) -> Vec<String> {
    let wanted = directory.display().to_string();
    std::fs::read_dir("/proc")
        .expect("/proc is mounted")
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(&wanted))
        .collect()
}

#[test]
fn two_cupsds_print_side_by_side_and_leave_nothing() {
    let scratch = Scratch::new("lab-cupsd").unwrap();
    let path = scratch.path().to_owned();
    let start = |name: &str| {
        let cupsd = Cupsd::start(&path.join(name), CupsdOptions::default()).unwrap();
        cupsd
            .lpadmin(&["-p", "sink", "-E", "-v", &cupsd.sink_uri(), "-m", "raw"])
            .unwrap();
        cupsd
    };
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| start("one"));
        let two = scope.spawn(|| start("two"));
        (one.join().unwrap(), two.join().unwrap())
    });
    let document = scratch.join("document.txt");
    std::fs::write(&document, "three words long\n").unwrap();
    let job = one
        .lp("sink", &document, &["-o", "sides=one-sided"])
        .unwrap();
    let printed = one.sink().join(format!("{job}.prn"));
    wait_until("the print", DEADLINE, || {
        std::fs::read(&printed).is_ok_and(|content| content == b"three words long\n")
    })
    .unwrap();
    assert_eq!(std::fs::read_dir(two.sink()).unwrap().count(), 0);
    drop((one, two));
    assert_eq!(processes_in(&path.join("one")), Vec::<String>::new());
    assert_eq!(processes_in(&path.join("two")), Vec::<String>::new());
    drop(scratch);
    assert!(!path.exists());
}

#[test]
fn jobs_survive_a_restart_and_a_kill() {
    let scratch = Scratch::new("lab-cupsd").unwrap();
    let mut cupsd = Cupsd::start(scratch.path(), CupsdOptions::default()).unwrap();
    cupsd
        .lpadmin(&["-p", "sink", "-E", "-v", &cupsd.sink_uri(), "-m", "raw"])
        .unwrap();
    let document = scratch.join("document.txt");
    std::fs::write(&document, "held\n").unwrap();
    let job = cupsd.lp("sink", &document, &["-H", "hold"]).unwrap();
    let listed = |cupsd: &Cupsd| finish(&mut cupsd.command("lpstat")).unwrap();
    cupsd.restart().unwrap();
    assert!(listed(&cupsd).contains(&format!("sink-{job}")));
    cupsd.kill9().unwrap();
    assert!(!cupsd.process().is_running());
    cupsd.start_again().unwrap();
    assert!(listed(&cupsd).contains(&format!("sink-{job}")));
}

#[test]
fn a_configuration_that_cupsd_refuses_is_told_at_the_start() {
    let scratch = Scratch::new("lab-cupsd").unwrap();
    let options = CupsdOptions {
        policies: Some("<Policy default>\n<Limit All>\n".to_owned()),
        ..CupsdOptions::default()
    };
    let problem = Cupsd::start(scratch.path(), options).unwrap_err();
    assert!(
        format!("{problem:#}").contains("configuration"),
        "{problem:#}"
    );
}

#[test]
fn backends_see_the_environment_given() {
    let scratch = Scratch::new("lab-cupsd").unwrap();
    let bus = SystemBus::start(&scratch.join("bus")).unwrap();
    let program = scratch.join("tell");
    std::fs::write(
        &program,
        "#!/bin/sh\n[ $# = 0 ] && exit 0\necho \"$DBUS_SYSTEM_BUS_ADDRESS\" > \"${DEVICE_URI#tell:}\"\n",
    )
    .unwrap();
    let options = CupsdOptions {
        backends: vec![platen_lab::Backend {
            name: "tell".to_owned(),
            program,
            mode: 0o755,
        }],
        environment: bus.env(),
        ..CupsdOptions::default()
    };
    let cupsd = Cupsd::start(&scratch.join("cups"), options).unwrap();
    let told = cupsd.sink().join("told");
    let device = format!("tell:{}", told.display());
    cupsd
        .lpadmin(&["-p", "teller", "-E", "-v", &device, "-m", "raw"])
        .unwrap();
    cupsd.lp("teller", Path::new("/etc/hostname"), &[]).unwrap();
    wait_until("the backend", DEADLINE, || {
        std::fs::read_to_string(&told).is_ok_and(|text| text.trim() == bus.address())
    })
    .unwrap();
}

#[test]
fn the_dbus_notifier_tells_of_a_new_job_on_the_private_bus() {
    let scratch = Scratch::new("lab-cupsd").unwrap();
    let bus = SystemBus::start(&scratch.join("bus")).unwrap();
    let port = free_port().unwrap();
    let printer = format!("ipp://localhost:{port}/printers/sink");
    let options = CupsdOptions {
        environment: bus.env(),
        port: Some(port),
        ..CupsdOptions::default()
    };
    let cupsd = Cupsd::start(&scratch.join("cups"), options).unwrap();
    cupsd
        .lpadmin(&["-p", "sink", "-E", "-v", &cupsd.sink_uri(), "-m", "raw"])
        .unwrap();
    let request = scratch.join("subscribe.test");
    std::fs::write(
        &request,
        "{\nOPERATION Create-Printer-Subscription\nGROUP operation-attributes-tag\n\
         ATTR charset attributes-charset utf-8\nATTR language attributes-natural-language en\n\
         ATTR uri printer-uri ipp://localhost/printers/sink\n\
         ATTR name requesting-user-name $user\nGROUP subscription-attributes-tag\n\
         ATTR uri notify-recipient-uri dbus://\nATTR keyword notify-events job-created\n\
         STATUS successful-ok\n}\n",
    )
    .unwrap();
    let mut watch = Command::new("dbus-monitor");
    watch.arg("--address").arg(bus.address());
    let mut watch = Process::start(&watch, &scratch.join("watch.log")).unwrap();
    watch
        .wait_ready(DEADLINE, || {
            std::fs::read_to_string(scratch.join("watch.log"))
                .is_ok_and(|log| log.contains("NameAcquired"))
        })
        .unwrap();
    let mut ipptool = cupsd.command("ipptool");
    finish(ipptool.arg("-t").arg(&printer).arg(&request)).unwrap();
    cupsd.lp("sink", Path::new("/etc/hostname"), &[]).unwrap();
    wait_until("JobCreated", DEADLINE, || {
        watch.log().contains("JobCreated")
    })
    .unwrap();
}
