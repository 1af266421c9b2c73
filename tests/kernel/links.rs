//! Which interface a session got: told without a race, and followed from then on.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use l2tp::host::{Interface, InterfaceNamespace, Links};
use l2tp::{Conn, ErrorKind, IfName, Netns, PseudowireType, SessionConfig};
use socket2::SockRef;

use crate::support::{
    Busy, Expected, Net, create_tunnel, ensure_fails, eventually, fresh_tunnel, run, session_of,
    tests,
};

tests![
    a_sessions_interface_is_returned,
    one_socket_serves_many_sessions,
    others_that_come_and_go_are_not_mistaken_for_it,
    a_view_of_another_namespace_is_of_no_use,
    an_overrun_makes_it_list_again,
    a_rename_is_followed,
    a_move_is_followed,
    an_end_is_followed,
    a_session_without_interface_is_rejected,
    a_rejected_session_has_its_own_error,
    an_interface_with_hundreds_of_names_is_read,
];

/// A namespace with a view of its interfaces, a connection, and a plan for a session.
fn watched() -> Result<(Net, Links, Conn, SessionConfig)> {
    let net = Net::new()?;
    let (links, mut conn) = (Links::open_in(net.netns())?, net.conn()?);
    let tunnel = fresh_tunnel();
    create_tunnel(&mut conn, &tunnel)?;
    Ok((net, links, conn, session_of(&tunnel, 10)))
}

/// Compares with what iproute2 says of the interface's name.
fn ensure_right(net: &Net, interface: &Interface) -> Result<()> {
    let shown = net.ip_json(&format!("link show {}", interface.name))?;
    ensure!(shown[0]["ifindex"] == interface.index, "{interface}: {shown}");
    ensure!(shown[0]["mtu"] == interface.mtu, "{interface}: {shown}");
    Ok(())
}

fn a_sessions_interface_is_returned() -> Result<()> {
    let (net, mut links, mut conn, session) = watched()?;
    let interface = links.create_session(&mut conn, &session)?;
    ensure!(interface.name == IfName::new("l2tpeth0")?, "{interface}");
    ensure_right(&net, &interface)?;
    ensure!(links.named(interface.name)? == Some(interface));
    Ok(())
}

fn one_socket_serves_many_sessions() -> Result<()> {
    let (net, mut links, mut conn, session) = watched()?;
    for id in 1..=20 {
        let config = SessionConfig { session_id: id.into(), ..session };
        ensure_right(&net, &links.create_session(&mut conn, &config)?)?;
    }
    // They and the loopback interface.
    ensure!(links.interfaces()?.count() == 21);
    Ok(())
}

/// They go by the names that the kernel would choose for sessions, too.
fn others_that_come_and_go_are_not_mistaken_for_it() -> Result<()> {
    let (net, mut links, mut conn, session) = watched()?;
    let netns = Netns::from_path(net.path())?;
    let _others = Busy::start(move || {
        for change in ["add l2tpeth1 type bridge", "del l2tpeth1"] {
            let arguments = format!("link {change}");
            let _ = netns.run(|| run(Command::new("ip").args(arguments.split(' '))));
        }
    });
    for id in 1..=20 {
        let config = SessionConfig { session_id: id.into(), ..session };
        let interface = links.create_session(&mut conn, &config)?;
        ensure!(conn.get_session_info(&config)?.ifname == Some(interface.name), "{interface}");
        ensure_right(&net, &interface)?;
    }
    Ok(())
}

/// Nothing is announced there.
fn a_view_of_another_namespace_is_of_no_use() -> Result<()> {
    let (_net, _links, mut conn, session) = watched()?;
    let elsewhere = Net::new()?;
    let mut links = Links::open_in(elsewhere.netns())?;
    let texts =
        &["create session 10", "no notification about its interface", "same network namespace"];
    ensure_fails(
        links.create_session(&mut conn, &session),
        &Expected { errno: None, kind: ErrorKind::Other, texts },
    )?;
    ensure!(conn.sessions()?.next().is_none(), "it was left");
    Ok(())
}

