//! What the packages are built from, for programs that look for known faults.
//!
//! *Source*: CycloneDX 1.5 (JSON), package URLs, and the checksums in `Cargo.lock`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use platen_lab::{finish, root};

use super::Release;

/// Writes the list and returns its file.
///
/// # Errors
/// When cargo can't say what the programs are built from.
pub(super) fn make(release: &Release) -> Result<PathBuf> {
    let checksums = checksums(&fs::read_to_string(root().join("Cargo.lock"))?);
    let at = format!("@{}", release.epoch);
    let time = finish(release.tool("date").args(["-u", "-d", &at, "+%FT%TZ"]))?;
    let mut components = Vec::new();
    for one in release.crates.union(&release.windows) {
        let key = (one.name.clone(), one.version.clone());
        let checksum = checksums
            .get(&key)
            .with_context(|| format!("{} {} is not in Cargo.lock", one.name, one.version))?;
        let name = text(&one.name);
        let version = text(&one.version);
        let url = text(&format!("pkg:cargo/{}@{}", one.name, one.version));
        let mut component = format!(
            "{{\"type\":\"library\",\"bom-ref\":{url},\"name\":{name},\"version\":{version},\
             \"purl\":{url},\"hashes\":[{{\"alg\":\"SHA-256\",\"content\":{}}}]",
            text(checksum)
        );
        if !one.licence.is_empty() {
            // Older packages write a slash for what SPDX calls OR.
            let expression = text(&one.licence.replace('/', " OR "));
            write!(component, ",\"licenses\":[{{\"expression\":{expression}}}]")?;
        }
        component.push('}');
        components.push(component);
    }
    let version = text(&release.version);
    let list = format!(
        "{{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\",\"version\":1,\
         \"metadata\":{{\"timestamp\":{},\"component\":{{\"type\":\"application\",\
         \"name\":\"platen\",\"version\":{version}}}}},\n\"components\":[\n{}\n]}}\n",
        text(time.trim()),
        components.join(",\n")
    );
    let file = release
        .out
        .join(format!("platen-{}.cdx.json", release.version));
    fs::write(&file, list)?;
    Ok(file)
}

/// A JSON string. *Source*: RFC 8259, section 7.
pub(super) fn text(value: &str) -> String {
    let mut json = String::from("\"");
    for c in value.chars() {
        match c {
            '"' | '\\' => json.extend(['\\', c]),
            c if u32::from(c) < 0x20 => json.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => json.push(c),
        }
    }
    json.push('"');
    json
}

/// By name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let field = |part: &str, name: &str| {
        let start = format!("{name} = \"");
        let line = part.lines().find_map(|line| line.strip_prefix(&start))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let parts = lock.split("[[package]]").skip(1);
    let package = |part| {
        let key = (field(part, "name")?, field(part, "version")?);
        Some((key, field(part, "checksum")?))
    };
    parts.filter_map(package).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_kind_is_one_string() {
        assert_eq!(text("a\"b\\c\nd"), "\"a\\\"b\\\\c\\u000ad\"");
    }

    #[test]
    fn checksums_are_those_of_the_lock_file() {
        let lock = "[[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"serde\"\n\
                    version = \"1.0.2\"\nsource = \"registry\"\nchecksum = \"abc\"\n";
        let found = checksums(lock);
        assert_eq!(found.len(), 1);
        assert_eq!(found[&("serde".to_owned(), "1.0.2".to_owned())], "abc");
    }
}
