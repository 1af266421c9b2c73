//! What an operation costs: two system calls, one to ask and one to hear; and what a wait costs.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::host::wait_for_address;
use l2tp::{Batch, Conn, ErrorKind, PseudowireType, SessionConfig, SessionId, TunnelId};

use crate::support::{Helper, Net, Variant, helper, run, tests};

tests![
    an_operation_is_two_system_calls,
    a_guarded_operation_is_two_more,
    an_async_operation_is_two_system_calls,
    a_batch_of_a_hundred_is_sent_in_few,
    opening_is_five_system_calls_after_the_socket,
    a_wait_pauses_for_a_tenth_to_twenty_milliseconds,
];

pub(crate) const HELPERS: &[Helper] = &[
    ("open_100_times", || open(100)),
    ("open_200_times", || open(200)),
    ("operate_100_times", || operate(100, false)),
    ("operate_200_times", || operate(200, false)),
    ("operate_guarded_100_times", || operate(100, true)),
    ("operate_guarded_200_times", || operate(200, true)),
    ("batch_of_0", || batch(0)),
    ("batch_of_100", || batch(100)),
    ("operate_async_100_times", || operate_async(100)),
    ("operate_async_200_times", || operate_async(200)),
    ("retry", retry),
    ("wait_for_no_address", wait_for_no_address),
];

/// Opens connections and leaves them open.
fn open(count: usize) -> Result<()> {
    let conns: Vec<Conn> = (0..count).map(|_| Conn::open()).collect::<Result<_, _>>()?;
    std::mem::forget(conns);
    Ok(())
}

/// The operations of one round of [`operate`], and those of them that guards look before.
const OPERATIONS: usize = 5;
const GUARDED: usize = 2;

/// Makes a connection, brings it to its steady state, then performs every operation `rounds` times.
fn operate(rounds: u32, guards: bool) -> Result<()> {
    let variant = Variant::PLAIN;
    let mut conn = Conn::open()?;
    conn.set_guards(guards);
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    let session = |id| SessionConfig::new(&variant.config(), PseudowireType::Ppp, id, 20);
    conn.create_session(&session(10))?;
    for round in 0..rounds {
        let config = session(11 + round);
        conn.noop()?;
        conn.create_session(&config)?;
        conn.get_tunnel_info(TunnelId(1))?;
        conn.get_session_info((TunnelId(1), SessionId(10)))?;
        conn.delete_session(&config)?;
    }
    Ok(())
}

/// Creates a tunnel, and sessions in it by a batch.
fn batch(sessions: u32) -> Result<()> {
    let variant = Variant::PLAIN;
    let mut conn = Conn::open()?;
    conn.set_guards(false);
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    let mut batch = Batch::new();
    for id in 1..=sessions {
        batch.create_session(&SessionConfig::new(&variant.config(), PseudowireType::Ppp, id, id));
    }
    let report = conn.run(&mut batch)?;
    ensure!(report.is_ok() && report.results().len() == usize::try_from(sessions)?, "{report:?}");
    Ok(())
}

/// [`operate`] without guards, on an async connection.
fn operate_async(rounds: u32) -> Result<()> {
    let variant = Variant::PLAIN;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut conn = l2tp::tokio::Conn::open().await?;
        conn.set_guards(false);
        conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config()).await?;
        let session = |id| SessionConfig::new(&variant.config(), PseudowireType::Ppp, id, 20);
        conn.create_session(&session(10)).await?;
        for round in 0..rounds {
            let config = session(11 + round);
            conn.noop().await?;
            conn.create_session(&config).await?;
            conn.get_tunnel_info(TunnelId(1)).await?;
            conn.get_session_info((TunnelId(1), SessionId(10))).await?;
            conn.delete_session(&config).await?;
        }
        Ok(())
    })
}

/// How long a wait for what will not come lasts: many of the longest pauses.
const LIMIT: Duration = Duration::from_secs(1);

fn retry() -> Result<()> {
    let mut conn = Conn::open()?;
    let outcome =
        conn.retry_while(ErrorKind::NotFound, LIMIT, |conn| conn.get_tunnel_info(TunnelId(9)));
    ensure!(outcome.as_ref().is_err_and(l2tp::Error::is_not_found), "{outcome:?}");
    Ok(())
}

