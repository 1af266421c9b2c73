//! Units: network interfaces `pppN` and their settings.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::BitOr;
use std::os::fd::AsFd;
use std::time::Duration;

use l2tp_sys::npioctl;

use super::device::{self, device};
use super::error::{At, PppError, PppOperation};
use crate::IfName;
use crate::error::ConfigError;
use crate::sys::ppp::request;

/// The index of a PPP unit in its network namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitIndex(pub u32);

impl UnitIndex {
    /// The name that the kernel gives to the unit's interface: `ppp` and the index. The interface may have
    /// been renamed since.
    #[must_use]
    pub fn ifname(self) -> IfName {
        // Three letters and at most ten digits are always a valid name.
        IfName::new(&format!("ppp{}", self.0)).unwrap_or_else(|_| unreachable!())
    }
}

impl fmt::Display for UnitIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A file descriptor of `/dev/ppp` that is attached to a PPP unit.
///
/// Reading returns frames of network protocol negotiation (IPCP, IPV6CP, CCP), and frames of protocols
/// that the kernel does not handle. Written frames are sent to the peer. A frame is the protocol number in
/// two bytes and the packet. Packets of the interface itself are not returned. While no channel is
/// connected to the unit, a read returns 0 bytes.
///
/// The kernel deletes the interface when the file descriptor that created the unit is closed.
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
    /// `EPERM` without `CAP_NET_ADMIN`; `ENOENT` and `ENXIO` if there is no `/dev/ppp`; `EEXIST`
    /// if another interface already has the name of the unit's interface.
    pub fn create() -> Result<Self, PppError> {
        Self::new(-1, PppOperation::CreateUnit)
    }

    /// Creates a unit with this index.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create), and `EEXIST` if the index is in use.
    pub fn create_at(index: UnitIndex) -> Result<Self, PppError> {
        let operation = PppOperation::CreateUnitAt(index);
        let Ok(number) = i32::try_from(index.0) else {
            let problem = "a unit index has 31 bits: use at most 2147483647";
            return Err(PppError::config(operation, ConfigError::new("index", index, problem)));
        };
        Self::new(number, operation)
    }

    fn new(number: i32, operation: PppOperation) -> Result<Self, PppError> {
        let device = device::open()?;
        let number = request::NEW_UNIT.on(device.as_fd(), number).at(operation)?;
        Ok(Self { device, index: UnitIndex(number.unsigned_abs()) })
    }

    /// Attaches another file descriptor to a unit of the calling thread's network namespace. The kernel
    /// still deletes the interface when the file descriptor that created the unit is closed.
    ///
    /// # Errors
    ///
    /// `ENXIO` when there is no such unit; otherwise as [`create`](Self::create).
    pub fn attach(index: UnitIndex) -> Result<Self, PppError> {
        let device = device::open()?;
        request::ATTACH_UNIT
            .on(device.as_fd(), device::raw(index.0))
            .at(PppOperation::AttachUnit(index))?;
        Ok(Self { device, index })
    }

    /// The unit's index.
    #[must_use]
    pub fn index(&self) -> UnitIndex {
        self.index
    }

    /// The flags that are set, including those that only the kernel sets.
    ///
    /// # Errors
    ///
    /// The kernel documents none.
    pub fn flags(&self) -> Result<UnitFlags, PppError> {
        let flags =
            request::FLAGS.on(self.as_fd(), 0).at(PppOperation::Unit(self.index, "flags"))?;
        Ok(UnitFlags(u32::from_ne_bytes(flags.to_ne_bytes())))
    }

    /// Sets exactly these flags and clears the others that a program may change.
    ///
    /// # Errors
    ///
    /// None that the kernel documents; it ignores what is not a program's to switch.
    pub fn set_flags(&self, flags: UnitFlags) -> Result<(), PppError> {
        let flags = i32::from_ne_bytes(flags.0.to_ne_bytes());
        request::SET_FLAGS.on(self.as_fd(), flags).at(PppOperation::SetUnit(self.index, "flags"))
    }

    /// Sets the longest packet that the unit receives, as negotiated by LCP; the default is 1500. The
    /// interface's MTU is the longest packet that it sends.
    ///
    /// # Errors
    ///
    /// The kernel documents none.
    pub fn set_mru(&self, mru: u16) -> Result<(), PppError> {
        request::SET_MRU.on(self.as_fd(), mru.into()).at(PppOperation::SetUnit(self.index, "mru"))
    }

    /// What the unit does with the interface's packets of a network protocol.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a protocol that the kernel's PPP does not support.
    pub fn packet_mode(&self, protocol: NetworkProtocol) -> Result<PacketMode, PppError> {
        let query = npioctl { protocol: protocol.0.into(), mode: 0 };
        request::MODE
            .on(self.as_fd(), query)
            .map(|reply| PacketMode::from_number(reply.mode))
            .at(PppOperation::Unit(self.index, "packet mode"))
    }

    /// Sets what the unit does with the interface's packets of a network protocol. The default is
    /// [`PacketMode::Pass`]; to send none before the control protocol is up, set [`PacketMode::Drop`]
    /// first.
    ///
    /// # Errors
    ///
    /// `EINVAL` for a protocol that the kernel's PPP does not support.
    pub fn set_packet_mode(
        &self,
        protocol: NetworkProtocol,
        mode: PacketMode,
    ) -> Result<(), PppError> {
        let wanted = npioctl { protocol: protocol.0.into(), mode: mode.number() };
        request::SET_MODE
            .on(self.as_fd(), wanted)
            .at(PppOperation::SetUnit(self.index, "packet mode"))
    }

    /// The time since the last packet was sent and since the last one was received, in whole seconds.
    /// Before the first packet the value has no meaning.
    ///
    /// # Errors
    ///
    /// The kernel documents none.
    pub fn idle(&self) -> Result<(Duration, Duration), PppError> {
        let seconds =
            request::IDLE.on(self.as_fd(), [0; 2]).at(PppOperation::Unit(self.index, "idle"))?;
        let [sent, received] = seconds.map(|n| Duration::from_secs(n.unsigned_abs()));
        Ok((sent, received))
    }

    /// Makes reads return `WouldBlock` instead of waiting.
    ///
    /// # Errors
    ///
    /// The kernel documents none.
    pub fn set_nonblocking(&self, on: bool) -> io::Result<()> {
        device::set_nonblocking(&self.device, on)
    }
}

