//! The texts of tunnel sockets' errors: each errno of each operation, with its remedy.

use std::fmt::Write;
use std::io;
use std::net::{IpAddr, Ipv6Addr};

use l2tp::socket::{DescriptorFault, SocketError, SocketKind, SocketOperation, TunnelAddr};
use l2tp::{ErrorKind, TunnelId};

const ERRNOS: [(i32, &str); 26] = [
    (libc::EPERM, "EPERM"),
    (libc::ENOENT, "ENOENT"),
    (libc::EIO, "EIO"),
    (libc::EAGAIN, "EAGAIN"),
    (libc::ENOMEM, "ENOMEM"),
    (libc::EACCES, "EACCES"),
    (libc::ENODEV, "ENODEV"),
    (libc::EINVAL, "EINVAL"),
    (libc::ENFILE, "ENFILE"),
    (libc::EMFILE, "EMFILE"),
    (libc::ENOSPC, "ENOSPC"),
    (libc::EDESTADDRREQ, "EDESTADDRREQ"),
    (libc::EMSGSIZE, "EMSGSIZE"),
    (libc::ENOPROTOOPT, "ENOPROTOOPT"),
    (libc::EPROTONOSUPPORT, "EPROTONOSUPPORT"),
    (libc::ESOCKTNOSUPPORT, "ESOCKTNOSUPPORT"),
    (libc::EAFNOSUPPORT, "EAFNOSUPPORT"),
    (libc::EADDRINUSE, "EADDRINUSE"),
    (libc::EADDRNOTAVAIL, "EADDRNOTAVAIL"),
    (libc::ENETDOWN, "ENETDOWN"),
    (libc::ENETUNREACH, "ENETUNREACH"),
    (libc::ENOBUFS, "ENOBUFS"),
    (libc::EISCONN, "EISCONN"),
    (libc::ENOTCONN, "ENOTCONN"),
    (libc::ECONNREFUSED, "ECONNREFUSED"),
    (libc::EHOSTUNREACH, "EHOSTUNREACH"),
];

fn addresses() -> Vec<TunnelAddr> {
    let link_local: Ipv6Addr = "fe80::1".parse().expect("an address");
    let tunnel_id = TunnelId(7);
    let on_a_link = |scope_id| TunnelAddr::Ip { addr: link_local.into(), scope_id, tunnel_id };
    vec![
        TunnelAddr::Udp(([192, 0, 2, 1], 1701).into()),
        TunnelAddr::Udp(([192, 0, 2, 1], 0).into()),
        TunnelAddr::from((IpAddr::from([192, 0, 2, 1]), tunnel_id)),
        on_a_link(0),
        on_a_link(3),
    ]
}

fn operations() -> Vec<SocketOperation> {
    let kinds = [SocketKind::Udp4, SocketKind::Udp6, SocketKind::Ip4, SocketKind::Ip6];
    let udp = SocketKind::Udp4;
    let mut operations = kinds.map(SocketOperation::Open).to_vec();
    operations.push(SocketOperation::EnterNetns);
    operations.extend(
        ["interface", "ipv6_only", "mark"].map(|option| SocketOperation::SetOption(udp, option)),
    );
    operations.push(SocketOperation::GetOption(udp, "mark"));
    operations.extend(addresses().into_iter().map(SocketOperation::Bind));
    operations.extend(addresses().into_iter().map(SocketOperation::Connect));
    operations.extend(
        [SocketOperation::Disconnect, SocketOperation::LocalAddr, SocketOperation::PeerAddr]
            .map(|operation| operation(udp)),
    );
    operations.extend([None, addresses().pop()].map(|to| SocketOperation::Send(udp, to)));
    operations.extend(
        [SocketOperation::Receive, SocketOperation::Register, SocketOperation::CheckTunnel]
            .map(|operation| operation(udp)),
    );
    operations.push(SocketOperation::Adopt);
    operations
}

/// An errno with the same text for every operation is shown once.
#[test]
fn errors_of_tunnel_sockets_have_a_remedy() {
    let meaning_of = |operation: SocketOperation, errno| {
        let whole = SocketError::System { operation, error: io::Error::from_raw_os_error(errno) }
            .to_string();
        let meaning = whole.strip_prefix(&format!("{operation}: ")).expect("the operation first");
        meaning.to_owned()
    };
    let everywhere = SocketOperation::GetOption(SocketKind::Udp4, "mark");
    let mut text = String::from("any operation\n");
    for (errno, name) in ERRNOS {
        let meaning = meaning_of(everywhere, errno);
        // Other texts are the C library's.
        if !meaning.contains("os error") {
            writeln!(text, "  {name}: {meaning}").expect("a string");
        }
    }
    for operation in operations() {
        writeln!(text, "{operation}").expect("a string");
        for (errno, name) in ERRNOS {
            let meaning = meaning_of(operation, errno);
            if meaning != meaning_of(everywhere, errno) {
                writeln!(text, "  {name}: {meaning}").expect("a string");
            }
        }
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("socket_errors", text);
    });
}

#[test]
fn errors_of_tunnel_sockets_have_an_operation_an_errno_and_a_kind() {
    for operation in operations() {
        let on_the_path =
            matches!(operation, SocketOperation::Connect(_) | SocketOperation::Send(..));
        for (errno, name) in ERRNOS {
            let error =
                SocketError::System { operation, error: io::Error::from_raw_os_error(errno) };
            assert_eq!((error.operation(), error.raw_os_error()), (operation, Some(errno)));
            assert_eq!(error.is_would_block(), errno == libc::EAGAIN, "{operation}: {name}");
            let kind = match errno {
                libc::ENODEV => ErrorKind::Network,
                libc::EPERM if on_the_path => ErrorKind::Network,
                libc::EPERM => ErrorKind::Permission,
                _ => continue,
            };
            assert_eq!(error.kind(), kind, "{operation}: {name}");
        }
    }
}

#[test]
fn an_examination_that_lacks_a_capability_names_it() {
    let fault = |errno| {
        let error = io::Error::from_raw_os_error(errno);
        DescriptorFault::Unreadable { what: "its namespace", error }.to_string()
    };
    assert!(fault(libc::EPERM).contains("CAP_NET_ADMIN"), "{}", fault(libc::EPERM));
    assert!(!fault(libc::EIO).contains("CAP_NET_ADMIN"), "{}", fault(libc::EIO));
    let gone = |errno: Option<i32>| {
        let operation = SocketOperation::Receive(SocketKind::Udp4);
        let error = errno.map(io::Error::from_raw_os_error);
        SocketError::InterfaceGone { operation, index: 5, error }.to_string()
    };
    assert!(gone(None).contains("interface 5, which is gone: "), "{}", gone(None));
    let enodev = gone(Some(libc::ENODEV));
    assert!(enodev.contains("interface 5, which is gone (ENODEV): "), "{enodev}");
}
