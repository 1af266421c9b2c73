//! The system calls that the standard library and netlink-sys do not offer, each behind a safe
//! function. All of the crate's `unsafe` code is in this folder, one file a subject.

#![allow(unsafe_code)]

mod netns;

use std::io;

pub(crate) use netns::{setns, unshare};

/// The value of a system call, or the errno it left.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
