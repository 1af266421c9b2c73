//! Strategies: any value that the library can hold.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use l2tp::netlink::attr::{Attrs, FromPayload};
use l2tp::types::{DebugFlags, Statistics};
use l2tp::{
    Cookie, EncapType, IfName, L2SpecType, ProtocolVersion, PseudowireType, SessionChange,
    SessionConfig, SessionId, SessionInfo, TunnelConfig, TunnelId, TunnelInfo,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

/// Reads a payload as the kernel might send it.
fn read<T: for<'a> FromPayload<'a>>(payload: &[u8]) -> T {
    let len = u16::try_from(payload.len() + 4).expect("a short payload");
    let bytes = [&len.to_ne_bytes(), &[1, 0][..], payload].concat();
    let attr = Attrs::new(&bytes, 0).next().expect("an attribute").expect("a good one");
    T::get(attr).expect("a payload of that type")
}

pub(crate) fn cookie_to_send() -> impl Strategy<Value = Cookie> {
    prop_oneof![any::<[u8; 4]>().prop_map(Cookie::from), any::<[u8; 8]>().prop_map(Cookie::from)]
}

/// Of any length that the kernel lets other programs set.
pub(crate) fn cookie() -> impl Strategy<Value = Cookie> {
    vec(any::<u8>(), 0..=8).prop_map(|bytes| read(&bytes))
}

pub(crate) fn name_to_send() -> impl Strategy<Value = IfName> {
    let names = prop_oneof!["[!-$&-.0-9;-~]{3,15}", "[!-$&-.0-9;-~]{0,12}%d"];
    names
        .prop_filter("a folder of sysctl", |name| name != "all" && name != "default")
        .prop_map(|name| IfName::new(&name).expect("a valid name"))
}

/// Of any bytes that the kernel may keep.
pub(crate) fn name() -> impl Strategy<Value = IfName> {
    vec(1u8.., 0..=15).prop_map(|mut bytes| {
        bytes.push(0);
        read(&bytes)
    })
}

fn version() -> impl Strategy<Value = ProtocolVersion> {
    any::<u8>().prop_map(ProtocolVersion::from)
}

fn encap() -> impl Strategy<Value = EncapType> {
    prop_oneof![0..3u16, any::<u16>()].prop_map(EncapType::from)
}

fn pseudowire() -> impl Strategy<Value = PseudowireType> {
    prop_oneof![0..13u16, any::<u16>()].prop_map(PseudowireType::from)
}

fn debug() -> impl Strategy<Value = DebugFlags> {
    any::<u32>().prop_map(DebugFlags)
}

fn millis() -> impl Strategy<Value = Duration> {
    any::<u64>().prop_map(Duration::from_millis)
}

pub(crate) fn statistics() -> impl Strategy<Value = Statistics> {
    (any::<[u64; 9]>(), any::<Option<u64>>()).prop_map(|(n, rx_invalid)| {
        let mut counted = Statistics::default();
        counted.tx_packets = n[0];
        counted.tx_bytes = n[1];
        counted.tx_errors = n[2];
        counted.rx_packets = n[3];
        counted.rx_bytes = n[4];
        counted.rx_seq_discards = n[5];
        counted.rx_cookie_discards = n[6];
        counted.rx_oos_packets = n[7];
        counted.rx_errors = n[8];
        counted.rx_invalid = rx_invalid;
        counted
    })
}

prop_compose! {
    pub(crate) fn tunnel_config()(
        version in version(),
        encap in encap(),
        (tunnel_id, peer_tunnel_id) in any::<(u32, u32)>(),
        (udp_csum, udp_zero_csum6_tx, udp_zero_csum6_rx) in any::<(bool, bool, bool)>(),
        debug in option::of(debug()),
    ) -> TunnelConfig {
        TunnelConfig {
            version,
            encap,
            tunnel_id: TunnelId(tunnel_id),
            peer_tunnel_id: TunnelId(peer_tunnel_id),
            udp_csum,
            udp_zero_csum6_tx,
            udp_zero_csum6_rx,
            debug,
        }
    }
}

prop_compose! {
    pub(crate) fn tunnel_info()(
        config in tunnel_config(),
        udp_csum in any::<Option<bool>>(),
        (udp_sport, udp_dport) in any::<(Option<u16>, Option<u16>)>(),
        (ip_saddr, ip_daddr) in any::<(Option<Ipv4Addr>, Option<Ipv4Addr>)>(),
        (ip6_saddr, ip6_daddr) in any::<(Option<Ipv6Addr>, Option<Ipv6Addr>)>(),
        statistics in statistics(),
    ) -> TunnelInfo {
        let TunnelConfig { version, encap, tunnel_id, peer_tunnel_id, .. } = config;
        let mut info = TunnelInfo::new(version, encap, tunnel_id, peer_tunnel_id);
        info.debug = config.debug.unwrap_or_default();
        info.udp_csum = udp_csum;
        info.udp_zero_csum6_tx = config.udp_zero_csum6_tx;
        info.udp_zero_csum6_rx = config.udp_zero_csum6_rx;
        info.udp_sport = udp_sport;
        info.udp_dport = udp_dport;
        info.ip_saddr = ip_saddr;
        info.ip_daddr = ip_daddr;
        info.ip6_saddr = ip6_saddr;
        info.ip6_daddr = ip6_daddr;
        info.statistics = statistics;
        info
    }
}

prop_compose! {
    pub(crate) fn session_info()(
        ids in any::<[u32; 4]>(),
        debug in debug(),
        pseudowire in pseudowire(),
        ifname in option::of(name()),
        (local_cookie, peer_cookie) in (option::of(cookie()), option::of(cookie())),
        (recv_seq, send_seq, lns_mode, using_ipsec) in any::<(bool, bool, bool, bool)>(),
        reorder_timeout in millis(),
        statistics in statistics(),
    ) -> SessionInfo {
        let tunnel = TunnelInfo::new(ProtocolVersion::V3, EncapType::Udp, ids[0], ids[2]);
        let mut info = SessionInfo::new(&tunnel, pseudowire, ids[1], ids[3]);
        info.debug = debug;
        info.ifname = ifname;
        info.local_cookie = local_cookie;
        info.peer_cookie = peer_cookie;
        info.recv_seq = recv_seq;
        info.send_seq = send_seq;
        info.lns_mode = lns_mode;
        info.using_ipsec = using_ipsec;
        info.reorder_timeout = reorder_timeout;
        info.statistics = statistics;
        info
    }
}

prop_compose! {
    pub(crate) fn session_change()(
        (send_seq, recv_seq, lns_mode) in any::<(Option<bool>, Option<bool>, Option<bool>)>(),
        reorder_timeout in option::of(millis()),
    ) -> SessionChange {
        SessionChange { send_seq, recv_seq, lns_mode, reorder_timeout }
    }
}

prop_compose! {
    /// One that passes validation.
    pub(crate) fn session_config()(
        ids in any::<[std::num::NonZeroU32; 4]>(),
        ethernet in any::<bool>(),
        l2spec in prop_oneof![Just(L2SpecType::None), Just(L2SpecType::Default)],
        local_cookie in option::of(cookie_to_send()),
        peer_cookie in option::of(cookie_to_send()),
        ifname in option::of(name_to_send()),
        (send_seq, recv_seq, lns_mode) in any::<(bool, bool, bool)>(),
        timeout in option::of(0..=i32::MAX.unsigned_abs()),
        debug in option::of(debug()),
    ) -> SessionConfig {
        SessionConfig {
            version: ProtocolVersion::V3,
            tunnel_id: TunnelId(ids[0].get()),
            peer_tunnel_id: TunnelId(ids[1].get()),
            session_id: SessionId(ids[2].get()),
            peer_session_id: SessionId(ids[3].get()),
            pseudowire: if ethernet { PseudowireType::Eth } else { PseudowireType::Ppp },
            l2spec,
            local_cookie,
            peer_cookie,
            ifname: ifname.filter(|_| ethernet),
            send_seq,
            recv_seq,
            lns_mode,
            reorder_timeout: timeout.map(|millis| Duration::from_millis(millis.into())),
            debug,
        }
    }
}

/// A tunnel that the kernel would make, with its ends.
pub(crate) fn static_tunnel() -> impl Strategy<Value = (SocketAddr, SocketAddr, TunnelConfig)> {
    let v4 = any::<(Ipv4Addr, Ipv4Addr)>()
        .prop_filter("a single host's", |(local, peer)| {
            let single = |addr: &Ipv4Addr| !addr.is_multicast() && !addr.is_broadcast();
            single(local) && single(peer) && !peer.is_unspecified()
        })
        .prop_map(|(local, peer)| (local.into(), peer.into()));
    let v6 = any::<(Ipv6Addr, Ipv6Addr)>()
        .prop_filter("a single host's, of no link and no IPv4", |(local, peer)| {
            let single = |addr: &Ipv6Addr| {
                !addr.is_unicast_link_local()
                    && !addr.is_multicast()
                    && addr.to_ipv4_mapped().is_none()
            };
            single(local) && single(peer) && !peer.is_unspecified()
        })
        .prop_map(|(local, peer)| (local.into(), peer.into()));
    (prop_oneof![v4, v6], any::<u16>(), 1u16.., any::<bool>(), 1u32.., 1u32..).prop_map(
        |((local, peer), sport, dport, udp, id, peer_id)| {
            let (encap, sport, dport) =
                if udp { (EncapType::Udp, sport, dport) } else { (EncapType::Ip, 0, 0) };
            let config = TunnelConfig::new(ProtocolVersion::V3, encap, id, peer_id);
            (SocketAddr::new(local, sport), SocketAddr::new(peer, dport), config)
        },
    )
}
