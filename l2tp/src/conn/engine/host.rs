//! What a connection needs of its host: a socket to the kernel, and a look at the network
//! interfaces of the socket's network namespace.

use std::io;
use std::os::fd::AsFd;

use crate::netlink::transport::Transport;
use crate::{IfName, sys};

/// A transport that can look network interfaces up.
pub(crate) trait Host: Transport {
    /// The index of the interface that has this name in the socket's network namespace.
    fn interface(&self, name: IfName) -> io::Result<Option<u32>>;

    /// Whether the interface of this name may be a session's.
    fn may_be_a_sessions(&self, name: IfName) -> bool;

    /// Whether there is an interface of this index.
    fn has_interface(&self, index: u32) -> io::Result<bool>;
}

impl<S: Transport + AsFd> Host for S {
    fn interface(&self, name: IfName) -> io::Result<Option<u32>> {
        sys::interface_index(self.as_fd(), name.as_bytes())
    }

    fn may_be_a_sessions(&self, name: IfName) -> bool {
        !sys::has_driver(self.as_fd(), name.as_bytes())
    }

    fn has_interface(&self, index: u32) -> io::Result<bool> {
        sys::has_interface(self.as_fd(), index)
    }
}
