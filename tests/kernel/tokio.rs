//! The async connection: every operation, on both runtimes, says and does what the blocking one
//! does.

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ::tokio::runtime::Handle;
use ::tokio::task::JoinSet;
use ::tokio::time;
use anyhow::{Context, Result, ensure};
use l2tp::conn::{BatchOutcome, DeletionWait};
use l2tp::events::Change;
use l2tp::socket::{ControlHeader, SocketError};
use l2tp::tokio::{Conn, ControlMessages, Events, Follower};
use l2tp::{
    Batch, Error, ErrorKind, Event, ProtocolVersion, PseudowireType, SessionChange, SessionConfig,
    SessionId, TunnelConfig, TunnelId, TunnelSocket,
};

use crate::support::{Flavour, Net, Variant, eventually, fresh_tunnel, tests};

tests![
    operates_on for Flavour::ALL,
    lists_on.flooding(500) for Flavour::ALL,
    runs_batches_on.flooding(1_000) for Flavour::ALL,
    waits_on for Flavour::ALL,
    is_as_the_blocking_one,
    many_connections_at_once_on.flooding(400) for Flavour::ALL,
    two_connections_in_one_task,
    opens_where_there_is_no_driver,
    serves_in_another_runtime,
    nothing_runs_in_the_background_on.exclusive() for Flavour::ALL,
    a_control_message_is_waited_for_on for Flavour::ALL,
    a_socket_that_cannot_be_registered_comes_back.exclusive(),
];

const SECONDS: Duration = Duration::from_secs(20);

/// A namespace with tunnel 1, and the connection that made it.
pub(crate) async fn tunnel() -> Result<(Net, Conn)> {
    let net = Net::new()?;
    let mut conn = Conn::open_in(net.netns()).await?;
    let variant = Variant::PLAIN;
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config()).await?;
    Ok((net, conn))
}

/// A PPP session of tunnel 1.
pub(crate) fn session(id: u32) -> SessionConfig {
    SessionConfig::new(&Variant::PLAIN.config(), PseudowireType::Ppp, id, id)
}

fn other_tunnel() -> TunnelConfig {
    let config = Variant::PLAIN.config();
    TunnelConfig { tunnel_id: TunnelId(3), ..config }
}

fn operates_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (net, mut conn) = tunnel().await?;
        conn.noop().await?;
        let socket = net.run(|| Ok(TunnelSocket::udp("127.0.0.1:6000".parse()?, None)?))?;
        conn.create_managed_tunnel(&socket, &other_tunnel()).await?;
        conn.modify_tunnel(TunnelId(3)).await?;
        ensure!(conn.get_tunnel_info(TunnelId(3)).await?.udp_sport == Some(6000));

        conn.create_session(&session(10)).await?;
        let refusal = conn.create_session(&session(10)).await;
        ensure!(refusal.as_ref().is_err_and(Error::is_exists), "{refusal:?}");
        let change = SessionChange::new().send_seq(true);
        conn.modify_session(&session(10), &change).await?;
        let info = conn.get_session_info((TunnelId(1), SessionId(10))).await?;
        ensure!(info.send_seq && !info.recv_seq, "{info:?}");
        let refusal = conn.get_session_info((TunnelId(3), SessionId(10))).await;
        ensure!(refusal.as_ref().is_err_and(Error::is_not_found), "{refusal:?}");
        conn.delete_session(&session(10)).await?;
        conn.delete_tunnel(TunnelId(3)).await?;
        Ok(())
    })
}

fn lists_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (net, mut conn) = tunnel().await?;
        let socket = net.run(|| Ok(TunnelSocket::udp("127.0.0.1:6000".parse()?, None)?))?;
        conn.create_managed_tunnel(&socket, &other_tunnel()).await?;
        for id in 1..=500 {
            conn.create_session(&session(id)).await?;
        }
        let mut seen = Vec::new();
        let mut sessions = conn.sessions_of(TunnelId(1)).await?;
        while let Some(session) = sessions.next().await {
            seen.push(session?.session_id.0);
        }
        ensure!(sessions.next().await.is_none());
        seen.sort_unstable();
        ensure!(seen.iter().copied().eq(1..=500), "{seen:?}");
        ensure!(conn.sessions_of(TunnelId(3)).await?.next().await.is_none());
        ensure!(conn.sessions_snapshot().await?.len() == 500);
        ensure!(conn.tunnels_snapshot().await?.len() == 2);
        let mut tunnels = conn.tunnels().await?;
        ensure!(tunnels.next().await.is_some() && tunnels.next().await.is_some());
        ensure!(tunnels.next().await.is_none());
        Ok(())
    })
}

