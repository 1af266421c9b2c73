//! Two ends of an L2TPv3 tunnel on one machine, and packets between them.
//!
//! Two network namespaces, connected by a veth pair, stand for two machines. Each end creates a
//! tunnel over UDP to the other end and an Ethernet session in it. Then pings go through the
//! interfaces of the sessions, and the counters of both ends must agree on the number of packets.
//!
//! The program needs root, a kernel with L2TP, and the programs ip and ping. `cargo xtask demo`
//! runs it with all of these on a stock kernel in a virtual machine.

mod end;
mod ping;
mod screen;

use std::error::Error;
use std::process::ExitCode;

use end::{End, Plan};
use l2tp::SessionInfo;
use screen::Screen;

const LEFT: Plan = Plan {
    name: "left",
    cable: "192.0.2.1",
    inside: "198.51.100.1",
    tunnel: 1,
    session: 10,
    cookie: [0xde, 0xad, 0xbe, 0xef],
};
const RIGHT: Plan = Plan {
    name: "right",
    cable: "192.0.2.2",
    inside: "198.51.100.2",
    tunnel: 2,
    session: 20,
    cookie: [0xca, 0xfe, 0xf0, 0x0d],
};

/// The number of pings in each direction.
const PINGS: u32 = 10;

fn main() -> ExitCode {
    let screen = Screen::new();
    match demo(&screen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            screen.failure(&*error);
            ExitCode::FAILURE
        }
    }
}

fn demo(screen: &Screen) -> Result<(), Box<dyn Error>> {
    screen.step("Two network namespaces, left and right, joined by a veth pair");
    let mut left = End::new(&LEFT, &RIGHT)?;
    let mut right = End::new(&RIGHT, &LEFT)?;
    left.connect(&right)?;
    screen.detail("left", format_args!("{} on {}", LEFT.cable, end::CABLE));
    screen.detail("right", format_args!("{} on {}", RIGHT.cable, end::CABLE));

    screen.step("An L2TPv3 tunnel over UDP from each end to the other");
    for end in [&mut left, &mut right] {
        end.create_tunnel()?;
        let info = end.tunnel_info()?;
        let address = |address: Option<_>| address.map_or("?".into(), |a| format!("{a}"));
        screen.detail(
            end.name(),
            format_args!(
                "tunnel {} to {}, {} to {}",
                info.tunnel_id,
                info.peer_tunnel_id,
                address(info.local()),
                address(info.peer()),
            ),
        );
    }

    screen.step("An Ethernet session in each tunnel, guarded by cookies");
    for end in [&mut left, &mut right] {
        end.create_session()?;
        let info = end.session_info()?;
        screen.detail(
            end.name(),
            format_args!("session {} to {}", info.session_id, info.peer_session_id),
        );
    }

    screen.step("An address on each session's interface");
    for end in [&left, &right] {
        end.add_address()?;
        screen.detail(end.name(), format_args!("{} on {}", end.plan().inside, end::INTERFACE));
    }

    screen.step("Pings through the tunnel, small ones one way and large ones back");
    for (end, size) in [(&left, 56), (&right, 1400)] {
        let result = end.ping(PINGS, size)?;
        screen.detail(end.name(), format_args!("{result}"));
    }

    screen.step("The kernel's counters of both sessions");
    let (at_left, at_right) = (left.session_info()?, right.session_info()?);
    screen.sessions(&at_left, &at_right);
    let packets = compare(&at_left, &at_right)?;

    screen.step("Sessions and tunnels deleted");
    for end in [&mut left, &mut right] {
        end.delete()?;
        screen.detail(end.name(), "no tunnel, no session, no interface left");
    }

    screen.success(format_args!(
        "{packets} packets crossed the tunnel; each one sent was received by the other end."
    ));
    Ok(())
}

/// The number of packets, if both ends agree on it and it includes the pings.
fn compare(left: &SessionInfo, right: &SessionInfo) -> Result<u64, String> {
    for (from, to, sender, receiver) in
        [("left", "right", left, right), ("right", "left", right, left)]
    {
        let (sent, received) = (sender.statistics.tx_packets, receiver.statistics.rx_packets);
        if sent != received {
            return Err(format!("{from} sent {sent} packets, but {to} received {received}"));
        }
        // Each ping is a request and a reply.
        if sent < u64::from(2 * PINGS) {
            return Err(format!("{from} sent {sent} packets, fewer than the pings took"));
        }
        let faults = screen::faults(&receiver.statistics);
        if faults != 0 {
            return Err(format!("{to} counts {faults} errors and discards; there must be none"));
        }
    }
    Ok(left.statistics.tx_packets + right.statistics.tx_packets)
}
