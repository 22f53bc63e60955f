use super::*;
use crate::key::{PublicKey, SigningKey};
use std::os::unix::fs::PermissionsExt as _;

fn directory() -> (tempfile::TempDir, PathBuf, u32, PublicKey) {
    let dir = tempfile::tempdir().unwrap();
    let key = SigningKey::load_or_create(&dir.path().join("secret"))
        .unwrap()
        .public();
    let keys = dir.path().join("authorities");
    fs::create_dir(&keys).unwrap();
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o755)).unwrap();
    let uid = fs::metadata(&keys).unwrap().uid();
    (dir, keys, uid, key)
}

fn write(keys: &Path, name: &str, text: &str, mode: u32) {
    fs::write(keys.join(name), text).unwrap();
    fs::set_permissions(keys.join(name), fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn keys_are_read_and_others_reported() {
    let (_dir, keys, uid, key) = directory();
    write(
        &keys,
        "a.pub",
        &format!("# alice\n{key} user=alice\n"),
        0o644,
    );
    write(&keys, "b.pub", &format!("{key}\n"), 0o644);
    write(&keys, "c.pub", "rsa nonsense", 0o644);
    write(&keys, "d.pub", &format!("{key} user="), 0o644);
    write(&keys, "readme", "not a key", 0o644);
    let found = Authorities::load(&keys, uid).unwrap();
    let users: Vec<_> = found.keys.iter().map(|(_, a)| a.user.as_deref()).collect();
    assert_eq!(users, [Some("alice"), None]);
    assert_eq!(found.unreadable.len(), 2);
    let again: Authority = found.keys[0].1.to_string().parse().unwrap();
    assert_eq!(again, found.keys[0].1);
}

#[test]
fn missing_directory_means_no_keys() {
    let (dir, _, uid, _) = directory();
    let found = Authorities::load(&dir.path().join("none"), uid).unwrap();
    assert!(found.keys.is_empty() && found.unreadable.is_empty());
}

#[test]
fn key_that_others_could_have_written_makes_none_count() {
    let (_dir, keys, uid, key) = directory();
    write(&keys, "a.pub", &key.to_string(), 0o664);
    assert!(matches!(
        Authorities::load(&keys, uid),
        Err(AuthorityError::Writable(_))
    ));
}
