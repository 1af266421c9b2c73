//! Sessions: configuration, changes, keys, validation, and the info that the kernel reports.

mod change;
mod config;
mod info;
mod key;
mod validate;

pub use change::SessionChange;
pub use config::SessionConfig;
pub use info::SessionInfo;
pub use key::SessionKey;
pub(crate) use key::{SessionIds, SessionName};
