//! Generic netlink, with nothing of L2TP in it.
//!
//! [`Client`] is where to begin: it looks a family up, sends requests, dumps, and joins groups. The
//! modules are the steps between a struct and the kernel, in this order on the way down: [`attr`] (a
//! struct's fields as attributes), [`message`] (headers in front of them), [`exchange`] (sequence
//! numbers, acknowledgements, errors; no input or output), [`socket`] (the system calls). [`ctrl`] is
//! the family that knows the others, and [`extack`] decodes the kernel's errors. All of it is public:
//! another family is bound with the same derive macros and the same client.
//!
//! # Another family
//!
//! ```no_run
//! use l2tp::netlink::Client;
//! use l2tp::netlink::attr::{FromAttrs, ToAttrs};
//! use l2tp::netlink::message::Request;
//!
//! const NL80211_CMD_GET_INTERFACE: u8 = 5;
//! const NL80211_ATTR_IFINDEX: u16 = 3;
//! const NL80211_ATTR_IFTYPE: u16 = 5;
//!
//! #[derive(ToAttrs)]
//! struct ByIndex {
//!     #[nlattr(id = NL80211_ATTR_IFINDEX)]
//!     index: u32,
//! }
//!
//! #[derive(FromAttrs)]
//! struct Wireless {
//!     #[nlattr(id = NL80211_ATTR_IFTYPE)]
//!     kind: u32,
//! }
//!
//! let mut client = Client::open()?;
//! let family = client.family(c"nl80211")?.id;
//! let command = NL80211_CMD_GET_INTERFACE;
//! let get_interface = Request { family, command, version: 0, flags: 0 };
//! let interface: Wireless = client.ask(&get_interface, &ByIndex { index: 3 })?;
//! println!("type {}", interface.kind);
//! # Ok::<(), l2tp::netlink::Error>(())
//! ```

pub mod attr;
mod client;
pub mod ctrl;
pub(crate) mod driver;
pub(crate) mod error;
pub mod exchange;
pub mod extack;
pub mod inbox;
pub mod message;
pub mod socket;
pub(crate) mod transport;

pub use client::{Client, Dump, Notifications};
pub use error::Error;
