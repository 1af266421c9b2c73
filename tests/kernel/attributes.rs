//! How the kernel takes values that the library refuses or never sends: the reasons for its
//! refusals, and for what it reads back from other programs.

use std::net::{Ipv6Addr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::Duration;

use anyhow::{Result, ensure};
use l2tp::netlink::attr::{AttrWriter, EncodeError};
use l2tp::{
    EncapType, ProtocolVersion, PseudowireType, SessionConfig, SessionId, SessionInfo,
    TunnelConfig, TunnelId, TunnelInfo,
};

use crate::support::{Net, Raw, outlet, put, put_session, put_tunnel, tests};

tests![
    any_version_is_kept,
    ids_may_be_zero,
    a_number_may_be_too_long,
    addresses_of_ipv6_win,
    without_a_local_port_one_is_chosen,
    without_a_peer_port_the_peer_is_forgotten,
    beside_a_descriptor_addresses_are_ignored,
    a_negative_descriptor_makes_a_socket_without_addresses,
    version_2_over_ip_is_accepted,
    large_ids_of_version_2_are_accepted,
    cookies_of_version_2_are_ignored,
    cookies_have_any_length_to_eight,
    switches_are_their_lowest_bit,
    timeouts_are_cut_to_32_bits,
    unknown_attributes_are_ignored,
];

/// Makes a tunnel as [`put_tunnel`] does, with more attributes; a later one counts.
fn tunnel(
    version: u8,
    more: fn(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    id: u32,
) -> Result<TunnelInfo> {
    let net = Net::new()?;
    Raw::open(&net)?.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
        put_tunnel(out, version, 1)?;
        more(out)
    })??;
    Ok(net.conn()?.get_tunnel_info(TunnelId(id))?)
}

/// Makes a session as [`put_session`] does in a tunnel of this version, with more attributes.
fn session(
    version: u8,
    more: impl Fn(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    id: u32,
) -> Result<SessionInfo> {
    let net = Net::new()?;
    let mut raw = Raw::open(&net)?;
    raw.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| put_tunnel(out, version, 1))??;
    raw.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| {
        put_session(out, 1, 10)?;
        more(out)
    })??;
    Ok(net.conn()?.get_session_info((TunnelId(1), SessionId(id)))?)
}

fn any_version_is_kept() -> Result<()> {
    for version in [0, 1, 4, 255] {
        let info = tunnel(version, |_| Ok(()), 1)?;
        ensure!(info.version == ProtocolVersion::Unknown(version), "{info:#?}");
    }
    Ok(())
}

fn ids_may_be_zero() -> Result<()> {
    let zero = |out: &mut AttrWriter<'_>| {
        put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &[0; 4])?;
        put(out, l2tp_sys::L2TP_ATTR_PEER_CONN_ID, &[0; 4])
    };
    let info = tunnel(3, zero, 0)?;
    ensure!(info.tunnel_id == TunnelId(0) && info.peer_tunnel_id == TunnelId(0), "{info:#?}");
    Ok(())
}

/// What is behind the four bytes is ignored.
fn a_number_may_be_too_long() -> Result<()> {
    let long = |out: &mut AttrWriter<'_>| {
        let mut number = [0xff; 8];
        number[..4].copy_from_slice(&70u32.to_ne_bytes());
        put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &number)
    };
    ensure!(tunnel(3, long, 70)?.tunnel_id == TunnelId(70));
    Ok(())
}

fn addresses_of_ipv6_win() -> Result<()> {
    let both = |out: &mut AttrWriter<'_>| {
        put(out, l2tp_sys::L2TP_ATTR_IP6_SADDR, &Ipv6Addr::LOCALHOST.octets())?;
        put(out, l2tp_sys::L2TP_ATTR_IP6_DADDR, &Ipv6Addr::LOCALHOST.octets())
    };
    let info = tunnel(3, both, 1)?;
    ensure!(info.local() == Some("[::1]:5001".parse()?), "{info:#?}");
    ensure!(info.peer() == Some("[::1]:6001".parse()?), "{info:#?}");
    Ok(())
}

/// A tunnel of L2TPv3 over UDP with these ports, the local and the peer's, or without them.
fn with_ports(ports: [Option<u16>; 2]) -> Result<(Net, TunnelInfo)> {
    let net = Net::new()?;
    Raw::open(&net)?.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
        put(out, l2tp_sys::L2TP_ATTR_PROTO_VERSION, &[3])?;
        put(out, l2tp_sys::L2TP_ATTR_ENCAP_TYPE, &[0; 2])?;
        put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &1u32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_PEER_CONN_ID, &2u32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_IP_SADDR, &[127, 0, 0, 1])?;
        put(out, l2tp_sys::L2TP_ATTR_IP_DADDR, &[127, 0, 0, 1])?;
        let ids = [l2tp_sys::L2TP_ATTR_UDP_SPORT, l2tp_sys::L2TP_ATTR_UDP_DPORT];
        let given = ids.into_iter().zip(ports).filter_map(|(id, port)| Some((id, port?)));
        given.into_iter().try_for_each(|(id, port)| put(out, id, &port.to_ne_bytes()))
    })??;
    let info = net.conn()?.get_tunnel_info(TunnelId(1))?;
    Ok((net, info))
}

fn without_a_local_port_one_is_chosen() -> Result<()> {
    for none in [None, Some(0)] {
        let (_net, info) = with_ports([none, Some(6001)])?;
        ensure!(info.udp_sport.is_some_and(|port| port != 0), "{info:#?}");
        ensure!(info.peer() == Some("127.0.0.1:6001".parse()?), "{info:#?}");
    }
    Ok(())
}

