//! The conversation with the kernel, driven without one: datagrams as the kernel builds them are
//! fed to an [`Exchange`], and it must say what they mean.

use l2tp::netlink::attr::{AttrWriter, DecodeReason, ToAttrs};
use l2tp::netlink::exchange::{Exchange, Progress};
use l2tp::netlink::extack::AttrType;
use l2tp::netlink::message::Request;
use l2tp::{EncapType, ProtocolVersion, TunnelConfig};

use crate::kernel::{Answer, FAMILY};

const DO: Request = Request { family: FAMILY, command: 4, version: 1, flags: 0 };
const DUMP: Request = Request { flags: 0x300, ..DO };

fn push(exchange: &mut Exchange, request: Request) {
    exchange.push(&request, |_| Ok(())).expect("a request without attributes");
}

/// An exchange of one request, sent, with the sequence number it was given.
fn start(exchange: &mut Exchange, request: Request) -> u32 {
    exchange.start();
    push(exchange, request);
    exchange.sent();
    seq_of(exchange)
}

fn seq_of(exchange: &Exchange) -> u32 {
    let bytes = exchange.outgoing()[8..12].try_into().expect("a header");
    u32::from_ne_bytes(bytes)
}

fn feed(exchange: &mut Exchange, datagram: &[u8]) {
    exchange.space()[..datagram.len()].copy_from_slice(datagram);
    exchange.received(datagram.len()).expect("a datagram that fits");
}

/// The next step, which the bytes must allow.
fn step(exchange: &mut Exchange) -> Progress {
    exchange.poll().expect("well-formed bytes")
}

#[test]
fn nothing_received_needs_data() {
    let mut exchange = Exchange::new();
    assert_eq!(step(&mut exchange), Progress::NeedData);
    start(&mut exchange, DO);
    assert_eq!(step(&mut exchange), Progress::NeedData);
    feed(&mut exchange, &[]);
    assert_eq!(step(&mut exchange), Progress::NeedData);
}

#[test]
fn a_reply_and_its_attributes() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    // The kernel sets NLM_F_ACK in answers; it means nothing there.
    feed(&mut exchange, &Answer::to(seq).flags(4).reply(&[8, 0, 9, 0, 7, 0, 0, 0]));
    assert_eq!(step(&mut exchange), Progress::Reply(0));
    let message = exchange.message().expect("the reply");
    assert_eq!(message.command(), Ok(4));
    let attrs: Vec<_> = message.attrs().expect("attributes").map(Result::unwrap).collect();
    assert_eq!((attrs[0].id(), attrs[0].payload(), attrs[0].offset()), (9, &[7, 0, 0, 0][..], 20));
    assert_eq!(step(&mut exchange), Progress::NeedData);
}

#[test]
fn a_message_that_was_never_there_is_an_error() {
    assert!(Exchange::new().message().is_err());
}

#[test]
fn acknowledgements_and_refusals() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    feed(&mut exchange, &Answer::to(seq).error(0));
    assert_eq!(step(&mut exchange), Progress::Acked(0));

    let seq = start(&mut exchange, DO);
    feed(&mut exchange, &Answer::to(seq).error(-19));
    let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not refused") };
    assert_eq!(error.errno(), 19);
    assert_eq!((error.message(), error.attribute(), error.policy()), (None, None, None));
}

#[test]
fn an_error_number_no_kernel_sends_does_no_harm() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    feed(&mut exchange, &Answer::to(seq).error(i32::MIN));
    let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not refused") };
    assert_eq!(error.errno(), i32::MAX);
}

#[test]
fn messages_without_meaning_are_passed_over() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let datagram = [
        Answer::to(seq).message(1, &[]), // NLMSG_NOOP
        Answer::to(seq.wrapping_sub(1)).error(-1),
        Answer::to(seq.wrapping_add(1)).reply(&[]),
        Answer::to(0).reply(&[]), // A notification of nobody's request.
        Answer::to(seq).reply(&[]),
    ];
    feed(&mut exchange, &datagram.concat());
    assert_eq!(step(&mut exchange), Progress::Reply(0));
    assert_eq!(step(&mut exchange), Progress::NeedData);
}

