//! The version of the running kernel.

use std::ffi::CStr;
use std::mem::MaybeUninit;

/// The running kernel's release, as `uname -r` prints it.
pub(crate) fn release() -> Option<String> {
    let mut name = MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: the kernel writes the structure at the pointer, which is valid during the call.
    super::check(unsafe { libc::uname(name.as_mut_ptr()) }).ok()?;
    // SAFETY: the structure consists of arrays of characters, for which zeros are valid.
    let name = unsafe { name.assume_init() };
    let bytes = name.release.map(|byte| byte.to_ne_bytes()[0]);
    Some(CStr::from_bytes_until_nul(&bytes).ok()?.to_string_lossy().into_owned())
}
