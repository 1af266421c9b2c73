//! The tests' common code: declarations of tests, namespaces, raw requests, waits, expected errors.

mod attrs;
mod busy;
mod counter;
mod expected;
mod forger;
mod gone;
mod helper;
mod iproute;
mod kernel;
mod loopback;
mod modules;
mod net;
mod outlet;
mod program;
mod race;
mod raw;
mod runtime;
mod test;
mod variant;
mod wait;
mod wire;

pub(crate) use attrs::{put, put_ids, put_session, put_tunnel};
pub(crate) use busy::Busy;
pub(crate) use expected::{Expected, ensure_fails};
pub(crate) use forger::{Forger, Peer, Received};
pub(crate) use gone::{interface_gone, session_gone, tunnel_gone};
pub(crate) use helper::{Helper, Running, dispatch, helper, run_unprivileged};
pub(crate) use iproute::ensure_shown;
pub(crate) use kernel::{
    Kernel, LOOKS_IN_THE_TUNNEL_NAMED, NAMES_TYPE_AND_PROTOCOL, NOTIFIES_WITHOUT_ERRORS,
    versions_are_read,
};
pub(crate) use loopback::{create_tunnel, fresh_tunnel, session_of};
pub(crate) use modules::{is_loaded, unload, unload_family, without_autoload};
pub(crate) use net::Net;
pub(crate) use outlet::outlet;
pub(crate) use program::{run, run_with};
pub(crate) use race::{Racer, race, unless};
pub(crate) use raw::{Fill, Outcome, Raw};
pub(crate) use runtime::Flavour;
pub(crate) use test::{Test, repeated, tests};
pub(crate) use variant::Variant;
pub(crate) use wait::eventually;
pub(crate) use wire::Wire;
