//! What was found, in words for the person who has to mend it: what is wrong, why that matters or
//! how it came about, a command, and what else there is to do.

use std::fmt;
use std::process;

use super::modprobe::Bar;
use super::{AutoloadOff, Finding, Lack, Module, Rule};
use crate::TunnelAddr;
use crate::error::errno_name;
use crate::host::ready::address_remedy;

impl Finding {
    /// What is wrong, a line without a full stop.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Self::NamespaceClosed { error } => {
                format!("the network namespace cannot be entered: {error}")
            }
            Self::NoNetlink { error } => format!("the kernel cannot be asked: {error}"),
            Self::NoFamily { errno } => {
                format!("the kernel offers no L2TP ({})", errno_name(*errno))
            }
            Self::NoModules { .. } => {
                "the kernel was built without loadable modules (no /proc/modules)".to_owned()
            }
            Self::NoModuleIndex { release, folder: true, .. } => {
                format!("/lib/modules/{release} has no modules.dep")
            }
            Self::NoModuleIndex { release, folder: false, .. } => {
                format!("the running kernel's modules, /lib/modules/{release}, are not here")
            }
            Self::NoProc => "/proc is not mounted".to_owned(),
            Self::NoPppDevice { errno: None, .. } => {
                "/dev/ppp is there, and is not a character device".to_owned()
            }
            Self::NoPppDevice { errno: Some(errno), .. } => {
                format!("/dev/ppp cannot be opened ({})", errno_name(*errno))
            }
            Self::ModuleAbsent { module, .. } => {
                format!("module {module} is not installed for the running kernel")
            }
            Self::ModuleBarred { module, loaded: false, rule, .. } => {
                format!("module {module} is barred: \"{}\" ({})", rule.text, rule.place)
            }
            Self::ModuleBarred { module, loaded: true, rule, .. } => format!(
                "module {module} is loaded but barred from the next boot on: \"{}\" ({})",
                rule.text, rule.place
            ),
            Self::AliasMissing { module, .. } => format!(
                "module {module} is installed, but modules.alias does not have {}",
                module.aliases().join(" or ")
            ),
            Self::AutoloadOff { cause, .. } => {
                format!("the kernel loads no modules when they are needed: {cause}")
            }
            Self::NotPermitted { lack: Lack::UserNamespace } => {
                "CAP_NET_ADMIN is missing where it counts".to_owned()
            }
            Self::NotPermitted { .. } => "CAP_NET_ADMIN is missing".to_owned(),
            Self::NoListing { error } => format!("the tunnels cannot be listed: {error}"),
            Self::OtherNamespace { ours, name: Some(name), .. } => {
                format!("this is network namespace {name} ({ours})")
            }
            Self::OtherNamespace { ours, name: None, .. } => {
                format!("this is a network namespace of its own ({ours})")
            }
            Self::AddressUnusable { address, state } => format!("address {address} {state}"),
            Self::PortInUse { local, held, certain, .. } => {
                let verb = if *certain { "is" } else { "may be" };
                format!("UDP {local} {verb} in use: a socket is bound to {held}")
            }
            Self::BindRefused { error, .. } => error.clone(),
            Self::TunnelIdInUse { tunnel, .. } => format!("tunnel id {tunnel} is in use"),
        }
    }

    /// Why that matters, or how it came about.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::NamespaceClosed { .. } => "entering another one needs CAP_SYS_ADMIN".to_owned(),
            Self::NoNetlink { .. } => {
                "without generic netlink nothing of L2TP can be configured".to_owned()
            }
            Self::NoFamily { .. } => "module l2tp_netlink is neither loaded nor built in, and the \
                                      kernel did not load it when it was asked for"
                .to_owned(),
            Self::NoModules { offered: false } => {
                "L2TP is not built in, and cannot be loaded".to_owned()
            }
            Self::NoModules { offered: true } => {
                "L2TP is built in; of its parts, what is not cannot be loaded".to_owned()
            }
            Self::NoModuleIndex { .. } => "what is not loaded yet cannot be, unless this is a \
                                           container, whose host loads modules"
                .to_owned(),
            Self::NoProc => {
                "which modules are loaded, what keeps them from it and who holds a port \
                             is read from there"
                    .to_owned()
            }
            Self::NoPppDevice { .. } => {
                "whoever runs PPP on a session attaches it to the channel or \
                                         the unit"
                    .to_owned()
            }
            Self::ModuleAbsent { module, .. }
            | Self::AliasMissing { module, .. }
            | Self::ModuleBarred { module, loaded: true, .. } => module.purpose().to_owned(),
            Self::ModuleBarred { module, rule, .. } => barred(*module, rule),
            Self::AutoloadOff { unloaded, .. } => {
                format!("not loaded are {}", names(unloaded, ", "))
            }
            Self::NotPermitted { lack } => match lack {
                Lack::Capability => {
                    "the process does not have it, and the kernel refuses every \
                                     operation without it, questions included"
                }
                Lack::Bounded => {
                    "it was taken out of the process's bounding set, as containers \
                                  do: being root does not bring it back"
                }
                Lack::UserNamespace => {
                    "the process has it in its own user namespace, but the \
                                        network namespace belongs to another"
                }
                Lack::Unknown => "the kernel answered EPERM",
            }
            .to_owned(),
            Self::NoListing { .. } => "which ports and ids tunnels hold is not known".to_owned(),
            Self::OtherNamespace { initial, .. } => format!(
                "process 1 is in another ({initial}), whose addresses and tunnels are not to be \
                 seen here"
            ),
            Self::AddressUnusable { .. } => "a tunnel is bound to its local address".to_owned(),
            Self::PortInUse { holders, .. } if holders.is_empty() => {
                "who has it cannot be told: the kernel, or a process that only root may look into"
                    .to_owned()
            }
            Self::PortInUse { holders, .. } => {
                let holders: Vec<_> = holders.iter().map(ToString::to_string).collect();
                format!("held by {}", holders.join(" and "))
            }
            Self::BindRefused { errno: None, .. } => "no tunnel could work there".to_owned(),
            Self::BindRefused { .. } => "binding a socket there was tried, and no list that the \
                                         kernel has tells more"
                .to_owned(),
            Self::TunnelIdInUse { local, peer, .. } => match (local, peer) {
                (Some(local), Some(peer)) => format!("by the tunnel from {local} to {peer}"),
                _ => "by a tunnel that has lost its socket".to_owned(),
            },
        }
    }

    /// A command for root that mends it now, or shows more of it, where there is one.
    #[must_use]
    pub fn command(&self) -> Option<String> {
        Some(match self {
            Self::NoModuleIndex { folder: true, .. } | Self::AliasMissing { .. } => {
                "depmod -a".to_owned()
            }
            Self::NoProc => "mount -t proc proc /proc".to_owned(),
            Self::NoPppDevice { errno: Some(libc::ENOENT), loaded: true } => {
                "mknod /dev/ppp c 108 0".to_owned()
            }
            Self::NoPppDevice {
                errno: Some(libc::ENOENT | libc::ENXIO | libc::ENODEV), ..
            } => "modprobe ppp_generic".to_owned(),
            Self::ModuleAbsent { install, .. } => return install.clone(),
            Self::ModuleBarred { module, loaded: false, rule, .. } => match rule.bar {
                Bar::Blacklist | Bar::AliasOff => format!("modprobe {module}"),
                Bar::Install if rule.module == module.name() => {
                    format!("modprobe --ignore-install {module}")
                }
                Bar::Install => {
                    format!("modprobe --ignore-install {} && modprobe {module}", rule.module)
                }
                Bar::Kernel => return None,
            },
            Self::AutoloadOff { cause: AutoloadOff::ModulesDisabled, .. } => return None,
            Self::AutoloadOff { unloaded, .. } => format!("modprobe -a {}", names(unloaded, " ")),
            Self::OtherNamespace { .. } => {
                "nsenter --target 1 --net ip l2tp show tunnel".to_owned()
            }
            Self::PortInUse { local, .. } => format!("ss -uanp 'sport = :{}'", local.port()),
            Self::TunnelIdInUse { tunnel, .. } => {
                format!("ip l2tp show tunnel tunnel_id {tunnel}")
            }
            _ => return None,
        })
    }

    /// What else there is to do.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::NamespaceClosed { .. } => "run it as root".to_owned(),
            Self::NoNetlink { .. } => "a seccomp filter may forbid AF_NETLINK sockets \
                                       (systemd: RestrictAddressFamilies=)"
                .to_owned(),
            Self::NoFamily { .. } => {
                "mend what is found of its modules below; if that is nothing, \
                                      `modprobe -v l2tp_netlink` and `dmesg` say what is wrong"
                    .to_owned()
            }
            Self::NoModules { .. } => "boot a kernel that was built with CONFIG_L2TP, \
                                       CONFIG_L2TP_V3, CONFIG_L2TP_ETH, CONFIG_L2TP_IP and, for \
                                       PPP, CONFIG_PPPOL2TP"
                .to_owned(),
            Self::NoModuleIndex { folder: true, .. } => "run it on the host".to_owned(),
            Self::NoModuleIndex { others, .. } => no_modules(others),
            Self::NoProc => "mount it, or run the diagnosis where it is".to_owned(),
            Self::NoPppDevice { errno, .. } => ppp_device(*errno).to_owned(),
            Self::ModuleAbsent { .. } => {
                "install the kernel's full package, as a cloud or minimal \
                                          kernel may lack it, and boot its kernel; or build the \
                                          kernel with CONFIG_L2TP, CONFIG_L2TP_V3 and their parts"
                    .to_owned()
            }
            Self::ModuleBarred { rule, .. } if rule.bar == Bar::Kernel => {
                "take it out of the boot loader's configuration and boot".to_owned()
            }
            Self::ModuleBarred { .. } => {
                "take the rule out, and the kernel loads the module when it needs it".to_owned()
            }
            Self::AliasMissing { .. } => "the list is older than the module".to_owned(),
            Self::AutoloadOff { cause, .. } => cause.remedy(),
            Self::NotPermitted { lack } => permission(*lack),
            Self::NoListing { .. } => "`ip l2tp show tunnel` may tell more".to_owned(),
            Self::OtherNamespace { .. } => {
                "if the tunnels are to be elsewhere, name the namespace \
                                            (`Netns`, `ip netns exec`)"
                    .to_owned()
            }
            Self::AddressUnusable { address, state } => address_remedy(*address, state),
            Self::PortInUse { .. } => {
                "end its holder, choose another port, or port 0 for any".to_owned()
            }
            Self::BindRefused {
                local: TunnelAddr::Ip { .. },
                errno: Some(libc::EADDRINUSE),
                ..
            } => {
                "look for daemons that speak L2TPv3 over IP, or choose another tunnel id".to_owned()
            }
            Self::BindRefused { errno: Some(libc::EADDRINUSE), .. } => {
                "choose another port or address, or try again if a tunnel was deleted there just \
                 now"
                .to_owned()
            }
            Self::BindRefused { .. } => {
                "another address, or other options of the socket".to_owned()
            }
            Self::TunnelIdInUse { tunnel, .. } => format!(
                "choose another id, or delete that tunnel (`ip l2tp del tunnel tunnel_id {tunnel}`)"
            ),
        }
    }
}

