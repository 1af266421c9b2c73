//! Runs the program ping, and reads its last lines.

use std::fmt;
use std::net::IpAddr;
use std::process::Command;

/// The result of a series of pings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ping {
    to: IpAddr,
    size: u16,
    sent: u32,
    received: u32,
    /// Average round trip in milliseconds, as ping printed it; `None` if there was no reply.
    average: Option<String>,
}

impl Ping {
    /// Sends `count` pings of `size` bytes from the calling thread's network namespace.
    pub(crate) fn run(to: IpAddr, count: u32, size: u16) -> Result<Self, String> {
        let output = Command::new("ping")
            .args(["-q", "-i", "0.1", "-W", "2"])
            .args(["-c", &count.to_string(), "-s", &size.to_string(), &to.to_string()])
            .output()
            .map_err(|error| format!("cannot run ping (Debian package iputils-ping): {error}"))?;
        let (stdout, stderr) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        Self::parse(to, size, &stdout)
            .ok_or_else(|| format!("ping {to} failed: {}{}", stdout.trim(), stderr.trim()))
    }

    /// Whether a ping had no reply.
    pub(crate) fn lost(&self) -> bool {
        self.received != self.sent || self.sent == 0
    }

    /// Reads `10 packets transmitted, 10 received, …` and `rtt min/avg/max/mdev = …`.
    fn parse(to: IpAddr, size: u16, text: &str) -> Option<Self> {
        let counts = text.lines().find(|line| line.contains(" packets transmitted"))?;
        let mut numbers =
            counts.split(", ").filter_map(|part| part.split(' ').next()?.parse().ok());
        let (sent, received) = (numbers.next()?, numbers.next()?);
        let average = text
            .lines()
            .filter(|line| line.starts_with("rtt ") || line.starts_with("round-trip "))
            .find_map(|line| line.split(" = ").nth(1)?.split('/').nth(1));
        Some(Self { to, size, sent, received, average: average.map(str::to_owned) })
    }
}

impl fmt::Display for Ping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { to, size, sent, received, .. } = self;
        write!(f, "{sent} pings of {size} bytes to {to}, {received} answered")?;
        match &self.average {
            Some(average) => write!(f, ", {average} ms each on average"),
            None => Ok(()),
        }
    }
}
