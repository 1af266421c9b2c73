//! Counters of a namespace's protocols.

use std::fs;

use anyhow::{Context, Result};

use super::Net;

impl Net {
    /// A counter as `nstat` names it: `IpFragCreates`, `Icmp6InDestUnreachs`.
    pub(crate) fn counter(&self, name: &str) -> Result<u64> {
        let read = |file: &str| -> Result<String> {
            self.run(|| Ok(fs::read_to_string(format!("/proc/thread-self/net/{file}"))?))
        };
        let (v4, v6) = (read("snmp")?, read("snmp6")?);
        let value = of_ipv6(&v6, name).or_else(|| of_ipv4(&v4, name));
        let value = value.with_context(|| format!("the kernel does not count {name}"))?;
        Ok(value.parse()?)
    }

    /// How many fragments the namespace has made.
    pub(crate) fn fragments(&self) -> Result<u64> {
        Ok(self.counter("IpFragCreates")? + self.counter("Ip6FragCreates")?)
    }
}

/// A name and a value on each line.
fn of_ipv6<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).map(str::trim)
}

/// A line of names, then one of values, each behind its protocol: `Ip: Forwarding DefaultTTL …`.
fn of_ipv4<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let mut lines = text.lines();
    while let (Some(names), Some(values)) = (lines.next(), lines.next()) {
        let (protocol, names) = names.split_once(": ")?;
        let (_, values) = values.split_once(": ")?;
        let Some(wanted) = name.strip_prefix(protocol) else { continue };
        let mut pairs = names.split(' ').zip(values.split(' '));
        if let Some((_, value)) = pairs.find(|(name, _)| *name == wanted) {
            return Some(value);
        }
    }
    None
}