fn runs_batches_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (_net, mut conn) = tunnel().await?;
        conn.create_session(&session(700)).await?;
        let mut batch = Batch::new();
        for id in 1..=1000 {
            batch.create_session(&session(id));
        }
        batch.get_session_info(&session(1000));
        let results = conn.run(&mut batch).await?.into_results().collect::<Vec<_>>();
        for (id, result) in (1..).zip(&results[..1000]) {
            match result {
                Ok(BatchOutcome::Done) => ensure!(id != 700, "a duplicate was created"),
                Err(error) if error.is_exists() => ensure!(id == 700, "{error}"),
                other => anyhow::bail!("session {id}: {other:?}"),
            }
        }
        let Ok(BatchOutcome::Session(info)) = &results[1000] else {
            anyhow::bail!("{:?}", results[1000]);
        };
        ensure!(info.session_id == SessionId(1000), "{info:?}");
        Ok(())
    })
}

fn waits_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (_net, mut conn) = tunnel().await?;
        let variant = Variant::PLAIN;
        conn.create_session(&session(10)).await?;
        conn.delete_session_and_wait(&session(10), SECONDS).await?;
        // While the deleted tunnel lingers its id and its port are taken.
        conn.delete_tunnel(TunnelId(1)).await?;
        conn.retry_while(ErrorKind::Exists, SECONDS, async move |conn| {
            conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config()).await
        })
        .await?;
        conn.delete_tunnel_and_wait(TunnelId(1), SECONDS).await?;
        let refusal = conn.delete_tunnel_and_wait(TunnelId(1), SECONDS).await;
        ensure!(refusal.as_ref().is_err_and(Error::is_not_found), "{refusal:?}");
        let wait = DeletionWait::up_to(SECONDS).missing_ok(true);
        conn.delete_tunnel_and_wait(TunnelId(1), wait).await?;
        Ok(())
    })
}

fn is_as_the_blocking_one() -> Result<()> {
    Flavour::CurrentThread.run(async {
        let (net, mut conn) = tunnel().await?;
        let mut blocking = net.conn()?;
        conn.create_session(&session(10)).await?;
        let here = conn.get_session_info(&session(10)).await?;
        ensure!(here == blocking.get_session_info(&session(10))?, "{here:?}");
        let here = conn.get_tunnel_info(TunnelId(1)).await?;
        ensure!(here == blocking.get_tunnel_info(TunnelId(1))?, "{here:?}");
        let here = conn.get_tunnel_info(TunnelId(9)).await.map_err(|error| error.to_string());
        let there = blocking.get_tunnel_info(TunnelId(9)).map_err(|error| error.to_string());
        ensure!(here == there, "{here:?}");
        Ok(())
    })
}

