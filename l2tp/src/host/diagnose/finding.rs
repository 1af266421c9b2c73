//! The findings as data; `text` has their texts.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::{AutoloadOff, DisablingRule, KernelModule, MissingPrivilege, PortOwner};
use crate::TunnelId;
use crate::host::AddressState;
use crate::socket::TunnelAddr;

/// How serious a [`Finding`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Information only; nothing fails because of it.
    Note,
    /// The given tunnel or session may fail because of it, or something else fails.
    Warning,
    /// The given tunnel or session fails because of it.
    Error,
}

/// `note`, `warning`, `error`.
impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Something that prevents L2TP from working on this host, or may prevent it.
///
/// A module is `needed` if the given tunnel or session cannot work without it; `l2tp_core` and
/// `l2tp_netlink` are always needed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Finding {
    /// The given network namespace cannot be entered.
    NamespaceNotEntered {
        /// The error.
        error: String,
    },
    /// The kernel cannot be queried: the netlink socket failed, or the look-up of the family.
    NoNetlink {
        /// The error.
        error: String,
    },
    /// The kernel has no L2TP: the family `l2tp` does not exist and could not be loaded. Other
    /// findings may state the cause.
    NoFamily {
        /// The errno of the family look-up, usually `ENOENT`.
        errno: i32,
    },
    /// The kernel was built without loadable modules (`CONFIG_MODULES`). It has only what is built
    /// in.
    NoModuleSupport {
        /// Whether L2TP's netlink family is built in.
        l2tp_available: bool,
    },
    /// The running kernel's list of modules, `modules.dep`, was not found, and some modules are not
    /// loaded.
    NoModuleIndex {
        /// The running kernel's release.
        release: String,
        /// Whether the release's folder in `/lib/modules` exists.
        folder_exists: bool,
        /// The other releases in `/lib/modules`.
        other_releases: Vec<String>,
        /// Whether the given tunnel or session needs one of the modules that are not loaded.
        needed: bool,
    },
    /// `/proc` is not mounted. Some checks need it.
    NoProc,
    /// `/dev/ppp` cannot be used. The program that runs PPP on a session opens it.
    PppDeviceUnusable {
        /// The errno of opening it; `None` if the file is not a character device.
        errno: Option<i32>,
        /// Whether `l2tp_ppp` is loaded, and `ppp_generic` with it. Where the kernel fills `/dev`,
        /// loading `ppp_generic` creates the device node.
        module_loaded: bool,
    },
    /// A module is not installed for the running kernel.
    ModuleNotInstalled {
        /// The module.
        module: KernelModule,
        /// Whether the given tunnel or session needs it.
        needed: bool,
        /// The command that installs it, if it is known for this distribution.
        install_command: Option<String>,
    },
    /// A rule disables the loading of a module.
    ModuleDisabled {
        /// The module.
        module: KernelModule,
        /// Whether the given tunnel or session needs it.
        needed: bool,
        /// Whether the module is loaded nevertheless. The rule then takes effect at the next boot.
        loaded: bool,
        /// The rule.
        rule: DisablingRule,
    },
    /// A module is installed, but none of [its aliases](KernelModule::aliases), by which the kernel
    /// requests it, resolves to it.
    AliasMissing {
        /// The module.
        module: KernelModule,
        /// Whether the given tunnel or session needs it.
        needed: bool,
    },
    /// The kernel does not load modules on demand.
    AutoloadOff {
        /// The setting that disables it.
        cause: AutoloadOff,
        /// The modules that are installed and not loaded.
        unloaded: Vec<KernelModule>,
        /// Whether the given tunnel or session needs one of them.
        needed: bool,
    },
    /// `CAP_NET_ADMIN` is missing. The kernel rejects every operation without it.
    NotPermitted {
        /// Why it is missing.
        reason: MissingPrivilege,
    },
    /// The dump of the tunnels failed, and not because of a missing capability.
    TunnelsNotListed {
        /// The error.
        error: String,
    },
    /// The thread is in another network namespace than the system's first process. Tunnels and
    /// addresses of one namespace are not visible in the other.
    OtherNamespace {
        /// The thread's namespace, for example `net:[4026532208]`.
        current: String,
        /// The namespace of process 1.
        initial: String,
        /// The name of the thread's namespace, if `ip netns` has one for it.
        name: Option<String>,
    },
    /// A local address cannot be used.
    AddressUnusable {
        /// The address.
        address: IpAddr,
        /// The state of the address in the network namespace.
        state: AddressState,
    },
    /// A UDP port is in use.
    PortInUse {
        /// The requested address and port.
        local: SocketAddr,
        /// The address and port of the existing socket.
        bound: SocketAddr,
        /// The owners of the existing socket that could be found.
        owners: Vec<PortOwner>,
        /// Whether the existing socket certainly conflicts. A socket bound to `::` also receives
        /// IPv4 unless it is IPv6-only, which other processes cannot see.
        certain: bool,
    },
    /// Binding a socket like the tunnel's failed, and no other finding states why. The
    /// [trial bind](super::Diagnose::try_bind) reports this, and so does the check of the address
    /// if the socket fails before it is bound.
    BindFailed {
        /// The address.
        local: TunnelAddr,
        /// The errno.
        errno: Option<i32>,
        /// The error as text, with its remedy.
        error: String,
    },
    /// A tunnel of this network namespace already has the id. With IP encapsulation its socket is
    /// bound to the id.
    TunnelIdInUse {
        /// The id.
        tunnel_id: TunnelId,
        /// The local address of the tunnel that has it.
        local: Option<SocketAddr>,
        /// The peer address of that tunnel.
        peer: Option<SocketAddr>,
    },
}

