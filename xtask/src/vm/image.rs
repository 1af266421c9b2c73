//! The guest's root file system, as a cpio archive in the kernel's `newc` format.
//!
//! The kernel unpacks concatenated archives one over the other, so an image is written as layers:
//! the modules, made once per kernel, and the programs of the run at hand.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use cpio::newc::{Builder, ModeFileType, trailer};

/// A tree of files to be. Parent folders come into being by themselves, and the folders that a
/// merged `/usr` replaces by links (`/bin`, `/lib`, …) are understood as what they link to.
#[derive(Debug, Default)]
pub(super) struct Image {
    entries: BTreeMap<PathBuf, Entry>,
}

#[derive(Debug)]
enum Entry {
    Folder,
    Bytes(Vec<u8>, u32),
    Copy(PathBuf),
    Link(PathBuf),
    Device(u32, u32),
}

impl Image {
    /// Adds a file of the given text and mode.
    pub(super) fn bytes(&mut self, path: impl AsRef<Path>, bytes: impl Into<Vec<u8>>, mode: u32) {
        self.insert(path.as_ref(), Entry::Bytes(bytes.into(), mode));
    }

    /// Adds a copy of a file of the host, with its permissions.
    pub(super) fn copy(&mut self, path: impl AsRef<Path>, host: impl Into<PathBuf>) {
        self.insert(path.as_ref(), Entry::Copy(host.into()));
    }

    /// Adds a symbolic link.
    pub(super) fn link(&mut self, path: impl AsRef<Path>, target: impl Into<PathBuf>) {
        self.insert(path.as_ref(), Entry::Link(target.into()));
    }

    /// Adds an empty folder.
    pub(super) fn folder(&mut self, path: impl AsRef<Path>) {
        self.insert(path.as_ref(), Entry::Folder);
    }

    /// Adds a character device.
    pub(super) fn device(&mut self, path: impl AsRef<Path>, major: u32, minor: u32) {
        self.insert(path.as_ref(), Entry::Device(major, minor));
    }

    /// Adds a file or a whole folder of the host.
    pub(super) fn tree(&mut self, path: &Path, host: &Path) -> Result<()> {
        let data = fs::metadata(host).with_context(|| format!("cannot read {}", host.display()))?;
        if !data.is_dir() {
            self.copy(path, host);
            return Ok(());
        }
        self.folder(path);
        for entry in fs::read_dir(host)? {
            let entry = entry?;
            self.tree(&path.join(entry.file_name()), &entry.path())?;
        }
        Ok(())
    }

    /// Whether something stands at this path.
    pub(super) fn contains(&self, path: impl AsRef<Path>) -> bool {
        self.entries.contains_key(&canonical(path.as_ref()))
    }

    fn insert(&mut self, path: &Path, entry: Entry) {
        let path = canonical(path);
        for folder in path.ancestors().skip(1).filter(|folder| *folder != Path::new("")) {
            self.entries.entry(folder.to_path_buf()).or_insert(Entry::Folder);
        }
        // A folder that is named again keeps being one.
        if !matches!((&entry, self.entries.get(&path)), (Entry::Folder, Some(_))) {
            self.entries.insert(path, entry);
        }
    }

    /// Writes the tree as one archive.
    pub(super) fn write(&self, mut out: impl Write) -> Result<()> {
        for (path, entry) in &self.entries {
            write_entry(&mut out, path, entry)
                .with_context(|| format!("cannot put {} into the image", path.display()))?;
        }
        trailer(&mut out)?;
        Ok(())
    }
}

fn write_entry(out: &mut impl Write, path: &Path, entry: &Entry) -> Result<()> {
    let name = path.to_str().context("its name is not UTF-8")?;
    let header = Builder::new(name).nlink(1);
    match entry {
        Entry::Folder => {
            let header = header.mode(0o755).set_mode_file_type(ModeFileType::Directory);
            header.write(out, 0).finish()?;
        }
        Entry::Bytes(bytes, mode) => regular(out, header, *mode, bytes)?,
        Entry::Copy(host) => {
            let mut file =
                fs::File::open(host).with_context(|| format!("cannot read {}", host.display()))?;
            let mode = file.metadata()?.permissions().mode() & 0o7777;
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            regular(out, header, mode, &bytes)?;
        }
        Entry::Link(target) => {
            let target = target.to_str().context("its target is not UTF-8")?.as_bytes();
            let header = header.mode(0o777).set_mode_file_type(ModeFileType::Symlink);
            body(header.write(out, length(target)?), target)?;
        }
        Entry::Device(major, minor) => {
            let header = header.mode(0o666).set_mode_file_type(ModeFileType::Char);
            header.rdev_major(*major).rdev_minor(*minor).write(out, 0).finish()?;
        }
    }
    Ok(())
}

