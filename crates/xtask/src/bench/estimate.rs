//! How fast and how right the page count is, beside other programs in one run.

mod child;
mod hostile;
mod own_set;
mod print;
mod read;
mod score;
mod start;
mod tools;
mod truth;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use platen_lab::{Scratch, root};

use crate::cargo::{cargo, programs};
use score::Score;
use tools::{Answer, Found, Tool};
use truth::Document;

/// So many documents are asked about one by one, however slow the tool.
const FEW: usize = 200;
/// How much rarer documents are looked at for a quick answer.
const QUICK: usize = 8;

/// What to compare, and over which documents.
#[derive(Clone, Debug, Default)]
pub(super) struct Options {
    /// A directory with a `truth.tsv`; else `$PLATEN_CORPUS`, else a set of our own.
    pub(super) corpus: Option<PathBuf>,
    /// Their names; none named is all.
    pub(super) peers: Option<Vec<String>>,
    /// An eighth of the documents, each measured once.
    pub(super) quick: bool,
    /// What hostile documents cost, and nothing else.
    pub(super) hostile: bool,
}

/// The tables: each tool's time and faults, then ours in more detail.
pub(super) fn measure(options: &Options) -> Result<String> {
    let built = build()?;
    let examples = built.join("examples");
    let scratch = Scratch::new("platen-estimate")?;
    if options.hostile {
        return hostile::measure(&built.join("platen-estimate"), &examples, scratch.path());
    }
    let documents = documents(options, scratch.path())?;
    let passes = if options.quick { 1 } else { 3 };

    let ours = tools::ours(&examples, passes);
    let all = ours.share(&documents);
    let own = ours.ask(&documents, &all)?;
    let mut text = print::heading();
    let total = Score::of(documents.iter().zip(&own));
    text.push_str(&print::row(ours.name, ours.does, &total, total.spent_us));
    let mut absent = Vec::new();
    for found in tools::peers(&examples, passes) {
        match found {
            Found::Absent { name, hint } if wanted(options, name) => {
                absent.push(format!("{name}: not here ({hint})\n"));
            }
            Found::Here(peer) if wanted(options, peer.name) => {
                text.push_str(&compare(peer, &documents, &own)?);
            }
            _ => {}
        }
    }
    text.push_str(&absent.concat());
    text.push_str(
        "\nCPU is user and system time with all children, the shortest of several passes for tools \
         that read everything\nin one process; the ratio is over the documents that both were asked \
         about. Wrong and refused: of undisputed documents.\n\n",
    );
    text.push_str(&start::measure(
        &built.join("platen-estimate"),
        scratch.path(),
    )?);
    for part in [
        print::formats(&documents, &own),
        print::histogram(&own),
        print::worst(&documents, &own),
        print::differences(&documents, &own),
        raster()?,
    ] {
        text.push('\n');
        text.push_str(&part);
    }
    Ok(text)
}

fn wanted(options: &Options, name: &str) -> bool {
    options
        .peers
        .as_ref()
        .is_none_or(|peers| peers.iter().any(|peer| peer == name))
}

fn compare(mut peer: Tool, documents: &[Document], own: &[Answer]) -> Result<String> {
    if documents.len() <= FEW {
        peer.every = 1;
    }
    let share = peer.share(documents);
    let answers = peer
        .ask(documents, &share)
        .with_context(|| format!("asking {}", peer.name))?;
    let score = Score::of(share.iter().map(|at| &documents[*at]).zip(&answers));
    let same_us = share.iter().map(|at| own[*at].spent_us).sum();
    let does = match peer.every {
        1 => peer.does.to_owned(),
        every => format!("{}, every {every}th document", peer.does),
    };
    Ok(print::row(peer.name, &does, &score, same_us))
}

fn documents(options: &Options, scratch: &Path) -> Result<Vec<Document>> {
    let given = options
        .corpus
        .clone()
        .or_else(|| std::env::var_os("PLATEN_CORPUS").map(PathBuf::from));
    let documents = match given {
        Some(directory) => truth::read(&directory)?,
        None => own_set::make(scratch)?,
    };
    Ok(if options.quick && documents.len() > FEW {
        documents.into_iter().step_by(QUICK).collect()
    } else {
        documents
    })
}

/// Builds program and runners; the directory they land in.
fn build() -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--release", "--locked"]);
    build.args(["--package", "platen-estimate", "--bins", "--examples"]);
    let status = build.status().context("starting cargo")?;
    ensure!(status.success(), "the estimator does not build");
    Ok(programs()?.with_file_name("release"))
}

/// What the raster readers' own example prints.
fn raster() -> Result<String> {
    const EXAMPLE: &str = "raster_speed";
    let source = format!("crates/platen-estimate/examples/{EXAMPLE}.rs");
    if !root().join(source).exists() {
        return Ok(String::new());
    }
    let program = programs()?
        .with_file_name("release")
        .join("examples")
        .join(EXAMPLE);
    let done = child::run(&program, &[], b"")?;
    Ok(String::from_utf8_lossy(&done.output).into_owned())
}
