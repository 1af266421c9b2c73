//! Dumps: their datagrams, their end, and dumps that were abandoned or are inconsistent.

use l2tp::netlink::exchange::{Exchange, Progress};

use crate::exchange::{DO, DUMP, feed, push, start, step};
use crate::kernel::Reply;

#[test]
fn a_dump_spans_several_datagrams() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DUMP);
    let multi = Reply::to(seq).flags(2);
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
fn a_dump_can_fail_at_its_end() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DUMP);
    feed(&mut exchange, &Reply::to(seq).flags(2).done(-12));
    let Progress::Failed(0, error) = step(&mut exchange) else { panic!("not rejected") };
    assert_eq!(error.errno(), 12);
    assert!(!exchange.has_stale_dump());
}

#[test]
fn a_rejected_dump_has_ended() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DUMP);
    feed(&mut exchange, &Reply::to(seq).error(-1));
    assert!(matches!(step(&mut exchange), Progress::Failed(0, _)));
    assert!(!exchange.has_stale_dump());
}

#[test]
fn an_abandoned_dump_is_stale_until_its_end_is_received() {
    let mut exchange = Exchange::new();
    let dump = start(&mut exchange, DUMP);
    let multi = Reply::to(dump).flags(2);
    feed(&mut exchange, &[multi.reply(&[]), multi.reply(&[])].concat());
    assert_eq!(step(&mut exchange), Progress::Reply(0));

    let seq = start(&mut exchange, DO);
    assert!(exchange.has_stale_dump());
    feed(&mut exchange, &multi.reply(&[]));
    assert_eq!(step(&mut exchange), Progress::NeedData);
    feed(&mut exchange, &Reply::to(seq).reply(&[]));
    assert_eq!(step(&mut exchange), Progress::Reply(0));
    assert!(exchange.has_stale_dump());
    feed(&mut exchange, &multi.done(0));
    assert_eq!(step(&mut exchange), Progress::NeedData);
    assert!(!exchange.has_stale_dump());
}

#[test]
fn a_dump_that_was_not_sent_is_never_stale() {
    let mut exchange = Exchange::new();
    push(&mut exchange, DUMP);
    assert!(!exchange.has_stale_dump());
    start(&mut exchange, DO);
    assert!(!exchange.has_stale_dump());
}

#[test]
fn a_positive_number_in_a_done_is_no_error() {
    let mut exchange = Exchange::new();
    let seq = start(&mut exchange, DUMP);
    feed(&mut exchange, &Reply::to(seq).done(20));
    assert_eq!(step(&mut exchange), Progress::Done);
}

/// Netlink sets the flag on the first message after the change only: a row, or the end.
#[test]
fn an_inconsistent_dump_is_reported_at_its_end() {
    for flagged in 0..3 {
        let mut exchange = Exchange::new();
        let seq = start(&mut exchange, DUMP);
        let flags = |at| Reply::to(seq).flags(if at == flagged { 0x12 } else { 2 });
        feed(&mut exchange, &[flags(0).reply(&[]), flags(1).reply(&[])].concat());
        assert!(exchange.next_reply().is_some());
        assert_eq!(step(&mut exchange), Progress::Reply(0));
        feed(&mut exchange, &flags(2).done(0));
        assert_eq!(step(&mut exchange), Progress::Interrupted, "message {flagged}");
        assert!(!exchange.has_stale_dump());

        let again = start(&mut exchange, DUMP);
        feed(&mut exchange, &Reply::to(again).flags(2).done(0));
        assert_eq!(step(&mut exchange), Progress::Done);
    }
}

#[test]
fn an_inconsistent_abandoned_dump_does_not_affect_the_next() {
    let mut exchange = Exchange::new();
    let abandoned = start(&mut exchange, DUMP);
    let seq = start(&mut exchange, DUMP);
    feed(
        &mut exchange,
        &[Reply::to(abandoned).flags(0x12).done(0), Reply::to(seq).done(0)].concat(),
    );
    assert_eq!(step(&mut exchange), Progress::Done);
}
