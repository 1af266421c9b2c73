//! What is refused before anything is sent, with the field, its value and the remedy.

use std::io;
use std::time::Duration;

use l2tp::conn::DryRun;
use l2tp::error::ConfigError;
use l2tp::netlink::attr::{AttrWriter, Attrs, FromAttrs};
use l2tp::types::IfNameError;
use l2tp::{
    Cookie, EncapType, Error, ErrorKind, IfName, L2SpecType, ProtocolVersion, PseudowireType,
    SessionChange, SessionConfig, SessionInfo, SessionKey, TunnelConfig, TunnelInfo,
};

const V2: ProtocolVersion = ProtocolVersion::V2;
const V3: ProtocolVersion = ProtocolVersion::V3;

/// A refusal as `field value`, after making sure that the text has both and a remedy.
fn told(error: &ConfigError) -> String {
    let told = format!("{} {}", error.field(), error.value());
    assert!(error.remedy().len() > 10, "{error}: no remedy");
    assert_eq!(error.to_string(), format!("{told}: {}", error.remedy()));
    told
}

fn refused<T>(result: Result<T, ConfigError>) -> String {
    result.err().as_ref().map_or_else(|| "accepted".to_owned(), told)
}

/// As [`refused`], of a request: the operation stands in front, and it counts as `Config`.
fn not_sent(result: Result<&[u8], Error>) -> String {
    match result {
        Ok(_) => "accepted".to_owned(),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Config);
            assert_eq!(error.raw_os_error(), None);
            let Error::Config { operation, error: cause } = &error else { panic!("{error}") };
            assert_eq!(error.to_string(), format!("{operation}: {cause}"));
            told(cause)
        }
    }
}

fn tunnel(version: ProtocolVersion, encap: EncapType, id: u32, peer: u32) -> String {
    refused(TunnelConfig::new(version, encap, id, peer).validate())
}

/// A static tunnel's refusal.
fn fixed(local: &str, peer: &str, config: &TunnelConfig) -> String {
    let (local, peer) = (local.parse().expect("an address"), peer.parse().expect("an address"));
    not_sent(DryRun::new().create_static_tunnel(local, peer, config))
}

fn udp() -> TunnelConfig {
    TunnelConfig::new(V3, EncapType::Udp, 1, 2)
}

fn ip() -> TunnelConfig {
    TunnelConfig::new(V3, EncapType::Ip, 1, 2)
}

fn ethernet() -> SessionConfig {
    SessionConfig::new(&udp(), PseudowireType::Eth, 10, 20)
}

fn ppp_v2() -> SessionConfig {
    let tunnel = TunnelConfig::new(V2, EncapType::Udp, 1, 2);
    SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20)
}

/// A session's refusal, by `validate` and by the request alike.
fn session(config: &SessionConfig) -> String {
    let told = refused(config.validate());
    assert_eq!(not_sent(DryRun::new().create_session(config)), told);
    told
}

#[test]
fn ids() {
    assert_eq!(tunnel(V3, EncapType::Udp, 0, 2), "tunnel_id 0");
    assert_eq!(tunnel(V3, EncapType::Udp, 1, 0), "peer_tunnel_id 0");
    assert_eq!(tunnel(V2, EncapType::Udp, 65536, 2), "tunnel_id 65536");
    assert_eq!(tunnel(V2, EncapType::Udp, 1, 65536), "peer_tunnel_id 65536");
    assert_eq!(tunnel(V2, EncapType::Udp, 65535, 65535), "accepted");
    assert_eq!(tunnel(V3, EncapType::Udp, u32::MAX, u32::MAX), "accepted");

    let with = |change: fn(&mut SessionConfig)| {
        let mut config = ppp_v2();
        change(&mut config);
        session(&config)
    };
    assert_eq!(with(|config| config.tunnel_id.0 = 0), "tunnel_id 0");
    assert_eq!(with(|config| config.peer_tunnel_id.0 = 65536), "peer_tunnel_id 65536");
    assert_eq!(with(|config| config.session_id.0 = 0), "session_id 0");
    assert_eq!(with(|config| config.peer_session_id.0 = 0), "peer_session_id 0");
    assert_eq!(with(|config| config.session_id.0 = 65536), "session_id 65536");
    assert_eq!(with(|config| config.peer_session_id.0 = 65536), "peer_session_id 65536");
    assert_eq!(with(|_| ()), "accepted");
}

