//! The process's privileges.
//!
//! The kernel requires `CAP_NET_ADMIN` in the user namespace that owns the network namespace. Only the
//! kernel knows whether a process has it; the files show why it does not.

use super::files::HostFiles;

/// Bit 12 of the capability sets.
const CAP_NET_ADMIN: u64 = 1 << 12;

/// Why `CAP_NET_ADMIN` is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MissingPrivilege {
    /// The process does not have it, but can be granted it.
    NotGranted,
    /// It is not in the process's bounding set, as in many containers. Even root cannot get it back.
    OutsideBoundingSet,
    /// The process has it, but in another user namespace than the one that owns the network
    /// namespace.
    OtherUserNamespace,
    /// The kernel returned `EPERM`, and the files do not show why.
    Unknown,
}

/// Why the capability is missing, according to the process's files.
pub(super) fn missing_privilege(files: &HostFiles) -> MissingPrivilege {
    let status = files.read("/proc/thread-self/status").unwrap_or_default();
    match (has(&status, "CapEff:"), has(&status, "CapBnd:")) {
        (Some(true), _) => MissingPrivilege::OtherUserNamespace,
        (Some(false), Some(false)) => MissingPrivilege::OutsideBoundingSet,
        (Some(false), _) => MissingPrivilege::NotGranted,
        (None, _) => MissingPrivilege::Unknown,
    }
}

/// Whether one of the thread's sets has the capability.
fn has(status: &str, set: &str) -> Option<bool> {
    let value = status.lines().find_map(|line| line.strip_prefix(set))?;
    Some(u64::from_str_radix(value.trim(), 16).ok()? & CAP_NET_ADMIN != 0)
}

#[cfg(test)]
mod tests {
    use super::super::files::fixture::Tree;
    use super::*;

    #[test]
    fn the_capability_sets_show_the_reason() {
        for (status, expected) in [
            (
                "Name:\tx\nCapEff:\t0000000000000000\nCapBnd:\t000001ffffffffff\n",
                MissingPrivilege::NotGranted,
            ),
            (
                "CapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\n",
                MissingPrivilege::OutsideBoundingSet,
            ),
            (
                "CapEff:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\n",
                MissingPrivilege::OtherUserNamespace,
            ),
            ("CapEff:\t0000000000000000\n", MissingPrivilege::NotGranted),
            ("CapEff:\tzz\n", MissingPrivilege::Unknown),
            ("", MissingPrivilege::Unknown),
        ] {
            let tree = Tree::new(&[("proc/thread-self/status", status)]);
            assert_eq!(missing_privilege(&tree.files()), expected, "{status:?}");
        }
    }
}
