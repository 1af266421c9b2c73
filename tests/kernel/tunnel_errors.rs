//! Every way in which the kernel refuses a tunnel, as the library tells it.

use std::fs::File;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::unix::net::UnixDatagram;

use anyhow::{Result, ensure};
use l2tp::{EncapType, Error, ErrorKind, ProtocolVersion, TunnelConfig, TunnelId, TunnelSocket};
use socket2::{Domain, Socket, Type};

use crate::support::{Expected, Net, Variant, ensure_fails, tests};

tests![
    an_id_in_use for Variant::ALL,
    an_id_in_use_by_the_other_version,
    an_address_and_port_in_use for Variant::UDP,
    a_port_of_a_socket_of_both_families,
    an_id_of_a_socket_over_ip,
    an_address_without_an_interface for Variant::ALL,
    a_peer_without_route for Variant::ALL,
    a_route_that_forbids for Variant::V3,
    a_broadcast_peer,
    a_file_as_socket,
    a_socket_of_another_protocol,
    a_socket_of_another_family,
    a_socket_of_the_other_encapsulation,
    a_socket_that_carries_a_tunnel,
    a_socket_of_another_namespace,
    an_unknown_tunnel,
];

/// Tunnel 7 between two ends.
fn create(net: &Net, variant: Variant, local: &str, peer: &str) -> Result<Result<(), Error>> {
    let config = TunnelConfig::new(variant.version, variant.encap, 7, 8);
    let (mut from, mut to) = (variant.local(), variant.peer());
    from.set_ip(local.parse()?);
    to.set_ip(peer.parse()?);
    if variant.is_udp() {
        from.set_port(from.port() + 10);
    }
    Ok(net.conn()?.create_static_tunnel(from, to, &config))
}

fn an_id_in_use(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    let mut local = variant.local();
    if variant.is_udp() {
        local.set_port(0);
    }
    ensure_fails(
        conn.create_static_tunnel(local, variant.peer(), &variant.config()),
        &Expected::exists(&[
            "create static tunnel 1: the tunnel id is in use (EEXIST)",
            "a deleted tunnel keeps its id until the kernel has released it",
        ]),
    )
}

fn an_id_in_use_by_the_other_version() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let (v2, v3) = (Variant::V2_UDP4, Variant::V3_UDP4);
    conn.create_static_tunnel(v3.local(), v3.peer(), &v3.config())?;
    let mut local = v2.local();
    local.set_port(0);
    ensure_fails(
        conn.create_static_tunnel(local, v2.peer(), &v2.config()),
        &Expected::exists(&[
            "create static tunnel 1: the tunnel id is in use (EEXIST)",
            "L2TPv2 and L2TPv3 share the ids",
        ]),
    )
}

fn an_address_and_port_in_use(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let _other = net.run(|| Ok(UdpSocket::bind(variant.local())?))?;
    ensure_fails(
        net.conn()?.create_static_tunnel(variant.local(), variant.peer(), &variant.config()),
        &Expected {
            errno: Some(libc::EADDRINUSE),
            kind: ErrorKind::Exists,
            texts: &[
                "create static tunnel 1: the local address and port are in use (EADDRINUSE)",
                "or a tunnel that was deleted a moment ago",
                "`delete_tunnel_and_wait` returns when the socket is closed",
                "`ss -uapn` lists the sockets",
                "choose another port, or port 0",
            ],
        },
    )
}

