//! Errnos whose usual cause is not the cause: the text has what it was among what it may be.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use l2tp::conn::DeletionWait;
use l2tp::error::Operation;
use l2tp::host::diagnose::{Diagnose, Finding};
use l2tp::netlink::attr::AttrWriter;
use l2tp::netlink::extack::KernelError;
use l2tp::ppp::Unit;
use l2tp::socket::{ControlHeader, SocketError};
use l2tp::{
    Conn, Error, ErrorKind, ProtocolVersion, PseudowireType, SessionConfig, SessionId, TunnelId,
    TunnelSocket, diagnose,
};

use crate::support::{
    Expected, Fill, Helper, Net, Outcome, Raw, Variant, ensure_fails, eventually, helper, put,
    put_session, put_tunnel, run, tests,
};

tests![
    a_privileged_port,
    an_ipsec_policy_that_blocks for Variant::ALL,
    a_process_that_has_used_up_the_ports for Variant::UDP,
    a_tunnel_that_is_being_deleted,
    a_router_that_prohibits for V3_UDP,
    a_device_on_a_file_system_without_devices,
];

const V3_UDP: [Variant; 2] = [Variant::V3_UDP4, Variant::V3_UDP6];

pub(crate) const HELPERS: &[Helper] =
    &[("take_a_privileged_port", take_a_privileged_port), ("open_no_device", open_no_device)];

fn a_privileged_port() -> Result<()> {
    let net = Net::new()?;
    let inner = helper("take_a_privileged_port")?;
    let mut outer = Command::new("setpriv");
    outer.args(["--bounding-set", "-net_bind_service"]);
    outer.arg(inner.get_program()).args(inner.get_args());
    net.run(|| run(&mut outer)).map(drop)
}

/// As root without `CAP_NET_BIND_SERVICE`.
fn take_a_privileged_port() -> Result<()> {
    let (mut conn, variant) = (Conn::open()?, Variant::PLAIN);
    let create = |conn: &mut Conn, port: u16| {
        let local = SocketAddr::new(variant.local().ip(), port);
        conn.create_static_tunnel(local, variant.peer(), &variant.config())
    };
    let expected = |texts| Expected { errno: Some(libc::EACCES), kind: ErrorKind::Network, texts };
    ensure_fails(
        create(&mut conn, 1023),
        &expected(&["the local port is privileged (EACCES)", "CAP_NET_BIND_SERVICE"]),
    )?;
    create(&mut conn, 1024)?;
    ensure_fails(
        TunnelSocket::udp("127.0.0.1:1023".parse()?, None).map_err(Error::from),
        &Expected {
            errno: Some(libc::EACCES),
            kind: ErrorKind::Permission,
            texts: &["the port is privileged", "CAP_NET_BIND_SERVICE"],
        },
    )
}

/// The kernel looks for a policy when it connects the tunnel's socket.
fn an_ipsec_policy_that_blocks(variant: Variant) -> Result<()> {
    // The loopback interface has no policies over IPv4.
    let (net, _other) = Net::pair()?;
    let (mut local, mut peer) = (variant.local(), variant.peer());
    let [here, there] =
        if variant.ipv6 { ["fd00::1", "fd00::2"] } else { ["10.0.0.1", "10.0.0.2"] };
    local.set_ip(here.parse()?);
    peer.set_ip(there.parse()?);
    eventually("IPsec", || net.ip(&format!("xfrm policy add dir out dst {there} action block")))?;
    let create = || anyhow::Ok(net.conn()?.create_static_tunnel(local, peer, &variant.config()));
    ensure_fails(
        create()?,
        &Expected {
            errno: Some(libc::EPERM),
            kind: ErrorKind::Permission,
            texts: &["permission denied (EPERM)", "CAP_NET_ADMIN", "`ip xfrm policy`"],
        },
    )?;
    net.ip("xfrm policy flush")?;
    create()??;
    Ok(())
}

fn a_process_that_has_used_up_the_ports(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let mut local = variant.local();
    local.set_port(0);
    let range = "/proc/sys/net/ipv4/ip_local_port_range";
    let _taken = net.run(|| {
        fs::write(range, "50000 50001")?;
        let sockets: Vec<_> = (50_000..=50_001)
            .map(|port| UdpSocket::bind((local.ip(), port)))
            .collect::<Result<_, _>>()?;
        Ok(sockets)
    })?;
    let in_use = |texts| Expected { errno: Some(libc::EADDRINUSE), kind: ErrorKind::Exists, texts };
    ensure_fails(
        net.conn()?.create_static_tunnel(local, variant.peer(), &variant.config()),
        &in_use(&["in use (EADDRINUSE)", "if port 0 failed, widen net.ipv4.ip_local_port_range"]),
    )?;
    let socket = net.run(|| Ok(TunnelSocket::udp(local, None)))?;
    ensure_fails(
        socket.map_err(Error::from),
        &in_use(&["the address has no free port (EADDRINUSE)", "net.ipv4.ip_local_port_range"]),
    )?;
    net.run(|| Ok(fs::write(range, "50000 50002")?))?;
    net.conn()?.create_static_tunnel(local, variant.peer(), &variant.config())?;
    Ok(())
}

