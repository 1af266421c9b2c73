//! Tunnel sockets: every kind of them, with a tunnel and without.

mod adopt;
mod carry;
mod control;
mod ends;
mod interface_gone;
mod link_local;
mod listed;
mod module;
mod on_the_wire;
mod options;
mod peer;
mod support;
mod vrf;

use crate::support::Test;

pub(crate) fn tests() -> Vec<Test> {
    [
        adopt::tests(),
        carry::tests(),
        control::tests(),
        ends::tests(),
        interface_gone::tests(),
        link_local::tests(),
        listed::tests(),
        module::tests(),
        on_the_wire::tests(),
        options::tests(),
        peer::tests(),
        vrf::tests(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
