//! Whole diagnoses of made-up hosts.

use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};

use super::host::fixture::Tree;
use super::survey::{Answers, Survey};
use super::*;
use crate::error::{Error, Operation};
use crate::netlink::extack::KernelError;
use crate::testing::samples;
use crate::{EncapType, ProtocolVersion, PseudowireType, TunnelInfo};

const FULL: [(&str, &str); 6] = [
    ("proc/sys/kernel/osrelease", "6.12.1\n"),
    ("proc/sys/kernel/modprobe", "/sbin/modprobe\n"),
    ("sbin/modprobe", ""),
    ("proc/modules", "l2tp_netlink 1 0 - Live 0x0\nl2tp_core 1 1 l2tp_netlink, Live 0x0\n"),
    ("lib/modules/6.12.1/modules.alias", ALIASES),
    ("proc/thread-self/status", "CapEff:\t000001ffffffffff\nCapBnd:\t000001ffffffffff\n"),
];

const ALIASES: &str = "\
alias net-l2tp-type-7 l2tp_ppp
alias net-pf-2-proto-115-type-2 l2tp_ip
alias net-pf-16-proto-16-family-l2tp l2tp_netlink
alias net-l2tp-type-5 l2tp_eth
alias net-pf-10-proto-115-type-2 l2tp_ip6
";

/// A host with every module installed, and the first two loaded.
fn full() -> Tree {
    let tree = Tree::new(&FULL);
    let mut dep = String::new();
    for module in Module::ALL {
        let path = format!("kernel/net/l2tp/{module}.ko");
        tree.write(&format!("lib/modules/6.12.1/{path}"), b"");
        writeln!(dep, "{path}: kernel/net/l2tp/l2tp_core.ko").unwrap();
    }
    tree.write("lib/modules/6.12.1/modules.dep", dep.as_bytes());
    tree
}

fn without_family(tree: &Tree) {
    tree.write("proc/modules", b"");
}

fn well() -> Answers {
    Answers { offered: Ok(()), tunnels: Some(Ok(vec![])) }
}

fn no_family() -> Answers {
    Answers { offered: Err(Error::NoFamily { errno: libc::ENOENT }), tunnels: None }
}

fn diagnosis(tree: &Tree, asked: &Diagnose<'_>, answers: &Answers) -> Diagnosis {
    Survey::new(&tree.host(), asked).explain(answers)
}

fn page(tree: &Tree, answers: &Answers) -> String {
    diagnosis(tree, &Diagnose::new(), answers).to_string()
}

fn tunnel(encap: EncapType) -> TunnelConfig {
    TunnelConfig::new(ProtocolVersion::V3, encap, 1, 2)
}

#[test]
fn a_host_that_is_well() {
    assert_eq!(
        page(&full(), &well()),
        "L2TP on Linux 6.12.1: nothing is missing\n\
         modules: l2tp_core loaded, l2tp_netlink loaded, l2tp_eth installed, l2tp_ppp installed, \
         l2tp_ip installed, l2tp_ip6 installed\n"
    );
}

#[test]
fn an_empty_tree_claims_little() {
    let diagnosis = diagnosis(&Tree::new(&[]), &Diagnose::new(), &well());
    let (release, others) = (String::new(), Vec::new());
    let index = Finding::NoModuleIndex { release, folder: false, others, needed: false };
    assert_eq!(diagnosis.findings(), [Finding::NoProc, index]);
    assert!(diagnosis.is_well() && diagnosis.is_offered());
    let states = diagnosis.modules().iter().map(|(_, state)| state.to_string());
    assert!(states.eq(["ready", "ready", "unknown", "unknown", "unknown", "unknown"]));
}

#[test]
fn what_nobody_asked_about_makes_no_host_ill() {
    let tree = full();
    tree.write("etc/modprobe.d/l2tp.conf", b"blacklist l2tp_eth\nblacklist l2tp_ip\n");
    assert!(diagnosis(&tree, &Diagnose::new(), &well()).is_well());
    let udp = tunnel(EncapType::Udp);
    let (eth, ppp) = (PseudowireType::Eth, PseudowireType::Ppp);
    let [eth, ppp] = [eth, ppp].map(|pseudowire| SessionConfig::new(&udp, pseudowire, 1, 2));
    assert!(!diagnosis(&tree, &Diagnose::new().session(&eth), &well()).is_well());
    let found = diagnosis(&tree, &Diagnose::new().session(&ppp), &well());
    let device = Finding::NoPppDevice { errno: Some(libc::ENOENT), loaded: false };
    assert!(found.findings().contains(&device) && !found.is_well());
    assert_eq!(found.worst(), Some(Severity::Warning));
    tree.write("dev/ppp", b"");
    let found = diagnosis(&tree, &Diagnose::new().session(&ppp), &well());
    assert_eq!(
        found.findings().first(),
        Some(&Finding::NoPppDevice { errno: None, loaded: false })
    );
}

