//! One end of the tunnel: a network namespace and a connection to the kernel's L2TP in it.
//!
//! The library creates the tunnels and sessions. `ip` and `ping` are used for the veth pair, the
//! addresses and the pings.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};
use std::process::{Command, id};
use std::thread::sleep;
use std::time::{Duration, Instant};

use l2tp::{
    Conn, EncapType, Netns, ProtocolVersion, PseudowireType, SessionConfig, SessionInfo,
    TunnelConfig, TunnelInfo,
};

use crate::ping::Ping;

/// The interface at each side of the veth pair.
pub(crate) const CABLE: &str = "cable";
/// The interface of each end's session.
pub(crate) const INTERFACE: &str = "l2tp0";
/// L2TP's registered UDP port.
const PORT: u16 = 1701;
/// The longest time for a teardown, which the kernel does after it has acknowledged a deletion. It
/// usually takes milliseconds.
const TEARDOWN: Duration = Duration::from_secs(5);

/// The numbers and names of one end.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The name of the end.
    pub(crate) name: &'static str,
    /// Its address on the veth pair.
    pub(crate) cable: &'static str,
    /// Its address inside the tunnel.
    pub(crate) inside: &'static str,
    /// Its tunnel's id.
    pub(crate) tunnel: u32,
    /// Its session's id.
    pub(crate) session: u32,
    /// The cookie of the packets that it receives.
    pub(crate) cookie: [u8; 4],
}

/// One end of the tunnel. When it is dropped, its namespace ends with everything in it.
#[derive(Debug)]
pub(crate) struct End {
    plan: &'static Plan,
    peer: &'static Plan,
    netns: Netns,
    conn: Conn,
    tunnel: TunnelConfig,
    session: SessionConfig,
}

impl End {
    /// Creates a namespace, and opens a connection to the kernel in it.
    pub(crate) fn new(plan: &'static Plan, peer: &'static Plan) -> Result<Self, Box<dyn Error>> {
        let netns = Netns::create().map_err(|error| {
            format!("cannot create a network namespace (are you root?): {error}")
        })?;
        // The counters would include the packets that IPv6 sends by itself.
        netns.run(|| std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1"))??;
        let conn = Conn::open_in(&netns)?;
        let tunnel =
            TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, plan.tunnel, peer.tunnel);
        let session = SessionConfig::new(&tunnel, PseudowireType::Eth, plan.session, peer.session)
            .local_cookie(plan.cookie)
            .peer_cookie(peer.cookie)
            .ifname(INTERFACE.parse()?);
        Ok(Self { plan, peer, netns, conn, tunnel, session })
    }

    pub(crate) fn name(&self) -> &'static str {
        self.plan.name
    }

    pub(crate) fn plan(&self) -> &'static Plan {
        self.plan
    }

    /// Creates the veth pair to the other end and adds an address to each side.
    pub(crate) fn connect(&self, other: &Self) -> Result<(), Box<dyn Error>> {
        let there = format!("/proc/{}/fd/{}", id(), other.netns.as_fd().as_raw_fd());
        let veth = ["type", "veth", "peer", "name", CABLE, "netns", &there];
        self.ip(&[&["link", "add", CABLE][..], &veth].concat())?;
        for end in [self, other] {
            end.up(CABLE, end.plan.cable)?;
        }
        Ok(())
    }

    pub(crate) fn create_tunnel(&mut self) -> Result<(), Box<dyn Error>> {
        let local = SocketAddr::new(self.plan.cable.parse()?, PORT);
        let peer = SocketAddr::new(self.peer.cable.parse()?, PORT);
        Ok(self.conn.create_static_tunnel(local, peer, &self.tunnel)?)
    }

    pub(crate) fn tunnel_info(&mut self) -> Result<TunnelInfo, l2tp::Error> {
        self.conn.get_tunnel_info(self.tunnel.tunnel_id)
    }

    pub(crate) fn create_session(&mut self) -> Result<(), l2tp::Error> {
        self.conn.create_session(&self.session)
    }

    pub(crate) fn session_info(&mut self) -> Result<SessionInfo, l2tp::Error> {
        self.conn.get_session_info(&self.session)
    }

    /// Adds the address to the session's interface.
    pub(crate) fn add_address(&self) -> Result<(), Box<dyn Error>> {
        self.up(INTERFACE, self.plan.inside)
    }

    /// Pings the other end through the tunnel.
    pub(crate) fn ping(&self, count: u32, size: u16) -> Result<Ping, Box<dyn Error>> {
        let to: IpAddr = self.peer.inside.parse()?;
        let ping = self.netns.run(|| Ping::run(to, count, size))??;
        if ping.lost() { Err(format!("{}: {ping}", self.plan.name).into()) } else { Ok(ping) }
    }

    /// Deletes the session and the tunnel, and waits until they and the interface are gone.
    pub(crate) fn delete(&mut self) -> Result<(), Box<dyn Error>> {
        self.conn.delete_session_and_wait(&self.session, TEARDOWN)?;
        self.conn.delete_tunnel_and_wait(self.tunnel.tunnel_id, TEARDOWN)?;
        // The interface disappears after the session.
        let deadline = Instant::now() + TEARDOWN;
        while self.ip(&["link", "show", INTERFACE]).is_ok() {
            if Instant::now() > deadline {
                let name = self.plan.name;
                return Err(format!("{name}: {INTERFACE} still exists after {TEARDOWN:?}").into());
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn up(&self, interface: &str, address: &str) -> Result<(), Box<dyn Error>> {
        self.ip(&["address", "add", &format!("{address}/24"), "dev", interface])?;
        self.ip(&["link", "set", interface, "up"])
    }

    /// Runs `ip` in the namespace.
    fn ip(&self, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
        let output = self
            .netns
            .run(|| Command::new("ip").args(arguments).output())?
            .map_err(|error| format!("cannot run ip (Debian package iproute2): {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let message = String::from_utf8_lossy(&output.stderr);
        Err(format!("{}: ip {}: {}", self.plan.name, arguments.join(" "), message.trim()).into())
    }
}
