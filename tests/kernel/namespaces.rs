//! How long a network namespace lives, what holds it, and what goes with it.

use std::fs;
use std::io;
use std::net::UdpSocket;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use l2tp::{
    Conn, Events, Follower, Netns, PseudowireType, SessionConfig, SocketOptions, TunnelId,
    TunnelSocket,
};

use crate::support::{
    Busy, Net, Variant, Wire, create_tunnel, eventually, fresh_tunnel, interface_gone, run,
    session_of, tests,
};

tests![
    a_handle_outlives_the_name,
    a_connection_outlives_the_name,
    a_listener_outlives_the_name,
    a_follower_outlives_the_name,
    a_tunnels_socket_outlives_the_name,
    a_static_tunnel_holds_nothing for Variant::ALL,
    the_end_causes_no_notification.before(7, 3, "newer kernels tell the tunnel's own namespace only"),
    a_receiver_ends_under_frames.flooding(THINGS) for Variant::V3,
    a_hop_ends_under_frames.flooding(THINGS) for Variant::V3,
];

/// Nothing but packets is made in numbers; a flood of them leaves no time for other tests.
const THINGS: u32 = 500;

/// A namespace with a name, on a cable whose other end is `near` in a namespace that stays: a
/// cable ends with either of its namespaces.
struct Named {
    name: String,
    witness: Net,
}

impl Named {
    fn new() -> Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("suite{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let named = Self { name, witness: Net::new()? };
        named.ip_netns("add")?;
        let name = &named.name;
        named.witness.add_link(&format!("near type veth peer name far netns {name}"))?;
        named.witness.ip("addr add 10.0.0.1/24 dev near")?;
        named.witness.ip("link set near up")?;
        for command in ["link set lo up", "addr add 10.0.0.2/24 dev far", "link set far up"] {
            run(Command::new("ip").args(["-n", name]).args(command.split(' ')))?;
        }
        Ok(named)
    }

    fn ip_netns(&self, verb: &str) -> Result<()> {
        run(Command::new("ip").args(["netns", verb, &self.name]))?;
        Ok(())
    }

    fn netns(&self) -> Result<Netns> {
        Ok(Netns::named(&self.name)?)
    }

    /// Takes the name away, and checks that something else holds the namespace.
    fn forget(&self) -> Result<()> {
        self.ip_netns("del")?;
        let unknown = Netns::named(&self.name).map(drop).map_err(|error| error.kind());
        ensure!(unknown == Err(io::ErrorKind::NotFound), "{unknown:?}");
        // Time enough for the kernel to take it down, if it did.
        thread::sleep(Duration::from_millis(300));
        self.witness.ip("link show near")?;
        Ok(())
    }

    fn ended(&self) -> Result<()> {
        ended(&self.witness, "near")
    }
}

/// Waits until a cable has ended with the namespace at its other end.
fn ended(net: &Net, cable: &str) -> Result<()> {
    interface_gone(net, cable).context("the namespace has not ended")
}

fn a_handle_outlives_the_name() -> Result<()> {
    let named = Named::new()?;
    let netns = named.netns()?;
    named.forget()?;
    Conn::open_in(&netns)?.noop()?;
    drop(netns);
    named.ended()
}

fn a_connection_outlives_the_name() -> Result<()> {
    let named = Named::new()?;
    let mut conn = Conn::open_in(&named.netns()?)?;
    named.forget()?;
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    conn.create_session(&session_of(&tunnel, 10))?;
    ensure!(conn.sessions_of(tunnel.tunnel_id)?.count() == 1);
    drop(conn);
    named.ended()
}

fn a_listener_outlives_the_name() -> Result<()> {
    let named = Named::new()?;
    let mut events = Events::open_in(&named.netns()?)?;
    named.forget()?;
    ensure!(about(&mut events, fresh_tunnel().tunnel_id, SOON)? == 0);
    drop(events);
    named.ended()
}

fn a_follower_outlives_the_name() -> Result<()> {
    let named = Named::new()?;
    let mut follower = Follower::open_in(&named.netns()?, Duration::MAX)?;
    named.forget()?;
    ensure!(follower.next_within(Duration::from_millis(100))?.is_none());
    drop(follower);
    named.ended()
}

/// And with it its tunnel, which goes on carrying packets.
fn a_tunnels_socket_outlives_the_name() -> Result<()> {
    let named = Named::new()?;
    let netns = named.netns()?;
    let socket = TunnelSocket::open_in(
        &netns,
        "10.0.0.2:1701".parse::<std::net::SocketAddr>()?,
        Some("10.0.0.1:1701".parse::<std::net::SocketAddr>()?.into()),
        &SocketOptions::new(),
    )?;
    let mut conn = Conn::open_in(&netns)?;
    let tunnel = fresh_tunnel();
    conn.create_managed_tunnel(&socket, &tunnel)?;
    conn.create_session(&session_of(&tunnel, 10))?;
    drop((conn, netns));
    named.forget()?;
    let peer = named.witness.run(|| {
        let socket = UdpSocket::bind("10.0.0.1:1701")?;
        socket.connect("10.0.0.2:1701")?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        Ok(socket)
    })?;
    // What is for no session of the tunnel's comes to its owner, who answers.
    peer.send(&[0xc8, 3, 0, 12, 0, 0, 0, 1, 0, 0, 0, 0])?;
    socket.set_read_timeout(Some(Duration::from_secs(5)))?;
    ensure!(socket.recv(&mut [0; 100])?.len == 12);
    socket.send_control(&[0xc8, 3, 0, 12, 0, 0, 0, 2, 0, 0, 0, 0])?;
    ensure!(peer.recv(&mut [0; 100])? == 12);
    drop(socket);
    named.ended()
}

