//! The checks of a diagnosis. The kernel's replies decide what works; the files explain why.

use std::net::SocketAddr;

use super::files::HostFiles;
use super::modprobe::ModprobeRules;
use super::module::Modules;
use super::{
    Diagnose, Diagnosis, Finding, KernelModule, MissingPrivilege, ModuleState, autoload,
    distribution, namespace, port, ppp_device, privilege,
};
use crate::host::AddressState;
use crate::socket::{SocketError, SocketOperation, TunnelAddr};
use crate::{
    Conn, EncapType, Error, PseudowireType, SocketOptions, TunnelInfo, TunnelSocket, socket,
};

/// The kernel's replies.
#[derive(Debug)]
pub(super) struct KernelState {
    /// The look-up of the family.
    pub(super) family: Result<(), Error>,
    /// The dump of the tunnels; `None` without the family.
    pub(super) tunnels: Option<Result<Vec<TunnelInfo>, Error>>,
}

impl KernelState {
    fn query() -> Self {
        match Conn::open() {
            Ok(mut conn) => {
                let tunnels = conn.tunnels().and_then(Iterator::collect);
                Self { family: Ok(()), tunnels: Some(tunnels) }
            }
            Err(error) => Self { family: Err(error), tunnels: None },
        }
    }
}

/// A diagnosis in progress.
pub(super) struct Inspection<'a> {
    files: &'a HostFiles,
    request: &'a Diagnose<'a>,
    findings: Vec<Finding>,
}

impl<'a> Inspection<'a> {
    pub(super) fn new(files: &'a HostFiles, request: &'a Diagnose<'a>) -> Self {
        Self { files, request, findings: Vec::new() }
    }

    pub(super) fn run(self) -> Diagnosis {
        // The look-up of the family loads the module, so it precedes the check of the modules.
        self.explain(&KernelState::query())
    }

    /// Explains the kernel's replies.
    pub(super) fn explain(mut self, kernel: &KernelState) -> Diagnosis {
        let l2tp_available = kernel.family.is_ok();
        self.family(kernel);
        self.permission(kernel);
        let release = self.files.release().unwrap_or_default();
        let modules = self.modules(&release, l2tp_available);
        // A caller that names a namespace knows which one it is.
        if self.request.netns.is_none() {
            self.findings.extend(namespace::finding(self.files));
        }
        let none = Vec::new();
        let tunnels = kernel.tunnels.as_ref().and_then(|tunnels| tunnels.as_ref().ok());
        self.tunnel(tunnels.unwrap_or(&none));
        Diagnosis::new(release, l2tp_available, modules, self.findings)
    }

    fn family(&mut self, kernel: &KernelState) {
        match &kernel.family {
            Ok(()) => {}
            Err(Error::NoFamily { errno }) => {
                self.findings.push(Finding::NoFamily { errno: *errno });
            }
            Err(error) => self.findings.push(Finding::NoNetlink { error: error.to_string() }),
        }
    }

    fn permission(&mut self, kernel: &KernelState) {
        match &kernel.tunnels {
            Some(Ok(_)) => {}
            Some(Err(error)) if error.is_permission() => {
                self.findings.push(Finding::NotPermitted {
                    reason: privilege::missing_privilege(self.files),
                });
            }
            Some(Err(error)) => {
                self.findings.push(Finding::TunnelsNotListed { error: error.to_string() });
            }
            // Without the family the kernel cannot be queried. A capability that is not even in the
            // thread's sets is missing in any case.
            None => {
                let reason = privilege::missing_privilege(self.files);
                if matches!(
                    reason,
                    MissingPrivilege::NotGranted | MissingPrivilege::OutsideBoundingSet
                ) {
                    self.findings.push(Finding::NotPermitted { reason });
                }
            }
        }
    }

    fn modules(&mut self, release: &str, l2tp_available: bool) -> Vec<(KernelModule, ModuleState)> {
        let modules = Modules::of(self.files, release);
        let states = KernelModule::ALL.map(|module| {
            let required = matches!(module, KernelModule::Core | KernelModule::Netlink);
            match modules.state(module) {
                // The family exists, so these two are loaded or built in, even if not listed.
                state if l2tp_available && required && !state.is_ready() => {
                    let listed = self.files.exists("/proc/modules");
                    (module, if listed { ModuleState::BuiltIn } else { ModuleState::Ready })
                }
                state => (module, state),
            }
        });
        let unready = states.iter().any(|(_, state)| !state.is_ready());
        let needed = states.iter().any(|(module, state)| !state.is_ready() && self.needs(*module));
        let proc = self.files.has_proc();
        if !proc {
            self.findings.push(Finding::NoProc);
        }
        // A kernel with module support has /proc/modules even when no module is loaded.
        if unready && proc && !self.files.exists("/proc/modules") {
            self.findings.push(Finding::NoModuleSupport { l2tp_available });
        } else if unready && !modules.is_indexed() {
            let folder = format!("/lib/modules/{release}");
            self.findings.push(Finding::NoModuleIndex {
                release: release.to_owned(),
                folder_exists: !release.is_empty() && self.files.exists(&folder),
                other_releases: self.files.names("/lib/modules"),
                needed,
            });
        }
        let rules = ModprobeRules::of(self.files);
        for (module, state) in states {
            if let Some(finding) = self.module(release, &modules, &rules, module, state) {
                self.findings.push(finding);
            }
        }
        self.autoload(&states);
        if self.needs(KernelModule::Ppp) {
            let loaded = |(module, state): &(_, ModuleState)| {
                *module == KernelModule::Ppp && state.is_ready()
            };
            self.findings.extend(ppp_device::finding(self.files, states.iter().any(loaded)));
        }
        states.to_vec()
    }

