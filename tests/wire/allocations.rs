//! What is taken from the heap between a configuration and its bytes, and between the kernel's
//! bytes and an info: nothing, once the buffers are there.

use std::net::SocketAddr;
use std::time::Duration;

use l2tp::conn::DryRun;
use l2tp::netlink::attr::{AttrWriter, FromAttrs, ToAttrs};
use l2tp::netlink::exchange::{Exchange, Progress};
use l2tp::netlink::message::Request;
use l2tp::types::{DebugFlags, Statistics};
use l2tp::{
    Cookie, EncapType, Error, IfName, ProtocolVersion, PseudowireType, SessionChange,
    SessionConfig, SessionId, SessionInfo, TunnelConfig, TunnelId, TunnelInfo, TunnelSocket,
};
use l2tp_tests::allocations::count;

use crate::kernel::{FAMILY, Reply};

const REQUEST: Request = Request { family: FAMILY, command: 4, version: 1, flags: 4 };

fn tunnel() -> TunnelConfig {
    let config = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    config.debug(DebugFlags::SEQ)
}

fn name() -> IfName {
    IfName::new("exactly15bytes.").expect("a valid interface name")
}

/// A session of which nothing is left out.
fn session() -> SessionConfig {
    SessionConfig::new(&tunnel(), PseudowireType::Eth, 10, 20)
        .local_cookie([1, 2, 3, 4])
        .peer_cookie([1, 2, 3, 4, 5, 6, 7, 8])
        .ifname(name())
        .send_seq(true)
        .recv_seq(true)
        .lns_mode(true)
        .reorder_timeout(Duration::from_millis(100))
        .debug(DebugFlags::CONTROL)
}

fn statistics() -> Statistics {
    let mut counted = Statistics::default();
    counted.tx_packets = 1;
    counted.rx_bytes = 2;
    counted.rx_invalid = Some(3);
    counted
}

fn tunnel_info() -> TunnelInfo {
    let mut info = TunnelInfo::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    info.debug = DebugFlags::SEQ;
    info.udp_zero_csum6_tx = true;
    info.udp_zero_csum6_rx = true;
    info.udp_sport = Some(1701);
    info.udp_dport = Some(1701);
    info.ip6_saddr = Some([1; 16].into());
    info.ip6_daddr = Some([2; 16].into());
    info.statistics = statistics();
    info
}

fn session_info() -> SessionInfo {
    let mut info = SessionInfo::new(&tunnel_info(), PseudowireType::Eth, 10, 20);
    info.debug = DebugFlags::SEQ;
    info.ifname = Some(name());
    info.local_cookie = Some(Cookie::from([1, 2, 3, 4]));
    info.peer_cookie = Some(Cookie::from([1, 2, 3, 4, 5, 6, 7, 8]));
    info.recv_seq = true;
    info.send_seq = true;
    info.lns_mode = true;
    info.reorder_timeout = Duration::from_millis(100);
    info.statistics = statistics();
    info
}

/// The allocations of a request's second rendering, with its checks.
fn of_rendering(request: impl Fn(&mut DryRun) -> Result<&[u8], Error>) -> u64 {
    let mut dry = DryRun::new();
    request(&mut dry).expect("a request that can work");
    let (allocations, again) = count(|| request(&mut dry).map(<[u8]>::len));
    again.expect("a request that can work");
    allocations
}

macro_rules! assert_renders_in_place {
    ($($request:expr),* $(,)?) => {
        $(assert_eq!(of_rendering($request), 0, "{}", stringify!($request));)*
    };
}

