//! A working host, privileges, the network namespace and `/dev/ppp`.

use std::fs;
use std::net::UdpSocket;
use std::process::{self, Command};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::host::diagnose::{
    Diagnose, Finding, KernelModule, MissingPrivilege, ModuleState, PortOwner, Severity,
};
use l2tp::{Netns, PseudowireType, SessionConfig, diagnose};

use super::addresses::process_name;
use super::{found, run_command, state};
use crate::support::{Helper, Kernel, Net, Variant, helper, run, run_unprivileged, tests};

tests![
    a_working_guest_has_no_findings,
    an_unprivileged_process_lacks_the_capability,
    root_of_another_user_namespace_lacks_the_capability,
    another_namespace_is_a_note,
    the_ppp_device_is_checked.exclusive(),
];

pub(crate) const HELPERS: &[Helper] = &[
    ("diagnose_as_nobody", diagnose_as_nobody),
    ("diagnose_in_user_namespace", diagnose_in_user_namespace),
];

fn a_working_guest_has_no_findings() -> Result<()> {
    let diagnosis = diagnose();
    let [] = found(&diagnosis)?;
    ensure!(diagnosis.is_ok() && diagnosis.is_l2tp_available(), "{diagnosis}");
    ensure!(diagnosis.release() == Kernel::release(), "{diagnosis}");
    ensure!(
        state(&diagnosis, KernelModule::Netlink).is_some_and(ModuleState::is_ready),
        "{diagnosis}"
    );

    let net = Net::new()?;
    for variant in Variant::ALL {
        let config = variant.config();
        let request = Diagnose::new().tunnel(&config).local(variant.local()).netns(net.netns());
        let diagnosis = request.run();
        let [] = found(&diagnosis).context(variant.name())?;
        // The kernel agrees.
        net.conn()?.create_static_tunnel(variant.local(), variant.peer(), &config)?;
        net.conn()?.delete_tunnel_and_wait(config.tunnel_id, Duration::from_secs(10))?;
    }
    Ok(())
}

fn an_unprivileged_process_lacks_the_capability() -> Result<()> {
    run_unprivileged(&Net::new()?, "diagnose_as_nobody").map(drop)
}

fn diagnose_as_nobody() -> Result<()> {
    let diagnosis = diagnose();
    // An unprivileged process may not see the namespace of process 1.
    let [finding] = found(&diagnosis)?;
    ensure!(
        finding == (Finding::NotPermitted { reason: MissingPrivilege::NotGranted }),
        "{diagnosis}"
    );
    ensure!(!diagnosis.is_ok() && diagnosis.is_l2tp_available(), "{diagnosis}");
    // A port in use is found; its owner only if this process may read the owner's files.
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let local = socket.local_addr()?;
    let [_, port] = found(&Diagnose::new().local(local).run())?;
    let own = PortOwner::Process { pid: process::id(), name: process_name()? };
    ensure!(
        port == (Finding::PortInUse { local, bound: local, owners: vec![own], certain: true }),
        "{port}"
    );
    Ok(())
}

fn root_of_another_user_namespace_lacks_the_capability() -> Result<()> {
    let inner = helper("diagnose_in_user_namespace")?;
    run(Command::new("unshare").args(["-U", "-r"]).arg(inner.get_program()).args(inner.get_args()))
        .map(drop)
}

fn diagnose_in_user_namespace() -> Result<()> {
    let diagnosis = diagnose();
    let [finding] = found(&diagnosis)?;
    ensure!(
        finding == (Finding::NotPermitted { reason: MissingPrivilege::OtherUserNamespace }),
        "{diagnosis}"
    );
    // As its remedy states, a network namespace created inside the user namespace works.
    let net = Netns::create()?;
    let [] = found(&Diagnose::new().netns(&net).run())?;
    Ok(())
}

fn another_namespace_is_a_note() -> Result<()> {
    let net = Net::new()?;
    let diagnosis = net.run(|| Ok(diagnose()))?;
    let [finding] = found(&diagnosis)?;
    ensure!(
        matches!(&finding, Finding::OtherNamespace { name: None, current, initial }
            if current != initial && current.starts_with("net:[") && initial.starts_with("net:[")),
        "{diagnosis}"
    );
    ensure!(diagnosis.is_ok() && diagnosis.worst_severity() == Some(Severity::Note), "{diagnosis}");
    let [] = found(&Diagnose::new().netns(net.netns()).run())?;

    net.ip("netns add diagnosed")?;
    let diagnosis = Netns::named("diagnosed")?.run(diagnose);
    net.ip("netns delete diagnosed")?;
    let [finding] = found(&diagnosis?)?;
    ensure!(
        matches!(&finding, Finding::OtherNamespace { name: Some(name), .. } if name == "diagnosed"),
        "{finding}"
    );
    Ok(())
}

fn the_ppp_device_is_checked() -> Result<()> {
    run(Command::new("modprobe").arg("l2tp_ppp"))?;
    let config = Variant::PLAIN.config();
    let session = SessionConfig::new(&config, PseudowireType::Ppp, 10, 20);
    let diagnosis = || Diagnose::new().session(&session).run();
    let [] = found(&diagnosis())?;
    fs::rename("/dev/ppp", "/dev/ppp.away")?;
    let missing = found::<1>(&diagnosis());
    fs::write("/dev/ppp", "")?;
    let not_a_device = found::<1>(&diagnosis());
    fs::remove_file("/dev/ppp")?;
    let [missing] = missing?;
    let ran = run_command(&missing);
    let fixed = found::<0>(&diagnosis());
    fs::rename("/dev/ppp.away", "/dev/ppp")?;
    let expected = Finding::PppDeviceUnusable { errno: Some(libc::ENOENT), module_loaded: true };
    ensure!(missing == expected && missing.severity() == Severity::Error, "{missing}");
    let [not_a_device] = not_a_device?;
    ensure!(
        not_a_device == (Finding::PppDeviceUnusable { errno: None, module_loaded: true }),
        "{not_a_device}"
    );
    ran?;
    fixed.map(drop)
}
