//! The kernel's modules of L2TP: what each is for, where it is, and whether it is loaded.
//!
//! `/proc/modules` lists what is loaded, and so does `/sys/module`; `modules.builtin` of the running kernel's folder in
//! `/lib/modules` what is part of the kernel, `modules.dep` what is installed and what depends on
//! what, `modules.alias` the names by which the kernel asks for a module.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::host::{Host, file_name};
use super::modprobe::{canonical, matches};

/// A module of the kernel's L2TP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Module {
    /// `l2tp_core`, on which all others depend.
    Core,
    /// `l2tp_netlink`, the family that this library speaks.
    Netlink,
    /// `l2tp_eth`, Ethernet pseudowires.
    Eth,
    /// `l2tp_ppp`, PPP pseudowires.
    Ppp,
    /// `l2tp_ip`, L2TP/IP encapsulation over IPv4.
    Ip,
    /// `l2tp_ip6`, L2TP/IP encapsulation over IPv6.
    Ip6,
}

impl Module {
    /// Every one of them.
    pub const ALL: [Self; 6] =
        [Self::Core, Self::Netlink, Self::Eth, Self::Ppp, Self::Ip, Self::Ip6];

    /// The module's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "l2tp_core",
            Self::Netlink => "l2tp_netlink",
            Self::Eth => "l2tp_eth",
            Self::Ppp => "l2tp_ppp",
            Self::Ip => "l2tp_ip",
            Self::Ip6 => "l2tp_ip6",
        }
    }

    /// The aliases by which the kernel asks for the module when it needs it, one after the other;
    /// `l2tp_core` has none and comes with the others.
    ///
    /// The module's own list of aliases need not have them all: on 5.10 `l2tp_ip` and `l2tp_ip6`
    /// have only the second, as type and protocol have changed places in the first.
    #[must_use]
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::Core => &[],
            Self::Netlink => &["net-pf-16-proto-16-family-l2tp"],
            Self::Eth => &["net-l2tp-type-5"],
            Self::Ppp => &["net-l2tp-type-7"],
            Self::Ip => &["net-pf-2-proto-115-type-2", "net-pf-2-proto-115"],
            Self::Ip6 => &["net-pf-10-proto-115-type-2", "net-pf-10-proto-115"],
        }
    }

    /// What cannot be had without it.
    pub(super) fn purpose(self) -> &'static str {
        match self {
            Self::Core => "without it the kernel has no L2TP",
            Self::Netlink => "without it no program can configure the kernel's L2TP",
            Self::Eth => "without it there are no Ethernet sessions",
            Self::Ppp => "without it there are no PPP sessions",
            Self::Ip => "without it there are no tunnels with IP encapsulation",
            Self::Ip6 => "without it there are no tunnels with IP encapsulation over IPv6",
        }
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a module is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModuleState {
    /// Loaded.
    Loaded,
    /// Part of the kernel.
    BuiltIn,
    /// Loaded or part of the kernel, as the kernel answers; which of the two cannot be told.
    Ready,
    /// Installed for the running kernel, and not known to be loaded.
    Installed,
    /// Not installed for the running kernel.
    Absent,
    /// Not loaded, and the running kernel's list of modules is not to be found.
    Unknown,
}

impl ModuleState {
    /// Whether the module works as it is.
    #[must_use]
    pub fn is_ready(self) -> bool {
        matches!(self, Self::Loaded | Self::BuiltIn | Self::Ready)
    }
}

/// `loaded`, `built in`, `ready`, `installed`, `absent`, `unknown`.
impl fmt::Display for ModuleState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loaded => "loaded",
            Self::BuiltIn => "built in",
            Self::Ready => "ready",
            Self::Installed => "installed",
            Self::Absent => "absent",
            Self::Unknown => "unknown",
        })
    }
}

/// What the files say of modules.
#[derive(Debug)]
pub(super) struct Modules {
    loaded: BTreeSet<String>,
    builtin: BTreeSet<String>,
    /// The modules of `modules.dep` whose file is there, with what they depend on; `None` without
    /// the list.
    installed: Option<BTreeMap<String, Vec<String>>>,
    /// The lines of `modules.alias`, patterns of aliases with the modules they lead to; `None`
    /// without the list.
    aliases: Option<Vec<(String, String)>>,
}

