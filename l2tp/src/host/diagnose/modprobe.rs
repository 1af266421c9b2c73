//! The rules of modprobe.d and of the kernel's command line that disable an installed module.
//!
//! To load a module on demand, the kernel runs the program in `kernel.modprobe` with an alias, for
//! example `net-l2tp-type-5`. The rules are described in modprobe.d(5): `blacklist` makes modprobe
//! ignore a module's aliases, but not its name; `install` replaces the loading by a command, often
//! `/bin/false`; an `alias` to `off` resolves to no module.

use std::collections::BTreeSet;

use super::files::{HostFiles, file_name};
use super::shell::loads_nothing;

/// The folders in order of precedence: a file hides files of the same name in later folders.
const FOLDERS: [&str; 5] = [
    "/etc/modprobe.d",
    "/run/modprobe.d",
    "/usr/local/lib/modprobe.d",
    "/usr/lib/modprobe.d",
    "/lib/modprobe.d",
];

/// The kind of a [`DisablingRule`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DisablingRuleKind {
    /// `blacklist MODULE`, or `modprobe.blacklist=` on the kernel's command line: the module is not
    /// loaded on demand, only by its name.
    Blacklist,
    /// `install MODULE COMMAND`, where the command loads nothing: the module is not loaded by its
    /// name either.
    Install,
    /// `alias ALIAS off`: the module is not loaded on demand, only by its name.
    AliasOff,
    /// `module_blacklist=` on the kernel's command line: the kernel refuses to load the module.
    Kernel,
}

/// A rule that disables the loading of a module.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DisablingRule {
    /// The kind of rule.
    pub kind: DisablingRuleKind,
    /// The module that the rule applies to: the module of the finding, or a dependency of it.
    pub module: String,
    /// The text of the rule.
    pub text: String,
    /// The file and line, for example `/etc/modprobe.d/l2tp.conf, line 3`, or the kernel's command
    /// line.
    pub source: String,
}

/// All rules, in the order in which modprobe reads them.
#[derive(Debug)]
pub(super) struct ModprobeRules(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    kind: DisablingRuleKind,
    /// A module's name or an alias; may contain wildcards.
    pattern: String,
    /// The command of an `install` rule.
    command: String,
    text: String,
    source: String,
}

impl ModprobeRules {
    pub(super) fn of(files: &HostFiles) -> Self {
        let mut entries = Vec::new();
        command_line(&files.read("/proc/cmdline").unwrap_or_default(), &mut entries);
        for path in rule_files(files) {
            if let Some(text) = files.read(&path) {
                file(&path, &text, &mut entries);
            }
        }
        Self(entries)
    }

    /// The rule that disables loading a module by all of its aliases. Dependencies are loaded by
    /// name, so only rules that also disable the name apply to them.
    pub(super) fn disabling_rule(
        &self,
        module: &str,
        aliases: &[&str],
        dependencies: &[String],
    ) -> Option<DisablingRule> {
        self.by_name(module)
            .or_else(|| self.by_alias(module, aliases))
            .map(|entry| entry.rule(module))
            .or_else(|| {
                dependencies
                    .iter()
                    .find_map(|name| self.by_name(name).map(|entry| entry.rule(name)))
            })
    }

    /// The rule that disables the module's aliases, but not its name.
    fn by_alias(&self, module: &str, aliases: &[&str]) -> Option<&Entry> {
        let blacklist =
            |entry: &&Entry| entry.kind == DisablingRuleKind::Blacklist && entry.pattern == module;
        let off = |alias: &&str| {
            let alias = canonical(alias);
            self.0.iter().find(|entry| {
                entry.kind == DisablingRuleKind::AliasOff && matches(&entry.pattern, &alias)
            })
        };
        // A module without aliases is only loaded by its name.
        let first = aliases.first()?;
        self.0.iter().find(blacklist).or_else(|| {
            aliases.iter().all(|alias| off(alias).is_some()).then(|| off(first)).flatten()
        })
    }

    /// The rule that also disables loading the module by its name.
    fn by_name(&self, module: &str) -> Option<&Entry> {
        let kernel =
            |entry: &&Entry| entry.kind == DisablingRuleKind::Kernel && entry.pattern == module;
        let install = |entry: &&Entry| {
            entry.kind == DisablingRuleKind::Install && matches(&entry.pattern, module)
        };
        self.0.iter().find(kernel).or_else(|| {
            // modprobe uses the first rule.
            self.0.iter().find(install).filter(|entry| loads_nothing(&entry.command))
        })
    }
}

