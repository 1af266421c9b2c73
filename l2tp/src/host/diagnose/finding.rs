//! What can be found, as data; `words` says it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::{AutoloadOff, Holder, Lack, Module, Rule};
use crate::{AddressState, TunnelAddr, TunnelId};

/// How bad a [`Finding`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing fails for it.
    Note,
    /// Something that was not asked about fails for it, or what was asked about may.
    Warning,
    /// What was asked about fails for it.
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

/// Something that keeps L2TP from working on this host, or may.
///
/// Modules are `needed` when what was asked about cannot do without them; `l2tp_core` and
/// `l2tp_netlink` always are.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Finding {
    /// The network namespace that was asked about cannot be entered.
    NamespaceClosed {
        /// What the kernel said.
        error: String,
    },
    /// The kernel cannot be asked: no netlink socket, or no answer on it.
    NoNetlink {
        /// What went wrong.
        error: String,
    },
    /// The kernel offers no L2TP: the family `l2tp` is not there and could not be loaded. Further
    /// findings may say why.
    NoFamily {
        /// What the controller answered, `ENOENT` as a rule.
        errno: i32,
    },
    /// The kernel was built without loadable modules (`CONFIG_MODULES`), and has what is built in.
    NoModules {
        /// Whether L2TP's netlink family is.
        offered: bool,
    },
    /// The list of the running kernel's modules, `modules.dep`, is not to be found, and modules are
    /// missing.
    NoModuleIndex {
        /// The running kernel's release.
        release: String,
        /// Whether its folder in `/lib/modules` is there.
        folder: bool,
        /// The other releases there.
        others: Vec<String>,
        /// Whether what was asked about needs one of those that are missing.
        needed: bool,
    },
    /// `/proc` is not mounted: less can be told.
    NoProc,
    /// `/dev/ppp`, which whoever runs PPP on a session opens, is not to be used.
    NoPppDevice {
        /// What opening it gave; `None` when something else than the device is there.
        errno: Option<i32>,
        /// Whether `l2tp_ppp` is loaded, and `ppp_generic` with it, with which the node comes where
        /// the kernel fills `/dev`.
        loaded: bool,
    },
    /// A module is not installed for the running kernel.
    ModuleAbsent {
        /// The module.
        module: Module,
        /// Whether what was asked about needs it.
        needed: bool,
        /// The command that installs it, where this distribution's is known.
        install: Option<String>,
    },
    /// A rule keeps a module from being loaded.
    ModuleBarred {
        /// The module.
        module: Module,
        /// Whether what was asked about needs it.
        needed: bool,
        /// Whether it is loaded all the same, until the next boot.
        loaded: bool,
        /// The rule.
        rule: Rule,
    },
    /// A module is installed, but none of [its aliases](Module::aliases), by which the kernel asks
    /// for it, leads to it.
    AliasMissing {
        /// The module.
        module: Module,
        /// Whether what was asked about needs it.
        needed: bool,
    },
    /// The kernel loads no modules when they are needed.
    AutoloadOff {
        /// What turned that off.
        cause: AutoloadOff,
        /// The modules that are installed and not loaded.
        unloaded: Vec<Module>,
        /// Whether what was asked about needs one of them.
        needed: bool,
    },
    /// `CAP_NET_ADMIN` is missing, without which the kernel refuses every operation.
    NotPermitted {
        /// Why.
        lack: Lack,
    },
    /// The kernel refused to list the tunnels, and not for want of a capability.
    NoListing {
        /// What it said.
        error: String,
    },
    /// The thread is in another network namespace than the system's first process: tunnels and
    /// addresses of the one are not to be seen in the other.
    OtherNamespace {
        /// That of the thread, `net:[4026532208]`.
        ours: String,
        /// That of process 1.
        initial: String,
        /// The name of the thread's, if `ip netns` gave it one.
        name: Option<String>,
    },
    /// A local address cannot be used.
    AddressUnusable {
        /// The address.
        address: IpAddr,
        /// What the network namespace knows of it.
        state: AddressState,
    },
    /// A UDP port is in use.
    PortInUse {
        /// What was asked about.
        local: SocketAddr,
        /// What the socket that stands in the way is bound to.
        held: SocketAddr,
        /// Who has that socket, as far as it can be told.
        holders: Vec<Holder>,
        /// Whether it surely stands in the way. A socket of `::` takes in IPv4 unless it is said to
        /// be of IPv6 only, which cannot be seen from outside.
        certain: bool,
    },
    /// A socket could not be bound where the tunnel's would be, which
    /// [was tried](super::Diagnose::try_bind), and nothing else that was found says why.
    BindRefused {
        /// Where.
        local: TunnelAddr,
        /// What the kernel answered.
        errno: Option<i32>,
        /// That in words, with what to do.
        error: String,
    },
    /// A tunnel of this network namespace has the id already; with IP encapsulation its socket is
    /// bound to it.
    TunnelIdInUse {
        /// The id.
        tunnel: TunnelId,
        /// The local end of the tunnel that has it.
        local: Option<SocketAddr>,
        /// The peer's.
        peer: Option<SocketAddr>,
    },
}

