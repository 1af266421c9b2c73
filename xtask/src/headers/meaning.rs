//! What differs in meaning between two sets of headers.
//!
//! A maintainer who takes new headers has to know which numbers exist, which changed, and what
//! type the comment gives a new attribute; moved lines and reworded prose do not matter.

use std::collections::BTreeMap;
use std::fmt;

use super::parse::{Header, Struct, parse};
use super::value::{Value, evaluate};

/// The declarations of a set of headers, by name.
#[derive(Debug)]
struct Meaning {
    constants: BTreeMap<Key, Known>,
    structs: BTreeMap<String, Struct>,
}

/// A name, and which of its definitions: conditionals may define it more than once.
type Key = (String, usize);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    header: String,
    value: Value,
    comment: Option<String>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Added(Known),
    Removed(Known),
    Renumbered { old: Value, new: Known },
    Recommented { old: Option<String>, new: Known },
    Moved { from: String, new: Known },
    Struct(Vec<String>),
}

/// The differences between two sets of headers; displayed as lines, with a closing count.
#[derive(Debug)]
pub(crate) struct Changes(BTreeMap<Key, Change>);

/// Compares two sets of headers, each given as texts by path.
pub(crate) fn compare(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Changes {
    let (old, new) = (Meaning::of(old), Meaning::of(new));
    let mut changes = BTreeMap::new();
    for (key, known) in &new.constants {
        if let Some(change) = Change::of_constant(old.constants.get(key), known) {
            changes.insert(key.clone(), change);
        }
    }
    for (key, known) in &old.constants {
        if !new.constants.contains_key(key) {
            changes.insert(key.clone(), Change::Removed(known.clone()));
        }
    }
    for name in old.structs.keys().chain(new.structs.keys()) {
        let lines = field_changes(old.structs.get(name), new.structs.get(name));
        if !lines.is_empty() {
            changes.insert((format!("struct {name}"), 0), Change::Struct(lines));
        }
    }
    Changes(changes)
}

impl Meaning {
    fn of(texts: &BTreeMap<String, String>) -> Self {
        let headers: BTreeMap<String, Header> =
            texts.iter().map(|(path, text)| (path.clone(), parse(text))).collect();
        let mut constants = BTreeMap::new();
        for found in evaluate(&headers) {
            let name = &found.constant.name;
            let nth = constants.range((name.clone(), 0)..=(name.clone(), usize::MAX)).count();
            let known = Known {
                header: found.header.to_owned(),
                value: found.value,
                comment: found.constant.comment.clone(),
            };
            constants.insert((name.clone(), nth), known);
        }
        let structs = headers
            .into_values()
            .flat_map(|header| header.structs)
            .map(|structure| (structure.name.clone(), structure))
            .collect();
        Self { constants, structs }
    }
}

impl Change {
    fn of_constant(old: Option<&Known>, new: &Known) -> Option<Self> {
        let new = new.clone();
        match old {
            None => Some(Self::Added(new)),
            Some(old) if old.value != new.value => {
                Some(Self::Renumbered { old: old.value.clone(), new })
            }
            Some(old) if old.header != new.header => {
                Some(Self::Moved { from: old.header.clone(), new })
            }
            Some(old) if old.comment != new.comment => {
                Some(Self::Recommented { old: old.comment.clone(), new })
            }
            Some(_) => None,
        }
    }
}

fn field_changes(old: Option<&Struct>, new: Option<&Struct>) -> Vec<String> {
    let fields = |structure: Option<&Struct>| structure.map_or(Vec::new(), |s| s.fields.clone());
    let (old_fields, new_fields) = (fields(old), fields(new));
    if old.is_some() && new.is_some() && old_fields == new_fields {
        return Vec::new();
    }
    similar::TextDiff::from_slices(
        &old_fields.iter().map(String::as_str).collect::<Vec<_>>(),
        &new_fields.iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .iter_all_changes()
    .filter(|change| change.tag() != similar::ChangeTag::Equal)
    .map(|change| format!("{} {}", change.tag(), change.value()))
    .collect()
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((name, _), change) in &self.0 {
            match change {
                Change::Added(new) => writeln!(f, "+ {name} = {new}")?,
                Change::Removed(old) => writeln!(f, "- {name} = {old}")?,
                Change::Renumbered { old, new } => writeln!(f, "! {name} = {new}, was {old}")?,
                Change::Moved { from, new } => writeln!(f, "~ {name} = {new}, was in {from}")?,
                Change::Recommented { old, new } => {
                    let old = old.as_deref().map_or("without".into(), |old| format!("({old})"));
                    writeln!(f, "~ {name} = {new}, was {old}")?;
                }
                Change::Struct(lines) => {
                    writeln!(f, "! {name}")?;
                    lines.iter().try_for_each(|line| writeln!(f, "    {line}"))?;
                }
            }
        }
        let count = |wanted: fn(&Change) -> bool| self.0.values().filter(|c| wanted(c)).count();
        write!(
            f,
            "Constants: {} added, {} removed, {} renumbered, {} described or placed otherwise. \
             Structures changed: {}.",
            count(|change| matches!(change, Change::Added(_))),
            count(|change| matches!(change, Change::Removed(_))),
            count(|change| matches!(change, Change::Renumbered { .. })),
            count(|c| matches!(c, Change::Moved { .. } | Change::Recommented { .. })),
            count(|change| matches!(change, Change::Struct(_))),
        )
    }
}

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value)?;
        if let Some(comment) = &self.comment {
            write!(f, " ({comment})")?;
        }
        write!(f, " in {}", self.header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "enum {\n\tL2TP_ATTR_NONE,\n\tL2TP_ATTR_A,\t/* u16 */\n\tL2TP_ATTR_B,\t/* u8 */\n\t__L2TP_ATTR_MAX,\n};\n#define L2TP_ATTR_MAX (__L2TP_ATTR_MAX - 1)\n";

    fn changes(old: &[(&str, &str)], new: &[(&str, &str)]) -> Vec<String> {
        let texts = |of: &[(&str, &str)]| {
            of.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
        };
        compare(&texts(old), &texts(new)).to_string().lines().map(str::to_owned).collect()
    }

    #[test]
    fn an_attribute_added_at_the_end_is_shown_with_its_type_and_the_new_maximum() {
        let new = OLD.replace("\t__L2TP", "\tL2TP_ATTR_FOO,\t/* u32 */\n\t__L2TP");
        assert_eq!(
            changes(&[("linux/l2tp.h", OLD)], &[("linux/l2tp.h", &new)]),
            [
                "+ L2TP_ATTR_FOO = 3 (u32) in linux/l2tp.h",
                "! L2TP_ATTR_MAX = 3 in linux/l2tp.h, was 2",
                "! __L2TP_ATTR_MAX = 4 in linux/l2tp.h, was 3",
                "Constants: 1 added, 0 removed, 2 renumbered, 0 described or placed otherwise. \
                 Structures changed: 0.",
            ]
        );
    }

    #[test]
    fn removing_an_attribute_renumbers_those_behind_it() {
        let new = OLD.replace("\tL2TP_ATTR_A,\t/* u16 */\n", "");
        let found = changes(&[("linux/l2tp.h", OLD)], &[("linux/l2tp.h", &new)]);
        assert_eq!(found[0], "- L2TP_ATTR_A = 1 (u16) in linux/l2tp.h");
        assert_eq!(found[1], "! L2TP_ATTR_B = 1 (u8) in linux/l2tp.h, was 2");
    }

    #[test]
    fn a_changed_type_comment_is_a_change_and_reworded_prose_is_none() {
        let new = OLD.replace("u16", "u64").replace("enum {", "/* prose */\nenum {");
        let found = changes(&[("linux/l2tp.h", OLD)], &[("linux/l2tp.h", &new)]);
        assert_eq!(found[0], "~ L2TP_ATTR_A = 1 (u64) in linux/l2tp.h, was (u16)");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_constant_that_changed_its_header_is_moved() {
        let found = changes(
            &[("linux/l2tp.h", "#define IPPROTO_L2TP 115")],
            &[("linux/in.h", "enum { IPPROTO_L2TP = 115 };"), ("linux/l2tp.h", "")],
        );
        assert_eq!(found[0], "~ IPPROTO_L2TP = 115 in linux/in.h, was in linux/l2tp.h");
    }

    #[test]
    fn both_definitions_of_a_conditional_macro_are_compared() {
        let old = "#ifdef X\n#define N 1\n#else\n#define N 2\n#endif";
        let found = changes(&[("a.h", old)], &[("a.h", &old.replace('2', "3"))]);
        assert_eq!(found[0], "! N = 3 in a.h, was 2");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn a_structure_shows_the_fields_that_differ() {
        let found = changes(
            &[("a.h", "struct s { __u32 a; __u32 b; };")],
            &[("a.h", "struct s { __u32 a; __u64 b; };\nstruct t { int x; };")],
        );
        assert_eq!(
            found[..5],
            ["! struct s", "    - __u32 b", "    + __u64 b", "! struct t", "    + int x"]
        );
    }
}