#[test]
fn answers_to_an_exchange_given_up_are_passed_over() {
    let mut exchange = Exchange::new();
    let stale = start(&mut exchange, DO);
    let seq = start(&mut exchange, DO);
    assert_ne!(stale, seq);
    feed(&mut exchange, &Answer::to(stale).reply(&[]));
    assert_eq!(step(&mut exchange), Progress::NeedData);
    feed(&mut exchange, &Answer::to(seq).error(0));
    assert_eq!(step(&mut exchange), Progress::Acked(0));
    feed(&mut exchange, &Answer::to(stale).error(-1));
    assert_eq!(step(&mut exchange), Progress::NeedData);
}

#[test]
fn a_dump_over_several_datagrams() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DUMP);
    let multi = Answer::to(seq).flags(2);
    for _ in 0..3 {
        feed(&mut exchange, &[multi.reply(&[]), multi.reply(&[])].concat());
        assert_eq!(step(&mut exchange), Progress::Reply(0));
        assert_eq!(step(&mut exchange), Progress::Reply(0));
        assert_eq!(step(&mut exchange), Progress::NeedData);
        assert!(exchange.has_stale_dump());
    }
    feed(&mut exchange, &multi.done(0));
    assert_eq!(step(&mut exchange), Progress::Done);
    assert!(!exchange.has_stale_dump());
}

#[test]
fn a_dump_that_fails_at_its_end() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DUMP);
    feed(&mut exchange, &Answer::to(seq).flags(2).done(-12));
    let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not refused") };
    assert_eq!(error.errno(), 12);
    assert!(!exchange.has_stale_dump());
}

#[test]
fn a_dump_that_is_refused() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DUMP);
    feed(&mut exchange, &Answer::to(seq).error(-1));
    assert!(matches!(step(&mut exchange), Progress::Failed(0, _)));
    assert!(!exchange.has_stale_dump());
}

#[test]
fn a_dump_given_up_half_way_is_known_until_its_end_is_seen() {
    let mut exchange = Exchange::new();
    let dump = start(&mut exchange, DUMP);
    let multi = Answer::to(dump).flags(2);
    feed(&mut exchange, &[multi.reply(&[]), multi.reply(&[])].concat());
    assert_eq!(step(&mut exchange), Progress::Reply(0));

    let seq = start(&mut exchange, DO);
    assert!(exchange.has_stale_dump());
    feed(&mut exchange, &multi.reply(&[]));
    assert_eq!(step(&mut exchange), Progress::NeedData);
    feed(&mut exchange, &Answer::to(seq).reply(&[]));
    assert_eq!(step(&mut exchange), Progress::Reply(0));
    assert!(exchange.has_stale_dump());
    feed(&mut exchange, &multi.done(0));
    assert_eq!(step(&mut exchange), Progress::NeedData);
    assert!(!exchange.has_stale_dump());
}

#[test]
fn a_dump_that_was_never_sent_has_no_end_to_wait_for() {
    let mut exchange = Exchange::new();
    push(&mut exchange, DUMP);
    assert!(!exchange.has_stale_dump());
    start(&mut exchange, DO);
    assert!(!exchange.has_stale_dump());
}

#[test]
fn answers_are_stale_until_the_last_request_has_its_own() {
    let mut exchange = Exchange::new();
    assert!(!exchange.has_stale_answers());
    let given_up = start(&mut exchange, DO);
    exchange.start();
    assert!(exchange.has_stale_answers());
    push(&mut exchange, DO);
    push(&mut exchange, DO);
    exchange.sent();
    let first = seq_of(&exchange);
    feed(&mut exchange, &[given_up, first].map(|seq| Answer::to(seq).error(0)).concat());
    assert_eq!(step(&mut exchange), Progress::Acked(0));
    assert!(exchange.has_stale_answers());
    feed(&mut exchange, &Answer::to(first + 1).error(0));
    assert_eq!(step(&mut exchange), Progress::Acked(1));
    assert!(!exchange.has_stale_answers());
}

#[test]
fn a_reply_that_is_read_as_a_row_is_an_answer_too() {
    let mut exchange = Exchange::new();
    exchange.start();
    for _ in 0..2 {
        push(&mut exchange, DO);
    }
    exchange.sent();
    let seq = seq_of(&exchange);
    for (answered, stale) in [(seq, true), (seq.wrapping_add(1), false)] {
        feed(&mut exchange, &Answer::to(answered).reply(&[]));
        assert!(exchange.next_reply().is_some());
        assert_eq!(exchange.has_stale_answers(), stale);
    }
}