#[test]
fn a_barred_module_is_an_error_for_who_needs_it() {
    let tree = full();
    tree.write("etc/modprobe.d/l2tp.conf", b"# no bridges\nblacklist l2tp_eth\n");
    let expected = "\
L2TP on Linux 6.12.1: 1 warning
warning: module l2tp_eth is barred: \"blacklist l2tp_eth\" (/etc/modprobe.d/l2tp.conf, line 2)
  why:     it is not loaded when it is needed, only by its name; without it there are no Ethernet sessions
  command: modprobe l2tp_eth
  remedy:  take the rule out, and the kernel loads the module when it needs it
";
    assert!(page(&tree, &well()).starts_with(expected), "{}", page(&tree, &well()));
    let udp = tunnel(EncapType::Udp);
    for (pseudowire, severity) in
        [(PseudowireType::Eth, Severity::Error), (PseudowireType::Ppp, Severity::Warning)]
    {
        let session = SessionConfig::new(&udp, pseudowire, 1, 2);
        let found = diagnosis(&tree, &Diagnose::new().session(&session), &well());
        let barred = |finding: &&Finding| matches!(finding, Finding::ModuleBarred { .. });
        let found = found.findings().iter().find(barred).map(Finding::severity);
        assert_eq!(found, Some(severity), "{pseudowire:?}");
    }
}

