//! Documents to print.

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
    assemble(&bodies)
}

fn assemble(bodies: &[String]) -> Vec<u8> {
    let mut text = "%PDF-1.4\n".to_owned();
    let mut table = "0000000000 65535 f \n".to_owned();
    for (index, body) in bodies.iter().enumerate() {
        table.push_str(&format!("{:010} 00000 n \n", text.len()));
        text.push_str(&format!("{} 0 obj\n{body}\nendobj\n", index + 1));
    }
    let (start, size) = (text.len(), bodies.len() + 1);
    text.push_str(&format!(
        "xref\n0 {size}\n{table}trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    ));
    text.into_bytes()
}
