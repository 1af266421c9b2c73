//! The commands of `capture.sh`, and how the library asks for the same.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use l2tp::conn::DryRun;
use l2tp::{
    Cookie, EncapType, IfName, L2SpecType, ProtocolVersion, PseudowireType, SessionConfig,
    SessionId, TunnelConfig, TunnelId,
};

/// One command, `ip l2tp VERB OBJECT [NAME VALUE]…`, as the script has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Command {
    text: &'static str,
    /// Whether the script says that it fails.
    pub(super) fails: bool,
}

/// The commands in their order.
pub(super) fn all() -> impl Iterator<Item = Command> {
    include_str!("capture.sh").lines().filter_map(|line| {
        let (fails, line) = match line.strip_prefix("! ") {
            Some(line) => (true, line),
            None => (false, line),
        };
        let text = line.strip_prefix("ip l2tp ")?;
        let end = text.find(['>', '#']).unwrap_or(text.len());
        Some(Command { text: text[..end].trim_end_matches(" 2").trim_end(), fails })
    })
}

impl Command {
    pub(super) fn text(self) -> &'static str {
        self.text
    }

    /// `VERB OBJECT`.
    pub(super) fn name(self) -> &'static str {
        let end = self.text.match_indices(' ').nth(1).map_or(self.text.len(), |(end, _)| end);
        &self.text[..end]
    }

    fn arguments(self) -> Arguments {
        let words: Vec<_> = self.text[self.name().len()..].split_ascii_whitespace().collect();
        assert!(words.len() % 2 == 0, "{}", self.text);
        Arguments(words.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
    }

    /// What the library sends for the same.
    pub(super) fn request(self, family: u16) -> Vec<u8> {
        let (mut dry, mut of) = (DryRun::for_family(family), self.arguments());
        let ids =
            |of: &mut Arguments| (TunnelId(of.id("tunnel_id")), SessionId(of.id("session_id")));
        let request = match self.name() {
            "add tunnel" => {
                let (local, peer, config) = tunnel(&mut of);
                dry.create_static_tunnel(local, peer, &config)
            }
            "add session" => dry.create_session(&session(&mut of)),
            "del tunnel" => dry.delete_tunnel(TunnelId(of.id("tunnel_id"))),
            "del session" => dry.delete_session(ids(&mut of)),
            // Both list everything and choose among the answers.
            "show tunnel" => {
                of.0.clear();
                dry.tunnels()
            }
            "show session" => {
                of.0.clear();
                dry.sessions()
            }
            other => panic!("unknown command {other}"),
        };
        assert!(of.0.is_empty(), "not heeded: {:?}", of.0);
        request.expect("a request that can work").to_vec()
    }
}

/// The configuration of the tunnel of this id, which a command of the script created.
pub(super) fn tunnel_of(id: u32) -> TunnelConfig {
    let tunnels = all().filter(|command| command.name() == "add tunnel" && !command.fails);
    let mut tunnels = tunnels.map(|command| tunnel(&mut command.arguments()).2);
    tunnels.find(|tunnel| tunnel.tunnel_id.0 == id).expect("a command that creates the tunnel")
}

/// The tunnels that the script creates, with their ends.
pub(super) fn tunnels() -> impl Iterator<Item = (SocketAddr, SocketAddr, TunnelConfig)> {
    let created = all().filter(|command| command.name() == "add tunnel" && !command.fails);
    created.map(|command| tunnel(&mut command.arguments()))
}

/// The sessions that the script creates.
pub(super) fn sessions() -> impl Iterator<Item = SessionConfig> {
    let created = all().filter(|command| command.name() == "add session" && !command.fails);
    created.map(|command| session(&mut command.arguments()))
}

fn tunnel(of: &mut Arguments) -> (SocketAddr, SocketAddr, TunnelConfig) {
    let encap = match of.text("encap") {
        "udp" => EncapType::Udp,
        "ip" => EncapType::Ip,
        other => panic!("encap {other}"),
    };
    let mut config =
        TunnelConfig::new(ProtocolVersion::V3, encap, of.id("tunnel_id"), of.id("peer_tunnel_id"));
    config.udp_csum = of.find::<String>("udp_csum").is_some_and(|switch| switch == "on");
    config.udp_zero_csum6_tx = of.find::<String>("udp6_csum_tx").is_some_and(|it| it == "off");
    config.udp_zero_csum6_rx = of.find::<String>("udp6_csum_rx").is_some_and(|it| it == "off");
    let mut end = |address, port| {
        let address: IpAddr = of.find(address).expect("an address");
        SocketAddr::new(address, of.find(port).unwrap_or(0))
    };
    (end("local", "udp_sport"), end("remote", "udp_dport"), config)
}

fn session(of: &mut Arguments) -> SessionConfig {
    let tunnel = tunnel_of(of.id("tunnel_id"));
    let (id, peer_id) = (of.id("session_id"), of.id("peer_session_id"));
    let mut config = SessionConfig::new(&tunnel, PseudowireType::Eth, id, peer_id);
    config.ifname = of.find::<IfName>("name");
    config.local_cookie = of.find::<Cookie>("cookie");
    config.peer_cookie = of.find::<Cookie>("peer_cookie");
    let seq = of.find::<String>("seq").unwrap_or_default();
    config.send_seq = matches!(seq.as_str(), "send" | "both");
    config.recv_seq = matches!(seq.as_str(), "recv" | "both");
    if of.find::<String>("l2spec_type").is_some_and(|l2spec| l2spec == "none") {
        config.l2spec = L2SpecType::None;
    }
    config
}

/// The arguments that have not been heeded yet.
struct Arguments(BTreeMap<&'static str, &'static str>);

impl Arguments {
    fn find<T: FromStr>(&mut self, name: &str) -> Option<T> {
        let value = self.0.remove(name)?;
        Some(value.parse().unwrap_or_else(|_| panic!("{name} {value}")))
    }

    fn text(&mut self, name: &str) -> &'static str {
        self.0.remove(name).expect(name)
    }

    fn id(&mut self, name: &str) -> u32 {
        self.find(name).expect(name)
    }
}
