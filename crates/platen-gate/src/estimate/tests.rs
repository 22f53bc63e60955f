use super::*;
use crate::draw::tests::card;

fn counted(line: &str) -> Counted {
    match serde_json::from_str(line).unwrap() {
        Answer::Counted(counted) => counted,
        Answer::Refused(_) => panic!("{line}"),
    }
}

fn cost(line: &str, options: &str, raw: bool) -> Result<String, String> {
    let options = Options::parse(options).unwrap();
    let asked = JobOptions {
        copies: Some(2),
        ..JobOptions::read(options.all()).options
    };
    let points = price_of(&counted(line), &asked, raw, &card());
    points
        .map(|points| points.to_string())
        .map_err(|error| error.to_string())
}

const PDF: &str = r#"{"counted":{"format":"pdf","runs":[[3,21000,29700,false],[1,21000,29700,true]],"ticket":{},"warnings":[]}}"#;
const PCL: &str = r#"{"counted":{"format":"pcl","runs":[[1,21000,29700,false]],"ticket":{"copies":3},"warnings":["x"]}}"#;
const POSTSCRIPT: &str =
    r#"{"counted":{"format":"postscript","runs":[[1,21000,29700,false]],"ticket":{"copies":5}}}"#;

#[test]
fn pages_cost_what_the_client_would_say() {
    // 2 × (3 × 1 + 3)
    assert_eq!(cost(PDF, "", false).unwrap(), "12");
    assert_eq!(
        cost(PDF, "print-color-mode=monochrome", false).unwrap(),
        "8"
    );
    // 2 × (0.5 + 0.5 + 0.5 + 2)
    assert_eq!(cost(PDF, "sides=two-sided-long-edge", false).unwrap(), "7");
    assert_eq!(cost(PDF, "number-up=4", false).unwrap(), "6");
    assert_eq!(cost(PDF, "page-ranges=1-2", false).unwrap(), "4");
    // No filter chooses pages there, and its own copies come on top.
    assert_eq!(cost(PCL, "page-ranges=2", false).unwrap(), "6");
    assert_eq!(cost(PDF, "number-up=4 page-ranges=1", true).unwrap(), "12");
    // The job's copies take the place of the document's.
    assert_eq!(cost(POSTSCRIPT, "", false).unwrap(), "2");
}

#[test]
fn what_cannot_be_known_has_no_price() {
    assert!(cost(PDF, "page-ranges=7-9", false).is_err());
    let many = r#"{"counted":{"format":"pdf","runs":[[4000000000,1,1,false]]}}"#;
    assert!(cost(many, "", false).is_err());
    let picture = r#"{"counted":{"format":"png","runs":[[1,21000,29700,false]]}}"#;
    assert!(cost(picture, "", false).is_ok());
    assert!(cost(picture, "scaling=300", false).is_err());
}

#[test]
fn program_that_answers_nothing_or_too_long_is_ended() {
    let run = |script: &str| {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]).stdout(Stdio::piped());
        let child = command.spawn().unwrap();
        answer_of(child, Duration::from_millis(500))
    };
    assert_eq!(run("printf yes").unwrap(), b"yes");
    assert!(run("exec sleep 60").is_err());
    assert!(run("exec cat /dev/zero").is_err());
}

#[test]
fn program_that_others_may_change_is_not_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("estimate");
    std::fs::write(&program, "").unwrap();
    let places = Places::below(dir.path());
    let configured = format!("estimator = {}\n", program.display());
    std::fs::write(&places.configuration, configured).unwrap();
    let uid = std::fs::metadata(&program).unwrap().uid();
    for (mode, good) in [(0o755, true), (0o775, false), (0o757, false)] {
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(mode)).unwrap();
        let found = Estimator::find(&places, None, uid);
        assert_eq!(found.is_ok(), good, "{mode:o}");
    }
}

#[test]
fn drivers_name_their_paper() {
    let dir = tempfile::tempdir().unwrap();
    let driver = dir.path().join("x.ppd");
    let paper = |text: &str| {
        std::fs::write(&driver, text).unwrap();
        default_paper(&driver)
    };
    assert_eq!(
        paper("*PPD-Adobe: \"4.3\"\n*DefaultPageSize: A4\n"),
        Some(Size::A4)
    );
    assert_eq!(
        paper("*DefaultPageSize: Letter.Fullbleed\n"),
        Some(Size::LETTER)
    );
    assert_eq!(paper("*DefaultPageSize: Unknown\n"), None);
    assert_eq!(default_paper(Path::new("/nowhere")), None);
}

#[test]
fn what_is_counted_is_what_is_printed() {
    let check = |format: Format, taken_for: Option<&str>, same: bool| {
        assert_eq!(format.is_what(taken_for), same, "{taken_for:?}");
    };
    check(Format::Pdf, Some("application/pdf"), true);
    check(Format::Pdf, Some("text/plain"), false);
    check(Format::Text, Some("text/plain"), true);
    check(Format::Text, Some("application/x-shell"), true);
    check(Format::Text, Some("application/postscript"), false);
    check(Format::Pdf, Some("application/octet-stream"), false);
    check(Format::Pcl, Some("application/octet-stream"), true);
    check(Format::Text, Some(RAW), true);
    check(Format::Text, None, false);
}