impl Entry {
    fn rule(&self, module: &str) -> DisablingRule {
        DisablingRule {
            kind: self.kind,
            module: module.to_owned(),
            text: self.text.clone(),
            source: self.source.clone(),
        }
    }
}

/// The paths of the files that modprobe reads, in its order.
fn rule_files(files: &HostFiles) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut paths = Vec::new();
    for folder in FOLDERS {
        for name in files.names(folder) {
            if name.strip_suffix(".conf").is_some() && seen.insert(name.clone()) {
                paths.push(format!("{folder}/{name}"));
            }
        }
    }
    paths.sort_by(|a, b| file_name(a).cmp(file_name(b)));
    paths
}

fn file(path: &str, text: &str, entries: &mut Vec<Entry>) {
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let mut whole = line.to_owned();
        while let Some(head) = whole.strip_suffix('\\') {
            whole = format!("{head}{}", lines.next().map_or("", |(_, next)| next));
        }
        let whole = whole.trim();
        let mut words = whole.split_whitespace();
        let (directive, pattern) = (words.next(), words.next());
        let rest = words.collect::<Vec<_>>().join(" ");
        let kind = match directive {
            Some("blacklist") => DisablingRuleKind::Blacklist,
            Some("install") => DisablingRuleKind::Install,
            Some("alias") if rest == "off" => DisablingRuleKind::AliasOff,
            _ => continue,
        };
        entries.push(Entry {
            kind,
            pattern: canonical(pattern.unwrap_or_default()),
            command: rest,
            text: whole.to_owned(),
            source: format!("{path}, line {}", number + 1),
        });
    }
}

/// `modprobe.blacklist=a,b` is read by modprobe, `module_blacklist=a,b` by the kernel.
fn command_line(text: &str, entries: &mut Vec<Entry>) {
    for word in text.split_whitespace() {
        let (kind, names) = match word.split_once('=') {
            Some(("modprobe.blacklist", names)) => (DisablingRuleKind::Blacklist, names),
            // The kernel treats `-` and `_` in parameter names as equal.
            Some((name, names)) if canonical(name) == "module_blacklist" => {
                (DisablingRuleKind::Kernel, names)
            }
            _ => continue,
        };
        entries.extend(names.split(',').map(|name| Entry {
            kind,
            // In the values neither does: `l2tp-eth` is not the name of a module.
            pattern: name.to_owned(),
            command: String::new(),
            text: word.to_owned(),
            source: "the kernel's command line (/proc/cmdline)".to_owned(),
        }));
    }
}

/// Replaces `-` by `_`, which are equal in names of modules and aliases.
pub(super) fn canonical(name: &str) -> String {
    name.replace('-', "_")
}

