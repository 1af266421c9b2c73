//! The library's modules, and the file in which each path that they use ends.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, Item, UseTree};

/// Where the library's sources stand.
pub(super) const LIBRARY: &str = "l2tp/src/";
/// The file that stands for the crate.
pub(super) const ROOT: &str = "lib.rs";
/// A re-export of a re-export, and so on, ends after so many steps or is a circle.
const STEPS: usize = 16;

/// The modules by their path, `conn::engine`; the crate's is empty.
#[derive(Debug, Default)]
pub(super) struct Tree {
    modules: BTreeMap<String, Module>,
    /// Modules that exist in tests only.
    for_tests: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct Module {
    file: String,
    /// What `use` brings here, by name: paths from the crate.
    imports: BTreeMap<String, Vec<String>>,
    /// Modules of which all names are brought here.
    globs: Vec<Vec<String>>,
    /// Paths from the crate that are used here, with their lines.
    uses: Vec<(usize, Vec<String>)>,
}

/// A path that a file uses.
#[derive(Debug)]
pub(super) struct Use<'t> {
    pub(super) line: usize,
    pub(super) path: String,
    /// The file that defines what the path names.
    pub(super) file: &'t str,
}

impl Tree {
    /// Takes note of a source by its path within the library. One that does not parse has no
    /// uses: the compiler says why.
    pub(super) fn read(&mut self, file: &str, source: &str) {
        let Ok(parsed) = syn::parse_file(source) else { return };
        let path = module_path(file);
        let mut module = Module { file: file.to_owned(), ..Module::default() };
        self.items(&parsed.items, &path, &mut module);
        self.modules.insert(path.join("::"), module);
    }

    /// The files outside of tests.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.modules
            .iter()
            .filter(|(path, _)| !self.is_for_tests(path))
            .map(|(_, module)| module.file.as_str())
    }

    /// What a file uses, outside of tests.
    pub(super) fn uses(&self, file: &str) -> impl Iterator<Item = Use<'_>> {
        let module = self.modules.get(&module_path(file).join("::"));
        module.into_iter().flat_map(|module| &module.uses).filter_map(|(line, path)| {
            let file = self.file_of(path, STEPS)?;
            Some(Use { line: *line, path: path.join("::"), file })
        })
    }

    fn items(&mut self, items: &[Item], path: &[String], module: &mut Module) {
        for item in items {
            match item {
                Item::Mod(inner) if is_test(&inner.attrs) => {
                    let path = child(path, &inner.ident.to_string());
                    self.for_tests.insert(path.join("::"));
                }
                Item::Mod(inner) => {
                    let path = child(path, &inner.ident.to_string());
                    if let Some((_, items)) = &inner.content {
                        self.items(items, &path, module);
                    }
                }
                Item::Use(item) if !is_test(&item.attrs) => {
                    let start = if item.leading_colon.is_some() { None } else { Some(path) };
                    module.import(&item.tree, start, &[], item.span().start().line);
                }
                Item::Fn(item) if is_test(&item.attrs) => {}
                item => module.scan(item.to_token_stream(), path),
            }
        }
    }

    fn is_for_tests(&self, path: &str) -> bool {
        let prefixes = path.match_indices("::").map(|(at, _)| &path[..at]);
        prefixes.chain([path]).any(|prefix| self.for_tests.contains(prefix))
    }

    /// The file that defines what a path from the crate names.
    fn file_of(&self, path: &[String], steps: usize) -> Option<&str> {
        let mut at = String::new();
        for (position, name) in path.iter().enumerate() {
            let inner = if at.is_empty() { name.clone() } else { format!("{at}::{name}") };
            if self.modules.contains_key(&inner) {
                at = inner;
                continue;
            }
            let module = self.modules.get(&at)?;
            let rest = &path[position + 1..];
            let imported = module.imports.get(name).filter(|target| target.as_slice() != path);
            if let (Some(target), Some(steps)) = (imported, steps.checked_sub(1)) {
                return self.file_of(&[target, rest].concat(), steps);
            }
            break;
        }
        self.modules.get(&at).map(|module| module.file.as_str())
    }
}

