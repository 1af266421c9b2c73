//! What other programs make in ways that this library refuses must not break its answers.

use anyhow::{Context, Result, ensure};
use l2tp::{EncapType, ProtocolVersion, PseudowireType, SessionId, TunnelId};

use crate::support::{Net, Raw, put, put_session, put_tunnel, tests};

tests![a_tunnel_of_version_7_is_read, a_cookie_of_three_bytes_is_read];

fn a_tunnel_of_version_7_is_read() -> Result<()> {
    let net = Net::new()?;
    let mut raw = Raw::open(&net)?;
    raw.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| put_tunnel(out, 7, 1))??;
    let mut conn = net.conn()?;
    let info = conn.get_tunnel_info(TunnelId(1))?;
    ensure!(conn.tunnels_snapshot()? == [info], "listed otherwise than asked for");
    ensure!(info.version == ProtocolVersion::Unknown(7), "{info:?}");
    ensure!(info.encap == EncapType::Udp && info.udp_sport == Some(5001), "{info:?}");
    ensure!(info.to_string().starts_with("tunnel 1 to 101, unknown (7) over UDP"), "{info}");
    Ok(())
}

fn a_cookie_of_three_bytes_is_read() -> Result<()> {
    let net = Net::new()?;
    let mut raw = Raw::open(&net)?;
    raw.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| put_tunnel(out, 3, 1))??;
    raw.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| {
        put_session(out, 1, 10)?;
        put(out, l2tp_sys::L2TP_ATTR_COOKIE, &[1, 2, 3])?;
        put(out, l2tp_sys::L2TP_ATTR_PEER_COOKIE, &[9])
    })??;
    let mut conn = net.conn()?;
    let info = conn.get_session_info((TunnelId(1), SessionId(10)))?;
    ensure!(conn.sessions_snapshot()? == [info], "listed otherwise than asked for");
    ensure!(info.pseudowire == PseudowireType::Eth, "{info:?}");
    ensure!(info.local_cookie.context("no cookie")?.as_bytes() == [1, 2, 3], "{info:?}");
    ensure!(info.peer_cookie.context("no peer cookie")?.as_bytes() == [9], "{info:?}");
    Ok(())
}
