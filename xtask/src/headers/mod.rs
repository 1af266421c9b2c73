//! `cargo xtask headers`: the kernel's user-space headers, vendored verbatim in `headers/`.
//!
//! They are the one source of every number in l2tp-sys. This replaces them by newer ones, tells
//! what changed in meaning, and verifies that nobody touched them since.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

pub(crate) use kernel_headers::parse;
use provenance::{FILE, Fault, Provenance};
use source::Source;

use crate::files::NewFolder;

pub(crate) mod closure;
mod meaning;
mod provenance;
mod source;
pub(crate) mod value;

#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Args {
    /// Replace the headers by those of a folder, a linux-libc-dev package or the newest of a
    /// Debian suite, and tell what changed
    #[arg(long, value_name = "DIR|DEB|SUITE")]
    from: Option<String>,
    /// Tell what --from would change, and change nothing
    #[arg(long, value_name = "DIR|DEB|SUITE")]
    diff: Option<String>,
    /// Verify checksums, and that no file is missing or too many
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if args.check {
        say(format_args!("headers: {}", check()?));
        return Ok(());
    }
    let folder = folder();
    let Some(place) = args.from.as_ref().or(args.diff.as_ref()) else {
        bail!("nothing to do: give --from, --diff or --check");
    };
    let source = Source::open(place)?;
    let new = closure::collect(|header| source.read(header))?;
    say(report(&folder, &source, &new));
    if args.from.is_some() {
        replace(&folder, source, &new)?;
        say("headers/ is replaced. Next: cargo xtask bindgen");
    }
    Ok(())
}

/// Prints a line. A reader that has gone away, as `head` does, has seen what it wanted; it is no
/// reason to stop before `headers/` is replaced.
fn say(text: impl fmt::Display) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// The workspace's `headers/`.
pub(crate) fn folder() -> PathBuf {
    crate::workspace().join("headers")
}

/// What is recorded of the vendored headers as a whole.
pub(crate) fn origin() -> Result<source::Origin> {
    Ok(Provenance::read(&folder())?.origin)
}

/// The vendored headers' texts by path; empty if there are none yet.
pub(crate) fn vendored(folder: &Path) -> Result<BTreeMap<String, String>> {
    if !folder.join(FILE).is_file() {
        return Ok(BTreeMap::new());
    }
    let recorded = Provenance::read(folder)?.header;
    recorded
        .into_iter()
        .map(|header| {
            let text = fs::read_to_string(folder.join(&header.path))
                .with_context(|| format!("cannot read headers/{}", header.path))?;
            Ok((header.path, text))
        })
        .collect()
}

/// Verifies the vendored headers; says what was verified.
///
/// # Errors
/// When a file is changed, missing or too many.
pub(crate) fn check() -> Result<String> {
    verify(&folder())
}

fn verify(folder: &Path) -> Result<String> {
    let provenance = Provenance::read(folder).with_context(|| restore(true))?;
    let faults = provenance.verify(folder)?;
    if faults.is_empty() {
        return Ok(format!(
            "{} files of Linux {} are as recorded",
            provenance.header.len(),
            provenance.origin.kernel
        ));
    }
    let lines: Vec<String> = faults.iter().map(|fault| format!("  headers/{fault}")).collect();
    bail!(
        "the vendored headers are not what {FILE} records:\n{}\n{}",
        lines.join("\n"),
        restore(!faults.iter().any(Fault::is_of_licence))
    )
}

/// What makes the folder whole again. Licences come with no kernel's headers.
fn restore(from: bool) -> &'static str {
    if from {
        "Restore them with `git checkout headers`, or take new ones with \
         `cargo xtask headers --from DIR|DEB|SUITE`."
    } else {
        "Restore them with `git checkout headers`: `cargo xtask headers --from` does not bring the \
         texts of licences."
    }
}

/// What changes in files and in meaning if `new` replaces the vendored headers.
fn report(folder: &Path, source: &Source, new: &BTreeMap<String, String>) -> String {
    let mut lines = Vec::new();
    let old = match vendored(folder) {
        Ok(old) => old,
        // A folder that is damaged is to be replaced all the more.
        Err(error) => {
            lines.push(format!("The headers at hand cannot be compared with: {error:#}"));
            BTreeMap::new()
        }
    };
    let from = Provenance::read(folder).map_or("nothing".to_owned(), |old| old.origin.to_string());
    lines.push(format!("From {from} to {}:", source.origin));
    for path in new.keys().filter(|path| !old.contains_key(*path)) {
        lines.push(format!("+ header {path}"));
    }
    for path in old.keys().filter(|path| !new.contains_key(*path)) {
        lines.push(format!("- header {path}"));
    }
    let edited = new.iter().filter(|(path, text)| old.get(*path).is_some_and(|old| old != *text));
    lines.push(format!("Headers that differ in their text: {}.", edited.count()));
    lines.push(meaning::compare(&old, new).to_string());
    lines.join("\n")
}

