//! Which kernel modules a guest carries, and how they are taken out of a package.
//!
//! A guest holds the modules named here and everything they depend on, uncompressed, with the
//! indexes that `depmod` makes: the guest's `modprobe`, and so the kernel's own autoloading, works
//! as on an installed system. Nothing is loaded up front; a test sees what a fresh system does.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use object::{Object, ObjectSection};

use super::package::Contents;

use crate::command;

/// Modules that every supported kernel has; a package without one of them is not understood.
const REQUIRED: &[&str] = &[
    "udp_tunnel ip6_udp_tunnel l2tp_core l2tp_netlink l2tp_eth l2tp_ip l2tp_ip6 l2tp_debugfs",
    "slhc ppp_generic pppox pppoe l2tp_ppp",
    "veth bridge stp llc dummy nlmon tun",
];

/// Modules that tests may use and that some kernels have built in, merged or dropped.
const OPTIONAL: &[&str] = &[
    // The guest's channels to the host.
    "virtio_pci virtio_console",
    // PPP over terminals, and what pppd asks for.
    "ppp_async ppp_synctty ppp_deflate bsd_comp crc_ccitt",
    // Network conditions and topologies.
    "sch_netem sch_tbf sch_ingress act_mirred cls_matchall ifb macvlan vrf 8021q ipip ip6_tunnel",
    // Packet filters.
    "nf_tables nft_counter nft_compat",
    // Tunnels under IPsec: the framework, then the ciphers it loads by name.
    "xfrm_user af_key esp4 esp6",
    "authenc echainiv seqiv cbc ctr gcm hmac aes_generic ghash_generic crypto_null cryptd",
    "sha1_generic sha256_generic sha512_generic drbg jitterentropy_rng",
    // What `ss` reads.
    "inet_diag udp_diag tcp_diag raw_diag unix_diag netlink_diag af_packet_diag",
];

/// Every name asked for.
pub(super) fn wanted() -> impl Iterator<Item = &'static str> {
    names(REQUIRED).chain(names(OPTIONAL))
}

