//! Where kernels are kept.
//!
//! A suite has a folder, and in it each of its kernels one: `bookworm/6.1.0-56-amd64-HASH`. Which of
//! them is the newest that the archive had when it was last asked is in the file `newest`. A kernel
//! in use is locked for reading, and only one that nobody uses is removed. A cache that cannot be
//! written to serves what it holds.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use super::modules;
use super::suite::Choice;

/// Names the folder of the cache, in place of `$XDG_CACHE_HOME/l2tp-vm`.
pub(super) const VARIABLE: &str = "L2TP_VM_CACHE";

/// Raised when what a kernel's folder holds changes its meaning.
const FORMAT: u32 = 3;

/// How long a kernel that nobody boots is kept.
const UNUSED: Duration = Duration::from_hours(30 * 24);

/// What a kernel's folder says of it; written last, so that a folder with it is whole.
pub(super) const FACTS: &str = "kernel.json";

/// The kernels of one suite.
#[derive(Debug)]
pub(super) struct Shelf {
    folder: PathBuf,
}

/// A kernel's folder, which is not removed while this lives.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) folder: PathBuf,
    /// Open on the facts, and locked.
    pub(super) facts: File,
}

/// The right to put kernels on a shelf, which one process has at a time.
#[derive(Debug)]
pub(super) struct Keeper<'s> {
    shelf: &'s Shelf,
    _lock: File,
}

impl Shelf {
    /// The suite's folder of the cache.
    pub(super) fn open(choice: &Choice) -> Result<Self> {
        Ok(Self { folder: cache()?.join(choice.suite().name()) })
    }

    /// The kernel that was chosen, if it is here.
    pub(super) fn find(&self, choice: &Choice) -> Option<Held> {
        let release = match choice.release() {
            Some(release) => release.to_owned(),
            None => fs::read_to_string(self.folder.join("newest")).ok()?,
        };
        self.hold(&release)
    }

    /// Holds a kernel by its release.
    pub(super) fn hold(&self, release: &str) -> Option<Held> {
        let folder = self.folder.join(folder_name(release));
        let path = folder.join(FACTS);
        let facts = File::open(&path).ok()?;
        facts.lock_shared().ok()?;
        // Whoever removed it had it locked, and it may have been opened before.
        if !path.exists() {
            return None;
        }
        // Tells `prune` that the kernel is in use; in a read-only cache nothing is pruned.
        let _ = facts.set_modified(SystemTime::now());
        Some(Held { folder, facts })
    }

    /// Waits until no other process puts kernels here.
    pub(super) fn keep(&self) -> Result<Keeper<'_>> {
        let advice = || {
            format!("cannot write to {}: name another folder in {VARIABLE}", self.folder.display())
        };
        fs::create_dir_all(&self.folder).with_context(advice)?;
        let lock = File::create(self.folder.join(".lock")).with_context(advice)?;
        lock.lock().with_context(|| format!("cannot lock {}", self.folder.display()))?;
        Ok(Keeper { shelf: self, _lock: lock })
    }
}

impl Keeper<'_> {
    /// A folder to build a kernel in, on the device where it is to stay. What an earlier process
    /// left half done is removed: nobody else has the lock.
    pub(super) fn workshop(&self) -> Result<TempDir> {
        let path = self.shelf.folder.join(".fetch");
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
        tempfile::Builder::new()
            .prefix(".fetch")
            .rand_bytes(0)
            .tempdir_in(&self.shelf.folder)
            .with_context(|| format!("cannot make {}", path.display()))
    }

    /// Moves a finished kernel into its place. One of the same release stays: it may be in use, and
    /// its content is the same.
    pub(super) fn put(&self, built: &Path, release: &str) -> Result<()> {
        let folder = self.shelf.folder.join(folder_name(release));
        if !folder.join(FACTS).exists() {
            if folder.exists() {
                fs::remove_dir_all(&folder)
                    .with_context(|| format!("cannot remove {}", folder.display()))?;
            }
            fs::rename(built, &folder)
                .with_context(|| format!("cannot move a kernel to {}", folder.display()))?;
        }
        Ok(())
    }

    /// Notes which kernel is the newest.
    pub(super) fn note_newest(&self, release: &str) -> Result<()> {
        let [new, path] = [".newest", "newest"].map(|name| self.shelf.folder.join(name));
        fs::write(&new, release).with_context(|| format!("cannot write {}", new.display()))?;
        fs::rename(&new, &path).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Removes the kernels that nobody has used for long and nobody uses now.
    pub(super) fn prune(&self) -> Result<()> {
        let all = &self.shelf.folder;
        let entries =
            fs::read_dir(all).with_context(|| format!("cannot list {}", all.display()))?;
        for folder in entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()? {
            let Ok(facts) = File::open(folder.join(FACTS)) else { continue };
            let used = facts.metadata().and_then(|data| data.modified());
            let old = used.is_ok_and(|used| used.elapsed().is_ok_and(|age| age > UNUSED));
            if old && facts.try_lock().is_ok() {
                // The facts go first: what is left without them is no kernel.
                fs::remove_file(folder.join(FACTS))
                    .and_then(|()| fs::remove_dir_all(&folder))
                    .with_context(|| format!("cannot remove {}", folder.display()))?;
            }
        }
        Ok(())
    }
}

