//! The texts of findings: the problem, an explanation, a command, and a remedy.

use std::process;

use super::{
    AutoloadOff, DisablingRule, DisablingRuleKind, Finding, KernelModule, MissingPrivilege,
};
use crate::error::errno_name;
use crate::host::ready::address_remedy;
use crate::socket::TunnelAddr;

impl Finding {
    /// The problem, in one line without a full stop.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::NamespaceNotEntered { error } => {
                format!("the network namespace cannot be entered: {error}")
            }
            Self::NoNetlink { error } => {
                format!("the kernel cannot be queried over generic netlink: {error}")
            }
            Self::NoFamily { errno } => {
                format!("the kernel has no L2TP netlink family ({})", errno_name(*errno))
            }
            Self::NoModuleSupport { .. } => {
                "the kernel was built without loadable modules (no /proc/modules)".to_owned()
            }
            Self::NoModuleIndex { release, folder_exists: true, .. } => {
                format!("/lib/modules/{release} has no modules.dep")
            }
            Self::NoModuleIndex { release, folder_exists: false, .. } => {
                format!("the running kernel's module folder /lib/modules/{release} does not exist")
            }
            Self::NoProc => "/proc is not mounted".to_owned(),
            Self::PppDeviceUnusable { errno: None, .. } => {
                "/dev/ppp exists, but is not a character device".to_owned()
            }
            Self::PppDeviceUnusable { errno: Some(errno), .. } => {
                format!("/dev/ppp cannot be opened ({})", errno_name(*errno))
            }
            Self::ModuleNotInstalled { module, .. } => {
                format!("module {module} is not installed for the running kernel")
            }
            Self::ModuleDisabled { module, loaded: false, rule, .. } => {
                format!("module {module} is disabled by \"{}\" ({})", rule.text, rule.source)
            }
            Self::ModuleDisabled { module, loaded: true, rule, .. } => format!(
                "module {module} is loaded, but disabled from the next boot on by \"{}\" ({})",
                rule.text, rule.source
            ),
            Self::AliasMissing { module, .. } => format!(
                "module {module} is installed, but modules.alias has no entry for {}",
                module.aliases().join(" or ")
            ),
            Self::AutoloadOff { cause, .. } => {
                format!("the kernel does not load modules on demand: {cause}")
            }
            Self::NotPermitted { reason: MissingPrivilege::OtherUserNamespace } => {
                "CAP_NET_ADMIN is missing in the user namespace that owns the network namespace"
                    .to_owned()
            }
            Self::NotPermitted { .. } => "CAP_NET_ADMIN is missing".to_owned(),
            Self::TunnelsNotListed { error } => format!("the tunnels cannot be listed: {error}"),
            Self::OtherNamespace { current, name: Some(name), .. } => {
                format!("the thread is in network namespace {name} ({current})")
            }
            Self::OtherNamespace { current, name: None, .. } => {
                format!("the thread is in a network namespace without a name ({current})")
            }
            Self::AddressUnusable { address, state } => format!("address {address} {state}"),
            Self::PortInUse { local, bound, certain, .. } => {
                let verb = if *certain { "is" } else { "may be" };
                format!("UDP {local} {verb} in use: a socket is bound to {bound}")
            }
            Self::BindFailed { error, .. } => error.clone(),
            Self::TunnelIdInUse { tunnel_id, .. } => format!("tunnel id {tunnel_id} is in use"),
        }
    }

    /// Why the problem matters, or how it came about.
    #[must_use]
    pub fn explanation(&self) -> String {
        match self {
            Self::NamespaceNotEntered { .. } => {
                "entering another network namespace needs CAP_SYS_ADMIN".to_owned()
            }
            Self::NoNetlink { .. } => "L2TP is configured over generic netlink only".to_owned(),
            Self::NoFamily { .. } => "module l2tp_netlink is neither loaded nor built in, and the \
                                      kernel did not load it on request"
                .to_owned(),
            Self::NoModuleSupport { l2tp_available: false } => {
                "L2TP is not built into the kernel, and cannot be loaded".to_owned()
            }
            Self::NoModuleSupport { l2tp_available: true } => {
                "L2TP is built into the kernel; parts that are not built in cannot be loaded"
                    .to_owned()
            }
            Self::NoModuleIndex { .. } => {
                "modules that are not loaded yet cannot be loaded, unless \
                                           this is a container, whose host loads modules"
                    .to_owned()
            }
            Self::NoProc => "without /proc the diagnosis cannot find loaded modules, the module \
                             settings and the owner of a port"
                .to_owned(),
            Self::PppDeviceUnusable { .. } => {
                "the program that runs PPP on a session needs it to attach to the channel or unit"
                    .to_owned()
            }
            Self::ModuleNotInstalled { module, .. }
            | Self::AliasMissing { module, .. }
            | Self::ModuleDisabled { module, loaded: true, .. } => module.purpose().to_owned(),
            Self::ModuleDisabled { module, rule, .. } => disabled(*module, rule),
            Self::AutoloadOff { unloaded, .. } => {
                format!("these modules are not loaded: {}", names(unloaded, ", "))
            }
            Self::NotPermitted { reason } => match reason {
                MissingPrivilege::NotGranted => {
                    "the process does not have it, and the kernel rejects every L2TP command \
                     without it, get and dump included"
                }
                MissingPrivilege::OutsideBoundingSet => {
                    "it is not in the process's bounding set, as in many containers; even root \
                     cannot get it back"
                }
                MissingPrivilege::OtherUserNamespace => {
                    "the process has it in its own user namespace, but another user namespace owns \
                     the network namespace"
                }
                MissingPrivilege::Unknown => "the kernel returned EPERM",
            }
            .to_owned(),
            Self::TunnelsNotListed { .. } => {
                "the ports and ids of existing tunnels are not known".to_owned()
            }
            Self::OtherNamespace { initial, .. } => format!(
                "process 1 is in another network namespace ({initial}), whose addresses and tunnels \
                 are not visible here"
            ),
            Self::AddressUnusable { .. } => {
                "a tunnel's socket is bound to its local address".to_owned()
            }
            Self::PortInUse { owners, .. } if owners.is_empty() => {
                "the owner is not known: it is the kernel, or a process whose files only root may \
                 read"
                    .to_owned()
            }
            Self::PortInUse { owners, .. } => {
                let owners: Vec<_> = owners.iter().map(ToString::to_string).collect();
                format!("the socket belongs to {}", owners.join(" and "))
            }
            Self::BindFailed { errno: None, .. } => {
                "a tunnel with this address cannot work".to_owned()
            }
            Self::BindFailed { .. } => {
                "binding a socket to this address was tried and failed; the \
                                        kernel's lists do not show why"
                    .to_owned()
            }
            Self::TunnelIdInUse { local, peer, .. } => match (local, peer) {
                (Some(local), Some(peer)) => format!("the tunnel from {local} to {peer} has it"),
                _ => "a tunnel for which the kernel reports no addresses has it".to_owned(),
            },
        }
    }

    /// A command for root that fixes the problem now or shows more about it, if there is one.
    #[must_use]
    pub fn command(&self) -> Option<String> {
        Some(match self {
            Self::NoModuleIndex { folder_exists: true, .. } | Self::AliasMissing { .. } => {
                "depmod -a".to_owned()
            }
            Self::NoProc => "mount -t proc proc /proc".to_owned(),
            Self::PppDeviceUnusable { errno: Some(libc::ENOENT), module_loaded: true } => {
                "mknod /dev/ppp c 108 0".to_owned()
            }
            Self::PppDeviceUnusable {
                errno: Some(libc::ENOENT | libc::ENXIO | libc::ENODEV),
                ..
            } => "modprobe ppp_generic".to_owned(),
            Self::ModuleNotInstalled { install_command, .. } => return install_command.clone(),
            Self::ModuleDisabled { module, loaded: false, rule, .. } => match rule.kind {
                DisablingRuleKind::Blacklist | DisablingRuleKind::AliasOff => {
                    format!("modprobe {module}")
                }
                DisablingRuleKind::Install if rule.module == module.name() => {
                    format!("modprobe --ignore-install {module}")
                }
                DisablingRuleKind::Install => {
                    format!("modprobe --ignore-install {} && modprobe {module}", rule.module)
                }
                DisablingRuleKind::Kernel => return None,
            },
            Self::AutoloadOff { cause: AutoloadOff::ModulesDisabled, .. } => return None,
            Self::AutoloadOff { unloaded, .. } => format!("modprobe -a {}", names(unloaded, " ")),
            Self::OtherNamespace { .. } => {
                "nsenter --target 1 --net ip l2tp show tunnel".to_owned()
            }
            Self::PortInUse { local, .. } => format!("ss -uanp 'sport = :{}'", local.port()),
            Self::TunnelIdInUse { tunnel_id, .. } => {
                format!("ip l2tp show tunnel tunnel_id {tunnel_id}")
            }
            _ => return None,
        })
    }

    /// How to fix the problem for good.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::NamespaceNotEntered { .. } => "run the program as root".to_owned(),
            Self::NoNetlink { .. } => "check whether a seccomp filter forbids AF_NETLINK sockets \
                                       (systemd: RestrictAddressFamilies=)"
                .to_owned(),
            Self::NoFamily { .. } => {
                "fix the findings about its modules below; if there are none, `modprobe -v \
                 l2tp_netlink` and `dmesg` show the cause"
                    .to_owned()
            }
            Self::NoModuleSupport { .. } => "boot a kernel that was built with CONFIG_L2TP, \
                                             CONFIG_L2TP_V3, CONFIG_L2TP_ETH, CONFIG_L2TP_IP and, \
                                             for PPP, CONFIG_PPPOL2TP"
                .to_owned(),
            Self::NoModuleIndex { folder_exists: true, .. } => {
                "run the command on the host".to_owned()
            }
            Self::NoModuleIndex { other_releases, .. } => no_module_folder(other_releases),
            Self::NoProc => "mount it, or run the diagnosis where it is mounted".to_owned(),
            Self::PppDeviceUnusable { errno, .. } => ppp_device(*errno).to_owned(),
            Self::ModuleNotInstalled { .. } => {
                "install the distribution's full kernel package (cloud and minimal kernels may lack \
                 the module) and boot that kernel, or build the kernel with CONFIG_L2TP, \
                 CONFIG_L2TP_V3 and their parts"
                    .to_owned()
            }
            Self::ModuleDisabled { rule, .. } if rule.kind == DisablingRuleKind::Kernel => {
                "remove it from the boot loader's configuration and reboot".to_owned()
            }
            Self::ModuleDisabled { .. } => {
                "remove the rule; the kernel then loads the module on demand".to_owned()
            }
            Self::AliasMissing { .. } => {
                "update modules.alias, which is older than the module".to_owned()
            }
            Self::AutoloadOff { cause, .. } => cause.remedy(),
            Self::NotPermitted { reason } => permission(*reason),
            Self::TunnelsNotListed { .. } => "`ip l2tp show tunnel` may show more".to_owned(),
            Self::OtherNamespace { .. } => {
                "to use another namespace, name it (`Netns`, `ip netns exec`)".to_owned()
            }
            Self::AddressUnusable { address, state } => address_remedy(*address, state),
            Self::PortInUse { .. } => {
                "stop its owner, or choose another port, or port 0 for any free port".to_owned()
            }
            Self::BindFailed { local: TunnelAddr::Ip { .. }, errno: Some(libc::EADDRINUSE), .. } => {
                "check for daemons that use L2TPv3 over IP, or choose another tunnel id".to_owned()
            }
            Self::BindFailed { errno: Some(libc::EADDRINUSE), .. } => {
                "choose another port or address; if a tunnel with this address was just deleted, \
                 try again"
                    .to_owned()
            }
            Self::BindFailed { .. } => {
                "choose another address or other socket options".to_owned()
            }
            Self::TunnelIdInUse { tunnel_id, .. } => format!(
                "choose another id, or delete that tunnel (`ip l2tp del tunnel tunnel_id \
                 {tunnel_id}`)"
            ),
        }
    }
}