fn wait_for_no_address() -> Result<()> {
    let outcome = wait_for_address("192.0.2.9:1701".parse::<std::net::SocketAddr>()?, LIMIT);
    ensure!(outcome.is_err(), "the address is here");
    Ok(())
}

/// The system calls of a helper's whole life of which strace is to write a line.
fn traced(name: &str, which: &str) -> Result<String> {
    let net = Net::new()?;
    let log = format!("/tmp/strace.{name}");
    let command = helper(name)?;
    net.run(|| {
        run(Command::new("strace")
            .args(["-f", "-e", which, "-o", &log])
            .arg(command.get_program())
            .args(command.get_args()))
    })?;
    fs::read_to_string(&log).context(log)
}

/// The system calls of a helper's whole life, without those that find memory. Reading the clock is
/// one only where the processor's own cannot be read, as in some guests.
fn system_calls(name: &str) -> Result<usize> {
    Ok(traced(name, "trace=!clock_gettime,brk,mmap,munmap,mremap")?.lines().count())
}

fn an_operation_is_two_system_calls() -> Result<()> {
    let (once, twice) = (system_calls("operate_100_times")?, system_calls("operate_200_times")?);
    let operations = 100 * OPERATIONS;
    ensure!(twice - once == 2 * operations, "{} calls for {operations} operations", twice - once);
    Ok(())
}

/// The guard asks about the session before it is created or deleted.
fn a_guarded_operation_is_two_more() -> Result<()> {
    let calls =
        system_calls("operate_guarded_200_times")? - system_calls("operate_guarded_100_times")?;
    ensure!(calls == 100 * 2 * (OPERATIONS + GUARDED), "{calls} calls for 100 rounds");
    Ok(())
}

fn a_batch_of_a_hundred_is_sent_in_few() -> Result<()> {
    let sends = |name| anyhow::Ok(traced(name, "trace=sendto,sendmsg,sendmmsg")?.lines().count());
    let (none, all) = (sends("batch_of_0")?, sends("batch_of_100")?);
    ensure!(all > none && all - none <= 2, "{} sends", all - none);
    Ok(())
}

/// And one more every 128 operations: tokio's budget is used up, and the runtime looks around.
fn an_async_operation_is_two_system_calls() -> Result<()> {
    let once = system_calls("operate_async_100_times")?;
    let twice = system_calls("operate_async_200_times")?;
    let operations = 100 * OPERATIONS;
    let yields = (twice - once)
        .checked_sub(2 * operations)
        .with_context(|| format!("{} calls for {operations} operations", twice - once))?;
    ensure!(yields <= operations / 128 + 1, "{yields} calls more for {operations} operations");
    Ok(())
}

fn opening_is_five_system_calls_after_the_socket() -> Result<()> {
    let calls = system_calls("open_200_times")? - system_calls("open_100_times")?;
    ensure!(calls == 100 * (1 + 5), "{calls} calls for 100 connections");
    Ok(())
}

/// The pauses that a program asked the kernel for, in microseconds.
fn pauses(trace: &str) -> Result<Vec<u32>> {
    let calls = trace.lines().filter(|line| line.contains("nanosleep("));
    let pause = |line: &str| {
        let (_, time) = line.split_once("tv_nsec=")?;
        time.split_once('}')?.0.parse::<u32>().ok().map(|nanoseconds| nanoseconds / 1000)
    };
    calls.map(|line| pause(line).with_context(|| line.to_owned())).collect()
}

fn a_wait_pauses_for_a_tenth_to_twenty_milliseconds() -> Result<()> {
    let doubled = [100, 200, 400, 800, 1600, 3200, 6400, 12_800];
    for name in ["retry", "wait_for_no_address"] {
        let pauses = pauses(&traced(name, "trace=nanosleep,clock_nanosleep")?)?;
        let rest = pauses.strip_prefix(&doubled).with_context(|| format!("{name}: {pauses:?}"))?;
        let (last, rest) = rest.split_last().with_context(|| format!("{name}: {pauses:?}"))?;
        ensure!(!rest.is_empty() && *last <= 20_000, "{name}: {pauses:?}");
        ensure!(rest.iter().all(|pause| *pause == 20_000), "{name}: {pauses:?}");
        let waited: u32 = pauses.iter().sum();
        ensure!(u128::from(waited) <= LIMIT.as_micros(), "{name}: {waited} µs");
    }
    Ok(())
}