fn regular(out: &mut impl Write, header: Builder, mode: u32, bytes: &[u8]) -> Result<()> {
    let header = header.mode(mode).set_mode_file_type(ModeFileType::Regular);
    Ok(body(header.write(out, length(bytes)?), bytes)?)
}

fn body<W: Write>(mut writer: cpio::newc::Writer<W>, bytes: &[u8]) -> io::Result<()> {
    writer.write_all(bytes)?;
    writer.finish().map(drop)
}

fn length(bytes: &[u8]) -> Result<u32> {
    u32::try_from(bytes.len()).context("it is larger than 4 GiB")
}

/// Where a path of a system with a merged `/usr` really is, relative to the root.
fn canonical(path: &Path) -> PathBuf {
    let mut parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(Path::new(name)),
        _ => None,
    });
    let first = parts.next().unwrap_or(Path::new(""));
    let rest: PathBuf = parts.collect();
    let merged = ["bin", "sbin", "lib", "lib32", "lib64"].iter().any(|name| first == *name);
    let head = if merged && rest != Path::new("") {
        Path::new("usr").join(first)
    } else {
        first.to_path_buf()
    };
    if rest == Path::new("") { head } else { head.join(rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(archive: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
        let mut entries = Vec::new();
        let mut rest = archive;
        loop {
            let mut reader = cpio::newc::Reader::new(rest).unwrap();
            if reader.entry().is_trailer() {
                return entries;
            }
            let (name, mode) = (reader.entry().name().to_owned(), reader.entry().mode());
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            entries.push((name, mode, bytes));
            rest = reader.finish().unwrap();
        }
    }

    #[test]
    fn an_archive_lists_parents_before_children() {
        let mut image = Image::default();
        image.bytes("/lib/modules/1/a.ko", "module", 0o644);
        image.link("/lib", "usr/lib");
        image.device("/dev/ppp", 108, 0);
        let mut archive = Vec::new();
        image.write(&mut archive).unwrap();
        assert!(archive.starts_with(b"070701"));
        let entries = read(&archive);
        let names: Vec<_> = entries.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "dev",
                "dev/ppp",
                "lib",
                "usr",
                "usr/lib",
                "usr/lib/modules",
                "usr/lib/modules/1",
                "usr/lib/modules/1/a.ko"
            ]
        );
        assert_eq!(entries[1].1, 0o020_666);
        assert_eq!((entries[2].1, entries[2].2.as_slice()), (0o120_777, &b"usr/lib"[..]));
        assert_eq!((entries[7].1, entries[7].2.as_slice()), (0o100_644, &b"module"[..]));
    }

    #[test]
    fn a_folder_does_not_replace_what_is_there() {
        let mut image = Image::default();
        image.bytes("etc/hosts", "x", 0o644);
        image.folder("/etc");
        image.folder("etc/hosts");
        let mut archive = Vec::new();
        image.write(&mut archive).unwrap();
        assert_eq!(read(&archive)[1].2, b"x");
        assert!(image.contains("/etc/hosts") && !image.contains("/etc/passwd"));
    }

    #[test]
    fn merged_folders_are_one() {
        assert_eq!(canonical(Path::new("/bin/sh")), Path::new("usr/bin/sh"));
        assert_eq!(canonical(Path::new("/usr/bin/sh")), Path::new("usr/bin/sh"));
        assert_eq!(canonical(Path::new("/sbin")), Path::new("sbin"));
        assert_eq!(canonical(Path::new("/vm/lib/x")), Path::new("vm/lib/x"));
    }
}