fn many_connections_at_once_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let net = Arc::new(Net::new()?);
        let mut tasks = JoinSet::new();
        for id in 1..=4 {
            let net = Arc::clone(&net);
            tasks.spawn(async move {
                let mut conn = Conn::open_in(net.netns()).await?;
                let port = 5000 + u16::try_from(id)?;
                let config = TunnelConfig { tunnel_id: TunnelId(id), ..Variant::PLAIN.config() };
                let local = ([127, 0, 0, 1], port).into();
                conn.create_static_tunnel(local, Variant::PLAIN.peer(), &config).await?;
                for n in 1..=100 {
                    let session =
                        SessionConfig::new(&config, PseudowireType::Ppp, 1000 * id + n, n);
                    conn.create_session(&session).await?;
                    let info = conn.get_session_info(&session).await?;
                    ensure!(info.session_id == session.session_id, "{info:?}");
                    ::tokio::task::yield_now().await;
                }
                let mut count = 0;
                let mut sessions = conn.sessions_of(TunnelId(id)).await?;
                while let Some(session) = sessions.next().await {
                    count += u32::from(session?.tunnel_id == TunnelId(id));
                }
                // Before 6.12 a listing may skip rows while others create.
                ensure!(count > 0 && count <= 100, "{count}");
                Ok(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        let all = Conn::open_in(net.netns()).await?.sessions_snapshot().await?;
        ensure!(all.len() == 400, "{}", all.len());
        Ok(())
    })
}

fn two_connections_in_one_task() -> Result<()> {
    Flavour::CurrentThread.run(async {
        let (net, mut one) = tunnel().await?;
        let mut other = Conn::open_in(net.netns()).await?;
        for id in 1..=300 {
            let (created, answered) =
                ::tokio::join!(async { one.create_session(&session(id)).await }, async {
                    other.get_tunnel_info(TunnelId(1)).await
                },);
            created?;
            ensure!(answered?.tunnel_id == TunnelId(1));
        }
        ensure!(other.sessions_snapshot().await?.len() == 300);
        Ok(())
    })
}

/// The kernel answers before the send returns, so nothing has to be waited for.
fn opens_where_there_is_no_driver() -> Result<()> {
    let net = Net::new()?;
    let runtime = ::tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        let mut conn = Conn::open_in(net.netns()).await?;
        for _ in 0..1000 {
            conn.noop().await?;
        }
        ensure!(conn.tunnels_snapshot().await?.is_empty());
        // It pauses without timers, too.
        let (tunnel, ends) = (other_tunnel(), ("127.0.0.1:0".parse()?, "127.0.0.1:9".parse()?));
        conn.create_static_tunnel(ends.0, ends.1, &tunnel).await?;
        conn.delete_tunnel_and_wait(tunnel.tunnel_id, SECONDS).await?;
        // What waits for others cannot.
        for refused in [
            Events::open_in(net.netns()).await.map(drop),
            Follower::open_in(net.netns(), SECONDS).await.map(drop),
        ] {
            let error = refused.expect_err("it could not wait");
            ensure!(error.to_string().contains("has no input/output driver"), "{error}");
        }
        Ok(())
    })
}

/// The first runtime has ended, or stands still.
fn serves_in_another_runtime() -> Result<()> {
    let runtime = || ::tokio::runtime::Builder::new_current_thread().enable_all().build();
    let net = Net::new()?;
    let idle = runtime()?;
    let mut events = idle.block_on(Events::open_in(net.netns()))?;
    let mut follower = idle.block_on(Follower::open_in(net.netns(), Duration::MAX))?;
    let tunnel = fresh_tunnel();
    for _ in 0..2 {
        for sign in ["+", "-"] {
            // Nothing is there yet, so that it has to be waited for in this runtime.
            let acting = net.conn()?;
            let act = thread::spawn(move || act_later(acting, tunnel, sign));
            let (event, change) = runtime()?.block_on(async {
                let event = loop {
                    let event = events.next_within(SECONDS).await?.context("no event")?;
                    if event.object().is_some_and(|it| it.tunnel_id() == tunnel.tunnel_id) {
                        break event;
                    }
                };
                let change = follower.next_within(SECONDS).await?.context("no change")?;
                anyhow::Ok((event, change))
            })?;
            act.join().expect("no panic")?;
            let added = matches!(change, Change::Added(_)) && matches!(event, Event::Created(..));
            let gone = matches!(change, Change::Removed(_)) && matches!(event, Event::Deleted(..));
            ensure!(if sign == "+" { added } else { gone }, "{sign}: {event:?} {change:?}");
        }
    }
    Ok(())
}

fn act_later(mut conn: l2tp::Conn, tunnel: TunnelConfig, sign: &str) -> Result<()> {
    thread::sleep(Duration::from_millis(50));
    if sign == "+" {
        conn.create_static_tunnel("127.0.0.1:0".parse()?, "127.0.0.1:9".parse()?, &tunnel)?;
    } else {
        conn.delete_tunnel_and_wait(tunnel.tunnel_id, SECONDS)?;
    }
    Ok(())
}

fn threads() -> Result<usize> {
    Ok(fs::read_dir("/proc/self/task")?.count())
}

