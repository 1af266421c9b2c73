//! The kernel's modules. Whoever takes one away must be alone on the machine.

use std::fs;
use std::process::Command;

use anyhow::Result;

use super::{eventually, run};

/// Where the kernel keeps the program that it loads modules with.
const MODPROBE: &str = "/proc/sys/kernel/modprobe";

pub(crate) fn is_loaded(module: &str) -> Result<bool> {
    let modules = fs::read_to_string("/proc/modules")?;
    Ok(modules.lines().any(|line| line.split(' ').next() == Some(module)))
}

/// Unloads modules, those that depend on others before them. What they depend on stays: other
/// modules may need it.
pub(crate) fn unload(modules: &[&str]) -> Result<()> {
    for module in modules {
        // Namespaces of earlier tests are taken down behind their backs and hold it for a while.
        eventually("a module is unloaded", || {
            if is_loaded(module)? {
                run(Command::new("rmmod").arg(module)).map(drop)
            } else {
                Ok(())
            }
        })?;
    }
    Ok(())
}

/// Runs `work` while the kernel cannot load a module by itself.
pub(crate) fn without_autoload<T>(work: impl FnOnce() -> T) -> Result<T> {
    let modprobe = fs::read_to_string(MODPROBE)?;
    fs::write(MODPROBE, "/bin/false")?;
    let value = work();
    fs::write(MODPROBE, modprobe.trim_end())?;
    Ok(value)
}

/// Unloads the module of the family, after what depends on it.
pub(crate) fn unload_family() -> Result<()> {
    unload(&["l2tp_eth", "l2tp_ppp", "l2tp_netlink"])
}
