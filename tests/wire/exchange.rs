//! An exchange without a socket: the tests feed it datagrams as the kernel builds them, and check
//! what it reports.

use l2tp::netlink::attr::DecodeReason;
use l2tp::netlink::exchange::{Exchange, Progress};
use l2tp::netlink::message::Request;

use crate::kernel::{FAMILY, Reply};

pub(crate) const DO: Request = Request { family: FAMILY, command: 4, version: 1, flags: 0 };
pub(crate) const DUMP: Request = Request { flags: 0x300, ..DO };

pub(crate) fn push(exchange: &mut Exchange, request: Request) {
    exchange.push(&request, |_| Ok(())).expect("a request without attributes");
}

/// Starts and sends one request; returns its sequence number.
pub(crate) fn start(exchange: &mut Exchange, request: Request) -> u32 {
    exchange.start();
    push(exchange, request);
    exchange.sent();
    seq_of(exchange)
}

pub(crate) fn seq_of(exchange: &Exchange) -> u32 {
    let bytes = exchange.outgoing()[8..12].try_into().expect("a header");
    u32::from_ne_bytes(bytes)
}

pub(crate) fn feed(exchange: &mut Exchange, datagram: &[u8]) {
    exchange.space()[..datagram.len()].copy_from_slice(datagram);
    exchange.received(datagram.len()).expect("a datagram that fits");
}

/// The next step; the bytes must be well-formed.
pub(crate) fn step(exchange: &mut Exchange) -> Progress {
    exchange.poll().expect("well-formed bytes")
}

#[test]
fn without_a_datagram_an_exchange_needs_data() {
    let mut exchange = Exchange::new();
    assert_eq!(step(&mut exchange), Progress::NeedData);
    start(&mut exchange, DO);
    assert_eq!(step(&mut exchange), Progress::NeedData);
    feed(&mut exchange, &[]);
    assert_eq!(step(&mut exchange), Progress::NeedData);
}

#[test]
fn a_reply_has_attributes() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    // The kernel also sets NLM_F_ACK in replies, where it has no meaning.
    feed(&mut exchange, &Reply::to(seq).flags(4).reply(&[8, 0, 9, 0, 7, 0, 0, 0]));
    assert_eq!(step(&mut exchange), Progress::Reply(0));
    let message = exchange.message().expect("the reply");
    assert_eq!(message.command(), Ok(4));
    let attrs: Vec<_> = message.attrs().expect("attributes").map(Result::unwrap).collect();
    assert_eq!((attrs[0].id(), attrs[0].payload(), attrs[0].offset()), (9, &[7, 0, 0, 0][..], 20));
    assert_eq!(step(&mut exchange), Progress::NeedData);
}

#[test]
fn without_a_reply_there_is_no_message() {
    assert!(Exchange::new().message().is_err());
}

#[test]
fn an_error_of_zero_acknowledges_and_any_other_rejects() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    feed(&mut exchange, &Reply::to(seq).error(0));
    assert_eq!(step(&mut exchange), Progress::Acked(0));

    let seq = start(&mut exchange, DO);
    feed(&mut exchange, &Reply::to(seq).error(-19));
    let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not rejected") };
    assert_eq!(error.errno(), 19);
    assert_eq!((error.message(), error.attribute(), error.policy()), (None, None, None));
}

#[test]
fn the_smallest_error_number_becomes_the_largest_errno() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    feed(&mut exchange, &Reply::to(seq).error(i32::MIN));
    let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not rejected") };
    assert_eq!(error.errno(), i32::MAX);
}

#[test]
fn unrelated_messages_are_skipped() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let datagram = [
        Reply::to(seq).message(1, &[]), // NLMSG_NOOP
        Reply::to(seq.wrapping_sub(1)).error(-1),
        Reply::to(seq.wrapping_add(1)).reply(&[]),
        Reply::to(0).reply(&[]), // A notification.
        Reply::to(seq).reply(&[]),
    ];
    feed(&mut exchange, &datagram.concat());
    assert_eq!(step(&mut exchange), Progress::Reply(0));
    assert_eq!(step(&mut exchange), Progress::NeedData);
}

