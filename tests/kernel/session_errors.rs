//! Every way in which the kernel refuses a session, as the library tells it.

use anyhow::{Context, Result, ensure};
use l2tp::{
    Batch, Conn, EncapType, ErrorKind, IfName, ProtocolVersion, PseudowireType, SessionConfig,
    SessionId, SessionKey, TunnelConfig, TunnelId,
};

use crate::support::{Expected, Net, Outcome, Raw, Variant, ensure_fails, put_ids, tests};

tests![
    a_tunnel_that_is_not_there,
    an_id_in_use for Variant::ALL,
    the_kernel_itself_rejects_an_id_in_use for UNSHARED,
    the_kernel_itself_does_not_find_an_unknown_session for Variant::ALL,
    an_id_of_another_tunnel_over_ip,
    an_id_of_a_tunnel_over_ip,
    an_id_of_another_tunnel_over_udp_is_free,
    an_interface_name_in_use,
    ethernet_in_a_tunnel_of_version_2,
    an_unknown_session,
    an_unknown_interface,
];

/// A namespace with a tunnel of each of these variants: 1, 3, 5 …
fn tunnels(variants: &[Variant]) -> Result<(Net, Conn, Vec<TunnelConfig>)> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let mut configs = Vec::new();
    for (variant, id) in variants.iter().zip((1..).step_by(2)) {
        let config = TunnelConfig::new(variant.version, variant.encap, id, id + 1);
        let mut local = variant.local();
        if config.encap == EncapType::Udp {
            local.set_port(0);
        }
        conn.create_static_tunnel(local, variant.peer(), &config)?;
        configs.push(config);
    }
    Ok((net, conn, configs))
}

/// An Ethernet session, or a PPP session where only that is possible.
fn session(tunnel: &TunnelConfig, id: u32) -> SessionConfig {
    let pseudowire = match tunnel.version {
        ProtocolVersion::V2 => PseudowireType::Ppp,
        _ => PseudowireType::Eth,
    };
    SessionConfig::new(tunnel, pseudowire, id, 20)
}

fn a_tunnel_that_is_not_there() -> Result<()> {
    let net = Net::new()?;
    ensure_fails(
        net.conn()?.create_session(&session(&Variant::PLAIN.config(), 10)),
        &Expected {
            errno: Some(libc::ENODEV),
            kind: ErrorKind::NotFound,
            texts: &[
                "create session 10 in tunnel 1: no such tunnel (ENODEV)",
                "create the tunnel first: a session names it by its local id",
            ],
        },
    )
}

const IN_USE: Expected<'_> = Expected {
    errno: Some(libc::EEXIST),
    kind: ErrorKind::Exists,
    texts: &[
        "create session 1",
        "the session id is in use (EEXIST)",
        "ids are unique in their tunnel",
        "until the kernel has released them",
    ],
};

/// On kernels that would accept it, the library looks first.
fn an_id_in_use(variant: Variant) -> Result<()> {
    let (_net, mut conn, tunnels) = tunnels(&[variant])?;
    let config = session(&tunnels[0], 10);
    conn.create_session(&config)?;
    ensure_fails(conn.create_session(&config), &IN_USE)
}

/// The kinds in which every kernel refuses it, UDP tunnels of L2TPv3 left out.
const UNSHARED: [Variant; 4] =
    [Variant::V2_UDP4, Variant::V2_UDP6, Variant::V3_IP4, Variant::V3_IP6];

fn the_kernel_itself_rejects_an_id_in_use(variant: Variant) -> Result<()> {
    let (_net, mut conn, tunnels) = tunnels(&[variant])?;
    conn.set_guards(false);
    let config = session(&tunnels[0], 10);
    conn.create_session(&config)?;
    ensure_fails(conn.create_session(&config), &IN_USE)
}

/// Whatever it is asked to do with it.
fn the_kernel_itself_does_not_find_an_unknown_session(variant: Variant) -> Result<()> {
    let (net, ..) = tunnels(&[variant])?;
    let mut raw = Raw::open(&net)?;
    for command in [
        l2tp_sys::L2TP_CMD_SESSION_GET,
        l2tp_sys::L2TP_CMD_SESSION_MODIFY,
        l2tp_sys::L2TP_CMD_SESSION_DELETE,
    ] {
        for tunnel in [1, 9] {
            let outcome = raw.outcome(command, &|out| put_ids(out, tunnel, 10))?;
            ensure!(outcome == Outcome::Refused(libc::ENODEV), "command {command}: {outcome:?}");
        }
    }
    Ok(())
}

fn clash(first: Variant, second: Variant) -> Result<Result<(), l2tp::Error>> {
    let (_net, mut conn, tunnels) = tunnels(&[first, second])?;
    conn.set_guards(false);
    conn.create_session(&session(&tunnels[0], 10))?;
    Ok(conn.create_session(&session(&tunnels[1], 10)))
}