/// Whether a pattern with `*` and `?` matches a whole name.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // The position of the last star, and the end of what it matches.
    let mut star = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == name[n] => {
                p += 1;
                n += 1;
            }
            _ => match star {
                Some((at, end)) => {
                    star = Some((at, end + 1));
                    p = at + 1;
                    n = end + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::super::files::fixture::Tree;
    use super::*;

    const ETH: &[&str] = &["net-l2tp-type-5"];

    fn rule_of(
        files: &[(&str, &str)],
        module: &str,
        aliases: &[&str],
    ) -> Option<(DisablingRuleKind, String)> {
        let dependencies = ["l2tp_core".to_owned(), "udp_tunnel".to_owned()];
        let rule = ModprobeRules::of(&Tree::new(files).files()).disabling_rule(
            module,
            aliases,
            &dependencies,
        )?;
        Some((rule.kind, rule.source))
    }

    #[test]
    fn each_kind_of_rule_is_found_with_its_line() {
        for (text, kind, line) in [
            ("# no L2TP\nblacklist l2tp-eth\n", DisablingRuleKind::Blacklist, 2),
            ("install l2tp_eth /bin/false\n", DisablingRuleKind::Install, 1),
            ("\ninstall l2tp_* /usr/bin/true # no\n", DisablingRuleKind::Install, 2),
            ("install udp_tunnel :\n", DisablingRuleKind::Install, 1),
            ("install l2tp_eth sh -c 'exit 1'\n", DisablingRuleKind::Install, 1),
            ("alias net-l2tp-type-* off\n", DisablingRuleKind::AliasOff, 1),
            ("options x y=\\\n1\n  blacklist \\\n  l2tp_eth", DisablingRuleKind::Blacklist, 3),
        ] {
            let found = rule_of(&[("etc/modprobe.d/a.conf", text)], "l2tp_eth", ETH);
            let source = format!("/etc/modprobe.d/a.conf, line {line}");
            assert_eq!(found, Some((kind, source)), "{text:?}");
        }
    }

    #[test]
    fn rules_that_do_not_disable_the_module_are_ignored() {
        for text in [
            "#blacklist l2tp_eth",
            "blacklist l2tp_ethernet",
            "blacklist",
            "blacklist l2tp_core", // a dependency is loaded by its name
            "install l2tp_eth /sbin/modprobe --ignore-install l2tp_eth",
            "install l2tp_eth /bin/true; /sbin/modprobe --ignore-install l2tp_eth",
            "install l2tp_eth /sbin/modprobe -i l2tp_eth\ninstall *_eth /bin/false",
            "alias net-l2tp-type-7 off",
            "alias net-l2tp-type-5 l2tp_eth",
            "\\",
            "\\\n\\\n",
            "install",
        ] {
            let found = rule_of(&[("etc/modprobe.d/a.conf", text)], "l2tp_eth", ETH);
            assert_eq!(found, None, "{text:?}");
        }
        let disabled = [("etc/modprobe.d/a.conf.disabled", "blacklist l2tp_eth")];
        assert_eq!(rule_of(&disabled, "l2tp_eth", ETH), None);
    }

    #[test]
    fn a_file_in_etc_hides_the_file_of_the_same_name() {
        let files = [
            ("etc/modprobe.d/l2tp.conf", "# empty"),
            ("usr/lib/modprobe.d/l2tp.conf", "blacklist l2tp_eth"),
        ];
        assert_eq!(rule_of(&files, "l2tp_eth", ETH), None);
        assert!(rule_of(&files[1..], "l2tp_eth", ETH).is_some());
    }

    #[test]
    fn a_module_without_an_alias_is_loaded_by_name() {
        let files = [("etc/modprobe.d/a.conf", "blacklist l2tp_core")];
        assert_eq!(rule_of(&files, "l2tp_core", &[]), None);
    }

    #[test]
    fn every_alias_must_be_off() {
        let aliases = ["net-pf-2-proto-115-type-2", "net-pf-2-proto-115"];
        let found = |text| rule_of(&[("etc/modprobe.d/a.conf", text)], "l2tp_ip", &aliases);
        assert_eq!(found("alias net-pf-2-proto-115 off"), None);
        let source = "/etc/modprobe.d/a.conf, line 1".to_owned();
        assert_eq!(
            found("alias net-pf-2-proto-115* off"),
            Some((DisablingRuleKind::AliasOff, source))
        );
    }

    #[test]
    fn the_command_line_has_rules() {
        for (text, kind) in [
            ("quiet modprobe.blacklist=pcspkr,l2tp_eth ro", DisablingRuleKind::Blacklist),
            ("module_blacklist=l2tp_eth", DisablingRuleKind::Kernel),
            ("module-blacklist=l2tp_core", DisablingRuleKind::Kernel),
        ] {
            let found = rule_of(&[("proc/cmdline", text)], "l2tp_eth", ETH);
            assert_eq!(found.map(|(kind, _)| kind), Some(kind), "{text}");
        }
        // Names in values are compared exactly.
        for text in ["module_blacklist=l2tp-core", "modprobe.blacklist=l2tp-eth"] {
            assert_eq!(rule_of(&[("proc/cmdline", text)], "l2tp_eth", ETH), None, "{text}");
        }
    }

    #[test]
    fn wildcards_match_whole_names() {
        for (pattern, name, expected) in [
            ("l2tp_*", "l2tp_eth", true),
            ("*_eth", "l2tp_eth", true),
            ("l?tp*e*h", "l2tp_eth", true),
            ("l2tp", "l2tp_eth", false),
            ("*x", "l2tp_eth", false),
            ("*tp_e?h", "l2tp_tp_eth", true),
            ("l2tp_eth?", "l2tp_eth", false),
            ("l2tp_eth*", "l2tp_eth", true),
            ("*a*b*c", "xaxbxbxc", true),
            ("*a*b*c", "xaxcxb", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