#[test]
fn the_number_of_a_done_that_is_a_length_is_no_error() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DUMP);
    feed(&mut exchange, &Answer::to(seq).done(20));
    assert_eq!(step(&mut exchange), Progress::Done);
}

#[test]
fn several_requests_in_one_datagram() {
    let mut exchange = Exchange::new();
    exchange.start();
    for _ in 0..4 {
        push(&mut exchange, DO);
    }
    let first = seq_of(&exchange);
    assert_eq!(exchange.outgoing().len(), 4 * 20);
    let datagram = [
        Answer::to(first).error(0),
        Answer::to(first + 1).error(-17),
        Answer::to(first + 3).error(0),
        Answer::to(first + 4).error(0),
    ];
    feed(&mut exchange, &datagram.concat());
    assert_eq!(step(&mut exchange), Progress::Acked(0));
    assert!(matches!(step(&mut exchange), Progress::Failed(1, error) if error.errno() == 17));
    assert_eq!(step(&mut exchange), Progress::Acked(3));
    assert_eq!(step(&mut exchange), Progress::NeedData);
    assert_eq!(start(&mut exchange, DO), first + 4);
}

#[test]
fn a_request_that_cannot_be_encoded_leaves_no_trace() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let before = exchange.outgoing().to_vec();
    let too_long = vec![0; 65532];
    assert!(exchange.push(&DO, |out| out.put(1, &too_long)).is_err());
    assert_eq!(exchange.outgoing(), before);
    push(&mut exchange, DO);
    feed(&mut exchange, &Answer::to(seq + 1).error(0));
    assert_eq!(step(&mut exchange), Progress::Acked(1));
}

#[test]
fn sequence_numbers_wrap_around() {
    let mut exchange = Exchange::starting_at(u32::MAX - 1);
    exchange.start();
    for _ in 0..4 {
        push(&mut exchange, DO);
    }
    let answers = [u32::MAX - 1, u32::MAX, 0, 1].map(|seq| Answer::to(seq).error(0));
    feed(&mut exchange, &answers.concat());
    for index in 0..4 {
        assert_eq!(step(&mut exchange), Progress::Acked(index));
    }
    feed(&mut exchange, &Answer::to(2).error(0));
    assert_eq!(step(&mut exchange), Progress::NeedData);
}

#[test]
fn a_datagram_that_was_cut_is_an_error() {
    let mut exchange = Exchange::new();
    start(&mut exchange, DO);
    let max = exchange.space().len();
    let error = exchange.received(max + 1).expect_err("cut");
    assert_eq!(error.reason(), DecodeReason::Cut { room: max, actual: max + 1 });
    assert_eq!(step(&mut exchange), Progress::NeedData);
    assert!(exchange.space().len() > max, "another of its length is cut, too");
    exchange.received(max + 1).expect("room");
}

#[test]
fn reserved_types_are_passed_over() {
    for kind in (0..16).filter(|kind| !matches!(kind, 2 | 3)) {
        let mut exchange = Exchange::new();
        let seq = start(&mut exchange, DO);
        let datagram = [Answer::to(seq).message(kind, &[4, 1, 0, 0]), Answer::to(seq).reply(&[])];
        feed(&mut exchange, &datagram.concat());
        assert!(exchange.next_reply().is_none(), "type {kind}");
        assert!(exchange.has_stale_answers(), "type {kind} was taken for the answer");
        assert_eq!(step(&mut exchange), Progress::Reply(0), "type {kind}");
        assert_eq!(step(&mut exchange), Progress::NeedData, "type {kind}");
    }
}

#[test]
fn only_a_reply_is_a_message() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let reply = Answer::to(seq).reply(&[8, 0, 9, 0, 7, 0, 0, 0]);
    feed(&mut exchange, &reply);
    assert!(exchange.message().is_err(), "received, and not looked at");
    assert_eq!(step(&mut exchange), Progress::Reply(0));
    assert_eq!(exchange.message().expect("the reply").header.len, 28);
    for other in [Answer::to(seq).error(0), Answer::to(seq).error(-1), Answer::to(0).reply(&[])] {
        feed(&mut exchange, &other);
        step(&mut exchange);
        assert!(exchange.message().is_err());
    }
    feed(&mut exchange, &reply);
    assert!(exchange.next_reply().is_some());
    assert!(exchange.message().is_ok());
    exchange.received(0).expect("another datagram");
    assert!(exchange.message().is_err(), "the datagram before");
    feed(&mut exchange, &reply);
    assert_eq!(step(&mut exchange), Progress::Reply(0));
    exchange.start();
    assert!(exchange.message().is_err(), "the exchange before");
}