#[test]
fn replies_to_an_abandoned_exchange_are_skipped() {
    let mut exchange = Exchange::new();
    let stale = start(&mut exchange, DO);
    let seq = start(&mut exchange, DO);
    assert_ne!(stale, seq);
    feed(&mut exchange, &Reply::to(stale).reply(&[]));
    assert_eq!(step(&mut exchange), Progress::NeedData);
    feed(&mut exchange, &Reply::to(seq).error(0));
    assert_eq!(step(&mut exchange), Progress::Acked(0));
    feed(&mut exchange, &Reply::to(stale).error(-1));
    assert_eq!(step(&mut exchange), Progress::NeedData);
}

#[test]
fn replies_are_stale_until_the_last_request_has_its_reply() {
    let mut exchange = Exchange::new();
    assert!(!exchange.has_stale_answers());
    let abandoned = start(&mut exchange, DO);
    exchange.start();
    assert!(exchange.has_stale_answers());
    push(&mut exchange, DO);
    push(&mut exchange, DO);
    exchange.sent();
    let first = seq_of(&exchange);
    feed(&mut exchange, &[abandoned, first].map(|seq| Reply::to(seq).error(0)).concat());
    assert_eq!(step(&mut exchange), Progress::Acked(0));
    assert!(exchange.has_stale_answers());
    feed(&mut exchange, &Reply::to(first + 1).error(0));
    assert_eq!(step(&mut exchange), Progress::Acked(1));
    assert!(!exchange.has_stale_answers());
}

#[test]
fn next_reply_counts_as_the_reply_of_a_request() {
    let mut exchange = Exchange::new();
    exchange.start();
    for _ in 0..2 {
        push(&mut exchange, DO);
    }
    exchange.sent();
    let seq = seq_of(&exchange);
    for (replied_to, stale) in [(seq, true), (seq.wrapping_add(1), false)] {
        feed(&mut exchange, &Reply::to(replied_to).reply(&[]));
        assert!(exchange.next_reply().is_some());
        assert_eq!(exchange.has_stale_answers(), stale);
    }
}

#[test]
fn one_datagram_carries_several_requests() {
    let mut exchange = Exchange::new();
    exchange.start();
    for _ in 0..4 {
        push(&mut exchange, DO);
    }
    let first = seq_of(&exchange);
    assert_eq!(exchange.outgoing().len(), 4 * 20);
    let datagram = [
        Reply::to(first).error(0),
        Reply::to(first + 1).error(-17),
        Reply::to(first + 3).error(0),
        Reply::to(first + 4).error(0),
    ];
    feed(&mut exchange, &datagram.concat());
    assert_eq!(step(&mut exchange), Progress::Acked(0));
    assert!(matches!(step(&mut exchange), Progress::Failed(1, error) if error.errno() == 17));
    assert_eq!(step(&mut exchange), Progress::Acked(3));
    assert_eq!(step(&mut exchange), Progress::NeedData);
    assert_eq!(start(&mut exchange, DO), first + 4);
}

#[test]
fn a_request_that_cannot_be_encoded_is_not_sent() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let before = exchange.outgoing().to_vec();
    let too_long = vec![0; 65532];
    assert!(exchange.push(&DO, |out| out.put(1, &too_long)).is_err());
    assert_eq!(exchange.outgoing(), before);
    push(&mut exchange, DO);
    feed(&mut exchange, &Reply::to(seq + 1).error(0));
    assert_eq!(step(&mut exchange), Progress::Acked(1));
}

#[test]
fn sequence_numbers_wrap_around() {
    let mut exchange = Exchange::starting_at(u32::MAX - 1);
    exchange.start();
    for _ in 0..4 {
        push(&mut exchange, DO);
    }
    let replies = [u32::MAX - 1, u32::MAX, 0, 1].map(|seq| Reply::to(seq).error(0));
    feed(&mut exchange, &replies.concat());
    for index in 0..4 {
        assert_eq!(step(&mut exchange), Progress::Acked(index));
    }
    feed(&mut exchange, &Reply::to(2).error(0));
    assert_eq!(step(&mut exchange), Progress::NeedData);
}

#[test]
fn a_truncated_datagram_is_an_error() {
    let mut exchange = Exchange::new();
    start(&mut exchange, DO);
    let max = exchange.space().len();
    let error = exchange.received(max + 1).expect_err("truncated");
    assert_eq!(error.reason(), DecodeReason::Cut { capacity: max, actual: max + 1 });
    assert_eq!(step(&mut exchange), Progress::NeedData);
    assert!(exchange.space().len() > max, "another datagram of that length would be truncated");
    exchange.received(max + 1).expect("room");
}

