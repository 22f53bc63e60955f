use super::*;
use crate::approval::tests::{approval, key, trust};
use crate::card::tests::any_card;
use crate::lease::tests::lease;
use platen_domain::{PrintRates, RateRow, Size};
use proptest::prelude::*;

pub(crate) fn card() -> RateCard {
    let rates = |simplex: i64| PrintRates {
        mono_simplex: Points::from_hundredths(simplex),
        mono_duplex: Points::from_hundredths(simplex / 2),
        colour_simplex: Points::from_hundredths(3 * simplex),
        colour_duplex: Points::from_hundredths(2 * simplex),
    };
    let row = |name: &str, size, simplex| RateRow {
        name: name.into(),
        size,
        print: rates(simplex),
        copy: rates(simplex),
    };
    RateCard {
        version: 7,
        rows: vec![row("A4", Size::A4, 100), row("A3", Size::A3, 200)],
        other_print: rates(1000),
        other_copy: rates(1000),
    }
}

/// Keys of a server and a device, and a signed lease of 5 points.
struct Site {
    server: SigningKey,
    device: SigningKey,
    lease: String,
    _dirs: [tempfile::TempDir; 2],
}

impl Site {
    fn new() -> Self {
        let ((one, server), (two, device)) = (key(), key());
        let mut lease = lease(&device, server.public());
        lease.card = crate::card_digest(&card());
        Self {
            lease: lease.sign(&server),
            server,
            device,
            _dirs: [one, two],
        }
    }

    fn draw(&self, cost: i64) -> Result<String, NotOnLease> {
        let cost = Points::from_hundredths(cost);
        on_lease(&approval(), cost, &self.lease, &card(), &self.device)
    }

    fn verify(&self, text: &str) -> Result<Draw, NotApproved> {
        Draw::verify(text, "alice", &trust(&self.server, None))
    }
}

#[test]
fn print_on_a_lease_says_what_was_signed() {
    let site = Site::new();
    let text = site.draw(300).unwrap();
    assert!(Draw::is_meant(&text));
    assert!(!Draw::is_meant(&approval().sign(&site.server)));
    // As cupsd passes it on.
    let parts = text.as_bytes().chunks(1000);
    let parts: Vec<_> = parts.map(|part| str::from_utf8(part).unwrap()).collect();
    for text in [text.clone(), parts.join(",")] {
        let draw = site.verify(&text).unwrap();
        assert_eq!(draw.cost, Points::from_hundredths(300));
        assert_eq!(draw.claims, approval().claims());
        assert_eq!(draw.card.version, 7);
        assert_eq!(draw.card.rows[1].print, card().rows[1].print);
        assert_eq!(draw.lease.device, site.device.public());
    }
}

#[test]
fn what_the_gate_would_refuse_is_not_signed() {
    let site = Site::new();
    let (_dir, other) = key();
    let refused = |approval: &Approval, cost, lease: &str, card: &RateCard, key: &SigningKey| {
        on_lease(approval, Points::from_hundredths(cost), lease, card, key).unwrap_err()
    };
    let (ours, prices) = (approval(), card());
    let signed = |key, approval, cost| refused(approval, cost, &site.lease, &prices, key);
    assert_eq!(signed(&other, &ours, 1), NotOnLease::OtherDevice);
    let bobs = Approval {
        owner: "bob".into(),
        ..approval()
    };
    assert_eq!(signed(&site.device, &bobs, 1), NotOnLease::OtherOwner);
    assert_eq!(signed(&site.device, &ours, 501), NotOnLease::Cost);
    assert_eq!(signed(&site.device, &ours, -1), NotOnLease::Cost);
    let dearer = RateCard {
        version: 8,
        ..card()
    };
    assert_eq!(
        refused(&ours, 1, &site.lease, &dearer, &site.device),
        NotOnLease::OtherCard
    );
    for lease in ["", "x", &site.lease[1..], &site.lease.replace('A', "!")] {
        assert_eq!(
            refused(&ours, 1, lease, &prices, &site.device),
            NotOnLease::Malformed
        );
    }
}

#[test]
fn every_changed_bit_is_refused() {
    let site = Site::new();
    let record = URL_SAFE_NO_PAD.decode(site.draw(300).unwrap()).unwrap();
    for bit in 0..record.len() * 8 {
        let mut changed = record.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let verified = site.verify(&URL_SAFE_NO_PAD.encode(changed));
        assert!(verified.is_err(), "bit {bit}");
    }
}

#[test]
fn lease_of_another_device_is_not_signed_for() {
    let (site, other) = (Site::new(), Site::new());
    // Somebody who has a device's lease but not its key.
    let record = URL_SAFE_NO_PAD.decode(site.draw(1).unwrap()).unwrap();
    let (signed, rest) = record.split_at(SIGNED_BYTES);
    let forged = other.device.sign(&signed_message(signed));
    let text = URL_SAFE_NO_PAD.encode([signed, &forged, &rest[64..]].concat());
    assert_eq!(site.verify(&text), Err(NotApproved::OtherDevice));
    // And a lease of an authority that is not trusted here.
    assert_eq!(
        site.verify(&other.draw(1).unwrap()),
        Err(NotApproved::UnknownSignature)
    );
}

#[test]
fn lease_of_another_user_is_not_drawn_on() {
    let site = Site::new();
    let text = site.draw(1).unwrap();
    // Bob has alice's lease and her device's key, and approves a job of his own.
    let bobs = Approval {
        owner: "bob".into(),
        ..approval()
    };
    let record = URL_SAFE_NO_PAD.decode(&text).unwrap();
    let (signed, card) = (&record[..SIGNED_BYTES], &record[SIGNED_BYTES + 64..]);
    let mut forged = signed.to_vec();
    forged[1 + lease::RECORD_BYTES..SIGNED_BYTES - 8].copy_from_slice(&bobs.claims().to_bytes());
    let signature = site.device.sign(&signed_message(&forged));
    let forged = URL_SAFE_NO_PAD.encode([&forged, signature.as_slice(), card].concat());
    // What she says of his job is hers, and what he says is on her lease.
    assert_eq!(site.verify(&forged).unwrap().claims, bobs.claims());
    for text in [&text, &forged] {
        let trusted = trust(&site.server, None);
        let refused = Draw::verify(text, "bob", &trusted);
        assert_eq!(refused, Err(NotApproved::OtherOwner));
    }
}

proptest! {
    #[test]
    fn no_text_upsets_the_reader(text in ".{0,900}") {
        let _ = Draw::verify(&text, "alice", &[]);
    }

    #[test]
    fn no_record_upsets_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..900)) {
        let _ = Draw::verify(&URL_SAFE_NO_PAD.encode(bytes), "alice", &[]);
    }

    #[test]
    fn other_prices_than_the_lease_s_are_refused(other in any_card()) {
        let site = Site::new();
        let record = URL_SAFE_NO_PAD.decode(site.draw(1).unwrap()).unwrap();
        let swapped = [&record[..SIGNED_BYTES + 64], &card::encode(&other)].concat();
        let text = URL_SAFE_NO_PAD.encode(swapped);
        prop_assert_eq!(site.verify(&text), Err(NotApproved::OtherCard));
    }
}
