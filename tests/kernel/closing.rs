//! What is left of a tunnel or a session whose socket has just been closed, for a program that asks
//! at once or makes the next.

use anyhow::{Result, bail, ensure};
use l2tp::ppp::{SessionAddress, SessionSocket};
use l2tp::{Error, PseudowireType, SessionConfig, TunnelId, TunnelSocket};

use crate::queries::create_tunnel;
use crate::support::{Net, Variant, tests, tunnel_gone};

tests![
    a_managed_tunnel_still_replies,
    a_ppp_session_is_gone_at_once.before(6, 12, "newer kernels delete sessions in the background"),
    a_ppp_session_still_replies.since(6, 12, "older kernels delete sessions at once"),
];

/// In most of which a kernel may be quick.
const MANY: usize = 200;

/// Whether what was asked for is there.
fn is_there<T>(outcome: Result<T, Error>) -> Result<bool> {
    match outcome {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// With a session, which takes the kernel time.
fn a_managed_tunnel_still_replies() -> Result<()> {
    let net = Net::new()?;
    let (mut conn, variant) = (net.conn()?, Variant::PLAIN);
    let session = SessionConfig::new(&variant.config(), PseudowireType::Eth, 10, 20);
    for _ in 0..MANY {
        let socket =
            net.run(|| Ok(TunnelSocket::udp("127.0.0.1:0".parse()?, Some(variant.peer()))?))?;
        conn.create_managed_tunnel(&socket, &variant.config())?;
        conn.create_session(&session)?;
        drop(socket);
        if is_there(conn.get_tunnel_info(TunnelId(1)))? {
            return Ok(());
        }
        tunnel_gone(&mut conn, TunnelId(1))?;
    }
    bail!("it was gone at once, every time")
}

/// Whether it answers in one of so many rounds.
fn a_session_replies(rounds: usize) -> Result<bool> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let tunnel = create_tunnel(&mut conn, 1)?;
    let config = SessionConfig::new(&tunnel, PseudowireType::Ppp, 10, 20);
    for _ in 0..rounds {
        drop(net.run(|| Ok(SessionSocket::connect(&SessionAddress::from(&config))?))?);
        if is_there(conn.get_session_info(&config))? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn a_ppp_session_is_gone_at_once() -> Result<()> {
    ensure!(!a_session_replies(20)?);
    Ok(())
}

fn a_ppp_session_still_replies() -> Result<()> {
    ensure!(a_session_replies(MANY)?);
    Ok(())
}
