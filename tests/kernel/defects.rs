//! The kernel's own faults, shown without the library: it guards against them only as long as
//! they are there.

use anyhow::{Result, bail, ensure};
use l2tp::netlink::extack::KernelError;

use crate::support::{Net, Raw, eventually, put, put_session, put_tunnel, tests};

tests![
    a_session_id_is_unique.before(6, 12, "newer kernels accept a second session of the same id"),
    a_session_id_can_be_taken_twice.since(6, 12, "older kernels refuse the second one"),
    a_wrong_tunnel_id_finds_nothing.before(6, 12, "newer kernels look in every tunnel"),
    a_wrong_tunnel_id_may_delete_the_session.since(6, 12, "older kernels look in the tunnel named"),
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

/// Some stable kernels look in the tunnel named, as the old ones do.
fn a_wrong_tunnel_id_may_delete_the_session() -> Result<()> {
    let (net, mut raw) = two_tunnels()?;
    match delete_of_the_other_tunnel(&mut raw)? {
        Err(error) => ensure!(error.errno() == libc::ENODEV, "{error}"),
        Ok(()) => eventually("session 10 is gone from tunnel 1", || {
            let left = net.ip_json("l2tp show session")?;
            ensure!(left.as_array().is_some_and(Vec::is_empty), "{left}");
            Ok(())
        })?,
    }
    Ok(())
}
