//! Futures of the async connection dropped before their end: the connection goes on.
//!
//! The kernel answers at once, so by itself an operation never waits; what makes it is tokio's
//! budget. A task that has used up its own is stopped at the next request, and there the future is
//! dropped: with room for none, for one, for two… until the operation is complete.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use ::tokio::task::{coop, yield_now};
use ::tokio::{select, time};
use anyhow::{Result, ensure};
use l2tp::conn::DeletionWait;
use l2tp::host::Links;
use l2tp::tokio::Conn;
use l2tp::{Batch, Error, PseudowireType, SessionChange, SessionConfig, SessionId, TunnelId};

use crate::support::{Flavour, Variant, tests};
use crate::tokio::{session, tunnel};

tests![
    of_operations_on for Flavour::ALL,
    of_a_creation_that_tells_the_interface_on for Flavour::ALL,
    of_a_listing_on.flooding(1_000) for Flavour::ALL,
    of_a_batch_on.flooding(3_000) for Flavour::ALL,
    by_select_on for Flavour::ALL,
    by_a_timeout_on for Flavour::ALL,
    of_a_task_on for Flavour::ALL,
];

/// The future's value, if it makes no more than `requests` requests: it is polled once.
async fn within<T>(requests: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut budget = 0;
    yield_now().await;
    while coop::has_budget_remaining() {
        coop::consume_budget().await;
        budget += 1;
    }
    yield_now().await;
    for _ in requests..budget {
        coop::consume_budget().await;
    }
    let mut future = pin!(future);
    poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        })
    })
    .await
}

/// What a connection must still do: tunnel 1 has session 10, and no session 99.
async fn works(conn: &mut Conn) -> Result<()> {
    ensure!(conn.get_tunnel_info(TunnelId(1)).await?.tunnel_id == TunnelId(1));
    let info = conn.get_session_info((TunnelId(1), SessionId(10))).await?;
    ensure!(info.session_id == SessionId(10), "{info:?}");
    let refusal = conn.get_session_info((TunnelId(1), SessionId(99))).await;
    ensure!(refusal.as_ref().is_err_and(Error::is_not_found), "{refusal:?}");
    let mut listed = Vec::new();
    let mut sessions = conn.sessions().await?;
    while let Some(session) = sessions.next().await {
        listed.push(session?.session_id.0);
    }
    ensure!(listed.contains(&10) && !listed.contains(&99), "{listed:?}");
    let mut batch = Batch::new();
    batch.get_session_info(&session(10)).delete_session(&session(99));
    let outcomes: Vec<_> =
        conn.run(&mut batch).await?.results().iter().map(Result::is_ok).collect();
    ensure!(outcomes == [true, false], "{outcomes:?}");
    Ok(())
}

fn of_operations_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (_net, mut conn) = tunnel().await?;
        conn.create_session(&session(10)).await?;
        // Guarded: a question, then the request.
        for requests in 0..2 {
            ensure!(within(requests, conn.create_session(&session(11))).await.is_none());
            works(&mut conn).await?;
            ensure!(conn.get_session_info(&session(11)).await.is_err(), "it was created");
        }
        ensure!(matches!(within(2, conn.create_session(&session(11))).await, Some(Ok(()))));
        let change = SessionChange::new().send_seq(true);
        ensure!(within(1, conn.modify_session(&session(11), &change)).await.is_none());
        works(&mut conn).await?;
        ensure!(!conn.get_session_info(&session(11)).await?.send_seq, "it was changed");
        ensure!(within(1, conn.delete_session(&session(11))).await.is_none());
        conn.get_session_info(&session(11)).await?;
        // The deletion is the third request: with the wait for it cut off it has happened.
        let _ = within(2, conn.delete_session_and_wait(&session(11), Duration::MAX)).await;
        works(&mut conn).await?;
        let wait = DeletionWait::up_to(Duration::from_secs(20)).missing_ok(true);
        conn.delete_session_and_wait(&session(11), wait).await?;
        ensure!(within(0, conn.noop()).await.is_none());
        works(&mut conn).await
    })
}

/// Cut off after each of its requests: the session may have been created.
fn of_a_creation_that_tells_the_interface_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (net, mut conn) = tunnel().await?;
        conn.create_session(&session(10)).await?;
        let mut links = Links::open_in(net.netns())?;
        let session = SessionConfig { pseudowire: PseudowireType::Eth, ..session(11) };
        let (mut requests, mut created) = (0, Vec::new());
        let interface = loop {
            let creation = conn.create_session_with_interface(&mut links, &session);
            let done = within(requests, creation).await;
            if let Some(interface) = done {
                break interface?;
            }
            works(&mut conn).await?;
            created.push(conn.get_session_info(&session).await.is_ok());
            let wait = DeletionWait::up_to(Duration::from_secs(20)).missing_ok(true);
            conn.delete_session_and_wait(&session, wait).await?;
            requests += 1;
        };
        // The guard's question and the creation; with the last request cut off it was created.
        ensure!(created == [false, false, true], "{created:?}");
        let index = links.interfaces()?.map(|it| it.index).max();
        ensure!(index == Some(interface.index), "{interface}, of the last index {index:?}");
        Ok(())
    })
}

