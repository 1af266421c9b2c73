//! The extended acknowledgement of a rejected request: the kernel's text, the attribute at fault,
//! the missing attribute, the policy.

use l2tp::netlink::attr::{AttrWriter, ToAttrs};
use l2tp::netlink::exchange::{Exchange, Progress};
use l2tp::netlink::extack::AttrType;
use l2tp::{EncapType, ProtocolVersion, TunnelConfig};

use crate::exchange::{DO, DUMP, feed, push, seq_of, start, step};
use crate::kernel::Reply;

/// The attributes of an acknowledgement that rejects a payload of the wrong length.
fn policy_failure(offset: u32) -> Vec<u8> {
    let mut tlvs = vec![10, 0, 1, 0];
    tlvs.extend(*b"wrong\0\0\0");
    tlvs.extend([8, 0, 2, 0]);
    tlvs.extend(offset.to_ne_bytes());
    // Nested: the type NL_ATTR_TYPE_U32, values up to 4294967295.
    tlvs.extend([36, 0, 4, 0x80, 8, 0, 1, 0, 4, 0, 0, 0]);
    tlvs.extend([12, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    tlvs.extend([12, 0, 5, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    tlvs
}

/// Each case is one malformed part of an extended acknowledgement.
#[test]
fn a_malformed_extended_acknowledgement_keeps_the_errno() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let request = exchange.outgoing().to_vec();
    let missing = [&[8, 0, 5, 0], &9_u32.to_ne_bytes()[..]].concat();
    let odd_text = [8, 0, 1, 0, b'n', b'o', b'!', b'?'];
    let false_length = [200, 0, 1, 0];
    let mut hostile = request.clone();
    hostile[..4].copy_from_slice(&u32::MAX.to_ne_bytes());
    for (reply, expected) in [
        (Reply::to(seq).capped_error(-34, &request, &false_length), None),
        (
            Reply::to(seq).capped_error(
                -34,
                &request,
                &[missing.clone(), false_length.into()].concat(),
            ),
            Some(9),
        ),
        (Reply::to(seq).capped_error(-34, &request, &[odd_text.into(), missing].concat()), Some(9)),
        (Reply::to(seq).quoting_error(-34, &hostile, &[]), None),
        (Reply::to(seq).flags(0x200).message(2, &(-34_i32).to_ne_bytes()), None),
        (
            Reply::to(seq)
                .flags(0x202)
                .message(3, &[&(-34_i32).to_ne_bytes()[..], &false_length].concat()),
            None,
        ),
    ] {
        feed(&mut exchange, &reply);
        let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not rejected") };
        assert_eq!((error.errno(), error.message(), error.missing()), (34, None, expected));
    }
}

#[test]
fn an_offset_beyond_the_request_names_no_attribute() {
    let mut exchange = Exchange::new();
    exchange.start();
    for _ in 0..2 {
        exchange.push(&DO, |out| out.put(9, &[1, 0, 0, 0])).expect("a request");
    }
    let seq = seq_of(&exchange);
    let request = exchange.outgoing()[..28].to_vec();
    for (offset, expected) in [(20, Some(9)), (27, Some(9)), (28, None), (48, None)] {
        feed(&mut exchange, &Reply::to(seq).capped_error(-34, &request, &policy_failure(offset)));
        let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not rejected") };
        assert_eq!(error.attribute(), expected, "offset {offset}");
    }
}

#[test]
fn a_nested_attribute_is_named_by_its_path() {
    let mut exchange = Exchange::new();
    exchange.start();
    let leaf = |out: &mut AttrWriter<'_>| out.put(3, &[1, 0, 0, 0]);
    exchange
        .push(&DO, |out| {
            out.put(5, &[0; 4])?;
            out.nest(1, |out| {
                out.put(4, &[0; 4])?;
                out.nest(2, leaf)
            })?;
            // Bytes that look like an attribute.
            out.put(6, &[8, 0, 7, 0, 0, 0, 0, 0])
        })
        .expect("a request");
    let request = exchange.outgoing().to_vec();
    let seq = seq_of(&exchange);
    for (offset, expected) in [
        (20, &[5][..]),
        (28, &[1]),
        (32, &[1, 4]),
        (40, &[1, 2]),
        (44, &[1, 2, 3]),
        (51, &[1, 2, 3]),
        (52, &[6]),
        (56, &[6]),
    ] {
        feed(&mut exchange, &Reply::to(seq).capped_error(-34, &request, &policy_failure(offset)));
        let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not rejected") };
        assert_eq!(error.attribute_path(), expected, "offset {offset}");
        assert_eq!(error.attribute(), expected.last().copied());
    }
    for (nest, expected) in [(None, &[9][..]), (Some(28_u32), &[1, 9]), (Some(40), &[1, 2, 9])] {
        let mut tlvs = [&[8, 0, 5, 0], &9_u32.to_ne_bytes()[..]].concat();
        if let Some(offset) = nest {
            tlvs.extend([8, 0, 6, 0]);
            tlvs.extend(offset.to_ne_bytes());
        }
        feed(&mut exchange, &Reply::to(seq).capped_error(-22, &request, &tlvs));
        let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not rejected") };
        assert_eq!(error.missing_path(), expected);
        assert_eq!(error.missing(), Some(9));
    }
}

#[test]
#[cfg(target_endian = "little")]
fn the_rejected_attribute_is_found_by_its_offset() {
    let config = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    let mut exchange = Exchange::new();
    exchange.start();
    push(&mut exchange, DO);
    exchange.push(&DO, |out| config.to_attrs(out)).expect("a request");
    let seq = seq_of(&exchange) + 1;
    let request = exchange.outgoing()[20..].to_vec();
    // Offsets of headers, of a byte in a payload, and of no attribute.
    for (offset, expected) in [
        (20, Some(7)),
        (28, Some(2)),
        (36, Some(9)),
        (47, Some(10)),
        (16, None),
        (52, None),
        (u32::MAX, None),
    ] {
        let tlvs = policy_failure(offset);
        for reply in [
            Reply::to(seq).capped_error(-34, &request, &tlvs),
            Reply::to(seq).quoting_error(-34, &request, &tlvs),
        ] {
            feed(&mut exchange, &reply);
            let Progress::Failed(1, error) = step(&mut exchange) else { panic!("not rejected") };
            assert_eq!(error.errno(), 34);
            assert_eq!(error.message(), Some("wrong"));
            assert_eq!(error.attribute(), expected, "offset {offset}");
            let policy = error.policy().expect("the kernel's policy");
            assert_eq!((policy.kind, policy.max), (Some(AttrType::U32), Some(0xffff_ffff)));
        }
    }
}

#[test]
fn a_missing_attribute_is_named() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let request = exchange.outgoing().to_vec();
    let mut tlvs = vec![8, 0, 5, 0];
    tlvs.extend(9u32.to_ne_bytes());
    feed(&mut exchange, &Reply::to(seq).capped_error(-22, &request, &tlvs));
    let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not rejected") };
    assert_eq!(error.missing(), Some(9));
}

#[test]
fn a_done_can_carry_the_kernels_text() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DUMP);
    let mut body = (-22i32).to_ne_bytes().to_vec();
    body.extend([8, 0, 1, 0, b'n', b'o', b'!', 0]);
    feed(&mut exchange, &Reply::to(seq).flags(0x202).message(3, &body));
    let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not rejected") };
    assert_eq!((error.errno(), error.message()), (22, Some("no!")));
}
