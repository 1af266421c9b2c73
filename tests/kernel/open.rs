//! Opening a connection: with the module, without it, and after it has been reloaded.

use std::fs;
use std::process::Command;

use anyhow::{Result, ensure};
use l2tp::{Conn, EncapType, ErrorKind, ProtocolVersion, TunnelConfig};

use crate::support::{Expected, Net, Raw, eventually, refused, run, tests};

tests![
    probes,
    a_module_that_is_not_there_is_explained.exclusive(),
    a_connection_survives_a_reload_of_the_module.exclusive(),
    namespaces_see_only_their_own,
];

/// Where the kernel keeps the program that it loads modules with.
const MODPROBE: &str = "/proc/sys/kernel/modprobe";

fn probes() -> Result<()> {
    let net = Net::new()?;
    net.conn()?.noop()?;
    Ok(())
}

/// Unloads the module of the family, with what depends on it.
pub(crate) fn unload() -> Result<()> {
    // Namespaces of earlier tests are taken down behind their backs and hold it for a while.
    eventually("unload l2tp_netlink", || {
        run(Command::new("modprobe").args(["-r", "l2tp_eth", "l2tp_ppp", "l2tp_netlink"]))
    })?;
    Ok(())
}

fn a_module_that_is_not_there_is_explained() -> Result<()> {
    let modprobe = fs::read_to_string(MODPROBE)?;
    unload()?;
    fs::write(MODPROBE, "/bin/false")?;
    let outcome = Conn::open();
    fs::write(MODPROBE, modprobe.trim_end())?;
    refused(
        outcome,
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
    unload()?;
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