/// Neither a task nor a thread of its own.
fn nothing_runs_in_the_background_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (net, mut conn) = tunnel().await?;
        let before = threads()?;
        let mut events = Events::open_in(net.netns()).await?;
        let mut follower = Follower::open_in(net.netns(), SECONDS).await?;
        conn.create_session(&session(10)).await?;
        events.next_event().await?;
        follower.next_change().await?;
        // Longer than an event takes to come.
        follower.next_within(Duration::from_millis(100)).await?;
        let mut sessions = conn.sessions().await?;
        ensure!(sessions.next().await.is_some());
        // This one.
        ensure!(Handle::current().metrics().num_alive_tasks() == 1);
        // Those of tests that ran before may have ended, and one that has is listed for a moment:
        // what opens in another namespace does so on a thread of its own.
        eventually("no thread is left", || {
            let now = threads()?;
            ensure!(now <= before, "{now} threads, not {before}");
            Ok(())
        })
    })
}

fn a_control_message_is_waited_for_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (net, mut conn) = tunnel().await?;
        let (here, there) = ("127.0.0.1:6000".parse()?, "127.0.0.1:6001".parse()?);
        let socket = net.run(|| Ok(TunnelSocket::udp(here, None)?))?;
        let peer = net.run(|| Ok(TunnelSocket::udp(there, Some(here))?))?;
        let (messages, peer) = (ControlMessages::of(socket)?, ControlMessages::of(peer)?);
        conn.create_managed_tunnel(messages.socket(), &other_tunnel()).await?;
        let header = |tunnel, ns| ControlHeader {
            version: ProtocolVersion::V3,
            length: 12,
            tunnel_id: TunnelId(tunnel),
            session_id: SessionId(0),
            ns,
            nr: 0,
        };
        let mut buf = [0; 2048];
        let cut_off = time::timeout(Duration::from_millis(5), messages.recv(&mut buf)).await;
        ensure!(cut_off.is_err(), "{cut_off:?}");
        let answer = ::tokio::spawn(async move {
            // Nothing is there yet: while the other task waits, this one runs.
            time::sleep(Duration::from_millis(50)).await;
            peer.send(&header(3, 7).to_bytes()).await?;
            let mut buf = [0; 2048];
            let received = peer.recv(&mut buf).await?;
            ensure!(received.control == Some(header(4, 8)), "{received:?}");
            Ok(())
        });

        let received = messages.recv(&mut buf).await?;
        ensure!(received.control == Some(header(3, 7)), "{received:?}");
        ensure!(received.from == there, "{received:?}");
        messages.send_to(&header(4, 8).to_bytes(), there).await?;
        answer.await??;

        let socket = messages.into_socket();
        let empty = socket.recv(&mut buf);
        ensure!(empty.as_ref().is_err_and(SocketError::is_would_block), "{empty:?}");
        ensure!(conn.get_tunnel_info(TunnelId(3)).await?.udp_sport == Some(6000));
        Ok(())
    })
}

/// Its tunnel lives, and it can be registered once the limit allows it.
fn a_socket_that_cannot_be_registered_comes_back() -> Result<()> {
    const WATCHES: &str = "/proc/sys/fs/epoll/max_user_watches";
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let socket = net.run(|| Ok(TunnelSocket::udp("127.0.0.1:6000".parse()?, None)?))?;
    conn.create_managed_tunnel(&socket, &other_tunnel())?;

    let runtime = ::tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let outside = ControlMessages::of(socket).expect_err("there is no runtime here");
    ensure!(outside.to_string().contains("it has to be in a tokio runtime"), "{outside}");
    let _inside = runtime.enter();
    let watches = fs::read(WATCHES)?;
    fs::write(WATCHES, "0")?;
    let full = ControlMessages::of(outside.socket);
    fs::write(WATCHES, watches)?;
    let full = full.expect_err("no descriptor may be watched");
    ensure!(full.error.raw_os_error() == Some(libc::ENOSPC), "{full}");
    ensure!(full.to_string().contains("raise fs.epoll.max_user_watches"), "{full}");

    conn.get_tunnel_info(TunnelId(3))?;
    let messages = ControlMessages::of(full.socket)?;
    ensure!(messages.socket().local_addr()?.to_string().contains("6000"));
    conn.get_tunnel_info(TunnelId(3))?;
    Ok(())
}
