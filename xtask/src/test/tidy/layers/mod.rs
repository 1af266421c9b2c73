//! The layers of the library: a module uses only its own layer and those beneath it.
//!
//! The order stands in one table of `docs/architecture.md`, and the diagram beside it is drawn from
//! that table. What is for tests only may use anything.

mod diagram;
mod tree;

use std::fs;

use anyhow::{Context, Result, ensure};

use super::Fault;
use crate::{files, workspace};
use tree::Tree;

/// The page that has the table.
const PAGE: &str = "docs/architecture.md";
/// The line above the table.
const HEADER: &str = "| layer | what it holds |";
/// The diagram.
const DIAGRAM: &str = "l2tp/src/layers.svg";

/// A row of the table: files and folders within `l2tp/src`, and what they hold.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Layer {
    places: Vec<String>,
    holds: String,
}

/// The layers, the lowest first.
#[derive(Debug)]
struct Layers(Vec<Layer>);

/// The sources of the library, and what the table does not allow of them.
#[derive(Default)]
pub(super) struct Check {
    tree: Tree,
    page: String,
}

impl Check {
    /// Takes note of a page or a Rust source of the workspace.
    pub(super) fn read(&mut self, path: &str, source: &str) {
        if let Some(path) = path.strip_prefix(tree::LIBRARY) {
            self.tree.read(path, source);
        }
        if path == PAGE {
            source.clone_into(&mut self.page);
        }
    }

    pub(super) fn faults(&self) -> Vec<Fault> {
        let layers = match Layers::of(&self.page) {
            Ok(layers) => layers,
            Err(error) => return vec![fault(PAGE, 1, error.to_string())],
        };
        let mut faults = layers.faults(&self.tree);
        let drawn = fs::read_to_string(workspace().join(DIAGRAM)).unwrap_or_default();
        if drawn != diagram::draw(&layers.0) {
            let text = format!("differs from the table of {PAGE}: run `cargo xtask diagram`");
            faults.push(fault(DIAGRAM, 1, text));
        }
        faults
    }
}

/// Draws the diagram anew.
pub(crate) fn draw() -> Result<()> {
    let page = fs::read_to_string(workspace().join(PAGE))
        .with_context(|| format!("cannot read {PAGE}"))?;
    let layers = Layers::of(&page)?;
    files::replace_file(&workspace().join(DIAGRAM), diagram::draw(&layers.0))
}

impl Layers {
    /// Reads the table.
    fn of(page: &str) -> Result<Self> {
        let rows = page.lines().skip_while(|line| *line != HEADER).skip(2);
        let layers: Vec<Layer> = rows.map_while(Layer::of).collect();
        ensure!(!layers.is_empty(), "there is no table under `{HEADER}`");
        Ok(Self(layers))
    }

    /// The number of the layer that a file belongs to: that of the longest place that holds it.
    fn number(&self, file: &str) -> Option<usize> {
        let places = self.0.iter().enumerate().flat_map(|(number, layer)| {
            layer.places.iter().map(move |place| (place.len(), number, place))
        });
        places
            .filter(|(_, _, place)| {
                file == place.as_str() || place.ends_with('/') && file.starts_with(place.as_str())
            })
            .max()
            .map(|(_, number, _)| number)
    }

    fn faults(&self, tree: &Tree) -> Vec<Fault> {
        let mut faults = Vec::new();
        for file in tree.files().filter(|file| *file != tree::ROOT) {
            let Some(here) = self.number(file) else {
                let text = format!("belongs to no layer of the table in {PAGE}");
                faults.push(fault(&format!("{}{file}", tree::LIBRARY), 1, text));
                continue;
            };
            for used in tree.uses(file) {
                let Some(there) = self.number(used.file).filter(|there| *there > here) else {
                    continue;
                };
                let text = format!(
                    "uses `{}` of {}, a higher layer: {} must not use {} ({PAGE})",
                    used.path, used.file, self.0[here], self.0[there]
                );
                faults.push(fault(&format!("{}{file}", tree::LIBRARY), used.line, text));
            }
        }
        faults
    }
}