    fn module(
        &self,
        release: &str,
        modules: &Modules,
        rules: &ModprobeRules,
        module: KernelModule,
        state: ModuleState,
    ) -> Option<Finding> {
        let needed = self.needs(module);
        if state == ModuleState::Absent {
            let install_command = distribution::install_command(self.files, release, module);
            return Some(Finding::ModuleNotInstalled { module, needed, install_command });
        }
        // Rules do not affect what is built in.
        if state == ModuleState::BuiltIn {
            return None;
        }
        let loaded = state.is_ready();
        if let Some(rule) =
            rules.disabling_rule(module.name(), module.aliases(), modules.dependencies(module))
        {
            return Some(Finding::ModuleDisabled { module, needed, loaded, rule });
        }
        let unreachable = !loaded && !modules.has_alias(module);
        unreachable.then_some(Finding::AliasMissing { module, needed })
    }

    fn autoload(&mut self, states: &[(KernelModule, ModuleState)]) {
        let unloaded: Vec<_> = states
            .iter()
            .filter(|(_, state)| *state == ModuleState::Installed)
            .map(|(module, _)| *module)
            .collect();
        if unloaded.is_empty() {
            return;
        }
        if let Some(cause) = autoload::autoload_off(self.files) {
            let needed = unloaded.iter().any(|module| self.needs(*module));
            self.findings.push(Finding::AutoloadOff { cause, unloaded, needed });
        }
    }

    /// Whether the given tunnel or session needs a module.
    fn needs(&self, module: KernelModule) -> bool {
        let over_ip = self.over_ip();
        let family = |v4| self.request.local.is_none_or(|local| local.is_ipv4() == v4);
        let pseudowire = self.request.session.map(|session| session.pseudowire);
        match module {
            KernelModule::Core | KernelModule::Netlink => true,
            KernelModule::Eth => {
                matches!(pseudowire, Some(PseudowireType::Eth | PseudowireType::EthVlan))
            }
            KernelModule::Ppp => {
                matches!(pseudowire, Some(PseudowireType::Ppp | PseudowireType::PppAc))
            }
            // l2tp_ip6 depends on it.
            KernelModule::Ip => over_ip,
            KernelModule::Ip6 => over_ip && family(false),
        }
    }

    fn tunnel(&mut self, tunnels: &[TunnelInfo]) {
        let id = self.request.tunnel.map(|tunnel| tunnel.tunnel_id);
        if let Some(existing) = tunnels.iter().find(|tunnel| Some(tunnel.tunnel_id) == id) {
            self.findings.push(Finding::TunnelIdInUse {
                tunnel_id: existing.tunnel_id,
                local: existing.local(),
                peer: existing.peer(),
            });
        }
        let Some(local) = self.request.local else { return };
        self.findings.extend(self.address(local));
        if !self.over_ip() && local.port() != 0 {
            // The same port can be bound again in another VRF, on another interface, or shared.
            let options = self.options();
            let may_share = options.interface.is_some()
                || options.reuse_address == Some(true)
                || options.reuse_port == Some(true);
            self.findings.extend(port::finding(self.files, local, tunnels, may_share));
        }
        if self.request.try_bind {
            self.bind(local);
        }
    }

    /// Tries to bind a socket, unless a finding already shows that this fails.
    fn bind(&mut self, local: SocketAddr) {
        let explains_failure = |finding: &Finding| match finding {
            Finding::AddressUnusable { .. } | Finding::BindFailed { .. } => true,
            Finding::PortInUse { certain, .. } => *certain,
            Finding::TunnelIdInUse { .. } => self.over_ip(),
            Finding::ModuleDisabled { needed, loaded, .. } => *needed && !loaded && self.over_ip(),
            Finding::ModuleNotInstalled { needed, .. } | Finding::AutoloadOff { needed, .. } => {
                *needed && self.over_ip()
            }
            _ => false,
        };
        if self.findings.iter().any(explains_failure) {
            return;
        }
        let local = match (self.request.tunnel, local) {
            (Some(tunnel), SocketAddr::V4(_)) if self.over_ip() => {
                TunnelAddr::from((local.ip(), tunnel.tunnel_id))
            }
            (Some(tunnel), SocketAddr::V6(v6)) if self.over_ip() => TunnelAddr::Ip {
                addr: local.ip(),
                scope_id: v6.scope_id(),
                tunnel_id: tunnel.tunnel_id,
            },
            _ => TunnelAddr::Udp(local),
        };
        if let Err(error) = TunnelSocket::open(local, None, &self.options()) {
            let (errno, error) = (error.raw_os_error(), error.to_string());
            self.findings.push(Finding::BindFailed { local, errno, error });
        }
    }

    /// Whether the tunnel has IP encapsulation.
    fn over_ip(&self) -> bool {
        self.request.tunnel.is_some_and(|tunnel| tunnel.encap == EncapType::Ip)
    }

    /// The options of the tunnel's socket.
    fn options(&self) -> SocketOptions {
        self.request.options.copied().unwrap_or_default()
    }

    /// Tries to bind a socket to the address; if that fails, finds out why.
    fn address(&self, local: SocketAddr) -> Option<Finding> {
        let address = local.ip();
        let mut options = self.options();
        if self.over_ip() && !address.is_unspecified() {
            // An L2TP/IP bind looks the address up outside VRFs, whatever the socket's interface.
            options.interface = None;
        }
        match socket::probe(Some(local.into()), None, &options) {
            Ok(_) => None,
            Err(SocketError::System { operation: SocketOperation::Bind(_), .. }) => {
                Some(Finding::AddressUnusable { address, state: AddressState::of(address) })
            }
            Err(error) => {
                let (errno, error) = (error.raw_os_error(), error.to_string());
                Some(Finding::BindFailed { local: local.into(), errno, error })
            }
        }
    }
}
