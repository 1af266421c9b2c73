//! Finding the family: its number and its multicast group, assigned when its module is loaded.

use crate::error::{Error, Operation};
use crate::netlink::attr::{DecodeError, FromAttrs, ToAttrs};
use crate::netlink::ctrl::{self, FamilyName};
use crate::netlink::exchange::{Exchange, Progress};

/// What the controller said of the family `l2tp`.
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

/// Puts the question into the exchange.
pub(crate) fn ask(exchange: &mut Exchange) -> Result<(), Error> {
    exchange.start();
    let name = FamilyName { name: l2tp_sys::L2TP_GENL_NAME };
    exchange
        .push(&ctrl::GET_FAMILY, |out| name.to_attrs(out))
        .map_err(|error| Error::Encode { operation: Operation::Open, error })
}

/// Reads the answer, to which the exchange has progressed.
pub(crate) fn answer(exchange: &Exchange, progress: Progress) -> Result<Family, Error> {
    let malformed = |error| Error::Decode { operation: Operation::Open, error };
    match progress {
        Progress::Failed(_, error) => Err(Error::NoFamily { errno: error.errno() }),
        Progress::Reply(_) => {
            let attrs =
                exchange.message().and_then(|message| message.attrs()).map_err(malformed)?;
            ctrl::Family::from_attrs(attrs)
                .and_then(|family| Family::new(&family))
                .map_err(malformed)
        }
        _ => Err(Error::NoAnswer { operation: Operation::Open }),
    }
}
