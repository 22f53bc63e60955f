//! Documents to print.

use platen_lab::pdf_of;

/// A PDF of `pages` A4 pages with text, each third one in colour.
pub(super) fn document(pages: usize) -> Vec<u8> {
    let mut bodies = vec!["<< /Type /Catalog /Pages 2 0 R >>".to_owned()];
    // After catalogue, page tree and font come two objects for each page.
    let kids: String = (0..pages)
        .map(|page| format!("{} 0 R ", 4 + page * 2))
        .collect();
    bodies.push(format!("<< /Type /Pages /Kids [{kids}] /Count {pages} >>"));
    bodies.push("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned());
    for page in 0..pages {
        let colour = if page % 3 == 2 {
            "0.8 0.1 0.1 rg"
        } else {
            "0 g"
        };
        let mut content = format!("BT {colour} /F1 11 Tf 14 TL 60 780 Td\n");
        for line in 1..=40 {
            content.push_str(&format!(
                "(Page {} line {line}: what printing costs.) Tj T*\n",
                page + 1
            ));
        }
        content.push_str("ET\n");
        bodies.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R \
             /Resources << /Font << /F1 3 0 R >> >> >>",
            5 + page * 2
        ));
        bodies.push(format!(
            "<< /Length {} >>\nstream\n{content}endstream",
            content.len()
        ));
    }
    pdf_of(&bodies)
}