impl Module {
    /// Takes note of a `use`: of what it brings here, and of what that makes the file use.
    /// `start` is the module that stands in unless the path is from another crate.
    fn import(&mut self, tree: &UseTree, start: Option<&[String]>, before: &[String], line: usize) {
        let named = |name: &dyn ToString| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => {
                self.import(&path.tree, start, &named(&path.ident), path.ident.span().start().line);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.import(tree, start, before, line);
                }
            }
            UseTree::Glob(_) => {
                if let Some(path) = absolute(before, start) {
                    self.globs.push(path.clone());
                    self.uses.push((line, path));
                }
            }
            UseTree::Name(name) if name.ident == "self" => {
                self.name(before, start, before.last().cloned(), line);
            }
            UseTree::Name(name) => {
                let line = name.ident.span().start().line;
                self.name(&named(&name.ident), start, Some(name.ident.to_string()), line);
            }
            UseTree::Rename(renamed) => {
                let line = renamed.ident.span().start().line;
                self.name(&named(&renamed.ident), start, Some(renamed.rename.to_string()), line);
            }
        }
    }

    fn name(
        &mut self,
        path: &[String],
        start: Option<&[String]>,
        name: Option<String>,
        line: usize,
    ) {
        let (Some(path), Some(name)) = (absolute(path, start), name) else { return };
        self.uses.push((line, path.clone()));
        self.imports.insert(name, path);
    }

    /// Takes note of the paths from the crate, or relative to it, among tokens. `here` is the
    /// module that they stand in.
    fn scan(&mut self, tokens: TokenStream, here: &[String]) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let first = match token {
                TokenTree::Group(group) => {
                    self.scan(group.stream(), here);
                    continue;
                }
                TokenTree::Ident(ident) => ident,
                _ => continue,
            };
            let line = first.span().start().line;
            let mut path = vec![first.to_string()];
            let mut inner: Option<Group> = None;
            while is_colon(tokens.peek()) {
                tokens.next();
                if !is_colon(tokens.peek()) {
                    break;
                }
                tokens.next();
                match tokens.peek() {
                    Some(TokenTree::Ident(ident)) => path.push(ident.to_string()),
                    Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                        inner = Some(group.clone());
                    }
                    _ => break,
                }
                tokens.next();
            }
            let is_path = path.len() > 1 || inner.is_some();
            if !is_path || !matches!(path[0].as_str(), "crate" | "super" | "self" | "l2tp") {
                if let Some(group) = inner {
                    self.scan(group.stream(), here);
                }
                continue;
            }
            for path in branches(&path, inner) {
                if let Some(path) = absolute(&path, Some(here)) {
                    self.uses.push((line, path));
                }
            }
        }
    }
}

/// The paths of `a::{b, c::d}`: each branch to its end.
fn branches(path: &[String], group: Option<Group>) -> Vec<Vec<String>> {
    let Some(group) = group else { return vec![path.to_vec()] };
    match syn::parse2::<UseTree>(TokenTree::Group(group).into()) {
        Ok(tree) => {
            let mut found = Vec::new();
            collect(&tree, path.to_vec(), &mut found);
            found
        }
        Err(_) => vec![path.to_vec()],
    }
}

fn collect(tree: &UseTree, mut path: Vec<String>, found: &mut Vec<Vec<String>>) {
    match tree {
        UseTree::Path(inner) => {
            path.push(inner.ident.to_string());
            collect(&inner.tree, path, found);
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                collect(tree, path.clone(), found);
            }
        }
        UseTree::Name(name) if name.ident != "self" => {
            path.push(name.ident.to_string());
            found.push(path);
        }
        UseTree::Rename(renamed) => {
            path.push(renamed.ident.to_string());
            found.push(path);
        }
        UseTree::Name(_) | UseTree::Glob(_) => found.push(path),
    }
}

/// A path from the crate, if it leads into it: `here` is the module that it is written in.
fn absolute(path: &[String], here: Option<&[String]>) -> Option<Vec<String>> {
    let here = here.unwrap_or_default();
    match path.first()?.as_str() {
        "crate" | "l2tp" => Some(path[1..].to_vec()),
        "self" => Some([here, &path[1..]].concat()),
        "super" => {
            let ups = path.iter().take_while(|name| *name == "super").count();
            let up = here.get(..here.len().checked_sub(ups)?)?;
            Some([up, &path[ups..]].concat())
        }
        // A child of this module, or another crate: the first is in the tree, the other is not.
        _ => Some([here, path].concat()),
    }
}

/// The path of the module that a file holds.
fn module_path(file: &str) -> Vec<String> {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if file == ROOT { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

fn child(path: &[String], name: &str) -> Vec<String> {
    [path, &[name.to_owned()]].concat()
}

fn is_colon(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == ':')
}

fn is_test(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| {
        attr.path().is_ident("test")
            || attr.path().is_ident("cfg")
                && attr.meta.to_token_stream().to_string().contains("test")
    })
}
