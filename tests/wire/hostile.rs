//! Hostile bytes: valid messages cut, flipped and made to lie about their lengths, and bytes that
//! were never a message.

use std::time::Duration;

use l2tp::conn::DryRun;
use l2tp::{
    EncapType, IfName, ProtocolVersion, PseudowireType, SessionConfig, SessionId, TunnelConfig,
    TunnelId,
};
use l2tp_tests::hostile::TARGETS;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::kernel::Reply;

/// One thing that can happen to bytes.
#[derive(Debug, Clone)]
enum Mutation {
    /// Nothing after this place.
    Cut(Index),
    /// Another byte.
    Put(Index, u8),
    /// Another bit.
    Flip(Index, u8),
    /// Another length where an attribute's or a message's may stand.
    Lie(Index, u16),
    /// A part that stands elsewhere too.
    Repeat(Index, Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let lie = prop_oneof![0..64u16, select(vec![4, 5, 0x7fff, 0x8000, 0xfffb, 0xffff])];
    prop_oneof![
        any::<Index>().prop_map(Mutation::Cut),
        any::<(Index, u8)>().prop_map(|(at, byte)| Mutation::Put(at, byte)),
        (any::<Index>(), 0..8u8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        (any::<Index>(), lie).prop_map(|(at, len)| Mutation::Lie(at, len)),
        any::<(Index, Index)>().prop_map(|(from, to)| Mutation::Repeat(from, to)),
    ]
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        match self {
            Self::Cut(at) => bytes.truncate(at.index(bytes.len())),
            Self::Put(at, byte) => {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            Self::Flip(at, bit) => {
                let at = at.index(bytes.len());
                bytes[at] ^= 1 << bit;
            }
            Self::Lie(at, len) => {
                let at = at.index(bytes.len()) & !3;
                if let Some(field) = bytes.get_mut(at..at + 2) {
                    field.copy_from_slice(&len.to_ne_bytes());
                }
            }
            Self::Repeat(from, to) => {
                let (from, to) = (from.index(bytes.len()) & !3, to.index(bytes.len()) & !3);
                let part = bytes[from.min(to)..from.max(to)].to_vec();
                bytes.splice(to..to, part);
            }
        }
    }
}

/// Messages of all sorts, as they should be. Their sequence numbers are those that a fresh
/// exchange gives out.
fn good() -> Vec<Vec<u8>> {
    let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    let session = SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20)
        .local_cookie([1; 4])
        .peer_cookie([2; 8])
        .ifname(IfName::new("eth-pw0").expect("a name"))
        .reorder_timeout(Duration::from_millis(100));
    let (local, peer) = ("192.0.2.1:1".parse(), "192.0.2.2:2".parse());
    let mut dry = DryRun::new();
    let mut good = vec![
        dry.create_static_tunnel(local.expect("an address"), peer.expect("an address"), &tunnel)
            .expect("a request")
            .to_vec(),
        dry.create_session(&session).expect("a request").to_vec(),
        dry.get_session_info((TunnelId(1), SessionId(10))).expect("a request").to_vec(),
    ];
    let request = good[1].clone();
    let tlvs = [&[9, 0, 1, 0][..], b"wrong\0\0\0", &[8, 0, 2, 0, 28, 0, 0, 0]].concat();
    let answer = Reply::to(2);
    good.extend([
        answer.error(-22),
        answer.error(0),
        answer.capped_error(-34, &request, &tlvs),
        answer.quoting_error(-34, &request, &tlvs),
        answer.flags(2).reply(&request[20..]),
        answer.flags(2).done(0),
    ]);
    let all = good.concat();
    good.push(all);
    for version in [2, 3] {
        // A control message, which is no netlink.
        good.push(vec![0xc8, version, 0, 14, 0, 1, 0, 2, 0, 3, 0, 4, 0, 0]);
    }
    good
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    (select(good()), vec(mutation(), 0..6)).prop_map(|(mut bytes, mutations)| {
        for mutation in mutations {
            mutation.apply(&mut bytes);
        }
        bytes
    })
}

/// Gives a target the bytes as they are, and without the headers of a message.
fn run_all(bytes: &[u8]) {
    for (_, target) in TARGETS {
        target(bytes);
        target(bytes.get(20..).unwrap_or(&[]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn mutated_messages_do_no_harm(bytes in mutated()) {
        run_all(&bytes);
    }

}

proptest! {
    #[test]
    fn random_bytes_do_no_harm(bytes in vec(any::<u8>(), 0..300)) {
        run_all(&bytes);
    }
}

#[test]
fn every_truncation_does_no_harm() {
    for message in good() {
        for len in 0..=message.len() {
            run_all(&message[..len]);
        }
    }
}

#[test]
fn every_false_length_is_harmless() {
    // The last of them are the others again.
    for message in good().into_iter().rev().skip(1) {
        for at in (0..message.len() - 1).step_by(4) {
            for len in [0, 1, 3, 4, 5, 8, 15, 16, 17, 20, 0x7fff, 0x8000, 0xfffb, 0xffff] {
                let mut lying = message.clone();
                lying[at..at + 2].copy_from_slice(&u16::to_ne_bytes(len));
                run_all(&lying);
            }
        }
    }
}

#[test]
fn the_largest_datagram_does_no_harm() {
    let unknown = [4, 0, 99, 0].repeat(8 * 1024 - 5);
    run_all(&Reply::to(1).reply(&unknown));
    // An error that quotes an error that quotes an error …
    let mut nested = Reply::to(1).error(-1);
    while nested.len() < 32 * 1024 - 40 {
        nested = Reply::to(1).quoting_error(-1, &nested, &[]);
    }
    run_all(&nested);
}
