//! The owner of a UDP port.
//!
//! `/proc/net/udp` and `udp6` list the namespace's sockets with their inode numbers; the folders
//! `/proc/PID/fd` show which process has which inode open. The socket of a static tunnel is open in
//! no process; the dump of the tunnels has its address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Finding;
use super::files::HostFiles;
use crate::types::printable::printable;
use crate::{TunnelId, TunnelInfo};

/// The owner of a UDP socket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PortOwner {
    /// A tunnel of the same network namespace.
    Tunnel(TunnelId),
    /// A process that has the socket open.
    Process {
        /// Its process id.
        pid: u32,
        /// Its name, at most 15 bytes.
        name: String,
    },
}

impl fmt::Display for PortOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tunnel(id) => write!(f, "tunnel {id}"),
            Self::Process { pid, name } => write!(f, "process {pid} ({})", printable(name)),
        }
    }
}

/// A UDP socket as `/proc/net/udp` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct UdpSocket {
    bound: SocketAddr,
    inode: u64,
}

/// How two addresses with the same port conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conflict {
    /// Only one of them can be bound.
    Certain,
    /// A socket bound to `::` also receives IPv4 unless it is IPv6-only, which no list shows.
    Possible,
}

/// A finding if an existing socket prevents binding a tunnel's socket to `local`. It is not certain if
/// the tunnel's socket may share the port or has an interface.
pub(super) fn finding(
    files: &HostFiles,
    local: SocketAddr,
    tunnels: &[TunnelInfo],
    may_share: bool,
) -> Option<Finding> {
    let (socket, conflict) = conflicting_socket(&udp_sockets(files), local)?;
    let mut owners: Vec<PortOwner> = tunnels
        .iter()
        .filter(|tunnel| tunnel.local() == Some(socket.bound))
        .map(|tunnel| PortOwner::Tunnel(tunnel.tunnel_id))
        .collect();
    owners.extend(processes(files, socket.inode));
    Some(Finding::PortInUse {
        local,
        bound: socket.bound,
        owners,
        certain: conflict == Conflict::Certain && !may_share,
    })
}

/// A socket that conflicts with `local`, if possible one that certainly does.
fn conflicting_socket(sockets: &[UdpSocket], local: SocketAddr) -> Option<(UdpSocket, Conflict)> {
    let conflicting = |socket: &UdpSocket| Some((*socket, conflict(local, socket.bound)?));
    let mut conflicts: Vec<_> = sockets.iter().filter_map(conflicting).collect();
    conflicts.sort_by_key(|(_, conflict)| *conflict == Conflict::Possible);
    conflicts.into_iter().next()
}

fn conflict(local: SocketAddr, bound: SocketAddr) -> Option<Conflict> {
    if local.port() != bound.port() {
        return None;
    }
    let (a, b) = (local.ip().to_canonical(), bound.ip().to_canonical());
    if a.is_ipv4() == b.is_ipv4() {
        let overlap = a == b || a.is_unspecified() || b.is_unspecified();
        return overlap.then_some(Conflict::Certain);
    }
    let v6 = if a.is_ipv6() { a } else { b };
    v6.is_unspecified().then_some(Conflict::Possible)
}

fn udp_sockets(files: &HostFiles) -> Vec<UdpSocket> {
    let mut sockets = Vec::new();
    for file in ["/proc/thread-self/net/udp", "/proc/thread-self/net/udp6"] {
        let text = files.read(file).unwrap_or_default();
        sockets.extend(text.lines().filter_map(udp_socket));
    }
    sockets
}

/// `12: 0100007F:1388 00000000:0000 07 0:0 00:0 00000000 0 0 4711 …`: the second word is the local
/// address, the tenth the inode.
fn udp_socket(line: &str) -> Option<UdpSocket> {
    let mut words = line.split_whitespace();
    let (address, port) = words.nth(1)?.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let inode = words.nth(7)?.parse().ok()?;
    Some(UdpSocket { bound: SocketAddr::new(ip(address)?, port), inode })
}

/// An address as the kernel prints it: 32-bit words as integers in native byte order.
fn ip(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let digits = hex.get(8 * at..8 * at + 8)?;
        Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes())
    };
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let mut octets = [0; 16];
            for (at, chunk) in octets.chunks_exact_mut(4).enumerate() {
                chunk.copy_from_slice(&word(at)?);
            }
            Some(Ipv6Addr::from(octets).into())
        }
        _ => None,
    }
}

