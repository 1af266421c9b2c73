//! The kernel's own faults, shown without the library: it guards against them only as long as
//! they are there.

use anyhow::{Result, bail, ensure};
use l2tp::netlink::extack::KernelError;
use l2tp::{Error, ErrorKind, TunnelConfig, TunnelId};
use netlink_sys::Socket;

use crate::support::{
    Expected, NOTIFIES_WITHOUT_ERRORS, Net, Raw, Variant, ensure_fails, put_session, put_tunnel,
    tests,
};

tests![
    a_session_id_is_unique.before(6, 12, "newer kernels accept a second session of the same id"),
    a_session_id_can_be_taken_twice.since(6, 12, "older kernels refuse the second one"),
    a_full_listener_makes_commands_fail
        .exclusive()
        .without(&NOTIFIES_WITHOUT_ERRORS, "it has the change that keeps the error to itself"),
    a_full_listener_affects_no_command
        .exclusive()
        .with(&NOTIFIES_WITHOUT_ERRORS, "it lacks the change that keeps the error to itself"),
];

/// A UDP tunnel with the Ethernet session 10.
fn with_session() -> Result<(Net, Raw)> {
    let net = Net::new()?;
    let mut raw = Raw::open(&net)?;
    raw.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| put_tunnel(out, 3, 1))??;
    raw.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| put_session(out, 1, 10))??;
    Ok((net, raw))
}

fn errno(outcome: Result<(), KernelError>) -> Result<i32> {
    match outcome {
        Ok(()) => bail!("the kernel accepted it"),
        Err(error) => Ok(error.errno()),
    }
}

fn a_session_id_is_unique() -> Result<()> {
    let (_net, mut raw) = with_session()?;
    let again = raw.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| put_session(out, 1, 10))?;
    ensure!(errno(again)? == libc::EEXIST);
    Ok(())
}

/// Each has its interface; a listing has one of them.
fn a_session_id_can_be_taken_twice() -> Result<()> {
    let (net, mut raw) = with_session()?;
    raw.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| put_session(out, 1, 10))??;
    ensure!(net.has("l2tpeth0")? && net.has("l2tpeth1")?);
    let rows = raw.rows(l2tp_sys::L2TP_CMD_SESSION_GET, |_| Ok(()))?;
    ensure!(rows == 1, "{rows} rows");
    Ok(())
}

/// A program that listens, never reads, and wants others to know.
fn deaf_listener(net: &Net) -> Result<Socket> {
    let group = Raw::open(net)?.group();
    net.run(|| {
        let mut socket = Socket::new(netlink_sys::protocols::NETLINK_GENERIC)?;
        socket.bind_auto()?;
        socket.set_rx_buf_sz(1_i32)?;
        socket.set_broadcast_error(true)?;
        socket.add_membership(group)?;
        Ok(socket)
    })
}

/// The outcome of a creation once the listener's buffer is full, and whether its work is done.
fn create_with_a_full_listener() -> Result<(Result<(), Error>, bool)> {
    let net = Net::new()?;
    let deaf = deaf_listener(&net)?;
    let variant = Variant::PLAIN;
    let mut conn = net.conn()?;
    // They fill its buffer; whether they succeed is not what is asked here.
    for id in 2..6 {
        let config = TunnelConfig::new(variant.version, variant.encap, id, id);
        let _ = conn.create_static_tunnel("127.0.0.1:0".parse()?, variant.peer(), &config);
    }
    let outcome = conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config());
    let overrun = deaf.recv(&mut Vec::with_capacity(1), libc::MSG_DONTWAIT).map(drop);
    let errno = overrun.as_ref().err().and_then(std::io::Error::raw_os_error);
    ensure!(errno == Some(libc::ENOBUFS), "the listener has missed nothing: {overrun:?}");
    Ok((outcome, conn.get_tunnel_info(TunnelId(1)).is_ok()))
}

fn a_full_listener_makes_commands_fail() -> Result<()> {
    let (outcome, done) = create_with_a_full_listener()?;
    ensure_fails(
        outcome,
        &Expected {
            errno: Some(libc::ENOBUFS),
            kind: ErrorKind::Other,
            texts: &[
                "create static tunnel 1",
                "could not notify a listener",
                "that the kernel has executed",
            ],
        },
    )?;
    ensure!(done, "its work is not done");
    Ok(())
}

fn a_full_listener_affects_no_command() -> Result<()> {
    let (outcome, done) = create_with_a_full_listener()?;
    outcome?;
    ensure!(done);
    Ok(())
}