fn a_static_tunnel_holds_nothing(variant: Variant) -> Result<()> {
    let named = Named::new()?;
    let mut conn = Conn::open_in(&named.netns()?)?;
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    conn.create_session(&SessionConfig::new(&variant.config(), PseudowireType::Ppp, 10, 20))?;
    drop(conn);
    named.ip_netns("del")?;
    named.ended()
}

/// Long enough for a notification to arrive.
const SOON: Duration = Duration::from_millis(500);
/// Longer than one takes in an emulated machine.
const LONG: Duration = Duration::from_secs(20);

/// How many notifications about a tunnel come in a time. Those about others are other tests'.
fn about(events: &mut Events, tunnel: TunnelId, time: Duration) -> Result<u32> {
    let (start, mut count) = (Instant::now(), 0);
    while let Some(left) = time.checked_sub(start.elapsed()) {
        let event = events.next_within(left)?;
        let object = event.as_ref().and_then(|event| event.object());
        count += u32::from(object.is_some_and(|object| object.tunnel_id() == tunnel));
    }
    Ok(count)
}

/// Waits for a notification about a tunnel.
fn told(events: &mut Events, tunnel: TunnelId) -> Result<()> {
    loop {
        let event = events.next_within(LONG)?.context("the kernel is silent")?;
        if event.object().is_some_and(|object| object.tunnel_id() == tunnel) {
            return Ok(());
        }
    }
}

/// The listener is in a namespace that stays; it hears what netlink does in all of them.
fn the_end_causes_no_notification() -> Result<()> {
    let named = Named::new()?;
    let mut conn = Conn::open_in(&named.netns()?)?;
    let mut events = Events::open_in(named.witness.netns())?;
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    conn.create_session(&session_of(&tunnel, 10))?;
    // On a busy machine the notifications of other tests take longer to read than any fixed time.
    for _ in 0..2 {
        told(&mut events, tunnel.tunnel_id)?;
    }
    drop(conn);
    named.ip_netns("del")?;
    named.ended()?;
    ensure!(about(&mut events, tunnel.tunnel_id, SOON)? == 0);
    Ok(())
}

/// Frames that go to host 2 without pause, from a socket in some namespace.
fn frames(socket: UdpSocket) -> Busy {
    Busy::start(move || {
        let _ = socket.send(&[0; 500]);
    })
}

fn arrive(wire: &Wire) -> Result<()> {
    eventually("frames arrive", || {
        let counted = wire.other.statistics()?;
        ensure!(counted.rx_packets > 0, "{counted:#?}");
        Ok(())
    })
}

fn a_receiver_ends_under_frames(variant: Variant) -> Result<()> {
    let wire = Wire::new(variant)?;
    let _busy = frames(wire.one.frames()?);
    arrive(&wire)?;
    let Wire { one, other } = wire;
    drop(other);
    ended(&one.net, "veth0")?;
    // The sender's end is as it was.
    one.net.ip("link show l2tp0")?;
    one.statistics()?;
    Ok(())
}

/// A third host sends through a bridge of host 1, which nothing but its cables and its tunnel
/// keeps busy, to host 2.
fn a_hop_ends_under_frames(variant: Variant) -> Result<()> {
    let (wire, source) = (Wire::new(variant)?, Net::new()?);
    let hop = &wire.one.net;
    source.add_link(&format!("out type veth peer name in netns {}", hop.path()))?;
    hop.add_link("br0 type bridge forward_delay 0")?;
    for port in ["in", "l2tp0"] {
        hop.ip(&format!("link set {port} master br0 up"))?;
    }
    hop.ip("link set br0 up")?;
    source.run(|| Ok(fs::write("/proc/sys/net/ipv6/conf/out/disable_ipv6", "1")?))?;
    source.ip("addr add 192.0.2.3/24 dev out")?;
    source.ip("link set out up")?;
    source.ip("neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev out nud permanent")?;
    let socket = source.run(|| {
        let socket = UdpSocket::bind("192.0.2.3:0")?;
        socket.connect("192.0.2.2:9")?;
        Ok(socket)
    })?;
    let _busy = frames(socket);
    arrive(&wire).context("through the bridge")?;
    let Wire { one, other } = wire;
    drop(one);
    ended(&source, "out")?;
    ended(&other.net, "veth0")?;
    other.statistics()?;
    Ok(())
}
