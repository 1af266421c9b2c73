//! The blocking and the async API: each blocking function that waits has an async counterpart, and
//! each type of `l2tp::tokio` has the methods of its blocking counterpart. Both are read from the
//! sources, so a method or a type that is missing on one side makes a test fail.

#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{FnArg, ImplItem, Item, ItemImpl, Signature, Type, Visibility};

/// Methods of one side that are another thing on the other, and why.
const DIFFERENT: [(&str, &str); 7] = [
    ("Conn::create_managed_tunnel", "the future holds the socket and must be Send: Sync is asked"),
    ("Conn::create_session_with_interface", "the blocking method is Links::create_session"),
    ("Conn::retry_while", "what is attempted is async as well"),
    ("Dump::next", "there is no async iterator yet: it is a method of its own"),
    ("Events::next", "likewise, and next_event does it"),
    ("Follower::next", "likewise, and next_change does it"),
    (
        "Links::create_session",
        "one type serves both APIs: the async method is Conn::create_session_with_interface",
    ),
];

/// A function that users call.
struct Function {
    signature: String,
    waits: bool,
}

/// The public functions below a folder by name, `Type::method` or `function`, and the types that
/// are declared there.
#[derive(Default)]
struct Api {
    functions: BTreeMap<String, Function>,
    types: BTreeSet<String>,
}

impl Api {
    fn of(files: &[PathBuf]) -> Self {
        let mut api = Self::default();
        for file in files {
            let text = fs::read_to_string(file).expect("a readable source");
            let source = syn::parse_file(&text).expect("a source that compiles");
            let waiting = waiting(&source.items);
            for item in &source.items {
                api.add(item, &waiting);
            }
        }
        api
    }

    fn add(&mut self, item: &Item, waiting: &BTreeSet<String>) {
        match item {
            Item::Struct(item) if is_public(&item.vis) => {
                self.types.insert(item.ident.to_string());
            }
            Item::Fn(item) if is_public(&item.vis) => {
                let waits = waiting.contains(&item.sig.ident.to_string());
                self.insert(item.sig.ident.to_string(), signature(&item.sig), waits);
            }
            Item::Impl(block) => {
                let of = name_of(block);
                for item in &block.items {
                    let ImplItem::Fn(method) = item else { continue };
                    if is_public(&method.vis) || is_iterator(block) {
                        let name = format!("{of}::{}", method.sig.ident);
                        let waits = waiting.contains(&name);
                        self.insert(name, signature(&method.sig), waits);
                    }
                }
            }
            _ => {}
        }
    }

    fn insert(&mut self, name: String, signature: String, waits: bool) {
        // Types of one name in several modules, errors for instance, count as one.
        let function = self.functions.entry(name).or_insert(Function { signature, waits });
        function.waits |= waits;
    }

