//! Kernels, fetched from the archive once and kept.
//!
//! A kernel's folder in the cache holds what a guest boots from and nothing else: `vmlinux`, the
//! modules as a layer of the initramfs, and `kernel.json`, which says what they are. A kernel that
//! is in the cache is used without asking the network anything.

use std::env;
use std::fmt;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::apt::Apt;
use super::image::Image;
use super::modules;
use super::package::Contents;
use super::progress::Progress;
use super::suite::Suite;
use super::vmlinux;

/// Names the folder of the cache, in place of `$XDG_CACHE_HOME/l2tp-vm`.
const CACHE_VARIABLE: &str = "L2TP_VM_CACHE";

/// Raised when what a cached folder holds changes its meaning.
const FORMAT: u32 = 2;

/// How long a kernel that only another version of this program uses is kept.
const UNUSED: Duration = Duration::from_hours(30 * 24);

/// A kernel that guests can be booted with.
#[derive(Debug, Clone)]
pub(crate) struct Kernel {
    suite: Suite,
    folder: PathBuf,
    facts: Facts,
}

/// What became of the wish for a suite's kernel.
#[derive(Debug, Clone)]
pub(crate) enum Availability {
    /// The kernel is in the cache, now or already.
    Ready(Kernel),
    /// The archive does not serve it, or cannot be reached; the text says why. A test that needs
    /// this kernel has not run, and so has not passed.
    Unavailable(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Facts {
    release: String,
    package: String,
}

impl Kernel {
    /// The kernel of `suite`, from the cache, or else from the archive.
    ///
    /// # Errors
    /// Only for what is wrong with this machine or with a package that was downloaded; an archive
    /// that cannot be reached or lacks the suite is [`Availability::Unavailable`].
    pub(crate) fn fetch(suite: Suite, progress: &Progress) -> Result<Availability> {
        let _lock = lock(suite)?;
        match Self::cached(suite)? {
            Some(kernel) => Ok(Availability::Ready(kernel)),
            None => Self::download(suite, progress),
        }
    }

    /// Like [`fetch`](Self::fetch), but asks the archive for its newest kernel even if one is
    /// cached. The cached one stays when the archive cannot be reached.
    pub(crate) fn update(suite: Suite, progress: &Progress) -> Result<Availability> {
        let _lock = lock(suite)?;
        Self::download(suite, progress)
    }

    /// The suite the kernel comes from.
    pub(crate) fn suite(&self) -> Suite {
        self.suite
    }

    /// What `uname -r` says in the guest: `6.1.0-56-amd64`.
    pub(crate) fn release(&self) -> &str {
        &self.facts.release
    }

    /// The bootable kernel.
    pub(super) fn vmlinux(&self) -> PathBuf {
        self.folder.join("vmlinux")
    }

    /// The layer of the initramfs that holds the modules.
    pub(super) fn modules(&self) -> PathBuf {
        self.folder.join("modules.cpio")
    }

    fn cached(suite: Suite) -> Result<Option<Self>> {
        let folder = cache()?.join(folder_name(suite));
        let Ok(file) = File::open(folder.join("kernel.json")) else { return Ok(None) };
        // Tells `prune` that the kernel is in use; one in a read-only cache is never pruned.
        let _ = file.set_modified(SystemTime::now());
        Ok(serde_json::from_reader(file).ok().map(|facts| Self { suite, folder, facts }))
    }

    fn download(suite: Suite, progress: &Progress) -> Result<Availability> {
        let cache = cache()?;
        // Beside its final place, so that it can be moved there in one step.
        let work = tempfile::Builder::new().prefix(".fetch-").tempdir_in(&cache)?;
        let debs = match debs(suite, &work.path().join("apt"), progress) {
            Ok(debs) => debs,
            Err(reason) => return Ok(Availability::Unavailable(format!("{reason:#}"))),
        };
        let stage = progress.stage(format!("{suite}: unpacking the kernel"));
        let built = work.path().join("kernel");
        let facts = build(&debs, &built).with_context(|| format!("cannot unpack {suite}"))?;
        drop(stage);
        prune(&cache, suite)?;
        let folder = cache.join(folder_name(suite));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::rename(&built, &folder)?;
        Ok(Availability::Ready(Self { suite, folder, facts }))
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.suite, self.facts.release)
    }
}

/// The downloaded packages of a suite's kernel, with the name and version of each.
struct Debs {
    files: Vec<PathBuf>,
    package: String,
}

fn debs(suite: Suite, folder: &Path, progress: &Progress) -> Result<Debs> {
    let stage = progress.stage(format!("{suite}: asking the archive for its kernel"));
    let apt = Apt::open(folder, suite)?;
    let packages = apt.kernel_packages()?;
    drop(stage);
    let package = packages
        .iter()
        .find(|package| package.name.starts_with("linux-image-"))
        .map(|package| format!("{} {}", package.name, package.version))
        .context("linux-image-amd64 depends on no linux-image package")?;
    Ok(Debs { files: apt.download(&packages, suite.name(), progress)?, package })
}

/// Turns packages into a folder of the cache.
fn build(debs: &Debs, folder: &Path) -> Result<Facts> {
    let mut contents = Contents::default();
    for deb in &debs.files {
        contents.add(deb)?;
    }
    let (path, release) =
        find_kernel(contents.paths()).context("the packages hold no kernel image")?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join("vmlinux"), vmlinux::unpack(contents.read(&path)?)?)?;
    let tree = tempfile::tempdir_in(folder)?;
    modules::install(&mut contents, &release, tree.path())?;
    let mut layer = Image::default();
    layer.tree(Path::new("/lib/modules"), &tree.path().join("lib/modules"))?;
    layer.write(File::create(folder.join("modules.cpio"))?)?;
    let facts = Facts { release, package: debs.package.clone() };
    fs::write(folder.join("kernel.json"), serde_json::to_string_pretty(&facts)?)?;
    Ok(facts)
}