#[test]
fn versions_and_encapsulations() {
    assert_eq!(tunnel(V2, EncapType::Ip, 1, 2), "encap IP");
    assert_eq!(tunnel(V3, EncapType::Unknown(2), 1, 2), "encap 2");
    assert_eq!(tunnel(ProtocolVersion::Unknown(7), EncapType::Udp, 1, 2), "version 7");
    assert_eq!(tunnel(V3, EncapType::Ip, 1, 2), "accepted");
}

#[test]
fn addresses() {
    let (v4, v6) = ("192.0.2.1:1701", "[2001:db8::1]:1701");
    assert_eq!(fixed(v4, v6, &udp()), "peer 2001:db8::1");
    assert_eq!(fixed(v6, v4, &udp()), "peer 192.0.2.1");
    assert_eq!(fixed(v4, "0.0.0.0:1701", &udp()), "peer 0.0.0.0");
    assert_eq!(fixed(v6, "[::]:1701", &udp()), "peer ::");
    assert_eq!(fixed("0.0.0.0:1701", v4, &udp()), "accepted");
    assert_eq!(fixed(v4, "239.1.1.1:1701", &udp()), "peer 239.1.1.1");
    assert_eq!(fixed("[ff0e::1]:1701", v6, &udp()), "local ff0e::1");
    assert_eq!(fixed(v6, "[::ffff:192.0.2.2]:1701", &udp()), "peer ::ffff:192.0.2.2");
    assert_eq!(fixed(v4, "192.0.2.2:0", &udp()), "peer 192.0.2.2:0");
    assert_eq!(fixed("192.0.2.1:0", v4, &udp()), "accepted");
    assert_eq!(fixed("192.0.2.1:5", "192.0.2.2:0", &ip()), "local 192.0.2.1:5");
    assert_eq!(fixed("192.0.2.1:0", "192.0.2.2:6", &ip()), "peer 192.0.2.2:6");
    assert_eq!(fixed("[fe80::1]:1", v6, &udp()), "local [fe80::1]:1");
    assert_eq!(fixed(v6, "[fe80::1]:1", &udp()), "peer [fe80::1]:1");
    assert_eq!(fixed("[2001:db8::1%3]:1", v6, &udp()), "local [2001:db8::1%3]:1");
    assert_eq!(fixed(v6, v6, &udp()), "accepted");
}

#[test]
fn checksums() {
    let (v4, v6, v4_ip) = ("192.0.2.1:1701", "[2001:db8::1]:1701", "192.0.2.1:0");
    assert_eq!(fixed(v6, v6, &udp().udp_csum(true)), "udp_csum true");
    assert_eq!(fixed(v4, v4, &udp().udp_zero_csum6_tx(true)), "udp_zero_csum6_tx true");
    assert_eq!(fixed(v4, v4, &udp().udp_zero_csum6_rx(true)), "udp_zero_csum6_rx true");
    assert_eq!(fixed(v4_ip, v4_ip, &ip().udp_csum(true)), "udp_csum true");
    let mapped = "[::ffff:192.0.2.1]:1701";
    assert_eq!(fixed(mapped, mapped, &udp().udp_zero_csum6_tx(true)), "udp_zero_csum6_tx true");
    assert_eq!(fixed(v4, v4, &udp().udp_csum(true)), "accepted");

    let socket = io::stdin();
    let managed =
        |config: TunnelConfig| not_sent(DryRun::new().create_managed_tunnel(&socket, &config));
    assert_eq!(managed(udp().udp_csum(true)), "udp_csum true");
    assert_eq!(managed(udp().udp_zero_csum6_tx(true)), "udp_zero_csum6_tx true");
    assert_eq!(managed(udp().udp_zero_csum6_rx(true)), "udp_zero_csum6_rx true");
    assert_eq!(managed(udp()), "accepted");
}

