//! Tunnels: configuration, addresses, validation, and the info that the kernel reports.

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
