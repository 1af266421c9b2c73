//! The kinds of errors, for programs that decide by them.

/// A coarse classification, for programs that decide by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Refused before anything was sent.
    Config,
    /// The tunnel or session does not exist.
    NotFound,
    /// The id, name or address is in use.
    Exists,
    /// A privilege is missing, `CAP_NET_ADMIN` as a rule.
    Permission,
    /// The kernel, or a module of it, lacks what was asked for.
    Unsupported,
    /// The network is not ready: no such address, no route, or none that may be used.
    Network,
    /// A deadline passed.
    TimedOut,
    /// Whatever else the kernel or the system refused.
    Other,
    /// The kernel's answer could not be understood.
    Protocol,
}
