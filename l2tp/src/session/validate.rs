//! Validation of session configurations, before anything is sent: the kernel would reject them without
//! an explanation, or accept and ignore fields.

use std::time::Duration;

use super::SessionConfig;
use crate::error::ConfigError;
use crate::tunnel::check_id;
use crate::types::codec::millis;
use crate::{Cookie, L2SpecType, ProtocolVersion, PseudowireType};

/// The longest reorder timeout: the kernel stores it as an `int` of milliseconds.
const MAX_TIMEOUT_MS: u64 = i32::MAX as u64;

impl SessionConfig {
    /// Rejects what the kernel would reject without an explanation, or accept and ignore.
    ///
    /// # Errors
    ///
    /// For ids of 0, L2TPv2 ids over 65535, pseudowire types without a driver, pseudowires other than PPP
    /// in L2TPv2, fields of L2TPv3 in L2TPv2, cookies with a length other than 4 and 8, an interface
    /// name for a session without interface, and a timeout over 2^31-1 ms.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check_id("tunnel_id", self.tunnel_id.0, self.version)?;
        check_id("peer_tunnel_id", self.peer_tunnel_id.0, self.version)?;
        check_id("session_id", self.session_id.0, self.version)?;
        check_id("peer_session_id", self.peer_session_id.0, self.version)?;
        self.check_pseudowire()?;
        check_cookie("local_cookie", self.local_cookie.as_ref())?;
        check_cookie("peer_cookie", self.peer_cookie.as_ref())?;
        if self.version == ProtocolVersion::V2 {
            self.check_v2()?;
        }
        if let L2SpecType::Unknown(number) = self.l2spec {
            return Err(ConfigError::new(
                "l2spec",
                number,
                "the kernel supports none (0) and default (1)",
            ));
        }
        check_timeout(self.reorder_timeout)
    }

    #[inline]
    fn check_pseudowire(&self) -> Result<(), ConfigError> {
        use PseudowireType::{Eth, EthVlan, Ppp, PppAc};

        if !matches!(self.pseudowire, Eth | EthVlan | Ppp | PppAc) {
            return Err(ConfigError::new(
                "pseudowire",
                self.pseudowire,
                "the kernel has drivers for Ethernet (l2tp_eth) and PPP (l2tp_ppp)",
            ));
        }
        let ethernet = matches!(self.pseudowire, Eth | EthVlan);
        if self.version == ProtocolVersion::V2 && ethernet {
            return Err(ConfigError::new(
                "pseudowire",
                self.pseudowire,
                "L2TPv2 carries PPP only: use PseudowireType::Ppp, or an L2TPv3 tunnel",
            ));
        }
        match self.ifname {
            Some(name) if !name.is_valid() => Err(ConfigError::new(
                "ifname",
                name,
                "an interface name has 1 to 15 bytes, none of them '/', ':', NUL or white space, '%' at most \
                 once, in \"%d\", and is not \".\", \"..\", \"all\" or \"default\"",
            )),
            Some(name) if !ethernet => Err(ConfigError::new(
                "ifname",
                name,
                "a PPP session has no interface of its own: the PPP unit has one, and pppd can name it",
            )),
            _ => Ok(()),
        }
    }

    fn check_v2(&self) -> Result<(), ConfigError> {
        let ignored = "L2TPv2 does not have this, and the kernel would ignore it: omit it";
        if let Some(cookie) = self.local_cookie {
            return Err(ConfigError::new("local_cookie", hidden(cookie), ignored));
        }
        if let Some(cookie) = self.peer_cookie {
            return Err(ConfigError::new("peer_cookie", hidden(cookie), ignored));
        }
        if self.l2spec != L2SpecType::default() {
            return Err(ConfigError::new("l2spec", self.l2spec, ignored));
        }
        Ok(())
    }
}

#[inline]
fn check_cookie(field: &'static str, cookie: Option<&Cookie>) -> Result<(), ConfigError> {
    match cookie {
        Some(cookie) if !matches!(cookie.as_bytes().len(), 4 | 8) => Err(ConfigError::new(
            field,
            hidden(*cookie),
            "a cookie has 4 or 8 bytes (RFC 3931, section 4.1)",
        )),
        _ => Ok(()),
    }
}

/// A cookie in an error, which shows only its length.
fn hidden(cookie: Cookie) -> String {
    format!("of {}", cookie.hidden())
}

/// Rejects a timeout that the kernel would truncate.
#[inline]
pub(super) fn check_timeout(timeout: Option<Duration>) -> Result<(), ConfigError> {
    match timeout {
        Some(timeout) if millis(timeout) > MAX_TIMEOUT_MS => Err(ConfigError::new(
            "reorder_timeout",
            format_args!("{timeout:?}"),
            "the kernel would truncate it to 32 bits: use at most 2^31-1 ms, about 24 days",
        )),
        _ => Ok(()),
    }
}
