//! What must hold for any bytes whatever: an error or a value, never a panic, never an endless
//! loop.
//!
//! Each target is a function of bytes. The property tests run them over mutated messages, and a
//! fuzzer can run them over its own: `fuzz_target!(|bytes: &[u8]| hostile::describe(bytes))`.

use std::fmt::{self, Debug, Write};

use l2tp::netlink::attr::{Attrs, DecodeError, FromAttrs, ToAttrs};
use l2tp::netlink::ctrl::{Family, FamilyId, FamilyName, FamilyPolicy, Group};
use l2tp::netlink::exchange::{Exchange, Progress};
use l2tp::netlink::extack::{self, ExtAck, PolicyHint};
use l2tp::netlink::message::{Message, Messages, Request, RequestHeader};
use l2tp::schema;
use l2tp::socket::ControlHeader;
use l2tp::types::Statistics;
use l2tp::{SessionChange, SessionInfo, TunnelConfig, TunnelInfo};

/// A function that panics when bytes break what must hold.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: &[(&str, Target)] = &[
    ("attributes", attributes),
    ("messages", messages),
    ("types", types),
    ("acknowledgement", acknowledgement),
    ("conversation", conversation),
    ("describe", describe),
    ("control", control),
];

/// Attributes lie within the bytes, one behind the other, and nothing follows a malformed one.
///
/// # Panics
///
/// When they do not.
pub fn attributes(bytes: &[u8]) {
    let mut next = 0;
    let mut attrs = Attrs::new(bytes, 0);
    while let Some(attr) = attrs.next() {
        let Ok(attr) = attr else {
            assert!(attrs.next().is_none(), "an attribute behind a malformed one");
            return;
        };
        assert_eq!(attr.offset(), next);
        assert_eq!(&bytes[next + 4..][..attr.payload().len()], attr.payload());
        next += 4 + attr.payload().len().next_multiple_of(4);
    }
    assert!(next >= bytes.len(), "{} bytes were passed over", bytes.len() - next);
}

/// Messages lie within the bytes, and nothing follows a malformed one.
///
/// # Panics
///
/// When they do not.
pub fn messages(bytes: &[u8]) {
    let mut left = bytes.len();
    let mut messages = Messages::new(bytes);
    while let Some(message) = messages.next() {
        let Ok(message) = message else {
            assert!(messages.next().is_none(), "a message behind a malformed one");
            return;
        };
        let len = 16 + message.body().len();
        assert_eq!(message.header.len as usize, len);
        left -= len.next_multiple_of(4).min(left);
        if let Ok(attrs) = message.attrs() {
            assert!(attrs.count() <= len / 4);
            message.command().expect("what has attributes has a command");
        }
    }
    assert_eq!(left, 0);
}

/// Every type that is read either says what is wrong or is a value; a value that can be written is
/// the same when it is read again.
///
/// # Panics
///
/// When it is not.
pub fn types(bytes: &[u8]) {
    same_again::<TunnelConfig>(bytes);
    same_again::<TunnelInfo>(bytes);
    same_again::<SessionInfo>(bytes);
    same_again::<SessionChange>(bytes);
    same_again::<Statistics>(bytes);
    same_again::<FamilyId>(bytes);
    read::<FamilyName<'_>>(bytes);
    read::<PolicyHint>(bytes);
    read::<ExtAck<'_>>(bytes);
    read::<Group<'_>>(bytes);
    if let Some(family) = read::<Family<'_>>(bytes) {
        let _ = family.group(c"l2tp");
    }
    if let Some(policy) = read::<FamilyPolicy<'_>>(bytes) {
        let _ = policy.attributes();
    }
}

fn read<'a, T: FromAttrs<'a> + Debug>(bytes: &'a [u8]) -> Option<T> {
    match T::from_attrs(Attrs::new(bytes, 0)) {
        Ok(value) => Some(value),
        Err(error) => {
            explained::<T>(&error, bytes.len());
            None
        }
    }
}

/// An error is within the bytes and has words.
fn explained<'a, T: FromAttrs<'a>>(error: &DecodeError, len: usize) {
    assert!(error.offset().is_none_or(|offset| offset <= len.next_multiple_of(4)), "{error}");
    assert!(error.to_string().starts_with("malformed "), "{}: {error}", T::NAME);
}

