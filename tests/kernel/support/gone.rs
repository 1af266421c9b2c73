//! Waiting until something is no more: the kernel takes it down in its own time.

use anyhow::{Result, bail, ensure};
use l2tp::{Conn, SessionKey, TunnelId};

use super::{Expected, Net, ensure_fails, eventually};

/// Waits until a tunnel does not exist any more.
pub(crate) fn tunnel_gone(conn: &mut Conn, id: TunnelId) -> Result<()> {
    eventually(&format!("tunnel {id} is gone"), || {
        ensure_fails(
            conn.get_tunnel_info(id),
            &Expected::not_found(&[&format!("get tunnel {id}: no such tunnel (ENODEV)")]),
        )
    })
}

/// Waits until netlink knows a session no more.
pub(crate) fn session_gone(conn: &mut Conn, session: impl Into<SessionKey>) -> Result<()> {
    let session = session.into();
    eventually("the session is gone", || match conn.get_session_info(session) {
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error.into()),
        Ok(info) => bail!("it is still there: {info}"),
    })
}

/// Waits until a namespace has no interface of a name.
pub(crate) fn interface_gone(net: &Net, name: &str) -> Result<()> {
    eventually("the interface is gone", || {
        ensure!(!net.has(name)?, "{name} is still there");
        Ok(())
    })
}
