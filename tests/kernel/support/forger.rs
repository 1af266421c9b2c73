//! A peer that sends what the test wants it to: data packets made by hand.

use std::io::Read;
use std::net::UdpSocket;
use std::time::Duration;

use anyhow::{Result, ensure};
use l2tp::types::Statistics;
use l2tp::{
    Conn, ProtocolVersion, PseudowireType, SessionConfig, SessionId, TunnelConfig, TunnelId,
    TunnelSocket,
};
use socket2::SockRef;

use super::{Busy, Net, Variant, eventually};

/// A managed UDP tunnel on the loopback interface, and a plain socket in the place of its peer.
pub(crate) struct Peer {
    pub(crate) config: TunnelConfig,
    pub(crate) tunnel: TunnelSocket,
    pub(crate) socket: UdpSocket,
}

impl Peer {
    /// Tunnel `id`; its ports are its own, too.
    pub(crate) fn new(net: &Net, conn: &mut Conn, variant: Variant, id: u16) -> Result<Self> {
        let (mut local, mut peer) = (variant.local(), variant.peer());
        local.set_port(5000 + id);
        peer.set_port(6000 + id);
        let (tunnel, socket) = net.run(|| {
            let tunnel = TunnelSocket::udp(local, Some(peer))?;
            let socket = UdpSocket::bind(peer)?;
            socket.connect(local)?;
            socket.set_read_timeout(Some(Duration::from_secs(5)))?;
            Ok((tunnel, socket))
        })?;
        let id = u32::from(id);
        let config = TunnelConfig::new(variant.version, variant.encap, id, id + 1000);
        conn.create_managed_tunnel(&tunnel, &config)?;
        Ok(Self { config, tunnel, socket })
    }

    /// A session of the tunnel, PPP where only that is possible.
    pub(crate) fn session(&self, id: u32) -> SessionConfig {
        let pseudowire = match self.config.version {
            ProtocolVersion::V2 => PseudowireType::Ppp,
            _ => PseudowireType::Eth,
        };
        SessionConfig::new(&self.config, pseudowire, id, id + 10)
    }

    /// Sends a frame for a session, numbered if there is a number.
    pub(crate) fn send(&self, session: u32, number: Option<u32>) -> Result<()> {
        self.send_for(self.config.tunnel_id, session, number)
    }

    /// Sends a frame whose header names any tunnel. That of L2TPv3 names none.
    pub(crate) fn send_for(
        &self,
        tunnel: TunnelId,
        session: u32,
        number: Option<u32>,
    ) -> Result<()> {
        self.socket.send(&self.packet(tunnel, session, number))?;
        Ok(())
    }

    fn packet(&self, tunnel: TunnelId, session: u32, number: Option<u32>) -> Vec<u8> {
        match self.config.version {
            ProtocolVersion::V2 => ppp_packet(tunnel, session, number),
            _ => ethernet_packet(session, number),
        }
    }

    /// Sends frames for a session without pause, whether anybody takes them or not.
    pub(crate) fn flood(&self, session: u32) -> Result<Busy> {
        let socket = self.socket.try_clone()?;
        let packet = self.packet(self.config.tunnel_id, session, None);
        Ok(Busy::start(move || {
            let _ = socket.send(&packet);
        }))
    }

    /// The length of a packet that the kernel left to the program.
    pub(crate) fn passed_on(&self) -> Result<usize> {
        let mut socket = &*SockRef::from(&self.tunnel);
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        Ok(socket.read(&mut [0; 2048])?)
    }
}

/// An L2TPv2 packet with an LCP echo request, whose identifier is the low byte of the number.
fn ppp_packet(tunnel: TunnelId, session: u32, number: Option<u32>) -> Vec<u8> {
    let short = |value: u32| u16::try_from(value & 0xffff).unwrap_or_default().to_be_bytes();
    let mut packet = vec![if number.is_some() { 0x08 } else { 0 }, 2];
    packet.extend(short(tunnel.0));
    packet.extend(short(session));
    if let Some(number) = number {
        packet.extend(short(number));
        packet.extend([0; 2]);
    }
    packet.extend([0xff, 0x03, 0xc0, 0x21, 9, short(number.unwrap_or(0))[1], 0, 8, 0, 0, 0, 0]);
    packet
}

/// An L2TPv3 packet over UDP, without cookie, with the default sublayer and a broadcast frame.
fn ethernet_packet(session: u32, number: Option<u32>) -> Vec<u8> {
    let mut packet = vec![0, 3, 0, 0];
    packet.extend(session.to_be_bytes());
    packet.extend(number.map_or(0, |number| 0x4000_0000 | number).to_be_bytes());
    packet.extend([0xff; 6]);
    packet.extend([2, 0, 0, 0, 0, 9]);
    packet.extend([0x88, 0xb5]);
    packet.extend([0; 46]);
    packet
}

/// Tunnel 1 with its peer, and with session 10 that expects no cookie.
pub(crate) struct Forger {
    pub(crate) net: Net,
    pub(crate) conn: Conn,
    pub(crate) peer: Peer,
}

impl Forger {
    /// The session is what `adapt` makes of the plain one.
    pub(crate) fn new(
        variant: Variant,
        adapt: impl FnOnce(SessionConfig) -> SessionConfig,
    ) -> Result<Self> {
        let net = Net::new()?;
        let mut conn = net.conn()?;
        let peer = Peer::new(&net, &mut conn, variant, 1)?;
        let session = adapt(peer.session(10));
        conn.create_session(&session)?;
        if session.pseudowire == PseudowireType::Eth {
            net.ip("link set l2tpeth0 up")?;
        }
        Ok(Self { net, conn, peer })
    }

    /// Sends frames for the session, numbered so.
    pub(crate) fn send(&self, numbers: impl IntoIterator<Item = u32>) -> Result<()> {
        numbers.into_iter().try_for_each(|number| self.peer.send(10, Some(number)))
    }

    /// The session's counters.
    pub(crate) fn session(&mut self) -> Result<Statistics> {
        Ok(self.conn.get_session_info((TunnelId(1), SessionId(10)))?.statistics)
    }

    /// The tunnel's counters.
    pub(crate) fn tunnel(&mut self) -> Result<Statistics> {
        Ok(self.conn.get_tunnel_info(TunnelId(1))?.statistics)
    }

    /// Waits until the session has counted these packets received, and checks that it counted no
    /// other failure.
    pub(crate) fn expect(&mut self, expected: Received) -> Result<()> {
        eventually("the packets are counted", || {
            let counted = self.session()?;
            ensure!(Received::of(&counted) == expected, "{counted:#?}, expected {expected:?}");
            Ok(())
        })
    }
}

/// What became of packets that arrived.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) packets: u64,
    pub(crate) errors: u64,
    pub(crate) seq_discards: u64,
    pub(crate) oos_packets: u64,
}

impl Received {
    fn of(counted: &Statistics) -> Self {
        Self {
            packets: counted.rx_packets,
            errors: counted.rx_errors,
            seq_discards: counted.rx_seq_discards,
            oos_packets: counted.rx_oos_packets,
        }
    }
}
