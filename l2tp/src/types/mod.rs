//! The values of L2TP: ids, cookies, interface names, enumerations and statistics.
//!
//! | type | value |
//! |---|---|
//! | [`TunnelId`], [`SessionId`] | an id of a tunnel or session at one end |
//! | [`Cookie`] | the cookie of an L2TPv3 session, which is secret |
//! | [`IfName`] | the name of a network interface |
//! | [`ProtocolVersion`], [`EncapType`], [`PseudowireType`], [`L2SpecType`] | the kernel's enumerations |
//! | [`Statistics`] | the counters of a tunnel or session |
//!
//! Each is a distinct type, so a tunnel id cannot be passed as a session id. Each can also hold values
//! of the kernel that this library does not know: an enumeration has `Unknown(n)`, and a cookie that is
//! read from the kernel can have any length up to eight.

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
pub use statistics::Statistics;
