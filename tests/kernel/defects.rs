//! The kernel's own faults, shown without the library: it guards against them only as long as
//! they are there.

use anyhow::{Result, bail, ensure};
use l2tp::netlink::extack::KernelError;
use l2tp::{Error, ErrorKind, TunnelConfig, TunnelId};
use netlink_sys::Socket;

use crate::support::{
    Expected, LOOKS_IN_THE_TUNNEL_NAMED, NOTIFIES_WITHOUT_ERRORS, Net, Raw, Variant, eventually,
    put, put_session, put_tunnel, refused, tests,
};

tests![
    a_session_id_is_unique.before(6, 12, "newer kernels accept a second session of the same id"),
    a_session_id_can_be_taken_twice.since(6, 12, "older kernels refuse the second one"),
    a_wrong_tunnel_id_finds_nothing.with(&LOOKS_IN_THE_TUNNEL_NAMED, "it looks in every tunnel"),
    a_wrong_tunnel_id_deletes_the_session
        .without(&LOOKS_IN_THE_TUNNEL_NAMED, "it looks in the tunnel named"),
    a_deaf_listener_fails_commands
        .exclusive()
        .without(&NOTIFIES_WITHOUT_ERRORS, "it has the change that keeps the error to itself"),
    a_deaf_listener_fails_nothing
        .exclusive()
        .with(&NOTIFIES_WITHOUT_ERRORS, "it lacks the change that keeps the error to itself"),
];

/// Two UDP tunnels, 1 and 2; the first has session 10.
fn two_tunnels() -> Result<(Net, Raw)> {
    let net = Net::new()?;
    let mut raw = Raw::open(&net)?;
    for id in [1, 2] {
        raw.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| put_tunnel(out, 3, id))??;
    }
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
    let (_net, mut raw) = two_tunnels()?;
    let again = raw.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| put_session(out, 1, 10))?;
    ensure!(errno(again)? == libc::EEXIST);
    Ok(())
}

fn a_session_id_can_be_taken_twice() -> Result<()> {
    let (_net, mut raw) = two_tunnels()?;
    raw.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| put_session(out, 1, 10))??;
    Ok(())
}

/// Deletes session 10 of tunnel 2, which has none.
fn delete_of_the_other_tunnel(raw: &mut Raw) -> Result<Result<(), KernelError>> {
    raw.command(l2tp_sys::L2TP_CMD_SESSION_DELETE, |out| {
        put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &2u32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_SESSION_ID, &10u32.to_ne_bytes())
    })
}

fn a_wrong_tunnel_id_finds_nothing() -> Result<()> {
    let (_net, mut raw) = two_tunnels()?;
    ensure!(errno(delete_of_the_other_tunnel(&mut raw)?)? == libc::ENODEV);
    Ok(())
}

fn a_wrong_tunnel_id_deletes_the_session() -> Result<()> {
    let (net, mut raw) = two_tunnels()?;
    delete_of_the_other_tunnel(&mut raw)??;
    eventually("session 10 is gone from tunnel 1", || {
        let left = net.ip_json("l2tp show session")?;
        ensure!(left.as_array().is_some_and(Vec::is_empty), "{left}");
        Ok(())
    })
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
fn create_before_the_deaf() -> Result<(Result<(), Error>, bool)> {
    let net = Net::new()?;
    let _deaf = deaf_listener(&net)?;
    let variant = Variant::PLAIN;
    let mut conn = net.conn()?;
    // They fill its buffer; whether they succeed is not what is asked here.
    for id in 2..6 {
        let config = TunnelConfig::new(variant.version, variant.encap, id, id);
        let _ = conn.create_static_tunnel("127.0.0.1:0".parse()?, variant.peer(), &config);
    }
    let outcome = conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config());
    Ok((outcome, conn.get_tunnel_info(TunnelId(1)).is_ok()))
}

fn a_deaf_listener_fails_commands() -> Result<()> {
    let (outcome, done) = create_before_the_deaf()?;
    refused(
        outcome,
        &Expected {
            errno: Some(libc::ENOBUFS),
            kind: ErrorKind::Other,
            says: &["create static tunnel 1", "could not notify a listener", "whose work is done"],
        },
    )?;
    ensure!(done, "its work is not done");
    Ok(())
}

fn a_deaf_listener_fails_nothing() -> Result<()> {
    let (outcome, done) = create_before_the_deaf()?;
    outcome?;
    ensure!(done);
    Ok(())
}
