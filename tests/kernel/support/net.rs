//! Network namespaces, made for one test and gone with it.

use std::fs;
use std::os::fd::{AsFd, AsRawFd};
use std::process::{self, Command};

use anyhow::{Context, Result, ensure};
use l2tp::{Conn, Netns};
use netlink_sys::{Socket, protocols::NETLINK_ROUTE};
use serde_json::Value;

use super::{eventually, run, run_with};

/// A network namespace with its loopback interface up.
pub(crate) struct Net(Netns);

impl Net {
    pub(crate) fn new() -> Result<Self> {
        let net = Self(Netns::create().context("a network namespace")?);
        net.run(raise_loopback)?;
        Ok(net)
    }

    /// Two namespaces joined by an Ethernet cable: `10.0.0.1/24` and `fd00::1/64` on `veth0` of
    /// the one, `.2` and `::2` on `veth0` of the other.
    pub(crate) fn pair() -> Result<(Self, Self)> {
        let (one, other) = (Self::new()?, Self::new()?);
        let far = other.path();
        one.add_link(&format!("veth0 type veth peer name veth0 netns {far}"))?;
        for (net, host) in [(&one, 1), (&other, 2)] {
            net.ip_all(&[
                &format!("addr add 10.0.0.{host}/24 dev veth0"),
                &format!("addr add fd00::{host}/64 dev veth0 nodad"),
                "link set veth0 up",
            ])?;
        }
        // The kernel notices the carrier in its own time, and loses frames until then.
        for net in [&one, &other] {
            eventually("a live cable", || {
                let links = net.ip_json("link show veth0")?;
                ensure!(links[0]["operstate"] == "UP", "the cable is dead: {links}");
                Ok(())
            })?;
        }
        Ok((one, other))
    }

    /// The namespace itself.
    pub(crate) fn netns(&self) -> &Netns {
        &self.0
    }

    /// A file that stands for the namespace, as `ip link set … netns` takes one.
    pub(crate) fn path(&self) -> String {
        format!("/proc/{}/fd/{}", process::id(), self.0.as_fd().as_raw_fd())
    }

    /// A connection to the namespace's L2TP.
    pub(crate) fn conn(&self) -> Result<Conn> {
        Ok(Conn::open_in(&self.0)?)
    }

    /// Runs `work` on a thread in the namespace.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        self.0.run(work)?
    }

    /// Runs a program in the namespace; returns its standard output.
    pub(crate) fn program(&self, name: &str, arguments: &[&str]) -> Result<String> {
        self.run(|| run(Command::new(name).args(arguments)))
    }

    /// Runs iproute2's `ip` in the namespace.
    pub(crate) fn ip(&self, arguments: &str) -> Result<String> {
        self.program("ip", &arguments.split_whitespace().collect::<Vec<_>>())
    }

    /// Adds an interface, with `ip link add`.
    pub(crate) fn add_link(&self, arguments: &str) -> Result<()> {
        // Of two that ask at once for the driver's module, one may be told that it is not there.
        eventually("an interface", || self.ip(&format!("link add {arguments}")).map(drop))
    }

    /// Runs commands of `ip` one after the other, in one process: in an emulated machine most of
    /// what one costs is its start.
    pub(crate) fn ip_all(&self, commands: &[&str]) -> Result<String> {
        self.run(|| run_with(Command::new("ip").args(["-batch", "-"]), &commands.join("\n")))
    }

    /// The JSON that `ip -j` answers with.
    pub(crate) fn ip_json(&self, arguments: &str) -> Result<Value> {
        let text = self.ip(&format!("-j {arguments}"))?;
        serde_json::from_str(&text).with_context(|| format!("`ip -j {arguments}` printed {text:?}"))
    }

    /// Whether the namespace has an interface of this name.
    pub(crate) fn has(&self, interface: &str) -> Result<bool> {
        let devices = self.run(|| Ok(fs::read_to_string("/proc/thread-self/net/dev")?))?;
        let mut names = devices.lines().filter_map(|line| line.trim_start().split_once(':'));
        Ok(names.any(|(name, _)| name == interface))
    }

    /// The MTU of an interface.
    pub(crate) fn mtu(&self, interface: &str) -> Result<u32> {
        let links = self.ip_json(&format!("link show {interface}"))?;
        let mtu = links[0]["mtu"].as_u64();
        let mtu = mtu.with_context(|| format!("{interface} without MTU: {links}"))?;
        Ok(u32::try_from(mtu)?)
    }
}

/// Brings up the loopback interface of the thread's namespace, as `ip link set lo up` does; every
/// test begins with it.
fn raise_loopback() -> Result<()> {
    /// `struct nlmsghdr` and `struct ifinfomsg`.
    const LENGTH: u32 = 16 + 16;
    /// A namespace's first interface.
    const LO: u32 = 1;
    let flags = l2tp_sys::NLM_F_REQUEST | l2tp_sys::NLM_F_ACK;
    let kind_and_flags = (u32::from(flags) << 16) | u32::from(l2tp_sys::RTM_NEWLINK);
    let up = u32::try_from(libc::IFF_UP)?;
    let words = [LENGTH, kind_and_flags, 0, 0, 0, LO, up, up];
    let socket = Socket::new(NETLINK_ROUTE)?;
    socket.send(&words.map(u32::to_le_bytes).concat(), 0)?;
    let mut answer = [0; 64];
    let length = socket.recv(&mut &mut answer[..], 0)?;
    // `struct nlmsgerr` begins with the errno.
    ensure!(length >= 20 && answer[16..20] == [0; 4], "the loopback interface stays down");
    Ok(())
}