fn names(list: &[&'static str]) -> impl Iterator<Item = &'static str> {
    list.iter().flat_map(|names| names.split_whitespace())
}

/// Writes the modules, their dependencies and their indexes to `root/lib/modules/RELEASE`.
pub(super) fn install(contents: &mut Contents, release: &str, root: &Path) -> Result<()> {
    let available = available(contents.paths());
    for name in names(REQUIRED) {
        ensure!(available.contains_key(name), "the packages of {release} have no module {name}");
    }
    let folder = root.join("lib/modules").join(release);
    for (name, (path, bytes)) in closure(&available, |path| contents.read(path))? {
        let inside = path
            .components()
            .skip_while(|part| part.as_os_str() != "kernel")
            .collect::<PathBuf>()
            .with_file_name(format!("{name}.ko"));
        let target = folder.join(inside);
        fs::create_dir_all(target.parent().unwrap_or(&folder))?;
        fs::write(target, bytes)?;
    }
    let builtin = contents.paths().filter(|path| is_builtin_list(path)).map(Path::to_path_buf);
    for path in builtin.collect::<Vec<_>>() {
        if let Some(name) = path.file_name() {
            fs::write(folder.join(name), contents.read(&path)?)?;
        }
    }
    index(release, root)
}

/// Runs depmod over installed modules.
fn index(release: &str, root: &Path) -> Result<()> {
    let mut depmod = Command::new("depmod");
    depmod.env("PATH", "/usr/sbin:/sbin:/usr/bin:/bin").arg("-b").arg(root).arg(release);
    command::output(&mut depmod)
        .context("cannot index modules (depmod is in Debian package kmod)")?;
    Ok(())
}

fn is_builtin_list(path: &Path) -> bool {
    path.file_name().is_some_and(|name| {
        ["modules.builtin", "modules.builtin.modinfo", "modules.order"].iter().any(|n| name == *n)
    })
}

/// The modules among a package's files, by canonical name.
fn available<'a>(paths: impl Iterator<Item = &'a Path>) -> BTreeMap<String, PathBuf> {
    paths.filter_map(|path| Some((module_name(path)?, path.to_path_buf()))).collect()
}

/// `net/ip6-tunnel.ko.xz` holds the module `ip6_tunnel`.
fn module_name(path: &Path) -> Option<String> {
    let file = path.file_name()?.to_str()?;
    let stem = [".ko", ".ko.xz", ".ko.zst", ".ko.gz"].iter().find_map(|e| file.strip_suffix(e))?;
    Some(stem.replace('-', "_"))
}

/// The wanted modules and all that they depend on, by name: where each is, and its bytes. A name
/// that is not available is built into the kernel or unknown to it, and is left out.
fn closure(
    available: &BTreeMap<String, PathBuf>,
    mut read: impl FnMut(&Path) -> Result<Vec<u8>>,
) -> Result<BTreeMap<String, (PathBuf, Vec<u8>)>> {
    let mut found = BTreeMap::new();
    let mut open: Vec<String> = wanted().map(str::to_owned).collect();
    let mut algorithms = None;
    while let Some(name) = open.pop() {
        let Some(path) = available.get(&name) else {
            // A soft dependency may name an algorithm, which is an alias of the modules that have it.
            if algorithms.is_none() {
                algorithms = Some(Algorithms::of(available, &mut read)?);
            }
            open.extend(algorithms.iter_mut().flat_map(|all| all.take(&name)));
            continue;
        };
        if found.contains_key(&name) {
            continue;
        }
        let bytes = unpacked(path, &mut read)?;
        open.extend(modinfo(path, &bytes)?.dependencies);
        found.insert(name, (path.clone(), bytes));
    }
    Ok(found)
}

/// Which modules have which algorithm of the kernel's crypto.
struct Algorithms(BTreeMap<String, Vec<String>>);

impl Algorithms {
    /// Reads the aliases of the modules in the crypto folders. There are thousands of others, and
    /// none of them has an algorithm.
    fn of(
        available: &BTreeMap<String, PathBuf>,
        read: &mut impl FnMut(&Path) -> Result<Vec<u8>>,
    ) -> Result<Self> {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let is_crypto = |path: &Path| path.components().any(|part| part.as_os_str() == "crypto");
        for (name, path) in available.iter().filter(|(_, path)| is_crypto(path)) {
            for alias in modinfo(path, &unpacked(path, read)?)?.aliases {
                all.entry(alias).or_default().push(name.clone());
            }
        }
        Ok(Self(all))
    }

    /// The modules that have this one; nothing when asked again.
    fn take(&mut self, name: &str) -> Vec<String> {
        self.0.remove(name).unwrap_or_default()
    }
}

fn unpacked(path: &Path, read: &mut impl FnMut(&Path) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let bytes = read(path)?;
    decompress(path, bytes).with_context(|| format!("cannot unpack the module {}", path.display()))
}

fn decompress(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("xz") => {
            lzma_rust2::XzReader::new(Cursor::new(bytes), true).read_to_end(&mut plain)?;
        }
        Some("zst") => {
            ruzstd::decoding::StreamingDecoder::new(Cursor::new(bytes))?.read_to_end(&mut plain)?;
        }
        Some("ko") => plain = bytes,
        other => bail!("modules compressed as {other:?} are not supported"),
    }
    Ok(plain)
}

/// What a module says of others.
#[derive(Debug, Default, PartialEq, Eq)]
struct Modinfo {
    /// The names in its `depends=` tag, and the optional companions of its `softdep=` tags.
    dependencies: Vec<String>,
    aliases: Vec<String>,
}

fn modinfo(path: &Path, module: &[u8]) -> Result<Modinfo> {
    let tags = |module| {
        let object = object::File::parse(module).context("not an ELF object")?;
        let section = object.section_by_name(".modinfo").context("no .modinfo section")?;
        Ok(Modinfo::parse(section.data()?))
    };
    let read: Result<_> = tags(module);
    read.with_context(|| format!("cannot read the module {}", path.display()))
}

impl Modinfo {
    fn parse(tags: &[u8]) -> Self {
        let mut all = Self::default();
        for tag in tags.split(|byte| *byte == 0).filter_map(|tag| str::from_utf8(tag).ok()) {
            match tag.split_once('=') {
                Some(("depends", list)) => all
                    .dependencies
                    .extend(list.split(',').filter(|name| !name.is_empty()).map(canonical)),
                Some(("softdep", list)) => all
                    .dependencies
                    .extend(list.split_whitespace().filter(|w| !w.ends_with(':')).map(canonical)),
                Some(("alias", name)) => all.aliases.push(canonical(name)),
                _ => {}
            }
        }
        all
    }
}

