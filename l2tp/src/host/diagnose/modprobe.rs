//! What keeps the kernel from loading a module that is there: the rules of modprobe.d and of the
//! kernel's command line, and the switches that turn loading off altogether.
//!
//! The kernel runs the program in `kernel.modprobe` with an alias, `net-l2tp-type-5` for instance.
//! The rules are those of modprobe.d(5): `blacklist` makes it pass over a module's aliases, but
//! not over its name; `install` replaces the loading by a command, often `/bin/false`; an `alias`
//! to `off` leads nowhere.

use std::collections::BTreeSet;

use super::host::{Host, file_name};
use super::shell::loads_nothing;

/// In order of precedence: a file in an earlier folder hides one of the same name in a later.
const FOLDERS: [&str; 5] = [
    "/etc/modprobe.d",
    "/run/modprobe.d",
    "/usr/local/lib/modprobe.d",
    "/usr/lib/modprobe.d",
    "/lib/modprobe.d",
];

/// What a [`Rule`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bar {
    /// `blacklist MODULE`, or `modprobe.blacklist=` on the kernel's command line: the module is
    /// not loaded when it is needed, only by its name.
    Blacklist,
    /// `install MODULE COMMAND`, where the command loads nothing: not by its name either.
    Install,
    /// `alias ALIAS off`: not when it is needed, only by its name.
    AliasOff,
    /// `module_blacklist=` on the kernel's command line: the kernel itself refuses it.
    Kernel,
}

/// A rule that keeps a module from being loaded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Rule {
    /// What it does.
    pub bar: Bar,
    /// The module that it names: the one that is missing, or one on which that depends.
    pub module: String,
    /// The rule as it is written.
    pub text: String,
    /// Where: `/etc/modprobe.d/l2tp.conf, line 3`, or the kernel's command line.
    pub place: String,
}

/// What turns loading when needed off.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AutoloadOff {
    /// `kernel.modules_disabled` is 1, until the next boot.
    ModulesDisabled,
    /// `kernel.modprobe` is empty.
    NoHelper,
    /// `kernel.modprobe` is a program that loads nothing.
    Helper(String),
    /// `kernel.modprobe` is a program that does not exist.
    HelperMissing(String),
}

/// All the rules, in the order in which modprobe reads them.
#[derive(Debug)]
pub(super) struct Rules(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    bar: Bar,
    /// A module's name or an alias; may have wildcards.
    pattern: String,
    /// Of an `install`, the command.
    command: String,
    text: String,
    place: String,
}

impl Rules {
    pub(super) fn of(host: &Host) -> Self {
        let mut entries = Vec::new();
        command_line(&host.read("/proc/cmdline").unwrap_or_default(), &mut entries);
        for path in files(host) {
            if let Some(text) = host.read(&path) {
                file(&path, &text, &mut entries);
            }
        }
        Self(entries)
    }

    /// The rule that keeps a module from being loaded by any of its aliases. A module on which it
    /// depends is loaded by name, so that only stronger rules count for it.
    pub(super) fn bar(&self, module: &str, aliases: &[&str], needs: &[String]) -> Option<Rule> {
        self.by_name(module)
            .or_else(|| self.by_alias(module, aliases))
            .map(|entry| entry.rule(module))
            .or_else(|| {
                needs.iter().find_map(|need| self.by_name(need).map(|entry| entry.rule(need)))
            })
    }

    /// The rule against which the module's name helps.
    fn by_alias(&self, module: &str, aliases: &[&str]) -> Option<&Entry> {
        let blacklist = |entry: &&Entry| entry.bar == Bar::Blacklist && entry.pattern == module;
        let off = |alias: &&str| {
            let alias = canonical(alias);
            self.0
                .iter()
                .find(|entry| entry.bar == Bar::AliasOff && matches(&entry.pattern, &alias))
        };
        // Without an alias nothing but its name loads it.
        let first = aliases.first()?;
        self.0.iter().find(blacklist).or_else(|| {
            aliases.iter().all(|alias| off(alias).is_some()).then(|| off(first)).flatten()
        })
    }

