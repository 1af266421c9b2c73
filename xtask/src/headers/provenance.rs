//! `PROVENANCE.toml`: where each vendored file came from, its checksum and its licence.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::source::Origin;

/// The file's name within `headers/`.
pub(crate) const FILE: &str = "PROVENANCE.toml";

/// Where the licence texts are kept within `headers/`.
pub(crate) const LICENCES: &str = "LICENSES";

/// The licence of a header that names none: that of the kernel's user-space headers as a whole.
const DEFAULT_SPDX: &str = "GPL-2.0 WITH Linux-syscall-note";

const PREAMBLE: &str = "\
# Where the headers beside this file come from. Written by `cargo xtask headers --from`, verified
# by `cargo xtask headers --check`; docs/headers.md tells the whole of it.

";

/// The whole of `PROVENANCE.toml`.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Provenance {
    #[serde(flatten)]
    pub(crate) origin: Origin,
    pub(crate) licence: Vec<Licence>,
    pub(crate) header: Vec<Vendored>,
}

/// A licence's text.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Licence {
    pub(crate) path: String,
    pub(crate) sha256: String,
}

/// One header.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Vendored {
    pub(crate) path: String,
    pub(crate) sha256: String,
    /// The SPDX licence expression of its first lines.
    pub(crate) spdx: String,
}

/// A way in which the folder is not what its provenance says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    Changed(String),
    Missing(String),
    Extra(String),
}

impl Fault {
    /// Whether it is a licence's: no kernel's headers bring the texts of licences.
    pub(crate) fn is_of_licence(&self) -> bool {
        let (Self::Changed(path) | Self::Missing(path) | Self::Extra(path)) = self;
        path.starts_with(LICENCES)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(path) => write!(f, "{path}: its SHA-256 is not the recorded one"),
            Self::Missing(path) => write!(f, "{path}: recorded, but not there"),
            Self::Extra(path) => write!(f, "{path}: there, but not recorded"),
        }
    }
}

impl Provenance {
    /// Describes headers that are about to be vendored. `licence_text` gives the text of an SPDX
    /// identifier by its path within `headers/`.
    pub(crate) fn describe(
        origin: Origin,
        headers: &BTreeMap<String, String>,
        licence_text: impl Fn(&str) -> Result<Vec<u8>>,
    ) -> Result<Self> {
        let header: Vec<Vendored> = headers
            .iter()
            .map(|(path, text)| Vendored {
                path: path.clone(),
                sha256: checksum(text.as_bytes()),
                spdx: spdx(text).unwrap_or(DEFAULT_SPDX).to_owned(),
            })
            .collect();
        let mut paths: Vec<String> =
            header.iter().flat_map(|header| licence_paths(&header.spdx)).collect();
        paths.sort();
        paths.dedup();
        let licence = paths
            .into_iter()
            .map(|path| Ok(Licence { sha256: checksum(&licence_text(&path)?), path }))
            .collect::<Result<_>>()?;
        Ok(Self { origin, licence, header })
    }

    /// Reads the file of a `headers/` folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let file = folder.join(FILE);
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is malformed", file.display()))
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> Result<String> {
        let text = toml::to_string(self).with_context(|| format!("cannot write {FILE}"))?;
        Ok(format!("{PREAMBLE}{text}"))
    }

    /// Whether a licence's text is other than the recorded one; one that is not recorded is new.
    pub(crate) fn contradicts(&self, licence: &str, text: &[u8]) -> bool {
        let recorded = self.licence.iter().find(|recorded| recorded.path == licence);
        recorded.is_some_and(|recorded| recorded.sha256 != checksum(text))
    }

    /// Compares the folder with what is recorded of it.
    pub(crate) fn verify(&self, folder: &Path) -> Result<Vec<Fault>> {
        let headers = self.header.iter().map(|header| (&header.path, &header.sha256));
        let licences = self.licence.iter().map(|licence| (&licence.path, &licence.sha256));
        let mut recorded: BTreeMap<&String, &String> = headers.chain(licences).collect();
        let mut faults = Vec::new();
        for path in files(folder)? {
            if path == FILE {
                continue;
            }
            match recorded.remove(&path) {
                None => faults.push(Fault::Extra(path)),
                Some(sum) => {
                    let file = folder.join(&path);
                    let bytes = fs::read(&file);
                    let bytes = bytes.with_context(|| format!("cannot read {}", file.display()))?;
                    if *sum != checksum(&bytes) {
                        faults.push(Fault::Changed(path));
                    }
                }
            }
        }
        faults.extend(recorded.into_keys().map(|path| Fault::Missing(path.clone())));
        faults.sort();
        Ok(faults)
    }
}

