//! What the process may do.
//!
//! The kernel asks for `CAP_NET_ADMIN` in the user namespace that owns the network namespace. Only
//! it knows whether a process has that; the files say why not.

use super::host::Host;

/// Bit 12 of the sets.
const CAP_NET_ADMIN: u64 = 1 << 12;

/// Why `CAP_NET_ADMIN` is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lack {
    /// The process does not have it, and could be given it.
    Capability,
    /// Whoever started the process took it away for good, from its bounding set: a container, as
    /// a rule. Being root does not help.
    Bounded,
    /// The process has it, but in another user namespace than the one that owns the network
    /// namespace.
    UserNamespace,
    /// The kernel refuses, and the files do not say why.
    Unknown,
}

/// Why the capability is missing, by the process's files.
pub(super) fn lack(host: &Host) -> Lack {
    let status = host.read("/proc/thread-self/status").unwrap_or_default();
    match (has(&status, "CapEff:"), has(&status, "CapBnd:")) {
        (Some(true), _) => Lack::UserNamespace,
        (Some(false), Some(false)) => Lack::Bounded,
        (Some(false), _) => Lack::Capability,
        (None, _) => Lack::Unknown,
    }
}

/// Whether one of the thread's sets has the capability.
fn has(status: &str, set: &str) -> Option<bool> {
    let value = status.lines().find_map(|line| line.strip_prefix(set))?;
    Some(u64::from_str_radix(value.trim(), 16).ok()? & CAP_NET_ADMIN != 0)
}

#[cfg(test)]
mod tests {
    use super::super::host::fixture::Tree;
    use super::*;

    #[test]
    fn the_sets_say_why() {
        for (status, expected) in [
            ("Name:\tx\nCapEff:\t0000000000000000\nCapBnd:\t000001ffffffffff\n", Lack::Capability),
            ("CapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\n", Lack::Bounded),
            ("CapEff:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\n", Lack::UserNamespace),
            ("CapEff:\t0000000000000000\n", Lack::Capability),
            ("CapEff:\tzz\n", Lack::Unknown),
            ("", Lack::Unknown),
        ] {
            let tree = Tree::new(&[("proc/thread-self/status", status)]);
            assert_eq!(lack(&tree.host()), expected, "{status:?}");
        }
    }
}
