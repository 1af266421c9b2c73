//! Units: network interfaces `pppN`, and what a daemon sets on them.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::BitOr;
use std::os::fd::AsFd;
use std::time::Duration;

use l2tp_sys::npioctl;

use super::device::{self, device};
use super::error::{At, Error, Step};
use crate::IfName;
use crate::error::ConfigError;
use crate::sys::ppp::request;

/// The number of a unit in its network namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitIndex(pub u32);

impl UnitIndex {
    /// The name that the kernel gives the unit's interface: `ppp` and the index. The interface may
    /// have been renamed since.
    #[must_use]
    pub fn ifname(self) -> IfName {
        // Three letters and ten digits are always a name.
        IfName::new(&format!("ppp{}", self.0)).unwrap_or_else(|_| unreachable!())
    }
}

impl fmt::Display for UnitIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A descriptor of `/dev/ppp` that is attached to a unit.
///
/// Frames that negotiate network protocols (IPCP, IPV6CP, CCP), and those that the kernel cannot
/// place, are read from it; those that are written to it go to the peer. A frame is the protocol's
/// number in two bytes and its packet. Packets of the interface itself never come here. While no
/// channel is connected to the unit a read returns 0 bytes.
///
/// The interface is gone when the descriptor that created the unit is closed.
#[derive(Debug)]
pub struct Unit {
    device: File,
    index: UnitIndex,
}

impl Unit {
    /// Creates a unit in the calling thread's network namespace, with the first free index.
    ///
    /// # Errors
    ///
    /// `EPERM` without `CAP_NET_ADMIN`; `ENOENT` and `ENXIO` when there is no `/dev/ppp`; `EEXIST`
    /// when an interface has the name that the unit's would have.
    pub fn create() -> Result<Self, Error> {
        Self::new(-1, Step::CreateUnit)
    }

    /// Creates a unit with this index.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), and `EEXIST` when the index is in use.
    pub fn create_at(index: UnitIndex) -> Result<Self, Error> {
        let step = Step::CreateUnitAt(index);
        let Ok(number) = i32::try_from(index.0) else {
            let problem = "the kernel counts units in 31 bits: at most 2147483647";
            return Err(Error::config(step, ConfigError::new("index", index, problem)));
        };
        Self::new(number, step)
    }

    fn new(number: i32, step: Step) -> Result<Self, Error> {
        let device = device::open()?;
        let number = request::NEW_UNIT.on(device.as_fd(), number).at(step)?;
        Ok(Self { device, index: UnitIndex(number.unsigned_abs()) })
    }

    /// Attaches another descriptor to a unit of the calling thread's network namespace. Its
    /// interface still ends with the descriptor that created it.
    ///
    /// # Errors
    ///
    /// `ENXIO` when there is no such unit; otherwise as [`create`](Self::create).
    pub fn attach(index: UnitIndex) -> Result<Self, Error> {
        let device = device::open()?;
        request::ATTACH_UNIT
            .on(device.as_fd(), device::raw(index.0))
            .at(Step::AttachUnit(index))?;
        Ok(Self { device, index })
    }

    /// Its number.
    #[must_use]
    pub fn index(&self) -> UnitIndex {
        self.index
    }

    /// What is switched on, and what the kernel found out.
    ///
    /// # Errors
    ///
    /// None that the kernel documents.
    pub fn flags(&self) -> Result<UnitFlags, Error> {
        let flags = request::FLAGS.on(self.as_fd(), 0).at(Step::Unit(self.index, "flags"))?;
        Ok(UnitFlags(u32::from_ne_bytes(flags.to_ne_bytes())))
    }

    /// Switches on exactly these, and off what else a program may switch.
    ///
    /// # Errors
    ///
    /// None that the kernel documents; it ignores what is not a program's to switch.
    pub fn set_flags(&self, flags: UnitFlags) -> Result<(), Error> {
        let flags = i32::from_ne_bytes(flags.0.to_ne_bytes());
        request::SET_FLAGS.on(self.as_fd(), flags).at(Step::SetUnit(self.index, "flags"))
    }

    /// Sets the longest packet that it will receive, as negotiated by LCP: 1500 at first. The
    /// longest that it sends is the interface's MTU.
    ///
    /// # Errors
    ///
    /// None that the kernel documents.
    pub fn set_mru(&self, mru: u16) -> Result<(), Error> {
        request::SET_MRU.on(self.as_fd(), mru.into()).at(Step::SetUnit(self.index, "mru"))
    }

    /// What happens to the interface's packets of a network protocol.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a protocol that the kernel's PPP does not carry.
    pub fn passing(&self, protocol: NetworkProtocol) -> Result<Passing, Error> {
        let asked = npioctl { protocol: protocol.0.into(), mode: 0 };
        request::MODE
            .on(self.as_fd(), asked)
            .map(|answer| Passing::from_mode(answer.mode))
            .at(Step::Unit(self.index, "passing"))
    }

