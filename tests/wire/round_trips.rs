//! What is written is read back the same: every derived type, every codec, every text.

use std::ffi::{CStr, CString};
use std::net::{Ipv4Addr, Ipv6Addr};

use l2tp::conn::DryRun;
use l2tp::netlink::attr::{AttrWriter, Attrs, FromAttrs, List, ToAttrs};
use l2tp::netlink::ctrl::{FamilyId, FamilyName};
use l2tp::types::DebugFlags;
use l2tp::{
    Cookie, EncapType, IfName, L2SpecType, ProtocolVersion, PseudowireType, SessionId, SessionInfo,
    SessionKey, TunnelId, TunnelInfo, schema,
};
use proptest::prelude::*;

use crate::values;

mod id {
    pub(super) const ONE: u32 = 1;
    pub(super) const TWO: u32 = 2;
    pub(super) const THREE: u32 = 3;
    pub(super) const FOUR: u32 = 4;
    pub(super) const FIVE: u32 = 5;
    pub(super) const SIX: u32 = 6;
    pub(super) const SEVEN: u32 = 7;
    pub(super) const EIGHT: u32 = 8;
    pub(super) const NINE: u32 = 9;
}

fn written(value: &impl ToAttrs) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.to_attrs(&mut AttrWriter::new(&mut bytes)).expect("a value that can be written");
    bytes
}

fn read<'a, T: FromAttrs<'a>>(bytes: &'a [u8]) -> T {
    T::from_attrs(Attrs::new(bytes, 0)).expect("what was written")
}

/// The attributes of a rendered request.
fn sent<'a, T: FromAttrs<'a>>(request: &'a [u8]) -> T {
    T::from_attrs(Attrs::new(&request[20..], 20)).expect("what was written")
}

fn same<T>(value: &T) -> Result<(), TestCaseError>
where
    T: ToAttrs + for<'a> FromAttrs<'a> + std::fmt::Debug + PartialEq,
{
    let again: T = read(&written(value));
    prop_assert_eq!(&again, value);
    Ok(())
}

macro_rules! round_trips {
    ($($name:ident: $strategy:expr;)*) => {
        proptest! {$(
            #[test]
            fn $name(value in $strategy) {
                same(&value)?;
            }
        )*}
    };
}
round_trips! {
    tunnel_config: values::tunnel_config();
    tunnel_info: values::tunnel_info();
    session_info: values::session_info();
    session_change: values::session_change();
    statistics: values::statistics();
    family_id: any::<u16>().prop_map(|id| FamilyId { id });
    integers: any_integers();
    big_endian: any_big_endian();
    bools: any_bools();
    bytes: any_bytes();
    l2tp_values: any_l2tp_values();
}

#[derive(Debug, Clone, PartialEq, ToAttrs, FromAttrs)]
struct Integers {
    #[nlattr(id = id::ONE)]
    u8: u8,
    #[nlattr(id = id::TWO)]
    u16: Option<u16>,
    #[nlattr(id = id::THREE)]
    u32: u32,
    #[nlattr(id = id::FOUR)]
    u64: u64,
    #[nlattr(id = id::FIVE)]
    i8: i8,
    #[nlattr(id = id::SIX)]
    i16: i16,
    #[nlattr(id = id::SEVEN)]
    i32: i32,
    #[nlattr(id = id::EIGHT)]
    i64: Option<i64>,
}

prop_compose! {
    fn any_integers()(
        (u8, u16, u32, u64) in any::<(u8, Option<u16>, u32, u64)>(),
        (i8, i16, i32, i64) in any::<(i8, i16, i32, Option<i64>)>(),
    ) -> Integers {
        Integers { u8, u16, u32, u64, i8, i16, i32, i64 }
    }
}

#[derive(Debug, Clone, PartialEq, ToAttrs, FromAttrs)]
struct BigEndian {
    #[nlattr(id = id::ONE, be)]
    u16: u16,
    #[nlattr(id = id::TWO, be)]
    u32: Option<u32>,
    #[nlattr(id = id::THREE, be)]
    u64: u64,
    #[nlattr(id = id::FOUR, be)]
    i16: Option<i16>,
    #[nlattr(id = id::FIVE, be)]
    i32: i32,
    #[nlattr(id = id::SIX, be)]
    i64: i64,
}

prop_compose! {
    fn any_big_endian()(
        (u16, u32, u64, i16, i32, i64) in any::<(u16, Option<u32>, u64, Option<i16>, i32, i64)>(),
    ) -> BigEndian {
        BigEndian { u16, u32, u64, i16, i32, i64 }
    }
}