    /// The names of the methods of some types.
    fn methods_of(&self, types: &BTreeSet<String>) -> BTreeSet<&str> {
        let is_one = |name: &&str| name.split("::").next().is_some_and(|of| types.contains(of));
        self.functions.keys().map(String::as_str).filter(is_one).collect()
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_iterator(block: &ItemImpl) -> bool {
    block.trait_.as_ref().is_some_and(|(path, _)| path.is_ident("Iterator"))
}

fn name_of(block: &ItemImpl) -> String {
    match &*block.self_ty {
        Type::Path(path) => path.path.segments.last().expect("a name").ident.to_string(),
        other => other.to_token_stream().to_string(),
    }
}

/// The types that go in and out, without the names of arguments and without `async`.
fn signature(signature: &Signature) -> String {
    let inputs: Vec<_> = signature
        .inputs
        .iter()
        .map(|input| match input {
            FnArg::Receiver(receiver) => receiver.to_token_stream().to_string(),
            FnArg::Typed(argument) => argument.ty.to_token_stream().to_string(),
        })
        .collect();
    let (generics, output) = (&signature.generics, &signature.output);
    format!("{} {inputs:?} {}", generics.to_token_stream(), output.to_token_stream())
}

/// The functions of a file that wait: they run a future at once or sleep, or call another of the
/// file that does.
fn waiting(items: &[Item]) -> BTreeSet<String> {
    let mut bodies = Vec::new();
    for item in items {
        match item {
            Item::Fn(item) => bodies.push((item.sig.ident.to_string(), words(&item.block))),
            Item::Impl(block) => bodies.extend(block.items.iter().filter_map(|item| match item {
                ImplItem::Fn(method) => {
                    let name = format!("{}::{}", name_of(block), method.sig.ident);
                    Some((name, words(&method.block)))
                }
                _ => None,
            })),
            _ => {}
        }
    }
    let mut waiting: BTreeSet<String> = ["ready", "sleep"].map(str::to_owned).into();
    loop {
        let before = waiting.len();
        for (name, words) in &bodies {
            if !words.is_disjoint(&waiting) {
                // A body calls a method by its name alone.
                waiting.extend(name.split("::").last().map(str::to_owned));
            }
        }
        if waiting.len() == before {
            let waits = |words: &BTreeSet<_>| !words.is_disjoint(&waiting);
            return bodies
                .into_iter()
                .filter(|(_, words)| waits(words))
                .map(|(it, _)| it)
                .collect();
        }
    }
}

/// The identifiers of a piece of source.
fn words(source: &impl ToTokens) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut rest = vec![source.to_token_stream()];
    while let Some(tokens) = rest.pop() {
        for token in tokens {
            match token {
                TokenTree::Ident(word) => {
                    words.insert(word.to_string());
                }
                TokenTree::Group(group) => rest.push(group.stream()),
                _ => {}
            }
        }
    }
    words
}

/// The sources of a file or folder of the library, without some files and folders in it.
fn sources(path: &str, without: &[&str]) -> Vec<PathBuf> {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../l2tp/src");
    let without: Vec<_> = without.iter().map(|path| library.join(path)).collect();
    let mut files = Vec::new();
    let mut paths = vec![library.join(path)];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(path).expect("a folder");
            paths.extend(entries.map(|entry| entry.expect("an entry").path()));
            paths.retain(|path| !without.contains(path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The blocking and the async API of L2TP.
fn of_l2tp() -> (Api, Api) {
    // The engine serves both APIs.
    let blocking = sources("", &["tokio", "conn/engine", "netlink"]);
    (Api::of(&blocking), Api::of(&sources("tokio", &["tokio/netlink.rs"])))
}

/// The blocking and the async API of other netlink families.
fn of_netlink() -> (Api, Api) {
    (Api::of(&sources("netlink/client.rs", &[])), Api::of(&sources("tokio/netlink.rs", &[])))
}

fn is_different(name: &str) -> bool {
    DIFFERENT.iter().any(|(different, _)| *different == name)
}

#[test]
fn types_have_the_same_methods() {
    let l2tp: &[_] = &["Conn", "Dump", "Events", "Follower"];
    let netlink: &[_] = &["Client", "Dump", "Notifications"];
    for ((blocking, asynchronous), expected, methods) in
        [(of_l2tp(), l2tp, 35), (of_netlink(), netlink, 12)]
    {
        let types = &(&asynchronous.types & &blocking.types);
        for expected in expected {
            assert!(types.contains(*expected), "{types:?}");
        }
        let (here, there) = (blocking.methods_of(types), asynchronous.methods_of(types));
        let missing: Vec<_> =
            here.symmetric_difference(&there).filter(|name| !is_different(name)).collect();
        assert!(missing.is_empty(), "only on one side: {missing:?}");
        assert!(here.len() > methods, "{here:?}");
    }
}

#[test]
fn signatures_are_the_same() {
    let (blocking, asynchronous) = of_l2tp();
    let mut compared = 0;
    for (name, function) in &asynchronous.functions {
        let Some(twin) = blocking.functions.get(name) else { continue };
        let same = function.signature == twin.signature;
        assert_eq!(same, !is_different(name), "{name}: {} {}", function.signature, twin.signature);
        compared += 1;
    }
    assert!(compared > 35, "only {compared} are on both sides");
}

#[test]
fn whatever_waits_has_a_twin() {
    let (blocking, asynchronous) = of_l2tp();
    let waiting: Vec<_> = blocking
        .functions
        .iter()
        .filter(|(_, function)| function.waits)
        .map(|(it, _)| it)
        .collect();
    for name in &waiting {
        let twin = asynchronous.functions.get(*name);
        assert!(twin.is_some() || is_different(name), "{name} has no async twin");
    }
    for expected in ["Conn::noop", "Events::next_event", "Links::create_session", "wait_for_path"] {
        assert!(waiting.iter().any(|name| *name == expected), "{waiting:?}");
    }
    assert!(asynchronous.functions.contains_key("Conn::create_session_with_interface"));
}
