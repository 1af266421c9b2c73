//! The words of L2TP: identifiers, cookies, interface names, and the kernel's enumerations.
//!
//! Each is a type of its own, so that a tunnel's id cannot stand where a session's belongs, and
//! each keeps what the kernel may say beyond what is known here: an enumeration has `Unknown(n)`,
//! a cookie read back may have any length up to eight.

pub(crate) mod codec;
mod cookie;
pub(crate) mod hex;
mod ids;
mod ifname;
mod length;
mod numbers;
pub(crate) mod printable;
mod statistics;

pub use cookie::{Cookie, CookieError};
pub use ids::{SessionId, TunnelId};
pub use ifname::{IfName, IfNameError};
pub use numbers::{DebugFlags, EncapType, L2SpecType, ProtocolVersion, PseudowireType};
pub use statistics::{SessionStatistics, Statistics};
