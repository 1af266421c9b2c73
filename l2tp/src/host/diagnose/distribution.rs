//! Where a distribution keeps the modules that its smaller kernels lack.

use super::Module;
use super::host::Host;

/// The command that installs a module for the running kernel, where that is known.
pub(super) fn install_command(host: &Host, release: &str, module: Module) -> Option<String> {
    let os_release = host.read("/etc/os-release").or_else(|| host.read("/usr/lib/os-release"))?;
    let ids: Vec<String> = ["ID", "ID_LIKE"]
        .iter()
        .filter_map(|key| field(&os_release, key))
        .flat_map(|value| value.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    // A distribution's own name comes before those that it resembles.
    ids.iter().find_map(|id| {
        Some(match id.as_str() {
            "ubuntu" => format!("apt install linux-modules-extra-{release}"),
            // The cloud kernel is another one, which lacks PPP: a reboot makes the change.
            "debian" if release.contains("cloud") => {
                format!("apt install linux-image-{}", architecture(release))
            }
            "fedora" | "rhel" | "centos" => format!("dnf install kernel-modules-extra-{release}"),
            // Newer ones have another package manager.
            "openwrt" if host.exists("/usr/bin/apk") => format!("apk add {}", openwrt(module)),
            "openwrt" => format!("opkg install {}", openwrt(module)),
            _ => return None,
        })
    })
}

fn field<'a>(os_release: &'a str, key: &str) -> Option<&'a str> {
    let value = os_release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
    Some(value.trim().trim_matches(['"', '\'']))
}

/// Of `6.12.1+deb13-cloud-amd64`, the last part.
fn architecture(release: &str) -> &str {
    release.rsplit('-').next().unwrap_or(release)
}

fn openwrt(module: Module) -> &'static str {
    match module {
        Module::Core | Module::Netlink => "kmod-l2tp",
        Module::Eth => "kmod-l2tp-eth",
        Module::Ppp => "kmod-pppol2tp",
        Module::Ip | Module::Ip6 => "kmod-l2tp-ip",
    }
}

#[cfg(test)]
mod tests {
    use super::super::host::fixture::Tree;
    use super::*;

    fn command(os_release: &str, release: &str) -> Option<String> {
        let tree = Tree::new(&[("etc/os-release", os_release)]);
        install_command(&tree.host(), release, Module::Ppp)
    }

    #[test]
    fn distributions_are_known_by_name_and_by_likeness() {
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
        let command = install_command(&tree.host(), "6.12", Module::Eth);
        assert_eq!(command.as_deref(), Some("apk add kmod-l2tp-eth"));
        // Debian's ordinary kernel has them all: another was built, and no package mends it.
        assert_eq!(self::command("ID=debian", "6.12.1-custom"), None);
        assert_eq!(self::command("=\n\nID\nID=", "6.1"), None);
    }
}