#[test]
fn pseudowires() {
    let v2 = TunnelConfig::new(V2, EncapType::Udp, 1, 2);
    let v3 = udp();
    let of = |tunnel, pseudowire| session(&SessionConfig::new(tunnel, pseudowire, 10, 20));
    assert_eq!(of(&v2, PseudowireType::Eth), "pseudowire Ethernet");
    assert_eq!(of(&v2, PseudowireType::EthVlan), "pseudowire Ethernet VLAN");
    assert_eq!(of(&v2, PseudowireType::PppAc), "accepted");
    assert_eq!(of(&v3, PseudowireType::None), "pseudowire none");
    assert_eq!(of(&v3, PseudowireType::Ip), "pseudowire IP");
    assert_eq!(of(&v3, PseudowireType::Unknown(12)), "pseudowire unknown (12)");
    assert_eq!(of(&v3, PseudowireType::Ppp), "accepted");
}

#[test]
fn what_l2tpv2_lacks() {
    assert_eq!(session(&ppp_v2().local_cookie([1; 4])), "local_cookie of 4 bytes");
    assert_eq!(session(&ppp_v2().peer_cookie([2; 8])), "peer_cookie of 8 bytes");
    assert_eq!(session(&ppp_v2().l2spec(L2SpecType::None)), "l2spec none");
}

#[test]
fn sublayers() {
    assert_eq!(session(&ethernet().l2spec(L2SpecType::Unknown(2))), "l2spec 2");
    assert_eq!(session(&ethernet().l2spec(L2SpecType::None)), "accepted");
}

#[test]
fn cookies() {
    for len in [0, 1, 3, 5, 7, 9] {
        assert!(Cookie::new(&[7; 9][..len]).is_err(), "{len} bytes");
    }
    // One of another program's, read back.
    let attrs = [8, 0, 9, 0, 1, 0, 0, 0, 7, 0, 15, 0, 1, 2, 3, 0];
    let foreign = Foreign::from_attrs(Attrs::new(&attrs, 0)).expect("a cookie of three bytes");
    assert_eq!(session(&ethernet().local_cookie(foreign.cookie)), "local_cookie of 3 bytes");
    assert_eq!(session(&ethernet().peer_cookie(foreign.cookie)), "peer_cookie of 3 bytes");
    assert_eq!(session(&ethernet().peer_cookie([1; 4]).local_cookie([1; 8])), "accepted");
}

#[derive(l2tp::netlink::attr::FromAttrs)]
struct Foreign {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_COOKIE)]
    cookie: Cookie,
}

#[test]
fn interface_names() {
    let of = |name: &str| IfName::new(name).map(drop);
    assert_eq!(of(""), Err(IfNameError::Empty));
    assert_eq!(of("."), Err(IfNameError::Dots(".".into())));
    assert_eq!(of(".."), Err(IfNameError::Dots("..".into())));
    assert_eq!(of("sixteen-letters."), Err(IfNameError::TooLong("sixteen-letters.".into(), 16)));
    // The kernel counts bytes, and takes the byte 0xa0 for white space wherever it stands.
    assert_eq!(of("ääääääää"), Err(IfNameError::TooLong("ääääääää".into(), 16)));
    for bad in ['/', ':', '\0', ' ', '\t', '\n', '\u{b}', '\u{c}', '\r', '\u{a0}', 'à'] {
        let name = format!("eth{bad}0");
        assert_eq!(of(&name), Err(IfNameError::Character(name.clone(), bad)));
    }
    for pattern in ["50%", "a%sb", "x%d%d", "%", "%%d", "a%d%"] {
        assert_eq!(of(pattern), Err(IfNameError::Pattern(pattern.into())));
    }
    for reserved in ["all", "default"] {
        assert_eq!(of(reserved), Err(IfNameError::Reserved(reserved.into())));
    }
    assert!(IfName::from_bytes(b"eth\xff").is_ok());
    assert!(IfName::from_bytes(b"eth\xa0").is_err());
    for good in
        ["All", "all0", "a%d", "%d", "...", "fifteen-letters", "l2tpeth%d", "ä", "-", "\u{1}"]
    {
        assert_eq!(of(good), Ok(()), "{good:?}");
    }

    let name = IfName::new("eth0").expect("a valid name");
    let tunnel = udp();
    let ppp = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20).ifname(name);
    assert_eq!(session(&ppp), "ifname eth0");
    assert_eq!(session(&ethernet().ifname(name)), "accepted");
}

