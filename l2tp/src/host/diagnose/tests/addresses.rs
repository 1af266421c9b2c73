//! Findings about the given tunnel's id, address and port.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use super::*;

/// A host on which `local`, an IPv4 address, is bound according to its list of sockets.
fn bound(local: SocketAddr) -> Tree {
    let SocketAddr::V4(v4) = local else { panic!("{local}") };
    let word = u32::from_ne_bytes(v4.ip().octets());
    let line = format!("1: {word:08X}:{:04X} 0:0 07 0:0 0:0 0 0 0 4711 2\n", v4.port());
    let tree = full();
    tree.write("proc/thread-self/net/udp", line.as_bytes());
    tree
}

/// Whether the conflict about the port is certain; `None` if there is none.
fn certain(diagnosis: &Diagnosis) -> Option<bool> {
    diagnosis.findings().iter().find_map(|finding| match finding {
        Finding::PortInUse { certain, .. } => Some(*certain),
        _ => None,
    })
}

fn bind_failed(diagnosis: &Diagnosis) -> bool {
    diagnosis.findings().iter().any(|finding| matches!(finding, Finding::BindFailed { .. }))
}

#[test]
fn a_socket_that_may_share_its_port_has_no_certain_conflict() {
    let local: SocketAddr = (Ipv4Addr::LOCALHOST, 1701).into();
    let tree = bound(local);
    let default = SocketOptions::new();
    for (options, expected) in [
        (default, true),
        (default.reuse_address(false).reuse_port(false), true),
        (default.reuse_address(true), false),
        (default.reuse_port(true), false),
    ] {
        let request = Diagnose::new().local(local).options(&options);
        let found = diagnosis(&tree, &request, &working());
        assert_eq!(certain(&found), Some(expected), "{options:?}");
    }
}

#[test]
fn the_port_is_checked_for_udp_only_and_if_it_is_given() {
    let local: SocketAddr = (Ipv4Addr::LOCALHOST, 1701).into();
    let (udp, ip) = (tunnel(EncapType::Udp), tunnel(EncapType::Ip));
    for (config, local, listed, expected) in [
        (&udp, local, local, Some(true)),
        (&ip, local, local, None),
        (&udp, (Ipv4Addr::LOCALHOST, 0).into(), (Ipv4Addr::LOCALHOST, 0).into(), None),
    ] {
        let request = Diagnose::new().tunnel(config).local(local);
        let found = diagnosis(&bound(listed), &request, &working());
        assert_eq!(certain(&found), expected, "{found}");
    }
}

#[test]
fn an_address_that_the_host_lacks_is_unusable() {
    let local = "192.0.2.1:1701".parse().unwrap();
    let request = Diagnose::new().local(local).try_bind(true);
    let found = diagnosis(&full(), &request, &working());
    let state = crate::host::AddressState::Absent;
    let unusable = Finding::AddressUnusable { address: local.ip(), state };
    // The trial bind would fail for the same reason, so it is not tried.
    assert_eq!(found.findings(), [unusable]);
}

#[test]
fn binding_is_not_tried_if_a_finding_states_that_it_fails() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let local = socket.local_addr().unwrap();
    let udp = tunnel(EncapType::Udp);
    let request = Diagnose::new().tunnel(&udp).local(local).try_bind(true);
    // The list of sockets explains the failure with certainty.
    let listed = diagnosis(&bound(local), &request, &working());
    assert_eq!((certain(&listed), bind_failed(&listed)), (Some(true), false), "{listed}");
    // A conflict that is only possible does not.
    let shared = SocketOptions::new().reuse_port(true);
    let possible = diagnosis(&bound(local), &request.options(&shared), &working());
    assert_eq!((certain(&possible), bind_failed(&possible)), (Some(false), true), "{possible}");
    // A UDP socket does not carry the tunnel's id, and needs no module.
    let existing = KernelState { family: Ok(()), tunnels: Some(Ok(vec![samples::tunnel(1)])) };
    let tree = full();
    tree.write("etc/modprobe.d/l2tp.conf", b"install l2tp_netlink /bin/false\n");
    tree.write("proc/modules", b"");
    tree.write("proc/sys/kernel/modprobe", b"\n");
    let found = diagnosis(&tree, &request, &existing);
    assert!(bind_failed(&found), "{found}");
}

#[test]
fn an_ip_socket_is_not_bound_if_its_module_or_id_cannot_be_used() {
    let ip = tunnel(EncapType::Ip);
    let local = (Ipv4Addr::LOCALHOST, 0).into();
    let request = Diagnose::new().tunnel(&ip).local(local).try_bind(true);
    let existing = KernelState { family: Ok(()), tunnels: Some(Ok(vec![samples::tunnel(1)])) };
    let disabled = full();
    disabled.write("etc/modprobe.d/l2tp.conf", b"blacklist l2tp_ip\n");
    let not_loaded = full();
    not_loaded.write("proc/sys/kernel/modprobe", b"\n");
    let not_installed = full();
    not_installed.write("lib/modules/6.12.1/modules.dep", b"");
    for (tree, kernel) in [
        (full(), existing),
        (disabled, working()),
        (not_loaded, working()),
        (not_installed, working()),
    ] {
        let found = diagnosis(&tree, &request, &kernel);
        assert_eq!(found.worst_severity(), Some(Severity::Error), "{found}");
        assert!(!bind_failed(&found), "{found}");
    }
}
