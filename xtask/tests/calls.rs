//! How the program is called, and how it ends: which checkout it acts on, and what an error is.

#![allow(missing_docs, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A checkout as far as `headers` is concerned.
struct Checkout {
    folder: TempDir,
}

impl Checkout {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("xtask")).unwrap();
        for path in ["Cargo.toml", "xtask/Cargo.toml"] {
            fs::write(folder.path().join(path), "").unwrap();
        }
        copy(&vendored(), &folder.path().join("headers"));
        Self { folder }
    }

    fn xtask(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The program, as `cargo xtask` of this checkout runs it.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("CARGO_MANIFEST_DIR", self.folder.path().join("xtask"))
            .env("RUST_BACKTRACE", "1")
            .stdin(Stdio::null());
        command
    }

    fn provenance(&self) -> PathBuf {
        self.folder.path().join("headers/PROVENANCE.toml")
    }
}

/// The vendored headers of the checkout that is tested.
fn vendored() -> PathBuf {
    Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../headers")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &place);
        } else {
            fs::copy(entry.path(), &place).unwrap();
        }
    }
}

/// The vendored headers again, as those of Linux 9.0.0.
fn newer() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let include = folder.path().join("include");
    copy(&vendored(), &include);
    fs::write(include.join("linux/version.h"), "#define LINUX_VERSION_CODE 589824\n").unwrap();
    folder
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn of_two_checkouts_only_that_of_the_call_is_changed() {
    let (one, other, source) = (Checkout::new(), Checkout::new(), newer());
    let before = fs::read_to_string(one.provenance()).unwrap();
    let output = other.xtask(&["headers", "--from", source.path().to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let changed = fs::read_to_string(other.provenance()).unwrap();
    assert!(changed.contains("kernel = \"9.0.0\""), "{changed}");
    assert_eq!(fs::read_to_string(one.provenance()).unwrap(), before);
    assert!(other.xtask(&["headers", "--check"]).status.success());
    assert_eq!(fs::read_to_string(vendored().join("PROVENANCE.toml")).unwrap(), before);
}

#[test]
fn an_error_is_one_text_without_a_backtrace() {
    let checkout = Checkout::new();
    fs::write(checkout.provenance(), "kernel = [").unwrap();
    let output = checkout.xtask(&["headers", "--check"]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(
        error.starts_with("error: ") && error.contains("PROVENANCE.toml is malformed"),
        "{error}"
    );
    assert!(error.contains("git checkout headers"), "{error}");
    assert!(!error.to_lowercase().contains("backtrace"), "{error}");
}

#[test]
fn outside_a_checkout_nothing_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["headers", "--check"])
        .current_dir(folder.path())
        .env_remove("CARGO_MANIFEST_DIR")
        .output()
        .unwrap();
    let error = text(&output.stderr);
    assert!(error.ends_with("is not in a checkout of this project\n"), "{error}");
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let checkout = Checkout::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = checkout.command(&["test", "--only", "headers"]).stdout(writer).output().unwrap();
    let error = text(&output.stderr);
    assert!(!error.contains("panicked") && !error.contains("internal error"), "{error}");
    assert_eq!(output.status.code(), Some(1), "{error}");
}

#[test]
fn without_a_library_that_bindgen_can_load_there_is_no_panic() {
    let checkout = Checkout::new();
    let folder = tempfile::tempdir().unwrap();
    // A library of a similar name, and one of the right name that is none.
    for name in ["libclang-cpp.so.14", "libclang.so"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    let mut command = checkout.command(&["bindgen", "--check"]);
    let output = command.env("LIBCLANG_PATH", folder.path()).output().unwrap();
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("libclang-dev: LIBCLANG_PATH is set"), "{error}");
    assert!(error.contains("Unable to find libclang"), "{error}");
    assert!(!error.contains("panicked") && !error.contains("internal error"), "{error}");
}