impl AutoloadOff {
    fn remedy(&self) -> String {
        match self {
            Self::ModulesDisabled => {
                "it cannot be taken back: boot, and load the modules before \
                                      it is set (/etc/modules-load.d)"
            }
            Self::NoHelper | Self::Helper(_) => {
                "set it back with `sysctl kernel.modprobe=/sbin/modprobe`, or list the modules in \
                 /etc/modules-load.d"
            }
            Self::HelperMissing(_) => {
                "install it (package kmod); in a container this says nothing, as its host loads \
                 modules"
            }
        }
        .to_owned()
    }
}

impl fmt::Display for AutoloadOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ModulesDisabled => f.write_str("kernel.modules_disabled is 1"),
            Self::NoHelper => f.write_str("kernel.modprobe is empty"),
            Self::Helper(helper) => write!(f, "kernel.modprobe is {helper}"),
            Self::HelperMissing(helper) => {
                write!(f, "kernel.modprobe is {helper}, which does not exist")
            }
        }
    }
}

fn barred(module: Module, rule: &Rule) -> String {
    let purpose = module.purpose();
    match rule.bar {
        _ if rule.module != module.name() => {
            format!("it needs {}, which is not loaded by any name; {purpose}", rule.module)
        }
        Bar::Blacklist | Bar::AliasOff => {
            format!("it is not loaded when it is needed, only by its name; {purpose}")
        }
        Bar::Install | Bar::Kernel => format!("it is not loaded by any name; {purpose}"),
    }
}