#[test]
fn a_request_is_rendered_without_any() {
    let v4: [SocketAddr; 2] = [([192, 0, 2, 1], 1).into(), ([192, 0, 2, 2], 2).into()];
    let v6: [SocketAddr; 2] = [([1; 16], 1).into(), ([2; 16], 2).into()];
    let socket = TunnelSocket::udp(([127, 0, 0, 1], 0).into(), None).expect("a socket");
    let ids = (TunnelId(1), SessionId(10));
    let change = SessionChange::new().send_seq(true).reorder_timeout(Duration::from_secs(1));
    assert_renders_in_place![
        DryRun::noop,
        |dry| dry.create_static_tunnel(v4[0], v4[1], &tunnel().udp_csum(true)),
        |dry| dry.create_static_tunnel(v6[0], v6[1], &tunnel().udp_zero_csum6_tx(true)),
        |dry| dry.create_managed_tunnel(&socket, &tunnel()),
        |dry| dry.modify_tunnel(TunnelId(1)),
        |dry| dry.get_tunnel_info(TunnelId(1)),
        DryRun::tunnels,
        |dry| dry.delete_tunnel(TunnelId(1)),
        |dry| dry.create_session(&session()),
        |dry| dry.modify_session(ids, &change),
        |dry| dry.get_session_info(ids),
        |dry| dry.get_session_info(name()),
        DryRun::sessions,
        |dry| dry.delete_session(ids),
    ];
}

/// One question: a request of these attributes, and an answer of those bytes behind the header.
fn converse<T: for<'a> FromAttrs<'a>>(
    exchange: &mut Exchange,
    request: &impl ToAttrs,
    answer: &[u8],
) -> T {
    exchange.start();
    exchange.push(&REQUEST, |out| request.to_attrs(out)).expect("a request");
    exchange.sent();
    let seq: [u8; 4] = exchange.outgoing()[8..12].try_into().expect("a header");
    let space = exchange.space();
    space[..answer.len()].copy_from_slice(answer);
    space[8..12].copy_from_slice(&seq);
    exchange.received(answer.len()).expect("a datagram that fits");
    assert_eq!(exchange.poll(), Ok(Progress::Reply(0)));
    let attrs = exchange.message().and_then(|message| message.attrs()).expect("attributes");
    T::from_attrs(attrs).expect("an answer")
}

fn answer(info: &impl ToAttrs) -> Vec<u8> {
    let mut attrs = Vec::new();
    info.to_attrs(&mut AttrWriter::new(&mut attrs)).expect("what can be written");
    Reply::to(0).reply(&attrs)
}

#[test]
fn a_get_request_and_its_reply_need_no_allocation() {
    let mut exchange = Exchange::new();
    let (info, bytes) = (tunnel_info(), answer(&tunnel_info()));
    for _ in 0..3 {
        let (allocations, read) =
            count(|| converse::<TunnelInfo>(&mut exchange, &tunnel(), &bytes));
        assert_eq!((allocations, read), (0, info));
    }
    let (info, bytes) = (session_info(), answer(&session_info()));
    for _ in 0..3 {
        let (allocations, read) =
            count(|| converse::<SessionInfo>(&mut exchange, &session(), &bytes));
        assert_eq!((allocations, read), (0, info));
    }
}

/// Each datagram of a listing is read so, to its end.
#[test]
fn the_end_of_a_datagram_needs_none() {
    let mut exchange = Exchange::new();
    converse::<SessionInfo>(&mut exchange, &session(), &answer(&session_info()));
    assert_eq!(count(|| exchange.next_reply().is_none()), (0, true));
    assert_eq!(count(|| exchange.poll()), (0, Ok(Progress::NeedData)));
}

#[test]
fn an_acknowledgement_and_a_plain_rejection_need_no_allocation() {
    let mut exchange = Exchange::new();
    for (errno, refused) in [(0, false), (-19, true)] {
        exchange.start();
        exchange.push(&REQUEST, |_| Ok(())).expect("a request");
        exchange.sent();
        let seq: [u8; 4] = exchange.outgoing()[8..12].try_into().expect("a header");
        let datagram = Reply::to(u32::from_ne_bytes(seq)).error(errno);
        exchange.space()[..datagram.len()].copy_from_slice(&datagram);
        exchange.received(datagram.len()).expect("a datagram that fits");
        let (allocations, progress) = count(|| exchange.poll());
        assert_eq!(allocations, 0);
        let failed = matches!(progress.expect("well-formed bytes"), Progress::Failed(0, _));
        assert_eq!(failed, refused);
    }
}