impl Finding {
    /// Whether it concerns what was asked about, and not what somebody else may need.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        match self {
            Self::ModuleAbsent { needed, .. }
            | Self::ModuleBarred { needed, .. }
            | Self::AliasMissing { needed, .. }
            | Self::AutoloadOff { needed, .. }
            | Self::NoModuleIndex { needed, .. } => *needed,
            _ => true,
        }
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::NamespaceClosed { .. }
            | Self::NoNetlink { .. }
            | Self::NoFamily { .. }
            | Self::NotPermitted { .. }
            | Self::NoListing { .. }
            | Self::BindRefused { .. }
            | Self::NoModules { offered: false }
            | Self::TunnelIdInUse { .. }
            | Self::ModuleAbsent { needed: true, .. }
            | Self::AliasMissing { needed: true, .. }
            | Self::AutoloadOff { needed: true, .. }
            | Self::ModuleBarred { needed: true, loaded: false, .. }
            | Self::PortInUse { certain: true, .. } => Severity::Error,
            // The node may come with the module.
            Self::NoPppDevice { errno, loaded } => match (errno, loaded) {
                (Some(libc::ENOENT), false) => Severity::Warning,
                _ => Severity::Error,
            },
            // A tentative one will do soon.
            Self::AddressUnusable { state, .. } => match state {
                AddressState::Tentative { .. } => Severity::Warning,
                _ => Severity::Error,
            },
            Self::NoModuleIndex { needed: true, .. }
            | Self::ModuleAbsent { needed: false, .. }
            | Self::AliasMissing { needed: false, .. }
            | Self::AutoloadOff { needed: false, .. }
            | Self::ModuleBarred { needed: false, loaded: false, .. }
            | Self::PortInUse { certain: false, .. } => Severity::Warning,
            Self::ModuleBarred { loaded: true, .. }
            | Self::NoModules { offered: true }
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
    fn what_may_not_be_needed_is_a_warning() {
        use Severity::{Error, Note, Warning};
        let module = Module::Eth;
        let findings = |needed| {
            [
                Finding::ModuleAbsent { module, needed, install: None },
                Finding::AliasMissing { module, needed },
                Finding::AutoloadOff {
                    cause: AutoloadOff::ModulesDisabled,
                    unloaded: Vec::new(),
                    needed,
                },
                Finding::NoModuleIndex {
                    release: "6".into(),
                    folder: true,
                    others: Vec::new(),
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
    fn what_will_do_soon_or_may_do_is_a_warning() {
        use Severity::{Error, Note, Warning};
        let device = |errno, loaded| Finding::NoPppDevice { errno, loaded };
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
            Finding::PortInUse { local, held: local, holders: Vec::new(), certain }
        };
        assert_eq!(severities([port(true), port(false)]), [Error, Warning]);
        let modules = [true, false].map(|offered| Finding::NoModules { offered });
        assert_eq!(severities(modules), [Note, Error]);
    }
}
