//! Findings about modules.

use std::net::{Ipv4Addr, SocketAddr};

use super::*;
use crate::PseudowireType;

#[test]
fn findings_that_are_not_needed_leave_a_diagnosis_ok() {
    let tree = full();
    tree.write("etc/modprobe.d/l2tp.conf", b"blacklist l2tp_eth\nblacklist l2tp_ip\n");
    assert!(diagnosis(&tree, &Diagnose::new(), &working()).is_ok());
    let udp = tunnel(EncapType::Udp);
    let (eth, ppp) = (PseudowireType::Eth, PseudowireType::Ppp);
    let [eth, ppp] = [eth, ppp].map(|pseudowire| SessionConfig::new(&udp, pseudowire, 1, 2));
    assert!(!diagnosis(&tree, &Diagnose::new().session(&eth), &working()).is_ok());
    let found = diagnosis(&tree, &Diagnose::new().session(&ppp), &working());
    let device = Finding::PppDeviceUnusable { errno: Some(libc::ENOENT), module_loaded: false };
    assert!(found.findings().contains(&device) && !found.is_ok());
    assert_eq!(found.worst_severity(), Some(Severity::Warning));
    tree.write("dev/ppp", b"");
    let found = diagnosis(&tree, &Diagnose::new().session(&ppp), &working());
    assert_eq!(
        found.findings().first(),
        Some(&Finding::PppDeviceUnusable { errno: None, module_loaded: false })
    );
}

#[test]
fn a_disabled_module_is_an_error_if_it_is_needed() {
    let tree = full();
    tree.write("etc/modprobe.d/l2tp.conf", b"# no bridges\nblacklist l2tp_eth\n");
    let expected = "\
L2TP on Linux 6.12.1: 1 warning
warning: module l2tp_eth is disabled by \"blacklist l2tp_eth\" (/etc/modprobe.d/l2tp.conf, line 2)
  why:     the kernel cannot load it on demand, only `modprobe` by name can; Ethernet sessions need it
  command: modprobe l2tp_eth
  remedy:  remove the rule; the kernel then loads the module on demand
";
    assert!(report(&tree, &working()).starts_with(expected), "{}", report(&tree, &working()));
    let udp = tunnel(EncapType::Udp);
    for (pseudowire, severity) in
        [(PseudowireType::Eth, Severity::Error), (PseudowireType::Ppp, Severity::Warning)]
    {
        let session = SessionConfig::new(&udp, pseudowire, 1, 2);
        let found = diagnosis(&tree, &Diagnose::new().session(&session), &working());
        let disabled = |finding: &&Finding| matches!(finding, Finding::ModuleDisabled { .. });
        let found = found.findings().iter().find(disabled).map(Finding::severity);
        assert_eq!(found, Some(severity), "{pseudowire:?}");
    }
}

#[test]
fn a_disabled_module_that_is_loaded_is_a_note() {
    let tree = full();
    tree.write("etc/modprobe.d/l2tp.conf", b"install l2tp_core /bin/false\n");
    tree.write("proc/modules", b"l2tp_core 1 0 - Live 0x0\n");
    let diagnosis = diagnosis(&tree, &Diagnose::new(), &no_family());
    let found: Vec<_> = diagnosis
        .findings()
        .iter()
        .map(|finding| (finding.severity(), finding.summary()))
        .collect();
    let rule = "\"install l2tp_core /bin/false\" (/etc/modprobe.d/l2tp.conf, line 1)";
    assert_eq!(
        found[0],
        (Severity::Error, "the kernel has no L2TP netlink family (ENOENT)".to_owned())
    );
    assert_eq!(found[1], (Severity::Error, format!("module l2tp_netlink is disabled by {rule}")));
    assert_eq!(
        found.last(),
        Some(&(
            Severity::Note,
            format!("module l2tp_core is loaded, but disabled from the next boot on by {rule}")
        ))
    );
    let command = diagnosis.findings()[1].command();
    assert_eq!(
        command.as_deref(),
        Some("modprobe --ignore-install l2tp_core && modprobe l2tp_netlink")
    );
}

