//! Whether links lead somewhere.

use anyhow::Result;

use super::markdown::Page;
use super::{Faults, name};

/// Every relative link without a file, and every anchor without a heading.
pub(crate) fn faults(page: &Page) -> Result<Faults> {
    let mut faults = Faults::new();
    for (number, line) in &page.text {
        for target in targets(line) {
            if target.contains(':') {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let place = format!("{}:{number}", name(&page.path));
            let file = if path.is_empty() {
                page.path.clone()
            } else {
                page.path.with_file_name("").join(path)
            };
            if !path.is_empty() && !file.exists() {
                faults.push(format!("{place}: {path} is not there"));
                continue;
            }
            let anchors = match path {
                _ if anchor.is_empty() => continue,
                "" => page.anchors(),
                _ => Page::read(&file)?.anchors(),
            };
            if !anchors.contains(anchor) {
                faults.push(format!("{place}: no heading #{anchor} in {}", name(&file)));
            }
        }
    }
    Ok(faults)
}

/// Where a line's links and pictures lead to.
fn targets(line: &str) -> Vec<String> {
    // What is code is no link.
    let prose: String = line.split('`').step_by(2).collect();
    let between = |start: &str, end: char| -> Vec<String> {
        let rests = prose.split(start).skip(1);
        rests
            .filter_map(|rest| rest.split_once(end).map(|(target, _)| target.to_owned()))
            .collect()
    };
    let mut targets = between("](", ')');
    targets.extend(between("src=\"", '"'));
    targets
}
