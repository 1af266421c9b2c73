//! The published crates' promise to build with an old compiler, as far as manifests can keep it.
//!
//! What the compiler itself would say takes that compiler. Without it, two things come close: no
//! crate that the published ones depend on asks for a newer one, which is checked here, and no
//! standard function that is younger is called, which is clippy's lint `incompatible_msrv`.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use cargo_metadata::semver::Version;
use cargo_metadata::{DependencyKind, Edition, Metadata, MetadataCommand, Package, PackageId};

use super::step::Outcome;
use crate::workspace;

/// The oldest compiler that the published crates build with.
const RUST: Version = Version::new(1, 85, 0);

pub(super) fn run() -> Result<Outcome> {
    let metadata = MetadataCommand::new()
        .current_dir(workspace())
        .other_options(["--all-features".to_owned(), "--locked".to_owned()])
        .exec()
        .context("cannot ask cargo")?;
    let published: Vec<&Package> =
        metadata.workspace_packages().into_iter().filter(|package| is_published(package)).collect();
    let mut faults: Vec<String> =
        published.iter().flat_map(|package| of_manifest(package)).collect();
    let needed = needed(&metadata, &published)?;
    faults.extend(needed.iter().filter_map(|id| of_dependency(&metadata[id])));
    let note = format!(
        "{} published crates and their {} dependencies build with Rust {RUST}",
        published.len(),
        needed.len()
    );
    Ok(if faults.is_empty() {
        Outcome::passed(note)
    } else {
        Outcome::failed("", faults.join("\n"))
    })
}

pub(super) fn is_published(package: &Package) -> bool {
    package.publish.as_ref().is_none_or(|registries| !registries.is_empty())
}

/// What is wrong with the manifest of a crate of ours.
fn of_manifest(package: &Package) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |text: String| faults.push(format!("{}: {text}", package.name));
    if package.rust_version.as_ref() != Some(&RUST) {
        fault(format!("rust-version is not {RUST}: inherit the workspace's"));
    }
    if package.edition != Edition::E2024 {
        fault(format!("edition is {}, not 2024: inherit the workspace's", package.edition));
    }
    let fields = [
        ("description", package.description.is_some()),
        ("license", package.license.as_deref() == Some("MIT OR Apache-2.0")),
        ("readme", package.readme.is_some()),
        ("keywords", !package.keywords.is_empty()),
        ("categories", !package.categories.is_empty()),
    ];
    for (field, _) in fields.iter().filter(|(_, good)| !good) {
        fault(format!("{field} is missing or not the workspace's"));
    }
    faults
}

/// What is wrong with a crate that ours need.
fn of_dependency(package: &Package) -> Option<String> {
    let asked = package.rust_version.as_ref().filter(|asked| **asked > RUST)?;
    Some(format!("{} {} asks for Rust {asked}; ours promise {RUST}", package.name, package.version))
}

/// Everything of other people's that building the published crates takes.
fn needed<'m>(
    metadata: &'m Metadata,
    published: &[&'m Package],
) -> Result<BTreeSet<&'m PackageId>> {
    let resolve = metadata.resolve.as_ref().context("cargo resolved no dependencies")?;
    let mut seen = BTreeSet::new();
    let mut open: Vec<&PackageId> = published.iter().map(|package| &package.id).collect();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let node = resolve.nodes.iter().find(|node| node.id == *id);
        let dependencies = &node.with_context(|| format!("cargo did not resolve {id}"))?.deps;
        open.extend(dependencies.iter().filter_map(|dependency| {
            let built = |kind: DependencyKind| kind != DependencyKind::Development;
            dependency.dep_kinds.iter().any(|kind| built(kind.kind)).then_some(&dependency.pkg)
        }));
    }
    seen.retain(|id| metadata[*id].source.is_some());
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspaces_own_crates_are_no_dependencies() {
        let metadata = MetadataCommand::new().current_dir(workspace()).exec().unwrap();
        let named = |name: &'static str| {
            metadata.packages.iter().filter(move |package| package.name.as_str() == name)
        };
        let derive: Vec<_> = named("nll2tp-derive").collect();
        let needed = needed(&metadata, &derive).unwrap();
        // The workspace's tests bring older versions of some crates too.
        assert!(named("syn").any(|package| needed.contains(&package.id)));
        assert!(!needed.contains(&derive[0].id));
        assert!(named("anyhow").all(|package| !needed.contains(&package.id)));
    }

    #[test]
    fn an_unpublished_crate_keeps_no_promise() {
        let metadata = MetadataCommand::new().current_dir(workspace()).no_deps().exec().unwrap();
        let xtask = metadata.packages.iter().find(|package| package.name.as_str() == "xtask");
        let xtask = xtask.unwrap();
        assert!(!is_published(xtask));
        assert!(of_manifest(xtask)[0].starts_with("xtask: rust-version"));
    }
}
