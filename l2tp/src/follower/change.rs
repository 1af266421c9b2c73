//! What a follower yields.

use std::fmt;

use crate::events::Object;
use crate::{SessionInfo, Statistics, TunnelInfo};

/// A difference between two states of the picture.
///
/// Counters alone make no change. What the kernel cannot change of an object (ids, pseudowire,
/// cookies, interface name, version, encapsulation) makes it another object of the same id: the
/// old one is removed with its sessions, and the new one added. The same goes for counters of
/// packets that run backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is new.
    Added(Object),
    /// It has other settings, or a tunnel's socket has other addresses.
    Changed {
        /// As it was.
        before: Object,
        /// As it is.
        after: Object,
    },
    /// It is gone; this is the last that was seen of it. When the kernel notified of its deletion,
    /// the counters are final.
    Removed(Object),
}

impl Change {
    /// What it is about, in its newest form.
    #[must_use]
    pub fn object(&self) -> &Object {
        match self {
            Self::Added(object) | Self::Removed(object) | Self::Changed { after: object, .. } => {
                object
            }
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(object) => write!(f, "added {object}"),
            Self::Changed { after, .. } => write!(f, "changed {after}"),
            Self::Removed(object) => write!(f, "removed {object}"),
        }
    }
}

/// How an object that was seen twice has changed meanwhile.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// Not at all, but for its counters.
    None,
    /// It has other settings.
    Settings,
    /// It is another object of the same id.
    Identity,
}

/// The comparison of two infos with the same id.
pub(super) trait Compare {
    fn difference(&self, newer: &Self) -> Difference;
}

impl Compare for TunnelInfo {
    fn difference(&self, newer: &Self) -> Difference {
        let fixed = |t: &Self| (t.version, t.peer_tunnel_id, t.encap);
        compare(
            fixed(self) == fixed(newer) && counts_on(&self.statistics, &newer.statistics),
            Self { statistics: newer.statistics, ..*self } == *newer,
        )
    }
}

impl Compare for SessionInfo {
    fn difference(&self, newer: &Self) -> Difference {
        let fixed = |s: &Self| {
            (
                s.peer_tunnel_id,
                s.peer_session_id,
                s.pseudowire,
                s.ifname,
                s.local_cookie,
                s.peer_cookie,
            )
        };
        compare(
            fixed(self) == fixed(newer) && counts_on(&self.statistics, &newer.statistics),
            Self { statistics: newer.statistics, ..*self } == *newer,
        )
    }
}

fn compare(same_object: bool, same_settings: bool) -> Difference {
    match (same_object, same_settings) {
        (false, _) => Difference::Identity,
        (true, false) => Difference::Settings,
        (true, true) => Difference::None,
    }
}

/// Whether no counter of `newer` is behind: a counter of one object never goes back. Those of bytes
/// do on a kernel of 32 bits, where they start again at 0 after each 4 GiB.
fn counts_on(older: &Statistics, newer: &Statistics) -> bool {
    let counters = |s: &Statistics| {
        [
            s.tx_packets,
            s.tx_errors,
            s.rx_packets,
            s.rx_seq_discards,
            s.rx_cookie_discards,
            s.rx_oos_packets,
            s.rx_errors,
            s.rx_invalid.unwrap_or(0),
        ]
    };
    counters(older).iter().zip(counters(newer)).all(|(older, newer)| *older <= newer)
}
