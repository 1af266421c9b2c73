//! What it takes to begin: the size of a small program, and the time to build the library.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::command;
use crate::scratch::Scratch;
use crate::vm::Progress;
use crate::workspace;

/// The programs of `tests/bench`, each of which creates a tunnel and a session and deletes them.
const PROGRAMS: [(&str, &str); 3] = [
    ("minimal", "this library, blocking"),
    ("minimal-tokio", "this library, tokio"),
    ("minimal-peer", "crate l2tp 0.5.0"),
];

/// Builds each program from nothing, and returns a table.
pub(super) fn measure(progress: &Progress) -> Result<String> {
    let mut table =
        "| | crates | build, s | of the processor, s | program, KiB |\n|---|--:|--:|--:|--:|\n"
            .to_owned();
    for (package, title) in PROGRAMS {
        let stage = progress.stage(format!("building {package} from nothing"));
        let target = Scratch::new()?;
        let (before, begun) = (processor_time()?, Instant::now());
        build(package, target.path())?;
        let (wall, processor) = (begun.elapsed(), processor_time()?.saturating_sub(before));
        let program = target.path().join("release").join(package);
        let size = fs::metadata(&program).with_context(|| program.display().to_string())?.len();
        drop(stage);
        let count = crates(package)?;
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {title} | {count} | {:.1} | {:.1} | {} |",
            wall.as_secs_f64(),
            processor.as_secs_f64(),
            size / 1024,
        );
    }
    Ok(table)
}

fn cargo() -> Command {
    let mut cargo = command::cargo();
    cargo.current_dir(workspace().join("tests/bench"));
    cargo
}

fn build(package: &str, target: &Path) -> Result<()> {
    let status = cargo()
        .args(["build", "--quiet", "--release", "--locked", "--package", package, "--target-dir"])
        .arg(target)
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "cargo cannot build {package}");
    Ok(())
}

/// How many crates of others and ours are compiled.
fn crates(package: &str) -> Result<usize> {
    let mut tree = cargo();
    tree.args(["tree", "--locked", "--package", package, "--edges", "normal,build"]).args([
        "--prefix",
        "none",
        "--no-dedupe",
        "--format",
        "{p}",
    ]);
    let text = command::text(&mut tree)?;
    let names: std::collections::BTreeSet<&str> = text.lines().collect();
    // The program itself is not counted.
    Ok(names.len().saturating_sub(1))
}

/// The time that this process's children have had, from `/proc/self/stat` (proc(5)).
fn processor_time() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(") ").context("/proc/self/stat has no name")?;
    // `cutime` and `cstime` are fields 16 and 17; the state behind the name is field 3.
    let ticks = fields.split(' ').skip(13).take(2).map(str::parse::<u64>);
    let ticks: u64 = ticks.sum::<Result<u64, _>>().context("/proc/self/stat")?;
    // A tick is a hundredth of a second on every Linux (`USER_HZ`).
    Ok(Duration::from_millis(10 * ticks))
}