fn of_a_listing_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (_net, mut conn) = tunnel().await?;
        let mut batch = Batch::new();
        for id in (1..=1000).filter(|&id| id != 99) {
            batch.create_session(&session(id));
        }
        ensure!(conn.run(&mut batch).await?.is_ok());

        // Cut off at each datagram of the kernel's.
        let mut requests = 0;
        while within(requests, conn.sessions_snapshot()).await.is_none() {
            works(&mut conn).await?;
            requests += 1;
        }
        ensure!(requests > 8, "two listings came in {requests} datagrams");

        // Left after some rows.
        for rows in [0, 1, 100, 300, 900] {
            let mut sessions = conn.sessions().await?;
            for _ in 0..rows {
                ensure!(matches!(sessions.next().await, Some(Ok(_))));
            }
            works(&mut conn).await?;
        }

        // Left twice, then a batch whose answers need all of the receive buffer.
        ensure!(matches!(conn.sessions().await?.next().await, Some(Ok(_))));
        ensure!(matches!(conn.tunnels().await?.next().await, Some(Ok(_))));
        ensure!(matches!(conn.sessions().await?.next().await, Some(Ok(_))));
        let mut batch = Batch::new();
        for id in (1..=1000).filter(|&id| id != 99) {
            batch.get_session_info(&session(id));
        }
        ensure!(conn.run(&mut batch).await?.is_ok());

        // A row that was waited for in vain comes with the next call.
        let mut sessions = conn.sessions().await?;
        let mut listed = Vec::new();
        loop {
            match within(0, sessions.next()).await {
                Some(Some(session)) => listed.push(session?.session_id.0),
                Some(None) => break,
                None => match sessions.next().await {
                    Some(session) => listed.push(session?.session_id.0),
                    None => break,
                },
            }
        }
        listed.sort_unstable();
        ensure!(listed.into_iter().eq((1..=1000).filter(|&id| id != 99)));
        Ok(())
    })
}

fn of_a_batch_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (_net, mut conn) = tunnel().await?;
        conn.set_guards(false);
        conn.create_session(&session(10)).await?;
        let mut batch = Batch::new();
        for id in 1001..=3000 {
            batch.create_session(&session(id));
        }
        // One datagram, of the several that it takes.
        ensure!(within(1, conn.run(&mut batch)).await.is_none());
        ensure!(batch.len() == 2000);
        works(&mut conn).await?;
        let mut created: Vec<_> =
            conn.sessions_snapshot().await?.iter().map(|info| info.session_id.0).collect();
        created.sort_unstable();
        let last = *created.last().unwrap_or(&0);
        ensure!(last > 1001 && last < 3000, "the last of {} is {last}", created.len());
        ensure!(created.into_iter().eq([10].into_iter().chain(1001..=last)), "one was left out");

        // Guarded, look-ups and requests are cut off in turn. The same batch is run until it ends.
        conn.set_guards(true);
        for requests in 0.. {
            let report = within(requests, conn.run(&mut batch)).await;
            works(&mut conn).await?;
            if let Some(report) = report {
                let others = report?.errors().filter(|(_, error)| !error.is_exists()).count();
                ensure!(requests > 2 && others == 0, "{requests} requests, {others} errors");
                break;
            }
        }
        ensure!(conn.sessions_snapshot().await?.len() == 2001);
        Ok(())
    })
}

fn by_select_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (_net, mut conn) = tunnel().await?;
        conn.create_session(&session(10)).await?;
        let (mut answered, mut dropped) = (0, 0);
        for _ in 0..1000 {
            select! {
                info = conn.get_tunnel_info(TunnelId(1)) => {
                    ensure!(info?.tunnel_id == TunnelId(1));
                    answered += 1;
                }
                () = coop::consume_budget() => dropped += 1,
            }
        }
        ensure!(answered > 0 && dropped > 0, "{answered} answered, {dropped} dropped");
        works(&mut conn).await
    })
}

fn by_a_timeout_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (_net, mut conn) = tunnel().await?;
        let variant = Variant::PLAIN;
        let wait = DeletionWait::up_to(Duration::from_secs(20)).missing_ok(true);
        for _ in 0..20 {
            // The tunnel is deleted; the wait for it may be cut off.
            let deletion = conn.delete_tunnel_and_wait(TunnelId(1), Duration::from_secs(20));
            if let Ok(deleted) = time::timeout(Duration::from_micros(100), deletion).await {
                deleted?;
            }
            conn.delete_tunnel_and_wait(TunnelId(1), wait).await?;
            conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config()).await?;
        }
        conn.create_session(&session(10)).await?;
        works(&mut conn).await
    })
}

fn of_a_task_on(flavour: Flavour) -> Result<()> {
    flavour.run(async {
        let (net, mut conn) = tunnel().await?;
        conn.create_session(&session(10)).await?;
        // The connection goes with its task; the kernel and another connection do not mind.
        let mut busy = Conn::open_in(net.netns()).await?;
        let task = ::tokio::spawn(async move {
            loop {
                busy.sessions_snapshot().await?;
            }
            #[expect(unreachable_code, reason = "it names the type of the error")]
            Ok::<(), Error>(())
        });
        time::sleep(Duration::from_millis(20)).await;
        task.abort();
        ensure!(task.await.is_err_and(|error| error.is_cancelled()));
        works(&mut conn).await
    })
}
