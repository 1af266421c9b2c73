//! Modules that are disabled, not installed or not loaded on demand.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use l2tp::host::diagnose::{
    AutoloadOff, Diagnose, DisablingRuleKind, Finding, KernelModule, ModuleState, Severity,
};
use l2tp::{PseudowireType, SessionConfig, diagnose};

use super::{found, run_command, state};
use crate::support::{
    Kernel, Net, Variant, is_loaded, run, tests, unload, unload_family, without_autoload,
};

tests![
    a_disabled_module_is_found_and_loaded_by_the_command.exclusive(),
    rules_are_read_as_modprobe_reads_them.exclusive(),
    disabled_autoload_is_found.exclusive(),
    a_module_that_is_not_installed_is_found.exclusive(),
    a_module_that_the_kernel_cannot_load_is_found.booted_with(BLACKLIST),
];

/// For `cargo xtask vm --parameter`.
const BLACKLIST: &str = "module_blacklist=l2tp_eth";

/// A file that is removed at the end.
struct TemporaryFile(PathBuf);

impl TemporaryFile {
    fn rule(text: &str) -> Result<Self> {
        let file = Self("/etc/modprobe.d/diagnose.conf".into());
        fs::create_dir_all("/etc/modprobe.d")?;
        fs::write(&file.0, text)?;
        Ok(file)
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn a_disabled_module_is_found_and_loaded_by_the_command() -> Result<()> {
    let net = Net::new()?;
    let config = Variant::PLAIN.config();
    let session = SessionConfig::new(&config, PseudowireType::Eth, 10, 20);
    let mut conn = net.conn()?;
    conn.create_static_tunnel(Variant::PLAIN.local(), Variant::PLAIN.peer(), &config)?;
    unload(&["l2tp_eth"])?;
    let _rule = TemporaryFile::rule("# no bridges\nblacklist l2tp_eth\n")?;
    let rejected = conn.create_session(&session);
    ensure!(
        rejected.as_ref().is_err_and(|error| error.raw_os_error() == Some(libc::EPROTONOSUPPORT)),
        "the rule has no effect: {rejected:?}"
    );

    let request = Diagnose::new().session(&session).netns(net.netns());
    let [finding] = found(&request.run())?;
    let Finding::ModuleDisabled { module: KernelModule::Eth, needed: true, loaded: false, rule } =
        &finding
    else {
        anyhow::bail!("{finding}");
    };
    ensure!(
        rule.kind == DisablingRuleKind::Blacklist && rule.source.ends_with("diagnose.conf, line 2"),
        "{rule:?}"
    );
    ensure!(finding.severity() == Severity::Error, "{finding}");
    let json = serde_json::to_value(&finding)?;
    let json = &json["data"]["module_disabled"];
    ensure!(json["module"] == "l2tp_eth" && json["rule"]["kind"] == "blacklist", "{json}");
    // A diagnosis without the session only warns.
    let [unneeded] = found(&Diagnose::new().netns(net.netns()).run())?;
    ensure!(unneeded.severity() == Severity::Warning, "{unneeded}");

    run_command(&finding)?;
    conn.create_session(&session)?;
    let [finding] = found(&request.run())?;
    ensure!(
        matches!(&finding, Finding::ModuleDisabled { loaded: true, .. })
            && finding.severity() == Severity::Note,
        "{finding}"
    );
    Ok(())
}

fn disabled_autoload_is_found() -> Result<()> {
    unload_family()?;
    let diagnosis = without_autoload(diagnose)?;
    let [family, autoload] = found(&diagnosis)?;
    ensure!(!diagnosis.is_l2tp_available(), "{diagnosis}");
    ensure!(family == (Finding::NoFamily { errno: libc::ENOENT }), "{diagnosis}");
    let helper = AutoloadOff::Helper("/bin/false".to_owned());
    ensure!(
        matches!(&autoload, Finding::AutoloadOff { cause, needed: true, unloaded }
            if *cause == helper && unloaded.contains(&KernelModule::Netlink)),
        "{diagnosis}"
    );
    without_autoload(|| run_command(&autoload))??;
    ensure!(is_loaded("l2tp_netlink")? && is_loaded("l2tp_eth")?, "the command loaded nothing");
    let [] = found(&diagnose())?;
    Ok(())
}

/// A file that has another name until the end.
struct HiddenFile {
    path: PathBuf,
    hidden: PathBuf,
}

impl HiddenFile {
    fn new(path: impl Into<PathBuf>) -> Result<Self> {
        let path = path.into();
        let hidden = path.with_extension("hidden");
        fs::rename(&path, &hidden).with_context(|| path.display().to_string())?;
        Ok(Self { path, hidden })
    }
}

impl Drop for HiddenFile {
    fn drop(&mut self) {
        let _ = fs::rename(&self.hidden, &self.path);
    }
}

fn a_module_that_is_not_installed_is_found() -> Result<()> {
    unload_family()?;
    let modules = format!("/lib/modules/{}/kernel/net/l2tp", Kernel::release());
    let file = HiddenFile::new(format!("{modules}/l2tp_netlink.ko"))?;
    let diagnosis = diagnose();
    let [family, module] = found(&diagnosis)?;
    ensure!(family == (Finding::NoFamily { errno: libc::ENOENT }), "{diagnosis}");
    ensure!(
        matches!(
            module,
            Finding::ModuleNotInstalled { module: KernelModule::Netlink, needed: true, .. }
        ),
        "{diagnosis}"
    );
    ensure!(state(&diagnosis, KernelModule::Netlink) == Some(ModuleState::Absent), "{diagnosis}");
    drop(file);
    let [] = found(&diagnose())?;
    Ok(())
}

/// The diagnosis of a rule agrees with its effect.
fn rules_are_read_as_modprobe_reads_them() -> Result<()> {
    let net = Net::new()?;
    let config = Variant::PLAIN.config();
    let session = SessionConfig::new(&config, PseudowireType::Eth, 10, 20);
    let mut conn = net.conn()?;
    conn.create_static_tunnel(Variant::PLAIN.local(), Variant::PLAIN.peer(), &config)?;
    for (rule, disables) in [
        ("blacklist l2tp-eth", true),
        ("install l2tp_eth sh -c 'exit 1'", true),
        ("install l2tp_eth echo 'no bridges' >&2; exit 1", true),
        ("install l2tp_eth /bin/true; /sbin/modprobe --ignore-install l2tp_eth", false),
        ("install l2tp_eth /bin/false || /sbin/modprobe --ignore-install l2tp_eth", false),
        ("install l2tp_eth /bin/false && /sbin/modprobe --ignore-install l2tp_eth", true),
    ] {
        unload(&["l2tp_eth"])?;
        let _rule = TemporaryFile::rule(&format!("{rule}\n"))?;
        let diagnosis = Diagnose::new().session(&session).netns(net.netns()).run();
        let disabled = |finding: &Finding| matches!(finding, Finding::ModuleDisabled { .. });
        let found = diagnosis.findings().iter().any(disabled);
        let created = conn.create_session(&session);
        let errno = created.as_ref().err().and_then(l2tp::Error::raw_os_error);
        let expected = disables.then_some(libc::EPROTONOSUPPORT);
        ensure!(errno == expected, "{rule}: {created:?}");
        ensure!(found == disables, "{rule}:\n{diagnosis}");
        if created.is_ok() {
            conn.delete_session_and_wait(&session, Duration::from_secs(10))?;
        }
    }
    Ok(())
}

/// By its name as little as by its alias, and no command changes that.
fn a_module_that_the_kernel_cannot_load_is_found() -> Result<()> {
    let net = Net::new()?;
    let config = Variant::PLAIN.config();
    let session = SessionConfig::new(&config, PseudowireType::Eth, 10, 20);
    let mut conn = net.conn()?;
    conn.create_static_tunnel(Variant::PLAIN.local(), Variant::PLAIN.peer(), &config)?;
    let by_name = run(Command::new("modprobe").arg("l2tp_eth"));
    ensure!(by_name.is_err() && !is_loaded("l2tp_eth")?, "it was loaded: {by_name:?}");
    let created = conn.create_session(&session);
    let errno = created.as_ref().err().and_then(l2tp::Error::raw_os_error);
    ensure!(errno == Some(libc::EPROTONOSUPPORT), "{created:?}");

    let [finding] = found(&Diagnose::new().session(&session).netns(net.netns()).run())?;
    let Finding::ModuleDisabled { module: KernelModule::Eth, needed: true, loaded: false, rule } =
        &finding
    else {
        anyhow::bail!("{finding}");
    };
    ensure!(rule.kind == DisablingRuleKind::Kernel && rule.text.contains(BLACKLIST), "{rule:?}");
    ensure!(finding.command().is_none() && finding.severity() == Severity::Error, "{finding}");
    ensure!(finding.remedy().contains("boot loader"), "{finding}");
    Ok(())
}