device!(Unit);

/// The flags of a PPP unit (`SC_*` of `linux/ppp-ioctl.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct UnitFlags(pub u32);

impl UnitFlags {
    /// Compresses the TCP headers of sent packets (Van Jacobson).
    pub const COMP_TCP: Self = Self(l2tp_sys::SC_COMP_TCP);
    /// Does not compress their connection ids.
    pub const NO_TCP_CCID: Self = Self(l2tp_sys::SC_NO_TCP_CCID);
    /// Rejects compressed TCP headers.
    pub const REJ_COMP_TCP: Self = Self(l2tp_sys::SC_REJ_COMP_TCP);
    /// Inspects CCP packets.
    pub const CCP_OPEN: Self = Self(l2tp_sys::SC_CCP_OPEN);
    /// CCP is up: compressed packets may be exchanged.
    pub const CCP_UP: Self = Self(l2tp_sys::SC_CCP_UP);
    /// Exchanges no uncompressed packets.
    pub const MUST_COMP: Self = Self(l2tp_sys::SC_MUST_COMP);
    /// Passes packets that the interface sends to the daemon, for dial on demand.
    pub const LOOP_TRAFFIC: Self = Self(l2tp_sys::SC_LOOP_TRAFFIC);
    /// Distributes packets over several channels (multilink).
    pub const MULTILINK: Self = Self(l2tp_sys::SC_MULTILINK);
    /// Expects short multilink sequence numbers.
    pub const MP_SHORTSEQ: Self = Self(l2tp_sys::SC_MP_SHORTSEQ);
    /// Sends short multilink sequence numbers.
    pub const MP_XSHORTSEQ: Self = Self(l2tp_sys::SC_MP_XSHORTSEQ);

    /// Whether all of these flags are set.
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

/// The PPP number of a network protocol (`PPP_IP` and others of `linux/ppp_defs.h`).
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

/// What a PPP unit does with packets of a network protocol (`enum NPmode` of `linux/ppp-ioctl.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PacketMode {
    /// Passes the packets.
    Pass,
    /// Drops the packets silently.
    Drop,
    /// Drops the packets and counts them as errors.
    Error,
    /// Queues the packets.
    Queue,
    /// A mode that this library does not know.
    Unknown(u32),
}

impl PacketMode {
    fn from_number(mode: u32) -> Self {
        match mode {
            l2tp_sys::NPMODE_PASS => Self::Pass,
            l2tp_sys::NPMODE_DROP => Self::Drop,
            l2tp_sys::NPMODE_ERROR => Self::Error,
            l2tp_sys::NPMODE_QUEUE => Self::Queue,
            other => Self::Unknown(other),
        }
    }

    fn number(self) -> u32 {
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
    fn every_index_has_a_valid_interface_name() {
        assert_eq!(UnitIndex(0).ifname().to_str(), Some("ppp0"));
        assert_eq!(UnitIndex(u32::MAX).ifname().to_str(), Some("ppp4294967295"));
    }

    #[test]
    fn modes_survive_a_round_trip() {
        for mode in 0..6 {
            assert_eq!(PacketMode::from_number(mode).number(), mode);
        }
    }
}
