//! Tunnels: what one is made from, where its socket comes from, and what the kernel says of it.

mod addresses;
mod config;
pub(crate) mod ends;
mod info;
mod key;
mod validate;

pub(crate) use addresses::StaticAddresses;
pub use config::TunnelConfig;
pub use info::TunnelInfo;
pub(crate) use key::{ManagedSocket, TunnelKey};
pub(crate) use validate::check_id;
