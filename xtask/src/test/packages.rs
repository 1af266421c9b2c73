//! The published crates as a registry would hand them out: packed, unpacked elsewhere, and tried
//! there. What they include from outside their folder is missing then, and so is whatever only the
//! workspace has.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{Metadata, MetadataCommand, Package};

use super::cargo::{capture, cargo, counted};
use super::manifests::is_published;
use super::step::Outcome;
use crate::vm::Stage;
use crate::workspace;

/// The programs in the documentation of the packed crates compile, and run where they can.
pub(super) fn run(stage: &Stage) -> Result<Outcome> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .current_dir(workspace())
        .exec()
        .context("cannot ask cargo")?;
    let packages: Vec<&Package> =
        metadata.workspace_packages().into_iter().filter(|package| is_published(package)).collect();
    let faults: Vec<String> = packages.iter().flat_map(|package| of_readme(package)).collect();
    if !faults.is_empty() {
        return Ok(Outcome::failed("", faults.join("\n")));
    }
    let folder = unpacked(stage, &metadata, &packages)?;
    let mut test = cargo(&["test", "--workspace", "--all-features", "--doc"]);
    // The crates of others are built already, in the workspace's own folder.
    test.current_dir(&folder).arg("--target-dir").arg(&metadata.target_directory);
    counted(stage, &mut test)
}

/// A registry shows a crate's own page, on which a link to a file of the workspace leads nowhere.
fn of_readme(package: &Package) -> Vec<String> {
    let Some(readme) = package.readme() else {
        return vec![format!("{}: it has no README of its own", package.name)];
    };
    let page = fs::read_to_string(&readme).unwrap_or_default();
    let mut faults: Vec<String> = page
        .lines()
        .flat_map(super::tidy::targets)
        .map(|target| format!("{readme}: {target} is not in the package"))
        .collect();
    if !page.contains(&format!("# {}\n", package.name)) {
        faults.push(format!("{readme}: it is not headed {}", package.name));
    }
    faults
}

/// Packs the crates and unpacks them as a workspace of their own.
fn unpacked(stage: &Stage, metadata: &Metadata, packages: &[&Package]) -> Result<PathBuf> {
    let target = metadata.target_directory.join("packages").into_std_path_buf();
    let mut pack = cargo(&["package", "--no-verify", "--allow-dirty", "--quiet", "--target-dir"]);
    pack.arg(&target);
    for package in packages {
        pack.args(["--package", package.name.as_str()]);
    }
    let (status, output) = capture(stage, &mut pack)?;
    ensure!(status.success(), "cargo cannot package the crates:\n{output}");
    let folder = target.join("unpacked");
    if folder.exists() {
        fs::remove_dir_all(&folder)
            .with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for package in packages {
        let file = format!("{}-{}.crate", package.name, package.version);
        unpack(stage, &target.join("package").join(file), &folder)?;
    }
    write(&folder.join("Cargo.toml"), &manifest(packages))?;
    // The same versions of others' crates as the workspace has.
    let lock = workspace().join("Cargo.lock");
    fs::copy(&lock, folder.join("Cargo.lock"))
        .with_context(|| format!("cannot copy {}", lock.display()))?;
    Ok(folder)
}

/// A workspace of the unpacked crates, which takes them for those of the registry.
fn manifest(packages: &[&Package]) -> String {
    let mut members = String::new();
    let mut patches = String::new();
    for package in packages {
        let folder = format!("{}-{}", package.name, package.version);
        // Writing to a string cannot fail.
        let _ = writeln!(members, "    {folder:?},");
        let _ = writeln!(patches, "{} = {{ path = {folder:?} }}", package.name);
    }
    format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\n{members}]\n\n[patch.crates-io]\n{patches}"
    )
}

fn unpack(stage: &Stage, file: &Path, folder: &Path) -> Result<()> {
    let mut tar = Command::new("tar");
    let (status, output) = capture(stage, tar.arg("-xzmf").arg(file).arg("-C").arg(folder))?;
    ensure!(status.success(), "cannot unpack {}: {output}", file.display());
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
