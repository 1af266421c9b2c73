//! Temporary folders that do not outlive their process for good.
//!
//! A process that is killed cannot remove what it made. Each temporary folder is therefore locked
//! for as long as its process lives, and whoever makes the next one removes those that nobody has
//! locked any more.

use std::env;
use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// How long a folder without a lock is left alone: its maker may be about to lock it.
const BEGINNING: Duration = Duration::from_mins(1);

/// How long files are kept that were kept for a person to read.
const KEPT: Duration = Duration::from_hours(7 * 24);

const LOCK: &str = ".lock";

/// A temporary folder. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// Makes a folder, and removes those that processes left behind that were killed.
    pub(crate) fn new() -> Result<Self> {
        Self::below(&base()?)
    }

    fn below(base: &Path) -> Result<Self> {
        sweep(base);
        let within = || format!("cannot make a temporary folder in {}", base.display());
        let folder =
            tempfile::Builder::new().prefix("run-").tempdir_in(base).with_context(within)?;
        let lock = File::create(folder.path().join(LOCK)).with_context(within)?;
        lock.lock().with_context(within)?;
        Ok(Self { folder, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A new file for a person to read, kept for a week.
pub(crate) fn keep(name: &str, suffix: &str) -> Result<(File, PathBuf)> {
    let base = base()?;
    let builder_name = format!("{name}-");
    let file = tempfile::Builder::new().prefix(&builder_name).suffix(suffix).tempfile_in(&base);
    let file = file.with_context(|| format!("cannot make a file in {}", base.display()))?;
    Ok(file.keep()?)
}

/// The folder that holds them all, which only this user can write to.
fn base() -> Result<PathBuf> {
    let user = fs::metadata("/proc/self").context("/proc is not mounted")?.uid();
    let base = env::temp_dir().join(format!("l2tp-xtask-{user}"));
    match DirBuilder::new().mode(0o700).create(&base) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(error).with_context(|| format!("cannot make {}", base.display()));
        }
        _ => {}
    }
    let data = fs::symlink_metadata(&base)
        .with_context(|| format!("cannot look at {}", base.display()))?;
    ensure!(
        data.is_dir() && data.uid() == user && data.mode() & 0o022 == 0,
        "{} is not a folder of this user's alone: remove it",
        base.display()
    );
    Ok(base)
}

/// Removes what nobody uses any more. What cannot be removed now is left to the next.
fn sweep(base: &Path) {
    for path in fs::read_dir(base).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let age = fs::metadata(&path).and_then(|data| data.modified()).ok();
        let age = age.and_then(|time| time.elapsed().ok()).unwrap_or_default();
        if path.is_dir() {
            let unused = match File::open(path.join(LOCK)) {
                Ok(lock) => lock.try_lock().is_ok(),
                Err(_) => age > BEGINNING,
            };
            if unused {
                let _ = fs::remove_dir_all(path);
            }
        } else if age > KEPT {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    #[test]
    fn what_a_killed_process_left_is_removed_by_the_next() {
        let base = tempfile::tempdir().unwrap();
        let used = Scratch::below(base.path()).unwrap();
        let Scratch { folder, _lock: lock } = Scratch::below(base.path()).unwrap();
        let left = folder.keep();
        drop(lock);
        fs::write(left.join("console"), "text").unwrap();
        let log = base.path().join("old.log");
        File::create(&log).unwrap().set_modified(SystemTime::now() - KEPT * 2).unwrap();
        fs::write(base.path().join("new.log"), "").unwrap();
        sweep(base.path());
        assert!(used.path().exists(), "its process lives");
        assert!(!left.exists() && !log.exists());
        assert!(base.path().join("new.log").exists());
    }
}
