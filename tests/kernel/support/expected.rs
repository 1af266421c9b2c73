//! Expected errors: an errno, a kind, and the texts that help a reader.

use std::fmt::{Debug, Display};

use anyhow::{Result, bail, ensure};
use l2tp::host::NotReady;
use l2tp::ppp::PppError;
use l2tp::{Error, ErrorKind};

/// The properties of an expected error.
pub(crate) struct Expected<'a> {
    /// The errno, if the error comes from the kernel.
    pub(crate) errno: Option<i32>,
    pub(crate) kind: ErrorKind,
    /// The texts that the message must contain: the operation with its ids, the remedy.
    pub(crate) texts: &'a [&'a str],
}

impl<'a> Expected<'a> {
    /// A configuration that the library rejects before it sends anything.
    pub(crate) const fn config(texts: &'a [&'a str]) -> Self {
        Self { errno: None, kind: ErrorKind::Config, texts }
    }

    /// A tunnel or session that does not exist.
    pub(crate) const fn not_found(texts: &'a [&'a str]) -> Self {
        Self { errno: Some(libc::ENODEV), kind: ErrorKind::NotFound, texts }
    }

    /// An id or a name that is in use.
    pub(crate) const fn exists(texts: &'a [&'a str]) -> Self {
        Self { errno: Some(libc::EEXIST), kind: ErrorKind::Exists, texts }
    }

    /// Checks an error.
    pub(crate) fn check(&self, error: &impl Failure) -> Result<()> {
        let (text, errno, kind) = (error.to_string(), error.errno(), error.kind());
        ensure!(errno == self.errno, "errno {errno:?}, expected {:?}: {text}", self.errno);
        ensure!(kind == self.kind, "{kind:?}, expected {:?}: {text}", self.kind);
        for part in self.texts {
            ensure!(text.contains(part), "expected {part:?} in: {text}");
        }
        Ok(())
    }
}

/// An error of the library.
pub(crate) trait Failure: Display {
    fn errno(&self) -> Option<i32>;
    fn kind(&self) -> ErrorKind;
}

impl Failure for Error {
    fn errno(&self) -> Option<i32> {
        self.raw_os_error()
    }

    fn kind(&self) -> ErrorKind {
        Self::kind(self)
    }
}

impl Failure for PppError {
    fn errno(&self) -> Option<i32> {
        self.raw_os_error()
    }

    fn kind(&self) -> ErrorKind {
        Self::kind(self)
    }
}

impl Failure for NotReady {
    fn errno(&self) -> Option<i32> {
        self.raw_os_error()
    }

    fn kind(&self) -> ErrorKind {
        Self::kind(self)
    }
}

/// Checks that a call failed, and with which error.
pub(crate) fn ensure_fails<T: Debug>(
    outcome: Result<T, impl Failure>,
    expected: &Expected<'_>,
) -> Result<()> {
    match outcome {
        Ok(value) => bail!("expected an error with {:?}, got {value:?}", expected.texts),
        Err(error) => expected.check(&error),
    }
}
