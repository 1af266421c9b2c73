//! Going through everything once, the kernel first: what it answers is the truth, the files
//! explain it.

use std::net::SocketAddr;

use super::host::Host;
use super::modprobe::{self, Rules};
use super::module::Modules;
use super::{
    Diagnose, Diagnosis, Finding, Lack, Module, ModuleState, device, distribution, place, port,
    privilege,
};
use crate::{
    AddressState, Conn, EncapType, Error, PseudowireType, SocketError, SocketOptions, SocketStep,
    TunnelAddr, TunnelInfo, TunnelSocket, socket,
};

/// What the kernel answered.
#[derive(Debug)]
pub(super) struct Answers {
    /// Whether it offers the family.
    pub(super) offered: Result<(), Error>,
    /// The tunnels; `None` when it was not asked.
    pub(super) tunnels: Option<Result<Vec<TunnelInfo>, Error>>,
}

impl Answers {
    fn ask() -> Self {
        match Conn::open() {
            Ok(mut conn) => {
                let tunnels = conn.tunnels().and_then(Iterator::collect);
                Self { offered: Ok(()), tunnels: Some(tunnels) }
            }
            Err(error) => Self { offered: Err(error), tunnels: None },
        }
    }
}

/// One look at the host.
pub(super) struct Survey<'a> {
    host: &'a Host,
    asked: &'a Diagnose<'a>,
    findings: Vec<Finding>,
}

impl<'a> Survey<'a> {
    pub(super) fn new(host: &'a Host, asked: &'a Diagnose<'a>) -> Self {
        Self { host, asked, findings: Vec::new() }
    }

    pub(super) fn run(self) -> Diagnosis {
        // Asking loads the module, and is done before looking for it.
        self.explain(&Answers::ask())
    }

    /// Explains what the kernel answered.
    pub(super) fn explain(mut self, answers: &Answers) -> Diagnosis {
        let offered = answers.offered.is_ok();
        self.family(answers);
        self.permission(answers);
        let release = self.host.release().unwrap_or_default();
        let modules = self.modules(&release, offered);
        // Who names a namespace knows where that is.
        if self.asked.netns.is_none() {
            self.findings.extend(place::finding(self.host));
        }
        let none = Vec::new();
        let tunnels = answers.tunnels.as_ref().and_then(|tunnels| tunnels.as_ref().ok());
        self.tunnel(tunnels.unwrap_or(&none));
        Diagnosis::new(release, offered, modules, self.findings)
    }

    fn family(&mut self, answers: &Answers) {
        match &answers.offered {
            Ok(()) => {}
            Err(Error::NoFamily { errno }) => {
                self.findings.push(Finding::NoFamily { errno: *errno });
            }
            Err(error) => self.findings.push(Finding::NoNetlink { error: error.to_string() }),
        }
    }

    fn permission(&mut self, answers: &Answers) {
        match &answers.tunnels {
            Some(Ok(_)) => {}
            Some(Err(error)) if error.is_permission() => {
                self.findings.push(Finding::NotPermitted { lack: privilege::lack(self.host) });
            }
            Some(Err(error)) => self.findings.push(Finding::NoListing { error: error.to_string() }),
            // Without the family the kernel cannot be asked: what the process has not got at all
            // it lacks in any case.
            None => {
                let lack = privilege::lack(self.host);
                if matches!(lack, Lack::Capability | Lack::Bounded) {
                    self.findings.push(Finding::NotPermitted { lack });
                }
            }
        }
    }

    fn modules(&mut self, release: &str, offered: bool) -> Vec<(Module, ModuleState)> {
        let modules = Modules::of(self.host, release);
        let states = Module::ALL.map(|module| {
            let always = matches!(module, Module::Core | Module::Netlink);
            match modules.state(module) {
                // It answers, so it is there, whatever the lists say.
                state if offered && always && !state.is_ready() => {
                    let listed = self.host.exists("/proc/modules");
                    (module, if listed { ModuleState::BuiltIn } else { ModuleState::Ready })
                }
                state => (module, state),
            }
        });
        let unready = states.iter().any(|(_, state)| !state.is_ready());
        let needed = states.iter().any(|(module, state)| !state.is_ready() && self.needs(*module));
        let proc = self.host.has_proc();
        if !proc {
            self.findings.push(Finding::NoProc);
        }
        // A kernel with modules lists them even where there is none.
        if unready && proc && !self.host.exists("/proc/modules") {
            self.findings.push(Finding::NoModules { offered });
        } else if unready && !modules.is_indexed() {
            let folder = format!("/lib/modules/{release}");
            self.findings.push(Finding::NoModuleIndex {
                release: release.to_owned(),
                folder: !release.is_empty() && self.host.exists(&folder),
                others: self.host.names("/lib/modules"),
                needed,
            });
        }
        let rules = Rules::of(self.host);
        for (module, state) in states {
            if let Some(finding) = self.module(release, &modules, &rules, module, state) {
                self.findings.push(finding);
            }
        }
        self.autoload(&states);
        if self.needs(Module::Ppp) {
            let loaded =
                |(module, state): &(_, ModuleState)| *module == Module::Ppp && state.is_ready();
            self.findings.extend(device::finding(self.host, states.iter().any(loaded)));
        }
        states.to_vec()
    }

