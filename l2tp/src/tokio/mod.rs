//! The async connection, listener and follower, on tokio: the methods of the blocking ones, and
//! nothing in the background.
//!
//! Feature `tokio`. No task is spawned and no thread is started; [`Conn`] and what comes of it are
//! `Send` and work on the current-thread and the multi-thread runtime alike.
//!
//! ```no_run
//! use l2tp::{EncapType, ProtocolVersion, PseudowireType, SessionConfig, TunnelConfig};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut conn = l2tp::tokio::Conn::open().await?;
//! let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
//! let (local, peer) = ("192.0.2.1:1701".parse()?, "192.0.2.2:1701".parse()?);
//! conn.create_static_tunnel(local, peer, &tunnel).await?;
//! conn.create_session(&SessionConfig::new(&tunnel, PseudowireType::Eth, 10, 20)).await?;
//! let mut sessions = conn.sessions().await?;
//! while let Some(session) = sessions.next().await {
//!     println!("{}", session?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Where time goes
//!
//! The kernel carries a request out, and queues its reply, before the system call that sends it
//! returns. An operation therefore completes at its first poll, with the two system calls of the
//! blocking connection, and occupies its thread for as long as the kernel works: some ten
//! microseconds as a rule, milliseconds when the kernel makes or removes a network interface or
//! loads a module. A task that performs many operations in a row yields to others by tokio's
//! [cooperative budget](tokio::task::coop).
//!
//! # Cancellation
//!
//! A future may be dropped at any await: in `select!`, by a timeout, with its task. The connection
//! can be used on at once; what the kernel still has to say to the abandoned operation is
//! recognised by its sequence number and passed over. Whether that operation was carried out is
//! known only by asking. Of a cancelled [`Batch`](crate::Batch) the requests up to some position have
//! been carried out, and a [`Dump`] goes on where it was if only its [`next`](Dump::next) was
//! dropped.
//!
//! # What the runtime must offer
//!
//! What waits for others needs its drivers: [`Events`] and [`Follower`] both of them (`enable_all`,
//! which `#[tokio::main]` has), [`ControlMessages`] the input/output driver (`enable_io`). Outside a
//! runtime, and in one that lacks a driver, they are not opened, and the error names what is missing.
//! (To find out they provoke a panic of tokio's and catch it, so the panic hook prints it, too; where
//! panics abort, the program ends there.)
//!
//! A [`Conn`] waits for nobody but the kernel and works in any runtime. Its pauses
//! ([`Conn::delete_tunnel_and_wait`], [`Conn::retry_while`]) are the runtime's timers, a millisecond
//! long at least; where there are none the thread sleeps.
//!
//! What was opened in one runtime can be used in any other, and when the first has ended.

mod conn;
mod control;
mod dump;
mod events;
mod follower;
mod links;
pub mod netlink;
mod ready;
mod socket;