    /// The rule against which not even the module's name helps.
    fn by_name(&self, module: &str) -> Option<&Entry> {
        let refused = |entry: &&Entry| entry.bar == Bar::Kernel && entry.pattern == module;
        let install = |entry: &&Entry| entry.bar == Bar::Install && matches(&entry.pattern, module);
        self.0.iter().find(refused).or_else(|| {
            // The first one counts.
            self.0.iter().find(install).filter(|entry| loads_nothing(&entry.command))
        })
    }
}

impl Entry {
    fn rule(&self, module: &str) -> Rule {
        Rule {
            bar: self.bar,
            module: module.to_owned(),
            text: self.text.clone(),
            place: self.place.clone(),
        }
    }
}

/// What turns loading off for every module.
pub(super) fn autoload_off(host: &Host) -> Option<AutoloadOff> {
    if host.value("/proc/sys/kernel/modules_disabled").as_deref() == Some("1") {
        return Some(AutoloadOff::ModulesDisabled);
    }
    let helper = host.value("/proc/sys/kernel/modprobe")?;
    if helper.is_empty() {
        Some(AutoloadOff::NoHelper)
    } else if loads_nothing(&helper) {
        Some(AutoloadOff::Helper(helper))
    } else if !host.exists(&helper) {
        Some(AutoloadOff::HelperMissing(helper))
    } else {
        None
    }
}

/// The paths of the files that count, by name as modprobe reads them.
fn files(host: &Host) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    for folder in FOLDERS {
        for name in host.names(folder) {
            if name.strip_suffix(".conf").is_some() && seen.insert(name.clone()) {
                files.push(format!("{folder}/{name}"));
            }
        }
    }
    files.sort_by(|a, b| file_name(a).cmp(file_name(b)));
    files
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
        let bar = match directive {
            Some("blacklist") => Bar::Blacklist,
            Some("install") => Bar::Install,
            Some("alias") if rest == "off" => Bar::AliasOff,
            _ => continue,
        };
        entries.push(Entry {
            bar,
            pattern: canonical(pattern.unwrap_or_default()),
            command: rest,
            text: whole.to_owned(),
            place: format!("{path}, line {}", number + 1),
        });
    }
}

/// `modprobe.blacklist=a,b` is modprobe's, `module_blacklist=a,b` the kernel's own.
fn command_line(text: &str, entries: &mut Vec<Entry>) {
    for word in text.split_whitespace() {
        let (bar, names) = match word.split_once('=') {
            Some(("modprobe.blacklist", names)) => (Bar::Blacklist, names),
            // In the names of parameters the kernel does fold them.
            Some((name, names)) if canonical(name) == "module_blacklist" => (Bar::Kernel, names),
            _ => continue,
        };
        entries.extend(names.split(',').map(|name| Entry {
            bar,
            // Neither folds `-` and `_` here: `l2tp-eth` is the name of no module.
            pattern: name.to_owned(),
            command: String::new(),
            text: word.to_owned(),
            place: "the kernel's command line (/proc/cmdline)".to_owned(),
        }));
    }
}

/// `-` and `_` are the same in names of modules and aliases.
pub(super) fn canonical(name: &str) -> String {
    name.replace('-', "_")
}

