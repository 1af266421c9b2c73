#![doc = include_str!("front.md")]
#![deny(unsafe_code)]

// One path, `::l2tp`, serves the derives inside this crate and outside it.
#[allow(unused_extern_crates)]
extern crate self as l2tp;

mod codec;
mod command;
// Before its users, for its macro.
#[macro_use]
mod engine;

mod conn;
pub mod diagnose;
mod dry_run;
mod error;
mod events;
// Before its users, for its macro.
#[macro_use]
mod follower;
mod link;
pub mod mtu;
pub mod netlink;
mod netns;
pub mod ppp;
mod ready;
#[cfg(test)]
mod samples;
pub mod schema;
#[cfg(feature = "serde")]
mod serde;
mod session;
mod socket;
mod stats;
mod sys;
#[cfg(feature = "tokio")]
pub mod tokio;
mod tunnel;
mod types;

pub use conn::{Batch, Conn, Dump};
pub use diagnose::diagnose;
pub use dry_run::DryRun;
pub use engine::{Answer, BatchReport, Wait};
pub use error::{ConfigError, Error, ErrorKind, InUse, Operation};
pub use events::{Event, Events, Missed, Object, Requester};
pub use follower::{Change, Follower};
pub use link::{Interface, Links, Place};
pub use netns::Netns;
pub use ready::{
    AddressState, NotReady, wait_for_address, wait_for_address_with, wait_for_path,
    wait_for_path_with, wait_for_route, wait_for_route_with,
};
pub use session::{SessionChange, SessionConfig, SessionInfo, SessionKey};
pub use socket::{
    ControlHeader, DescriptorFault, PmtuDiscovery, Received, SocketError, SocketKind,
    SocketOptions, SocketStep, TunnelAddr, TunnelSocket,
};
pub use stats::{SessionStatistics, Statistics};
pub use tunnel::{TunnelConfig, TunnelInfo};
pub use types::{
    Cookie, CookieError, DebugFlags, EncapType, IfName, IfNameError, L2SpecType, ProtocolVersion,
    PseudowireType, SessionId, TunnelId,
};
