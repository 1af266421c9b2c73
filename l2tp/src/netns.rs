//! Network namespaces: opening connections and sockets in another one.
//!
//! A socket belongs to the network namespace in which its thread was when it was created, for
//! good. [`Netns::run`] creates it there on a thread of its own that ends with the call, so the
//! caller's thread is never anywhere else, not even when the work panics.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::panic;
use std::path::Path;
use std::thread;

use crate::sys;

/// Where iproute2 keeps the namespaces that `ip netns` names.
const NAMED: &str = "/run/netns";

/// An open network namespace. It exists at least as long as this value.
#[derive(Debug)]
pub struct Netns {
    fd: OwnedFd,
}

impl Netns {
    /// The namespace of the calling thread.
    ///
    /// If `/proc` is not mounted, it is read from a socket of the thread (`SIOCGSKNS`).
    ///
    /// # Errors
    ///
    /// Without `/proc`, `EPERM` when the process has no `CAP_NET_ADMIN`.
    pub fn current() -> io::Result<Self> {
        Self::from_path("/proc/thread-self/ns/net").or_else(|_| {
            let socket = sys::socket(libc::AF_UNIX, libc::SOCK_DGRAM, 0)?;
            sys::netns_of(socket.as_fd()).map(Self::from)
        })
    }

    /// A namespace by the name that `ip netns add` gave it.
    ///
    /// # Errors
    ///
    /// `NotFound` when no namespace has this name; `InvalidInput` when it is not a file name.
    pub fn named(name: &str) -> io::Result<Self> {
        if name.is_empty() || name.contains('/') || name == "." || name == ".." {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{name:?} cannot name a network namespace: `ip netns list` lists them"),
            ));
        }
        Self::from_path(Path::new(NAMED).join(name))
    }

    /// The namespace of a process.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no such process; `PermissionDenied` when it is another user's.
    pub fn of_pid(pid: u32) -> io::Result<Self> {
        Self::from_path(format!("/proc/{pid}/ns/net"))
    }

    /// A namespace by its file: `/proc/PID/ns/net`, or a bind mount of it.
    ///
    /// Whether the file is a namespace at all shows when it is entered (`EINVAL`).
    ///
    /// # Errors
    ///
    /// When the file cannot be opened; the error names it.
    pub fn from_path(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        match File::open(path) {
            Ok(file) => Ok(Self { fd: file.into() }),
            Err(error) => Err(io::Error::new(
                error.kind(),
                format!("network namespace {}: {error}", path.display()),
            )),
        }
    }

    /// A new namespace with nothing in it but a loopback interface that is down. It ends when this
    /// value and everything in it are gone.
    ///
    /// # Errors
    ///
    /// `EPERM` without `CAP_SYS_ADMIN`; `ENOSPC` when there are as many as
    /// user.max_net_namespaces allows.
    pub fn create() -> io::Result<Self> {
        on_a_thread(|| {
            sys::unshare(libc::CLONE_NEWNET)?;
            Self::current()
        })
    }

    /// Runs `work` in this namespace, on a thread of its own, and returns its value.
    ///
    /// The sockets that it creates stay in the namespace wherever they are used from. A panic of
    /// `work` goes on in the caller.
    ///
    /// # Errors
    ///
    /// When the namespace cannot be entered: `EPERM` without `CAP_SYS_ADMIN`, `EINVAL` when it is
    /// no network namespace.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> io::Result<T> {
        on_a_thread(|| {
            sys::setns(self.fd.as_fd(), libc::CLONE_NEWNET)?;
            Ok(work())
        })
    }
}

impl From<OwnedFd> for Netns {
    fn from(fd: OwnedFd) -> Self {
        Self { fd }
    }
}

impl AsFd for Netns {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Runs `work` on a thread that ends with it: what it does to its thread is gone afterwards.
fn on_a_thread<T: Send>(work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("netns".into()).spawn_scoped(scope, work)?;
        thread.join().unwrap_or_else(|panic| panic::resume_unwind(panic))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_name_can_name_a_namespace() {
        let refusal = |name| Netns::named(name).map(drop).map_err(|error| error.kind());
        for name in ["", ".", "..", "/", "a/b", "../a"] {
            assert_eq!(refusal(name), Err(io::ErrorKind::InvalidInput), "{name:?}");
        }
        for name in ["l2tp-has-none-of-this-name", "...", ".l2tp-has-none-of-this-name"] {
            assert_eq!(refusal(name), Err(io::ErrorKind::NotFound), "{name:?}");
        }
    }
}