impl Finding {
    /// Whether the given tunnel or session is affected, and not only something else.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        match self {
            Self::ModuleNotInstalled { needed, .. }
            | Self::ModuleDisabled { needed, .. }
            | Self::AliasMissing { needed, .. }
            | Self::AutoloadOff { needed, .. }
            | Self::NoModuleIndex { needed, .. } => *needed,
            _ => true,
        }
    }

    /// How serious the finding is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::NamespaceNotEntered { .. }
            | Self::NoNetlink { .. }
            | Self::NoFamily { .. }
            | Self::NotPermitted { .. }
            | Self::TunnelsNotListed { .. }
            | Self::BindFailed { .. }
            | Self::NoModuleSupport { l2tp_available: false }
            | Self::TunnelIdInUse { .. }
            | Self::ModuleNotInstalled { needed: true, .. }
            | Self::AliasMissing { needed: true, .. }
            | Self::AutoloadOff { needed: true, .. }
            | Self::ModuleDisabled { needed: true, loaded: false, .. }
            | Self::PortInUse { certain: true, .. } => Severity::Error,
            // Loading the module may create the node.
            Self::PppDeviceUnusable { errno, module_loaded } => match (errno, module_loaded) {
                (Some(libc::ENOENT), false) => Severity::Warning,
                _ => Severity::Error,
            },
            // A tentative address can be used soon.
            Self::AddressUnusable { state, .. } => match state {
                AddressState::Tentative { .. } => Severity::Warning,
                _ => Severity::Error,
            },
            Self::NoModuleIndex { needed: true, .. }
            | Self::ModuleNotInstalled { needed: false, .. }
            | Self::AliasMissing { needed: false, .. }
            | Self::AutoloadOff { needed: false, .. }
            | Self::ModuleDisabled { needed: false, loaded: false, .. }
            | Self::PortInUse { certain: false, .. } => Severity::Warning,
            Self::ModuleDisabled { loaded: true, .. }
            | Self::NoModuleSupport { l2tp_available: true }
            | Self::NoModuleIndex { needed: false, .. }
            | Self::NoProc
            | Self::OtherNamespace { .. } => Severity::Note,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severities<const N: usize>(findings: [Finding; N]) -> [Severity; N] {
        findings.map(|finding| finding.severity())
    }

    #[test]
    fn findings_that_are_not_needed_are_warnings() {
        use Severity::{Error, Note, Warning};
        let module = KernelModule::Eth;
        let findings = |needed| {
            [
                Finding::ModuleNotInstalled { module, needed, install_command: None },
                Finding::AliasMissing { module, needed },
                Finding::AutoloadOff {
                    cause: AutoloadOff::ModulesDisabled,
                    unloaded: Vec::new(),
                    needed,
                },
                Finding::NoModuleIndex {
                    release: "6".into(),
                    folder_exists: true,
                    other_releases: Vec::new(),
                    needed,
                },
            ]
        };
        assert_eq!(severities(findings(true)), [Error, Error, Error, Warning]);
        assert_eq!(severities(findings(false)), [Warning, Warning, Warning, Note]);
        for needed in [true, false] {
            assert!(findings(needed).iter().all(|finding| finding.is_needed() == needed));
        }
    }

    #[test]
    fn uncertain_and_temporary_problems_are_warnings() {
        use Severity::{Error, Note, Warning};
        let device = |errno, module_loaded| Finding::PppDeviceUnusable { errno, module_loaded };
        let devices = [
            device(Some(libc::ENOENT), false),
            device(Some(libc::ENOENT), true),
            device(Some(libc::EACCES), false),
            device(None, false),
        ];
        assert_eq!(severities(devices), [Warning, Error, Error, Error]);
        let address = |state| Finding::AddressUnusable { address: [192, 0, 2, 1].into(), state };
        let interface = || "eth0".to_owned();
        let addresses = [
            address(AddressState::Tentative { interface: interface() }),
            address(AddressState::Duplicate { interface: interface() }),
            address(AddressState::Absent),
        ];
        assert_eq!(severities(addresses), [Warning, Error, Error]);
        let port = |certain| {
            let local = ([192, 0, 2, 1], 1701).into();
            Finding::PortInUse { local, bound: local, owners: Vec::new(), certain }
        };
        assert_eq!(severities([port(true), port(false)]), [Error, Warning]);
        let modules =
            [true, false].map(|l2tp_available| Finding::NoModuleSupport { l2tp_available });
        assert_eq!(severities(modules), [Note, Error]);
    }
}
