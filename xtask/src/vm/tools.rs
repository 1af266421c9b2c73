//! The host's programs, taken into the guest.
//!
//! A dynamic program brings its loader and its shared libraries, each at the path it has on the
//! host. busybox fills in the small tools, under every name that no real program has taken: dash is
//! the guest's shell because busybox's own would run its `ip` in place of iproute2's.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use lddtree::DependencyAnalyzer;

use super::image::Image;
use crate::setup;

/// Programs that every guest has if the host has them.
const PROGRAMS: &[&str] =
    &["dash", "ip", "ss", "bridge", "tc", "ping", "pppd", "setpriv", "strace", "tcpdump"];

/// Adds the system that every guest has.
pub(super) fn system(image: &mut Image) -> Result<()> {
    for name in ["bin", "sbin", "lib", "lib64"] {
        image.folder(format!("/usr/{name}"));
        image.link(format!("/{name}"), format!("usr/{name}"));
    }
    for folder in ["/dev", "/proc", "/sys", "/run", "/tmp", "/root", "/var/run", "/etc/ppp"] {
        image.folder(folder);
    }
    for (path, text) in CONFIGURATION {
        image.bytes(path, *text, 0o644);
    }
    image.device("/dev/console", 5, 1);
    image.device("/dev/null", 1, 3);
    for name in PROGRAMS {
        // A command names what it cannot do without in its needs, which are met by now.
        if let Some(program) = find(OsStr::new(name)).filter(|path| File::open(path).is_ok()) {
            add(image, &Path::new("/usr/bin").join(name), &program)?;
        }
    }
    plugins(image)?;
    kmod(image)?;
    busybox(image)
}

/// Adds a program at a path of the guest, with the loader and the libraries it needs.
pub(super) fn add(image: &mut Image, path: &Path, program: &Path) -> Result<()> {
    image.copy(path, program);
    add_libraries(image, program)
}

/// A program of the host, by path or by name.
pub(super) fn find(name: &OsStr) -> Option<PathBuf> {
    let given = Path::new(name);
    if given.components().count() > 1 || given.has_root() {
        return given.is_file().then(|| given.to_path_buf());
    }
    setup::find_program(given)
}

/// Adds what a dynamic ELF file needs to be loaded.
fn add_libraries(image: &mut Image, program: &Path) -> Result<()> {
    for (path, file) in libraries(program)? {
        image.copy(path, file);
    }
    Ok(())
}

/// What a dynamic ELF file needs to be loaded: the path of each and the file that is there. Anything
/// else needs nothing.
///
/// # Errors
/// When the program cannot be read, or this machine lacks one of its libraries.
pub(crate) fn libraries(program: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let shown = program.display();
    let bytes = fs::read(program).with_context(|| format!("cannot read {shown}"))?;
    if !bytes.starts_with(b"\x7fELF") {
        return Ok(Vec::new());
    }
    let tree = DependencyAnalyzer::new(PathBuf::from("/"))
        .analyze(program)
        .with_context(|| format!("cannot read the libraries of {shown}"))?;
    let loader = tree.interpreter.map(PathBuf::from);
    let mut found: Vec<_> = loader.map(|loader| (loader.clone(), loader)).into_iter().collect();
    for library in tree.libraries.into_values() {
        ensure!(library.found(), "{shown} needs {}, which is not on this machine", library.name);
        let file = library.realpath.unwrap_or_else(|| library.path.clone());
        found.push((library.path, file));
    }
    Ok(found)
}

/// pppd loads its plugins at run time, pppol2tp among them.
fn plugins(image: &mut Image) -> Result<()> {
    let Ok(versions) = fs::read_dir("/usr/lib/pppd") else { return Ok(()) };
    for version in versions {
        for plugin in fs::read_dir(version?.path())? {
            let plugin = plugin?.path();
            if plugin.extension().is_some_and(|extension| extension == "so") {
                add(image, &plugin, &plugin)?;
            }
        }
    }
    Ok(())
}

/// kmod is one program with several names; the kernel itself looks for `/sbin/modprobe`.
fn kmod(image: &mut Image) -> Result<()> {
    let kmod =
        find(OsStr::new("kmod")).context("kmod is not on this machine (Debian package kmod)")?;
    add(image, Path::new("/usr/bin/kmod"), &kmod)?;
    for name in ["modprobe", "insmod", "rmmod", "lsmod", "modinfo", "depmod"] {
        image.link(Path::new("/usr/sbin").join(name), "../bin/kmod");
    }
    Ok(())
}

fn busybox(image: &mut Image) -> Result<()> {
    let busybox = find(OsStr::new("busybox"))
        .context("busybox is not on this machine (Debian package busybox-static)")?;
    let listed = Command::new(&busybox).arg("--list").output().context("cannot run busybox")?;
    add(image, Path::new("/usr/bin/busybox"), &busybox)?;
    let shell = if image.contains("/bin/dash") { "dash" } else { "busybox" };
    image.link("/bin/sh", shell);
    for applet in String::from_utf8_lossy(&listed.stdout).lines() {
        let taken = ["/bin", "/sbin"].iter().any(|f| image.contains(Path::new(f).join(applet)));
        if !taken {
            image.link(Path::new("/usr/bin").join(applet), "busybox");
        }
    }
    Ok(())
}

/// The few files of `/etc` that programs insist on. tcpdump wants a user of its name to turn into.
const CONFIGURATION: &[(&str, &str)] = &[
    ("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\ntcpdump:x:100:100::/tmp:/bin/false\n"),
    ("/etc/group", "root:x:0:\ntcpdump:x:100:\n"),
    ("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"),
    ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
    ("/etc/ppp/options", ""),
    ("/etc/ppp/chap-secrets", ""),
    ("/etc/ppp/pap-secrets", ""),
];
