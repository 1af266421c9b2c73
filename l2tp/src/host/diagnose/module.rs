//! The kernel's L2TP modules: the purpose of each, and whether it is installed and loaded.
//!
//! `/proc/modules` and `/sys/module` list the loaded modules. The running kernel's folder in
//! `/lib/modules` has three lists: `modules.builtin` has the built-in modules, `modules.dep` the
//! installed modules and their dependencies, `modules.alias` the names by which the kernel requests
//! a module.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::files::{HostFiles, file_name};
use super::modprobe::{canonical, matches};

/// One of the kernel's L2TP modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum KernelModule {
    /// `l2tp_core`, on which all other modules depend.
    Core,
    /// `l2tp_netlink`, the generic netlink family that this library uses.
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

impl KernelModule {
    /// All modules.
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

    /// The aliases by which the kernel requests the module on demand, in this order. `l2tp_core` has
    /// none; it is loaded as a dependency of the others.
    ///
    /// A module may declare only some of its aliases: on 5.10 `l2tp_ip` and `l2tp_ip6` have only the
    /// second, because the first was declared with type and protocol swapped.
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

    /// What needs the module.
    pub(super) fn purpose(self) -> &'static str {
        match self {
            Self::Core => "all of the kernel's L2TP needs it",
            Self::Netlink => "programs need it to configure the kernel's L2TP",
            Self::Eth => "Ethernet sessions need it",
            Self::Ppp => "PPP sessions need it",
            Self::Ip => "tunnels with IP encapsulation need it",
            Self::Ip6 => "tunnels with IP encapsulation over IPv6 need it",
        }
    }
}

impl fmt::Display for KernelModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a module is installed and loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModuleState {
    /// Loaded.
    Loaded,
    /// Built into the kernel.
    BuiltIn,
    /// Loaded or built in: the kernel has the L2TP family, but the lists do not show which of the two.
    Ready,
    /// Installed for the running kernel, and not known to be loaded.
    Installed,
    /// Not installed for the running kernel.
    Absent,
    /// Not known to be loaded, and the running kernel's list of modules was not found.
    Unknown,
}

impl ModuleState {
    /// Whether the module is loaded or built in.
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

/// The modules according to the files.
#[derive(Debug)]
pub(super) struct Modules {
    loaded: BTreeSet<String>,
    builtin: BTreeSet<String>,
    /// The modules of `modules.dep` whose file exists, with their dependencies; `None` without the
    /// list.
    installed: Option<BTreeMap<String, Vec<String>>>,
    /// The lines of `modules.alias`: patterns of aliases and their modules; `None` without the list.
    aliases: Option<Vec<(String, String)>>,
}

impl Modules {
    pub(super) fn of(files: &HostFiles, release: &str) -> Self {
        // Without a release the path would be the folder of all releases.
        let folder = format!("/lib/modules/{}", if release.is_empty() { "?" } else { release });
        let proc_modules = files.read("/proc/modules").unwrap_or_default();
        let mut loaded: BTreeSet<_> =
            proc_modules.lines().filter_map(first_word).map(canonical).collect();
        // Built-in modules have no such file.
        let live = |module: &KernelModule| files.exists(&format!("/sys/module/{module}/initstate"));
        loaded.extend(
            KernelModule::ALL.iter().filter(|module| live(module)).map(ToString::to_string),
        );
        let builtin = files.read(&format!("{folder}/modules.builtin")).unwrap_or_default();
        let dep = files.read(&format!("{folder}/modules.dep"));
        let alias = files.read(&format!("{folder}/modules.alias"));
        Self {
            loaded,
            builtin: builtin.lines().filter_map(module_name).collect(),
            installed: dep
                .map(|dep| installed(files, &folder, &dep))
                .or_else(|| installed_without_index(files, &folder)),
            aliases: alias.map(|alias| aliases(&alias)),
        }
    }

    /// Whether the running kernel's list of modules was found.
    pub(super) fn is_indexed(&self) -> bool {
        self.installed.is_some()
    }

    pub(super) fn state(&self, module: KernelModule) -> ModuleState {
        let name = module.name();
        match &self.installed {
            _ if self.loaded.contains(name) => ModuleState::Loaded,
            _ if self.builtin.contains(name) => ModuleState::BuiltIn,
            Some(installed) if installed.contains_key(name) => ModuleState::Installed,
            Some(_) => ModuleState::Absent,
            None => ModuleState::Unknown,
        }
    }