#[test]
fn a_datagram_shorter_than_the_one_before_is_read_from_its_beginning() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let refusal = Answer::to(seq).error(-2);
    feed(&mut exchange, &[refusal.clone(), refusal.clone(), refusal.clone()].concat());
    for _ in 0..2 {
        assert!(matches!(step(&mut exchange), Progress::Failed(0, _)));
    }
    exchange.received(20).expect("a datagram that fits");
    assert_eq!(exchange.next_refusal(), None);
    exchange.received(refusal.len()).expect("a datagram that fits");
    assert_eq!(exchange.next_refusal(), Some(2));
}

#[test]
fn only_a_refusal_of_the_exchange_under_way_is_the_next_refusal() {
    let mut exchange = Exchange::new();
    let stale = start(&mut exchange, DO);
    let seq = start(&mut exchange, DO);
    assert_eq!(exchange.next_refusal(), None);
    for (datagram, expected) in [
        (Answer::to(seq).error(-2), Some(2)),
        (Answer::to(seq).error(0), None),
        (Answer::to(stale).error(-2), None),
        // The same number where no errno stands.
        (Answer::to(seq).message(FAMILY, &(-2_i32).to_ne_bytes()), None),
    ] {
        feed(&mut exchange, &datagram);
        assert_eq!(exchange.next_refusal(), expected);
    }
}

/// Netlink sets the flag once, on the message behind the change: a row, or the end.
#[test]
fn a_dump_that_was_interrupted() {
    for flagged in 0..3 {
        let mut exchange = Exchange::new();
        let seq = start(&mut exchange, DUMP);
        let flags = |at| Answer::to(seq).flags(if at == flagged { 0x12 } else { 2 });
        feed(&mut exchange, &[flags(0).reply(&[]), flags(1).reply(&[])].concat());
        assert!(exchange.next_reply().is_some());
        assert_eq!(step(&mut exchange), Progress::Reply(0));
        feed(&mut exchange, &flags(2).done(0));
        assert_eq!(step(&mut exchange), Progress::Interrupted, "message {flagged}");
        assert!(!exchange.has_stale_dump());

        let again = start(&mut exchange, DUMP);
        feed(&mut exchange, &Answer::to(again).flags(2).done(0));
        assert_eq!(step(&mut exchange), Progress::Done);
    }
}

#[test]
fn an_interrupted_dump_given_up_is_of_no_concern_to_the_next() {
    let mut exchange = Exchange::new();
    let given_up = start(&mut exchange, DUMP);
    let seq = start(&mut exchange, DUMP);
    feed(
        &mut exchange,
        &[Answer::to(given_up).flags(0x12).done(0), Answer::to(seq).done(0)].concat(),
    );
    assert_eq!(step(&mut exchange), Progress::Done);
}

/// Whatever is malformed of what the kernel adds to an errno.
#[test]
fn a_malformed_extended_acknowledgement_leaves_the_errno() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let request = exchange.outgoing().to_vec();
    let missing = [&[8, 0, 5, 0], &9_u32.to_ne_bytes()[..]].concat();
    let odd_text = [8, 0, 1, 0, b'n', b'o', b'!', b'?'];
    let lie = [200, 0, 1, 0];
    let mut hostile = request.clone();
    hostile[..4].copy_from_slice(&u32::MAX.to_ne_bytes());
    for (answer, expected) in [
        (Answer::to(seq).capped_error(-34, &request, &lie), None),
        (
            Answer::to(seq).capped_error(-34, &request, &[missing.clone(), lie.into()].concat()),
            Some(9),
        ),
        (
            Answer::to(seq).capped_error(-34, &request, &[odd_text.into(), missing].concat()),
            Some(9),
        ),
        (Answer::to(seq).quoting_error(-34, &hostile, &[]), None),
        (Answer::to(seq).flags(0x200).message(2, &(-34_i32).to_ne_bytes()), None),
        (
            Answer::to(seq).flags(0x202).message(3, &[&(-34_i32).to_ne_bytes()[..], &lie].concat()),
            None,
        ),
    ] {
        feed(&mut exchange, &answer);
        let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not refused") };
        assert_eq!((error.errno(), error.message(), error.missing()), (34, None, expected));
    }
}

