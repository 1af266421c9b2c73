//! The packages in which distributions have the modules that their smaller kernels lack.

use super::KernelModule;
use super::files::HostFiles;

/// The command that installs a module for the running kernel, if it is known.
pub(super) fn install_command(
    files: &HostFiles,
    release: &str,
    module: KernelModule,
) -> Option<String> {
    let os_release = files.read("/etc/os-release").or_else(|| files.read("/usr/lib/os-release"))?;
    let ids: Vec<String> = ["ID", "ID_LIKE"]
        .iter()
        .filter_map(|key| field(&os_release, key))
        .flat_map(|value| value.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    // The distribution's own id is tried before the ids of similar distributions.
    ids.iter().find_map(|id| {
        Some(match id.as_str() {
            "ubuntu" => format!("apt install linux-modules-extra-{release}"),
            // The cloud kernel lacks PPP. The full kernel is a separate one, used after a reboot.
            "debian" if release.contains("cloud") => {
                format!("apt install linux-image-{}", architecture(release))
            }
            "fedora" | "rhel" | "centos" => format!("dnf install kernel-modules-extra-{release}"),
            // Newer releases have another package manager.
            "openwrt" if files.exists("/usr/bin/apk") => format!("apk add {}", openwrt(module)),
            "openwrt" => format!("opkg install {}", openwrt(module)),
            _ => return None,
        })
    })
}

fn field<'a>(os_release: &'a str, key: &str) -> Option<&'a str> {
    let value = os_release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    Some(value.trim().trim_matches(['"', '\'']))
}

/// The last part of a release such as `6.12.1+deb13-cloud-amd64`.
fn architecture(release: &str) -> &str {
    release.rsplit('-').next().unwrap_or(release)
}

fn openwrt(module: KernelModule) -> &'static str {
    match module {
        KernelModule::Core | KernelModule::Netlink => "kmod-l2tp",
        KernelModule::Eth => "kmod-l2tp-eth",
        KernelModule::Ppp => "kmod-pppol2tp",
        KernelModule::Ip | KernelModule::Ip6 => "kmod-l2tp-ip",
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::fixture::Tree;
    use super::*;

    fn command(os_release: &str, release: &str) -> Option<String> {
        let tree = Tree::new(&[("etc/os-release", os_release)]);
        install_command(&tree.files(), release, KernelModule::Ppp)
    }

    #[test]
    fn distributions_are_found_by_id_and_by_similar_ids() {
        for (os_release, release, expected) in [
            (
                "ID=ubuntu\nID_LIKE=debian\n",
                "6.8.0-40-generic",
                "linux-modules-extra-6.8.0-40-generic",
            ),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", "5.14", "kernel-modules-extra-5.14"),
            ("NAME=x\nID=debian\n", "6.12.1+deb13-cloud-amd64", "apt install linux-image-amd64"),
            ("ID=openwrt", "6.6", "opkg install kmod-pppol2tp"),
        ] {
            let command = command(os_release, release).unwrap();
            assert!(command.ends_with(expected), "{command}");
        }
        let tree = Tree::new(&[("etc/os-release", "ID=openwrt"), ("usr/bin/apk", "")]);
        let command = install_command(&tree.files(), "6.12", KernelModule::Eth);
        assert_eq!(command.as_deref(), Some("apk add kmod-l2tp-eth"));
        // Debian's full kernel has all modules, so this one was built by hand; no package has its modules.
        assert_eq!(self::command("ID=debian", "6.12.1-custom"), None);
        assert_eq!(self::command("=\n\nID\nID=", "6.1"), None);
    }
}
