//! Structs and enums to bytes and back.

use std::net::Ipv4Addr;

use l2tp::netlink::attr::{
    AttrEnum, AttrKind, AttrWriter, Attrs, FromAttrs, FromPayload, ToAttrs, ToPayload,
};

const ATTR_TUNNEL: u32 = 1;
const ATTR_PORT: u32 = 2;
const ATTR_CSUM: u32 = 3;
const ATTR_PW: u32 = 4;
const ATTR_ADDR: u32 = 5;
const ATTR_STATS: u32 = 6;
const ATTR_TX: u32 = 1;
const ATTR_RX: u32 = 2;
const PW_ETH: u32 = 5;
const PW_PPP: u32 = 7;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ToPayload, FromPayload)]
struct TunnelId(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, AttrEnum)]
#[nlenum(repr = u16)]
enum Pseudowire {
    #[nlenum(id = PW_ETH)]
    Eth,
    #[nlenum(id = PW_PPP)]
    Ppp,
    #[nlenum(other)]
    Unknown(u16),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ToAttrs, FromAttrs, Default)]
struct Stats {
    #[nlattr(id = ATTR_TX)]
    tx: u64,
    #[nlattr(id = ATTR_RX, default)]
    rx: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, ToAttrs, FromAttrs)]
struct Session {
    #[nlattr(id = ATTR_TUNNEL)]
    tunnel: TunnelId,
    #[nlattr(id = ATTR_PORT, be)]
    port: Option<u16>,
    #[nlattr(id = ATTR_CSUM, encode = flag, decode = u8, default = true)]
    csum: bool,
    #[nlattr(id = ATTR_PW)]
    pw: Pseudowire,
    #[nlattr(id = ATTR_ADDR)]
    addr: Option<Ipv4Addr>,
    #[nlattr(id = ATTR_STATS, nested)]
    stats: Stats,
    #[nlattr(skip)]
    local: Vec<u8>,
}

#[test]
fn first() {
    let session = Session {
        tunnel: TunnelId(7),
        port: Some(0x1234),
        csum: false,
        pw: Pseudowire::Unknown(9),
        addr: Some(Ipv4Addr::LOCALHOST),
        stats: Stats { tx: 1, rx: 2 },
        local: vec![],
    };
    let mut buf = Vec::new();
    session.to_attrs(&mut AttrWriter::new(&mut buf)).unwrap();
    let back = Session::from_attrs(Attrs::new(&buf, 20)).unwrap();
    assert_eq!(back, Session { csum: true, ..session });
    assert!(matches!(<Pseudowire as ToPayload>::KIND, AttrKind::Enum { .. }));
}
