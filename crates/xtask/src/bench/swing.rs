//! A bare Java Swing window, as the peers that are written in Java have at least.

use std::fs;
use std::path::Path;

use anyhow::Result;
use platen_lab::{Process, Seat, finish};

/// Its title.
pub(super) const TITLE: &str = "Bare Swing";

const SOURCE: &str = "import javax.swing.*;
public class Bare {
  public static void main(String[] arguments) {
    SwingUtilities.invokeLater(() -> {
      JFrame window = new JFrame(\"Bare Swing\");
      window.add(new JLabel(\"What printing costs, in plain words and 16 shades\"));
      window.setSize(400, 300);
      window.setVisible(true);
    });
  }
}
";

/// Compiles the window into `directory`; `false` where there is no Java.
pub(super) fn prepare(seat: &Seat, directory: &Path) -> Result<bool> {
    fs::write(directory.join("Bare.java"), SOURCE)?;
    let mut javac = seat.command("javac");
    javac
        .arg("-d")
        .arg(directory)
        .arg(directory.join("Bare.java"));
    Ok(finish(&mut javac).is_ok())
}

/// Opens the window.
pub(super) fn open(seat: &Seat, directory: &Path) -> Result<Process> {
    let mut java = seat.command("java");
    java.arg("-cp").arg(directory).arg("Bare");
    Process::start(&java, &directory.join("java.log"))
}
