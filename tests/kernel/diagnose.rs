//! The diagnosis of a host: it finds what makes the kernel refuse, and its commands mend it.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{self, Command};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::host::diagnose::{
    AutoloadOff, Bar, Diagnose, Diagnosis, Finding, Holder, Lack, Module, ModuleState, Severity,
};
use l2tp::{AddressState, Netns, PseudowireType, SessionConfig, TunnelId, TunnelSocket, diagnose};

use crate::support::{
    Helper, Kernel, Net, Variant, eventually, helper, is_loaded, run, run_unprivileged, tests,
    unload, unload_family, without_autoload,
};

tests![
    a_guest_is_well,
    a_barred_module_is_found_and_loaded_by_the_command.exclusive(),
    rules_are_read_as_modprobe_reads_them.exclusive(),
    loading_that_is_switched_off_is_found.exclusive(),
    a_module_that_is_not_installed_is_found.exclusive(),
    nobody_lacks_the_capability,
    root_of_another_user_namespace_lacks_the_capability,
    another_namespace_is_noted,
    the_holder_of_a_port_is_named,
    the_tunnel_of_an_id_is_named for Variant::V3,
    an_address_that_is_not_here_is_found,
    an_address_that_a_route_makes_local_is_well for Variant::ALL,
    the_ppp_device_is_looked_at.exclusive(),
    an_ip_socket_without_a_tunnel_is_found_by_binding_one for BY_IP,
];

const BY_IP: [Variant; 2] = [Variant::V3_IP4, Variant::V3_IP6];

pub(crate) const HELPERS: &[Helper] = &[
    ("diagnose_as_nobody", diagnose_as_nobody),
    ("diagnose_in_user_namespace", diagnose_in_user_namespace),
];

/// The findings, when there are as many as are expected.
fn found<const N: usize>(diagnosis: &Diagnosis) -> Result<[Finding; N]> {
    let findings = diagnosis.findings().to_vec();
    findings.try_into().map_err(|_| anyhow::anyhow!("expected {N} findings:\n{diagnosis}"))
}

/// Runs a finding's command as its reader would.
fn obey(finding: &Finding) -> Result<()> {
    let command = finding.command().with_context(|| format!("no command:\n{finding}"))?;
    run(Command::new("sh").args(["-c", &command])).map(drop)
}

fn state(diagnosis: &Diagnosis, module: Module) -> Option<ModuleState> {
    diagnosis.modules().iter().find(|(other, _)| *other == module).map(|(_, state)| *state)
}

fn a_guest_is_well() -> Result<()> {
    let diagnosis = diagnose();
    let [] = found(&diagnosis)?;
    ensure!(diagnosis.is_well() && diagnosis.is_offered(), "{diagnosis}");
    ensure!(diagnosis.release() == Kernel::release(), "{diagnosis}");
    ensure!(state(&diagnosis, Module::Netlink).is_some_and(ModuleState::is_ready), "{diagnosis}");

    let net = Net::new()?;
    for variant in Variant::ALL {
        let config = variant.config();
        let asked = Diagnose::new().tunnel(&config).local(variant.local()).netns(net.netns());
        let diagnosis = asked.run();
        let [] = found(&diagnosis).context(variant.name())?;
        // And so it is: the kernel agrees.
        net.conn()?.create_static_tunnel(variant.local(), variant.peer(), &config)?;
        net.conn()?.delete_tunnel_and_wait(config.tunnel_id, Duration::from_secs(10))?;
    }
    Ok(())
}

/// A file that is taken away again.
struct Temporary(PathBuf);

