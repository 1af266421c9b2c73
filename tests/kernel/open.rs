//! Opening a connection: with the module, without it, and after it has been reloaded.

use std::fs::{self, File};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use l2tp::host::Links;
use l2tp::{Batch, Conn, EncapType, ErrorKind, Events, Follower, ProtocolVersion, TunnelConfig};

use crate::support::{
    Expected, Helper, Net, Raw, create_tunnel, ensure_fails, eventually, fresh_tunnel, helper, run,
    run_unprivileged, session_of, tests, unload_family, without_autoload,
};

tests![
    probes,
    a_module_that_is_not_there_is_explained.exclusive(),
    a_connection_survives_a_reload_of_the_module.exclusive(),
    namespaces_see_only_their_own,
    a_process_without_free_descriptors_gets_an_error,
    no_thread_is_left_running,
];

pub(crate) const HELPERS: &[Helper] =
    &[("run_out_of_descriptors", run_out_of_descriptors), ("count_threads", count_threads)];

fn probes() -> Result<()> {
    let net = Net::new()?;
    net.conn()?.noop()?;
    Ok(())
}

fn a_module_that_is_not_there_is_explained() -> Result<()> {
    unload_family()?;
    ensure_fails(
        without_autoload(Conn::open)?,
        &Expected {
            errno: Some(libc::ENOENT),
            kind: ErrorKind::Unsupported,
            texts: &["no L2TP family (ENOENT)", "modprobe l2tp_netlink", "CONFIG_L2TP_V3"],
        },
    )
}

/// The number of a family is chosen when its module is loaded, never the same twice in a row.
fn a_connection_survives_a_reload_of_the_module() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let before = Raw::open(&net)?.family();
    unload_family()?;
    run(Command::new("modprobe").arg("l2tp_netlink"))?;
    let after = Raw::open(&net)?.family();
    ensure!(before != after, "the family kept its number {before}: nothing was tested");
    conn.noop()?;
    Ok(())
}

fn namespaces_see_only_their_own() -> Result<()> {
    let (one, other) = (Net::new()?, Net::new()?);
    let tunnel = TunnelConfig::new(ProtocolVersion::V3, EncapType::Udp, 1, 2);
    one.conn()?.create_static_tunnel(
        "127.0.0.1:5000".parse()?,
        "127.0.0.1:5001".parse()?,
        &tunnel,
    )?;
    one.conn()?.get_tunnel_info(tunnel.tunnel_id)?;
    ensure_fails(
        other.conn()?.get_tunnel_info(tunnel.tunnel_id),
        &Expected::not_found(&["get tunnel 1: no such tunnel (ENODEV)"]),
    )?;
    let listed = one.ip_json("l2tp show tunnel")?;
    ensure!(listed[0]["tunnel_id"] == 1, "{listed}");
    Ok(())
}

fn no_thread_is_left_running() -> Result<()> {
    run(&mut helper("count_threads")?).map(drop)
}

/// What opens in another namespace does so on a thread that ends with it.
fn count_threads() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    let (_events, _follower) =
        (Events::open_in(net.netns())?, Follower::open_in(net.netns(), Duration::from_secs(1))?);
    let _links = Links::open_in(net.netns())?;
    ensure!(conn.run(Batch::new().create_session(&session_of(&tunnel, 10)))?.is_ok());
    conn.delete_tunnel(tunnel.tunnel_id)?;
    // A thread that has ended is listed for a moment yet.
    eventually("no other thread is left", || {
        let threads = fs::read_dir("/proc/self/task")?.count();
        ensure!(threads == 1, "{threads} threads");
        Ok(())
    })
}

fn a_process_without_free_descriptors_gets_an_error() -> Result<()> {
    run_unprivileged(&Net::new()?, "run_out_of_descriptors").map(drop)
}

fn run_out_of_descriptors() -> Result<()> {
    let mut open = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        open.push(file);
    }
    ensure_fails(
        Conn::open(),
        &Expected {
            errno: Some(libc::EMFILE),
            kind: ErrorKind::Other,
            texts: &["open a connection", "too many open files", "raise `ulimit -n`"],
        },
    )?;
    // With a descriptor again it goes on.
    open.pop();
    Conn::open()?;
    Ok(())
}