pub use conn::Conn;
pub use control::{ControlMessages, RegisterError};
pub use dump::Dump;
pub use events::Events;
pub use follower::Follower;
pub use ready::{
    wait_for_address, wait_for_address_with, wait_for_path, wait_for_path_with, wait_for_route,
    wait_for_route_with,
};

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use super::{Conn, ControlMessages, Dump, Events, Follower};
    use crate::conn::BatchReport;
    use crate::host::Links;
    use crate::netlink::transport::ready;
    use crate::{
        Batch, ErrorKind, IfName, Netns, SessionChange, SessionConfig, SessionInfo, TunnelConfig,
        TunnelId, TunnelInfo, TunnelSocket,
    };

    /// What would need a driver some day says so at once. None of this asks the kernel.
    #[test]
    fn what_could_not_wait_is_not_opened() {
        const SECOND: Duration = Duration::from_secs(1);
        let socket = || TunnelSocket::udp("127.0.0.1:0".parse().unwrap(), None).expect("a socket");
        let opened = async || {
            [
                Events::open().await.expect_err("Events").to_string(),
                Follower::open(SECOND).await.expect_err("Follower").to_string(),
                ControlMessages::of(socket()).expect_err("ControlMessages").to_string(),
            ]
        };
        for error in ready(opened()) {
            assert!(error.contains("it has to be in a tokio runtime"), "{error}");
        }
        let runtime = ::tokio::runtime::Builder::new_current_thread().build().unwrap();
        for error in runtime.block_on(opened()) {
            assert!(error.contains("has no input/output driver"), "{error}");
        }
    }

    /// Everything that a future of each method may hold.
    struct World<'w> {
        netns: &'w Netns,
        addresses: (SocketAddr, SocketAddr),
        socket: &'w TunnelSocket,
        tunnel: &'w TunnelConfig,
        session: &'w SessionConfig,
        name: IfName,
    }

    fn send<T: Send>(_: T) {}

    /// Compiles if every future, and what it comes to, may move to another thread.
    #[expect(dead_code, reason = "the compiler checks it")]
    fn every_future_is_send(conn: &mut Conn, batch: &mut Batch<'_>, world: &World<'_>) {
        const SECOND: Duration = Duration::from_secs(1);
        let (id, (local, peer)) = (TunnelId(1), world.addresses);
        send(Conn::open());
        send(Conn::open_in(world.netns));
        send(conn.noop());
        send(conn.create_static_tunnel(local, peer, world.tunnel));
        send(conn.create_managed_tunnel(world.socket, world.tunnel));
        send(conn.delete_tunnel(id));
        send(conn.delete_tunnel_and_wait(id, SECOND));
        send(conn.modify_tunnel(id));
        send(conn.get_tunnel_info(id));
        send(conn.create_session(world.session));
        send(conn.delete_session(world.name));
        send(conn.delete_session_and_wait(world.session, SECOND));
        send(conn.modify_session(world.session, &SessionChange::new()));
        send(conn.get_session_info(world.session));
        send(conn.tunnels());
        send(conn.sessions());
        send(conn.sessions_of(id));
        send(conn.tunnels_snapshot());
        send(conn.sessions_snapshot());
        send(conn.run(batch));
        let tunnel = *world.tunnel;
        send(conn.retry_while(ErrorKind::Exists, SECOND, async move |conn| {
            conn.create_static_tunnel(local, peer, &tunnel).await
        }));
        send(async {
            let mut dump = conn.tunnels().await?;
            while let Some(row) = dump.next().await {
                row?;
            }
            let mut batch = Batch::new();
            batch.create_managed_tunnel(world.socket, world.tunnel);
            conn.run(&mut batch).await.map(|report| report.is_ok())
        });
    }

    #[expect(dead_code, reason = "the compiler checks it")]
    fn listening_is_send(
        (events, follower, links, conn): (&mut Events, &mut Follower, &mut Links, &mut Conn),
        world: &World<'_>,
    ) {
        const SECOND: Duration = Duration::from_secs(1);
        send(Events::open());
        send(Events::open_in(world.netns));
        send(events.next_event());
        send(events.next_within(SECOND));
        send(Follower::open(SECOND));
        send(Follower::open_in(world.netns, SECOND));
        send(follower.next_change());
        send(follower.next_within(SECOND));
        send(follower.try_next());
        send(conn.create_session_with_interface(links, world.session));
    }

    #[expect(dead_code, reason = "the compiler checks it")]
    fn messages_are_send(messages: &ControlMessages, to: SocketAddr, buf: &mut [u8]) {
        send(messages.send(buf));
        send(messages.send_to(buf, to));
        send(messages.recv(buf));
    }

    const fn send_and_sync<T: Send + Sync>() {}
    const _: () = {
        send_and_sync::<Conn>();
        send_and_sync::<ControlMessages>();
        send_and_sync::<Batch<'_>>();
        send_and_sync::<BatchReport<'_>>();
        send_and_sync::<Events>();
        send_and_sync::<Follower>();
        send_and_sync::<Dump<'_, TunnelInfo>>();
        send_and_sync::<Dump<'_, SessionInfo>>();
    };
}
