//! Opening a connection: with the module, without it, and after it has been reloaded.

use std::fs::File;
use std::process::Command;

use anyhow::{Result, ensure};
use l2tp::{Conn, EncapType, ErrorKind, ProtocolVersion, TunnelConfig};

use crate::support::{
    Expected, Helper, Net, Raw, refused, run, run_unprivileged, tests, unload_family,
    without_autoload,
};

tests![
    probes,
    a_module_that_is_not_there_is_explained.exclusive(),
    a_connection_survives_a_reload_of_the_module.exclusive(),
    namespaces_see_only_their_own,
    a_process_without_descriptors_is_told,
];

pub(crate) const HELPERS: &[Helper] = &[("run_out_of_descriptors", run_out_of_descriptors)];

fn probes() -> Result<()> {
    let net = Net::new()?;
    net.conn()?.noop()?;
    Ok(())
}

fn a_module_that_is_not_there_is_explained() -> Result<()> {
    unload_family()?;
    refused(
        without_autoload(Conn::open)?,
        &Expected {
            errno: Some(libc::ENOENT),
            kind: ErrorKind::Unsupported,
            says: &["no L2TP (ENOENT)", "modprobe l2tp_netlink", "CONFIG_L2TP_V3"],
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
    refused(
        other.conn()?.get_tunnel_info(tunnel.tunnel_id),
        &Expected {
            errno: Some(libc::ENODEV),
            kind: ErrorKind::NotFound,
            says: &["get tunnel 1: no such tunnel (ENODEV)"],
        },
    )?;
    let listed = one.ip_json("l2tp show tunnel")?;
    ensure!(listed[0]["tunnel_id"] == 1, "{listed}");
    Ok(())
}

fn a_process_without_descriptors_is_told() -> Result<()> {
    run_unprivileged(&Net::new()?, "run_out_of_descriptors").map(drop)
}

fn run_out_of_descriptors() -> Result<()> {
    let mut open = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        open.push(file);
    }
    refused(
        Conn::open(),
        &Expected {
            errno: Some(libc::EMFILE),
            kind: ErrorKind::Other,
            says: &["open a connection", "too many open files", "raise `ulimit -n`"],
        },
    )?;
    // With a descriptor again it goes on.
    open.pop();
    Conn::open()?;
    Ok(())
}
