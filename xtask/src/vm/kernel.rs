//! Kernels, fetched from the archive once and kept.
//!
//! A kernel's folder in the cache holds what a guest boots from and nothing else: `vmlinux`, the
//! modules as a layer of the initramfs, and `kernel.json`, which says what they are. A kernel that
//! is in the cache is used without asking the network anything.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::apt::{Apt, Trouble};
use super::cache::{FACTS, Held, Keeper, Shelf};
use super::image::Image;
use super::modules;
use super::package::Contents;
use super::progress::Progress;
use super::suite::{Choice, Suite};
use super::vmlinux;
use crate::scratch::Scratch;

/// A kernel that guests can be booted with.
#[derive(Debug, Clone)]
pub(crate) struct Kernel {
    suite: Suite,
    /// Its folder, which stays as long as this lives.
    held: Arc<Held>,
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
    /// The kernel that was chosen, from the cache, or else from the archive.
    ///
    /// # Errors
    /// Only for what is wrong with this machine or with a package that was downloaded; an archive
    /// that cannot be reached or lacks the kernel is [`Availability::Unavailable`].
    pub(crate) fn fetch(choice: &Choice, progress: &Progress) -> Result<Availability> {
        let shelf = Shelf::open(choice)?;
        if let Some(held) = shelf.find(choice) {
            return Self::open(choice, held).map(Availability::Ready);
        }
        let keeper = shelf.keep()?;
        // Another process may have fetched it meanwhile.
        match shelf.find(choice) {
            Some(held) => Self::open(choice, held).map(Availability::Ready),
            None => Self::download(choice, &shelf, &keeper, progress),
        }
    }

    /// Like [`fetch`](Self::fetch), but asks the archive for its newest kernel even if one is
    /// cached. The cached one stays when the archive cannot be reached.
    pub(crate) fn update(choice: &Choice, progress: &Progress) -> Result<Availability> {
        let shelf = Shelf::open(choice)?;
        Self::download(choice, &shelf, &shelf.keep()?, progress)
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
        self.held.folder.join("vmlinux")
    }

    /// The layer of the initramfs that holds the modules.
    pub(super) fn modules(&self) -> PathBuf {
        self.held.folder.join("modules.cpio")
    }

    fn open(choice: &Choice, held: Held) -> Result<Self> {
        let path = held.folder.join(FACTS);
        let facts = serde_json::from_reader(&held.facts).with_context(|| {
            format!("{} says nothing of a kernel: remove its folder", path.display())
        })?;
        Ok(Self { suite: choice.suite(), held: Arc::new(held), facts })
    }

    fn download(
        choice: &Choice,
        shelf: &Shelf,
        keeper: &Keeper<'_>,
        progress: &Progress,
    ) -> Result<Availability> {
        let work = keeper.workshop()?;
        let debs = match debs(choice, &work.path().join("apt"), progress) {
            Ok(debs) => debs,
            Err(error) => match error.downcast_ref::<Trouble>() {
                Some(trouble) if trouble.is_the_archives() => {
                    return Ok(Availability::Unavailable(trouble.to_string()));
                }
                _ => return Err(error.context(format!("cannot fetch {choice}"))),
            },
        };
        let stage = progress.stage(format!("{choice}: unpacking the kernel"));
        let built = work.path().join("kernel");
        let facts = build(&debs, &built).with_context(|| format!("cannot unpack {choice}"))?;
        drop(stage);
        keeper.prune()?;
        keeper.put(&built, &facts.release)?;
        if choice.release().is_none() {
            keeper.note_newest(&facts.release)?;
        }
        let held = shelf.hold(&facts.release).context("the kernel just fetched is gone again")?;
        Self::open(choice, held).map(Availability::Ready)
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

fn debs(choice: &Choice, folder: &Path, progress: &Progress) -> Result<Debs> {
    let stage = progress.stage(format!("{choice}: asking the archive for its kernel"));
    let apt = Apt::open(folder, choice.suite())?;
    let packages = apt.kernel_packages(choice)?;
    drop(stage);
    let package = packages
        .iter()
        .find(|package| package.name.starts_with("linux-image-"))
        .map(|package| format!("{} {}", package.name, package.version))
        .context("the kernel has no linux-image package")?;
    Ok(Debs { files: apt.download(&packages, &choice.to_string(), progress)?, package })
}

/// The kernels that the archive offers for a suite, the oldest first, each as it is chosen.
///
/// # Errors
/// When the archive cannot be read.
pub(super) fn offered(suite: Suite, progress: &Progress) -> Result<Vec<String>> {
    let stage = progress.stage(format!("{suite}: asking the archive for its kernels"));
    let folder = Scratch::new()?;
    let releases = Apt::open(folder.path(), suite)?.releases()?;
    drop(stage);
    Ok(releases.into_iter().map(|release| format!("{suite}/{release}")).collect())
}

/// Turns packages into a folder of the cache.
fn build(debs: &Debs, folder: &Path) -> Result<Facts> {
    let mut contents = Contents::default();
    for deb in &debs.files {
        contents.add(deb)?;
    }
    let (path, release) =
        find_kernel(contents.paths()).context("the packages hold no kernel image")?;
    let name = |name: &str| folder.join(name);
    let within = || format!("cannot write to {}", folder.display());
    fs::create_dir_all(folder).with_context(within)?;
    let vmlinux = vmlinux::unpack(contents.read(&path)?)?;
    fs::write(name("vmlinux"), vmlinux).with_context(within)?;
    let tree = tempfile::tempdir_in(folder).with_context(within)?;
    modules::install(&mut contents, &release, tree.path())?;
    let mut layer = Image::default();
    layer.tree(Path::new("/lib/modules"), &tree.path().join("lib/modules"))?;
    let layer_file = File::create(name("modules.cpio")).with_context(within)?;
    layer.write(layer_file).with_context(within)?;
    let facts = Facts { release, package: debs.package.clone() };
    fs::write(name(FACTS), serde_json::to_string_pretty(&facts)?).with_context(within)?;
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
}
