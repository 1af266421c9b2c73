//! Identifiers of tunnels and sessions.

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
    /// Identifies a tunnel at one of its ends; the RFCs and the kernel also say connection id.
    ///
    /// The kernel keeps one id space a network namespace for L2TPv2 and L2TPv3 together. 32 bits
    /// in L2TPv3 (RFC 3931, section 4.1), 16 in L2TPv2 (RFC 2661, section 3.1); 0 is reserved for
    /// the control channel and refused by this library, though not by the kernel.
    TunnelId
}

id! {
    /// Identifies a session at one of its ends.
    ///
    /// 32 bits in L2TPv3, 16 in L2TPv2; 0 is reserved and refused by this library. Unique in its
    /// tunnel; with IP encapsulation unique in the whole network namespace, as an IP packet names
    /// no tunnel.
    SessionId
}
