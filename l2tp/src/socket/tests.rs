//! UDP sockets over the loopback interface, which need no privilege.

use std::time::Duration;

use super::*;

/// An L2TPv3 acknowledgement for control connection 7, which is only a header.
const MESSAGE: [u8; ControlHeader::LEN] = [0xc8, 3, 0, 12, 0, 0, 0, 7, 0, 1, 0, 2];

fn loopback(port: u16) -> SocketAddr {
    ([127, 0, 0, 1], port).into()
}

fn socket() -> TunnelSocket {
    TunnelSocket::udp(loopback(0), None).expect("a socket")
}

fn address(socket: &TunnelSocket) -> SocketAddr {
    match socket.local_addr().expect("an address") {
        TunnelAddr::Udp(addr) => addr,
        other @ TunnelAddr::Ip { .. } => panic!("{other}"),
    }
}

#[test]
fn options_are_read_back_as_they_were_set() {
    let options = SocketOptions::new()
        .udp_csum(false)
        .traffic_class(0x20)
        .hop_limit(7)
        .pmtu_discovery(PmtuDiscovery::Dont)
        .reuse_address(true)
        .reuse_port(true)
        .freebind(true)
        .recv_buffer(8192)
        .send_buffer(16384);
    let socket = TunnelSocket::open(loopback(0), None, &options).expect("a socket");
    let all = options.mark(0).transparent(false);
    assert_eq!(socket.options().expect("options"), all);
    socket.set_options(&SocketOptions::new().hop_limit(8)).expect("another limit");
    assert_eq!(socket.options().expect("options"), all.hop_limit(8));
}

#[test]
fn options_that_the_kind_of_socket_lacks_are_rejected() {
    let socket = socket();
    for options in [
        SocketOptions::new().udp_zero_csum6_tx(true),
        SocketOptions::new().udp_zero_csum6_rx(true),
        SocketOptions::new().ipv6_only(true),
        SocketOptions::new().hop_limit(0),
    ] {
        let result = socket.set_options(&options);
        assert!(matches!(result, Err(SocketError::Config { .. })), "{result:?}");
    }
}

#[test]
fn timeouts_are_read_back_as_they_were_set() {
    let socket = socket();
    assert_eq!(socket.read_timeout().expect("no limit"), None);
    let (read, write) = (Duration::from_millis(1500), Duration::from_millis(2700));
    socket.set_read_timeout(Some(read)).expect("a limit");
    socket.set_write_timeout(Some(write)).expect("a limit");
    assert_eq!(socket.read_timeout().expect("a limit"), Some(read));
    assert_eq!(socket.write_timeout().expect("a limit"), Some(write));
    socket.set_read_timeout(None).expect("no limit");
    assert_eq!(socket.read_timeout().expect("no limit"), None);
    assert_eq!(socket.write_timeout().expect("a limit"), Some(write));
}

#[test]
fn a_timeout_is_never_rounded_to_no_timeout() {
    let socket = socket();
    socket.set_read_timeout(Some(Duration::from_nanos(1))).expect("a limit");
    assert!(socket.read_timeout().expect("a limit").is_some());
    let error = socket.recv(&mut [0; 16]).expect_err("nothing was sent");
    assert!(error.is_would_block(), "{error}");
    let zero = socket.set_read_timeout(Some(Duration::ZERO));
    assert!(matches!(zero, Err(SocketError::Config { .. })), "{zero:?}");
    socket.set_read_timeout(Some(Duration::MAX)).expect("a long limit");
}

#[test]
fn a_truncated_message_has_no_header() {
    let (from, to) = (socket(), socket());
    to.set_nonblocking(true).expect("a flag");
    let mut connected = TunnelSocket::udp(loopback(0), Some(address(&to))).expect("a socket");
    assert_eq!(connected.peer_addr().expect("a peer"), Some(address(&to).into()));
    connected.send_control(&MESSAGE).expect("the message is sent");
    from.send_control_to(&MESSAGE, address(&to)).expect("the message is sent");
    let mut buf = [0; 64];
    let received = to.recv(&mut buf).expect("a message");
    let control = ControlHeader::parse(&MESSAGE).ok();
    let whole = ReceivedMessage { len: 12, full_len: 12, from: address(&connected), control };
    assert_eq!((received, &buf[..12]), (whole, &MESSAGE[..]));
    let received = to.recv(&mut buf[..11]).expect("a message");
    let truncated = ReceivedMessage { len: 11, full_len: 12, from: address(&from), control: None };
    assert_eq!(received, truncated);
    assert!(to.recv(&mut buf).expect_err("no more").is_would_block());
    connected.disconnect().expect("disconnected");
    let error = connected.send_control(&MESSAGE).expect_err("no peer");
    assert_eq!(error.raw_os_error(), Some(libc::EDESTADDRREQ));
}

#[test]
fn a_disconnected_socket_keeps_its_port() {
    // Two sockets share the port, so that no other program can be bound to it in between.
    let options = SocketOptions::new().reuse_address(true);
    let open = |port, peer| TunnelSocket::open(loopback(port), peer, &options).expect("a socket");
    let (first, other) = (open(0, None), open(0, None));
    let peer: TunnelAddr = address(&other).into();
    for port in [0, address(&first).port()] {
        let mut socket = open(port, Some(peer));
        let before = address(&socket);
        socket.disconnect().expect("disconnected");
        assert_eq!(socket.peer_addr().expect("none"), None);
        assert_eq!(address(&socket), before);
        socket.connect(peer).expect("a peer");
        assert_eq!(socket.peer_addr().expect("a peer"), Some(peer));
    }
}

#[test]
fn sender_addresses_have_these_forms() {
    use sys::SockAddr;
    let kinds = [SocketKind::Udp4, SocketKind::Udp6, SocketKind::Ip4, SocketKind::Ip6];
    let senders = kinds.map(SocketKind::blank_sender);
    let [SockAddr::Udp4(_), SockAddr::Udp6(_), SockAddr::Udp4(_), SockAddr::Ip6(_)] = senders
    else {
        panic!("other forms")
    };
}

#[test]
fn a_probe_uses_only_address_and_route_options() {
    let options = SocketOptions::new()
        .traffic_class(0x20)
        .mark(3)
        .freebind(true)
        .transparent(true)
        .interface(crate::IfName::new("lo").expect("a name"));
    let rest = options.hop_limit(1).udp_csum(true).reuse_port(true).recv_buffer(4096);
    assert_eq!(rest.address_and_route_options(), options);
}