/// The folder of a kernel. Its name states what it holds, so that two versions of this program,
/// which want different modules, can share a cache.
fn folder_name(release: &str) -> String {
    let mut hasher = DefaultHasher::new();
    FORMAT.hash(&mut hasher);
    modules::wanted().for_each(|name| name.hash(&mut hasher));
    format!("{release}-{:016x}", hasher.finish())
}

/// The folder in which kernels are kept. It outlives the build folder and the checkout: a kernel
/// is some 100 MB to download.
fn cache() -> Result<PathBuf> {
    cache_folder(|name| env::var_os(name).filter(|value| !value.is_empty()))
}

fn cache_folder(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    if let Some(folder) = variable(VARIABLE) {
        return Ok(folder.into());
    }
    let caches = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let caches = caches.or_else(|| Some(Path::new(&variable("HOME")?).join(".cache")));
    let caches = caches.with_context(|| {
        format!("no folder to keep kernels in: set HOME, XDG_CACHE_HOME or {VARIABLE}")
    })?;
    ensure!(caches.is_absolute(), "the cache folder {} is not absolute", caches.display());
    Ok(caches.join("l2tp-vm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASE: &str = "6.1.0-50-amd64";

    fn shelf() -> (TempDir, Shelf) {
        let cache = tempfile::tempdir().unwrap();
        let shelf = Shelf { folder: cache.path().join("bookworm") };
        (cache, shelf)
    }

    fn choice(text: &str) -> Choice {
        text.parse().unwrap()
    }

    /// Puts an empty kernel on the shelf, last used so long ago.
    fn put(shelf: &Shelf, release: &str, age: Duration) -> PathBuf {
        let keeper = shelf.keep().unwrap();
        let work = keeper.workshop().unwrap();
        let built = work.path().join("kernel");
        fs::create_dir(&built).unwrap();
        fs::write(built.join(FACTS), "{}").unwrap();
        keeper.put(&built, release).unwrap();
        let folder = shelf.folder.join(folder_name(release));
        File::open(folder.join(FACTS)).unwrap().set_modified(SystemTime::now() - age).unwrap();
        folder
    }

    #[test]
    fn a_kernel_is_found_by_release_or_as_the_newest() {
        let (_cache, shelf) = shelf();
        assert!(shelf.find(&choice("bookworm")).is_none());
        let folder = put(&shelf, RELEASE, Duration::ZERO);
        assert!(shelf.find(&choice("bookworm")).is_none(), "nobody said that it is the newest");
        assert_eq!(shelf.find(&choice("bookworm/6.1.0-50")).unwrap().folder, folder);
        shelf.keep().unwrap().note_newest(RELEASE).unwrap();
        assert_eq!(shelf.find(&choice("bookworm")).unwrap().folder, folder);
    }

    #[test]
    fn only_kernels_long_unused_and_not_in_use_are_pruned() {
        let (_cache, shelf) = shelf();
        let old = put(&shelf, "6.1.0-1-amd64", UNUSED * 2);
        let used = put(&shelf, "6.1.0-2-amd64", UNUSED / 2);
        let booting = put(&shelf, "6.1.0-3-amd64", UNUSED * 2);
        let held = shelf.hold("6.1.0-3-amd64").unwrap();
        held.facts.set_modified(SystemTime::now() - UNUSED * 2).unwrap();
        shelf.keep().unwrap().prune().unwrap();
        assert_eq!([&old, &used, &booting].map(|folder| folder.exists()), [false, true, true]);
        drop(held);
        shelf.keep().unwrap().prune().unwrap();
        assert!(!booting.exists());
    }

    #[test]
    fn what_an_interrupted_fetch_left_is_removed_by_the_next() {
        let (_cache, shelf) = shelf();
        let left = shelf.keep().unwrap().workshop().unwrap().keep();
        fs::write(left.join("linux-image.deb"), "half").unwrap();
        let work = shelf.keep().unwrap().workshop().unwrap();
        assert_eq!(fs::read_dir(work.path()).unwrap().count(), 0);
        drop(work);
        assert!(!left.exists());
    }

    #[test]
    fn the_cache_follows_the_environment() {
        let folder = |set: &[(&str, &str)]| {
            cache_folder(|name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into()))
        };
        assert_eq!(folder(&[("HOME", "/h")]).unwrap(), Path::new("/h/.cache/l2tp-vm"));
        let xdg = folder(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/x")]).unwrap();
        assert_eq!(xdg, Path::new("/x/l2tp-vm"));
        let own = folder(&[("HOME", "/h"), ("L2TP_VM_CACHE", "/own")]).unwrap();
        assert_eq!(own, Path::new("/own"));
        assert!(folder(&[]).unwrap_err().to_string().contains("L2TP_VM_CACHE"));
    }
}