/// Every file below `folder`, as paths relative to it with `/`, sorted.
fn files(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(below) = open.pop() {
        let place = folder.join(&below);
        let describe = || format!("cannot read the folder {}", place.display());
        for entry in fs::read_dir(&place).with_context(describe)? {
            let entry = entry.with_context(describe)?;
            let path = below.join(entry.file_name());
            if entry.file_type().with_context(describe)?.is_dir() {
                open.push(path);
            } else {
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn checksum(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(&Sha256::digest(bytes))
}

/// The licence expression that a header names in its first lines.
fn spdx(text: &str) -> Option<&str> {
    let line = text.lines().take(3).find_map(|line| line.split_once("SPDX-License-Identifier:"))?;
    Some(line.1.trim_end_matches("*/").trim())
}

/// The texts that a licence expression needs: one a licence or exception, `+` being the same text.
fn licence_paths(spdx: &str) -> impl Iterator<Item = String> {
    spdx.split([' ', '(', ')'])
        .filter(|word| !["", "AND", "OR", "WITH"].contains(word))
        .map(|id| format!("{LICENCES}/{}", id.trim_end_matches('+')))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "/* SPDX-License-Identifier: GPL-2.0+ WITH Linux-syscall-note */\n";

    /// A folder with one header, its licences and its provenance.
    fn vendored() -> (tempfile::TempDir, Provenance) {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("linux")).unwrap();
        fs::create_dir_all(root.join(LICENCES)).unwrap();
        fs::write(root.join("linux/a.h"), TEXT).unwrap();
        for licence in ["GPL-2.0", "Linux-syscall-note"] {
            fs::write(root.join(LICENCES).join(licence), licence).unwrap();
        }
        let origin = Origin {
            kernel: "7.3.4".into(),
            architecture: "x86_64".into(),
            package: None,
            version: None,
            suite: None,
        };
        let headers = BTreeMap::from([("linux/a.h".to_owned(), TEXT.to_owned())]);
        let text = |path: &str| Ok(fs::read(root.join(path))?);
        let provenance = Provenance::describe(origin, &headers, text).unwrap();
        fs::write(root.join(FILE), provenance.text().unwrap()).unwrap();
        (folder, provenance)
    }

    #[test]
    fn what_was_written_is_read_back_and_verifies() {
        let (folder, provenance) = vendored();
        assert_eq!(provenance.header[0].spdx, "GPL-2.0+ WITH Linux-syscall-note");
        assert_eq!(provenance.licence.len(), 2);
        assert_eq!(Provenance::read(folder.path()).unwrap(), provenance);
        assert_eq!(provenance.verify(folder.path()).unwrap(), []);
    }

    #[test]
    fn a_changed_byte_is_found() {
        let (folder, provenance) = vendored();
        fs::write(folder.path().join("linux/a.h"), TEXT.replace("2.0+", "2.1+")).unwrap();
        let faults = provenance.verify(folder.path()).unwrap();
        assert_eq!(faults, [Fault::Changed("linux/a.h".into())]);
    }

    #[test]
    fn an_extra_file_is_found() {
        let (folder, provenance) = vendored();
        fs::write(folder.path().join("linux/b.h"), "").unwrap();
        let faults = provenance.verify(folder.path()).unwrap();
        assert_eq!(faults, [Fault::Extra("linux/b.h".into())]);
    }

    #[test]
    fn a_missing_header_or_licence_is_found() {
        let (folder, provenance) = vendored();
        fs::remove_file(folder.path().join("linux/a.h")).unwrap();
        fs::remove_file(folder.path().join("LICENSES/GPL-2.0")).unwrap();
        let faults = provenance.verify(folder.path()).unwrap();
        assert_eq!(
            faults,
            [Fault::Missing("LICENSES/GPL-2.0".into()), Fault::Missing("linux/a.h".into())]
        );
    }

    #[test]
    fn a_header_without_a_tag_has_the_kernels_licence() {
        assert_eq!(spdx("#include <asm-generic/types.h>\n"), None);
        assert_eq!(
            licence_paths("((GPL-2.0 WITH Linux-syscall-note) OR MIT)").collect::<Vec<_>>(),
            ["LICENSES/GPL-2.0", "LICENSES/Linux-syscall-note", "LICENSES/MIT"]
        );
    }
}