/// An IP packet names its session and no tunnel.
fn an_id_of_another_tunnel_over_ip() -> Result<()> {
    ensure_fails(clash(Variant::V3_IP4, Variant::V3_IP6)?, &IN_USE)
}

fn an_id_of_a_tunnel_over_ip() -> Result<()> {
    ensure_fails(clash(Variant::V3_IP4, Variant::V3_UDP4)?, &IN_USE)?;
    ensure_fails(clash(Variant::V3_UDP4, Variant::V3_IP4)?, &IN_USE)
}

fn an_id_of_another_tunnel_over_udp_is_free() -> Result<()> {
    Ok(clash(Variant::V3_UDP4, Variant::V3_UDP6)??)
}

/// The kernel gives one errno for both; the library looks which it is. Each attempt has an id of its
/// own: from 6.12 on a creation that is refused for its name keeps its id for a moment.
fn an_interface_name_in_use() -> Result<()> {
    let (net, mut conn, tunnels) = tunnels(&[Variant::V3_UDP4])?;
    let in_use = |texts| Expected { errno: Some(libc::EEXIST), kind: ErrorKind::Exists, texts };
    let mut ids = 11..;
    let mut named = |name: &str| -> Result<_> {
        let id = ids.next().context("an id")?;
        Ok(session(&tunnels[0], id).ifname(IfName::new(name)?))
    };
    let wire0 = &["the interface name wire0 is in use (EEXIST)", "the kernel has released them"];
    let veth0 = &["the interface name veth0 is in use (EEXIST)"];
    net.add_link("veth0 type veth peer name veth1")?;
    conn.create_session(&session(&tunnels[0], 10).ifname(IfName::new("wire0")?))?;
    for guards in [true, false] {
        conn.set_guards(guards);
        ensure_fails(conn.create_session(&named("wire0")?), &in_use(wire0))?;
        ensure_fails(conn.create_session(&named("veth0")?), &in_use(veth0))?;
        let mut batch = Batch::new();
        batch.create_session(&named("veth0")?);
        let outcome = conn.run(&mut batch)?.into_results().next().context("no result")?;
        ensure_fails(outcome, &in_use(veth0))?;
    }
    conn.set_guards(true);
    let wire1 = IfName::new("wire1")?;
    ensure_fails(conn.create_session(&session(&tunnels[0], 10).ifname(wire1)), &IN_USE)
}

/// The configuration says that the tunnel is of version 3; the kernel knows better.
fn ethernet_in_a_tunnel_of_version_2() -> Result<()> {
    let (_net, mut conn, tunnels) = tunnels(&[Variant::V2_UDP4])?;
    let mut config = session(&tunnels[0], 10);
    config.version = ProtocolVersion::V3;
    config.pseudowire = PseudowireType::Eth;
    ensure_fails(
        conn.create_session(&config),
        &Expected {
            errno: Some(libc::EPROTONOSUPPORT),
            kind: ErrorKind::Unsupported,
            texts: &[
                "create session 10 in tunnel 1: pseudowire type not supported (EPROTONOSUPPORT)",
                "the tunnel is an L2TPv2 tunnel, which carries PPP only",
            ],
        },
    )
}

fn not_found(conn: &mut Conn, key: SessionKey, what: &str) -> Result<()> {
    let get = conn.get_session_info(key).map(drop);
    for (verb, outcome) in [("get", get), ("delete", conn.delete_session(key))] {
        ensure_fails(
            outcome,
            &Expected {
                errno: Some(libc::ENODEV),
                kind: ErrorKind::NotFound,
                texts: &[
                    &format!("{verb} {what}: no such session (ENODEV)"),
                    "the tunnel does not exist, or it has no session with this id, or no session \
                     was created with this interface name",
                ],
            },
        )?;
    }
    Ok(())
}

/// Nor is it the session of that id of another tunnel, to which some kernels go.
fn an_unknown_session() -> Result<()> {
    let (_net, mut conn, tunnels) = tunnels(&[Variant::V3_UDP4, Variant::V3_UDP6])?;
    conn.create_session(&session(&tunnels[0], 10))?;
    let key = |tunnel, session| SessionKey::Ids(TunnelId(tunnel), SessionId(session));
    not_found(&mut conn, key(1, 11), "session 11 in tunnel 1")?;
    not_found(&mut conn, key(9, 10), "session 10 in tunnel 9")?;
    not_found(&mut conn, key(3, 10), "session 10 in tunnel 3")?;
    conn.get_session_info(key(1, 10))?;
    Ok(())
}

fn an_unknown_interface() -> Result<()> {
    let (_net, mut conn, _) = tunnels(&[Variant::V3_UDP4])?;
    not_found(&mut conn, IfName::new("lo")?.into(), "the session of interface lo")
}
