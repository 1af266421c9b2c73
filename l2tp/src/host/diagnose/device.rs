//! `/dev/ppp`, without which a PPP session has nobody who talks to its peer.

use std::fs::OpenOptions;
use std::io;

use super::Finding;
use super::host::Host;

/// Opens the device, for which the kernel loads `ppp_generic`, and says so when that cannot be done.
pub(super) fn finding(host: &Host, loaded: bool) -> Option<Finding> {
    let refused = |error: &io::Error| Finding::NoPppDevice { errno: error.raw_os_error(), loaded };
    match host.is_character_device("/dev/ppp") {
        Err(error) => Some(refused(&error)),
        Ok(false) => Some(Finding::NoPppDevice { errno: None, loaded }),
        Ok(true) => {
            let open = OpenOptions::new().read(true).write(true).open(host.path("/dev/ppp"));
            open.err().map(|error| refused(&error))
        }
    }
}