#[derive(Debug, Clone, PartialEq, ToAttrs, FromAttrs)]
struct Bools {
    #[nlattr(id = id::ONE, flag)]
    flag: bool,
    #[nlattr(id = id::TWO, with = u8)]
    u8: bool,
    #[nlattr(id = id::THREE, with = u16)]
    u16: Option<bool>,
    #[nlattr(id = id::FOUR, with = u32)]
    u32: bool,
    #[nlattr(id = id::FIVE, with = u64)]
    u64: Option<bool>,
}

prop_compose! {
    fn any_bools()(
        (flag, u8, u16, u32, u64) in any::<(bool, bool, Option<bool>, bool, Option<bool>)>(),
    ) -> Bools {
        Bools { flag, u8, u16, u32, u64 }
    }
}

#[derive(Debug, Clone, PartialEq, ToAttrs, FromAttrs)]
struct Bytes {
    #[nlattr(id = id::ONE)]
    v4: Option<Ipv4Addr>,
    #[nlattr(id = id::TWO)]
    v6: Ipv6Addr,
    #[nlattr(id = id::THREE)]
    array: [u8; 5],
    #[nlattr(id = id::FOUR, nested)]
    within: Integers,
}

prop_compose! {
    fn any_bytes()(
        v4 in any::<Option<Ipv4Addr>>(),
        v6 in any::<Ipv6Addr>(),
        array in any::<[u8; 5]>(),
        within in any_integers(),
    ) -> Bytes {
        Bytes { v4, v6, array, within }
    }
}

#[derive(Debug, Clone, PartialEq, ToAttrs, FromAttrs)]
struct L2tpValues {
    #[nlattr(id = id::ONE)]
    cookie: Cookie,
    #[nlattr(id = id::TWO)]
    name: IfName,
    #[nlattr(id = id::THREE)]
    version: ProtocolVersion,
    #[nlattr(id = id::FOUR)]
    encap: EncapType,
    #[nlattr(id = id::FIVE)]
    pseudowire: PseudowireType,
    #[nlattr(id = id::SIX)]
    l2spec: L2SpecType,
    #[nlattr(id = id::SEVEN)]
    debug: DebugFlags,
    #[nlattr(id = id::EIGHT)]
    tunnel: TunnelId,
    #[nlattr(id = id::NINE)]
    session: SessionId,
}

prop_compose! {
    fn any_l2tp_values()(
        cookie in values::cookie(),
        name in values::name(),
        (version, encap, pseudowire, l2spec) in any::<(u8, u16, u16, u8)>(),
        (debug, tunnel, session) in any::<(u32, u32, u32)>(),
    ) -> L2tpValues {
        L2tpValues {
            cookie,
            name,
            version: version.into(),
            encap: encap.into(),
            pseudowire: pseudowire.into(),
            l2spec: l2spec.into(),
            debug: DebugFlags(debug),
            tunnel: TunnelId(tunnel),
            session: SessionId(session),
        }
    }
}

/// What borrows from the message.
#[derive(Debug, PartialEq, ToAttrs, FromAttrs)]
struct Borrowed<'a> {
    #[nlattr(id = id::ONE)]
    c_str: &'a CStr,
    #[nlattr(id = id::TWO)]
    text: Option<&'a str>,
    #[nlattr(id = id::THREE)]
    bytes: &'a [u8],
}

/// An array as the kernel sends one.
#[derive(Debug, FromAttrs)]
struct Array<'a> {
    #[nlattr(id = id::THREE)]
    elements: List<'a, Integers>,
}

/// What names a session in a request.
#[derive(Debug, PartialEq, FromAttrs)]
struct Key {
    #[nlattr(id = l2tp_sys::L2TP_ATTR_CONN_ID)]
    tunnel: Option<TunnelId>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_SESSION_ID)]
    session: Option<SessionId>,
    #[nlattr(id = l2tp_sys::L2TP_ATTR_IFNAME)]
    name: Option<IfName>,
}

