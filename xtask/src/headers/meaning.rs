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
    structs: BTreeMap<Key, Struct>,
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
    for key in old.structs.keys().chain(new.structs.keys()) {
        let lines = struct_changes(old.structs.get(key), new.structs.get(key));
        if !lines.is_empty() {
            changes.insert(key.clone(), Change::Struct(lines));
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
        let mut structs = BTreeMap::new();
        for structure in headers.into_values().flat_map(|header| header.structs) {
            let name = format!("{} {}", structure.keyword, structure.name);
            let nth = structs.range((name.clone(), 0)..=(name.clone(), usize::MAX)).count();
            structs.insert((name, nth), structure);
        }
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

/// The lines by which two definitions differ: fields, conditionals, attributes.
fn struct_changes(old: Option<&Struct>, new: Option<&Struct>) -> Vec<String> {
    if old == new {
        return Vec::new();
    }
    let (old, new) = (old.map(struct_lines), new.map(struct_lines));
    let (old_lines, new_lines) = (old.as_deref(), new.as_deref());
    let mut lines: Vec<String> = similar::TextDiff::from_slices(
        &old_lines.unwrap_or_default().iter().map(String::as_str).collect::<Vec<_>>(),
        &new_lines.unwrap_or_default().iter().map(String::as_str).collect::<Vec<_>>(),
    )
    .iter_all_changes()
    .filter(|change| change.tag() != similar::ChangeTag::Equal)
    .map(|change| format!("{} {}", change.tag(), change.value()))
    .collect();
    match (old, new) {
        (None, Some(_)) => lines.insert(0, "came".to_owned()),
        (Some(_), None) => lines.insert(0, "went".to_owned()),
        _ => {}
    }
    lines
}

fn struct_lines(structure: &Struct) -> Vec<String> {
    let layout = Some(structure.layout.clone()).filter(|layout| !layout.is_empty());
    structure.fields.iter().cloned().chain(layout).collect()
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
            found[..6],
            [
                "! struct s",
                "    - __u32 b",
                "    + __u64 b",
                "! struct t",
                "    came",
                "    + int x"
            ]
        );
    }

    #[test]
    fn a_layout_that_changes_under_the_same_fields_is_a_change() {
        let packed = "struct s { char a; int b; } __attribute__((packed));";
        let found = changes(&[("a.h", packed)], &[("a.h", "struct s { char a; int b; };")]);
        assert_eq!(found[..2], ["! struct s", "    - __attribute__ ( ( packed ) )"]);
        assert!(found[2].ends_with("Structures changed: 1."), "{found:?}");
        let pragma = "#pragma pack(1)\nstruct s { char a; };\n#pragma pack()\nstruct t { int b; };";
        let plain = "struct s { char a; };\nstruct t { int b; };";
        let found = changes(&[("a.h", pragma)], &[("a.h", plain)]);
        assert_eq!(found[..2], ["! struct s", "    - #pragma pack(1)"]);
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn a_structure_without_fields_unions_and_nested_types_are_seen() {
        let old = "struct s { enum { L2TP_A } kind; union u { int i; } of; };";
        let new =
            "struct s { enum { L2TP_A = 3 } kind; union u { int i; long l; } of; };\nstruct e {};";
        let found = changes(&[("a.h", old)], &[("a.h", new)]);
        assert!(found.contains(&"! L2TP_A = 3 in a.h, was 0".to_owned()), "{found:?}");
        assert!(found.contains(&"! union u".to_owned()), "{found:?}");
        assert!(found.contains(&"! struct e".to_owned()), "{found:?}");
    }

    /// rtnetlink's numbers are members and macros in one pair of braces.
    #[test]
    fn macros_in_braces_are_compared() {
        let old = "enum {\n\tRTM_NEWLINK = 16,\n#define RTM_NEWLINK RTM_NEWLINK\n\t__RTM_MAX = 124,\n#define RTM_MAX (((__RTM_MAX + 3) & ~3) - 1)\n};";
        let found = changes(&[("a.h", old)], &[("a.h", &old.replace("124", "116"))]);
        assert_eq!(found[0], "! RTM_MAX = 115 in a.h, was 123");
    }

    #[test]
    fn macros_with_parameters_and_without_a_value_are_compared() {
        let old = "#define F(x) (x + 4)\n#define HAVE_X\n";
        let found = changes(&[("a.h", old)], &[("a.h", "#define F(x) (x + 8)")]);
        assert_eq!(found[0], "! F = (x) (x + 8) in a.h, was (x) (x + 4)");
        assert_eq!(found[1], "- HAVE_X = (no value) in a.h");
    }
}
