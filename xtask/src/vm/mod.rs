//! `cargo xtask vm`: runs a command as root on stock Debian kernels.
//!
//! The machine's own kernel may have no L2TP, and it is one kernel of many; so every claim about
//! the kernel is tested in a guest. [`Kernel::fetch`] gets a suite's kernel, [`Guest`] boots it and
//! runs one command, [`Run`] is how that ended. The subcommand is a thin layer over those three,
//! and so are the other commands that need a kernel.

mod apt;
mod binary;
mod cache;
mod cli;
mod console;
mod guest;
mod image;
mod kernel;
mod modules;
mod package;
mod progress;
mod qemu;
mod run;
mod shell;
mod suite;
mod tools;
mod vmlinux;

pub(crate) use apt::{fetch as fetch_package, sources_of as sources};
pub(crate) use binary::{Target, build};
pub(crate) use cli::{Args, run};
pub(crate) use guest::Guest;
pub(crate) use kernel::{Availability, Kernel};
pub(crate) use progress::{Parts, Progress, Stage};
pub(crate) use qemu::Accel;
pub(crate) use run::{End, Run, Stream};
pub(crate) use suite::{Choice, Suite};
pub(crate) use tools::libraries;

use crate::setup::Need;

/// What guests need of the machine.
pub(crate) const NEEDS: &[Need] = &[
    Need::Qemu,
    Need::Busybox,
    Need::Keyring,
    Need::Kmod,
    Need::Iproute2,
    Need::Ping,
    Need::Pppd,
    Need::Strace,
    Need::Tcpdump,
];
