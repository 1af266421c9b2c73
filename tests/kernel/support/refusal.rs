//! Expecting errors: an errno, a kind, and a text that helps.

use std::fmt::Debug;

use anyhow::{Result, bail, ensure};
use l2tp::{Error, ErrorKind};

/// What an error should be.
pub(crate) struct Expected<'a> {
    /// The errno, if it came from the kernel.
    pub(crate) errno: Option<i32>,
    pub(crate) kind: ErrorKind,
    /// What its text must contain: the operation with its ids, the remedy.
    pub(crate) says: &'a [&'a str],
}

/// Checks that the library gave an error, and this one.
pub(crate) fn refused<T: Debug>(outcome: Result<T, Error>, expected: &Expected<'_>) -> Result<()> {
    let error = match outcome {
        Ok(value) => bail!("expected an error that says {:?}, got {value:?}", expected.says),
        Err(error) => error,
    };
    let text = error.to_string();
    ensure!(error.raw_os_error() == expected.errno, "expected errno {:?}: {text}", expected.errno);
    ensure!(
        error.kind() == expected.kind,
        "{:?}, expected {:?}: {text}",
        error.kind(),
        expected.kind
    );
    for part in expected.says {
        ensure!(text.contains(part), "expected {part:?} in: {text}");
    }
    Ok(())
}
