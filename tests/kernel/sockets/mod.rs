//! Tunnel sockets: every kind of them, with a tunnel and without.

mod adopt;
mod carry;
mod control;
mod link_local;
mod module;
mod options;
mod peer;
mod support;

use crate::support::Test;

pub(crate) fn tests() -> Vec<Test> {
    [
        adopt::tests(),
        carry::tests(),
        control::tests(),
        link_local::tests(),
        module::tests(),
        options::tests(),
        peer::tests(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
