//! The header of a control message, which distinguishes it from other packets.

use crate::error::ConfigError;
use crate::{ProtocolVersion, SessionId, TunnelId};

/// The header of a control message, twelve bytes (RFC 2661, section 3.1; RFC 3931, section
/// 3.2.1). Its fields are in network byte order on the wire.
///
/// ```
/// use l2tp::socket::ControlHeader;
/// use l2tp::{ProtocolVersion, TunnelId};
///
/// // An L2TPv3 acknowledgement for control connection 7, which is only a header.
/// let message = [0xc8, 3, 0, 12, 0, 0, 0, 7, 0, 1, 0, 2];
/// let header = ControlHeader::parse(&message)?;
/// assert_eq!((header.version, header.tunnel_id), (ProtocolVersion::V3, TunnelId(7)));
/// assert_eq!(header.to_bytes(), message);
/// # Ok::<(), l2tp::error::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ControlHeader {
    /// L2TPv2 or L2TPv3.
    pub version: ProtocolVersion,
    /// The length of the whole message, header included.
    pub length: u16,
    /// The receiver's tunnel id, 16 bits in L2TPv2; in L2TPv3 the receiver's control connection id, 32
    /// bits. It is 0 in a message that opens a tunnel.
    pub tunnel_id: TunnelId,
    /// The receiver's session id, 16 bits; L2TPv2 only.
    pub session_id: SessionId,
    /// The sequence number of this message (Ns).
    pub ns: u16,
    /// The sequence number of the next message that the sender expects (Nr).
    pub nr: u16,
}

/// The required flags of a control message: type (control), length present, sequence numbers present.
const REQUIRED: u8 = 0xc8;
/// The required flags, and the offset and priority flags, which must be clear.
const FLAGS: u8 = 0xcb;

impl ControlHeader {
    /// The size of the header on the wire.
    pub const LEN: usize = 12;

    /// Parses the header of a complete control message.
    ///
    /// # Errors
    ///
    /// If the message is shorter than a header, is not a control message, has another version than 2
    /// and 3, or if its length field is not its length.
    pub fn parse(message: &[u8]) -> Result<Self, ConfigError> {
        let Some(bytes) = message.first_chunk::<{ Self::LEN }>() else {
            return Err(invalid(
                format_args!("of {} bytes", message.len()),
                "a control message has a header of 12 bytes",
            ));
        };
        let [flags, version, l0, l1, i0, i1, i2, i3, s0, s1, r0, r1] = *bytes;
        if flags & FLAGS != REQUIRED {
            return Err(invalid(
                format_args!("flags {flags:#04x}"),
                "a control message has the bits T, L and S set, O and P clear (0xc8)",
            ));
        }
        let id = u32::from_be_bytes([i0, i1, i2, i3]);
        let (version, tunnel_id, session_id) = match version & 0x0f {
            2 => (ProtocolVersion::V2, id >> 16, id & 0xffff),
            3 => (ProtocolVersion::V3, id, 0),
            other => {
                return Err(invalid(format_args!("version {other}"), "L2TP has versions 2 and 3"));
            }
        };
        let length = u16::from_be_bytes([l0, l1]);
        if usize::from(length) != message.len() {
            return Err(invalid(
                format_args!("length {length}"),
                "the length counts the whole message from the flags on",
            ));
        }
        Ok(Self {
            version,
            length,
            tunnel_id: TunnelId(tunnel_id),
            session_id: SessionId(session_id),
            ns: u16::from_be_bytes([s0, s1]),
            nr: u16::from_be_bytes([r0, r1]),
        })
    }

    /// The header as bytes. L2TPv2 ids are truncated to 16 bits.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let (version, id) = match self.version {
            ProtocolVersion::V2 => (2, self.tunnel_id.0 << 16 | self.session_id.0 & 0xffff),
            ProtocolVersion::V3 => (3, self.tunnel_id.0),
            ProtocolVersion::Unknown(other) => (other & 0x0f, self.tunnel_id.0),
        };
        let [l0, l1] = self.length.to_be_bytes();
        let [i0, i1, i2, i3] = id.to_be_bytes();
        let [s0, s1] = self.ns.to_be_bytes();
        let [r0, r1] = self.nr.to_be_bytes();
        [REQUIRED, version, l0, l1, i0, i1, i2, i3, s0, s1, r0, r1]
    }
}

fn invalid(value: std::fmt::Arguments<'_>, remedy: &'static str) -> ConfigError {
    ConfigError::new("message", value, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: [u8; 12] = [0xc8, 2, 0, 12, 0, 7, 0, 9, 0, 1, 0, 2];

    #[test]
    fn l2tpv2_ids_have_16_bits_each() {
        let header = ControlHeader::parse(&V2).unwrap();
        assert_eq!((header.tunnel_id, header.session_id), (TunnelId(7), SessionId(9)));
        assert_eq!((header.ns, header.nr), (1, 2));
        assert_eq!(header.to_bytes(), V2);
    }

    #[test]
    fn each_fault_is_named() {
        let text = |change: fn(&mut [u8; 12])| {
            let mut message = V2;
            change(&mut message);
            ControlHeader::parse(&message).unwrap_err().to_string()
        };
        assert!(text(|m| m[0] = 0x48).contains("flags 0x48"));
        assert!(text(|m| m[0] = 0xca).contains("flags 0xca"));
        assert!(text(|m| m[1] = 4).contains("version 4"));
        assert!(text(|m| m[3] = 13).contains("length 13"));
        assert!(ControlHeader::parse(&V2[..11]).unwrap_err().to_string().contains("11 bytes"));
    }

    #[test]
    fn reserved_bits_are_ignored() {
        let mut message = V2;
        message[0] |= 0x34;
        message[1] |= 0xf0;
        assert!(ControlHeader::parse(&message).is_ok());
    }
}
