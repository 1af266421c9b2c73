//! A configuration that cannot work.

use std::fmt;

use crate::netlink::attr::debug_as_display;

debug_as_display!(ConfigError);

/// A field whose value the kernel would reject without an explanation, or accept and ignore.
///
/// It is boxed, so that a result that can hold one stays small.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {}: {}", .0.field, .0.value, .0.remedy)]
pub struct ConfigError(Box<Fault>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    field: &'static str,
    value: String,
    remedy: &'static str,
}

impl ConfigError {
    #[cold]
    #[inline(never)]
    pub(crate) fn new(field: &'static str, value: impl fmt::Display, remedy: &'static str) -> Self {
        Self(Box::new(Fault { field, value: value.to_string(), remedy }))
    }

    /// The name of the field or argument.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.0.field
    }

    /// Its value as text.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.0.value
    }

    /// What is wrong with the value, and what to do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.0.remedy
    }
}
