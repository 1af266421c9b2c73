//! What an operation takes from the heap, from the configuration through the kernel to the info:
//! nothing, once the connection's buffers are there.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::events::Change;
use l2tp::{
    Batch, Conn, Error, Events, Follower, IfName, PseudowireType, SessionChange, SessionConfig,
    SessionId, TunnelConfig, TunnelId, TunnelSocket,
};
use l2tp_tests::allocations::count;
use tokio::runtime::Runtime;

use crate::support::{Net, Variant, tests};

tests![
    an_operation_allocates_nothing,
    a_guarded_operation_allocates_nothing,
    an_async_operation_allocates_nothing,
    a_dump_allocates_nothing,
    an_async_dump_allocates_nothing,
    a_batch_runs_again_without_allocating.flooding(1_000),
    an_event_allocates_nothing,
    an_async_event_allocates_nothing,
    // Up to 7.2 a follower also receives the notifications of the namespaces of other tests.
    a_follower_that_finds_nothing_new_allocates_nothing.exclusive(),
    a_change_that_is_followed_allocates_once.exclusive(),
];

/// More sessions than one datagram of a listing holds.
const SESSIONS: u32 = 200;

/// What one round operates on. Its ids are its own: those of a deleted tunnel are not free at once.
struct Round {
    tunnel: TunnelConfig,
    managed: TunnelConfig,
    socket: TunnelSocket,
    session: SessionConfig,
    name: IfName,
    change: SessionChange,
}

impl Round {
    fn new(number: u16) -> Result<Self> {
        let id = 10 * u32::from(number);
        let plain = Variant::PLAIN.config();
        let tunnel = |id| TunnelConfig { tunnel_id: TunnelId(id), ..plain };
        let name = IfName::new(&format!("l2tp{number}"))?;
        let session = SessionConfig::new(&tunnel(id), PseudowireType::Eth, id, 20)
            .ifname(name)
            .local_cookie([1, 2, 3, 4])
            .peer_cookie([1, 2, 3, 4, 5, 6, 7, 8]);
        Ok(Self {
            tunnel: tunnel(id),
            managed: tunnel(id + 1),
            socket: TunnelSocket::udp(([127, 0, 0, 1], 0).into(), Some(Variant::PLAIN.peer()))?,
            session,
            name,
            change: SessionChange::new().send_seq(true).reorder_timeout(Duration::from_secs(1)),
        })
    }

    fn ids(&self) -> (TunnelId, SessionId) {
        (self.session.tunnel_id, self.session.session_id)
    }
}

/// The operations of a round in their order, each written once for both sorts of connection.
/// `$each` is called with an operation's name and the operation.
macro_rules! operations {
    ($conn:ident, $round:ident, $each:ident) => {
        let (variant, any_port) = (Variant::PLAIN, ([127, 0, 0, 1], 0).into());
        $each!("noop", $conn.noop());
        $each!(
            "create_static_tunnel",
            $conn.create_static_tunnel(any_port, variant.peer(), &$round.tunnel)
        );
        $each!(
            "create_managed_tunnel",
            $conn.create_managed_tunnel(&$round.socket, &$round.managed)
        );
        $each!("modify_tunnel", $conn.modify_tunnel($round.tunnel.tunnel_id));
        $each!("get_tunnel_info", $conn.get_tunnel_info($round.tunnel.tunnel_id));
        $each!("create_session", $conn.create_session(&$round.session));
        $each!("modify_session", $conn.modify_session($round.ids(), &$round.change));
        $each!("get_session_info by ids", $conn.get_session_info($round.ids()));
        $each!("get_session_info by name", $conn.get_session_info($round.name));
        $each!("delete_session", $conn.delete_session($round.ids()));
        $each!("delete_tunnel", $conn.delete_tunnel($round.tunnel.tunnel_id));
    };
}

/// Performs every operation in a first round that brings the connection to its steady state, and
/// in three more that are counted.
fn operate(guarded: bool) -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    conn.set_guards(guarded);
    for number in 1..=4 {
        let round = net.run(|| Round::new(number))?;
        macro_rules! check {
            ($name:literal, $operation:expr) => {
                let (allocations, outcome) = count(|| $operation);
                outcome.context($name)?;
                ensure!(number == 1 || allocations == 0, "{}: {allocations}", $name);
            };
        }
        operations!(conn, round, check);
    }
    Ok(())
}

fn an_operation_allocates_nothing() -> Result<()> {
    operate(false)
}

fn a_guarded_operation_allocates_nothing() -> Result<()> {
    operate(true)
}

fn an_async_operation_allocates_nothing() -> Result<()> {
    let net = Net::new()?;
    let runtime = runtime()?;
    let mut conn = runtime.block_on(l2tp::tokio::Conn::open_in(net.netns()))?;
    for number in 1..=4 {
        let round = net.run(|| Round::new(number))?;
        macro_rules! check {
            ($name:literal, $operation:expr) => {
                let (allocations, outcome) = count(|| runtime.block_on($operation));
                outcome.context($name)?;
                ensure!(number == 1 || allocations == 0, "{}: {allocations}", $name);
            };
        }
        operations!(conn, round, check);
    }
    Ok(())
}

/// Reads a listing to its end and says how long it was.
fn rows<T>(listing: Result<impl Iterator<Item = Result<T, Error>>, Error>) -> Result<usize, Error> {
    listing?.try_fold(0, |count, row| row.map(|_| count + 1))
}

/// Lists everything of a sort and counts it.
type List = fn(&mut Conn) -> Result<usize, Error>;