/// The kernel image among a package's files, and the release it names: in `boot/` up to 6.16, in
/// the folder of the modules after that.
fn find_kernel<'a>(mut paths: impl Iterator<Item = &'a Path>) -> Option<(PathBuf, String)> {
    paths.find_map(|path| {
        let text = path.to_str()?;
        let release = text.strip_prefix("boot/vmlinuz-").or_else(|| {
            let text = text.strip_prefix("usr/").unwrap_or(text);
            text.strip_prefix("lib/modules/")?.strip_suffix("/vmlinuz")
        })?;
        (!release.contains('/')).then(|| (path.to_path_buf(), release.to_owned()))
    })
}

/// The folder of a suite's kernel. Its name tells what it holds, so that two versions of this
/// program, which want different modules, can share a cache.
fn folder_name(suite: Suite) -> String {
    let mut hasher = DefaultHasher::new();
    FORMAT.hash(&mut hasher);
    modules::wanted().for_each(|name| name.hash(&mut hasher));
    format!("{suite}-{:016x}", hasher.finish())
}

/// Whether a folder of the cache holds a kernel of the suite, whatever the modules in it.
fn is_folder_of(suite: Suite, name: &str) -> bool {
    let rest = name.strip_prefix(suite.name()).and_then(|rest| rest.strip_prefix('-'));
    rest.is_some_and(|rest| rest.len() == 16 && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Removes the suite's kernels that nobody has used for long.
fn prune(cache: &Path, suite: Suite) -> Result<()> {
    for entry in fs::read_dir(cache)? {
        let entry = entry?;
        let used = fs::metadata(entry.path().join("kernel.json")).and_then(|data| data.modified());
        let old = used.is_ok_and(|used| used.elapsed().is_ok_and(|age| age > UNUSED));
        if old && entry.file_name().to_str().is_some_and(|name| is_folder_of(suite, name)) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// The folder in which kernels are kept. It outlives the build folder and the checkout: a kernel
/// is some 100 MB to download.
pub(super) fn cache() -> Result<PathBuf> {
    let folder = cache_folder(|name| env::var_os(name).filter(|value| !value.is_empty()))?;
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

fn cache_folder(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> Result<PathBuf> {
    if let Some(folder) = variable(CACHE_VARIABLE) {
        return Ok(folder.into());
    }
    let caches = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let caches = caches.or_else(|| Some(Path::new(&variable("HOME")?).join(".cache")));
    let caches = caches.with_context(|| {
        format!("no folder to keep kernels in: set HOME, XDG_CACHE_HOME or {CACHE_VARIABLE}")
    })?;
    ensure!(caches.is_absolute(), "the cache folder {} is not absolute", caches.display());
    Ok(caches.join("l2tp-vm"))
}

/// Keeps two runs from fetching the same suite at once; the second finds the first one's kernel.
fn lock(suite: Suite) -> Result<File> {
    let path = cache()?.join(format!(".{suite}.lock"));
    let file =
        File::create(&path).with_context(|| format!("cannot write to {}", path.display()))?;
    file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_package_shapes_are_known() {
        let find = |path: &str| find_kernel([Path::new(path)].into_iter()).map(|found| found.1);
        let classic = find("boot/vmlinuz-6.1.0-56-amd64");
        assert_eq!(classic.as_deref(), Some("6.1.0-56-amd64"));
        let split = find("usr/lib/modules/7.3.4+deb13-amd64/vmlinuz");
        assert_eq!(split.as_deref(), Some("7.3.4+deb13-amd64"));
        assert_eq!(find("usr/lib/modules/7.3.4/kernel/vmlinuz"), None);
        assert_eq!(find("boot/config-6.1.0-56-amd64"), None);
    }

    #[test]
    fn a_suite_owns_the_folders_of_its_name_only() {
        for suite in Suite::ALL {
            let owners = Suite::ALL.map(|owner| is_folder_of(owner, &folder_name(suite)));
            assert_eq!(owners, Suite::ALL.map(|owner| owner == suite), "{suite}");
        }
        assert!(!is_folder_of(Suite::Trixie, "trixie") && !is_folder_of(Suite::Trixie, "logs"));
    }

    #[test]
    fn only_kernels_long_unused_are_pruned() {
        let cache = tempfile::tempdir().unwrap();
        let make = |name: &str, age: Duration| {
            let folder = cache.path().join(name);
            fs::create_dir(&folder).unwrap();
            let file = File::create(folder.join("kernel.json")).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
            folder
        };
        let old = make("trixie-0123456789abcdef", UNUSED * 2);
        let used = make("trixie-0123456789abcde0", UNUSED / 2);
        let other = make("sid-0123456789abcdef", UNUSED * 2);
        prune(cache.path(), Suite::Trixie).unwrap();
        assert_eq!([old, used, other].map(|folder| folder.exists()), [false, true, true]);
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