fn same_again<T>(bytes: &[u8])
where
    T: for<'a> FromAttrs<'a> + ToAttrs + Debug + PartialEq,
{
    let Some(value) = read::<T>(bytes) else { return };
    let mut again = Vec::new();
    let request = Request { family: 16, command: 0, version: 0, flags: 0 };
    request.write(0, &mut again, |out| value.to_attrs(out)).expect("what was read can be written");
    let read_again = T::from_attrs(Attrs::new(&again[20..], 20)).expect("what was written");
    assert_eq!(value, read_again);
}

/// An acknowledgement of any form, to a request of any form.
///
/// # Panics
///
/// When an error has no errno, or an errno is hidden by what stands behind it.
pub fn acknowledgement(bytes: &[u8]) {
    for split in [0, bytes.len() / 2, bytes.len()] {
        let (request, answer) = bytes.split_at(split);
        let Ok((message, _)) = Message::first(answer) else { continue };
        let number = message.body().first_chunk().map(|bytes| i32::from_ne_bytes(*bytes));
        match (extack::acknowledgement(&message, || request), number) {
            (Err(_), None) | (Ok(Ok(())), Some(0..)) => {}
            (Ok(Err(error)), Some(number)) => {
                assert_eq!(error.errno(), number.saturating_neg());
                assert!(!error.to_string().is_empty());
            }
            (read, number) => panic!("{number:?} is read as {read:?}"),
        }
    }
}

/// A conversation in which the kernel says anything: it goes on after every datagram, and what it
/// says of a request is of one that was made.
///
/// # Panics
///
/// When it says something of another, or more often than the datagram has messages, or `next_reply`
/// takes for a reply what `poll` does not.
pub fn conversation(bytes: &[u8]) {
    let get = Request { family: 28, command: 4, version: 1, flags: 0 };
    let dump = Request { flags: 0x300, ..get };
    let mut exchange = Exchange::new();
    for datagram in bytes.chunks(bytes.len().div_ceil(3).max(1)) {
        exchange.start();
        for request in [get, dump, get] {
            exchange.push(&request, |out| out.put(9, &[1, 0, 0, 0])).expect("a request");
        }
        exchange.space()[..datagram.len()].copy_from_slice(datagram);
        exchange.received(datagram.len()).expect("it fits");
        let replies = std::iter::from_fn(|| exchange.next_reply().map(|_| ())).count();
        exchange.received(datagram.len()).expect("it fits");
        for _ in 0..replies {
            assert!(matches!(exchange.poll(), Ok(Progress::Reply(_))));
        }
        exchange.received(datagram.len()).expect("it fits");
        let mut steps = 0;
        loop {
            steps += 1;
            assert!(steps <= datagram.len() / 16 + 2, "more steps than messages");
            match exchange.poll() {
                Ok(Progress::NeedData) => break,
                Ok(Progress::Reply(request)) => {
                    assert!(request < 3);
                    let message = exchange.message().expect("the reply");
                    assert!(message.attrs().is_err() || message.command().is_ok());
                }
                Ok(Progress::Acked(request)) => assert!(request < 3),
                Ok(Progress::Failed(request, error)) => assert!(request < 3 && error.errno() > 0),
                Ok(Progress::Done | Progress::Interrupted) => {}
                Err(error) => assert!(error.offset().is_none_or(|at| at <= datagram.len())),
            }
        }
        let _ = exchange.has_stale_dump();
    }
}

/// A description has an end, in proportion to what it describes.
///
/// # Panics
///
/// When it has none, or fails.
pub fn describe(bytes: &[u8]) {
    let description = schema::describe(bytes);
    let mut limit = Limit(500 + 100 * bytes.len());
    write!(limit, "{description}").expect("a description in proportion");
    let mut limit = Limit(500 + 100 * bytes.len());
    write!(limit, "{description:#}").expect("a description in proportion");
}

/// The header of a control message is what it would be written as, or the message is refused.
///
/// # Panics
///
/// When the header is another.
pub fn control(bytes: &[u8]) {
    let Ok(header) = ControlHeader::parse(bytes) else { return };
    let mut written = header.to_bytes().to_vec();
    written.extend(&bytes[ControlHeader::LEN..]);
    assert_eq!(ControlHeader::parse(&written).as_ref(), Ok(&header));
}

/// Takes so many bytes of text and no more.
struct Limit(usize);

impl Write for Limit {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(text.len()).ok_or(fmt::Error)?;
        Ok(())
    }
}