/// An L2TP/IP socket is bound to a tunnel's id as a UDP socket is to a port.
/// A socket for every address of IPv6 has those of IPv4 as well, unless it is of IPv6 only.
fn a_port_of_a_socket_of_both_families() -> Result<()> {
    for (only_v6, expected) in [(false, Some(libc::EADDRINUSE)), (true, None)] {
        let net = Net::new()?;
        let _socket = net.run(|| {
            let socket = Socket::new(Domain::IPV6, Type::DGRAM, None)?;
            socket.set_only_v6(only_v6)?;
            socket.bind(&"[::]:5000".parse::<SocketAddr>()?.into())?;
            Ok(socket)
        })?;
        let variant = Variant::V3_UDP4;
        let outcome =
            net.conn()?.create_static_tunnel(variant.local(), variant.peer(), &variant.config());
        let errno = outcome.err().and_then(|error| error.raw_os_error());
        ensure!(errno == expected, "IPv6 only: {only_v6}: {errno:?}");
    }
    Ok(())
}

fn an_id_of_a_socket_over_ip() -> Result<()> {
    let net = Net::new()?;
    let variant = Variant::V3_IP4;
    let _other = net.run(|| Ok(TunnelSocket::ip(variant.local().ip(), 1, None)?))?;
    ensure_fails(
        net.conn()?.create_static_tunnel(variant.local(), variant.peer(), &variant.config()),
        &Expected {
            errno: Some(libc::EADDRINUSE),
            kind: ErrorKind::Exists,
            texts: &[
                "create static tunnel 1: the local address and port are in use (EADDRINUSE)",
                "over IP the socket is bound to the tunnel id: choose another id",
            ],
        },
    )
}

fn an_address_without_an_interface(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let (nobody, peer) =
        if variant.ipv6 { ("2001:db8::9", "::1") } else { ("192.0.2.9", "127.0.0.1") };
    ensure_fails(
        create(&net, variant, nobody, peer)?,
        &Expected {
            errno: Some(libc::EADDRNOTAVAIL),
            kind: ErrorKind::Network,
            texts: &[
                "create static tunnel 7: the local address is not an address that the kernel can \
                 use here (EADDRNOTAVAIL)",
                "`ip addr show to ADDRESS` shows",
            ],
        },
    )
}

fn a_peer_without_route(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let (local, peer) =
        if variant.ipv6 { ("::1", "2001:db8::9") } else { ("127.0.0.1", "192.0.2.9") };
    ensure_fails(
        create(&net, variant, local, peer)?,
        &Expected {
            errno: Some(libc::ENETUNREACH),
            kind: ErrorKind::Network,
            texts: &[
                "create static tunnel 7: no route to the peer (ENETUNREACH)",
                "`ip route get PEER from LOCAL`",
            ],
        },
    )
}

fn a_route_that_forbids(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let (local, prefix) =
        if variant.ipv6 { ("::1", "2001:db8::") } else { ("127.0.0.1", "192.0.2.") };
    for (route, errno, kind, texts) in [
        ("unreachable", libc::EHOSTUNREACH, ErrorKind::Network, "no route to the peer"),
        ("prohibit", libc::EACCES, ErrorKind::Network, "the kernel forbids sending to the peer"),
        (
            "blackhole",
            libc::EINVAL,
            ErrorKind::Other,
            "a blackhole route drops packets to the peer",
        ),
    ] {
        let peer = format!("{prefix}{errno}");
        net.ip(&format!("route add {route} {peer}"))?;
        let texts = ["create static tunnel 7: ", texts, "`ip route get PEER"];
        ensure_fails(
            create(&net, variant, local, &peer)?,
            &Expected { errno: Some(errno), kind, texts: &texts },
        )?;
    }
    Ok(())
}

fn a_broadcast_peer() -> Result<()> {
    let (net, _other) = Net::pair()?;
    ensure_fails(
        create(&net, Variant::PLAIN, "10.0.0.1", "10.0.0.255")?,
        &Expected {
            errno: Some(libc::EACCES),
            kind: ErrorKind::Network,
            texts: &[
                "create static tunnel 7: the kernel forbids sending to the peer, or the local port",
                "the peer is the broadcast address of an interface",
            ],
        },
    )
}

