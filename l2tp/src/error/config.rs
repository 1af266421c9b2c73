//! A configuration that cannot work.

use std::fmt;

use crate::netlink::attr::debug_as_display;

debug_as_display!(ConfigError);

/// A field whose value the kernel would refuse without a word, or accept and not act upon.
///
/// As large as a pointer: a result that holds one is not larger for what hardly happens.
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

    /// The field at fault, as the struct or the argument is called.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.0.field
    }

    /// Its value as text.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.0.value
    }

    /// What is wrong with it and what to do.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        self.0.remedy
    }
}