fn canonical(name: &str) -> String {
    name.replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_canonical_whatever_the_compression() {
        for (path, name) in [
            ("lib/modules/1/kernel/net/l2tp/l2tp_core.ko", Some("l2tp_core")),
            ("usr/lib/modules/1/kernel/net/x-y.ko.xz", Some("x_y")),
            ("a/b.ko.zst", Some("b")),
            ("lib/modules/1/modules.order", None),
        ] {
            assert_eq!(module_name(Path::new(path)).as_deref(), name, "{path}");
        }
    }

    #[test]
    fn dependencies_are_read_from_modinfo() {
        let tags = b"license=GPL\0depends=udp_tunnel,ip6-udp-tunnel\0softdep=pre: crc32c\0\
            alias=crypto-crc32c\0name=x\0";
        let read = Modinfo::parse(tags);
        assert_eq!(read.dependencies, ["udp_tunnel", "ip6_udp_tunnel", "crc32c"]);
        assert_eq!(read.aliases, ["crypto_crc32c"]);
        assert_eq!(Modinfo::parse(b"depends=\0"), Modinfo::default());
    }

    #[test]
    fn a_file_that_is_no_module_is_an_error() {
        assert!(modinfo(Path::new("x.ko"), b"not an object").is_err());
        assert!(decompress(Path::new("x.ko.xz"), b"not xz".to_vec()).is_err());
    }

    #[test]
    fn modules_bring_what_they_depend_on() {
        let available = ["l2tp_eth", "l2tp_core", "helper", "unrelated", "crypto/crc32c_generic"]
            .map(|path| PathBuf::from(format!("{path}.ko")))
            .map(|path| (module_name(&path).unwrap(), path));
        let read = |path: &Path| {
            Ok(elf_with_modinfo(match path.to_str() {
                // One of these is built in, the other has a soft dependency on an algorithm.
                Some("l2tp_core.ko") => b"depends=helper,built_in\0",
                Some("helper.ko") => b"softdep=pre: crc32c\0",
                Some("crypto/crc32c_generic.ko") => b"alias=crc32c\0",
                _ => b"depends=l2tp_core\0",
            }))
        };
        let found = closure(&available.into(), read).unwrap();
        let names: Vec<_> = found.keys().collect();
        assert_eq!(names, ["crc32c_generic", "helper", "l2tp_core", "l2tp_eth"]);
    }

    /// The smallest ELF64 object with a `.modinfo` section.
    fn elf_with_modinfo(modinfo: &[u8]) -> Vec<u8> {
        const NAMES: &[u8] = b"\0.modinfo\0.shstrtab\0";
        let data = 64;
        let names = data + modinfo.len();
        let sections = (names + NAMES.len()).next_multiple_of(8);
        let mut elf = b"\x7fELF\x02\x01\x01".to_vec();
        elf.resize(16, 0);
        elf.extend([1u16, 62].iter().flat_map(|n| n.to_le_bytes()));
        elf.extend(1u32.to_le_bytes());
        elf.extend([0u64, 0, sections as u64].iter().flat_map(|n| n.to_le_bytes()));
        elf.extend(0u32.to_le_bytes());
        elf.extend([64u16, 0, 0, 64, 3, 2].iter().flat_map(|n| n.to_le_bytes()));
        elf.extend(modinfo);
        elf.extend(NAMES);
        elf.resize(sections, 0);
        for (name, kind, offset, size) in
            [(0u32, 0u32, 0, 0), (1, 1, data, modinfo.len()), (10, 3, names, NAMES.len())]
        {
            elf.extend([name, kind].iter().flat_map(|n| n.to_le_bytes()));
            elf.extend(
                [0, 0, offset as u64, size as u64].iter().flat_map(|n: &u64| n.to_le_bytes()),
            );
            elf.extend([0u32, 0].iter().flat_map(|n| n.to_le_bytes()));
            elf.extend([1u64, 0].iter().flat_map(|n| n.to_le_bytes()));
        }
        elf
    }
}
