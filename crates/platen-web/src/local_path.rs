//! Where a person may be led: to a page of ours, never to another site.

/// The path if it is one of ours, `/` if not. `//host` and `/\host` are other
/// sites to a browser; anything outside printable ASCII doesn't belong into a
/// header.
pub(crate) fn local_path(path: &str) -> &str {
    let is_local = path.starts_with('/')
        && !path[1..].starts_with(['/', '\\'])
        && path.len() <= LONGEST
        && path.bytes().all(|byte| byte.is_ascii_graphic());
    if is_local { path } else { "/" }
}

/// No address of ours comes near this.
const LONGEST: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_ours_are_followed() {
        for path in [
            "/",
            "/history?search=%C3%BC&page=2",
            "/documents/7/account#x",
        ] {
            assert_eq!(local_path(path), path);
        }
        for path in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x",
            "/\tb",
            "/ü",
            &format!("/{}", "a".repeat(1000)),
        ] {
            assert_eq!(local_path(path), "/", "{path:?}");
        }
    }
}
