#![doc = include_str!("front.md")]
#![doc = "\n# How it is built\n"]
#![doc = include_str!("layers.svg")]
#![deny(unsafe_code)]

// One path, `::l2tp`, serves the derives inside this crate and outside it.
#[allow(unused_extern_crates)]
extern crate self as l2tp;

// docs/architecture.md has the table of which module may use which.
pub mod conn;
pub mod error;
pub mod events;
pub mod host;
pub mod netlink;
mod netns;
pub mod ppp;
pub mod schema;
#[cfg(feature = "serde")]
mod serde;
mod session;
pub mod socket;
mod sys;
#[cfg(test)]
mod testing;
#[cfg(feature = "tokio")]
pub mod tokio;
mod tunnel;
pub mod types;

pub use conn::{Batch, Conn};
pub use error::{Error, ErrorKind};
pub use events::{Event, Events, Follower};
pub use host::diagnose::diagnose;
pub use netns::Netns;
pub use session::{SessionChange, SessionConfig, SessionInfo, SessionKey};
pub use socket::{SocketOptions, TunnelSocket};
pub use tunnel::{TunnelConfig, TunnelInfo};
pub use types::{
    Cookie, EncapType, IfName, L2SpecType, ProtocolVersion, PseudowireType, SessionId, TunnelId,
};
