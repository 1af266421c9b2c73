//! Descriptors of `/dev/ppp`, from which frames are read and to which they are written.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsFd;

use super::error::{At, Error, Step};
use crate::sys;

/// Opens the device; the descriptor is attached to nothing yet.
pub(super) fn open() -> Result<File, Error> {
    OpenOptions::new().read(true).write(true).open("/dev/ppp").at(Step::OpenDevice)
}

/// Makes reads return at once.
pub(super) fn set_nonblocking(device: &File, on: bool) -> io::Result<()> {
    sys::set_nonblocking(device.as_fd(), on)
}

/// An index as the kernel takes it. It gives out none that do not fit, and knows none.
pub(super) fn raw(index: u32) -> i32 {
    i32::try_from(index).unwrap_or(i32::MAX)
}

/// Gives a type with a field `device` the traits of a descriptor from which frames are read.
macro_rules! device {
    ($name:ident) => {
        impl std::io::Read for &$name {
            /// Reads a frame: the PPP protocol's number in two bytes, then its packet.
            ///
            /// A frame that is longer than the room for it is lost (`EOVERFLOW`).
            fn read(&mut self, frame: &mut [u8]) -> std::io::Result<usize> {
                (&self.device).read(frame)
            }
        }

        impl std::io::Write for &$name {
            /// Sends a frame: the PPP protocol's number in two bytes, then its packet.
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