#[test]
fn reserved_message_types_are_skipped() {
    for kind in (0..16).filter(|kind| !matches!(kind, 2 | 3)) {
        let mut exchange = Exchange::new();
        let seq = start(&mut exchange, DO);
        let datagram = [Reply::to(seq).message(kind, &[4, 1, 0, 0]), Reply::to(seq).reply(&[])];
        feed(&mut exchange, &datagram.concat());
        assert!(exchange.next_reply().is_none(), "type {kind}");
        assert!(exchange.has_stale_answers(), "type {kind} was taken for the reply");
        assert_eq!(step(&mut exchange), Progress::Reply(0), "type {kind}");
        assert_eq!(step(&mut exchange), Progress::NeedData, "type {kind}");
    }
}

#[test]
fn message_returns_only_a_reply() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let reply = Reply::to(seq).reply(&[8, 0, 9, 0, 7, 0, 0, 0]);
    feed(&mut exchange, &reply);
    assert!(exchange.message().is_err(), "received, but not read");
    assert_eq!(step(&mut exchange), Progress::Reply(0));
    assert_eq!(exchange.message().expect("the reply").header.len, 28);
    for other in [Reply::to(seq).error(0), Reply::to(seq).error(-1), Reply::to(0).reply(&[])] {
        feed(&mut exchange, &other);
        step(&mut exchange);
        assert!(exchange.message().is_err());
    }
    feed(&mut exchange, &reply);
    assert!(exchange.next_reply().is_some());
    assert!(exchange.message().is_ok());
    exchange.received(0).expect("another datagram");
    assert!(exchange.message().is_err(), "it was in the previous datagram");
    feed(&mut exchange, &reply);
    assert_eq!(step(&mut exchange), Progress::Reply(0));
    exchange.start();
    assert!(exchange.message().is_err(), "it was in the previous exchange");
}

#[test]
fn a_shorter_datagram_is_read_from_its_beginning() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let rejection = Reply::to(seq).error(-2);
    feed(&mut exchange, &[rejection.clone(), rejection.clone(), rejection.clone()].concat());
    for _ in 0..2 {
        assert!(matches!(step(&mut exchange), Progress::Failed(0, _)));
    }
    exchange.received(20).expect("a datagram that fits");
    assert_eq!(exchange.next_refusal(), None);
    exchange.received(rejection.len()).expect("a datagram that fits");
    assert_eq!(exchange.next_refusal(), Some(2));
}

#[test]
fn next_refusal_is_about_the_current_exchange_only() {
    let mut exchange = Exchange::new();
    let stale = start(&mut exchange, DO);
    let seq = start(&mut exchange, DO);
    assert_eq!(exchange.next_refusal(), None);
    for (datagram, expected) in [
        (Reply::to(seq).error(-2), Some(2)),
        (Reply::to(seq).error(0), None),
        (Reply::to(stale).error(-2), None),
        // The same number in a message that is no error.
        (Reply::to(seq).message(FAMILY, &(-2_i32).to_ne_bytes()), None),
    ] {
        feed(&mut exchange, &datagram);
        assert_eq!(exchange.next_refusal(), expected);
    }
}

#[test]
fn the_rest_of_a_malformed_datagram_is_skipped() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    let mut false_length = Reply::to(seq).reply(&[]);
    false_length[0] = 200;
    let good = Reply::to(seq).error(0);
    feed(&mut exchange, &[good.clone(), false_length, good.clone()].concat());
    assert_eq!(step(&mut exchange), Progress::Acked(0));
    let error = exchange.poll().expect_err("a false length");
    assert_eq!(error.offset(), Some(good.len()));
    assert_eq!(step(&mut exchange), Progress::NeedData);
    feed(&mut exchange, &good);
    assert_eq!(step(&mut exchange), Progress::Acked(0));
}

#[test]
fn an_acknowledgement_without_an_error_number_is_malformed() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DO);
    feed(&mut exchange, &Reply::to(seq).message(2, &[0, 0]));
    assert!(exchange.poll().is_err());
    assert_eq!(step(&mut exchange), Progress::NeedData);
}
