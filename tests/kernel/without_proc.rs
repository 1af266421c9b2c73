//! A mount namespace without `/proc`, as some containers and rescue systems are: everything works that
//! can do without.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use l2tp::host::Links;
use l2tp::host::diagnose::{Diagnose, Finding, KernelModule, ModuleState};
use l2tp::host::mtu;
use l2tp::socket::{DescriptorFault, SocketError};
use l2tp::{Batch, Conn, Events, Follower, Netns, TunnelSocket, diagnose};

use crate::support::{Helper, Kernel, fresh_tunnel, helper, run, session_of, tests};

tests![everything_works_without_proc];

pub(crate) const HELPERS: &[Helper] = &[("without_proc", without_proc)];

const LONG: Duration = Duration::from_secs(30);

fn everything_works_without_proc() -> Result<()> {
    let inner = helper("without_proc")?;
    let script = "umount -l /proc && exec \"$0\" \"$@\"";
    let mut outer = Command::new("unshare");
    outer.args(["-m", "sh", "-c", script]).arg(inner.get_program()).args(inner.get_args());
    let release = run(&mut outer)?;
    ensure!(release == Kernel::release(), "{release:?}");
    Ok(())
}

fn without_proc() -> Result<()> {
    ensure!(!Path::new("/proc/self").exists(), "/proc is there");
    Netns::current()?;
    let net = Netns::create()?;
    net.run(|| works(&net))??;
    let diagnosis = diagnose();
    ensure!(diagnosis.findings() == [Finding::NoProc] && diagnosis.is_ok(), "{diagnosis}");
    let (_, netlink) = diagnosis.modules()[1];
    ensure!(netlink.is_ready() && diagnosis.modules()[1].0 == KernelModule::Netlink, "{diagnosis}");
    ensure!(netlink != ModuleState::Unknown, "{diagnosis}");
    let diagnosis = Diagnose::new().netns(&net).run();
    ensure!(diagnosis.is_ok() && diagnosis.is_l2tp_available(), "{diagnosis}");
    print!("{}", diagnosis.release());
    Ok(())
}

/// In the namespace.
fn works(net: &Netns) -> Result<()> {
    let loopback: SocketAddr = "127.0.0.1:0".parse()?;
    run(Command::new("ip").args(["link", "set", "lo", "up"]))?;
    l2tp::host::wait_for_path(loopback, loopback, LONG)?;
    mtu::of_path(None, "127.0.0.1:9".parse()?)?;

    let (mut conn, tunnel) = (Conn::open_in(net)?, fresh_tunnel());
    let (mut events, mut follower) = (Events::open()?, Follower::open(LONG)?);
    let socket = TunnelSocket::udp(loopback, Some("127.0.0.1:9".parse()?))?;
    let socket = TunnelSocket::from_fd(OwnedFd::from(socket))?;
    conn.create_managed_tunnel(&socket, &tunnel)?;
    events.next_event()?;
    follower.next_change()?;
    let session = session_of(&tunnel, 10);
    Links::open()?.create_session(&mut conn, &session)?;
    ensure!(conn.sessions_snapshot()?.len() == 1);
    let mut batch = Batch::new();
    batch.delete_session(&session).delete_tunnel(tunnel.tunnel_id);
    let report = conn.run(&mut batch)?;
    ensure!(report.errors().next().is_none(), "{report:?}");

    // A socket of another namespace is told from one of this.
    let foreign = Netns::create()?.run(|| TunnelSocket::udp(loopback, None))??;
    let refused = TunnelSocket::from_fd(OwnedFd::from(foreign));
    let told = matches!(
        refused,
        Err(SocketError::UnsuitableDescriptor { fault: DescriptorFault::OtherNetns, .. })
    );
    ensure!(told, "{refused:?}");
    Ok(())
}
