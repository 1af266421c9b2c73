//! The changes that a follower returns.

use std::fmt;

use crate::events::TunnelOrSession;
use crate::types::Statistics;
use crate::{SessionInfo, TunnelInfo};

/// A difference between two states of the picture.
///
/// Counters alone are not a change. When a setting differs that the kernel cannot change (ids,
/// pseudowire, cookies, interface name, version, encapsulation), the object was replaced by another
/// one with the same id: the old one is removed with its sessions, and the new one is added. The
/// same applies when packet counters have decreased, except on a 32-bit kernel, whose counters
/// restart at 0 after 2^32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The object is new.
    Added(TunnelOrSession),
    /// The settings of the object, or the addresses of a tunnel's socket, have changed.
    Changed {
        /// The object before the change.
        before: TunnelOrSession,
        /// The object after the change.
        after: TunnelOrSession,
    },
    /// The object no longer exists. This is its last known state; when the kernel sent a
    /// notification of the deletion, the counters are final.
    Removed(TunnelOrSession),
}

impl Change {
    /// The object that has changed, in its newest state.
    #[must_use]
    pub fn object(&self) -> &TunnelOrSession {
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

/// The difference between two infos with the same id.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// At most the counters differ.
    None,
    /// The settings differ.
    Settings,
    /// They describe two objects.
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
            fixed(self) == fixed(newer) && has_not_restarted(&self.statistics, &newer.statistics),
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
            fixed(self) == fixed(newer) && has_not_restarted(&self.statistics, &newer.statistics),
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

/// Whether no packet counter of `newer` is lower: the packet counters of one object only increase.
/// Byte counters are not compared: on a 32-bit kernel they restart at 0 after each 4 GiB.
fn has_not_restarted(older: &Statistics, newer: &Statistics) -> bool {
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
    let mut pairs = counters(older).into_iter().zip(counters(newer));
    pairs.all(|(older, newer)| counter_increases(older, newer, MAY_WRAP))
}

/// Whether the kernel may have 32-bit counters. A 64-bit program needs a 64-bit kernel.
const MAY_WRAP: bool = cfg!(target_pointer_width = "32");

/// Whether a counter has increased or is unchanged, and has not restarted at 0.
///
/// A 32-bit kernel keeps counters in a signed `long`, which starts again at 0 after 2^32 and
/// is reported with its sign (`nla_put_u64_64bit` of an `atomic_long_read` in
/// net/l2tp/l2tp_netlink.c). The newer value of such a kernel counts as an increase if it is
/// ahead by less than half of the range.
fn counter_increases(older: u64, newer: u64, may_wrap: bool) -> bool {
    if older <= newer {
        return true;
    }
    match (may_wrap, long(older), long(newer)) {
        (true, Some(older), Some(newer)) => newer.wrapping_sub(older) >= 0,
        _ => false,
    }
}

/// The value as the `long` of a 32-bit kernel, if it can be one.
fn long(value: u64) -> Option<i32> {
    i32::try_from(i64::from_ne_bytes(value.to_ne_bytes())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::samples::{session, tunnel};

    /// A counter as a 32-bit kernel reports it.
    fn with_sign(counter: u32) -> u64 {
        if counter < 1 << 31 { counter.into() } else { u64::MAX << 32 | u64::from(counter) }
    }

    #[test]
    fn a_32_bit_counter_increases_beyond_its_maximum() {
        const HALF: u32 = u32::MAX / 2;
        for (older, newer) in [(u32::MAX, 0), (u32::MAX - 5, 1000), (HALF, HALF + 1)] {
            assert!(counter_increases(with_sign(older), with_sign(newer), true), "{older} {newer}");
        }
        assert!(!counter_increases(1000, 0, true));
        assert!(!counter_increases(with_sign(u32::MAX), with_sign(HALF + 1), true));
        // The counters of a 64-bit kernel never restart.
        assert!(!counter_increases(with_sign(u32::MAX), 0, false));
        assert!(!counter_increases(1 << 40, 5, true));
        assert!(!counter_increases(3 << 30, 0, true));
    }

    #[test]
    fn a_32_bit_counter_is_recognised_by_its_sign() {
        assert_eq!(long(u64::MAX), Some(-1));
        assert_eq!(long(with_sign(1 << 31)), Some(i32::MIN));
        assert_eq!(long((1 << 31) - 1), Some(i32::MAX));
        assert_eq!(long(1 << 31), None);
        assert_eq!(long(with_sign(1 << 31) - 1), None);
    }

    #[test]
    fn counters_alone_are_no_change_of_a_tunnel() {
        let statistics = Statistics { tx_packets: 5, rx_bytes: 9, ..Statistics::default() };
        let counted = TunnelInfo { statistics, ..tunnel(1) };
        assert_eq!(tunnel(1).difference(&counted), Difference::None);
        assert_eq!(counted.difference(&tunnel(1)), Difference::Identity);
    }

    #[test]
    fn a_change_is_displayed_with_the_newer_info() {
        let (old, new) =
            (TunnelOrSession::Session(session(1, 5)), TunnelOrSession::Tunnel(tunnel(2)));
        assert_eq!(Change::Added(old).to_string(), format!("added {old}"));
        assert_eq!(Change::Removed(old).to_string(), format!("removed {old}"));
        let changed = Change::Changed { before: old, after: new };
        assert_eq!(changed.to_string(), format!("changed {new}"));
        assert_eq!(changed.object(), &new);
        assert_ne!(old.to_string(), new.to_string());
    }
}
