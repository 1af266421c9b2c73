//! Kernel modules: loaded when they are needed, missing, and taken away.

use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use l2tp::{Conn, ErrorKind, PseudowireType, SessionConfig};

use crate::support::{
    Expected, NAMES_TYPE_AND_PROTOCOL, Net, Raw, Variant, ensure_fails, is_loaded, run, tests,
    unload, versions_are_read, without_autoload,
};

tests![
    are_loaded_when_needed.exclusive(),
    a_family_taken_away_is_explained.exclusive(),
    an_outdated_family_number_is_rejected.exclusive(),
    a_missing_pseudowire_is_explained.exclusive(),
    a_missing_encapsulation_is_explained.exclusive(),
    soft_dependencies_are_loaded.exclusive(),
    aliases_name_type_and_protocol
        .with(&NAMES_TYPE_AND_PROTOCOL, "its modules have them the other way round"),
    aliases_have_type_and_protocol_the_other_way_round
        .without(&NAMES_TYPE_AND_PROTOCOL, "its modules have them as the kernel asks for them"),
    versions_are_read,
];

/// Everything of L2TP that the kernel loads by itself; what depends on others stands first.
const ALL: &[&str] = &["l2tp_eth", "l2tp_ppp", "l2tp_ip6", "l2tp_ip", "l2tp_netlink"];

fn are_loaded_when_needed() -> Result<()> {
    unload(ALL)?;
    let net = Net::new()?;
    let mut conn = net.conn()?;
    ensure!(is_loaded("l2tp_netlink")? && !is_loaded("l2tp_ip")? && !is_loaded("l2tp_eth")?);
    let variant = Variant::V3_IP4;
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    ensure!(is_loaded("l2tp_ip")? && !is_loaded("l2tp_eth")? && !is_loaded("l2tp_ppp")?);
    for (pseudowire, module) in
        [(PseudowireType::Eth, "l2tp_eth"), (PseudowireType::Ppp, "l2tp_ppp")]
    {
        let id = u32::from(u16::from(pseudowire));
        conn.create_session(&SessionConfig::new(&variant.config(), pseudowire, id, id))?;
        ensure!(is_loaded(module)?, "{module}");
    }
    Ok(())
}

const NO_FAMILY: Expected<'_> = Expected {
    errno: Some(libc::ENOENT),
    kind: ErrorKind::Unsupported,
    texts: &["no L2TP family (ENOENT)", "modprobe l2tp_netlink", "CONFIG_L2TP_V3"],
};

fn a_family_taken_away_is_explained() -> Result<()> {
    let mut conn = Conn::open()?;
    unload(ALL)?;
    ensure_fails(without_autoload(|| conn.noop())?, &NO_FAMILY)?;
    // Nor is the connection lost.
    conn.noop().context("with the module again")
}

fn a_missing_pseudowire_is_explained() -> Result<()> {
    unload(ALL)?;
    let net = Net::new()?;
    let variant = Variant::PLAIN;
    let mut conn = net.conn()?;
    conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())?;
    for pseudowire in [PseudowireType::Eth, PseudowireType::Ppp] {
        let session = SessionConfig::new(&variant.config(), pseudowire, 10, 20);
        ensure_fails(
            without_autoload(|| conn.create_session(&session))?,
            &Expected {
                errno: Some(libc::EPROTONOSUPPORT),
                kind: ErrorKind::Unsupported,
                texts: &[
                    "create session 10 in tunnel 1: pseudowire type not supported \
                     (EPROTONOSUPPORT)",
                    "`modprobe l2tp_eth` for Ethernet, `modprobe l2tp_ppp` for PPP",
                ],
            },
        )?;
    }
    Ok(())
}

fn a_missing_encapsulation_is_explained() -> Result<()> {
    unload(ALL)?;
    let net = Net::new()?;
    let mut conn = net.conn()?;
    for variant in [Variant::V3_IP4, Variant::V3_IP6] {
        ensure_fails(
            without_autoload(|| {
                conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config())
            })?,
            &Expected {
                errno: Some(libc::EPROTONOSUPPORT),
                kind: ErrorKind::Unsupported,
                texts: &[
                    "create static tunnel 1: the encapsulation is not supported \
                     (EPROTONOSUPPORT)",
                    "`modprobe l2tp_ip` (l2tp_ip6 for IPv6)",
                ],
            },
        )?;
    }
    Ok(())
}

/// Which is why the library asks for the number again before it gives up.
fn an_outdated_family_number_is_rejected() -> Result<()> {
    let net = Net::new()?;
    let mut raw = Raw::open(&net)?;
    unload(ALL)?;
    net.conn()?.noop().context("the family has a new number")?;
    match raw.command(l2tp_sys::L2TP_CMD_NOOP, |_| Ok(()))? {
        Err(error) => ensure!(error.errno() == libc::ENOENT, "{error}"),
        Ok(()) => bail!("the family kept its number: nothing was tested"),
    }
    Ok(())
}

/// The guest's modules are as complete as an installed system's: `nf_tables` of some kernels needs
/// `libcrc32c`, which needs an algorithm that only a soft dependency names.
fn soft_dependencies_are_loaded() -> Result<()> {
    run(Command::new("modprobe").arg("nf_tables"))?;
    ensure!(is_loaded("nf_tables")?);
    Ok(())
}

/// The modules that an alias leads to.
fn resolved(alias: &str) -> Result<String> {
    let output = Command::new("modprobe").args(["-R", alias]).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// What the kernel asks for when a socket of L2TP/IP is opened, the more specific alias first:
/// family, protocol 115 and type 2 (`SOCK_DGRAM`).
const SOCKETS: [(&str, &str); 2] = [("net-pf-2", "l2tp_ip"), ("net-pf-10", "l2tp_ip6")];

fn aliases_name_type_and_protocol() -> Result<()> {
    for (family, module) in SOCKETS {
        for alias in [format!("{family}-proto-115-type-2"), format!("{family}-proto-115")] {
            ensure!(resolved(&alias)? == module, "{alias}: {}", resolved(&alias)?);
        }
    }
    Ok(())
}

fn aliases_have_type_and_protocol_the_other_way_round() -> Result<()> {
    for (family, module) in SOCKETS {
        let asked = format!("{family}-proto-115-type-2");
        ensure!(resolved(&asked)?.is_empty(), "{asked}: {}", resolved(&asked)?);
        for alias in [format!("{family}-proto-2-type-115"), format!("{family}-proto-115")] {
            ensure!(resolved(&alias)? == module, "{alias}: {}", resolved(&alias)?);
        }
    }
    Ok(())
}
