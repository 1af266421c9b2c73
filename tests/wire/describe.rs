//! Refusals in words: the request that they quote, and the attribute at fault by its family's name.

use l2tp::netlink::attr::{AttrWriter, EncodeError, ToAttrs};
use l2tp::netlink::ctrl::{FamilyName, GET_FAMILY};
use l2tp::netlink::message::{Request, RequestHeader};
use l2tp::schema;

use crate::kernel::{FAMILY, Reply};

fn request(
    request: Request,
    fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    request.write(1, &mut bytes, fill).expect("a request");
    bytes
}

/// The description of a refusal that quotes a request and points at an offset in it.
fn refusal(request: &[u8], offset: u32) -> String {
    let tlvs = [&[8, 0, 2, 0], &offset.to_ne_bytes()[..]].concat();
    schema::describe(&Reply::to(1).quoting_error(-34, request, &tlvs)).to_string()
}

/// The last line's words.
fn last(text: &str) -> &str {
    text.lines().last().and_then(|line| line.split_once("  ")).expect("a line").1
}

#[test]
fn the_attribute_at_fault_has_its_familys_name() {
    let name = FamilyName { name: c"l2tp" };
    let controllers = request(GET_FAMILY, |out| name.to_attrs(out));
    let text = refusal(&controllers, 20);
    assert_eq!(last(&text), "the attribute at fault is CTRL_ATTR_FAMILY_NAME");

    let get = Request { family: FAMILY, command: 4, version: 1, flags: 0 };
    let l2tps = request(get, |out| {
        out.put(2, &[0; 2])?;
        out.nest(30, |out| out.put(1, &[0; 8]))?;
        out.nest(99, |out| out.put(98, &[]))
    });
    for (offset, expected) in [
        (20, "L2TP_ATTR_ENCAP_TYPE"),
        (28, "L2TP_ATTR_STATS"),
        (32, "L2TP_ATTR_TX_PACKETS in L2TP_ATTR_STATS"),
        (48, "attribute 98 in attribute 99"),
    ] {
        let text = refusal(&l2tps, offset);
        assert_eq!(last(&text), format!("the attribute at fault is {expected}"), "{text}");
    }
    let nowhere = refusal(&l2tps, 500);
    assert_eq!(last(&nowhere), "NLMSGERR_ATTR_OFFS = 500", "{nowhere}");
}

/// Netlink's own messages are of no family, so their bodies are bytes and no attribute is at fault.
#[test]
fn a_quoted_control_message_is_shown_whole() {
    let control = Reply::to(1).message(1, &[0xde, 0xad, 0xbe, 0xef, 8, 0, 2, 0, 1, 0, 0, 0]);
    let text = refusal(&control, 20);
    assert!(text.contains("de ad be ef 08 00 02 00 01 00 00 00"), "{text}");
    assert!(!text.contains("at fault"), "{text}");
}
