//! What is missing on this host for L2TP to work, and what to do about it.
//!
//! [`diagnose()`] looks at what every tunnel needs, [`Diagnose`] also at what a tunnel or session
//! that one has in mind needs. The outcome, a [`Diagnosis`], is a list of [`Finding`]s, each with
//! a [`Severity`], what is wrong, why, a command and a remedy; printed, it is a page to read.
//!
//! ```no_run
//! let diagnosis = l2tp::diagnose();
//! print!("{diagnosis}");
//! # std::process::exit(i32::from(!diagnosis.is_well()));
//! ```
//!
//! On a host whose administrator has forbidden a module that prints, for instance:
//!
//! ```text
//! L2TP on Linux 6.12.118+deb13-amd64: 1 warning
//! warning: module l2tp_eth is barred: "blacklist l2tp_eth" (/etc/modprobe.d/l2tp.conf, line 1)
//!   why:     it is not loaded when it is needed, only by its name; without it there are no Ethernet sessions
//!   command: modprobe l2tp_eth
//!   remedy:  take the rule out, and the kernel loads the module when it needs it
//! modules: l2tp_core loaded, l2tp_netlink loaded, l2tp_eth installed, l2tp_ppp installed, l2tp_ip installed, l2tp_ip6 installed
//! ```
//!
//! # What it looks at
//! Two things are asked of the kernel: its L2TP family, for which it loads module `l2tp_netlink`
//! if it can, as for any [`Conn`](crate::Conn); and the list of tunnels, which tells whether the
//! process may ask at all. A local address is bound for a moment, with any
//! free port; if that fails it is asked who has it. For a PPP session
//! `/dev/ppp` is opened. The rest is read from files of `/proc`, `/sys`, `/lib/modules` and
//! `modprobe.d`. Nothing else is changed, nothing needs a privilege, and what cannot be read is
//! passed over: without root, or without `/proc`, a diagnosis finds less; what it does find is still
//! correct.
//!
//! # What it cannot see
//! Files that a container does not show: its host loads modules, by the host's rules. Of the
//! sockets that hold a port their `SO_REUSEADDR`, their interface, and whether they are of IPv6
//! only. An L2TP/IP socket that carries no tunnel, which the kernel lists nowhere: only [binding one](Diagnose::try_bind) tells.

mod device;
mod distribution;
mod finding;
mod host;
mod modprobe;
mod module;
mod place;
mod port;
mod privilege;
mod report;
mod shell;
mod survey;
#[cfg(test)]
mod tests;
mod words;

use std::net::SocketAddr;

pub use finding::{Finding, Severity};
pub use modprobe::{AutoloadOff, Bar, Rule};
pub use module::{Module, ModuleState};
pub use port::Holder;
pub use privilege::Lack;
pub use report::Diagnosis;

use crate::{Netns, SessionConfig, SocketOptions, TunnelConfig};
use host::Host;
use survey::Survey;

/// Finds out what is missing on this host for L2TP to work, for the calling thread in its network
/// namespace. See [`diagnose`](mod@crate::host::diagnose).
#[must_use]
pub fn diagnose() -> Diagnosis {
    Diagnose::new().run()
}

/// A diagnosis for a tunnel or a session that one has in mind.
///
/// What that needs is an error when it is missing; what it does not need is a warning.
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
    /// What [`diagnose()`] looks at: the kernel, its modules, the process's privileges.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Also whether there is what the tunnel's encapsulation needs, and whether its id is free.
    ///
    /// With IP encapsulation that is `l2tp_ip`, and `l2tp_ip6` unless the
    /// [local address](Self::local) is of IPv4.
    #[must_use]
    pub fn tunnel(mut self, config: &'a TunnelConfig) -> Self {
        self.tunnel = Some(config);
        self
    }

    /// Also whether the tunnel's local address can be used; and, unless it is 0 or the tunnel has
    /// IP encapsulation, whether the UDP port is free and who holds it if not.
    #[must_use]
    pub fn local(mut self, local: SocketAddr) -> Self {
        self.local = Some(local);
        self
    }

    /// With these options of the socket of a managed tunnel, instead of none: in a VRF an address
    /// can be had with the option interface only.
    #[must_use]
    pub fn options(mut self, options: &'a SocketOptions) -> Self {
        self.options = Some(options);
        self
    }

    /// Also whether there is what the session's pseudowire needs: for PPP `/dev/ppp`, too.
    #[must_use]
    pub fn session(mut self, config: &'a SessionConfig) -> Self {
        self.session = Some(config);
        self
    }

    /// Also whether a socket can be bound where the tunnel's would be, by doing so for a moment if
    /// nothing else is found in the way. Off at first.
    ///
    /// Nothing else tells of an L2TP/IP socket that has the tunnel id without carrying a tunnel,
    /// as the kernel lists those nowhere. A program that binds its own in that very moment is
    /// refused, and with IP encapsulation the kernel loads `l2tp_ip` or `l2tp_ip6`.
    #[must_use]
    pub fn try_bind(mut self, on: bool) -> Self {
        self.try_bind = on;
        self
    }

    /// In this network namespace instead of the calling thread's.
    #[must_use]
    pub fn netns(mut self, netns: &'a Netns) -> Self {
        self.netns = Some(netns);
        self
    }

    /// Looks.
    #[must_use]
    pub fn run(&self) -> Diagnosis {
        let host = Host::here();
        let look = || Survey::new(&host, self).run();
        let Some(netns) = self.netns else { return look() };
        netns.run(look).unwrap_or_else(|error| {
            let release = host.release().unwrap_or_default();
            let error = error.to_string();
            Diagnosis::new(release, false, vec![], vec![Finding::NamespaceClosed { error }])
        })
    }
}
