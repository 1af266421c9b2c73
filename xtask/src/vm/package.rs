//! Random access to the files of Debian packages.
//!
//! A kernel package is unpacked once, into an unnamed temporary file that holds its tar archive;
//! the few files that are wanted out of thousands are then read by position. `dpkg-deb` does the
//! unpacking: it is present wherever apt is, and it knows every compression that Debian has used.

use std::collections::HashMap;
use std::env;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The regular files of one or more packages.
#[derive(Debug, Default)]
pub(super) struct Contents {
    archives: Vec<File>,
    files: HashMap<PathBuf, Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    archive: usize,
    offset: u64,
    size: u64,
}

impl Contents {
    /// Unpacks one more package.
    pub(super) fn add(&mut self, deb: &Path) -> Result<()> {
        let temporary = || format!("cannot unpack a package in {}", env::temp_dir().display());
        let mut archive = tempfile::tempfile().with_context(temporary)?;
        let mut child = Command::new("dpkg-deb")
            .arg("--fsys-tarfile")
            .arg(deb)
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run dpkg-deb")?;
        if let Some(mut tar) = child.stdout.take() {
            io::copy(&mut tar, &mut archive).with_context(temporary)?;
        }
        ensure!(child.wait()?.success(), "dpkg-deb cannot unpack {}", deb.display());
        self.index(archive).with_context(|| format!("cannot read {}", deb.display()))
    }

    /// The files whose path satisfies `wanted`, in no particular order. Paths are relative to the
    /// root of the system.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.keys().map(PathBuf::as_path)
    }

    /// Reads one file.
    pub(super) fn read(&mut self, path: &Path) -> Result<Vec<u8>> {
        let place = self
            .files
            .get(path)
            .with_context(|| format!("the kernel's packages have no file {}", path.display()))?;
        let archive = &mut self.archives[place.archive];
        archive.seek(SeekFrom::Start(place.offset))?;
        let mut bytes = Vec::new();
        archive.take(place.size).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn index(&mut self, mut archive: File) -> Result<()> {
        archive.rewind()?;
        for entry in tar::Archive::new(BufReader::new(&archive)).entries_with_seek()? {
            let entry = entry?;
            if entry.header().entry_type().is_file() {
                let path = entry.path()?;
                let path = path.strip_prefix(".").unwrap_or(&path).to_path_buf();
                let place = Place {
                    archive: self.archives.len(),
                    offset: entry.raw_file_position(),
                    size: entry.size(),
                };
                self.files.insert(path, place);
            }
        }
        self.archives.push(archive);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> File {
        let mut builder = tar::Builder::new(tempfile::tempfile().unwrap());
        for (path, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.set_path(path).unwrap();
            header.set_cksum();
            builder.append(&header, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn files_of_several_packages_are_read_by_path() {
        let mut contents = Contents::default();
        let image: &[(&str, &[u8])] = &[("./boot/vmlinuz", b"kernel"), ("./boot/config", b"")];
        contents.index(archive(image)).unwrap();
        contents.index(archive(&[("./usr/lib/modules/1/a.ko", b"module")])).unwrap();
        assert_eq!(contents.read(Path::new("usr/lib/modules/1/a.ko")).unwrap(), b"module");
        assert_eq!(contents.read(Path::new("boot/vmlinuz")).unwrap(), b"kernel");
        assert_eq!(contents.paths().count(), 3);
        let missing = contents.read(Path::new("boot/initrd")).unwrap_err();
        assert!(missing.to_string().contains("boot/initrd"), "{missing}");
    }
}