/// Puts `new` in place of the vendored headers. The licences' texts are kept, as far as a header
/// needs them; whatever else was in the folder goes.
fn replace(folder: &Path, source: Source, new: &BTreeMap<String, String>) -> Result<()> {
    // One that cannot be read has recorded nothing that could be contradicted.
    let recorded = Provenance::read(folder).ok();
    let text = |path: &str| {
        let text = fs::read(folder.join(path)).with_context(|| {
            format!("cannot read headers/{path}, this licence's text, which a header needs there")
        })?;
        let changed = recorded.as_ref().is_some_and(|recorded| recorded.contradicts(path, &text));
        ensure!(
            !changed,
            "headers/{path} is not the recorded text: restore it with `git checkout headers/{path}`, \
             or remove its entry from headers/{FILE} to have it recorded anew"
        );
        Ok(text)
    };
    let provenance = Provenance::describe(source.origin, new, text)?;
    let tree = NewFolder::beside(folder)?;
    for licence in &provenance.licence {
        tree.write(&licence.path, text(&licence.path)?)?;
    }
    for (path, text) in new {
        tree.write(path, text)?;
    }
    tree.write(FILE, provenance.text()?)?;
    tree.replace(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAGGED: &str = "/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */\n";

    /// An include folder with every wanted header.
    fn source() -> (tempfile::TempDir, Source, BTreeMap<String, String>) {
        let folder = tempfile::tempdir().unwrap();
        let headers = closure::ROOTS.iter().map(|&root| (root, TAGGED.to_owned()));
        let version = ("linux/version.h", "#define LINUX_VERSION_CODE 459524\n".to_owned());
        for (path, text) in headers.chain([version]) {
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let source = Source::open(folder.path().to_str().unwrap()).unwrap();
        let new = closure::collect(|header| source.read(header)).unwrap();
        (folder, source, new)
    }

    /// A `headers/` with the licences, and a header that nothing includes any longer.
    fn vendored_before() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in ["LICENSES/GPL-2.0", "LICENSES/Linux-syscall-note", "asm/stale.h"] {
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, path).unwrap();
        }
        folder
    }

    #[test]
    fn replacing_leaves_the_new_headers_and_the_licences_and_nothing_else() {
        let (_held, source, new) = source();
        let folder = vendored_before();
        replace(folder.path(), source, &new).unwrap();
        verify(folder.path()).unwrap();
        assert!(!folder.path().join("asm").exists());
        assert_eq!(vendored(folder.path()).unwrap(), new);
    }

    #[test]
    fn a_licence_without_a_text_is_refused_before_anything_is_replaced() {
        let (_held, source, mut new) = source();
        let text = "/* SPDX-License-Identifier: BSD-3-Clause */\n".to_owned();
        new.insert("linux/new.h".into(), text);
        let folder = vendored_before();
        let error = replace(folder.path(), source, &new).unwrap_err().to_string();
        assert!(error.contains("headers/LICENSES/BSD-3-Clause"), "{error}");
        assert!(folder.path().join("asm/stale.h").exists());
    }

    /// A `headers/` as it is to be, in a folder that holds nothing else.
    fn replaced() -> (tempfile::TempDir, PathBuf) {
        let held = tempfile::tempdir().unwrap();
        let folder = held.path().join("headers");
        let before = vendored_before();
        fs::rename(before.path(), &folder).unwrap();
        let (_source, source, new) = source();
        replace(&folder, source, &new).unwrap();
        (held, folder)
    }

    #[test]
    fn whatever_the_check_finds_in_headers_is_repaired() {
        let damages: [fn(&Path); 7] = [
            |folder| fs::remove_file(folder.join("linux/l2tp.h")).unwrap(),
            |folder| fs::write(folder.join("linux/l2tp.h"), "changed").unwrap(),
            |folder| fs::write(folder.join("linux/l2tp.h"), b"\xff").unwrap(),
            |folder| fs::write(folder.join("extra.h"), "").unwrap(),
            |folder| fs::write(folder.join("LICENSES/Extra"), "").unwrap(),
            |folder| fs::write(folder.join(FILE), "kernel = [").unwrap(),
            |folder| fs::remove_file(folder.join(FILE)).unwrap(),
        ];
        for damage in damages {
            let (_held, folder) = replaced();
            verify(&folder).unwrap();
            damage(&folder);
            let error = format!("{:#}", verify(&folder).unwrap_err());
            assert!(error.contains("git checkout headers"), "{error}");
            let (_source, source, new) = source();
            report(&folder, &source, &new);
            replace(&folder, source, &new).unwrap();
            verify(&folder).unwrap();
        }
    }

    #[test]
    fn a_licence_that_was_changed_is_neither_taken_nor_said_to_be_repaired() {
        let (_held, folder) = replaced();
        fs::write(folder.join("LICENSES/GPL-2.0"), "mine").unwrap();
        let error = verify(&folder).unwrap_err().to_string();
        assert!(error.contains("does not bring the texts of licences"), "{error}");
        let (_source, source, new) = source();
        let error = replace(&folder, source, &new).unwrap_err().to_string();
        assert!(error.contains("git checkout headers/LICENSES/GPL-2.0"), "{error}");
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_tree() {
        let (held, folder) = replaced();
        let (_source, source, mut new) = source();
        // No file system has names as long as this; it is the last to be written.
        let name = format!("z{}", "y".repeat(300));
        new.insert(name.clone(), TAGGED.to_owned());
        let error = replace(&folder, source, &new).unwrap_err().to_string();
        assert!(error.starts_with("cannot write ") && error.ends_with(&name), "{error}");
        verify(&folder).unwrap();
        assert_eq!(fs::read_dir(held.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_failed_check_names_the_file_and_the_remedy() {
        let (_held, source, new) = source();
        let folder = vendored_before();
        replace(folder.path(), source, &new).unwrap();
        fs::write(folder.path().join("linux/l2tp.h"), "tampered").unwrap();
        let error = verify(folder.path()).unwrap_err().to_string();
        assert!(error.contains("headers/linux/l2tp.h: its SHA-256"), "{error}");
        assert!(error.contains("git checkout headers"), "{error}");
    }
}
