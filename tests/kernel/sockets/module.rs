//! The modules of L2TP/IP, which the kernel loads for the first socket.

use anyhow::{Result, ensure};
use l2tp::socket::SocketKind;
use l2tp::{ErrorKind, SocketOptions, TunnelSocket};

use super::support::{IP_KINDS, Named, addr};
use crate::support::{Expected, Net, ensure_fails, is_loaded, tests, unload, without_autoload};

tests![loaded_by_the_first_socket.exclusive() for IP_KINDS];

fn loaded_by_the_first_socket(kind: SocketKind) -> Result<()> {
    let (net, _other) = Net::pair()?;
    let module = if kind.is_ipv6() { "l2tp_ip6" } else { "l2tp_ip" };
    let open = || TunnelSocket::open_in(net.netns(), addr(kind, 1), None, &SocketOptions::new());
    // The one for IPv6 needs the other.
    unload(&["l2tp_ip6", "l2tp_ip"])?;
    ensure!(!is_loaded(module)?, "{module} is still loaded");
    ensure_fails(
        without_autoload(open)?.map_err(l2tp::Error::from),
        &Expected {
            errno: Some(libc::EPROTONOSUPPORT),
            kind: ErrorKind::Unsupported,
            texts: &["the kernel has no L2TP/IP", &format!("`modprobe {module}`")],
        },
    )?;
    open()?;
    ensure!(is_loaded(module)?, "{module} is not loaded");
    Ok(())
}
