//! Validation of tunnel configurations.

use super::TunnelConfig;
use crate::error::ConfigError;
use crate::{EncapType, ProtocolVersion};

impl TunnelConfig {
    /// Rejects a configuration that cannot work with any socket.
    ///
    /// # Errors
    ///
    /// For ids of 0, L2TPv2 ids over 65535, L2TPv2 over IP, and unknown versions and encapsulations.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if let EncapType::Unknown(number) = self.encap {
            return Err(ConfigError::new(
                "encap",
                number,
                "the kernel supports UDP (0) and IP (1)",
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
                    "L2TPv2 runs over UDP only: use EncapType::Udp or L2TPv3",
                ));
            }
            _ => {}
        }
        check_id("tunnel_id", self.tunnel_id.0, self.version)?;
        check_id("peer_tunnel_id", self.peer_tunnel_id.0, self.version)
    }

    /// Rejects a configuration that cannot work for a managed tunnel, for which the kernel ignores all
    /// checksum attributes.
    pub(crate) fn validate_managed(&self) -> Result<(), ConfigError> {
        self.validate()?;
        match self.checksum_field() {
            Some(field) => Err(ConfigError::new(
                field,
                true,
                "the kernel ignores it for a managed tunnel: set the option on the tunnel's socket",
            )),
            None => Ok(()),
        }
    }

    /// The first checksum field that is set.
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

/// Rejects ids that are reserved, or that exceed the 16 bits of an L2TPv2 header.
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
            "an L2TPv2 header has 16 bits for an id: use 1 to 65535",
        ));
    }
    Ok(())
}
