//! The kernel's answers to `ip l2tp`, read as the library reads those to its own requests.

use l2tp::netlink::attr::{Attrs, FromAttrs};
use l2tp::netlink::exchange::{Exchange, Progress};
use l2tp::netlink::message::{Messages, Request};
use l2tp::types::{DebugFlags, Statistics};
use l2tp::{SessionConfig, SessionInfo, TunnelConfig, TunnelInfo, schema};

use super::commands::{sessions, tunnels};
use super::{Capture, Conversation, first};

/// How a conversation ended, and the rows before.
#[derive(Debug, PartialEq, Eq)]
enum Outcome<T> {
    Acknowledged,
    Refused(i32),
    Listed(Vec<T>),
}

/// Has the exchange that the request began hear the kernel's answers.
fn replay<T: for<'a> FromAttrs<'a>>(conversation: &Conversation) -> Outcome<T> {
    let request = first(&conversation.request);
    let mut exchange = Exchange::starting_at(request.header.seq);
    exchange.start();
    let header = Request {
        family: request.header.kind,
        command: request.command().expect("a command"),
        version: 1,
        flags: request.header.flags,
    };
    let attrs = request.attrs().expect("attributes");
    exchange
        .push(&header, |out| {
            attrs.flatten().try_for_each(|attr| out.put(attr.id(), attr.payload()))
        })
        .expect("the request");
    assert_eq!(exchange.outgoing(), conversation.request, "what ip sent");
    exchange.sent();
    let mut answers = conversation.answers.iter();
    let mut rows = Vec::new();
    let outcome = loop {
        match exchange.poll().expect("a well-formed answer") {
            Progress::NeedData => {
                let datagram = answers.next().expect("an end of the conversation");
                exchange.space()[..datagram.len()].copy_from_slice(datagram);
                exchange.received(datagram.len()).expect("a datagram that fits");
            }
            Progress::Reply(0) => {
                let attrs = exchange.message().and_then(|row| row.attrs()).expect("attributes");
                rows.push(T::from_attrs(attrs).expect("a row"));
            }
            Progress::Done => break Outcome::Listed(rows),
            Progress::Acked(0) => break Outcome::Acknowledged,
            Progress::Failed(0, error) => break Outcome::Refused(error.errno()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(answers.len(), 0, "answers behind the end");
    outcome
}

/// The rows of the command of this text.
fn listed<T: for<'a> FromAttrs<'a>>(capture: &Capture, command: &str) -> Vec<T> {
    let mut found = capture.conversations.iter().filter(|it| it.command.text() == command);
    match replay(found.next().expect(command)) {
        Outcome::Listed(rows) => rows,
        _ => panic!("not a listing: {command}"),
    }
}

#[test]
fn commands_end_as_the_script_says() {
    for capture in Capture::all() {
        for conversation in &capture.conversations {
            let command = conversation.command;
            let outcome = match command.name() {
                "show tunnel" | "show session" => continue,
                _ => replay::<TunnelInfo>(conversation),
            };
            let expected = match (command.fails, command.name()) {
                (false, _) => Outcome::Acknowledged,
                (true, "add tunnel") => Outcome::Refused(libc::EEXIST),
                (true, _) => Outcome::Refused(libc::ENODEV),
            };
            assert_eq!(outcome, expected, "Linux {}: {}", capture.kernel, command.text());
        }
    }
}

/// The configuration of a tunnel, from what the kernel tells of it.
fn config_of_tunnel(info: &TunnelInfo) -> TunnelConfig {
    TunnelConfig {
        version: info.version,
        encap: info.encap,
        tunnel_id: info.tunnel_id,
        peer_tunnel_id: info.peer_tunnel_id,
        udp_csum: info.udp_csum.unwrap_or_default(),
        udp_zero_csum6_tx: info.udp_zero_csum6_tx,
        udp_zero_csum6_rx: info.udp_zero_csum6_rx,
        debug: None,
    }
}

#[test]
fn dumped_tunnels_are_those_of_the_script() {
    for capture in Capture::all() {
        let rows: Vec<TunnelInfo> = listed(&capture, "show tunnel");
        let expected: Vec<_> = tunnels().collect();
        assert_eq!(rows.len(), expected.len());
        for (info, (local, peer, config)) in rows.iter().zip(expected) {
            assert_eq!(config_of_tunnel(info), config);
            let (v4, v6) = ((info.ip_saddr, info.ip_daddr), (info.ip6_saddr, info.ip6_daddr));
            let pair = |told: (Option<_>, Option<_>)| told.0.zip(told.1);
            let v4 = pair((v4.0.map(Into::into), v4.1.map(Into::into)));
            let v6 = pair((v6.0.map(Into::into), v6.1.map(Into::into)));
            assert_eq!([v4, v6].iter().flatten().collect::<Vec<_>>(), [&(local.ip(), peer.ip())]);
            let ports = (info.udp_sport.unwrap_or(0), info.udp_dport.unwrap_or(0));
            assert_eq!(ports, (local.port(), peer.port()));
            assert_eq!(info.debug, DebugFlags(0));
        }
        // The kernel lists everything, whatever was asked.
        let again: Vec<TunnelInfo> = listed(&capture, "show tunnel tunnel_id 7");
        assert_eq!(again, rows);
    }
}

#[test]
fn dumped_sessions_are_those_of_the_script() {
    for capture in Capture::all() {
        let rows: Vec<SessionInfo> = listed(&capture, "show session");
        let expected: Vec<_> = sessions().collect();
        assert_eq!(rows.len(), expected.len());
        let mut names = 0..;
        for (info, config) in rows.iter().zip(expected) {
            let given = config.ifname.map(|name| name.to_string());
            let name = given.unwrap_or_else(|| format!("l2tpeth{}", names.next().unwrap_or(0)));
            assert_eq!(info.ifname.map(|name| name.to_string()), Some(name));
            assert_eq!(config_of_session(info, &config), config);
            assert!(!info.using_ipsec && info.reorder_timeout.is_zero());
        }
        let again: Vec<SessionInfo> = listed(&capture, "show session tunnel_id 4 session_id 40");
        assert_eq!(again, rows);
    }
}

/// The configuration of a session, from what the kernel tells of it, and what it keeps to itself
/// from what was asked for.
fn config_of_session(info: &SessionInfo, asked: &SessionConfig) -> SessionConfig {
    SessionConfig {
        version: asked.version,
        tunnel_id: info.tunnel_id,
        peer_tunnel_id: info.peer_tunnel_id,
        session_id: info.session_id,
        peer_session_id: info.peer_session_id,
        pseudowire: info.pseudowire,
        l2spec: asked.l2spec,
        local_cookie: info.local_cookie,
        peer_cookie: info.peer_cookie,
        ifname: asked.ifname,
        send_seq: info.send_seq,
        recv_seq: info.recv_seq,
        lns_mode: info.lns_mode,
        reorder_timeout: None,
        debug: None,
    }
}

#[test]
fn counters_are_what_crossed() {
    for capture in Capture::all() {
        let rows: Vec<SessionInfo> = listed(&capture, "show session");
        let [one, two, left, right, ..] = rows.as_slice() else { panic!("too few sessions") };
        let (one, two) = (one.statistics, two.statistics);
        assert!(one.tx_packets > 0 && one.tx_bytes > one.tx_packets);
        assert_eq!((one.tx_packets, one.tx_bytes), (two.rx_packets, two.rx_bytes));
        assert_eq!((two.tx_packets, two.tx_bytes), (one.rx_packets, one.rx_bytes));
        // Packets without a sublayer have no sequence number, and the end that wants one drops
        // them. Those without a checksum do not even reach the other end.
        let (left, right) = (left.statistics, right.statistics);
        assert_eq!(right.rx_seq_discards, left.tx_packets);
        assert_eq!((right.rx_errors, right.rx_packets), (left.tx_packets, 0));
        let mut received = left;
        received.tx_packets = 0;
        received.tx_bytes = 0;
        let mut nothing = Statistics::default();
        nothing.rx_invalid = left.rx_invalid;
        assert_eq!(received, nothing);
    }
}

#[test]
fn every_attribute_of_a_reply_is_known() {
    for capture in Capture::all() {
        for conversation in &capture.conversations {
            for datagram in &conversation.answers {
                let text = schema::describe(datagram).to_string();
                for word in ["unknown", "malformed", "attribute "] {
                    assert!(!text.contains(word), "Linux {}:\n{text}", capture.kernel);
                }
            }
        }
    }
}

/// The sessions' rows as the kernels wrote them: their attributes.
fn session_rows() -> Vec<Vec<u8>> {
    let captures = Capture::all();
    let conversations = captures.iter().flat_map(|capture| &capture.conversations);
    let answers = conversations
        .filter(|conversation| conversation.command.name() == "show session")
        .flat_map(|conversation| &conversation.answers);
    let messages = answers.flat_map(|datagram| Messages::new(datagram).map(Result::unwrap));
    let rows = messages.filter(|message| message.header.kind >= 16);
    rows.map(|message| message.attrs().expect("attributes").rest().to_vec()).collect()
}

#[test]
fn a_session_of_a_kernel_is_read_by_the_fast_path() {
    let rows = session_rows();
    assert!(rows.len() > 10, "{} rows", rows.len());
    for row in rows {
        let fast = SessionInfo::in_order(Attrs::new(&row, 0)).expect("the fast path");
        assert_eq!(Ok(fast), SessionInfo::in_any_order(Attrs::new(&row, 0)));
    }
}

/// Where the headers of attributes stand, those of the statistics included.
fn headers(row: &[u8]) -> Vec<usize> {
    let mut headers = Vec::new();
    for attr in Attrs::new(row, 0).map(Result::unwrap) {
        headers.push(attr.offset());
        if attr.id() == l2tp_sys::L2TP_ATTR_STATS {
            headers.extend(attr.nested().map(|attr| attr.expect("a counter").offset()));
        }
    }
    headers
}

/// Neither one with a bit that is wrong nor one without a bit that is right.
#[test]
fn the_fast_path_takes_no_header_for_another() {
    for row in session_rows() {
        for at in headers(&row) {
            for mask in (0..32).map(|bit| 1_u32 << bit).chain([u32::MAX]) {
                let mut row = row.clone();
                let header = u32::from_ne_bytes(row[at..at + 4].try_into().unwrap()) ^ mask;
                row[at..at + 4].copy_from_slice(&header.to_ne_bytes());
                if let Some(fast) = SessionInfo::in_order(Attrs::new(&row, 0)) {
                    let read = SessionInfo::in_any_order(Attrs::new(&row, 0));
                    assert_eq!(Ok(fast), read, "header {header:#x} at {at}");
                }
            }
        }
    }
}
