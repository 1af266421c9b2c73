#![doc = include_str!("front.md")]
#![doc = "\n# How it is built\n"]
#![doc = include_str!("layers.svg")]
#![deny(unsafe_code)]

// One path, `::l2tp`, serves the derives inside this crate and outside it.
#[allow(unused_extern_crates)]
extern crate self as l2tp;

// docs/architecture.md has the table of which module may use which.
mod conn;
mod error;
mod events;
pub mod host;
pub mod netlink;
mod netns;
pub mod ppp;
pub mod schema;
#[cfg(feature = "serde")]
mod serde;
mod session;
mod socket;
mod sys;
#[cfg(test)]
mod testing;
#[cfg(feature = "tokio")]
pub mod tokio;
mod tunnel;
mod types;

pub use conn::{Batch, BatchOutcome, BatchReport, Conn, DryRun, Dump, Wait};
pub use error::{ConfigError, Error, ErrorKind, InUse, Operation};
pub use events::{Change, Event, Events, Follower, Missed, Object, Picture, Requester};
pub use host::{
    AddressState, Interface, InterfaceNamespace, Links, NotReady, diagnose::diagnose,
    wait_for_address, wait_for_address_with, wait_for_path, wait_for_path_with, wait_for_route,
    wait_for_route_with,
};
pub use netns::Netns;
pub use session::{SessionChange, SessionConfig, SessionInfo, SessionKey};
pub use socket::{
    ControlHeader, DescriptorFault, PmtuDiscovery, ReceivedMessage, SocketError, SocketKind,
    SocketOperation, SocketOptions, TunnelAddr, TunnelSocket,
};
pub use tunnel::{TunnelConfig, TunnelInfo};
pub use types::{
    Cookie, CookieError, DebugFlags, EncapType, IfName, IfNameError, L2SpecType, ProtocolVersion,
    PseudowireType, SessionId, Statistics, TunnelId,
};
