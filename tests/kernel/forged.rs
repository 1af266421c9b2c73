//! The root user of a container sends netlink messages to sockets in it. None is believed, though
//! the kernel delivers some.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::events::TunnelOrSession;
use l2tp::host::Links;
use l2tp::netlink::attr::ToAttrs;
use l2tp::netlink::message::Header;
use l2tp::{Conn, Event, Events, Follower, IfName, Netns, TunnelId};
use netlink_sys::protocols::{NETLINK_GENERIC, NETLINK_ROUTE};
use netlink_sys::{Socket, SocketAddr};

use crate::support::{
    Helper, Net, Raw, create_tunnel, eventually, fresh_tunnel, helper, run, session_of, tests,
};

tests![a_container_cannot_forge];

pub(crate) const HELPERS: &[Helper] = &[("forge", forge)];

/// The tunnel of forged notifications.
const TUNNEL: TunnelId = TunnelId(424_242);
/// Their interface.
const INTERFACE: &str = "forged0";

/// A process that is root in a user namespace and a network namespace of its own.
struct Container(Child);

impl Container {
    fn new() -> Result<Self> {
        let inner = helper("forge")?;
        let mut command = Command::new("unshare");
        command.args(["-U", "-r", "-n"]).arg(inner.get_program()).args(inner.get_args());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.as_mut().context("no stdout")?;
        BufReader::new(stdout).read_line(&mut line)?;
        ensure!(line == "ready\n", "the container says {line:?}");
        Ok(Self(child))
    }

    fn netns(&self) -> Result<Netns> {
        Ok(Netns::of_pid(self.0.id())?)
    }

    /// Forges, and returns to how many ports.
    fn forge(&mut self, family: u16, group: u32) -> Result<usize> {
        let stdin = self.0.stdin.as_mut().context("no stdin")?;
        writeln!(stdin, "{family} {group}")?;
        let mut line = String::new();
        let stdout = self.0.stdout.as_mut().context("no stdout")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let ports = line.trim().strip_prefix("rejected by ").with_context(|| line.clone())?;
        Ok(ports.parse()?)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Forges whenever it reads the family's number and its group's.
fn forge() -> Result<()> {
    println!("ready");
    for line in std::io::stdin().lines() {
        let line = line?;
        let (family, group) = line.split_once(' ').context("two numbers")?;
        let event = created(family.parse()?)?;
        let registered = registered()?;
        let mut ports = 0;
        for (protocol, port) in ports_here()? {
            let datagram = if protocol == NETLINK_GENERIC { &event } else { &registered };
            // A socket that nobody has bound yet would get the port that it sends to.
            let socket = forger(protocol)?;
            let sent = socket.send_to(datagram, &SocketAddr::new(port, 0), 0);
            let rejected = sent.as_ref().err().and_then(std::io::Error::raw_os_error);
            ensure!(rejected == Some(libc::ECONNREFUSED), "port {port} of {protocol}: {sent:?}");
            ports += 1;
        }
        let mask = |group: u32| 1_u32.checked_shl(group - 1).context("a group beyond the mask");
        for (protocol, group, datagram) in [
            (NETLINK_GENERIC, group.parse()?, &event),
            (NETLINK_ROUTE, l2tp_sys::RTNLGRP_LINK, &registered),
        ] {
            forger(protocol)?.send_to(datagram, &SocketAddr::new(0, mask(group)?), 0)?;
        }
        println!("rejected by {ports}");
    }
    Ok(())
}

fn forger(protocol: isize) -> Result<Socket> {
    let mut socket = Socket::new(protocol)?;
    socket.bind_auto()?;
    Ok(socket)
}

/// The netlink sockets of this network namespace that are no kernel's: protocol and port.
fn ports_here() -> Result<Vec<(isize, u32)>> {
    let table = fs::read_to_string("/proc/thread-self/net/netlink")?;
    let mut ports = Vec::new();
    for line in table.lines().skip(1) {
        let mut columns = line.split_whitespace().skip(1);
        let protocol: isize = columns.next().context("no protocol")?.parse()?;
        let port: u32 = columns.next().context("no port")?.parse()?;
        if port != 0 && [NETLINK_ROUTE, NETLINK_GENERIC].contains(&protocol) {
            ports.push((protocol, port));
        }
    }
    Ok(ports)
}

/// A notification that a tunnel was created.
fn created(family: u16) -> Result<Vec<u8>> {
    let config = l2tp::TunnelConfig { tunnel_id: TUNNEL, ..fresh_tunnel() };
    let header = Header { len: 0, kind: family, flags: 0, seq: 1, port: 0 };
    let mut bytes = Vec::new();
    header.write(&[l2tp_sys::L2TP_CMD_TUNNEL_CREATE, 1, 0, 0], &mut bytes, |out| {
        config.to_attrs(out)
    })?;
    Ok(bytes)
}

/// A notification that an interface was registered.
fn registered() -> Result<Vec<u8>> {
    let header = Header { len: 0, kind: l2tp_sys::RTM_NEWLINK, flags: 0, seq: 0, port: 0 };
    let mut interface = [0; 16];
    interface[4..8].copy_from_slice(&4242_u32.to_ne_bytes());
    interface[12..16].copy_from_slice(&u32::MAX.to_ne_bytes());
    let name = INTERFACE.as_bytes();
    let mut bytes = Vec::new();
    header.write(&interface, &mut bytes, |out| out.put_str(l2tp_sys::IFLA_IFNAME, name))?;
    Ok(bytes)
}

/// Fails at a forged event; says whether it is of the tunnel that exists.
fn is_true(event: &Event, tunnel: TunnelId) -> Result<bool> {
    let about = event.object().map(TunnelOrSession::tunnel_id);
    ensure!(about != Some(TUNNEL), "believed: {event:?}");
    Ok(about == Some(tunnel))
}

fn a_container_cannot_forge() -> Result<()> {
    let raw = Raw::open(&Net::new()?)?;
    let mut container = Container::new()?;
    let netns = container.netns()?;
    netns.run(|| run(Command::new("ip").args(["link", "set", "lo", "up"])))??;
    let mut conn = Conn::open_in(&netns)?;
    let mut events = Events::open_in(&netns)?;
    let mut links = Links::open_in(&netns)?;
    let mut follower = Follower::open_in(&netns, Duration::from_hours(1))?;
    // Of a connection, a listener, a view of interfaces, and two of a follower.
    let sockets = 5;
    ensure!(container.forge(raw.family(), raw.group())? == sockets);

    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    let interface = links.create_session(&mut conn, &session_of(&tunnel, 10))?;
    ensure!(links.named(IfName::new(INTERFACE)?)?.is_none(), "an interface was believed in");
    ensure!(links.named(interface.name)?.is_some());
    eventually("the listener reports what is true", || {
        let event = events.next_within(Duration::from_secs(1))?.context("no event")?;
        ensure!(is_true(&event, tunnel.tunnel_id)?);
        Ok(())
    })?;
    eventually("the follower reports what is true", || {
        follower.next_within(Duration::from_secs(1))?;
        ensure!(follower.picture().tunnel(TUNNEL).is_none(), "a tunnel was believed in");
        follower.picture().tunnel(tunnel.tunnel_id).map(drop).context("no tunnel")
    })?;
    Ok(())
}