impl Layer {
    fn of(row: &str) -> Option<Self> {
        let mut cells = row.strip_prefix('|')?.strip_suffix('|')?.split('|').map(str::trim);
        let (places, holds) = (cells.next()?, cells.next()?);
        // `path` of [`path`](link).
        let places = places.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some(Self { places, holds: holds.to_owned() })
    }
}

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.places.join(", "))
    }
}

fn fault(path: &str, line: usize, text: String) -> Fault {
    Fault { path: path.to_owned(), line, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
# A page
| layer | what it holds |
|---|---|
| [`low/`](x) | numbers |
| `mid/leaf.rs`, `mid/name.rs` | the leaf |
| `high/` | letters |
| `mid/` | the rest |

| `more/` | another table |
";

    fn faults(files: &[(&str, &str)]) -> Vec<String> {
        let mut tree = Tree::default();
        for (path, source) in files {
            tree.read(path, source);
        }
        let faults = Layers::of(TABLE).unwrap().faults(&tree);
        faults.iter().map(|fault| format!("{}:{}", fault.path, fault.line)).collect()
    }

    #[test]
    fn the_table_is_read_to_its_end() {
        let layers = Layers::of(TABLE).unwrap();
        let places: Vec<_> = layers.0.iter().map(ToString::to_string).collect();
        assert_eq!(places, ["low/", "mid/leaf.rs, mid/name.rs", "high/", "mid/"]);
        assert_eq!(layers.number("mid/leaf.rs"), Some(1));
        assert_eq!(layers.number("mid/mod.rs"), Some(3));
        assert_eq!(layers.number("elsewhere.rs"), None);
        assert!(Layers::of("no table").is_err());
    }

    const ROOT: (&str, &str) =
        ("lib.rs", "mod low; mod mid; mod high;\npub use high::Letter;\npub use mid::Leaf;");

    #[test]
    fn a_use_that_climbs_is_found_however_it_is_written() {
        for source in [
            "use crate::high::Letter;",
            "use crate::{mid::Leaf, high::{self, Letter}};",
            "use crate::Letter;",
            "use l2tp::Letter as Other;",
            "use super::super::high::*;",
            "fn f() { let _ = crate::high::Letter; }",
            "fn f() { use crate::{high::Letter}; }",
            "fn f() { print!(\"{}\", crate::high::LETTER) }",
            "macro_rules! m { () => { $crate::high::Letter } }",
        ] {
            let found = faults(&[
                ROOT,
                ("low/mod.rs", "mod inner;"),
                ("low/inner.rs", source),
                ("mid/mod.rs", "mod leaf;\npub use leaf::Leaf;"),
                ("mid/leaf.rs", "pub struct Leaf;"),
                ("high/mod.rs", "pub struct Letter;"),
            ]);
            let found: std::collections::BTreeSet<_> = found.into_iter().collect();
            assert_eq!(found.len(), 1, "{source}: {found:?}");
            assert!(found.contains("l2tp/src/low/inner.rs:1"), "{source}: {found:?}");
        }
    }

    #[test]
    fn a_leaf_is_known_by_its_file_through_any_name() {
        let leaf =
            [("mid/mod.rs", "mod leaf;\npub use leaf::Leaf;"), ("mid/leaf.rs", "pub struct Leaf;")];
        for (source, expected) in
            [("use crate::mid::Leaf;", 0), ("use crate::Leaf;", 0), ("use crate::mid::Top;", 1)]
        {
            let found = faults(&[ROOT, leaf[0], leaf[1], ("high/mod.rs", source)]);
            assert_eq!(found.len(), expected, "{source}: {found:?}");
        }
    }

    #[test]
    fn tests_may_use_anything() {
        let found = faults(&[
            ROOT,
            (
                "low/mod.rs",
                "#[cfg(test)]\nmod inner;\n#[cfg(test)]\nmod tests { use crate::high::A; }",
            ),
            ("low/inner.rs", "use crate::high::Letter;\nmod more;"),
            ("low/inner/more.rs", "use crate::high::Letter;"),
            ("high/mod.rs", "pub struct Letter;"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_file_without_a_layer_is_found() {
        assert_eq!(faults(&[ROOT, ("odd.rs", "")]), ["l2tp/src/odd.rs:1"]);
    }
}
