//! What an operation costs: two system calls, one to ask and one to hear.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use l2tp::{Conn, PseudowireType, SessionConfig, SessionId, TunnelId};

use crate::support::{Helper, Net, Variant, helper, run, tests};

tests![
    an_operation_is_two_system_calls,
    an_async_operation_is_two_system_calls,
    opening_is_five_system_calls_after_the_socket,
];

pub(crate) const HELPERS: &[Helper] = &[
    ("open_100_times", || open(100)),
    ("open_200_times", || open(200)),
    ("operate_100_times", || operate(100)),
    ("operate_200_times", || operate(200)),
    ("operate_async_100_times", || operate_async(100)),
    ("operate_async_200_times", || operate_async(200)),
];

/// Opens connections and leaves them open.
fn open(count: usize) -> Result<()> {
    let conns: Vec<Conn> = (0..count).map(|_| Conn::open()).collect::<Result<_, _>>()?;
    std::mem::forget(conns);
    Ok(())
}

/// The operations of one round of [`operate`].
const OPERATIONS: usize = 5;

/// Makes a connection, brings it to its steady state, then performs every operation `rounds` times.
fn operate(rounds: u32) -> Result<()> {
    let variant = Variant::PLAIN;
    let mut conn = Conn::open()?;
    // A guarded operation asks the kernel a question of its own before it acts.
    conn.set_guards(false);
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

/// The same on an async connection.
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

/// The system calls of a helper's whole life, without those that find memory. Reading the clock is
/// one only where the processor's own cannot be read, as in some guests.
fn system_calls(name: &str) -> Result<usize> {
    let net = Net::new()?;
    let log = format!("/tmp/strace.{name}");
    let command = helper(name)?;
    net.run(|| {
        run(Command::new("strace")
            .args(["-f", "-e", "trace=!clock_gettime,brk,mmap,munmap,mremap", "-o", &log])
            .arg(command.get_program())
            .args(command.get_args()))
    })?;
    Ok(fs::read_to_string(&log).context(log)?.lines().count())
}

fn an_operation_is_two_system_calls() -> Result<()> {
    let (once, twice) = (system_calls("operate_100_times")?, system_calls("operate_200_times")?);
    let operations = 100 * OPERATIONS;
    ensure!(twice - once == 2 * operations, "{} calls for {operations} operations", twice - once);
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
