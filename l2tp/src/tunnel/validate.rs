//! What is refused before it is sent, whatever the socket.

use super::TunnelConfig;
use crate::error::ConfigError;
use crate::{EncapType, ProtocolVersion};

impl TunnelConfig {
    /// Refuses what could not work with any socket.
    ///
    /// # Errors
    ///
    /// Zero ids, L2TPv2 ids over 65535, L2TPv2 over IP, versions and encapsulations that the
    /// kernel has no code for.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if let EncapType::Unknown(number) = self.encap {
            return Err(ConfigError::new(
                "encap",
                number,
                "the kernel carries L2TP over UDP (0) and IP (1)",
            ));
        }
        match (self.version, self.encap) {
            (ProtocolVersion::Unknown(number), _) => {
                return Err(ConfigError::new("version", number, "L2TP has versions 2 and 3"));
            }
            (ProtocolVersion::V2, EncapType::Ip) => {
                return Err(ConfigError::new(
                    "encap",
                    "IP",
                    "L2TPv2 runs over UDP only: use EncapType::Udp, or L2TPv3",
                ));
            }
            _ => {}
        }
        check_id("tunnel_id", self.tunnel_id.0, self.version)?;
        check_id("peer_tunnel_id", self.peer_tunnel_id.0, self.version)
    }

    /// Refuses what could not work with a socket of the caller's, on which the kernel ignores
    /// every checksum attribute.
    pub(crate) fn validate_managed(&self) -> Result<(), ConfigError> {
        self.validate()?;
        match self.checksum_field() {
            Some(field) => Err(ConfigError::new(
                field,
                true,
                "the kernel ignores it on a managed tunnel: set the option on the tunnel's socket",
            )),
            None => Ok(()),
        }
    }

    /// The first checksum field that asks for something.
    pub(super) fn checksum_field(&self) -> Option<&'static str> {
        [
            ("udp_csum", self.udp_csum),
            ("udp_zero_csum6_tx", self.udp_zero_csum6_tx),
            ("udp_zero_csum6_rx", self.udp_zero_csum6_rx),
        ]
        .into_iter()
        .find_map(|(field, set)| set.then_some(field))
    }
}

/// Refuses ids that are reserved or that an L2TPv2 header has no room for.
#[inline]
pub(crate) fn check_id(
    field: &'static str,
    id: u32,
    version: ProtocolVersion,
) -> Result<(), ConfigError> {
    if id == 0 {
        return Err(ConfigError::new(
            field,
            id,
            "0 is reserved for the control channel: ids start at 1",
        ));
    }
    if version == ProtocolVersion::V2 && id > 0xffff {
        return Err(ConfigError::new(
            field,
            id,
            "an L2TPv2 header has 16 bits for it: use 1 to 65535",
        ));
    }
    Ok(())
}