/// Whether a pattern with `*` and `?` matches the whole of a name.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // Where the last star stands, and how much of the name it has taken.
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
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::super::host::fixture::Tree;
    use super::*;

    const ETH: &[&str] = &["net-l2tp-type-5"];

    fn bar_of(files: &[(&str, &str)], module: &str, aliases: &[&str]) -> Option<(Bar, String)> {
        let needs = ["l2tp_core".to_owned(), "udp_tunnel".to_owned()];
        let rule = Rules::of(&Tree::new(files).host()).bar(module, aliases, &needs)?;
        Some((rule.bar, rule.place))
    }

    #[test]
    fn each_sort_of_rule_is_found_where_it_stands() {
        for (text, bar, line) in [
            ("# no L2TP\nblacklist l2tp-eth\n", Bar::Blacklist, 2),
            ("install l2tp_eth /bin/false\n", Bar::Install, 1),
            ("\ninstall l2tp_* /usr/bin/true # no\n", Bar::Install, 2),
            ("install udp_tunnel :\n", Bar::Install, 1),
            ("install l2tp_eth sh -c 'exit 1'\n", Bar::Install, 1),
            ("alias net-l2tp-type-* off\n", Bar::AliasOff, 1),
            ("options x y=\\\n1\n  blacklist \\\n  l2tp_eth", Bar::Blacklist, 3),
        ] {
            let found = bar_of(&[("etc/modprobe.d/a.conf", text)], "l2tp_eth", ETH);
            let place = format!("/etc/modprobe.d/a.conf, line {line}");
            assert_eq!(found, Some((bar, place)), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_bar_is_none() {
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
            let found = bar_of(&[("etc/modprobe.d/a.conf", text)], "l2tp_eth", ETH);
            assert_eq!(found, None, "{text:?}");
        }
        let disabled = [("etc/modprobe.d/a.conf.disabled", "blacklist l2tp_eth")];
        assert_eq!(bar_of(&disabled, "l2tp_eth", ETH), None);
    }

    #[test]
    fn a_file_in_etc_hides_its_namesake() {
        let files = [
            ("etc/modprobe.d/l2tp.conf", "# empty"),
            ("usr/lib/modprobe.d/l2tp.conf", "blacklist l2tp_eth"),
        ];
        assert_eq!(bar_of(&files, "l2tp_eth", ETH), None);
        assert!(bar_of(&files[1..], "l2tp_eth", ETH).is_some());
    }

    #[test]
    fn a_module_without_an_alias_is_loaded_by_name() {
        let files = [("etc/modprobe.d/a.conf", "blacklist l2tp_core")];
        assert_eq!(bar_of(&files, "l2tp_core", &[]), None);
    }

    #[test]
    fn every_alias_must_be_off() {
        let aliases = ["net-pf-2-proto-115-type-2", "net-pf-2-proto-115"];
        let found = |text| bar_of(&[("etc/modprobe.d/a.conf", text)], "l2tp_ip", &aliases);
        assert_eq!(found("alias net-pf-2-proto-115 off"), None);
        let place = "/etc/modprobe.d/a.conf, line 1".to_owned();
        assert_eq!(found("alias net-pf-2-proto-115* off"), Some((Bar::AliasOff, place)));
    }

    #[test]
    fn the_command_line_counts() {
        for (text, bar) in [
            ("quiet modprobe.blacklist=pcspkr,l2tp_eth ro", Bar::Blacklist),
            ("module_blacklist=l2tp_eth", Bar::Kernel),
            ("module-blacklist=l2tp_core", Bar::Kernel),
        ] {
            let found = bar_of(&[("proc/cmdline", text)], "l2tp_eth", ETH);
            assert_eq!(found.map(|(bar, _)| bar), Some(bar), "{text}");
        }
        // Names are compared as they are written there.
        for text in ["module_blacklist=l2tp-core", "modprobe.blacklist=l2tp-eth"] {
            assert_eq!(bar_of(&[("proc/cmdline", text)], "l2tp_eth", ETH), None, "{text}");
        }
    }

    #[test]
    fn switches_that_turn_loading_off() {
        let modprobe = "proc/sys/kernel/modprobe";
        let off = |files: &[(&str, &str)]| autoload_off(&Tree::new(files).host());
        assert_eq!(off(&[]), None);
        assert_eq!(off(&[(modprobe, "/sbin/modprobe\n"), ("sbin/modprobe", "")]), None);
        assert_eq!(off(&[(modprobe, "\n")]), Some(AutoloadOff::NoHelper));
        let helper = "/bin/false".to_owned();
        assert_eq!(off(&[(modprobe, "/bin/false\n")]), Some(AutoloadOff::Helper(helper)));
        let missing = "/sbin/modprobe".to_owned();
        assert_eq!(off(&[(modprobe, "/sbin/modprobe")]), Some(AutoloadOff::HelperMissing(missing)));
        let disabled = ("proc/sys/kernel/modules_disabled", "1\n");
        assert_eq!(off(&[disabled]), Some(AutoloadOff::ModulesDisabled));
    }

    #[test]
    fn wildcards_match_whole_names() {
        for (pattern, name, expected) in [
            ("l2tp_*", "l2tp_eth", true),
            ("*_eth", "l2tp_eth", true),
            ("l?tp*e*h", "l2tp_eth", true),
            ("l2tp", "l2tp_eth", false),
            ("*x", "l2tp_eth", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
