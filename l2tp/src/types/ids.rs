//! Ids of tunnels and sessions.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use crate::netlink::attr::{FromPayload, ToPayload};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, ToPayload, FromPayload)]
        pub struct $name(pub u32);

        impl From<u32> for $name {
            fn from(id: u32) -> Self {
                Self(id)
            }
        }

        impl From<$name> for u32 {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// The id of a tunnel at one of its ends; the RFCs and the kernel also call it connection id.
    ///
    /// In each network namespace, L2TPv2 and L2TPv3 tunnels share one id space. The id has 32 bits in
    /// L2TPv3 (RFC 3931, section 4.1) and 16 in L2TPv2 (RFC 2661, section 3.1). Id 0 is reserved for the
    /// control channel; this library rejects it, the kernel does not.
    TunnelId
}

id! {
    /// The id of a session at one of its ends.
    ///
    /// It has 32 bits in L2TPv3 and 16 in L2TPv2; this library rejects 0, which is reserved. It is unique
    /// in its tunnel. With IP encapsulation it is unique in the whole network namespace, since an IP
    /// packet has no tunnel id.
    SessionId
}