fn an_overrun_makes_it_list_again() -> Result<()> {
    const MANY: u32 = 30;
    let (net, mut links, mut conn, session) = watched()?;
    // A few notifications of an interface, none of which is small.
    SockRef::from(&links).set_recv_buffer_size(4096)?;
    let sessions = (1..=MANY).map(|id| SessionConfig { session_id: id.into(), ..session });
    for config in sessions.clone() {
        conn.create_session(&config)?;
    }
    ensure!(links.interfaces()?.count() == MANY as usize + 1);
    for config in sessions {
        conn.delete_session(&config)?;
    }
    eventually("the interfaces are gone", || {
        let left = links.interfaces()?.count();
        ensure!(left == 1, "{left} interfaces");
        Ok(())
    })?;
    SockRef::from(&links).set_recv_buffer_size(1 << 17)?;
    ensure_right(&net, &links.create_session(&mut conn, &session)?)
}

fn a_rename_is_followed() -> Result<()> {
    let (net, mut links, mut conn, session) = watched()?;
    let interface = links.create_session(&mut conn, &session)?;
    net.ip("link set l2tpeth0 name other0")?;
    let other = IfName::new("other0")?;
    ensure!(links.name_of(interface.index)? == Some(other));
    ensure!(links.namespace_of(interface.index)? == InterfaceNamespace::Here(other));
    ensure!(links.named(interface.name)?.is_none());
    Ok(())
}

fn a_move_is_followed() -> Result<()> {
    let (net, mut links, mut conn, session) = watched()?;
    let interface = links.create_session(&mut conn, &session)?;
    let room = Net::new()?;
    net.ip(&format!("link set l2tpeth0 netns {}", room.path()))?;
    let place = links.namespace_of(interface.index)?;
    let InterfaceNamespace::Moved { index, .. } = place else { anyhow::bail!("{place:?}") };
    let shown = room.ip_json("link show l2tpeth0")?;
    ensure!(shown[0]["ifindex"] == index, "{place:?}: {shown}");
    ensure!(links.name_of(interface.index)?.is_none());
    Ok(())
}

fn an_end_is_followed() -> Result<()> {
    let (_net, mut links, mut conn, session) = watched()?;
    let interface = links.create_session(&mut conn, &session)?;
    conn.delete_session(&session)?;
    eventually("the interface is gone", || {
        ensure!(links.namespace_of(interface.index)? == InterfaceNamespace::Gone);
        Ok(())
    })
}

fn a_session_without_interface_is_rejected() -> Result<()> {
    let (_net, mut links, mut conn, session) = watched()?;
    let ppp = SessionConfig { pseudowire: PseudowireType::Ppp, ..session };
    let texts = &["only Ethernet sessions have an interface of their own"];
    ensure_fails(links.create_session(&mut conn, &ppp), &Expected::config(texts))?;
    ensure!(conn.sessions()?.next().is_none(), "it was created");
    Ok(())
}

fn a_rejected_session_has_its_own_error() -> Result<()> {
    let (_net, mut links, mut conn, session) = watched()?;
    let first = links.create_session(&mut conn, &session)?;
    let texts = &["create session 10", "is in use (EEXIST)"];
    ensure_fails(links.create_session(&mut conn, &session), &Expected::exists(texts))?;
    let still = conn.get_session_info(&session)?.ifname.context("no interface")?;
    ensure!(still == first.name, "{still}");
    Ok(())
}

/// What the kernel says of it in one message exceeds 32 KiB, in a dump as in a notification.
fn an_interface_with_hundreds_of_names_is_read() -> Result<()> {
    let (net, mut links, mut conn, session) = watched()?;
    net.add_link("many type dummy")?;
    let many = IfName::new("many")?;
    ensure!(links.named(many)?.is_some());
    for hundred in 0..3 {
        let names: Vec<_> =
            (0..100).map(|name| format!("altname {:x<120}", hundred * 100 + name)).collect();
        net.ip_all(&[&format!("link property add dev many {}", names.join(" "))])?;
    }
    net.ip("link set many mtu 1234")?;
    let mtu = |links: &mut Links| Ok::<_, anyhow::Error>(links.named(many)?.map(|link| link.mtu));
    ensure!(mtu(&mut links)? == Some(1234), "a change was missed");
    let mut opened_now = Links::open_in(net.netns())?;
    ensure!(mtu(&mut opened_now)? == Some(1234));
    for links in [&mut links, &mut opened_now] {
        let interface = links.create_session(&mut conn, &session)?;
        ensure_right(&net, &interface)?;
        conn.delete_session(&session)?;
        eventually("the interface is gone", || {
            ensure!(links.named(interface.name)?.is_none());
            Ok(())
        })?;
    }
    Ok(())
}
