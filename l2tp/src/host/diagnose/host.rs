//! The files that are read, beneath a root that tests replace.
//!
//! Whatever a file turns out to be, reading it is harmless: what is no regular file is not opened
//! (a pipe would wait for a writer), bytes that are no text are replaced, and there is a limit.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use crate::sys;

/// More than any file that is read here has; a list of a hundred thousand sockets fits.
const LIMIT: u64 = 32 << 20;

/// The host's files.
#[derive(Debug)]
pub(super) struct Host {
    root: PathBuf,
    /// Whether it is the running system, which can be asked beyond its files.
    running: bool,
}

impl Host {
    /// Those of the running system.
    pub(super) fn here() -> Self {
        Self { root: "/".into(), running: true }
    }

    /// Those beneath `root`.
    #[cfg(test)]
    pub(super) fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), running: false }
    }

    /// A path beneath the root.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// A file's text, as far as it can be had. `None` when there is no such file, or it is not for
    /// this process to read.
    pub(super) fn read(&self, path: &str) -> Option<String> {
        let path = self.path(path);
        if !fs::metadata(&path).ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        // What was read before an error counts.
        let read = File::open(&path).ok()?.take(LIMIT).read_to_end(&mut bytes);
        if read.is_err() && bytes.is_empty() {
            return None;
        }
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The first line of a file of the kernel's that holds one value.
    pub(super) fn value(&self, path: &str) -> Option<String> {
        Some(self.read(path)?.lines().next().unwrap_or_default().trim().to_owned())
    }

    /// The names in a folder, sorted; none when there is no such folder.
    pub(super) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten().flatten();
        let mut names: Vec<_> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        names
    }

    /// What a symbolic link says, whether or not that exists. Linux 5.10 reads a namespace that is
    /// not for this process to see as an empty link.
    pub(super) fn link(&self, path: &str) -> Option<String> {
        let target = fs::read_link(self.path(path)).ok()?.into_os_string().into_string().ok()?;
        (!target.is_empty()).then_some(target)
    }

    /// Whether there is something of this name.
    pub(super) fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// Whether what is there is a device that is read byte by byte.
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
    //! A tree of files in a folder that is removed with it.

    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::Host;

    pub(in crate::host::diagnose) struct Tree {
        folder: tempfile::TempDir,
    }

    impl Tree {
        /// A tree with these files.
        pub(in crate::host::diagnose) fn new(files: &[(&str, &str)]) -> Self {
            let tree = Self { folder: tempfile::tempdir().unwrap() };
            for (path, text) in files {
                tree.write(path, text.as_bytes());
            }
            tree
        }

        pub(in crate::host::diagnose) fn host(&self) -> Host {
            Host::at(self.folder.path())
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

        /// The path of a file, whose folder is made.
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
    fn strange_files_are_read_as_far_as_they_go() {
        let tree = Tree::new(&[("a/text", "one\ntwo\n"), ("a/empty", "")]);
        tree.write("a/bytes", b"x\xff\0y");
        tree.folder("a/folder");
        tree.link("a/nowhere", "missing");
        tree.link("a/device", "/dev/zero");
        let host = tree.host();
        assert_eq!(host.value("/a/text").as_deref(), Some("one"));
        assert_eq!(host.value("/a/empty").as_deref(), Some(""));
        assert_eq!(host.read("/a/bytes").as_deref(), Some("x\u{fffd}\0y"));
        for path in ["/a/folder", "/a/nowhere", "/a/device", "/a/missing", "/a/text/below"] {
            assert_eq!(host.read(path), None, "{path}");
        }
        assert_eq!(host.link("/a/nowhere").as_deref(), Some("missing"));
        assert_eq!(host.names("/a").len(), 6);
        assert!(host.names("/a/text").is_empty());
    }
}
