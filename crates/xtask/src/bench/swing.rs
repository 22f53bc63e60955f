//! A bare Java Swing window, as the peers that are written in Java have at least.

use std::fs;
use std::path::Path;

use anyhow::Result;
use platen_lab::{Process, Seat, finish, output};

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

/// Compiles the window into `directory`; `false` where there is no Java that can draw on a screen.
pub(super) fn prepare(seat: &Seat, directory: &Path) -> Result<bool> {
    if !can_draw(seat)? {
        return Ok(false);
    }
    fs::write(directory.join("Bare.java"), SOURCE)?;
    let mut javac = seat.command("javac");
    javac
        .arg("-d")
        .arg(directory)
        .arg(directory.join("Bare.java"));
    Ok(finish(&mut javac).is_ok())
}

/// Servers often have a Java without the library that draws.
fn can_draw(seat: &Seat) -> Result<bool> {
    let Ok(settings) = output(
        seat.command("java")
            .args(["-XshowSettings:properties", "-version"]),
    ) else {
        return Ok(false);
    };
    let settings = String::from_utf8_lossy(&settings.stderr).into_owned();
    let home = settings
        .lines()
        .find_map(|line| line.trim().strip_prefix("java.home = "));
    Ok(home.is_some_and(|home| Path::new(home).join("lib/libawt_xawt.so").exists()))
}

/// Opens the window.
pub(super) fn open(seat: &Seat, directory: &Path) -> Result<Process> {
    let mut java = seat.command("java");
    java.arg("-cp").arg(directory).arg("Bare");
    Process::start(&java, &directory.join("java.log"))
}