    fn module(
        &self,
        release: &str,
        modules: &Modules,
        rules: &Rules,
        module: Module,
        state: ModuleState,
    ) -> Option<Finding> {
        let needed = self.needs(module);
        if state == ModuleState::Absent {
            let install = distribution::install_command(self.host, release, module);
            return Some(Finding::ModuleAbsent { module, needed, install });
        }
        // No rule concerns what is part of the kernel.
        if state == ModuleState::BuiltIn {
            return None;
        }
        let loaded = state.is_ready();
        if let Some(rule) = rules.bar(module.name(), module.aliases(), modules.needs(module)) {
            return Some(Finding::ModuleBarred { module, needed, loaded, rule });
        }
        let unreachable = !loaded && !modules.is_reachable(module);
        unreachable.then_some(Finding::AliasMissing { module, needed })
    }

    fn autoload(&mut self, states: &[(Module, ModuleState)]) {
        let unloaded: Vec<_> = states
            .iter()
            .filter(|(_, state)| *state == ModuleState::Installed)
            .map(|(module, _)| *module)
            .collect();
        if unloaded.is_empty() {
            return;
        }
        if let Some(cause) = modprobe::autoload_off(self.host) {
            let needed = unloaded.iter().any(|module| self.needs(*module));
            self.findings.push(Finding::AutoloadOff { cause, unloaded, needed });
        }
    }

    /// Whether what was asked about cannot do without a module.
    fn needs(&self, module: Module) -> bool {
        let by_ip = self.by_ip();
        let family = |v4| self.asked.local.is_none_or(|local| local.is_ipv4() == v4);
        let pseudowire = self.asked.session.map(|session| session.pseudowire);
        match module {
            Module::Core | Module::Netlink => true,
            Module::Eth => {
                matches!(pseudowire, Some(PseudowireType::Eth | PseudowireType::EthVlan))
            }
            Module::Ppp => matches!(pseudowire, Some(PseudowireType::Ppp | PseudowireType::PppAc)),
            // l2tp_ip6 depends on it.
            Module::Ip => by_ip,
            Module::Ip6 => by_ip && family(false),
        }
    }

    fn tunnel(&mut self, tunnels: &[TunnelInfo]) {
        let id = self.asked.tunnel.map(|tunnel| tunnel.tunnel_id);
        if let Some(taken) = tunnels.iter().find(|tunnel| Some(tunnel.tunnel_id) == id) {
            self.findings.push(Finding::TunnelIdInUse {
                tunnel: taken.tunnel_id,
                local: taken.local(),
                peer: taken.peer(),
            });
        }
        let Some(local) = self.asked.local else { return };
        self.findings.extend(self.address(local));
        if !self.by_ip() && local.port() != 0 {
            // A port is another's in another VRF or on another interface, and may be shared.
            let options = self.options();
            let may_share = options.interface.is_some()
                || options.reuse_address == Some(true)
                || options.reuse_port == Some(true);
            self.findings.extend(port::finding(self.host, local, tunnels, may_share));
        }
        if self.asked.try_bind {
            self.bind(local);
        }
    }

    /// Tries what has to be tried to be known, unless it is known to fail already.
    fn bind(&mut self, local: SocketAddr) {
        let known = |finding: &Finding| match finding {
            Finding::AddressUnusable { .. } | Finding::BindRefused { .. } => true,
            Finding::PortInUse { certain, .. } => *certain,
            Finding::TunnelIdInUse { .. } => self.by_ip(),
            Finding::ModuleBarred { needed, loaded, .. } => *needed && !loaded && self.by_ip(),
            Finding::ModuleAbsent { needed, .. } | Finding::AutoloadOff { needed, .. } => {
                *needed && self.by_ip()
            }
            _ => false,
        };
        if self.findings.iter().any(known) {
            return;
        }
        let local = match (self.asked.tunnel, local) {
            (Some(tunnel), SocketAddr::V4(_)) if self.by_ip() => {
                TunnelAddr::from((local.ip(), tunnel.tunnel_id))
            }
            (Some(tunnel), SocketAddr::V6(v6)) if self.by_ip() => TunnelAddr::Ip {
                addr: local.ip(),
                scope_id: v6.scope_id(),
                tunnel_id: tunnel.tunnel_id,
            },
            _ => TunnelAddr::Udp(local),
        };
        if let Err(error) = TunnelSocket::open(local, None, &self.options()) {
            let (errno, error) = (error.raw_os_error(), error.to_string());
            self.findings.push(Finding::BindRefused { local, errno, error });
        }
    }

    /// Whether the tunnel has IP encapsulation.
    fn by_ip(&self) -> bool {
        self.asked.tunnel.is_some_and(|tunnel| tunnel.encap == EncapType::Ip)
    }

    /// The options of the tunnel's socket.
    fn options(&self) -> SocketOptions {
        self.asked.options.copied().unwrap_or_default()
    }

    /// Tries whether a socket can have the address; only if not, why.
    fn address(&self, local: SocketAddr) -> Option<Finding> {
        let address = local.ip();
        let mut options = self.options();
        if self.by_ip() && !address.is_unspecified() {
            // L2TP/IP looks for it outside of VRFs, whatever its socket's interface.
            options.interface = None;
        }
        match socket::probe(Some(local.into()), None, &options) {
            Ok(_) => None,
            Err(SocketError::System { step: SocketStep::Bind(_), .. }) => {
                Some(Finding::AddressUnusable { address, state: AddressState::of(address) })
            }
            Err(error) => {
                let (errno, error) = (error.raw_os_error(), error.to_string());
                Some(Finding::BindRefused { local: local.into(), errno, error })
            }
        }
    }
}
