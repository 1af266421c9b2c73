//! Cookies are shown to those who ask for them, and to nobody else.

use l2tp::conn::DryRun;
use l2tp::events::{Change, Requester, TunnelOrSession};
use l2tp::netlink::attr::FromAttrs;
use l2tp::netlink::message::{Message, Messages};
use l2tp::{
    Cookie, EncapType, Event, ProtocolVersion, PseudowireType, SessionConfig, SessionInfo,
    TunnelConfig, schema,
};

const LOCAL: [u8; 4] = [0xde, 0xad, 0xbe, 0xef];
const PEER: [u8; 8] = [0xca, 0xfe, 0xf0, 0x0d, 0xba, 0xad, 0xf0, 0x0d];

fn config() -> SessionConfig {
    let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20).local_cookie(LOCAL).peer_cookie(PEER)
}

/// What the kernel would report of it: the request has all that an info needs.
fn info() -> SessionInfo {
    let mut dry = DryRun::new();
    let request = dry.create_session(&config()).unwrap();
    SessionInfo::from_attrs(Message::first(request).unwrap().0.attrs().unwrap()).unwrap()
}

/// Fails if a text holds a part of a cookie as digits, as decimal bytes or as characters.
#[track_caller]
fn keeps_the_secret(text: &str) {
    let text = text.to_lowercase();
    for secret in ["dead", "de ad", "cafe", "ca fe", "222, 173", "202, 254", "222,", "\\xde"] {
        assert!(!text.contains(secret), "{secret:?} in {text}");
    }
}

#[test]
fn what_is_printed_shows_no_cookie() {
    let (config, info) = (config(), info());
    keeps_the_secret(&format!("{config:?} {config:#?} {info:?} {info:#?} {info}"));
    let (object, requester) = (TunnelOrSession::Session(info), Requester { port: 1, seq: 2 });
    keeps_the_secret(&format!("{object:?} {object}"));
    let change = Change::Changed { before: object, after: object };
    keeps_the_secret(&format!("{change:?} {change}"));
    let unknown = Event::Unknown { command: 99, attributes: LOCAL.into(), requester };
    for event in [Event::Created(object, requester), Event::Deleted(object, requester), unknown] {
        keeps_the_secret(&format!("{event:?} {event:#?} {event}"));
    }
    assert!(info.to_string().contains(", cookie of 4 bytes, peer cookie of 8 bytes"), "{info}");
}

#[test]
fn messages_and_buffers_show_no_cookie() {
    let mut dry = DryRun::new();
    let request = dry.create_session(&config()).unwrap().to_vec();
    keeps_the_secret(&format!("{dry:?}"));
    let messages = Messages::new(&request);
    keeps_the_secret(&format!("{messages:?}"));
    let message = Message::first(&request).unwrap().0;
    let attrs = message.attrs().unwrap();
    keeps_the_secret(&format!("{message:?} {attrs:?}"));
    for attr in attrs {
        keeps_the_secret(&format!("{attr:?}"));
    }
    let description = schema::describe(&request);
    keeps_the_secret(&format!("{description:?} {description} {description:#}"));
    assert!(description.to_string().contains("L2TP_ATTR_COOKIE = 4 bytes, not shown"));
}

#[test]
fn errors_show_no_cookie() {
    let mut v2 = config();
    (v2.version, v2.pseudowire) = (ProtocolVersion::V2, PseudowireType::Ppp);
    keeps_the_secret(&v2.validate().unwrap_err().to_string());
    for wrong in ["deadbeefx", "0xdeadbeef", "dead", "deadbeefdeadbeefde"] {
        let error = wrong.parse::<Cookie>().unwrap_err();
        keeps_the_secret(&format!("{error} {error:?}"));
        let error = serde_json::from_value::<SessionConfig>(serde_json::json!({
            "version": 3, "tunnel_id": 1, "peer_tunnel_id": 2, "session_id": 10,
            "peer_session_id": 20, "pseudowire": "eth", "local_cookie": wrong,
        }));
        keeps_the_secret(&error.unwrap_err().to_string());
    }
}

#[test]
fn cookies_are_shown_on_request() {
    assert_eq!(Cookie::from(LOCAL).to_string(), "deadbeef");
    let shown = info().with_cookies().to_string();
    assert!(shown.contains(", cookie deadbeef, peer cookie cafef00dbaadf00d: "), "{shown}");
    let mut dry = DryRun::new();
    let request = dry.create_session(&config()).unwrap();
    let shown = format!("{:#}", schema::describe(request).with_cookies());
    assert!(shown.contains("L2TP_ATTR_COOKIE = de ad be ef\n"), "{shown}");
    assert!(shown.contains("ca fe f0 0d ba ad f0 0d"), "{shown}");
}