fn disabled(module: KernelModule, rule: &DisablingRule) -> String {
    let purpose = module.purpose();
    match rule.kind {
        _ if rule.module != module.name() => {
            format!("it depends on {}, which cannot be loaded; {purpose}", rule.module)
        }
        DisablingRuleKind::Blacklist | DisablingRuleKind::AliasOff => {
            format!("the kernel cannot load it on demand, only `modprobe` by name can; {purpose}")
        }
        DisablingRuleKind::Install => format!("`modprobe` does not load it; {purpose}"),
        DisablingRuleKind::Kernel => format!("the kernel refuses to load it; {purpose}"),
    }
}

fn ppp_device(errno: Option<i32>) -> &'static str {
    match errno {
        None => "remove the file and create the device node: `mknod /dev/ppp c 108 0`",
        Some(libc::ENOENT) => {
            "if /dev is a devtmpfs, loading module ppp_generic creates the node; otherwise create it \
             (`mknod /dev/ppp c 108 0`), and give a container the device (`--device /dev/ppp`)"
        }
        Some(libc::ENXIO | libc::ENODEV) => {
            "the node exists, but its driver is missing: install or load ppp_generic"
        }
        Some(libc::EPERM) => {
            "CAP_NET_ADMIN is missing, or the container may not use the device (`--device /dev/ppp`)"
        }
        Some(libc::EACCES) => {
            "the node's owner and mode deny access to this user (`ls -l /dev/ppp`), or its file \
             system is mounted nodev (`findmnt --target /dev/ppp`), as in containers and services"
        }
        Some(_) => "see `ls -l /dev/ppp` and `dmesg`",
    }
}

