//! Who holds a UDP port.
//!
//! `/proc/net/udp` and `udp6` list the namespace's sockets with their inode numbers, the folders
//! `/proc/PID/fd` say which process has which inode open. The socket of a static tunnel is open in
//! no process: the kernel's list of tunnels has it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Finding;
use super::host::Host;
use crate::types::printable::printable;
use crate::{TunnelId, TunnelInfo};

/// Who holds a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Holder {
    /// A tunnel of the same network namespace.
    Tunnel(TunnelId),
    /// A process that has the socket open.
    Process {
        /// Its number.
        pid: u32,
        /// Its name, at most 15 bytes.
        name: String,
    },
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tunnel(id) => write!(f, "tunnel {id}"),
            Self::Process { pid, name } => write!(f, "process {pid} ({})", printable(name)),
        }
    }
}

/// A UDP socket as `/proc/net/udp` lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Socket {
    local: SocketAddr,
    inode: u64,
}

/// How two addresses of one port meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meeting {
    /// The second cannot be bound.
    Clash,
    /// `::` takes in IPv4, too, unless its socket says otherwise, which no list tells.
    Perhaps,
}

/// Says so when a socket that is there keeps a tunnel's from being bound to `local`; that is not
/// certain of one that may share the port, or have another interface.
pub(super) fn finding(
    host: &Host,
    local: SocketAddr,
    tunnels: &[TunnelInfo],
    may_share: bool,
) -> Option<Finding> {
    let (socket, meeting) = clash(&sockets(host), local)?;
    let mut holders: Vec<Holder> = tunnels
        .iter()
        .filter(|tunnel| tunnel.local() == Some(socket.local))
        .map(|tunnel| Holder::Tunnel(tunnel.tunnel_id))
        .collect();
    holders.extend(processes(host, socket.inode));
    Some(Finding::PortInUse {
        local,
        held: socket.local,
        holders,
        certain: meeting == Meeting::Clash && !may_share,
    })
}

/// The socket that stands in the way; one that surely does before one that may.
fn clash(sockets: &[Socket], local: SocketAddr) -> Option<(Socket, Meeting)> {
    let met = |socket: &Socket| Some((*socket, meet(local, socket.local)?));
    let mut meetings: Vec<_> = sockets.iter().filter_map(met).collect();
    meetings.sort_by_key(|(_, meeting)| *meeting == Meeting::Perhaps);
    meetings.into_iter().next()
}

fn meet(local: SocketAddr, held: SocketAddr) -> Option<Meeting> {
    if local.port() != held.port() {
        return None;
    }
    let (a, b) = (local.ip().to_canonical(), held.ip().to_canonical());
    if a.is_ipv4() == b.is_ipv4() {
        let overlap = a == b || a.is_unspecified() || b.is_unspecified();
        return overlap.then_some(Meeting::Clash);
    }
    let v6 = if a.is_ipv6() { a } else { b };
    v6.is_unspecified().then_some(Meeting::Perhaps)
}

fn sockets(host: &Host) -> Vec<Socket> {
    let mut sockets = Vec::new();
    for file in ["/proc/thread-self/net/udp", "/proc/thread-self/net/udp6"] {
        let text = host.read(file).unwrap_or_default();
        sockets.extend(text.lines().filter_map(socket));
    }
    sockets
}

/// `12: 0100007F:1388 00000000:0000 07 0:0 00:0 00000000 0 0 4711 …`: the second word is the local
/// end, the tenth the inode.
fn socket(line: &str) -> Option<Socket> {
    let mut words = line.split_whitespace();
    let (address, port) = words.nth(1)?.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let inode = words.nth(7)?.parse().ok()?;
    Some(Socket { local: SocketAddr::new(ip(address)?, port), inode })
}

/// An address as the kernel prints it: words of its bytes as integers of this machine's order.
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

/// The processes, of those that may be looked into, that have a socket open.
fn processes(host: &Host, inode: u64) -> Vec<Holder> {
    let socket = format!("socket:[{inode}]");
    let holds = |pid: u32| {
        let folder = format!("/proc/{pid}/fd");
        host.names(&folder)
            .iter()
            .any(|fd| host.link(&format!("{folder}/{fd}")).as_deref() == Some(&socket))
    };
    let pids = host.names("/proc").into_iter().filter_map(|name| name.parse().ok());
    pids.filter(|&pid| holds(pid))
        .map(|pid| {
            let name = host.value(&format!("/proc/{pid}/comm")).unwrap_or_default();
            Holder::Process { pid, name }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::host::fixture::Tree;
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
    fn the_holder_of_a_port_is_found() {
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
        let holders = vec![Holder::Process { pid: 812, name: "kl2tpd".into() }];
        let expected = Finding::PortInUse { local, held: local, holders, certain: true };
        assert_eq!(finding(&tree.host(), local, &[], false), Some(expected));
        assert_eq!(finding(&tree.host(), "127.0.0.1:5001".parse().unwrap(), &[], false), None);
        assert_eq!(finding(&tree.host(), "127.0.0.2:5000".parse().unwrap(), &[], false), None);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn addresses_of_ipv6_are_four_words() {
        let expected: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(ip("B80D0120000000000000000001000000"), Some(expected));
        for hex in ["B80D01200000000000000000010000zz", "", "ééééééééé", "B80D0120000"] {
            assert_eq!(ip(hex), None, "{hex}");
        }
    }

    #[test]
    fn addresses_meet_as_the_kernel_sees_it() {
        for (local, held, expected) in [
            ("10.0.0.1:1701", "10.0.0.1:1701", Some(Meeting::Clash)),
            ("10.0.0.1:1701", "10.0.0.1:1702", None),
            ("10.0.0.1:1701", "10.0.0.2:1701", None),
            ("0.0.0.0:1701", "10.0.0.2:1701", Some(Meeting::Clash)),
            ("10.0.0.1:1701", "0.0.0.0:1701", Some(Meeting::Clash)),
            ("10.0.0.1:1701", "[::]:1701", Some(Meeting::Perhaps)),
            ("10.0.0.1:1701", "[::ffff:10.0.0.1]:1701", Some(Meeting::Clash)),
            ("10.0.0.1:1701", "[fd00::1]:1701", None),
            ("[::]:1701", "10.0.0.1:1701", Some(Meeting::Perhaps)),
            ("[fd00::1]:1701", "0.0.0.0:1701", None),
            ("[fd00::1]:1701", "[::]:1701", Some(Meeting::Clash)),
        ] {
            let met = meet(local.parse().unwrap(), held.parse().unwrap());
            assert_eq!(met, expected, "{local} {held}");
        }
    }
}
