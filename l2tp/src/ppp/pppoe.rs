//! PPPoE sessions, which an access concentrator bridges to L2TP.
//!
//! The PPPoE discovery protocol (RFC 2516, section 5) determines the session id and the Ethernet
//! addresses. This module uses its result.

use std::ffi::c_char;
use std::fmt;
use std::os::fd::OwnedFd;

use l2tp_sys::{pppoe_addr, sockaddr_pppox, sockaddr_pppox__bindgen_ty_1};

use super::address::FAMILY;
use super::error::{At, PppError, PppOperation};
use super::socket::{ChannelSocket, connect, descriptor, sealed};
use crate::IfName;
use crate::error::ConfigError;
use crate::sys::ppp::Name;

/// A PPPoE session, the result of PPPoE discovery (`struct pppoe_addr` of `linux/if_pppox.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PppoeAddress {
    /// The session's id, 1 to 65534; the kernel sends it in network byte order.
    pub session_id: u16,
    /// The Ethernet address of the other end.
    pub remote: [u8; 6],
    /// The Ethernet interface on this end.
    pub device: IfName,
}

impl PppoeAddress {
    fn to_name(self) -> Result<Name, ConfigError> {
        // RFC 2516, section 4: 0xffff is reserved, and 0 is not a session.
        if matches!(self.session_id, 0 | u16::MAX) {
            let problem = "a PPPoE session has an id from 1 to 65534";
            return Err(ConfigError::new("session_id", self.session_id, problem));
        }
        let mut dev: [c_char; 16] = [0; 16];
        for (to, from) in dev.iter_mut().zip(self.device.as_bytes()) {
            *to = c_char::from_ne_bytes([*from]);
        }
        let pppoe = pppoe_addr { sid: self.session_id.to_be(), remote: self.remote, dev };
        Ok(Name::of(&sockaddr_pppox {
            sa_family: FAMILY,
            sa_protocol: l2tp_sys::PX_PROTO_OE,
            sa_addr: sockaddr_pppox__bindgen_ty_1 { pppoe },
        }))
    }
}

impl fmt::Display for PppoeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PPPoE session {} with ", self.session_id)?;
        for (position, octet) in self.remote.iter().enumerate() {
            let separator = if position == 0 { "" } else { ":" };
            write!(f, "{separator}{octet:02x}")?;
        }
        write!(f, " on {}", self.device)
    }
}

/// A PPPoE socket that is connected to a session.
///
/// The kernel exchanges the session's frames over the device as long as a descriptor of the socket
/// is open. It sends no PADT when the last one is closed; the discovery protocol must do that.
#[derive(Debug)]
pub struct PppoeSocket {
    socket: OwnedFd,
}

impl PppoeSocket {
    /// Opens a socket in the network namespace of the calling thread and connects it.
    ///
    /// # Errors
    ///
    /// [`PppError::Config`] for session ids 0 and 65535; [`PppError::System`] with `ENODEV` (no such
    /// device, or it is down), `EALREADY` (another socket has the session), `EPROTONOSUPPORT` or
    /// `EAFNOSUPPORT` (the kernel module pppoe or pppox is missing).
    pub fn connect(address: &PppoeAddress) -> Result<Self, PppError> {
        let operation = PppOperation::ConnectPppoe(*address);
        let name = address.to_name().at(operation)?;
        let socket = connect(l2tp_sys::PX_PROTO_OE, &name, PppOperation::OpenPppoe, operation)?;
        Ok(Self { socket })
    }
}

impl sealed::Sealed for PppoeSocket {}
impl ChannelSocket for PppoeSocket {}
descriptor!(PppoeSocket);

#[cfg(test)]
mod tests {
    use super::*;

    fn address(session_id: u16) -> PppoeAddress {
        PppoeAddress {
            session_id,
            remote: [0xa, 0xb, 0xc, 0xd, 0xe, 0xf],
            device: IfName::new("eth0").unwrap(),
        }
    }

    #[test]
    fn the_address_has_the_kernels_form() {
        let name = address(0x1234).to_name().unwrap();
        assert_eq!(name.as_bytes().len(), 30);
        assert!(name.read::<sockaddr_pppox>().is_some());
        assert_eq!(name.as_bytes()[6..20], *b"\x12\x34\x0a\x0b\x0c\x0d\x0e\x0feth0\0\0");
    }

    #[test]
    fn reserved_ids_are_rejected() {
        assert_eq!(address(0).to_name().err().unwrap().field(), "session_id");
        assert!(address(u16::MAX).to_name().is_err());
        assert!(address(1).to_name().is_ok());
    }

    #[test]
    fn the_text_has_the_usual_form_of_ethernet_addresses() {
        let text = address(7).to_string();
        assert_eq!(text, "PPPoE session 7 with 0a:0b:0c:0d:0e:0f on eth0");
    }
}
