//! The settings that disable loading modules on demand.

use std::fmt;

use super::files::HostFiles;
use super::shell::loads_nothing;

/// The setting that disables loading modules on demand.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AutoloadOff {
    /// `kernel.modules_disabled` is 1. Nothing can reset it before the next boot.
    ModulesDisabled,
    /// `kernel.modprobe` is empty.
    NoHelper,
    /// `kernel.modprobe` is a program that loads nothing.
    Helper(String),
    /// `kernel.modprobe` is a program that does not exist.
    HelperMissing(String),
}

impl AutoloadOff {
    pub(super) fn remedy(&self) -> String {
        match self {
            Self::ModulesDisabled => {
                "this setting lasts until the next boot: reboot, and load the modules before it is \
                 set (/etc/modules-load.d)"
            }
            Self::NoHelper | Self::Helper(_) => {
                "restore it with `sysctl kernel.modprobe=/sbin/modprobe`, or list the modules in \
                 /etc/modules-load.d"
            }
            Self::HelperMissing(_) => {
                "install it (package kmod); in a container ignore this, as the container's host \
                 loads modules"
            }
        }
        .to_owned()
    }
}

impl fmt::Display for AutoloadOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ModulesDisabled => f.write_str("kernel.modules_disabled is 1"),
            Self::NoHelper => f.write_str("kernel.modprobe is empty"),
            Self::Helper(helper) => write!(f, "kernel.modprobe is {helper}"),
            Self::HelperMissing(helper) => {
                write!(f, "kernel.modprobe is {helper}, which does not exist")
            }
        }
    }
}

/// The setting that disables loading modules on demand, if there is one.
pub(super) fn autoload_off(files: &HostFiles) -> Option<AutoloadOff> {
    if files.value("/proc/sys/kernel/modules_disabled").as_deref() == Some("1") {
        return Some(AutoloadOff::ModulesDisabled);
    }
    let helper = files.value("/proc/sys/kernel/modprobe")?;
    if helper.is_empty() {
        Some(AutoloadOff::NoHelper)
    } else if loads_nothing(&helper) {
        Some(AutoloadOff::Helper(helper))
    } else if !files.exists(&helper) {
        Some(AutoloadOff::HelperMissing(helper))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::fixture::Tree;
    use super::*;

    #[test]
    fn each_setting_is_found() {
        let modprobe = "proc/sys/kernel/modprobe";
        let off = |files: &[(&str, &str)]| autoload_off(&Tree::new(files).files());
        assert_eq!(off(&[]), None);
        assert_eq!(off(&[(modprobe, "/sbin/modprobe\n"), ("sbin/modprobe", "")]), None);
        assert_eq!(off(&[(modprobe, "\n")]), Some(AutoloadOff::NoHelper));
        let helper = "/bin/false".to_owned();
        assert_eq!(off(&[(modprobe, "/bin/false\n")]), Some(AutoloadOff::Helper(helper)));
        let missing = "/sbin/modprobe".to_owned();
        assert_eq!(off(&[(modprobe, "/sbin/modprobe")]), Some(AutoloadOff::HelperMissing(missing)));
        let disabled = ("proc/sys/kernel/modules_disabled", "1\n");
        assert_eq!(off(&[disabled]), Some(AutoloadOff::ModulesDisabled));
    }
}
