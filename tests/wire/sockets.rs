//! What the errors of tunnel sockets say: each errno that a step can give, with its remedy.

use std::fmt::Write;
use std::io;
use std::net::{IpAddr, Ipv6Addr};

use l2tp::{DescriptorFault, ErrorKind, SocketError, SocketKind, SocketStep, TunnelAddr, TunnelId};

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

fn steps() -> Vec<SocketStep> {
    let kinds = [SocketKind::Udp4, SocketKind::Udp6, SocketKind::Ip4, SocketKind::Ip6];
    let udp = SocketKind::Udp4;
    let mut steps = kinds.map(SocketStep::Open).to_vec();
    steps.push(SocketStep::EnterNetns);
    steps.extend(["interface", "ipv6_only", "mark"].map(|option| SocketStep::Set(udp, option)));
    steps.push(SocketStep::Get(udp, "mark"));
    steps.extend(addresses().into_iter().map(SocketStep::Bind));
    steps.extend(addresses().into_iter().map(SocketStep::Connect));
    steps.extend(
        [SocketStep::Disconnect, SocketStep::LocalAddr, SocketStep::PeerAddr].map(|step| step(udp)),
    );
    steps.extend([None, addresses().pop()].map(|to| SocketStep::Send(udp, to)));
    steps.extend(
        [SocketStep::Receive, SocketStep::Register, SocketStep::Compare].map(|step| step(udp)),
    );
    steps.push(SocketStep::Adopt);
    steps
}

/// What an errno means to every step alike is shown once.
#[test]
fn refusals_of_tunnel_sockets_say_what_to_do() {
    let said = |step: SocketStep, errno| {
        let whole =
            SocketError::System { step, error: io::Error::from_raw_os_error(errno) }.to_string();
        let meaning = whole.strip_prefix(&format!("{step}: ")).expect("what was attempted first");
        meaning.to_owned()
    };
    let everywhere = SocketStep::Get(SocketKind::Udp4, "mark");
    let mut text = String::from("any step\n");
    for (errno, name) in ERRNOS {
        let meaning = said(everywhere, errno);
        // The rest is the C library's.
        if !meaning.contains("os error") {
            writeln!(text, "  {name}: {meaning}").expect("a string");
        }
    }
    for step in steps() {
        writeln!(text, "{step}").expect("a string");
        for (errno, name) in ERRNOS {
            let meaning = said(step, errno);
            if meaning != said(everywhere, errno) {
                writeln!(text, "  {name}: {meaning}").expect("a string");
            }
        }
    }
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("socket_refusals", text);
    });
}

#[test]
fn refusals_of_tunnel_sockets_have_a_step_an_errno_and_a_kind() {
    for step in steps() {
        let on_the_way = matches!(step, SocketStep::Connect(_) | SocketStep::Send(..));
        for (errno, name) in ERRNOS {
            let error = SocketError::System { step, error: io::Error::from_raw_os_error(errno) };
            assert_eq!((error.step(), error.raw_os_error()), (step, Some(errno)));
            assert_eq!(error.is_would_block(), errno == libc::EAGAIN, "{step}: {name}");
            let kind = match errno {
                libc::ENODEV => ErrorKind::Network,
                libc::EPERM if on_the_way => ErrorKind::Network,
                libc::EPERM => ErrorKind::Permission,
                _ => continue,
            };
            assert_eq!(error.kind(), kind, "{step}: {name}");
        }
    }
}

#[test]
fn a_descriptor_that_cannot_be_examined_for_want_of_a_capability_says_so() {
    let told = |errno| {
        let error = io::Error::from_raw_os_error(errno);
        DescriptorFault::Unreadable { what: "its namespace", error }.to_string()
    };
    assert!(told(libc::EPERM).contains("CAP_NET_ADMIN"), "{}", told(libc::EPERM));
    assert!(!told(libc::EIO).contains("CAP_NET_ADMIN"), "{}", told(libc::EIO));
    let gone = |errno: Option<i32>| {
        let step = SocketStep::Receive(SocketKind::Udp4);
        let error = errno.map(io::Error::from_raw_os_error);
        SocketError::InterfaceGone { step, index: 5, error }.to_string()
    };
    assert!(gone(None).contains("interface 5, which is gone: "), "{}", gone(None));
    let enodev = gone(Some(libc::ENODEV));
    assert!(enodev.contains("interface 5, which is gone (ENODEV): "), "{enodev}");
}