impl Temporary {
    fn rule(text: &str) -> Result<Self> {
        let file = Self("/etc/modprobe.d/diagnose.conf".into());
        fs::create_dir_all("/etc/modprobe.d")?;
        fs::write(&file.0, text)?;
        Ok(file)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn a_barred_module_is_found_and_loaded_by_the_command() -> Result<()> {
    let net = Net::new()?;
    let config = Variant::PLAIN.config();
    let session = SessionConfig::new(&config, PseudowireType::Eth, 10, 20);
    let mut conn = net.conn()?;
    conn.create_static_tunnel(Variant::PLAIN.local(), Variant::PLAIN.peer(), &config)?;
    unload(&["l2tp_eth"])?;
    let _rule = Temporary::rule("# no bridges\nblacklist l2tp_eth\n")?;
    let refused = conn.create_session(&session);
    ensure!(
        refused.as_ref().is_err_and(|error| error.raw_os_error() == Some(libc::EPROTONOSUPPORT)),
        "the rule does not hold: {refused:?}"
    );

    let asked = Diagnose::new().session(&session).netns(net.netns());
    let [finding] = found(&asked.run())?;
    let Finding::ModuleBarred { module: Module::Eth, needed: true, loaded: false, rule } = &finding
    else {
        anyhow::bail!("{finding}");
    };
    ensure!(
        rule.bar == Bar::Blacklist && rule.place.ends_with("diagnose.conf, line 2"),
        "{rule:?}"
    );
    ensure!(finding.severity() == Severity::Error, "{finding}");
    let written = serde_json::to_value(&finding)?;
    let written = &written["data"]["module_barred"];
    ensure!(written["module"] == "l2tp_eth" && written["rule"]["bar"] == "blacklist", "{written}");
    // Who does not ask for it is warned only.
    let [unasked] = found(&Diagnose::new().netns(net.netns()).run())?;
    ensure!(unasked.severity() == Severity::Warning, "{unasked}");

    obey(&finding)?;
    conn.create_session(&session)?;
    let [finding] = found(&asked.run())?;
    ensure!(
        matches!(&finding, Finding::ModuleBarred { loaded: true, .. })
            && finding.severity() == Severity::Note,
        "{finding}"
    );
    Ok(())
}

fn loading_that_is_switched_off_is_found() -> Result<()> {
    unload_family()?;
    let diagnosis = without_autoload(diagnose)?;
    let [family, autoload] = found(&diagnosis)?;
    ensure!(!diagnosis.is_offered(), "{diagnosis}");
    ensure!(family == (Finding::NoFamily { errno: libc::ENOENT }), "{diagnosis}");
    let helper = AutoloadOff::Helper("/bin/false".to_owned());
    ensure!(
        matches!(&autoload, Finding::AutoloadOff { cause, needed: true, unloaded }
            if *cause == helper && unloaded.contains(&Module::Netlink)),
        "{diagnosis}"
    );
    without_autoload(|| obey(&autoload))??;
    ensure!(is_loaded("l2tp_netlink")? && is_loaded("l2tp_eth")?, "the command loaded nothing");
    let [] = found(&diagnose())?;
    Ok(())
}

/// A file that is given another name for a while.
struct Hidden {
    path: PathBuf,
    hidden: PathBuf,
}

impl Hidden {
    fn new(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let hidden = path.with_extension("hidden");
        fs::rename(&path, &hidden).with_context(|| path.display().to_string())?;
        Ok(Self { path, hidden })
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = fs::rename(&self.hidden, &self.path);
    }
}

fn a_module_that_is_not_installed_is_found() -> Result<()> {
    unload_family()?;
    let modules = format!("/lib/modules/{}/kernel/net/l2tp", Kernel::release());
    let file = Hidden::new(format!("{modules}/l2tp_netlink.ko"))?;
    let diagnosis = diagnose();
    let [family, module] = found(&diagnosis)?;
    ensure!(family == (Finding::NoFamily { errno: libc::ENOENT }), "{diagnosis}");
    ensure!(
        matches!(module, Finding::ModuleAbsent { module: Module::Netlink, needed: true, .. }),
        "{diagnosis}"
    );
    ensure!(state(&diagnosis, Module::Netlink) == Some(ModuleState::Absent), "{diagnosis}");
    drop(file);
    let [] = found(&diagnose())?;
    Ok(())
}

/// What the diagnosis says of a rule is what comes of it.
fn rules_are_read_as_modprobe_reads_them() -> Result<()> {
    let net = Net::new()?;
    let config = Variant::PLAIN.config();
    let session = SessionConfig::new(&config, PseudowireType::Eth, 10, 20);
    let mut conn = net.conn()?;
    conn.create_static_tunnel(Variant::PLAIN.local(), Variant::PLAIN.peer(), &config)?;
    for (rule, bars) in [
        ("blacklist l2tp-eth", true),
        ("install l2tp_eth sh -c 'exit 1'", true),
        ("install l2tp_eth echo 'no bridges' >&2; exit 1", true),
        ("install l2tp_eth /bin/true; /sbin/modprobe --ignore-install l2tp_eth", false),
        ("install l2tp_eth /bin/false || /sbin/modprobe --ignore-install l2tp_eth", false),
        ("install l2tp_eth /bin/false && /sbin/modprobe --ignore-install l2tp_eth", true),
    ] {
        unload(&["l2tp_eth"])?;
        let _rule = Temporary::rule(&format!("{rule}\n"))?;
        let diagnosis = Diagnose::new().session(&session).netns(net.netns()).run();
        let barred = |finding: &Finding| matches!(finding, Finding::ModuleBarred { .. });
        let said = diagnosis.findings().iter().any(barred);
        let created = conn.create_session(&session);
        let errno = created.as_ref().err().and_then(l2tp::Error::raw_os_error);
        let expected = bars.then_some(libc::EPROTONOSUPPORT);
        ensure!(errno == expected, "{rule}: {created:?}");
        ensure!(said == bars, "{rule}:\n{diagnosis}");
        if created.is_ok() {
            conn.delete_session_and_wait(&session, Duration::from_secs(10))?;
        }
    }
    Ok(())
}

fn nobody_lacks_the_capability() -> Result<()> {
    run_unprivileged(&Net::new()?, "diagnose_as_nobody").map(drop)
}

fn diagnose_as_nobody() -> Result<()> {
    let diagnosis = diagnose();
    // Which namespace process 1 is in nobody may see.
    let [finding] = found(&diagnosis)?;
    ensure!(finding == (Finding::NotPermitted { lack: Lack::Capability }), "{diagnosis}");
    ensure!(!diagnosis.is_well() && diagnosis.is_offered(), "{diagnosis}");
    // A port is seen to be in use, if not by whom.
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let local = socket.local_addr()?;
    let [_, port] = found(&Diagnose::new().local(local).run())?;
    let own = Holder::Process { pid: process::id(), name: comm()? };
    ensure!(
        port == (Finding::PortInUse { local, held: local, holders: vec![own], certain: true }),
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
    ensure!(finding == (Finding::NotPermitted { lack: Lack::UserNamespace }), "{diagnosis}");
    // As its remedy says, a network namespace made here will do.
    let net = Netns::create()?;
    let [] = found(&Diagnose::new().netns(&net).run())?;
    Ok(())
}

fn another_namespace_is_noted() -> Result<()> {
    let net = Net::new()?;
    let diagnosis = net.run(|| Ok(diagnose()))?;
    let [finding] = found(&diagnosis)?;
    ensure!(
        matches!(&finding, Finding::OtherNamespace { name: None, ours, initial }
            if ours != initial && ours.starts_with("net:[") && initial.starts_with("net:[")),
        "{diagnosis}"
    );
    ensure!(diagnosis.is_well() && diagnosis.worst() == Some(Severity::Note), "{diagnosis}");
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

fn comm() -> Result<String> {
    Ok(fs::read_to_string("/proc/self/comm")?.trim_end().to_owned())
}

/// Whether nothing stands in the way of a tunnel from `local`.
fn ensure_free(net: &Net, local: SocketAddr) -> Result<()> {
    let [] = found(&Diagnose::new().local(local).netns(net.netns()).run())?;
    Ok(())
}

/// Whether what stands in the way of a tunnel from `local` is as expected. More processes may have
/// the socket: those that other tests start have all of this one's until they run their program.
fn ensure_held(
    net: &Net,
    local: SocketAddr,
    by: SocketAddr,
    expected: &[&Holder],
    surely: bool,
) -> Result<()> {
    let [finding] = found(&Diagnose::new().local(local).netns(net.netns()).run())?;
    let Finding::PortInUse { held, holders, certain, .. } = &finding else {
        anyhow::bail!("{finding}");
    };
    ensure!(*held == by && *certain == surely, "{finding}");
    ensure!(expected.iter().all(|holder| holders.contains(holder)), "{finding}");
    Ok(())
}

fn the_holder_of_a_port_is_named() -> Result<()> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    let this = Holder::Process { pid: process::id(), name: comm()? };
    for variant in [Variant::V3_UDP4, Variant::V3_UDP6] {
        let (local, config) = (variant.local(), variant.config());
        ensure_free(&net, local)?;
        // A static tunnel's socket is open in no process.
        conn.create_static_tunnel(local, variant.peer(), &config)?;
        let tunnel = Holder::Tunnel(config.tunnel_id);
        ensure_held(&net, local, local, &[&tunnel], true)?;
        conn.delete_tunnel_and_wait(config.tunnel_id, Duration::from_secs(10))?;
        // A managed tunnel's socket has both.
        let socket = net.run(|| Ok(TunnelSocket::udp(local, None)?))?;
        conn.create_managed_tunnel(&socket, &config)?;
        ensure_held(&net, local, local, &[&tunnel, &this], true)?;
        drop(socket);
        eventually("the port is free", || ensure_free(&net, local))?;
    }
    // A socket of no tunnel, for every address of both families.
    let socket = net.run(|| Ok(UdpSocket::bind("[::]:5000")?))?;
    let any = socket.local_addr()?;
    for (variant, surely) in [(Variant::V3_UDP4, false), (Variant::V3_UDP6, true)] {
        ensure_held(&net, variant.local(), any, &[&this], surely)?;
        let refused = conn.create_static_tunnel(variant.local(), variant.peer(), &variant.config());
        let errno = refused.err().and_then(|error| error.raw_os_error());
        ensure!(errno == Some(libc::EADDRINUSE), "the kernel thinks otherwise: {errno:?}");
    }
    ensure_free(&net, "127.0.0.1:5001".parse()?)
}

fn the_tunnel_of_an_id_is_named(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let config = variant.config();
    net.conn()?.create_static_tunnel(variant.local(), variant.peer(), &config)?;
    let [finding] = found(&Diagnose::new().tunnel(&config).netns(net.netns()).run())?;
    let (local, peer) = (Some(variant.local()), Some(variant.peer()));
    ensure!(
        finding == (Finding::TunnelIdInUse { tunnel: config.tunnel_id, local, peer }),
        "{finding}"
    );
    // Its command shows the tunnel.
    let shown =
        net.run(|| run(Command::new("sh").args(["-c", &finding.command().context("a command")?])))?;
    ensure!(shown.contains("Tunnel 1,"), "{shown}");
    let mut other = config;
    other.tunnel_id = TunnelId(3);
    let [] = found(&Diagnose::new().tunnel(&other).netns(net.netns()).run())?;
    Ok(())
}

fn an_ip_socket_without_a_tunnel_is_found_by_binding_one(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let (local, config) = (variant.local(), variant.config());
    let socket = net.run(|| Ok(TunnelSocket::ip(local.ip(), config.tunnel_id, None)?))?;
    let asked = Diagnose::new().tunnel(&config).local(local).netns(net.netns());
    // No list has it.
    let [] = found(&asked.run())?;
    let asked = asked.try_bind(true);
    let [finding] = found(&asked.run())?;
    ensure!(
        matches!(&finding, Finding::BindRefused { local: at, errno: Some(libc::EADDRINUSE), error }
            if *at == (local.ip(), config.tunnel_id).into() && error.contains("tunnel 1")),
        "{finding}"
    );
    let refused = net.conn()?.create_static_tunnel(local, variant.peer(), &config);
    let errno = refused.err().and_then(|error| error.raw_os_error());
    ensure!(errno == Some(libc::EADDRINUSE), "the kernel thinks otherwise: {errno:?}");
    drop(socket);
    let [] = found(&asked.run())?;
    // What is tried leaves nothing behind.
    net.conn()?.create_static_tunnel(local, variant.peer(), &config)?;
    let [finding] = found(&asked.run())?;
    ensure!(matches!(finding, Finding::TunnelIdInUse { .. }), "{finding}");
    Ok(())
}

/// Over IPv4: over IPv6 the kernel wants an interface to have it.
fn an_address_that_a_route_makes_local_is_well(variant: Variant) -> Result<()> {
    let net = Net::new()?;
    let (local, peer) = match variant.local() {
        SocketAddr::V4(v4) => {
            net.ip("route add local 192.0.2.0/24 dev lo")?;
            (SocketAddr::new([192, 0, 2, 7].into(), v4.port()), "192.0.2.8".parse()?)
        }
        SocketAddr::V6(v6) => {
            net.ip("route add local 2001:db8::/64 dev lo")?;
            (SocketAddr::new("2001:db8::7".parse()?, v6.port()), "2001:db8::8".parse()?)
        }
    };
    let config = variant.config();
    let diagnosis = Diagnose::new().tunnel(&config).local(local).netns(net.netns()).run();
    let peer = SocketAddr::new(peer, variant.peer().port());
    let created = net.conn()?.create_static_tunnel(local, peer, &config);
    if local.is_ipv4() {
        let [] = found(&diagnosis)?;
        created?;
    } else {
        let [finding] = found(&diagnosis)?;
        ensure!(matches!(finding, Finding::AddressUnusable { .. }), "{finding}");
        let errno = created.err().and_then(|error| error.raw_os_error());
        ensure!(errno == Some(libc::EADDRNOTAVAIL), "the kernel thinks otherwise: {errno:?}");
    }
    Ok(())
}

fn the_ppp_device_is_looked_at() -> Result<()> {
    run(Command::new("modprobe").arg("l2tp_ppp"))?;
    let config = Variant::PLAIN.config();
    let session = SessionConfig::new(&config, PseudowireType::Ppp, 10, 20);
    let diagnosis = || Diagnose::new().session(&session).run();
    let [] = found(&diagnosis())?;
    fs::rename("/dev/ppp", "/dev/ppp.away")?;
    let missing = found::<1>(&diagnosis());
    fs::write("/dev/ppp", "")?;
    let strange = found::<1>(&diagnosis());
    fs::remove_file("/dev/ppp")?;
    let [missing] = missing?;
    let obeyed = obey(&missing);
    let mended = found::<0>(&diagnosis());
    fs::rename("/dev/ppp.away", "/dev/ppp")?;
    let expected = Finding::NoPppDevice { errno: Some(libc::ENOENT), loaded: true };
    ensure!(missing == expected && missing.severity() == Severity::Error, "{missing}");
    let [strange] = strange?;
    ensure!(strange == (Finding::NoPppDevice { errno: None, loaded: true }), "{strange}");
    obeyed?;
    mended.map(drop)
}

fn an_address_that_is_not_here_is_found() -> Result<()> {
    let net = Net::new()?;
    let local: SocketAddr = "192.0.2.1:5000".parse()?;
    let diagnosis = Diagnose::new().local(local).netns(net.netns()).run();
    let [finding] = found(&diagnosis)?;
    let (address, state) = (local.ip(), AddressState::Absent);
    ensure!(finding == (Finding::AddressUnusable { address, state }), "{diagnosis}");
    net.ip("addr add 192.0.2.1/24 dev lo")?;
    let [] = found(&Diagnose::new().local(local).netns(net.netns()).run())?;
    Ok(())
}
