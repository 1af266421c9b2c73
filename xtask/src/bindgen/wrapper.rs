//! The C text that bindgen reads: the headers, then each constant by its name.
//!
//! bindgen cannot evaluate a macro that is built from enumerators, `sizeof` or macros with
//! parameters (`L2TP_CMD_MAX`, `NLA_HDRLEN`, every `PPPIOC…`), and passes over members of
//! enumerations that it does not know of. clang knows them all, and the type of each, if it
//! initialises a constant; the prefix is taken off again afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::selection;
use crate::headers::closure::ROOTS;
use crate::headers::parse::Header;

/// Stands before the name of each constant.
pub(super) const PREFIX: &str = "value_of_";

/// The name of the C text, by which clang's complaints begin.
pub(super) const FILE: &str = "l2tp-sys.h";

/// The C text, and the constant that each of its lines evaluates. Strings are left to bindgen.
pub(super) struct Wrapper {
    pub(super) text: String,
    /// By line, from 1.
    pub(super) lines: BTreeMap<usize, String>,
}

/// Writes the wrapper for these headers.
pub(super) fn wrapper(headers: &BTreeMap<String, Header>) -> Wrapper {
    let macros =
        in_order(headers).flat_map(|header| &header.macros).map(|found| (&found.name, true));
    let members = selection::enums(headers).flat_map(|(_, found)| &found.members);
    let members = members.map(|member| (&member.name, false));
    let strings = strings(headers);
    let taken = macros
        .filter(|(name, _)| selection::takes(name) && !strings.contains(name.as_str()))
        .chain(members);

    let mut text = String::new();
    let mut lines = BTreeMap::new();
    let mut line = 1;
    for header in ROOTS {
        let _ = writeln!(text, "#include <{header}>");
        line += 1;
    }
    let singles = selection::SINGLES.iter().map(|&name| (name, false));
    let mut seen = BTreeSet::new();
    for (name, is_macro) in singles.chain(taken.map(|(name, is_macro)| (name.as_str(), is_macro))) {
        if selection::excuse(name).is_some() || !seen.insert(name) {
            continue;
        }
        let constant = format!("static const __typeof__({name}) {PREFIX}{name} = ({name});");
        // A macro may be defined under a condition that does not hold.
        let guarded = format!("#ifdef {name}\n{constant}\n#endif");
        let written = if is_macro { guarded } else { constant };
        lines.insert(line + usize::from(is_macro), name.to_owned());
        line += written.lines().count();
        let _ = writeln!(text, "{written}");
    }
    Wrapper { text, lines }
}

/// The macros that are strings: a literal, several in a row, or another such macro.
fn strings(headers: &BTreeMap<String, Header>) -> BTreeSet<&str> {
    let macros = || headers.values().flat_map(|header| &header.macros);
    let mut found = BTreeSet::new();
    loop {
        let more: BTreeSet<&str> = macros()
            .filter(|it| it.value.iter().all(|t| t.starts_with('"') || found.contains(t.as_str())))
            .map(|it| it.name.as_str())
            .collect();
        if more == found {
            return found;
        }
        found = more;
    }
}

/// The headers, those that are wanted for themselves first and in their order.
fn in_order(headers: &BTreeMap<String, Header>) -> impl Iterator<Item = &Header> {
    let roots = ROOTS.iter().filter_map(|&root| headers.get(root));
    let others = headers.iter().filter(|(path, _)| !ROOTS.contains(&path.as_str()));
    roots.chain(others.map(|(_, header)| header))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::parse::parse;

    #[test]
    fn macros_and_members_are_evaluated_once_each_and_strangers_are_not() {
        let header = parse(
            "#define L2TP_ATTR_MAX (__L2TP_ATTR_MAX - 1)\n#ifdef X\n#define L2TP_N 1\n#else\n#define L2TP_N 2\n#endif\n#define OTHER 1\n#define L2TP_S \"s\"\n#define L2TP_T L2TP_S \"t\"\nenum { L2TP_A, __L2TP_B };",
        );
        let headers = BTreeMap::from([("linux/l2tp.h".to_owned(), header)]);
        let Wrapper { text, lines } = wrapper(&headers);
        let names: Vec<&str> = lines.values().map(String::as_str).collect();
        let ours = ["L2TP_ATTR_MAX", "L2TP_N", "L2TP_A", "__L2TP_B"];
        assert_eq!(names, [selection::SINGLES, &ours].concat());
        assert!(text.starts_with("#include <linux/ioctl.h>\n"));
        let all: Vec<&str> = text.lines().collect();
        for (line, name) in lines {
            let expected = format!("static const __typeof__({name}) value_of_{name} = ({name});");
            assert_eq!(all[line - 1], expected);
            assert_eq!(
                all[line - 2] == format!("#ifdef {name}"),
                name.ends_with("MAX") || name == "L2TP_N"
            );
        }
    }
}
