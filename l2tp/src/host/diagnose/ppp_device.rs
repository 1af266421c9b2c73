//! `/dev/ppp`, which the program that runs PPP on a session opens.

use std::fs::OpenOptions;
use std::io;

use super::Finding;
use super::files::HostFiles;

/// A finding if the device cannot be opened. Opening it makes the kernel load `ppp_generic`.
pub(super) fn finding(files: &HostFiles, module_loaded: bool) -> Option<Finding> {
    let unusable = |error: &io::Error| Finding::PppDeviceUnusable {
        errno: error.raw_os_error(),
        module_loaded,
    };
    match files.is_character_device("/dev/ppp") {
        Err(error) => Some(unusable(&error)),
        Ok(false) => Some(Finding::PppDeviceUnusable { errno: None, module_loaded }),
        Ok(true) => {
            let open = OpenOptions::new().read(true).write(true).open(files.path("/dev/ppp"));
            open.err().map(|error| unusable(&error))
        }
    }
}