fn a_file_as_socket() -> Result<()> {
    let net = Net::new()?;
    let file = File::open("/dev/null")?;
    ensure_fails(
        net.conn()?.create_managed_tunnel(&file, &Variant::PLAIN.config()),
        &Expected {
            errno: Some(libc::ENOTSOCK),
            kind: ErrorKind::Other,
            texts: &[
                "create managed tunnel 1: the file descriptor is not a socket (ENOTSOCK)",
                "pass a UDP or L2TP/IP socket",
            ],
        },
    )
}

const UNFIT: &[&str] = &[
    "create managed tunnel 1: the socket does not fit the encapsulation (EPROTONOSUPPORT)",
    "UDP encapsulation needs a UDP socket",
    "a socket of protocol 115",
];

fn a_socket_of_another_protocol() -> Result<()> {
    let net = Net::new()?;
    let socket = net.run(|| Ok(TcpListener::bind("127.0.0.1:0")?))?;
    ensure_fails(
        net.conn()?.create_managed_tunnel(&socket, &Variant::PLAIN.config()),
        &Expected {
            errno: Some(libc::EPROTONOSUPPORT),
            kind: ErrorKind::Unsupported,
            texts: UNFIT,
        },
    )
}

fn a_socket_of_another_family() -> Result<()> {
    let net = Net::new()?;
    let socket = net.run(|| Ok(UnixDatagram::unbound()?))?;
    ensure_fails(
        net.conn()?.create_managed_tunnel(&socket, &Variant::PLAIN.config()),
        &Expected {
            errno: Some(libc::EPROTONOSUPPORT),
            kind: ErrorKind::Unsupported,
            texts: UNFIT,
        },
    )
}

fn a_socket_of_the_other_encapsulation() -> Result<()> {
    let net = Net::new()?;
    let socket = net.run(|| Ok(UdpSocket::bind("127.0.0.1:0")?))?;
    let config = TunnelConfig::new(ProtocolVersion::V3, EncapType::Ip, 1, 2);
    ensure_fails(
        net.conn()?.create_managed_tunnel(&socket, &config),
        &Expected {
            errno: Some(libc::EPROTONOSUPPORT),
            kind: ErrorKind::Unsupported,
            texts: UNFIT,
        },
    )
}

fn a_socket_that_carries_a_tunnel() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let socket = net.run(|| Ok(UdpSocket::bind("127.0.0.1:0")?))?;
    conn.create_managed_tunnel(&socket, &Variant::PLAIN.config())?;
    let another = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 3, 4);
    ensure_fails(
        conn.create_managed_tunnel(&socket, &another),
        &Expected {
            errno: Some(libc::EBUSY),
            kind: ErrorKind::Exists,
            texts: &[
                "create managed tunnel 3: the socket already carries a tunnel",
                "(EBUSY): a socket carries one tunnel: open another socket",
            ],
        },
    )
}

fn a_socket_of_another_namespace() -> Result<()> {
    let (net, other) = (Net::new()?, Net::new()?);
    let socket = other.run(|| Ok(UdpSocket::bind("127.0.0.1:0")?))?;
    ensure_fails(
        net.conn()?.create_managed_tunnel(&socket, &Variant::PLAIN.config()),
        &Expected {
            errno: Some(libc::EINVAL),
            kind: ErrorKind::Other,
            texts: &[
                "create managed tunnel 1: the socket cannot carry this tunnel (EINVAL)",
                "in different network namespaces",
            ],
        },
    )
}

fn an_unknown_tunnel() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let get = conn.get_tunnel_info(TunnelId(1)).map(drop);
    for (what, outcome) in [("get", get), ("delete", conn.delete_tunnel(TunnelId(1)))] {
        ensure_fails(
            outcome,
            &Expected {
                errno: Some(libc::ENODEV),
                kind: ErrorKind::NotFound,
                texts: &[
                    &format!("{what} tunnel 1: no such tunnel (ENODEV)"),
                    "no tunnel in this network namespace has this local id",
                ],
            },
        )?;
    }
    Ok(())
}
