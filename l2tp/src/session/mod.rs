//! Sessions: what one is made from, what can be changed, how one is named, and what the kernel
//! says of it.

mod change;
mod config;
mod info;
mod key;
mod validate;

pub use change::SessionChange;
pub use config::SessionConfig;
pub use info::SessionInfo;
pub use key::SessionKey;
pub(crate) use key::SessionKeyAttrs;
