//! The header of a control message, which is how one is told from everything else.

use crate::error::ConfigError;
use crate::{ProtocolVersion, SessionId, TunnelId};

/// The header of a control message, twelve bytes (RFC 2661, section 3.1; RFC 3931, section
/// 3.2.1). Fields are in network order on the wire.
///
/// ```
/// use l2tp::{ControlHeader, ProtocolVersion, TunnelId};
///
/// // An acknowledgement of L2TPv3 to the control connection 7: a header and no more.
/// let message = [0xc8, 3, 0, 12, 0, 0, 0, 7, 0, 1, 0, 2];
/// let header = ControlHeader::parse(&message)?;
/// assert_eq!((header.version, header.tunnel_id), (ProtocolVersion::V3, TunnelId(7)));
/// assert_eq!(header.to_bytes(), message);
/// # Ok::<(), l2tp::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ControlHeader {
    /// L2TPv2 or L2TPv3.
    pub version: ProtocolVersion,
    /// The length of the message with its header.
    pub length: u16,
    /// The receiver's id of the tunnel; 0 in a message that opens one. 32 bits in L2TPv3 (control
    /// connection id), 16 in L2TPv2.
    pub tunnel_id: TunnelId,
    /// The receiver's id of the session, 16 bits; L2TPv2 only.
    pub session_id: SessionId,
    /// The message's number.
    pub ns: u16,
    /// The number of the message that is expected next.
    pub nr: u16,
}

/// Type (control), length present, sequence numbers present: what a control message must have.
const REQUIRED: u8 = 0xc8;
/// Those, and the offset and priority bits that L2TPv2 forbids in control messages.
const FLAGS: u8 = 0xcb;

impl ControlHeader {
    /// Its size on the wire.
    pub const LEN: usize = 12;

    /// Reads the header of a whole control message.
    ///
    /// # Errors
    ///
    /// When the message is shorter than a header, is no control message, is of another version
    /// than 2 and 3, or says another length than it has.
    pub fn parse(message: &[u8]) -> Result<Self, ConfigError> {
        let Some(bytes) = message.first_chunk::<{ Self::LEN }>() else {
            return Err(wrong(
                format_args!("of {} bytes", message.len()),
                "a control message has a header of 12 bytes",
            ));
        };
        let [flags, version, l0, l1, i0, i1, i2, i3, s0, s1, r0, r1] = *bytes;
        if flags & FLAGS != REQUIRED {
            return Err(wrong(
                format_args!("flags {flags:#04x}"),
                "a control message has the bits T, L and S set, O and P clear (0xc8)",
            ));
        }
        let id = u32::from_be_bytes([i0, i1, i2, i3]);
        let (version, tunnel_id, session_id) = match version & 0x0f {
            2 => (ProtocolVersion::V2, id >> 16, id & 0xffff),
            3 => (ProtocolVersion::V3, id, 0),
            other => {
                return Err(wrong(format_args!("version {other}"), "L2TP has versions 2 and 3"));
            }
        };
        let length = u16::from_be_bytes([l0, l1]);
        if usize::from(length) != message.len() {
            return Err(wrong(
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

    /// Writes the header. Ids of L2TPv2 are cut to their 16 bits.
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

fn wrong(value: std::fmt::Arguments<'_>, remedy: &'static str) -> ConfigError {
    ConfigError::new("message", value, remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: [u8; 12] = [0xc8, 2, 0, 12, 0, 7, 0, 9, 0, 1, 0, 2];

    #[test]
    fn ids_of_l2tpv2_are_two_of_16_bits() {
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
