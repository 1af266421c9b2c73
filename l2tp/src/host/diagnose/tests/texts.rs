//! The commands, explanations and remedies of findings that differ only in their data.

use super::*;

fn disabled(kind: DisablingRuleKind, rule_module: &str) -> Finding {
    let rule = DisablingRule {
        kind,
        module: rule_module.to_owned(),
        text: "a rule".to_owned(),
        source: "a file, line 1".to_owned(),
    };
    Finding::ModuleDisabled { module: KernelModule::Eth, needed: true, loaded: false, rule }
}

fn device(errno: Option<i32>, module_loaded: bool) -> Finding {
    Finding::PppDeviceUnusable { errno, module_loaded }
}

fn index(folder_exists: bool, other_releases: &[&str]) -> Finding {
    Finding::NoModuleIndex {
        release: "6.12.1".to_owned(),
        folder_exists,
        other_releases: other_releases.iter().map(ToString::to_string).collect(),
        needed: true,
    }
}

fn autoload_off(cause: AutoloadOff) -> Finding {
    let unloaded = vec![KernelModule::Eth, KernelModule::Ppp];
    Finding::AutoloadOff { cause, unloaded, needed: true }
}

fn port(owners: Vec<PortOwner>, certain: bool) -> Finding {
    let local = ([192, 0, 2, 1], 1701).into();
    Finding::PortInUse { local, bound: local, owners, certain }
}

#[test]
fn the_command_for_a_disabled_module_avoids_its_rule() {
    use DisablingRuleKind::{AliasOff, Blacklist, Install, Kernel};
    for (finding, command, explanation, remedy) in [
        (
            disabled(Blacklist, "l2tp_eth"),
            Some("modprobe l2tp_eth"),
            "the kernel cannot load it on demand, only `modprobe` by name can; ",
            "remove the rule",
        ),
        (
            disabled(AliasOff, "l2tp_eth"),
            Some("modprobe l2tp_eth"),
            "the kernel cannot load it on demand, only `modprobe` by name can; ",
            "remove the rule",
        ),
        (
            disabled(Install, "l2tp_eth"),
            Some("modprobe --ignore-install l2tp_eth"),
            "`modprobe` does not load it; ",
            "remove the rule",
        ),
        (
            disabled(Install, "udp_tunnel"),
            Some("modprobe --ignore-install udp_tunnel && modprobe l2tp_eth"),
            "it depends on udp_tunnel, which cannot be loaded; ",
            "remove the rule",
        ),
        (
            disabled(Kernel, "l2tp_eth"),
            None,
            "the kernel refuses to load it; ",
            "remove it from the boot loader's configuration and reboot",
        ),
    ] {
        assert_eq!(finding.command().as_deref(), command, "{finding}");
        assert_eq!(finding.explanation(), format!("{explanation}Ethernet sessions need it"));
        assert!(finding.remedy().starts_with(remedy), "{finding}");
    }
}

#[test]
fn the_texts_about_the_ppp_device_depend_on_the_errno() {
    let load = Some("modprobe ppp_generic");
    for (finding, command, remedy) in [
        (device(None, false), None, "remove the file and create the device node"),
        (device(Some(libc::ENOENT), true), Some("mknod /dev/ppp c 108 0"), "if /dev is a devtmpfs"),
        (device(Some(libc::ENOENT), false), load, "if /dev is a devtmpfs"),
        (device(Some(libc::ENXIO), false), load, "the node exists, but its driver is missing"),
        (device(Some(libc::ENODEV), true), load, "the node exists, but its driver is missing"),
        (device(Some(libc::EPERM), true), None, "CAP_NET_ADMIN is missing"),
        (device(Some(libc::EACCES), true), None, "the node's owner and mode deny access"),
        (device(Some(libc::EIO), true), None, "see `ls -l /dev/ppp`"),
    ] {
        assert_eq!(finding.command().as_deref(), command, "{finding}");
        assert!(finding.remedy().starts_with(remedy), "{finding}");
    }
}

#[test]
fn the_texts_about_the_module_index_depend_on_the_folders() {
    for (finding, command, summary, remedy) in [
        (
            index(true, &["6.12.1"]),
            Some("depmod -a"),
            "/lib/modules/6.12.1 has no modules.dep",
            "run the command on the host",
        ),
        (
            index(false, &["6.1", "6.2"]),
            None,
            "the running kernel's module folder /lib/modules/6.12.1 does not exist",
            "/lib/modules has 6.1, 6.2: if the kernel was upgraded, boot the new one",
        ),
        (
            index(false, &[]),
            None,
            "the running kernel's module folder /lib/modules/6.12.1 does not exist",
            "install the running kernel's modules",
        ),
    ] {
        assert_eq!(finding.command().as_deref(), command, "{finding}");
        assert_eq!(finding.summary(), summary);
        assert!(finding.remedy().starts_with(remedy), "{finding}");
    }
}

