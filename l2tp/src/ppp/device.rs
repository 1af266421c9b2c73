//! File descriptors of `/dev/ppp`.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsFd;

use super::error::{At, PppError, PppOperation};
use crate::sys;

/// Opens the device. The file descriptor is not attached yet.
pub(super) fn open() -> Result<File, PppError> {
    OpenOptions::new().read(true).write(true).open("/dev/ppp").at(PppOperation::OpenDevice)
}

/// Sets non-blocking mode.
pub(super) fn set_nonblocking(device: &File, on: bool) -> io::Result<()> {
    sys::set_nonblocking(device.as_fd(), on)
}

/// An index in the type of the ioctl. The kernel has no indexes that do not fit.
pub(super) fn raw(index: u32) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

/// Implements reading, writing and the file descriptor traits for a type with a field `device`.
macro_rules! device {
    ($name:ident) => {
        impl std::io::Read for &$name {
            /// Reads a frame: the PPP protocol number in two bytes, then the packet.
            ///
            /// A frame that is longer than the buffer is discarded (`EOVERFLOW`).
            fn read(&mut self, frame: &mut [u8]) -> std::io::Result<usize> {
                (&self.device).read(frame)
            }
        }

        impl std::io::Write for &$name {
            /// Sends a frame: the PPP protocol number in two bytes, then the packet.
            fn write(&mut self, frame: &[u8]) -> std::io::Result<usize> {
                (&self.device).write(frame)
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }

        impl std::os::fd::AsFd for $name {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                self.device.as_fd()
            }
        }

        impl std::os::fd::AsRawFd for $name {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                self.device.as_raw_fd()
            }
        }

        impl From<$name> for std::os::fd::OwnedFd {
            fn from(value: $name) -> Self {
                value.device.into()
            }
        }
    };
}
pub(super) use device;
