//! The checkout that is worked on.
//!
//! It is that of the call, not that of the build: checkouts that share a target folder share this
//! program.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, ensure};

static WORKSPACE: OnceLock<PathBuf> = OnceLock::new();

/// Finds the workspace's folder, for [`workspace`] to return.
///
/// # Errors
/// When this was called outside a checkout.
pub(crate) fn find() -> Result<()> {
    let here = env::current_dir().context("cannot tell the current folder")?;
    let found = locate(env::var_os("CARGO_MANIFEST_DIR"), &here)?;
    // Set once; a second call would find the same.
    let _ = WORKSPACE.set(found);
    Ok(())
}

/// The workspace's folder.
pub(crate) fn workspace() -> &'static Path {
    WORKSPACE.get_or_init(|| {
        let here = env::current_dir().unwrap_or_default();
        locate(env::var_os("CARGO_MANIFEST_DIR"), &here).unwrap_or(here)
    })
}

/// `cargo run` names the manifest's folder; a program that is called by its path goes by the
/// folder it is called in.
fn locate(manifest: Option<OsString>, here: &Path) -> Result<PathBuf> {
    let named = manifest.map(PathBuf::from).filter(|folder| folder.ends_with("xtask"));
    let start = named.as_deref().unwrap_or(here);
    let found = start.ancestors().find(|folder| {
        folder.join("xtask/Cargo.toml").is_file() && folder.join("Cargo.toml").is_file()
    });
    let found = found
        .with_context(|| format!("{} is not in a checkout of this project", start.display()))?;
    ensure!(found.is_absolute(), "{} is not an absolute path", found.display());
    Ok(found.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn checkout() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("xtask/src")).unwrap();
        for path in ["Cargo.toml", "xtask/Cargo.toml"] {
            fs::write(folder.path().join(path), "").unwrap();
        }
        folder
    }

    #[test]
    fn the_checkout_is_that_of_the_call() {
        let (one, other) = (checkout(), checkout());
        let manifest = Some(other.path().join("xtask").into_os_string());
        assert_eq!(locate(manifest, one.path()).unwrap(), other.path());
        assert_eq!(locate(None, &one.path().join("xtask/src")).unwrap(), one.path());
        let foreign = Some(OsString::from("/somewhere/else"));
        assert_eq!(locate(foreign, one.path()).unwrap(), one.path());
    }

    #[test]
    fn outside_a_checkout_there_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let error = locate(None, folder.path()).unwrap_err().to_string();
        assert!(error.ends_with("is not in a checkout of this project"), "{error}");
    }
}
