//! A configuration that cannot work.

use std::fmt;

/// A field whose value the kernel would refuse without a word, or accept and not act upon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {value}: {remedy}")]
pub struct ConfigError {
    field: &'static str,
    value: String,
    remedy: &'static str,
}

impl ConfigError {
    #[cold]
    #[inline(never)]
    pub(crate) fn new(field: &'static str, value: impl fmt::Display, remedy: &'static str) -> Self {
        Self { field, value: value.to_string(), remedy }
    }

    /// The field at fault, as the struct or the argument is called.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// Its value as text.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What is wrong with it and what to do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.remedy
    }
}
