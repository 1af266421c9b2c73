//! The kinds of errors, for programs that decide by them.

/// The kind of an error, for programs that decide by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration was rejected before anything was sent.
    Config,
    /// The tunnel or session does not exist.
    NotFound,
    /// The id, name or address is in use.
    Exists,
    /// The process lacks a privilege, usually `CAP_NET_ADMIN`.
    Permission,
    /// The kernel or one of its modules does not support the request.
    Unsupported,
    /// The network is not ready: the address does not exist, or no route may be used.
    Network,
    /// A deadline passed.
    TimedOut,
    /// Any other failure that the kernel or the system reported.
    Other,
    /// The kernel's reply could not be decoded.
    Protocol,
}