/// The processes that have a socket open, among those whose files this process may read.
fn processes(files: &HostFiles, inode: u64) -> Vec<PortOwner> {
    let socket = format!("socket:[{inode}]");
    let holds = |pid: u32| {
        let folder = format!("/proc/{pid}/fd");
        files
            .names(&folder)
            .iter()
            .any(|fd| files.link(&format!("{folder}/{fd}")).as_deref() == Some(&socket))
    };
    let pids = files.names("/proc").into_iter().filter_map(|name| name.parse().ok());
    pids.filter(|&pid| holds(pid))
        .map(|pid| {
            let name = files.value(&format!("/proc/{pid}/comm")).unwrap_or_default();
            PortOwner::Process { pid, name }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::files::fixture::Tree;
    use super::*;

    /// As a little-endian machine prints them.
    #[cfg(target_endian = "little")]
    const UDP: &str = "\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  12: 0100007F:1388 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 0
  13: 0100007F:1389 00000000:0000 07
  14: 0100:1389 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0000000000000000 0
  15: zzzzzzzz:1389 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0000000000000000 0
  16: ééé:1389 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4712 2 0000000000000000 0
";

    #[cfg(target_endian = "little")]
    #[test]
    fn the_owner_of_a_port_is_found() {
        let tree = Tree::new(&[
            ("proc/thread-self/net/udp", UDP),
            ("proc/812/comm", "kl2tpd\n"),
            ("proc/813/comm", "other\n"),
            ("proc/self/comm", "no number"),
        ]);
        tree.link("proc/812/fd/3", "socket:[4711]");
        tree.link("proc/812/fd/0", "/dev/null");
        tree.link("proc/813/fd/3", "socket:[471]");
        let local: SocketAddr = "127.0.0.1:5000".parse().unwrap();
        let owners = vec![PortOwner::Process { pid: 812, name: "kl2tpd".into() }];
        let expected = Finding::PortInUse { local, bound: local, owners, certain: true };
        assert_eq!(finding(&tree.files(), local, &[], false), Some(expected));
        assert_eq!(finding(&tree.files(), "127.0.0.1:5001".parse().unwrap(), &[], false), None);
        assert_eq!(finding(&tree.files(), "127.0.0.2:5000".parse().unwrap(), &[], false), None);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn an_ipv6_address_is_four_words() {
        let expected: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(ip("B80D0120000000000000000001000000"), Some(expected));
        for hex in ["B80D01200000000000000000010000zz", "", "ééééééééé", "B80D0120000"] {
            assert_eq!(ip(hex), None, "{hex}");
        }
    }

    #[test]
    fn a_certain_conflict_is_preferred_to_a_possible_one() {
        let socket = |bound: &str, inode| UdpSocket { bound: bound.parse().unwrap(), inode };
        let sockets =
            [socket("[::]:1701", 1), socket("10.0.0.1:1701", 2), socket("0.0.0.0:1701", 3)];
        let local = "10.0.0.1:1701".parse().unwrap();
        let found = |sockets: &[UdpSocket]| conflicting_socket(sockets, local);
        assert_eq!(found(&sockets), Some((sockets[1], Conflict::Certain)));
        assert_eq!(found(&sockets[..1]), Some((sockets[0], Conflict::Possible)));
        assert_eq!(found(&[]), None);
    }

    #[test]
    fn addresses_conflict_as_in_the_kernel() {
        for (local, bound, expected) in [
            ("10.0.0.1:1701", "10.0.0.1:1701", Some(Conflict::Certain)),
            ("10.0.0.1:1701", "10.0.0.1:1702", None),
            ("10.0.0.1:1701", "10.0.0.2:1701", None),
            ("0.0.0.0:1701", "10.0.0.2:1701", Some(Conflict::Certain)),
            ("10.0.0.1:1701", "0.0.0.0:1701", Some(Conflict::Certain)),
            ("10.0.0.1:1701", "[::]:1701", Some(Conflict::Possible)),
            ("10.0.0.1:1701", "[::ffff:10.0.0.1]:1701", Some(Conflict::Certain)),
            ("10.0.0.1:1701", "[fd00::1]:1701", None),
            ("[::]:1701", "10.0.0.1:1701", Some(Conflict::Possible)),
            ("[fd00::1]:1701", "0.0.0.0:1701", None),
            ("[fd00::1]:1701", "[::]:1701", Some(Conflict::Certain)),
        ] {
            let found = conflict(local.parse().unwrap(), bound.parse().unwrap());
            assert_eq!(found, expected, "{local} {bound}");
        }
    }
}
