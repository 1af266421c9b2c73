//! Files and folders that are replaced as a whole, or left as they were.
//!
//! What is new is written beside what is old, on the same file system, and takes its place once it
//! is complete: a full disk or an interrupted run leaves the old. Every error names the path.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use tempfile::{Builder, TempDir};

/// Replaces a file, or creates it.
///
/// # Errors
/// When it cannot be written; it then is what it was.
pub(crate) fn replace_file(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    let write = || {
        let mut file = Builder::new().prefix(PREFIX).tempfile_in(parent(path))?;
        file.write_all(bytes.as_ref())?;
        file.as_file().set_permissions(Permissions::from_mode(0o644))?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        io::Result::Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// A folder to be, beside the one whose place it takes.
#[derive(Debug)]
pub(crate) struct NewFolder {
    folder: TempDir,
}

impl NewFolder {
    /// Creates it, empty.
    pub(crate) fn beside(old: &Path) -> Result<Self> {
        let parent = parent(old);
        let create = || {
            let folder = Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            // Temporary folders are closed to others, and this one is to stay.
            fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
            io::Result::Ok(folder)
        };
        let folder =
            create().with_context(|| format!("cannot create a folder in {}", parent.display()))?;
        Ok(Self { folder })
    }

    /// Adds a file by its path within the folder.
    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> Result<()> {
        let file = self.folder.path().join(path);
        let write = || {
            fs::create_dir_all(parent(&file))?;
            let mut file = File::create(&file)?;
            file.write_all(bytes.as_ref())?;
            file.sync_all()
        };
        write().with_context(|| format!("cannot write {}", file.display()))
    }

    /// Puts it in the place of `old`, of which nothing is left.
    pub(crate) fn replace(self, old: &Path) -> Result<()> {
        let new = self.folder.path();
        let describe = || format!("cannot put {} in place of {}", new.display(), old.display());
        if !old.exists() {
            fs::rename(new, old).with_context(describe)?;
            // It is somewhere else by now, where it is to stay.
            let _ = self.folder.keep();
            return Ok(());
        }
        ensure!(old.is_dir(), "{} is not a folder", old.display());
        exchange(new, old).with_context(describe)?;
        // What is old now has the temporary name.
        let name = new.display().to_string();
        self.folder.close().with_context(|| format!("cannot remove the old folder {name}"))
    }
}

/// What the names of things to be begin with.
const PREFIX: &str = ".xtask-";

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."))
}

/// Lets two folders change places: at once where the file system can, else one after the other.
fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    match renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => step_by_step(new, old),
        result => Ok(result?),
    }
}

fn step_by_step(new: &Path, old: &Path) -> io::Result<()> {
    let aside = new.with_extension("old");
    fs::rename(old, &aside)?;
    if let Err(error) = fs::rename(new, old) {
        fs::rename(&aside, old)?;
        return Err(error);
    }
    fs::rename(&aside, new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_or_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        replace_file(&file, "one").unwrap();
        replace_file(&file, "two").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
        let gone = folder.path().join("gone/b");
        let error = replace_file(&gone, "").unwrap_err().to_string();
        assert_eq!(error, format!("cannot write {}", gone.display()));
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn a_folder_takes_the_place_of_another() {
        for swap in [exchange, step_by_step] {
            let folder = tempfile::tempdir().unwrap();
            let (old, new) = (folder.path().join("old"), folder.path().join("new"));
            fs::create_dir_all(old.join("was")).unwrap();
            fs::create_dir_all(new.join("is")).unwrap();
            swap(&new, &old).unwrap();
            assert_eq!((names(&old), names(&new)), (vec!["is".into()], vec!["was".into()]));
        }
    }

    #[test]
    fn nothing_but_the_new_folder_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("headers");
        for text in ["one", "two"] {
            let new = NewFolder::beside(&place).unwrap();
            new.write("linux/a.h", text).unwrap();
            new.replace(&place).unwrap();
            assert_eq!(fs::read_to_string(place.join("linux/a.h")).unwrap(), text);
            assert_eq!(names(folder.path()), ["headers"]);
        }
        assert_eq!(fs::metadata(&place).unwrap().permissions().mode() & 0o777, 0o755);
    }

    #[test]
    fn an_abandoned_folder_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("headers");
        let new = NewFolder::beside(&place).unwrap();
        let name = "x".repeat(300);
        let error = new.write(&name, "").unwrap_err().to_string();
        assert!(error.contains(&name), "{error}");
        drop(new);
        assert_eq!(names(folder.path()), [""; 0]);
    }
}
