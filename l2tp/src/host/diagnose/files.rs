//! The files that a diagnosis reads, below a root folder that tests replace.
//!
//! Reading is safe whatever a path contains: only regular files are opened (a pipe would wait for a
//! writer), bytes that are not UTF-8 are replaced, and the size is limited.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use crate::sys;

/// The largest number of bytes read; a list of a hundred thousand sockets fits.
const LIMIT: u64 = 32 << 20;

/// The files of a host.
#[derive(Debug)]
pub(super) struct HostFiles {
    root: PathBuf,
    /// Whether these are the running system's files, so that system calls match them.
    running: bool,
}

impl HostFiles {
    /// The files of the running system.
    pub(super) fn of_this_host() -> Self {
        Self { root: "/".into(), running: true }
    }

    /// The files below `root`.
    #[cfg(test)]
    pub(super) fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), running: false }
    }

    /// A path below the root.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// A file's text, up to the first read error. `None` if it is not a regular file or the process
    /// may not read it.
    pub(super) fn read(&self, path: &str) -> Option<String> {
        let path = self.path(path);
        if !fs::metadata(&path).ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        // Text that was read before an error is kept.
        let read = File::open(&path).ok()?.take(LIMIT).read_to_end(&mut bytes);
        if read.is_err() && bytes.is_empty() {
            return None;
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The first line of a file, for files of the kernel that contain one value.
    pub(super) fn value(&self, path: &str) -> Option<String> {
        Some(self.read(path)?.lines().next().unwrap_or_default().trim().to_owned())
    }

    /// The names in a folder, sorted; empty if the folder cannot be read.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten().flatten();
        let mut names: Vec<_> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        names
    }

    /// The target of a symbolic link, whether or not it exists. On Linux 5.10 the link of a namespace
    /// that this process may not see is empty.
    pub(super) fn link(&self, path: &str) -> Option<String> {
        let target = fs::read_link(self.path(path)).ok()?.into_os_string().into_string().ok()?;
        (!target.is_empty()).then_some(target)
    }

    /// Whether a path exists.
    pub(super) fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// Whether a path is a character device.
    pub(super) fn is_character_device(&self, path: &str) -> io::Result<bool> {
        Ok(fs::metadata(self.path(path))?.file_type().is_char_device())
    }

    /// A file's metadata, for its inode number.
    pub(super) fn metadata(&self, path: &str) -> Option<fs::Metadata> {
        fs::metadata(self.path(path)).ok()
    }

    /// The running kernel's release, as `uname -r` prints it.
    pub(super) fn release(&self) -> Option<String> {
        let read = self.value("/proc/sys/kernel/osrelease").filter(|release| !release.is_empty());
        read.or_else(|| self.running.then(sys::release).flatten())
    }

    /// Whether `/proc` is mounted.
    pub(super) fn has_proc(&self) -> bool {
        self.exists("/proc/sys/kernel")
    }
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

#[cfg(test)]
pub(super) mod fixture {
    //! A tree of files in a temporary folder.

    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::HostFiles;

    pub(in crate::host::diagnose) struct Tree {
        folder: tempfile::TempDir,
    }

    impl Tree {
        /// A tree that contains these files.
        pub(in crate::host::diagnose) fn new(files: &[(&str, &str)]) -> Self {
            let tree = Self { folder: tempfile::tempdir().unwrap() };
            for (path, text) in files {
                tree.write(path, text.as_bytes());
            }
            tree
        }

        pub(in crate::host::diagnose) fn files(&self) -> HostFiles {
            HostFiles::at(self.folder.path())
        }

        pub(in crate::host::diagnose) fn write(&self, path: &str, bytes: &[u8]) {
            fs::write(self.parent(path), bytes).unwrap();
        }

        pub(in crate::host::diagnose) fn link(&self, path: &str, target: &str) {
            symlink(target, self.parent(path)).unwrap();
        }

        pub(in crate::host::diagnose) fn folder(&self, path: &str) {
            fs::create_dir_all(self.parent(path)).unwrap();
        }

        /// The path of a file; its folder is created.
        fn parent(&self, path: &str) -> std::path::PathBuf {
            let path = self.folder.path().join(path.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
            path
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::Tree;

    #[test]
    fn unusual_files_are_read_as_far_as_possible() {
        let tree = Tree::new(&[("a/text", "one\ntwo\n"), ("a/empty", "")]);
        tree.write("a/bytes", b"x\xff\0y");
        tree.folder("a/folder");
        tree.link("a/nowhere", "missing");
        tree.link("a/device", "/dev/zero");
        let files = tree.files();
        assert_eq!(files.value("/a/text").as_deref(), Some("one"));
        assert_eq!(files.value("/a/empty").as_deref(), Some(""));
        assert_eq!(files.read("/a/bytes").as_deref(), Some("x\u{fffd}\0y"));
        for path in ["/a/folder", "/a/nowhere", "/a/device", "/a/missing", "/a/text/below"] {
            assert_eq!(files.read(path), None, "{path}");
        }
        assert_eq!(files.link("/a/nowhere").as_deref(), Some("missing"));
        assert_eq!(files.names("/a").len(), 6);
        assert!(files.names("/a/text").is_empty());
    }
}