    /// The modules that must be loaded before a module.
    pub(super) fn dependencies(&self, module: KernelModule) -> &[String] {
        let installed = self.installed.as_ref();
        installed.and_then(|installed| installed.get(module.name())).map_or(&[], Vec::as_slice)
    }

    /// Whether `modules.alias` has one of a module's aliases. Without the list this is assumed, and
    /// a module without aliases is loaded as a dependency.
    pub(super) fn has_alias(&self, module: KernelModule) -> bool {
        let Some(list) = &self.aliases else { return true };
        let listed = |alias: &&str| {
            let alias = canonical(alias);
            list.iter().any(|(pattern, to)| to == module.name() && matches(pattern, &alias))
        };
        module.aliases().is_empty() || module.aliases().iter().any(listed)
    }
}

/// `kernel/net/l2tp/l2tp_eth.ko.xz: kernel/net/l2tp/l2tp_core.ko.xz …`, relative to the folder.
fn installed(files: &HostFiles, folder: &str, dep: &str) -> BTreeMap<String, Vec<String>> {
    dep.lines()
        .filter_map(|line| {
            let (path, dependencies) = line.split_once(':')?;
            let name = module_name(path)?;
            // The list has thousands of modules.
            if !KernelModule::ALL.iter().any(|module| module.name() == name) {
                return None;
            }
            let path =
                if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
            let dependencies = dependencies.split_whitespace().filter_map(module_name).collect();
            files.exists(&path).then_some((name, dependencies))
        })
        .collect()
}

/// OpenWrt has its modules directly in the folder, without an index; its loader reads the modules.
fn installed_without_index(
    files: &HostFiles,
    folder: &str,
) -> Option<BTreeMap<String, Vec<String>>> {
    let names: BTreeMap<_, _> = files
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
    use super::super::files::fixture::Tree;
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
    fn states_are_read_from_the_lists() {
        let modules = Modules::of(&tree().files(), "6.1");
        for (module, state) in [
            (KernelModule::Core, ModuleState::Loaded),
            (KernelModule::Netlink, ModuleState::Installed),
            (KernelModule::Eth, ModuleState::BuiltIn),
            (KernelModule::Ppp, ModuleState::Absent), // listed, but its file is missing
            (KernelModule::Ip, ModuleState::Absent),
        ] {
            assert_eq!(modules.state(module), state, "{module}");
        }
        assert_eq!(modules.dependencies(KernelModule::Core), ["udp_tunnel"]);
        assert!(modules.dependencies(KernelModule::Ip).is_empty());
    }

    #[test]
    fn an_alias_must_resolve_to_its_module() {
        let modules = Modules::of(&tree().files(), "6.1");
        assert!(modules.has_alias(KernelModule::Ppp));
        assert!(modules.has_alias(KernelModule::Core)); // it has none
        assert!(modules.has_alias(KernelModule::Ip)); // by the second
        assert!(!modules.has_alias(KernelModule::Netlink));
        assert!(!modules.has_alias(KernelModule::Eth)); // its alias resolves to another module
        assert!(!modules.has_alias(KernelModule::Ip6)); // another alias resolves to it
    }

    #[test]
    fn modules_without_an_index_are_found_in_the_folder() {
        let tree = Tree::new(&[("lib/modules/6.6.86/l2tp_core.ko", "")]);
        tree.write("lib/modules/6.6.86/l2tp_netlink.ko", b"");
        let modules = Modules::of(&tree.files(), "6.6.86");
        assert!(modules.is_indexed() && modules.has_alias(KernelModule::Netlink));
        assert_eq!(modules.state(KernelModule::Netlink), ModuleState::Installed);
        assert_eq!(modules.state(KernelModule::Eth), ModuleState::Absent);
        tree.write("sys/module/l2tp_core/initstate", b"live\n");
        assert_eq!(
            Modules::of(&tree.files(), "6.6.86").state(KernelModule::Core),
            ModuleState::Loaded
        );
    }

    #[test]
    fn without_lists_the_state_is_unknown() {
        for release in ["6.3", "", "../..", "\0"] {
            let modules = Modules::of(&tree().files(), release);
            assert!(!modules.is_indexed(), "{release:?}");
            assert_eq!(modules.state(KernelModule::Core), ModuleState::Loaded);
            assert_eq!(modules.state(KernelModule::Eth), ModuleState::Unknown);
            assert!(modules.has_alias(KernelModule::Eth));
        }
        let bytes = Modules::of(&tree().files(), "6.2");
        assert_eq!(bytes.state(KernelModule::Eth), ModuleState::Absent);
    }
}
