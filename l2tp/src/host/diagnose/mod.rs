//! What is missing on this host for L2TP to work, and how to fix it.
//!
//! [`diagnose()`] checks what every tunnel needs. [`Diagnose`] also checks what a given tunnel or
//! session needs. The result, a [`Diagnosis`], is a list of [`Finding`]s. Each has a [`Severity`], a
//! summary of the problem, an explanation, a command where there is one, and a remedy. The `Display`
//! form of a diagnosis is a report for a person.
//!
//! ```no_run
//! let diagnosis = l2tp::diagnose();
//! print!("{diagnosis}");
//! # std::process::exit(i32::from(!diagnosis.is_ok()));
//! ```
//!
//! On a host where a module is blacklisted, this prints for example:
//!
//! ```text
//! L2TP on Linux 6.12.118+deb13-amd64: 1 warning
//! warning: module l2tp_eth is disabled by "blacklist l2tp_eth" (/etc/modprobe.d/l2tp.conf, line 1)
//!   why:     the kernel cannot load it on demand, only `modprobe` by name can; Ethernet sessions need it
//!   command: modprobe l2tp_eth
//!   remedy:  remove the rule; the kernel then loads the module on demand
//! modules: l2tp_core loaded, l2tp_netlink loaded, l2tp_eth installed, l2tp_ppp installed, l2tp_ip installed, l2tp_ip6 installed
//! ```
//!
//! # What it checks
//! It sends two requests to the kernel. The first looks up the L2TP family, for which the kernel
//! loads module `l2tp_netlink` if it can, as for any [`Conn`](crate::Conn). The second is a dump of
//! the tunnels, which shows whether the process has the required privilege. A local address is bound
//! for a moment with any free port; if that fails, the diagnosis finds out which interface has the
//! address. For a PPP session it opens `/dev/ppp`. Everything else is read from files of `/proc`,
//! `/sys`, `/lib/modules` and `modprobe.d`. A diagnosis changes nothing else and needs no privilege.
//! It skips what it cannot read: without root, or without `/proc`, `diagnose` finds less; what it
//! does find is still correct.
//!
//! # What it cannot detect
//! - Files that a container does not show. The container's host loads modules, by the host's rules.
//! - `SO_REUSEADDR`, the interface and `IPV6_V6ONLY` of a socket that is bound to a port.
//! - An L2TP/IP socket that carries no tunnel. The kernel does not list it; only
//!   [binding a socket](Diagnose::try_bind) detects it.

mod autoload;
mod distribution;
mod files;
mod finding;
mod inspect;
mod modprobe;
mod module;
mod namespace;
mod port;
mod ppp_device;
mod privilege;
mod report;
mod shell;
#[cfg(test)]
mod tests;
mod text;

use std::net::SocketAddr;

pub use autoload::AutoloadOff;
pub use finding::{Finding, Severity};
pub use modprobe::{DisablingRule, DisablingRuleKind};
pub use module::{KernelModule, ModuleState};
pub use port::PortOwner;
pub use privilege::MissingPrivilege;
pub use report::Diagnosis;

use crate::{Netns, SessionConfig, SocketOptions, TunnelConfig};
use files::HostFiles;
use inspect::Inspection;

/// Finds out what is missing on this host for L2TP to work, for the calling thread in its network
/// namespace. See [`diagnose`](mod@crate::host::diagnose).
#[must_use]
pub fn diagnose() -> Diagnosis {
    Diagnose::new().run()
}

/// A diagnosis for a given tunnel or session.
///
/// A missing requirement of the given tunnel or session is an error; other missing parts are
/// warnings.
///
/// ```no_run
/// use l2tp::host::diagnose::Diagnose;
/// use l2tp::{EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};
///
/// let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
/// let session = SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20);
/// let local = "192.0.2.1:1701".parse()?;
/// print!("{}", Diagnose::new().tunnel(&tunnel).local(local).session(&session).run());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Diagnose<'a> {
    tunnel: Option<&'a TunnelConfig>,
    local: Option<SocketAddr>,
    options: Option<&'a SocketOptions>,
    session: Option<&'a SessionConfig>,
    netns: Option<&'a Netns>,
    try_bind: bool,
}

impl<'a> Diagnose<'a> {
    /// Checks what [`diagnose()`] checks: the kernel, its modules, the process's privileges.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also checks the modules that the tunnel's encapsulation needs, and whether the tunnel id is
    /// free.
    ///
    /// IP encapsulation needs `l2tp_ip`, and also `l2tp_ip6` unless the [local address](Self::local)
    /// is an IPv4 address.
    #[must_use]
    pub fn tunnel(mut self, config: &'a TunnelConfig) -> Self {
        self.tunnel = Some(config);
        self
    }

    /// Also checks whether the tunnel's local address can be used, and whether the UDP port is free.
    ///
    /// The port is not checked if it is 0 or the tunnel has IP encapsulation.
    #[must_use]
    pub fn local(mut self, local: SocketAddr) -> Self {
        self.local = Some(local);
        self
    }

    /// Checks the local address for a managed tunnel's socket with these options, instead of none:
    /// an address in a VRF can be bound only with the option `interface`.
    #[must_use]
    pub fn options(mut self, options: &'a SocketOptions) -> Self {
        self.options = Some(options);
        self
    }

    /// Also checks what the session's pseudowire needs; for PPP that includes `/dev/ppp`.
    #[must_use]
    pub fn session(mut self, config: &'a SessionConfig) -> Self {
        self.session = Some(config);
        self
    }

    /// Also binds a socket like the tunnel's for a moment, if no other finding already shows that
    /// this fails. Off by default.
    ///
    /// Only this detects an L2TP/IP socket that uses the tunnel id without carrying a tunnel, since
    /// the kernel does not list such sockets. While the test socket is bound, a bind of another
    /// program to the same address fails. With IP encapsulation the kernel loads `l2tp_ip` or
    /// `l2tp_ip6`.
    #[must_use]
    pub fn try_bind(mut self, on: bool) -> Self {
        self.try_bind = on;
        self
    }

    /// Runs in this network namespace instead of the calling thread's.
    #[must_use]
    pub fn netns(mut self, netns: &'a Netns) -> Self {
        self.netns = Some(netns);
        self
    }

    /// Runs the checks.
    #[must_use]
    pub fn run(&self) -> Diagnosis {
        let files = HostFiles::of_this_host();
        let inspect = || Inspection::new(&files, self).run();
        let Some(netns) = self.netns else { return inspect() };
        netns.run(inspect).unwrap_or_else(|error| {
            let release = files.release().unwrap_or_default();
            let error = error.to_string();
            Diagnosis::new(release, false, vec![], vec![Finding::NamespaceNotEntered { error }])
        })
    }
}