impl Modules {
    pub(super) fn of(host: &Host, release: &str) -> Self {
        // Without a release it would be the folder of all of them.
        let folder = format!("/lib/modules/{}", if release.is_empty() { "?" } else { release });
        let listed = host.read("/proc/modules").unwrap_or_default();
        let mut loaded: BTreeSet<_> =
            listed.lines().filter_map(first_word).map(canonical).collect();
        // What is built in has no such state.
        let live = |module: &Module| host.exists(&format!("/sys/module/{module}/initstate"));
        loaded.extend(Module::ALL.iter().filter(|module| live(module)).map(ToString::to_string));
        let builtin = host.read(&format!("{folder}/modules.builtin")).unwrap_or_default();
        let dep = host.read(&format!("{folder}/modules.dep"));
        let alias = host.read(&format!("{folder}/modules.alias"));
        Self {
            loaded,
            builtin: builtin.lines().filter_map(module_name).collect(),
            installed: dep
                .map(|dep| installed(host, &folder, &dep))
                .or_else(|| flat(host, &folder)),
            aliases: alias.map(|alias| aliases(&alias)),
        }
    }

    /// Whether the running kernel's list of modules was found.
    pub(super) fn is_indexed(&self) -> bool {
        self.installed.is_some()
    }

    pub(super) fn state(&self, module: Module) -> ModuleState {
        let name = module.name();
        match &self.installed {
            _ if self.loaded.contains(name) => ModuleState::Loaded,
            _ if self.builtin.contains(name) => ModuleState::BuiltIn,
            Some(installed) if installed.contains_key(name) => ModuleState::Installed,
            Some(_) => ModuleState::Absent,
            None => ModuleState::Unknown,
        }
    }

    /// What must be loaded before a module.
    pub(super) fn needs(&self, module: Module) -> &[String] {
        let installed = self.installed.as_ref();
        installed.and_then(|installed| installed.get(module.name())).map_or(&[], Vec::as_slice)
    }

    /// Whether one of a module's aliases leads to it. Without a list it is taken for granted.
    pub(super) fn is_reachable(&self, module: Module) -> bool {
        let Some(list) = &self.aliases else { return true };
        let leads = |alias: &&str| {
            let alias = canonical(alias);
            list.iter().any(|(pattern, to)| to == module.name() && matches(pattern, &alias))
        };
        module.aliases().is_empty() || module.aliases().iter().any(leads)
    }
}

/// `kernel/net/l2tp/l2tp_eth.ko.xz: kernel/net/l2tp/l2tp_core.ko.xz …`, relative to the folder.
fn installed(host: &Host, folder: &str, dep: &str) -> BTreeMap<String, Vec<String>> {
    dep.lines()
        .filter_map(|line| {
            let (path, needs) = line.split_once(':')?;
            let name = module_name(path)?;
            // There are thousands, of which few matter.
            if !Module::ALL.iter().any(|module| module.name() == name) {
                return None;
            }
            let path =
                if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
            let needs = needs.split_whitespace().filter_map(module_name).collect();
            host.exists(&path).then_some((name, needs))
        })
        .collect()
}

/// OpenWrt keeps its modules in the folder itself, without an index: what loads them there reads the
/// modules.
fn flat(host: &Host, folder: &str) -> Option<BTreeMap<String, Vec<String>>> {
    let names: BTreeMap<_, _> = host
        .names(folder)
        .iter()
        .filter_map(|name| Some((module_name(name)?, Vec::new())))
        .collect();
    (!names.is_empty()).then_some(names)
}

/// `alias net-l2tp-type-5 l2tp_eth`.
fn aliases(text: &str) -> Vec<(String, String)> {
    let alias = |line: &str| {
        let mut words = line.split_whitespace();
        match (words.next(), words.next(), words.next()) {
            (Some("alias"), Some(pattern), Some(module)) => {
                Some((canonical(pattern), canonical(module)))
            }
            _ => None,
        }
    };
    text.lines().filter(|line| line.contains("l2tp")).filter_map(alias).collect()
}

fn first_word(line: &str) -> Option<&str> {
    line.split_whitespace().next()
}

/// `kernel/net/x-y.ko.zst` holds the module `x_y`.
fn module_name(path: &str) -> Option<String> {
    let (name, _) = file_name(path.trim()).split_once(".ko")?;
    Some(canonical(name))
}

