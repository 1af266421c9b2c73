//! Network namespaces, made for one test and gone with it.

use std::os::fd::{AsFd, AsRawFd};
use std::process::{self, Command};

use anyhow::{Context, Result, ensure};
use l2tp::{Conn, Netns};
use serde_json::Value;

use super::{eventually, run};

/// A network namespace with its loopback interface up.
pub(crate) struct Net(Netns);

impl Net {
    pub(crate) fn new() -> Result<Self> {
        let net = Self(Netns::create().context("a network namespace")?);
        net.ip("link set lo up")?;
        Ok(net)
    }

    /// Two namespaces joined by an Ethernet cable: `10.0.0.1/24` and `fd00::1/64` on `veth0` of
    /// the one, `.2` and `::2` on `veth0` of the other.
    pub(crate) fn pair() -> Result<(Self, Self)> {
        let (one, other) = (Self::new()?, Self::new()?);
        let far = other.path();
        one.add_link(&format!("veth0 type veth peer name veth0 netns {far}"))?;
        for (net, host) in [(&one, 1), (&other, 2)] {
            net.ip(&format!("addr add 10.0.0.{host}/24 dev veth0"))?;
            net.ip(&format!("addr add fd00::{host}/64 dev veth0 nodad"))?;
            net.ip("link set veth0 up")?;
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

    /// The JSON that `ip -j` answers with.
    pub(crate) fn ip_json(&self, arguments: &str) -> Result<Value> {
        let text = self.ip(&format!("-j {arguments}"))?;
        serde_json::from_str(&text).with_context(|| format!("`ip -j {arguments}` printed {text:?}"))
    }

    /// The MTU of an interface.
    pub(crate) fn mtu(&self, interface: &str) -> Result<i64> {
        let links = self.ip_json(&format!("link show {interface}"))?;
        links[0]["mtu"].as_i64().with_context(|| format!("{interface} without MTU: {links}"))
    }
}
