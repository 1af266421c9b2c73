//! The family: its number and its multicast group, assigned when its module is loaded.

use crate::error::{Error, Operation};
use crate::netlink::attr::DecodeError;
use crate::netlink::ctrl;
use crate::netlink::driver::Driver;
use crate::netlink::transport::Transport;

/// What the controller reports of the family `l2tp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Family {
    /// The type of its messages.
    pub(crate) id: u16,
    /// The group of its notifications.
    pub(crate) group: Option<u32>,
}

impl Family {
    /// What matters of the controller's description.
    pub(crate) fn new(family: &ctrl::Family<'_>) -> Result<Self, DecodeError> {
        let group = family.group(l2tp_sys::L2TP_GENL_MCGROUP)?;
        Ok(Self { id: family.id, group })
    }
}

/// Looks the family up.
pub(crate) async fn look_up<S: Transport>(netlink: &mut Driver<S>) -> Result<Family, Error> {
    let family = netlink.family(l2tp_sys::L2TP_GENL_NAME).await;
    let family = family.map_err(|error| Error::of_netlink(Operation::Open, error))?;
    Family::new(&family).map_err(|error| Error::Decode { operation: Operation::Open, error })
}