#[test]
fn an_offset_beyond_its_request_is_none_of_the_next() {
    let mut exchange = Exchange::new();
    exchange.start();
    for _ in 0..2 {
        exchange.push(&DO, |out| out.put(9, &[1, 0, 0, 0])).expect("a request");
    }
    let seq = seq_of(&exchange);
    let request = exchange.outgoing()[..28].to_vec();
    for (offset, expected) in [(20, Some(9)), (27, Some(9)), (28, None), (48, None)] {
        feed(&mut exchange, &Answer::to(seq).capped_error(-34, &request, &policy_failure(offset)));
        let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not refused") };
        assert_eq!(error.attribute(), expected, "offset {offset}");
    }
}

#[test]
fn an_attribute_within_others_is_named_by_its_path() {
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
        feed(&mut exchange, &Answer::to(seq).capped_error(-34, &request, &policy_failure(offset)));
        let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not refused") };
        assert_eq!(error.attribute_path(), expected, "offset {offset}");
        assert_eq!(error.attribute(), expected.last().copied());
    }
    for (nest, expected) in [(None, &[9][..]), (Some(28_u32), &[1, 9]), (Some(40), &[1, 2, 9])] {
        let mut tlvs = [&[8, 0, 5, 0], &9_u32.to_ne_bytes()[..]].concat();
        if let Some(offset) = nest {
            tlvs.extend([8, 0, 6, 0]);
            tlvs.extend(offset.to_ne_bytes());
        }
        feed(&mut exchange, &Answer::to(seq).capped_error(-22, &request, &tlvs));
        let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not refused") };
        assert_eq!(error.missing_path(), expected);
        assert_eq!(error.missing(), Some(9));
    }
}

#[test]
fn a_malformed_datagram_is_given_up() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let mut lie = Answer::to(seq).reply(&[]);
    lie[0] = 200;
    let good = Answer::to(seq).error(0);
    feed(&mut exchange, &[good.clone(), lie, good.clone()].concat());
    assert_eq!(step(&mut exchange), Progress::Acked(0));
    let error = exchange.poll().expect_err("a length that lies");
    assert_eq!(error.offset(), Some(good.len()));
    assert_eq!(step(&mut exchange), Progress::NeedData);
    feed(&mut exchange, &good);
    assert_eq!(step(&mut exchange), Progress::Acked(0));
}

#[test]
fn an_acknowledgement_without_its_number_is_malformed() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    feed(&mut exchange, &Answer::to(seq).message(2, &[0, 0]));
    assert!(exchange.poll().is_err());
    assert_eq!(step(&mut exchange), Progress::NeedData);
}

/// The extended part of a refusal as the kernel writes it for a payload of the wrong length.
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

#[test]
#[cfg(target_endian = "little")]
fn the_attribute_at_fault_is_found_by_its_offset() {
    let config = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    let mut exchange = Exchange::new();
    exchange.start();
    push(&mut exchange, DO);
    exchange.push(&DO, |out| config.to_attrs(out)).expect("a request");
    let seq = seq_of(&exchange) + 1;
    let request = exchange.outgoing()[20..].to_vec();
    // Offsets of headers, of a byte within a payload, and of nothing.
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
        for answer in [
            Answer::to(seq).capped_error(-34, &request, &tlvs),
            Answer::to(seq).quoting_error(-34, &request, &tlvs),
        ] {
            feed(&mut exchange, &answer);
            let Progress::Failed(1, error) = step(&mut exchange) else { panic!("not refused") };
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
    feed(&mut exchange, &Answer::to(seq).capped_error(-22, &request, &tlvs));
    let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not refused") };
    assert_eq!(error.missing(), Some(9));
}

#[test]
fn a_done_may_carry_the_kernels_words() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DUMP);
    let mut body = (-22i32).to_ne_bytes().to_vec();
    body.extend([8, 0, 1, 0, b'n', b'o', b'!', 0]);
    feed(&mut exchange, &Answer::to(seq).flags(0x202).message(3, &body));
    let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not refused") };
    assert_eq!((error.errno(), error.message()), (22, Some("no!")));
}