proptest! {
    #[test]
    fn what_borrows(c in "[^\0]{0,40}", t in proptest::option::of("[^\0]{0,40}"), b: Vec<u8>) {
        let c_str = CString::new(c).expect("no NUL");
        let value = Borrowed { c_str: &c_str, text: t.as_deref(), bytes: &b };
        let bytes = written(&value);
        prop_assert_eq!(read::<Borrowed<'_>>(&bytes), value);
        let value = FamilyName { name: &c_str };
        let bytes = written(&value);
        prop_assert_eq!(read::<FamilyName<'_>>(&bytes), value);
    }

    #[test]
    fn arrays(elements in proptest::collection::vec(any_integers(), 0..5)) {
        let mut bytes = Vec::new();
        AttrWriter::new(&mut bytes).nest(3, |out| {
            (1..).zip(&elements).try_for_each(|(n, it)| out.nest(n, |out| it.to_attrs(out)))
        }).expect("an array");
        let array: Array<'_> = read(&bytes);
        let read: Result<Vec<_>, _> = array.elements.collect();
        prop_assert_eq!(read, Ok(elements));
    }

    /// A session is read as the kernel reads it: by the attributes it has in common with an info.
    #[test]
    fn session_configs(config in values::session_config()) {
        let mut dry = DryRun::new();
        let info: SessionInfo = sent(dry.create_session(&config).expect("one that can work"));
        prop_assert_eq!(SessionKey::from(&info), SessionKey::from(&config));
        prop_assert_eq!(info.peer_tunnel_id, config.peer_tunnel_id);
        prop_assert_eq!(info.peer_session_id, config.peer_session_id);
        prop_assert_eq!(info.pseudowire, config.pseudowire);
        prop_assert_eq!(info.ifname, config.ifname);
        prop_assert_eq!(info.local_cookie, config.local_cookie);
        prop_assert_eq!(info.peer_cookie, config.peer_cookie);
        prop_assert_eq!(info.send_seq, config.send_seq);
        prop_assert_eq!(info.recv_seq, config.recv_seq);
        prop_assert_eq!(info.lns_mode, config.lns_mode);
        prop_assert_eq!(info.reorder_timeout, config.reorder_timeout.unwrap_or_default());
        prop_assert_eq!(info.debug, config.debug.unwrap_or_default());
    }

    #[test]
    fn static_tunnels((local, peer, config) in values::static_tunnel()) {
        let mut dry = DryRun::new();
        let info: TunnelInfo = sent(dry.create_static_tunnel(local, peer, &config)
            .expect("one that can work"));
        prop_assert_eq!((info.local(), info.peer()), (Some(local), Some(peer)));
        prop_assert_eq!((info.version, info.encap), (config.version, config.encap));
        prop_assert_eq!(info.tunnel_id, config.tunnel_id);
        prop_assert_eq!(info.peer_tunnel_id, config.peer_tunnel_id);
    }

    #[test]
    fn keys(tunnel: u32, session: u32, name in values::name_to_send()) {
        let (tunnel, session) = (TunnelId(tunnel), SessionId(session));
        let mut dry = DryRun::new();
        let key: Key = sent(dry.get_session_info((tunnel, session)).expect("a request"));
        prop_assert_eq!(key, Key { tunnel: Some(tunnel), session: Some(session), name: None });
        let key: Key = sent(dry.delete_session(name).expect("a request"));
        prop_assert_eq!(key, Key { tunnel: None, session: None, name: Some(name) });
        let key: Key = sent(dry.get_tunnel_info(tunnel).expect("a request"));
        prop_assert_eq!(key, Key { tunnel: Some(tunnel), session: None, name: None });
    }

    #[test]
    fn cookies_are_printed_and_parsed(cookie in values::cookie_to_send()) {
        prop_assert_eq!(cookie.to_string().parse(), Ok(cookie));
        prop_assert_eq!(cookie.to_string().to_uppercase().parse(), Ok(cookie));
        prop_assert_eq!(Cookie::new(cookie.as_bytes()), Ok(cookie));
    }

    #[test]
    fn names_are_printed_and_parsed(name in values::name_to_send()) {
        let text = name.to_str().expect("text");
        prop_assert_eq!(name.to_string(), text.replace('\\', "\\\\"));
        prop_assert_eq!(text.parse(), Ok(name));
        prop_assert_eq!(IfName::try_from(text), Ok(name));
    }

    #[test]
    fn no_name_reaches_a_terminal_as_it_is(name in values::name()) {
        for shown in [name.to_string(), format!("{name:?}")] {
            prop_assert!(!shown.chars().any(char::is_control), "{:?}", shown);
        }
    }

    #[test]
    fn invalid_cookies_and_names_are_rejected(text in ".{0,20}") {
        if let Ok(cookie) = text.parse::<Cookie>() {
            prop_assert_eq!(cookie.to_string(), text.to_lowercase());
        }
        if let Ok(name) = text.parse::<IfName>() {
            prop_assert_eq!(name.to_str(), Some(&text[..]));
        }
    }

    #[test]
    fn ids_are_printed_and_parsed(id: u32) {
        prop_assert_eq!(TunnelId(id).to_string().parse(), Ok(TunnelId(id)));
        prop_assert_eq!(SessionId(id).to_string().parse(), Ok(SessionId(id)));
    }

    /// Each attribute of a request has its line, none is malformed or unknown.
    #[test]
    fn requests_are_described(config in values::session_config()) {
        let mut dry = DryRun::new();
        let request = dry.create_session(&config).expect("one that can work");
        let text = schema::describe(request).to_string();
        let attrs = Attrs::new(&request[20..], 20).count();
        prop_assert_eq!(text.lines().count(), 6 + attrs, "{}", text);
        prop_assert_eq!(text.matches("L2TP_ATTR_").count(), attrs, "{}", text);
        prop_assert!(!text.contains("malformed"), "{}", text);
    }
}