#[test]
fn a_kernel_without_the_modules() {
    let tree = Tree::new(&FULL[..3]);
    without_family(&tree);
    tree.write("lib/modules/6.12.1/modules.dep", b"kernel/fs/ext4/ext4.ko:\n");
    tree.write("etc/os-release", b"ID=ubuntu\n");
    let report = report(&tree, &no_family());
    let expected = "\
L2TP on Linux 6.12.1: 3 errors, 4 warnings
error: the kernel has no L2TP netlink family (ENOENT)
  why:     module l2tp_netlink is neither loaded nor built in, and the kernel did not load it on request
  remedy:  fix the findings about its modules below; if there are none, `modprobe -v l2tp_netlink` and `dmesg` show the cause
error: module l2tp_core is not installed for the running kernel
  why:     all of the kernel's L2TP needs it
  command: apt install linux-modules-extra-6.12.1
";
    assert!(report.starts_with(expected), "{report}");
}

#[test]
fn a_kernel_without_module_support() {
    let tree = Tree::new(&FULL[..1]);
    for (kernel, severity) in [(no_family(), Severity::Error), (working(), Severity::Note)] {
        let diagnosis = diagnosis(&tree, &Diagnose::new(), &kernel);
        let l2tp_available = diagnosis.is_l2tp_available();
        let last = diagnosis.findings().last();
        assert_eq!(last, Some(&Finding::NoModuleSupport { l2tp_available }), "{diagnosis}");
        assert_eq!(last.map(Finding::severity), Some(severity), "{diagnosis}");
    }
}

#[test]
fn an_upgraded_kernel_that_was_not_booted() {
    let tree = full();
    without_family(&tree);
    tree.write("proc/sys/kernel/osrelease", b"6.11.9\n");
    let report = report(&tree, &no_family());
    for part in [
        "warning: the running kernel's module folder /lib/modules/6.11.9 does not exist",
        "/lib/modules has 6.12.1: if the kernel was upgraded, boot the new one",
        "modules: l2tp_core unknown, l2tp_netlink unknown",
    ] {
        assert!(report.contains(part), "{report}");
    }
}

#[test]
fn an_index_that_is_older_than_the_modules() {
    let tree = full();
    without_family(&tree);
    tree.write("lib/modules/6.12.1/modules.alias", b"alias net-l2tp-type-5 l2tp_eth\n");
    let report = report(&tree, &no_family());
    let part = "error: module l2tp_netlink is installed, but modules.alias has no entry for \
                net-pf-16-proto-16-family-l2tp\n";
    assert!(report.contains(part) && report.contains("command: depmod -a\n"), "{report}");
    assert!(!report.contains("l2tp_eth is installed, but"), "{report}");
}

#[test]
fn a_kernel_that_loads_no_modules_on_demand() {
    let tree = full();
    tree.write("proc/sys/kernel/modprobe", b"\n");
    let report = report(&tree, &working());
    let expected = "\
L2TP on Linux 6.12.1: 1 warning
warning: the kernel does not load modules on demand: kernel.modprobe is empty
  why:     these modules are not loaded: l2tp_eth, l2tp_ppp, l2tp_ip, l2tp_ip6
  command: modprobe -a l2tp_eth l2tp_ppp l2tp_ip l2tp_ip6
";
    assert!(report.starts_with(expected), "{report}");
    let over_ip = tunnel(EncapType::Ip);
    let request = Diagnose::new().tunnel(&over_ip);
    assert_eq!(diagnosis(&tree, &request, &working()).worst_severity(), Some(Severity::Error));
}

#[test]
fn modules_that_an_encapsulation_does_not_need_are_warnings() {
    let tree = full();
    tree.write("etc/modprobe.d/l2tp.conf", b"blacklist l2tp_ip6\n");
    let (udp, ip) = (tunnel(EncapType::Udp), tunnel(EncapType::Ip));
    let v4: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
    for (request, severity) in [
        (Diagnose::new().tunnel(&udp), Severity::Warning),
        (Diagnose::new().tunnel(&ip), Severity::Error),
        (Diagnose::new().tunnel(&ip).local(v4), Severity::Warning),
        (Diagnose::new().tunnel(&ip).local("[::1]:0".parse().unwrap()), Severity::Error),
    ] {
        assert_eq!(
            diagnosis(&tree, &request, &working()).worst_severity(),
            Some(severity),
            "{request:?}"
        );
    }
}