/// It is still found, and accepts no session. The kernel deletes it in the background, so many
/// creations follow the deletion: one of them meets the beginning.
fn a_tunnel_that_is_being_deleted() -> Result<()> {
    let net = Net::new()?;
    let (mut raw, mut conn) = (Raw::open(&net)?, net.conn()?);
    let creations: Vec<_> =
        (10..74).map(|id| move |out: &mut AttrWriter<'_>| put_session(out, 1, id)).collect();
    for _ in 0..200 {
        raw.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| put_tunnel(out, 3, 1))??;
        let named: Fill<'_> = &|out| put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &1u32.to_ne_bytes());
        let mut requests = vec![(l2tp_sys::L2TP_CMD_TUNNEL_DELETE, named)];
        for creation in &creations {
            let creation: Fill<'_> = creation;
            requests.push((l2tp_sys::L2TP_CMD_SESSION_CREATE, creation));
            requests.push((l2tp_sys::L2TP_CMD_TUNNEL_GET, named));
        }
        let outcomes = raw.together(&requests)?;
        let wait = DeletionWait::up_to(Duration::from_secs(20)).missing_ok(true);
        conn.delete_tunnel_and_wait(TunnelId(1), wait)?;
        let outcomes: Vec<_> = outcomes.into_iter().map(|(_, outcome)| outcome).collect();
        if outcomes
            .windows(2)
            .any(|pair| pair == [Outcome::Refused(libc::ENODEV), Outcome::Replied])
        {
            let operation = Operation::CreateSession(TunnelId(1), SessionId(10));
            let error = KernelError::from_errno(libc::ENODEV);
            let text = Error::Rejected { operation, error }.to_string();
            ensure!(text.contains("A tunnel that is being deleted accepts no sessions"), "{text}");
            return Ok(());
        }
    }
    bail!("no round found it in between")
}

/// What it answers is the errno of the socket's next use.
fn a_router_that_prohibits(variant: Variant) -> Result<()> {
    let (net, router) = Net::pair()?;
    let (subnet, via, local, peer) = if variant.ipv6 {
        ("2001:db8::/64", "fd00::2", "[fd00::1]:1701", "[2001:db8::9]:1701")
    } else {
        ("192.0.2.0/24", "10.0.0.2", "10.0.0.1:1701", "192.0.2.9:1701")
    };
    net.ip(&format!("route add {subnet} via {via}"))?;
    router.ip(&format!("route add prohibit {subnet}"))?;
    router.run(|| {
        fs::write("/proc/sys/net/ipv4/ip_forward", "1")?;
        Ok(fs::write("/proc/sys/net/ipv6/conf/all/forwarding", "1")?)
    })?;
    let (local, peer): (SocketAddr, SocketAddr) = (local.parse()?, peer.parse()?);
    let socket = net.run(|| Ok(TunnelSocket::udp(local, Some(peer))?))?;
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    let errno = if variant.ipv6 { libc::EACCES } else { libc::EHOSTUNREACH };
    let answered = |use_it: &dyn Fn() -> Result<(), SocketError>| {
        eventually("the router answers", || {
            let error = use_it().err().context("it was sent")?;
            ensure!(error.raw_os_error() == Some(errno), "{error}");
            Ok(error.to_string())
        })
    };
    let message = ControlHeader {
        version: ProtocolVersion::V3,
        length: u16::try_from(ControlHeader::LEN)?,
        tunnel_id: TunnelId(2),
        session_id: SessionId(0),
        ns: 0,
        nr: 0,
    }
    .to_bytes();
    socket.send_control(&message)?;
    let text = answered(&|| socket.recv(&mut [0; 100]).map(drop))?;
    ensure!(text.contains("an earlier message did not arrive"), "{text}");
    ensure!(!variant.ipv6 || text.contains("administratively prohibited"), "{text}");
    let text = answered(&|| socket.send_control(&message))?;
    ensure!(!variant.ipv6 || text.contains("a router or firewall on the path"), "{text}");
    Ok(())
}

fn a_device_on_a_file_system_without_devices() -> Result<()> {
    let inner = helper("open_no_device")?;
    let script = "mount -t tmpfs -o nodev none /dev && mknod -m 666 /dev/ppp c 108 0 && \
                  exec \"$0\" \"$@\"";
    let mut outer = Command::new("unshare");
    outer.args(["-m", "sh", "-c", script]).arg(inner.get_program()).args(inner.get_args());
    run(&mut outer).map(drop)
}

fn open_no_device() -> Result<()> {
    let error = Unit::create().err().context("there are no devices")?;
    let text = error.to_string();
    ensure!(error.raw_os_error() == Some(libc::EACCES), "{text}");
    ensure!(text.contains("mounted nodev"), "{text}");
    ensure!(diagnose().is_ok(), "nobody asked about PPP");
    let config = Variant::PLAIN.config();
    let session = SessionConfig::new(&config, PseudowireType::Ppp, 10, 20);
    let diagnosis = Diagnose::new().session(&session).run();
    let found = diagnosis
        .findings()
        .iter()
        .find(|it| matches!(it, Finding::PppDeviceUnusable { errno: Some(libc::EACCES), .. }));
    let found = found.with_context(|| format!("{diagnosis}"))?;
    ensure!(found.remedy().contains("mounted nodev"), "{found}");
    Ok(())
}