#[test]
fn the_texts_about_loading_on_demand_depend_on_the_setting() {
    let command = Some("modprobe -a l2tp_eth l2tp_ppp");
    for (cause, command, summary, remedy) in [
        (
            AutoloadOff::ModulesDisabled,
            None,
            "kernel.modules_disabled is 1",
            "this setting lasts until the next boot",
        ),
        (AutoloadOff::NoHelper, command, "kernel.modprobe is empty", "restore it with `sysctl"),
        (
            AutoloadOff::Helper("/bin/true".to_owned()),
            command,
            "kernel.modprobe is /bin/true",
            "restore it with `sysctl",
        ),
        (
            AutoloadOff::HelperMissing("/sbin/modprobe".to_owned()),
            command,
            "kernel.modprobe is /sbin/modprobe, which does not exist",
            "install it (package kmod)",
        ),
    ] {
        let finding = autoload_off(cause);
        assert_eq!(finding.command().as_deref(), command, "{finding}");
        let expected = format!("the kernel does not load modules on demand: {summary}");
        assert_eq!(finding.summary(), expected);
        assert!(finding.remedy().starts_with(remedy), "{finding}");
    }
}

#[test]
fn the_owners_of_a_port_are_named_if_they_are_known() {
    let process = |pid| PortOwner::Process { pid, name: "xl2tpd".to_owned() };
    for (finding, summary, explanation) in [
        (port(Vec::new(), false), "may be in use", "the owner is not known: it is the kernel"),
        (
            port(vec![PortOwner::Tunnel(crate::TunnelId(7)), process(9)], true),
            "is in use",
            "the socket belongs to tunnel 7 and process 9 (xl2tpd)",
        ),
    ] {
        let summary = format!("UDP 192.0.2.1:1701 {summary}: a socket is bound to 192.0.2.1:1701");
        assert_eq!(finding.summary(), summary);
        assert!(finding.explanation().starts_with(explanation), "{finding}");
    }
}

#[test]
fn the_addresses_of_an_existing_tunnel_are_named_if_they_are_known() {
    let local = ([192, 0, 2, 1], 1701).into();
    let in_use = |local, peer| {
        Finding::TunnelIdInUse { tunnel_id: crate::TunnelId(7), local, peer }.explanation()
    };
    let unknown = "a tunnel for which the kernel reports no addresses has it";
    assert_eq!(in_use(None, None), unknown);
    assert_eq!(in_use(Some(local), None), unknown);
    assert_eq!(
        in_use(Some(local), Some(local)),
        "the tunnel from 192.0.2.1:1701 to 192.0.2.1:1701 has it"
    );
}

#[test]
fn a_missing_proc_and_another_namespace_have_commands() {
    let namespace = |name| Finding::OtherNamespace {
        current: "net:[2]".to_owned(),
        initial: "net:[1]".to_owned(),
        name,
    };
    assert_eq!(Finding::NoProc.command().as_deref(), Some("mount -t proc proc /proc"));
    let named = namespace(Some("blue".to_owned()));
    assert_eq!(named.summary(), "the thread is in network namespace blue (net:[2])");
    let unnamed = namespace(None);
    let summary = "the thread is in a network namespace without a name (net:[2])";
    assert_eq!(unnamed.summary(), summary);
    for finding in [named, unnamed] {
        let command = "nsenter --target 1 --net ip l2tp show tunnel";
        assert_eq!(finding.command().as_deref(), Some(command));
    }
}

#[test]
fn a_failed_bind_has_a_remedy_for_its_errno() {
    let address = std::net::Ipv4Addr::LOCALHOST;
    let udp = crate::socket::TunnelAddr::Udp((address, 1701).into());
    let ip = crate::socket::TunnelAddr::from((address.into(), crate::TunnelId(7)));
    for (local, errno, explanation, remedy) in [
        (udp, Some(libc::EADDRINUSE), "binding a socket to this address was tried", "port"),
        (ip, Some(libc::EADDRINUSE), "binding a socket to this address was tried", "tunnel id"),
        (udp, Some(libc::EACCES), "binding a socket to this address was tried", "socket options"),
        (udp, None, "a tunnel with this address cannot work", "socket options"),
    ] {
        let finding = Finding::BindFailed { local, errno, error: "no".to_owned() };
        assert!(finding.explanation().starts_with(explanation), "{finding}");
        assert!(finding.remedy().contains(remedy), "{finding}");
    }
}