/// A tunnel with [`SESSIONS`] sessions.
fn fill(conn: &mut Conn) -> Result<()> {
    let tunnel = Variant::PLAIN;
    conn.create_static_tunnel(tunnel.local(), tunnel.peer(), &tunnel.config())?;
    for id in 1..=SESSIONS {
        conn.create_session(&SessionConfig::new(&tunnel.config(), PseudowireType::Ppp, id, id))?;
    }
    Ok(())
}

fn a_dump_allocates_nothing() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    fill(&mut conn)?;
    let sessions = usize::try_from(SESSIONS)?;
    let listings: [(List, usize); 3] = [
        (|conn| rows(conn.tunnels()), 1),
        (|conn| rows(conn.sessions()), sessions),
        (|conn| rows(conn.sessions_of(TunnelId(1))), sessions),
    ];
    for (list, expected) in listings {
        list(&mut conn)?;
        let (allocations, found) = count(|| list(&mut conn));
        ensure!((allocations, found?) == (0, expected), "{allocations} allocations");
    }
    Ok(())
}

/// A runtime that stays on the calling thread, whose allocations are the ones counted.
fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

fn an_async_dump_allocates_nothing() -> Result<()> {
    let net = Net::new()?;
    fill(&mut net.conn()?)?;
    let runtime = runtime()?;
    let mut conn = runtime.block_on(l2tp::tokio::Conn::open_in(net.netns()))?;
    let mut list = || {
        runtime.block_on(async {
            let mut rows = 0;
            let mut listing = conn.tunnels().await?;
            while let Some(row) = listing.next().await {
                row?;
                rows += 1;
            }
            for only in [false, true] {
                let mut listing = if only {
                    conn.sessions_of(TunnelId(1)).await?
                } else {
                    conn.sessions().await?
                };
                while let Some(row) = listing.next().await {
                    row?;
                    rows += 1;
                }
            }
            Ok::<u32, Error>(rows)
        })
    };
    list()?;
    let (allocations, found) = count(list);
    ensure!((allocations, found?) == (0, 1 + 2 * SESSIONS), "{allocations} allocations");
    Ok(())
}

/// Requests of every sort, in several datagrams; guarded, a look-up before each datagram.
fn a_batch_runs_again_without_allocating() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = Variant::PLAIN;
    conn.create_static_tunnel(tunnel.local(), tunnel.peer(), &tunnel.config())?;
    let mut batch = Batch::new();
    for id in 1..=1_000 {
        let config = SessionConfig::new(&tunnel.config(), PseudowireType::Ppp, id, id);
        batch.create_session(&config).get_session_info(&config);
        batch.modify_session(&config, &SessionChange::new().send_seq(true));
    }
    let mut deletions = Batch::new();
    deletions.wait_for_deletions(Duration::from_mins(1));
    for id in 1..=1_000 {
        deletions.delete_session((TunnelId(1), SessionId(id)));
    }
    for guards in [false, true] {
        conn.set_guards(guards);
        for run in 1..=3 {
            let (allocations, report) = count(|| conn.run(&mut batch));
            report?.into_result()?;
            ensure!(run == 1 || allocations == 0, "guards {guards}: {allocations}");
            conn.run(&mut deletions)?.into_result()?;
        }
    }
    // Filling it again needs no more, either.
    let config = SessionConfig::new(&tunnel.config(), PseudowireType::Ppp, 1, 1);
    let (allocations, ()) = count(|| {
        batch.clear();
        for _ in 0..1_000 {
            batch.create_session(&config);
        }
    });
    ensure!(allocations == 0, "{allocations}");
    Ok(())
}

fn an_event_allocates_nothing() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let mut events = Events::open_in(net.netns())?;
    for number in 1..=4 {
        let round = net.run(|| Round::new(number))?;
        conn.create_managed_tunnel(&round.socket, &round.managed)?;
        let (allocations, event) = count(|| events.next_event());
        event?;
        ensure!(number == 1 || allocations == 0, "{allocations}");
    }
    Ok(())
}

fn an_async_event_allocates_nothing() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let runtime = runtime()?;
    let mut events = runtime.block_on(l2tp::tokio::Events::open_in(net.netns()))?;
    for number in 1..=4 {
        let round = net.run(|| Round::new(number))?;
        conn.create_managed_tunnel(&round.socket, &round.managed)?;
        let (allocations, event) = count(|| runtime.block_on(events.next_event()));
        event?;
        ensure!(number == 1 || allocations == 0, "{allocations}");
    }
    Ok(())
}

/// It lists everything again and again meanwhile.
fn a_follower_that_finds_nothing_new_allocates_nothing() -> Result<()> {
    let net = Net::new()?;
    fill(&mut net.conn()?)?;
    let mut follower = Follower::open_in(net.netns(), Duration::from_millis(20))?;
    for _ in 0..=SESSIONS {
        follower.next_change()?;
    }
    let mut pass = |time| follower.next_within(time);
    let before = pass(Duration::from_secs(1))?;
    ensure!(before.is_none(), "{before:?}");
    let (allocations, change) = count(|| pass(Duration::from_secs(1)));
    ensure!(change?.is_none() && allocations == 0, "{allocations} allocations");
    Ok(())
}

/// For the note of what it has to ask the kernel.
fn a_change_that_is_followed_allocates_once() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    fill(&mut conn)?;
    let mut follower = Follower::open_in(net.netns(), Duration::MAX)?;
    for _ in 0..=SESSIONS {
        follower.next_change()?;
    }
    for number in 1..=4 {
        let change = SessionChange::new().send_seq(number % 2 == 1);
        conn.modify_session((TunnelId(1), SessionId(1)), &change)?;
        let (allocations, change) = count(|| follower.next_change());
        let change = change?;
        ensure!(matches!(change, Change::Changed { .. }), "{change}");
        ensure!(number == 1 || allocations <= 1, "{allocations}");
    }
    Ok(())
}