#[test]
fn timeouts() {
    let longest = Duration::from_millis(i32::MAX.unsigned_abs().into());
    assert_eq!(session(&ethernet().reorder_timeout(longest)), "accepted");
    let longer = longest + Duration::from_nanos(1);
    assert_eq!(session(&ethernet().reorder_timeout(longer)), "reorder_timeout 2147483.647000001s");
    let change = SessionChange::new().reorder_timeout(Duration::MAX);
    let told = format!("reorder_timeout {:?}", Duration::MAX);
    assert_eq!(refused(change.validate()), told);
    let key = SessionKey::from(&ethernet());
    assert_eq!(not_sent(DryRun::new().modify_session(key, &change)), told);
    assert_eq!(refused(SessionChange::new().reorder_timeout(longest).validate()), "accepted");
}

/// The types that infos have in common with configurations take what the kernel says, so the
/// rules above never stand in the way of reading.
#[test]
fn the_rejected_message_can_be_read() {
    let attrs = [
        8, 0, 9, 0, 0, 0, 0, 0, // tunnel 0
        8, 0, 11, 0, 0, 0, 0, 0, // session 0
        8, 0, 10, 0, 0, 0, 0, 0, // peer tunnel 0
        8, 0, 12, 0, 0, 0, 0, 0, // peer session 0
        6, 0, 1, 0, 99, 0, 0, 0, // pseudowire 99
        4, 0, 15, 0, // a cookie of no bytes
        6, 0, 8, 0, b'/', 0, 0, 0, // interface "/"
    ];
    let info = SessionInfo::from_attrs(Attrs::new(&attrs, 0)).expect("an odd session");
    assert_eq!(info.pseudowire, PseudowireType::Unknown(99));
    assert_eq!(info.local_cookie.map(|cookie| cookie.as_bytes().len()), Some(0));
    assert_eq!(info.ifname.map(|name| name.to_string()), Some("/".to_owned()));
}

/// nll2tp panics where an address is neither 4 nor 16 bytes long. Here one cannot be written, and
/// one that is read is an error that names it.
#[test]
fn an_address_of_an_odd_length() {
    let address = |id, bytes: &[u8]| {
        let mut attrs = Vec::new();
        let mut out = AttrWriter::new(&mut attrs);
        for (id, value) in [
            (l2tp_sys::L2TP_ATTR_PROTO_VERSION, &[3][..]),
            (l2tp_sys::L2TP_ATTR_ENCAP_TYPE, &[0; 2]),
            (l2tp_sys::L2TP_ATTR_CONN_ID, &[0; 4]),
            (l2tp_sys::L2TP_ATTR_PEER_CONN_ID, &[0; 4]),
            (id, bytes),
        ] {
            out.put(id, value).expect("it fits");
        }
        TunnelInfo::from_attrs(Attrs::new(&attrs, 0))
    };
    for (id, name, right) in [
        (l2tp_sys::L2TP_ATTR_IP_SADDR, "L2TP_ATTR_IP_SADDR", 4),
        (l2tp_sys::L2TP_ATTR_IP_DADDR, "L2TP_ATTR_IP_DADDR", 4),
        (l2tp_sys::L2TP_ATTR_IP6_SADDR, "L2TP_ATTR_IP6_SADDR", 16),
        (l2tp_sys::L2TP_ATTR_IP6_DADDR, "L2TP_ATTR_IP6_DADDR", 16),
    ] {
        assert!(address(id, &vec![1; right]).is_ok());
        for length in (0..=17).filter(|length| *length != right) {
            let error = address(id, &vec![1; length]).expect_err("an address of an odd length");
            assert!(error.to_string().contains(name), "{length} bytes: {error}");
        }
    }
}
