//! Diagnoses of simulated hosts.

mod addresses;
mod modules;
mod texts;

use std::fmt::Write;

use super::files::fixture::Tree;
use super::inspect::{Inspection, KernelState};
use super::*;
use crate::error::{Error, Operation};
use crate::netlink::extack::KernelError;
use crate::testing::samples;
use crate::{EncapType, ProtocolVersion, TunnelInfo};

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

/// A host with all modules installed and the first two loaded.
fn full() -> Tree {
    let tree = Tree::new(&FULL);
    let mut dep = String::new();
    for module in KernelModule::ALL {
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

fn working() -> KernelState {
    KernelState { family: Ok(()), tunnels: Some(Ok(vec![])) }
}

fn no_family() -> KernelState {
    KernelState { family: Err(Error::NoFamily { errno: libc::ENOENT }), tunnels: None }
}

fn diagnosis(tree: &Tree, request: &Diagnose<'_>, kernel: &KernelState) -> Diagnosis {
    Inspection::new(&tree.files(), request).explain(kernel)
}

fn report(tree: &Tree, kernel: &KernelState) -> String {
    diagnosis(tree, &Diagnose::new(), kernel).to_string()
}

fn tunnel(encap: EncapType) -> TunnelConfig {
    TunnelConfig::new(ProtocolVersion::V3, encap, 1, 2)
}

#[test]
fn a_working_host_has_no_findings() {
    assert_eq!(
        report(&full(), &working()),
        "L2TP on Linux 6.12.1: nothing is missing\n\
         modules: l2tp_core loaded, l2tp_netlink loaded, l2tp_eth installed, l2tp_ppp installed, \
         l2tp_ip installed, l2tp_ip6 installed\n"
    );
}

#[test]
fn an_empty_tree_gives_two_notes() {
    let diagnosis = diagnosis(&Tree::new(&[]), &Diagnose::new(), &working());
    let (release, other_releases) = (String::new(), Vec::new());
    let index =
        Finding::NoModuleIndex { release, folder_exists: false, other_releases, needed: false };
    assert_eq!(diagnosis.findings(), [Finding::NoProc, index]);
    assert!(diagnosis.is_ok() && diagnosis.is_l2tp_available());
    let states = diagnosis.modules().iter().map(|(_, state)| state.to_string());
    assert!(states.eq(["ready", "ready", "unknown", "unknown", "unknown", "unknown"]));
}

#[test]
fn a_missing_capability_is_explained() {
    let not_permitted = || {
        let operation = Operation::ListTunnels;
        let error = KernelError::from_errno(libc::EPERM);
        KernelState { family: Ok(()), tunnels: Some(Err(Error::Rejected { operation, error })) }
    };
    for (status, what, remedy) in [
        ("CapEff:\t0\nCapBnd:\t000001ffffffffff\n", "CAP_NET_ADMIN is missing", "setcap"),
        ("CapEff:\t0\nCapBnd:\t0\n", "CAP_NET_ADMIN is missing", "--cap-add NET_ADMIN"),
        (
            "CapEff:\t000001ffffffffff\n",
            "CAP_NET_ADMIN is missing in the user namespace that owns the network namespace",
            "inside the user namespace",
        ),
    ] {
        let tree = full();
        tree.write("proc/thread-self/status", status.as_bytes());
        let diagnosis = diagnosis(&tree, &Diagnose::new(), &not_permitted());
        let [finding] = diagnosis.findings() else { panic!("{diagnosis}") };
        assert_eq!((finding.severity(), finding.summary()), (Severity::Error, what.to_owned()));
        assert!(finding.remedy().contains(remedy), "{finding}");
    }
}

#[test]
fn without_the_family_the_capability_is_checked() {
    let tree = full();
    without_family(&tree);
    let missing = |tree: &Tree| {
        diagnosis(tree, &Diagnose::new(), &no_family())
            .findings()
            .contains(&Finding::NotPermitted { reason: MissingPrivilege::NotGranted })
    };
    assert!(!missing(&tree));
    tree.write("proc/thread-self/status", b"CapEff:\t0\nCapBnd:\t1ffffffffff\n");
    assert!(missing(&tree));
}

#[test]
fn another_namespace_is_a_note_unless_it_was_given() {
    let tree = full();
    tree.link("proc/thread-self/ns/net", "net:[2]");
    tree.link("proc/1/ns/net", "net:[1]");
    let found = diagnosis(&tree, &Diagnose::new(), &working());
    assert!(matches!(found.findings(), [Finding::OtherNamespace { .. }]) && found.is_ok());
    let netns = Netns::current().unwrap();
    assert!(diagnosis(&tree, &Diagnose::new().netns(&netns), &working()).findings().is_empty());
}

#[test]
fn a_tunnel_id_and_a_port_in_use_are_found() {
    let tree = full();
    // `::` in either order of bytes, as port 1701 is in both.
    let line = "1: 00000000000000000000000000000000:06A5 0:0 07 0:0 0:0 0 0 0 4711 2\n";
    tree.write("proc/thread-self/net/udp6", line.as_bytes());
    let existing = TunnelInfo {
        ip_saddr: None,
        ip_daddr: None,
        ip6_saddr: Some(std::net::Ipv6Addr::UNSPECIFIED),
        ip6_daddr: Some(std::net::Ipv6Addr::LOCALHOST),
        udp_sport: Some(1701),
        udp_dport: Some(1702),
        ..samples::tunnel(1)
    };
    let kernel = KernelState { family: Ok(()), tunnels: Some(Ok(vec![existing])) };
    let udp = tunnel(EncapType::Udp);
    let request = Diagnose::new().tunnel(&udp).local("[::1]:1701".parse().unwrap());
    let report = diagnosis(&tree, &request, &kernel).to_string();
    let expected = "\
L2TP on Linux 6.12.1: 2 errors
error: tunnel id 1 is in use
  why:     the tunnel from [::]:1701 to [::1]:1702 has it
  command: ip l2tp show tunnel tunnel_id 1
  remedy:  choose another id, or delete that tunnel (`ip l2tp del tunnel tunnel_id 1`)
error: UDP [::1]:1701 is in use: a socket is bound to [::]:1701
  why:     the socket belongs to tunnel 1
  command: ss -uanp 'sport = :1701'
  remedy:  stop its owner, or choose another port, or port 0 for any free port
";
    assert!(report.starts_with(expected), "{report}");
}

#[test]
fn binding_is_tried_on_request() {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let local = socket.local_addr().unwrap();
    // The simulated host does not list the socket.
    let request = Diagnose::new().local(local);
    assert!(diagnosis(&full(), &request, &working()).findings().is_empty());
    let found = diagnosis(&full(), &request.try_bind(true), &working());
    let [Finding::BindFailed { local: failed, errno, .. }] = found.findings() else {
        panic!("{found}")
    };
    assert_eq!((*failed, *errno), (local.into(), Some(libc::EADDRINUSE)));
    drop(socket);
    assert!(diagnosis(&full(), &request.try_bind(true), &working()).findings().is_empty());
}

#[test]
fn malformed_files_do_not_panic() {
    const PATHS: [&str; 13] = [
        "etc/modprobe.d/malformed.conf",
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
    let request = Diagnose::new().tunnel(&udp).local("127.0.0.1:1701".parse().unwrap());
    for text in texts {
        for path in PATHS {
            let tree = full();
            tree.write(path, text);
            for kernel in [working(), no_family()] {
                assert!(diagnosis(&tree, &request, &kernel).to_string().starts_with("L2TP on"));
            }
        }
        let tree = full();
        for path in PATHS {
            tree.write(path, text);
        }
        assert!(diagnosis(&tree, &request, &working()).to_string().ends_with('\n'));
    }
}

#[test]
fn a_diagnosis_of_this_host_needs_no_privilege() {
    let diagnosis = diagnose();
    assert_eq!(diagnosis.modules().len(), KernelModule::ALL.len());
    assert!(diagnosis.to_string().starts_with("L2TP on Linux "), "{diagnosis}");
}

#[test]
fn replies_that_are_not_about_a_capability_are_reported_as_errors() {
    let operation = Operation::ListTunnels;
    let rejected = |errno| Error::Rejected { operation, error: KernelError::from_errno(errno) };
    let dump = rejected(libc::ENOBUFS);
    let text = dump.to_string();
    let kernel = KernelState { family: Ok(()), tunnels: Some(Err(dump)) };
    let found = diagnosis(&full(), &Diagnose::new(), &kernel);
    assert_eq!(found.findings(), [Finding::TunnelsNotListed { error: text }]);

    let look_up = rejected(libc::ENOBUFS);
    let text = look_up.to_string();
    let kernel = KernelState { family: Err(look_up), tunnels: None };
    let found = diagnosis(&full(), &Diagnose::new(), &kernel);
    assert_eq!(found.findings(), [Finding::NoNetlink { error: text }]);
    assert!(!found.is_l2tp_available() && !found.is_ok());
}

#[test]
fn the_count_distinguishes_one_from_many() {
    let notes = |many| {
        let findings = vec![Finding::NoProc; many];
        Diagnosis::new(String::new(), true, Vec::new(), findings).to_string()
    };
    assert!(notes(0).starts_with("L2TP on Linux ?: nothing is missing\n"));
    assert!(notes(1).starts_with("L2TP on Linux ?: 1 note\n"));
    assert!(notes(2).starts_with("L2TP on Linux ?: 2 notes\n"));
}