#[test]
fn required_modules_that_are_not_listed_are_built_in() {
    let tree = full();
    tree.write("proc/modules", b"");
    let found = diagnosis(&tree, &Diagnose::new(), &working());
    let states: Vec<_> = found.modules().iter().map(|(_, state)| *state).collect();
    let (built_in, installed) = (ModuleState::BuiltIn, ModuleState::Installed);
    assert_eq!(states, [built_in, built_in, installed, installed, installed, installed]);
    // Without the family they are installed, like the others.
    let found = diagnosis(&tree, &Diagnose::new(), &no_family());
    assert!(found.modules().iter().all(|(_, state)| *state == installed), "{found}");
}

#[test]
fn a_missing_index_is_a_warning_if_a_module_is_needed() {
    let tree = full();
    tree.write("proc/sys/kernel/osrelease", b"6.11.9\n");
    let (udp, ip) = (tunnel(EncapType::Udp), tunnel(EncapType::Ip));
    for (config, folder_exists, needed) in
        [(&udp, false, false), (&ip, false, true), (&ip, true, true)]
    {
        if folder_exists {
            tree.folder("lib/modules/6.11.9");
        }
        let other_releases = if folder_exists { vec!["6.11.9", "6.12.1"] } else { vec!["6.12.1"] };
        let expected = Finding::NoModuleIndex {
            release: "6.11.9".to_owned(),
            folder_exists,
            other_releases: other_releases.into_iter().map(str::to_owned).collect(),
            needed,
        };
        let found = diagnosis(&tree, &Diagnose::new().tunnel(config), &working());
        assert_eq!(found.findings(), [expected]);
        assert_eq!(found.is_ok(), !needed);
    }
    // Nothing is reported if nothing remains to be loaded.
    let loaded: String =
        KernelModule::ALL.map(|module| format!("{module} 1 0 - Live 0x0\n")).concat();
    tree.write("proc/modules", loaded.as_bytes());
    assert!(diagnosis(&tree, &Diagnose::new(), &working()).findings().is_empty());
}

#[test]
fn a_pseudowire_needs_its_module() {
    let tree = full();
    tree.write("etc/modprobe.d/l2tp.conf", b"blacklist l2tp_eth\nblacklist l2tp_ppp\n");
    let udp = tunnel(EncapType::Udp);
    for (pseudowire, module) in [
        (PseudowireType::Eth, KernelModule::Eth),
        (PseudowireType::EthVlan, KernelModule::Eth),
        (PseudowireType::Ppp, KernelModule::Ppp),
        (PseudowireType::PppAc, KernelModule::Ppp),
    ] {
        let session = SessionConfig::new(&udp, pseudowire, 1, 2);
        let found = diagnosis(&tree, &Diagnose::new().session(&session), &working());
        let needed: Vec<_> = found
            .findings()
            .iter()
            .filter_map(|finding| match finding {
                Finding::ModuleDisabled { module, needed: true, .. } => Some(*module),
                _ => None,
            })
            .collect();
        assert_eq!(needed, [module], "{pseudowire:?}");
    }
}

#[test]
fn a_loaded_ppp_module_makes_a_missing_device_an_error() {
    let tree = full();
    tree.write("proc/modules", b"l2tp_netlink 1\nl2tp_core 1\nl2tp_ppp 1\n");
    let session = SessionConfig::new(&tunnel(EncapType::Udp), PseudowireType::Ppp, 1, 2);
    let found = diagnosis(&tree, &Diagnose::new().session(&session), &working());
    let device = Finding::PppDeviceUnusable { errno: Some(libc::ENOENT), module_loaded: true };
    assert_eq!(found.findings(), [device]);
}