fn ppp_device(errno: Option<i32>) -> &'static str {
    match errno {
        None => "remove what is there and make the node: `mknod /dev/ppp c 108 0`",
        Some(libc::ENOENT) => {
            "where /dev is a devtmpfs the node comes with module ppp_generic; elsewhere make it \
             (`mknod /dev/ppp c 108 0`), and give a container the device (`--device /dev/ppp`)"
        }
        Some(libc::ENXIO | libc::ENODEV) => {
            "the node is there and its driver is not: install or load ppp_generic"
        }
        Some(libc::EPERM) => {
            "CAP_NET_ADMIN is missing, or the device is not among those that the container may use \
             (`--device /dev/ppp`)"
        }
        Some(libc::EACCES) => {
            "the node's owner and mode do not let this user: see `ls -l /dev/ppp`"
        }
        Some(_) => "see `ls -l /dev/ppp` and `dmesg`",
    }
}

fn no_modules(others: &[String]) -> String {
    let others = match others {
        [] => return "install the running kernel's modules, or run it on the host".to_owned(),
        others => others.join(", "),
    };
    format!(
        "/lib/modules has {others}: if the kernel was upgraded, boot the new one; in a container, run \
         it on the host"
    )
}

fn permission(lack: Lack) -> String {
    match lack {
        Lack::Capability | Lack::Unknown => "run it as root, grant it with `setcap \
                                             cap_net_admin+ep PROGRAM`, or let systemd \
                                             (AmbientCapabilities=CAP_NET_ADMIN)"
            .to_owned(),
        Lack::Bounded => "start the container with it (`--cap-add NET_ADMIN`; Kubernetes: \
                          securityContext.capabilities.add)"
            .to_owned(),
        Lack::UserNamespace => format!(
            "run it outside, or create the network namespace inside the user namespace (`nsenter \
             --target {} --user unshare --net`)",
            process::id()
        ),
    }
}

fn names(modules: &[Module], between: &str) -> String {
    modules.iter().map(|module| module.name()).collect::<Vec<_>>().join(between)
}