#[cfg(test)]
mod tests {
    use super::super::host::fixture::Tree;
    use super::*;

    const DEP: &str = "\
kernel/net/l2tp/l2tp_core.ko.xz: kernel/net/ipv4/udp-tunnel.ko.xz
kernel/net/l2tp/l2tp_netlink.ko.xz: kernel/net/l2tp/l2tp_core.ko.xz
kernel/net/l2tp/l2tp_ppp.ko.xz:
strange line
: :::
.ko:
";

    const ALIASES: &str = "\
# x
alias net-l2tp-type-* l2tp_ppp
alias net-pf-2-proto-2-type-115 l2tp_ip
alias net-pf-2-proto-115 l2tp_ip
alias l2tp-of-another-name l2tp_ip6
alias
";

    fn tree() -> Tree {
        let tree = Tree::new(&[
            ("lib/modules/6.1/modules.dep", DEP),
            ("lib/modules/6.1/modules.builtin", "kernel/net/l2tp/l2tp_eth.ko\n\n?\n"),
            ("lib/modules/6.1/modules.alias", ALIASES),
            ("lib/modules/6.1/kernel/net/l2tp/l2tp_core.ko.xz", ""),
            ("lib/modules/6.1/kernel/net/l2tp/l2tp_netlink.ko.xz", ""),
            ("proc/modules", "l2tp_core 45056 0 - Live 0x0000000000000000\n\n"),
        ]);
        tree.write("lib/modules/6.2/modules.dep", &[0xff; 100]);
        tree
    }

    #[test]
    fn states_are_read_from_the_kernels_lists() {
        let modules = Modules::of(&tree().host(), "6.1");
        for (module, state) in [
            (Module::Core, ModuleState::Loaded),
            (Module::Netlink, ModuleState::Installed),
            (Module::Eth, ModuleState::BuiltIn),
            (Module::Ppp, ModuleState::Absent), // listed, but its file is gone
            (Module::Ip, ModuleState::Absent),
        ] {
            assert_eq!(modules.state(module), state, "{module}");
        }
        assert_eq!(modules.needs(Module::Core), ["udp_tunnel"]);
        assert!(modules.needs(Module::Ip).is_empty());
    }

    #[test]
    fn an_alias_must_lead_to_its_module() {
        let modules = Modules::of(&tree().host(), "6.1");
        assert!(modules.is_reachable(Module::Ppp));
        assert!(modules.is_reachable(Module::Core)); // without one it comes with the others
        assert!(modules.is_reachable(Module::Ip)); // by the second
        assert!(!modules.is_reachable(Module::Netlink));
        assert!(!modules.is_reachable(Module::Eth)); // its alias leads to another
        assert!(!modules.is_reachable(Module::Ip6)); // another alias leads to it
    }

    #[test]
    fn modules_without_an_index_are_found_in_their_folder() {
        let tree = Tree::new(&[("lib/modules/6.6.86/l2tp_core.ko", "")]);
        tree.write("lib/modules/6.6.86/l2tp_netlink.ko", b"");
        let modules = Modules::of(&tree.host(), "6.6.86");
        assert!(modules.is_indexed() && modules.is_reachable(Module::Netlink));
        assert_eq!(modules.state(Module::Netlink), ModuleState::Installed);
        assert_eq!(modules.state(Module::Eth), ModuleState::Absent);
        tree.write("sys/module/l2tp_core/initstate", b"live\n");
        assert_eq!(Modules::of(&tree.host(), "6.6.86").state(Module::Core), ModuleState::Loaded);
    }

    #[test]
    fn without_lists_nothing_is_claimed() {
        for release in ["6.3", "", "../..", "\0"] {
            let modules = Modules::of(&tree().host(), release);
            assert!(!modules.is_indexed(), "{release:?}");
            assert_eq!(modules.state(Module::Core), ModuleState::Loaded);
            assert_eq!(modules.state(Module::Eth), ModuleState::Unknown);
            assert!(modules.is_reachable(Module::Eth));
        }
        let bytes = Modules::of(&tree().host(), "6.2");
        assert_eq!(bytes.state(Module::Eth), ModuleState::Absent);
    }
}
