//! The rate card.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::rig::*;

#[tokio::test]
async fn card_is_read_and_replaced_as_a_new_version() {
    let rig = Rig::new().await;
    let got = rig.get("/rate-card").await.expect(200);
    let card = got.json();
    assert_eq!(card["version"], 1);
    assert_eq!(card["sizes"][0]["name"], "A4");
    assert_eq!(
        card["sizes"][0]["print"]["mono"],
        json!({"simplex": 1, "duplex": 0.5})
    );
    assert_eq!(
        card["other"]["copy"]["colour"],
        json!({"simplex": 20, "duplex": 20})
    );
    let rates = |simplex: f64| {
        json!({
            "mono": {"simplex": simplex, "duplex": 1}, "colour": {"simplex": 3, "duplex": 2},
        })
    };
    let body = json!({
        "sizes": [
            {"name": "A4", "print": rates(1.5)},
            {"name": "iso_a0_841x1189mm", "print": rates(40.0), "copy": rates(50.0)},
        ],
        "other": {"print": rates(9.0)},
    });
    rig.json("PUT", "/rate-card", &body.to_string())
        .await
        .problem(428, "version-needed");
    let tag = [("if-match", got.header("etag"))];
    let set = rig
        .json_with("PUT", "/rate-card", &body.to_string(), &tag)
        .await
        .expect(200);
    assert_eq!(set.header("etag"), "\"2\"");
    let card = set.json();
    assert_eq!(card["sizes"][0]["copy"]["mono"]["simplex"], 1.5);
    assert_eq!(card["sizes"][1]["copy"]["mono"]["simplex"], 50);
    assert_eq!(rig.get("/rate-card").await.json(), card);
    let again = rig
        .json_with("PUT", "/rate-card", &body.to_string(), &tag)
        .await;
    again.problem(412, "changed");
}

#[tokio::test]
async fn wrong_cards_are_refused_field_by_field() {
    let rig = Rig::new().await;
    let rates = json!({
        "mono": {"simplex": 1, "duplex": 1}, "colour": {"simplex": 1, "duplex": 1},
    });
    let good = json!({"sizes": [{"name": "A4", "print": rates}], "other": {"print": rates}});
    let with = |pointer: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value;
        body.to_string()
    };
    let any = [("if-match", "*")];
    for (body, pointer) in [
        (with("/sizes/0/name", json!("Napkin")), "/sizes/0/name"),
        (
            with("/sizes/0/print/mono/simplex", json!(-1)),
            "/sizes/0/print/mono/simplex",
        ),
        (with("/sizes/0/print/mono", json!(1)), "/sizes/0/print/mono"),
        (with("/sizes/0", json!("A4")), "/sizes/0"),
        (with("/sizes", json!({})), "/sizes"),
        (with("/other", json!(null)), "/other"),
        (with("/other/print", json!({})), "/other/print/mono"),
    ] {
        let got = rig.json_with("PUT", "/rate-card", &body, &any).await;
        let problem = got.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let twice = with(
        "/sizes",
        json!([
            {"name": "A4", "print": rates}, {"name": "iso_a4_210x297mm", "print": rates},
        ]),
    );
    let problem = rig
        .json_with("PUT", "/rate-card", &twice, &any)
        .await
        .problem(409, "conflict");
    assert_eq!(problem["errors"][0]["pointer"], "/sizes/1/name");
    assert_eq!(rig.get("/rate-card").await.header("etag"), "\"1\"");
}

#[tokio::test]
async fn of_programs_that_replace_one_version_at_once_exactly_one_wins() {
    let rig = Rig::new().await;
    let body = |rate: u32| {
        let rates = json!({
            "mono": {"simplex": rate, "duplex": 1}, "colour": {"simplex": 3, "duplex": 2},
        });
        json!({"sizes": [{"name": "A4", "print": rates}], "other": {"print": rates}}).to_string()
    };
    for version in 1..=3 {
        let tag = format!("\"{version}\"");
        let tag = [("if-match", tag.as_str())];
        let bodies: Vec<_> = (1..=10).map(|rate| body(version * 20 + rate)).collect();
        let answers = bodies
            .iter()
            .map(async |body| rig.json_with("PUT", "/rate-card", body, &tag).await);
        let (won, lost): (Vec<_>, Vec<_>) = join_all(answers)
            .await
            .into_iter()
            .partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1, "version {version}");
        for answer in lost {
            answer.problem(412, "changed");
        }
    }
}