#[test]
fn a_barred_module_that_is_loaded_is_a_note() {
    let tree = full();
    tree.write("etc/modprobe.d/l2tp.conf", b"install l2tp_core /bin/false\n");
    tree.write("proc/modules", b"l2tp_core 1 0 - Live 0x0\n");
    let diagnosis = diagnosis(&tree, &Diagnose::new(), &no_family());
    let found: Vec<_> =
        diagnosis.findings().iter().map(|finding| (finding.severity(), finding.what())).collect();
    let rule = "\"install l2tp_core /bin/false\" (/etc/modprobe.d/l2tp.conf, line 1)";
    assert_eq!(found[0], (Severity::Error, "the kernel offers no L2TP (ENOENT)".to_owned()));
    assert_eq!(found[1], (Severity::Error, format!("module l2tp_netlink is barred: {rule}")));
    assert_eq!(
        found.last(),
        Some(&(
            Severity::Note,
            format!("module l2tp_core is loaded but barred from the next boot on: {rule}")
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
    let page = page(&tree, &no_family());
    let expected = "\
L2TP on Linux 6.12.1: 3 errors, 4 warnings
error: the kernel offers no L2TP (ENOENT)
  why:     module l2tp_netlink is neither loaded nor built in, and the kernel did not load it when it was asked for
  remedy:  mend what is found of its modules below; if that is nothing, `modprobe -v l2tp_netlink` and `dmesg` say what is wrong
error: module l2tp_core is not installed for the running kernel
  why:     without it the kernel has no L2TP
  command: apt install linux-modules-extra-6.12.1
";
    assert!(page.starts_with(expected), "{page}");
}

#[test]
fn a_kernel_that_was_built_without_modules() {
    let tree = Tree::new(&FULL[..1]);
    for (answers, severity) in [(no_family(), Severity::Error), (well(), Severity::Note)] {
        let diagnosis = diagnosis(&tree, &Diagnose::new(), &answers);
        let offered = diagnosis.is_offered();
        let last = diagnosis.findings().last();
        assert_eq!(last, Some(&Finding::NoModules { offered }), "{diagnosis}");
        assert_eq!(last.map(Finding::severity), Some(severity), "{diagnosis}");
    }
}

#[test]
fn an_upgraded_kernel_that_was_not_booted() {
    let tree = full();
    without_family(&tree);
    tree.write("proc/sys/kernel/osrelease", b"6.11.9\n");
    let page = page(&tree, &no_family());
    for part in [
        "warning: the running kernel's modules, /lib/modules/6.11.9, are not here",
        "/lib/modules has 6.12.1: if the kernel was upgraded, boot the new one",
        "modules: l2tp_core unknown, l2tp_netlink unknown",
    ] {
        assert!(page.contains(part), "{page}");
    }
}

#[test]
fn indexes_that_are_older_than_the_modules() {
    let tree = full();
    without_family(&tree);
    tree.write("lib/modules/6.12.1/modules.alias", b"alias net-l2tp-type-5 l2tp_eth\n");
    let page = page(&tree, &no_family());
    let part = "error: module l2tp_netlink is installed, but modules.alias does not have \
                net-pf-16-proto-16-family-l2tp\n";
    assert!(page.contains(part) && page.contains("command: depmod -a\n"), "{page}");
    assert!(!page.contains("l2tp_eth is installed, but"), "{page}");
}

#[test]
fn a_kernel_that_loads_nothing_when_needed() {
    let tree = full();
    tree.write("proc/sys/kernel/modprobe", b"\n");
    let page = page(&tree, &well());
    let expected = "\
L2TP on Linux 6.12.1: 1 warning
warning: the kernel loads no modules when they are needed: kernel.modprobe is empty
  why:     not loaded are l2tp_eth, l2tp_ppp, l2tp_ip, l2tp_ip6
  command: modprobe -a l2tp_eth l2tp_ppp l2tp_ip l2tp_ip6
";
    assert!(page.starts_with(expected), "{page}");
    let asked_by_ip = tunnel(EncapType::Ip);
    let asked = Diagnose::new().tunnel(&asked_by_ip);
    assert_eq!(diagnosis(&tree, &asked, &well()).worst(), Some(Severity::Error));
}

#[test]
fn only_what_an_encapsulation_needs_is_an_error() {
    let tree = full();
    tree.write("etc/modprobe.d/l2tp.conf", b"blacklist l2tp_ip6\n");
    let (udp, ip) = (tunnel(EncapType::Udp), tunnel(EncapType::Ip));
    let v4: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
    for (asked, severity) in [
        (Diagnose::new().tunnel(&udp), Severity::Warning),
        (Diagnose::new().tunnel(&ip), Severity::Error),
        (Diagnose::new().tunnel(&ip).local(v4), Severity::Warning),
        (Diagnose::new().tunnel(&ip).local("[::1]:0".parse().unwrap()), Severity::Error),
    ] {
        assert_eq!(diagnosis(&tree, &asked, &well()).worst(), Some(severity), "{asked:?}");
    }
}

#[test]
fn without_the_capability_the_sets_say_why() {
    let refused = || {
        let operation = Operation::ListTunnels;
        let error = KernelError::from_errno(libc::EPERM);
        Answers { offered: Ok(()), tunnels: Some(Err(Error::Refused { operation, error })) }
    };
    for (status, what, remedy) in [
        ("CapEff:\t0\nCapBnd:\t000001ffffffffff\n", "CAP_NET_ADMIN is missing", "setcap"),
        ("CapEff:\t0\nCapBnd:\t0\n", "CAP_NET_ADMIN is missing", "--cap-add NET_ADMIN"),
        (
            "CapEff:\t000001ffffffffff\n",
            "CAP_NET_ADMIN is missing where it counts",
            "inside the user namespace",
        ),
    ] {
        let tree = full();
        tree.write("proc/thread-self/status", status.as_bytes());
        let diagnosis = diagnosis(&tree, &Diagnose::new(), &refused());
        let [finding] = diagnosis.findings() else { panic!("{diagnosis}") };
        assert_eq!((finding.severity(), finding.what()), (Severity::Error, what.to_owned()));
        assert!(finding.remedy().contains(remedy), "{finding}");
    }
}

#[test]
fn without_the_family_the_capability_is_looked_up() {
    let tree = full();
    without_family(&tree);
    let missing = |tree: &Tree| {
        diagnosis(tree, &Diagnose::new(), &no_family())
            .findings()
            .contains(&Finding::NotPermitted { lack: Lack::Capability })
    };
    assert!(!missing(&tree));
    tree.write("proc/thread-self/status", b"CapEff:\t0\nCapBnd:\t1ffffffffff\n");
    assert!(missing(&tree));
}

#[test]
fn another_namespace_is_noted_unless_it_was_named() {
    let tree = full();
    tree.link("proc/thread-self/ns/net", "net:[2]");
    tree.link("proc/1/ns/net", "net:[1]");
    let found = diagnosis(&tree, &Diagnose::new(), &well());
    assert!(matches!(found.findings(), [Finding::OtherNamespace { .. }]) && found.is_well());
    let netns = Netns::current().unwrap();
    assert!(diagnosis(&tree, &Diagnose::new().netns(&netns), &well()).findings().is_empty());
}

#[test]
fn what_a_tunnel_would_take_is_compared_with_what_is_there() {
    let tree = full();
    // `::` in either order of bytes, as port 1701 is in both.
    let line = "1: 00000000000000000000000000000000:06A5 0:0 07 0:0 0:0 0 0 0 4711 2\n";
    tree.write("proc/thread-self/net/udp6", line.as_bytes());
    let holder = TunnelInfo {
        ip_saddr: None,
        ip_daddr: None,
        ip6_saddr: Some(std::net::Ipv6Addr::UNSPECIFIED),
        ip6_daddr: Some(std::net::Ipv6Addr::LOCALHOST),
        udp_sport: Some(1701),
        udp_dport: Some(1702),
        ..samples::tunnel(1)
    };
    let answers = Answers { offered: Ok(()), tunnels: Some(Ok(vec![holder])) };
    let udp = tunnel(EncapType::Udp);
    let asked = Diagnose::new().tunnel(&udp).local("[::1]:1701".parse().unwrap());
    let page = diagnosis(&tree, &asked, &answers).to_string();
    let expected = "\
L2TP on Linux 6.12.1: 2 errors
error: tunnel id 1 is in use
  why:     by the tunnel from [::]:1701 to [::1]:1702
  command: ip l2tp show tunnel tunnel_id 1
  remedy:  choose another id, or delete that tunnel (`ip l2tp del tunnel tunnel_id 1`)
error: UDP [::1]:1701 is in use: a socket is bound to [::]:1701
  why:     held by tunnel 1
  command: ss -uanp 'sport = :1701'
  remedy:  end its holder, choose another port, or port 0 for any
";
    assert!(page.starts_with(expected), "{page}");
}

#[test]
fn binding_is_tried_when_it_is_asked_for() {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let local = socket.local_addr().unwrap();
    // The tree does not list the socket.
    let asked = Diagnose::new().local(local);
    assert!(diagnosis(&full(), &asked, &well()).findings().is_empty());
    let found = diagnosis(&full(), &asked.try_bind(true), &well());
    let [Finding::BindRefused { local: refused, errno, .. }] = found.findings() else {
        panic!("{found}")
    };
    assert_eq!((*refused, *errno), (local.into(), Some(libc::EADDRINUSE)));
    drop(socket);
    assert!(diagnosis(&full(), &asked.try_bind(true), &well()).findings().is_empty());
}

#[test]
fn strange_files_make_no_diagnosis_panic() {
    const PATHS: [&str; 13] = [
        "etc/modprobe.d/strange.conf",
        "etc/os-release",
        "lib/modules/6.12.1/modules.alias",
        "lib/modules/6.12.1/modules.builtin",
        "lib/modules/6.12.1/modules.dep",
        "proc/1/comm",
        "proc/cmdline",
        "proc/modules",
        "proc/sys/kernel/modprobe",
        "proc/sys/kernel/osrelease",
        "proc/thread-self/net/udp",
        "proc/thread-self/net/udp6",
        "proc/thread-self/status",
    ];
    let long = "l2tp:*?\\ ".repeat(5000);
    let texts: [&[u8]; 9] = [
        b"",
        b"\n\n\n",
        b"\xff\xfe\0 \xc3\n",
        b"\\\n\\",
        b"alias \xe2\x82 off\ninstall\nblacklist\n=,=,\nmodule_blacklist=,,",
        "1: ééé:06A5 0:0 07 0:0 0:0 0 0 0 99999999999999999999999\n".as_bytes(),
        "CapEff:\tééé\nCapBnd:\nID=\nID_LIKE=\"\n".as_bytes(),
        b"/../../l2tp_eth.ko: / .ko ../\n/l2tp_ip.ko\n.ko:.ko:\n",
        long.as_bytes(),
    ];
    let udp = tunnel(EncapType::Udp);
    let asked = Diagnose::new().tunnel(&udp).local("127.0.0.1:1701".parse().unwrap());
    for text in texts {
        for path in PATHS {
            let tree = full();
            tree.write(path, text);
            for answers in [well(), no_family()] {
                assert!(diagnosis(&tree, &asked, &answers).to_string().starts_with("L2TP on"));
            }
        }
        let tree = full();
        for path in PATHS {
            tree.write(path, text);
        }
        assert!(diagnosis(&tree, &asked, &well()).to_string().ends_with('\n'));
    }
}

#[test]
fn this_host_is_looked_at_without_privilege() {
    let diagnosis = diagnose();
    assert_eq!(diagnosis.modules().len(), Module::ALL.len());
    assert!(diagnosis.to_string().starts_with("L2TP on Linux "), "{diagnosis}");
}