/// What its sessions send goes to this host, where nobody receives it, and counts as sent.
fn without_a_peer_port_the_peer_is_forgotten() -> Result<()> {
    for none in [None, Some(0)] {
        let (net, info) = with_ports([Some(5001), none])?;
        ensure!(info.local() == Some("127.0.0.1:5001".parse()?), "{info:#?}");
        ensure!(info.peer() == Some("0.0.0.0:0".parse()?), "{info:#?}");
        let mut conn = net.conn()?;
        let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
        let session = SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20);
        conn.create_session(&session)?;
        outlet(&net, "l2tpeth0")?.send(b"frame")?;
        let sent = conn.get_session_info(&session)?.statistics;
        ensure!((sent.tx_packets, sent.tx_errors) == (1, 0), "{sent:#?}");
    }
    Ok(())
}

fn beside_a_descriptor_addresses_are_ignored() -> Result<()> {
    let net = Net::new()?;
    let socket = net.run(|| {
        let socket = UdpSocket::bind("127.0.0.7:7000")?;
        socket.connect("127.0.0.8:7001")?;
        Ok(socket)
    })?;
    Raw::open(&net)?.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
        put_tunnel(out, 3, 1)?;
        put(out, l2tp_sys::L2TP_ATTR_IP6_SADDR, &Ipv6Addr::LOCALHOST.octets())?;
        put(out, l2tp_sys::L2TP_ATTR_IP6_DADDR, &Ipv6Addr::LOCALHOST.octets())?;
        put(out, l2tp_sys::L2TP_ATTR_FD, &socket.as_raw_fd().to_ne_bytes())
    })??;
    let info = net.conn()?.get_tunnel_info(TunnelId(1))?;
    ensure!(info.local() == Some("127.0.0.7:7000".parse()?), "{info:#?}");
    ensure!(info.peer() == Some("127.0.0.8:7001".parse()?), "{info:#?}");
    ensure!(info.ip6_saddr.is_none() && info.ip6_daddr.is_none(), "{info:#?}");
    Ok(())
}

fn a_negative_descriptor_makes_a_socket_without_addresses() -> Result<()> {
    let net = Net::new()?;
    Raw::open(&net)?.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
        put(out, l2tp_sys::L2TP_ATTR_PROTO_VERSION, &[3])?;
        put(out, l2tp_sys::L2TP_ATTR_ENCAP_TYPE, &[0; 2])?;
        put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &1u32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_PEER_CONN_ID, &2u32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_FD, &[0xff; 4])
    })??;
    let info = net.conn()?.get_tunnel_info(TunnelId(1))?;
    ensure!(info.ip_saddr == Some([0; 4].into()), "{info:#?}");
    ensure!(info.peer() == Some("0.0.0.0:0".parse()?), "{info:#?}");
    Ok(())
}

fn version_2_over_ip_is_accepted() -> Result<()> {
    let ip =
        |out: &mut AttrWriter<'_>| put(out, l2tp_sys::L2TP_ATTR_ENCAP_TYPE, &1u16.to_ne_bytes());
    let info = tunnel(2, ip, 1)?;
    ensure!(info.version == ProtocolVersion::V2 && info.encap == EncapType::Ip, "{info:#?}");
    Ok(())
}

fn large_ids_of_version_2_are_accepted() -> Result<()> {
    let large =
        |out: &mut AttrWriter<'_>| put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &70_000u32.to_ne_bytes());
    ensure!(tunnel(2, large, 70_000)?.tunnel_id == TunnelId(70_000));
    Ok(())
}

fn cookies_of_version_2_are_ignored() -> Result<()> {
    let cookies = |out: &mut AttrWriter<'_>| {
        put(out, l2tp_sys::L2TP_ATTR_PW_TYPE, &7u16.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_COOKIE, &[1; 4])?;
        put(out, l2tp_sys::L2TP_ATTR_PEER_COOKIE, &[2; 4])
    };
    let info = session(2, cookies, 10)?;
    ensure!(info.local_cookie.is_none() && info.peer_cookie.is_none(), "{info:#?}");
    Ok(())
}

fn cookies_have_any_length_to_eight() -> Result<()> {
    for length in 0..=8 {
        let cookie = vec![0xc0; length];
        let info = session(3, |out| put(out, l2tp_sys::L2TP_ATTR_COOKIE, &cookie), 10)?;
        let kept = info.local_cookie.as_ref().map(|cookie| cookie.as_bytes().to_vec());
        // One of length 0 is none.
        ensure!(kept == (length != 0).then_some(cookie), "{info:#?}");
    }
    Ok(())
}

fn switches_are_their_lowest_bit() -> Result<()> {
    let switches = |out: &mut AttrWriter<'_>| {
        put(out, l2tp_sys::L2TP_ATTR_SEND_SEQ, &[2])?;
        put(out, l2tp_sys::L2TP_ATTR_RECV_SEQ, &[3])?;
        put(out, l2tp_sys::L2TP_ATTR_LNS_MODE, &[254])
    };
    let info = session(3, switches, 10)?;
    ensure!(!info.send_seq && info.recv_seq && !info.lns_mode, "{info:#?}");
    Ok(())
}

fn timeouts_are_cut_to_32_bits() -> Result<()> {
    let timeout = ((1u64 << 32) + 5).to_ne_bytes();
    let info = session(3, |out| put(out, l2tp_sys::L2TP_ATTR_RECV_TIMEOUT, &timeout), 10)?;
    ensure!(info.reorder_timeout == Duration::from_millis(8), "{info:#?}");
    Ok(())
}

fn unknown_attributes_are_ignored() -> Result<()> {
    let info = tunnel(3, |out| put(out, 1000, &[1; 20]), 1)?;
    ensure!(info.tunnel_id == TunnelId(1), "{info:#?}");
    Ok(())
}