    /// Sets what happens to the interface's packets of a network protocol. They pass from the
    /// start: a daemon that wants none before the control protocol has come up drops them first.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a protocol that the kernel's PPP does not carry.
    pub fn set_passing(&self, protocol: NetworkProtocol, passing: Passing) -> Result<(), Error> {
        let wanted = npioctl { protocol: protocol.0.into(), mode: passing.mode() };
        request::SET_MODE.on(self.as_fd(), wanted).at(Step::SetUnit(self.index, "passing"))
    }

    /// How long ago the last packet was sent, and the last one received, in whole seconds. Before
    /// the first one it means nothing.
    ///
    /// # Errors
    ///
    /// None that the kernel documents.
    pub fn idle(&self) -> Result<(Duration, Duration), Error> {
        let seconds = request::IDLE.on(self.as_fd(), [0; 2]).at(Step::Unit(self.index, "idle"))?;
        let [sent, received] = seconds.map(|n| Duration::from_secs(n.unsigned_abs()));
        Ok((sent, received))
    }

    /// Makes reads return `WouldBlock` instead of waiting.
    ///
    /// # Errors
    ///
    /// None that the kernel documents.
    pub fn set_nonblocking(&self, on: bool) -> io::Result<()> {
        device::set_nonblocking(&self.device, on)
    }
}

device!(Unit);

/// Switches of a unit (`SC_*` of `linux/ppp-ioctl.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct UnitFlags(pub u32);

impl UnitFlags {
    /// Compress TCP headers that are sent (Van Jacobson).
    pub const COMP_TCP: Self = Self(l2tp_sys::SC_COMP_TCP);
    /// Do not compress their connection ids.
    pub const NO_TCP_CCID: Self = Self(l2tp_sys::SC_NO_TCP_CCID);
    /// Refuse compressed TCP headers.
    pub const REJ_COMP_TCP: Self = Self(l2tp_sys::SC_REJ_COMP_TCP);
    /// Watch CCP's packets.
    pub const CCP_OPEN: Self = Self(l2tp_sys::SC_CCP_OPEN);
    /// CCP has come up: compressed packets may be exchanged.
    pub const CCP_UP: Self = Self(l2tp_sys::SC_CCP_UP);
    /// Exchange nothing uncompressed.
    pub const MUST_COMP: Self = Self(l2tp_sys::SC_MUST_COMP);
    /// Hand what the interface sends to the daemon, which dials on demand.
    pub const LOOP_TRAFFIC: Self = Self(l2tp_sys::SC_LOOP_TRAFFIC);
    /// Spread packets over several channels.
    pub const MULTILINK: Self = Self(l2tp_sys::SC_MULTILINK);
    /// Expect short sequence numbers of multilink.
    pub const MP_SHORTSEQ: Self = Self(l2tp_sys::SC_MP_SHORTSEQ);
    /// Send short sequence numbers of multilink.
    pub const MP_XSHORTSEQ: Self = Self(l2tp_sys::SC_MP_XSHORTSEQ);

    /// Whether all of these are on.
    #[must_use]
    pub fn contains(self, flags: Self) -> bool {
        self.0 & flags.0 == flags.0
    }
}

impl BitOr for UnitFlags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The number of a network protocol in PPP (`PPP_IP` and others of `linux/ppp_defs.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NetworkProtocol(pub u16);

impl NetworkProtocol {
    /// IPv4.
    pub const IP: Self = Self(0x21);
    /// IPv6.
    pub const IPV6: Self = Self(0x57);
    /// MPLS, unicast.
    pub const MPLS: Self = Self(0x281);
}

/// What a unit does with packets of a network protocol (`enum NPmode` of `linux/ppp-ioctl.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Passing {
    /// Lets them pass.
    Pass,
    /// Drops them and says nothing.
    Drop,
    /// Drops them and counts them as errors.
    Error,
    /// Keeps them for later.
    Queue,
    /// Something that this library does not know.
    Unknown(u32),
}

impl Passing {
    fn from_mode(mode: u32) -> Self {
        match mode {
            l2tp_sys::NPMODE_PASS => Self::Pass,
            l2tp_sys::NPMODE_DROP => Self::Drop,
            l2tp_sys::NPMODE_ERROR => Self::Error,
            l2tp_sys::NPMODE_QUEUE => Self::Queue,
            other => Self::Unknown(other),
        }
    }

    fn mode(self) -> u32 {
        match self {
            Self::Pass => l2tp_sys::NPMODE_PASS,
            Self::Drop => l2tp_sys::NPMODE_DROP,
            Self::Error => l2tp_sys::NPMODE_ERROR,
            Self::Queue => l2tp_sys::NPMODE_QUEUE,
            Self::Unknown(mode) => mode,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_names_an_interface() {
        assert_eq!(UnitIndex(0).ifname().to_str(), Some("ppp0"));
        assert_eq!(UnitIndex(u32::MAX).ifname().to_str(), Some("ppp4294967295"));
    }

    #[test]
    fn modes_are_read_as_they_are_written() {
        for mode in 0..6 {
            assert_eq!(Passing::from_mode(mode).mode(), mode);
        }
    }
}
