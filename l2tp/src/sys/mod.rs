//! The system calls that the standard library and netlink-sys do not offer, each wrapped in a safe
//! function. All of the crate's `unsafe` code is in this folder, with one file for each subject.

#![allow(unsafe_code)]

mod ifaddrs;
mod interface;
mod netns;
mod poll;
pub(crate) mod ppp;
#[cfg(feature = "tokio")]
pub(crate) mod reactor;
mod sockaddr;
mod socket;
mod uname;

use std::io;

pub(crate) use ifaddrs::{InterfaceAddr, interface_addrs};
pub(crate) use interface::{has_driver, has_interface, interface_index};
pub(crate) use netns::{setns, unshare};
pub(crate) use poll::poll_readable;
pub(crate) use sockaddr::{SockAddr, in6_octets};
pub(crate) use socket::{
    bind, connect, disconnect, local_addr, netns_of, option, option_bytes, peer_addr, recv, send,
    set_nonblocking, set_option, set_option_bytes, socket,
};

pub(crate) use uname::release;

/// The result of a system call, or its errno.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Types that the kernel may fill: integers and structs of integers.
///
/// # Safety
///
/// Any bytes must be a valid value of the type.
pub(crate) unsafe trait Plain: Copy {}

// SAFETY: an integer.
unsafe impl Plain for libc::c_int {}
