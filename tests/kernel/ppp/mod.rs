//! PPP over L2TP: sockets, units and channels, bridges, and pppd itself.

mod address;
mod bridge;
mod control;
mod lifetime;
mod pppd;
mod socket;
mod support;
mod units;

use crate::support::Test;

pub(crate) use socket::HELPERS;
pub(crate) use support::{echo, frame, link, unit};

pub(crate) fn tests() -> Vec<Test> {
    [
        address::tests(),
        bridge::tests(),
        control::tests(),
        lifetime::tests(),
        pppd::tests(),
        socket::tests(),
        units::tests(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
