//! Where the kernel lists sockets: those of UDP, and those of L2TP/IP nowhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::os::linux::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use l2tp::netlink::message::Messages;
use l2tp::socket::SocketKind;
use l2tp::{EncapType, SocketOptions, TunnelSocket};
use netlink_sys::{Socket, protocols::NETLINK_SOCK_DIAG};

use super::support::{KINDS, Named, addr_with_id, host, socket, socket_at};
use crate::support::{Net, tests};

tests![is_in_the_lists_if_it_is_of_udp for KINDS];

/// Two sockets, so that a number which happens to be the inode of one of them misleads nobody: a
/// list has both, in the same column.
fn is_in_the_lists_if_it_is_of_udp(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    // The first of its kind loads modules, which may add files.
    drop(socket(&net, kind, 1, None)?);
    let before = tables(&net)?;
    let sockets = [socket(&net, kind, 1, None)?, second(&net, kind)?];
    let [one, other] = [inode(&sockets[0])?, inode(&sockets[1])?];
    let mut lists = Vec::new();
    for (file, lines) in tables(&net)? {
        let old = before.get(&file);
        let new = |line: &&String| old.is_none_or(|old| !old.contains(*line));
        let new: Vec<_> = lines.iter().filter(new).map(String::as_str).collect();
        if columns(&new, one).intersection(&columns(&new, other)).next().is_some() {
            lists.push(file);
        }
    }
    let expected: &[&str] = match kind {
        SocketKind::Udp4 => &["udp"],
        SocketKind::Udp6 => &["udp6"],
        _ => &[],
    };
    ensure!(lists == expected, "{lists:?}");
    let told = [diagnosed(&net, kind, one)?, diagnosed(&net, kind, other)?];
    ensure!(told == [!expected.is_empty(); 2], "sock_diag: {told:?}");
    Ok(())
}

/// One of another port or tunnel id.
fn second(net: &Net, kind: SocketKind) -> Result<TunnelSocket> {
    let addr = match kind.encap() {
        EncapType::Ip => addr_with_id(kind, 1, 7),
        _ => SocketAddr::new(host(kind, 1), 1702).into(),
    };
    socket_at(net, addr, None, &SocketOptions::new())
}

fn inode(socket: &TunnelSocket) -> Result<u64> {
    let path = format!("/proc/self/fd/{}", socket.as_fd().as_raw_fd());
    Ok(fs::metadata(path)?.st_ino())
}

/// The lines of the namespace's files, by the files' names.
fn tables(net: &Net) -> Result<BTreeMap<String, BTreeSet<String>>> {
    net.run(|| {
        let mut tables = BTreeMap::new();
        let root = Path::new("/proc/thread-self/net");
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    folders.push(entry.path());
                } else if let Ok(text) = fs::read_to_string(entry.path()) {
                    let name = entry.path().strip_prefix(root)?.display().to_string();
                    tables.insert(name, text.lines().map(str::to_owned).collect());
                }
            }
        }
        Ok(tables)
    })
}

/// The columns in which some line has the number.
fn columns(lines: &[&str], number: u64) -> BTreeSet<usize> {
    let number = number.to_string();
    let of_line = |line: &&str| -> Vec<usize> {
        let fields = line.split_whitespace().enumerate();
        fields.filter(|(_, field)| *field == number).map(|(column, _)| column).collect()
    };
    lines.iter().flat_map(of_line).collect()
}

/// Whether a dump of the sockets of its family and protocol, as `ss` asks for them, has an inode.
fn diagnosed(net: &Net, kind: SocketKind, inode: u64) -> Result<bool> {
    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const HEADER: usize = 16;
    /// `struct inet_diag_req_v2`.
    const REQUEST: usize = 56;
    /// Where `struct inet_diag_msg` has the inode.
    const INODE: usize = 68;
    let family = if kind.is_ipv6() { libc::AF_INET6 } else { libc::AF_INET };
    let protocol = if kind.encap() == EncapType::Ip { 115 } else { libc::IPPROTO_UDP };
    let mut request = vec![0; HEADER + REQUEST];
    let flags = l2tp_sys::NLM_F_REQUEST | l2tp_sys::NLM_F_DUMP;
    request[..4].copy_from_slice(&u32::try_from(HEADER + REQUEST)?.to_ne_bytes());
    request[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    request[6..8].copy_from_slice(&flags.to_ne_bytes());
    request[HEADER] = u8::try_from(family)?;
    request[HEADER + 1] = u8::try_from(protocol)?;
    // Whatever their state.
    request[HEADER + 4..HEADER + 8].fill(0xff);
    let socket = net.run(|| Ok(Socket::new(NETLINK_SOCK_DIAG)?))?;
    socket.send(&request, 0)?;
    loop {
        let mut datagram = Vec::with_capacity(64 * 1024);
        socket.recv(&mut datagram, 0)?;
        for message in Messages::new(&datagram) {
            let message = message?;
            if message.header.kind != SOCK_DIAG_BY_FAMILY {
                return Ok(false);
            }
            let found = message.body().get(INODE..INODE + 4).context("too short")?;
            if u64::from(u32::from_ne_bytes(found.try_into()?)) == inode {
                return Ok(true);
            }
        }
    }
}