fn no_module_folder(other_releases: &[String]) -> String {
    let others = match other_releases {
        [] => {
            return "install the running kernel's modules, or run the diagnosis on the host"
                .to_owned();
        }
        others => others.join(", "),
    };
    format!(
        "/lib/modules has {others}: if the kernel was upgraded, boot the new one; in a container, run \
         the diagnosis on the host"
    )
}

fn permission(reason: MissingPrivilege) -> String {
    match reason {
        MissingPrivilege::NotGranted | MissingPrivilege::Unknown => {
            "run the program as root, or grant the capability with `setcap cap_net_admin+ep \
             PROGRAM` or by systemd (AmbientCapabilities=CAP_NET_ADMIN)"
                .to_owned()
        }
        MissingPrivilege::OutsideBoundingSet => {
            "start the container with the capability (`--cap-add NET_ADMIN`; Kubernetes: \
             securityContext.capabilities.add)"
                .to_owned()
        }
        MissingPrivilege::OtherUserNamespace => format!(
            "run the program outside the user namespace, or create the network namespace inside the \
             user namespace (`nsenter --target {} --user unshare --net`)",
            process::id()
        ),
    }
}

fn names(modules: &[KernelModule], separator: &str) -> String {
    modules.iter().map(|module| module.name()).collect::<Vec<_>>().join(separator)
}
