//! Paper by the names and numbers that printer languages give it.
//!
//! Whole points, as CUPS measures the same papers, so that a size is the same
//! size in every language. *Source*: PCL 5 Technical Reference, "Page Size
//! Command"; PCL XL Feature Reference, appendix "Media size"; PJL Technical
//! Reference, "PAPER".

/// Width and height, upright. *Units*: points.
pub(crate) type SizePt = (f64, f64);

/// What a printer takes when a job names nothing.
pub(crate) const DEFAULT: SizePt = (612.0, 792.0);

struct Paper {
    /// Its names, in capitals without spaces.
    names: &'static [&'static str],
    /// Its number in `ESC & l # A`.
    pcl: Option<u16>,
    /// Its number as PCL XL's MediaSize.
    pclxl: Option<u8>,
    size_pt: SizePt,
}

const fn paper(
    names: &'static [&'static str],
    pcl: Option<u16>,
    pclxl: Option<u8>,
    width: f64,
    height: f64,
) -> Paper {
    Paper {
        names,
        pcl,
        pclxl,
        size_pt: (width, height),
    }
}

const PAPERS: &[Paper] = &[
    paper(&["LETTER"], Some(2), Some(0), 612.0, 792.0),
    paper(&["LEGAL"], Some(3), Some(1), 612.0, 1008.0),
    paper(&["A4"], Some(26), Some(2), 595.0, 842.0),
    paper(&["EXECUTIVE", "EXEC"], Some(1), Some(3), 522.0, 756.0),
    paper(
        &["LEDGER", "TABLOID", "11X17"],
        Some(6),
        Some(4),
        792.0,
        1224.0,
    ),
    paper(&["A3"], Some(27), Some(5), 842.0, 1191.0),
    paper(&["COM10"], Some(81), Some(6), 297.0, 684.0),
    paper(&["MONARCH"], Some(80), Some(7), 279.0, 540.0),
    paper(&["C5"], Some(91), Some(8), 459.0, 649.0),
    paper(&["DL"], Some(90), Some(9), 312.0, 624.0),
    paper(&["JISB4", "B4JIS"], Some(46), Some(10), 729.0, 1032.0),
    paper(&["JISB5", "B5JIS"], Some(45), Some(11), 516.0, 729.0),
    paper(&["B5", "B5ENV"], Some(100), Some(12), 499.0, 709.0),
    paper(&["B5PAPER"], None, Some(13), 516.0, 729.0),
    paper(&["JPOST"], Some(71), Some(14), 284.0, 419.0),
    paper(&["JPOSTD"], Some(72), Some(15), 419.0, 567.0),
    paper(&["A5"], Some(25), Some(16), 420.0, 595.0),
    paper(&["A6"], Some(24), Some(17), 297.0, 420.0),
    paper(&["JISB6", "B6JIS"], Some(44), Some(18), 363.0, 516.0),
    paper(&["8K"], Some(19), Some(19), 765.0, 1106.0),
    paper(&["16K"], Some(17), Some(20), 553.0, 765.0),
    paper(&["JISEXEC"], Some(18), Some(21), 612.0, 935.0),
    paper(&["STATEMENT"], Some(15), None, 396.0, 612.0),
    paper(
        &["FOLIO", "FOOLSCAP", "8.5X13"],
        Some(10),
        None,
        612.0,
        936.0,
    ),
    paper(&["3X5"], Some(78), None, 216.0, 360.0),
    paper(&["4X6"], Some(74), None, 288.0, 432.0),
    paper(&["5X8"], Some(75), None, 360.0, 576.0),
    paper(&["A2"], Some(28), None, 1191.0, 1684.0),
    paper(&["A1"], Some(29), None, 1684.0, 2384.0),
    paper(&["A0"], Some(30), None, 2384.0, 3370.0),
];

/// The paper of that name, whatever its case, spaces and hyphens.
pub(crate) fn by_name(name: &[u8]) -> Option<SizePt> {
    let name: Vec<u8> = name
        .iter()
        .filter(|byte| !matches!(byte, b' ' | b'-' | b'_'))
        .map(u8::to_ascii_uppercase)
        .collect();
    find(|paper| paper.names.iter().any(|known| known.as_bytes() == name))
}

/// The paper that PCL 5 gives this number.
pub(crate) fn by_pcl(number: i64) -> Option<SizePt> {
    find(|paper| paper.pcl.map(i64::from) == Some(number))
}

/// The paper that PCL XL gives this number.
pub(crate) fn by_pclxl(number: i64) -> Option<SizePt> {
    find(|paper| paper.pclxl.map(i64::from) == Some(number))
}

fn find(is_it: impl Fn(&Paper) -> bool) -> Option<SizePt> {
    PAPERS
        .iter()
        .find(|paper| is_it(paper))
        .map(|paper| paper.size_pt)
}

/// A size that a job measures itself; none when no paper has it.
pub(crate) fn custom(width_pt: f64, height_pt: f64) -> Option<SizePt> {
    let fits = |pt: f64| pt.is_finite() && (1.0..=14_400.0).contains(&pt);
    (fits(width_pt) && fits(height_pt)).then_some((width_pt, height_pt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_is_the_same_size_in_every_language() {
        assert_eq!(by_name(b"a4"), by_pcl(26));
        assert_eq!(by_pcl(26), by_pclxl(2));
        assert_eq!(by_name(b"JIS B4"), by_pcl(46));
        assert_eq!(by_name(b"no such paper"), None);
        assert_eq!(by_pcl(-2), None);
    }

    #[test]
    fn no_number_or_name_means_two_papers() {
        for (at, paper) in PAPERS.iter().enumerate() {
            for other in &PAPERS[at + 1..] {
                assert!(paper.pcl.is_none() || paper.pcl != other.pcl);
                assert!(paper.pclxl.is_none() || paper.pclxl != other.pclxl);
                assert!(paper.names.iter().all(|name| !other.names.contains(name)));
            }
        }
    }

    #[test]
    fn a_size_that_no_paper_has_is_none() {
        assert_eq!(custom(300.0, 400.0), Some((300.0, 400.0)));
        assert_eq!(custom(f64::NAN, 400.0), None);
        assert_eq!(custom(0.0, 1e9), None);
    }
}
