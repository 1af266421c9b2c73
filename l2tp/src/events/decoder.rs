//! From datagrams to events, without a socket.

use super::{Event, Requester, TunnelOrSession};
use crate::conn::engine::Family;
use crate::netlink::attr::{DecodeError, FromAttrs};
use crate::netlink::ctrl;
use crate::netlink::extack::acknowledgement;
use crate::netlink::inbox::Inbox;
use crate::netlink::message::Message;
use crate::{SessionInfo, TunnelInfo};

/// What a message means to a listener.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// A notification about a tunnel or session.
    Event(Event),
    /// The family was registered again, with another number and group.
    Reloaded(Family),
    /// The reply to the get request with this sequence number: the family, or `None` if it is not
    /// registered.
    Reply(u32, Option<Family>),
}

/// Reads the messages of the family's group and of the controller's.
#[derive(Debug)]
pub(crate) struct Decoder {
    inbox: Inbox,
    family: Family,
}

impl Decoder {
    pub(crate) fn new(family: Family) -> Self {
        Self { inbox: Inbox::new(), family }
    }

    /// Where to receive a datagram.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        self.inbox.space()
    }

    /// Takes note of a datagram of `len` bytes received into [`space`](Self::space).
    pub(crate) fn received(&mut self, len: usize) -> Result<(), DecodeError> {
        self.inbox.received(len)
    }

    /// The next notice in the datagram, or `None` when another datagram has to be received. After
    /// an error it continues with the next message, or with the next datagram if the end of the
    /// message is not known.
    pub(crate) fn poll(&mut self) -> Result<Option<Notice>, DecodeError> {
        while let Some(message) = self.inbox.next_message()? {
            let (kind, seq) = (message.header.kind, message.header.seq);
            if kind == self.family.id {
                return event(&message).map(|event| Some(Notice::Event(event)));
            }
            if kind == l2tp_sys::NLMSG_ERROR && is_no_such_family(&message)? {
                return Ok(Some(Notice::Reply(seq, None)));
            }
            if kind != ctrl::GET_FAMILY.family {
                continue;
            }
            if let Some(family) = registration(&message)? {
                self.family = family;
                // The controller's notifications have the sequence number 0.
                let notice = match seq {
                    0 => Notice::Reloaded(family),
                    seq => Notice::Reply(seq, Some(family)),
                };
                return Ok(Some(notice));
            }
        }
        Ok(None)
    }
}

fn event(message: &Message<'_>) -> Result<Event, DecodeError> {
    let header = message.header;
    let requester = Requester { port: header.port, seq: header.seq };
    let attrs = message.attrs()?;
    let tunnel = || TunnelInfo::from_attrs(attrs.clone()).map(TunnelOrSession::Tunnel);
    let session = || SessionInfo::from_attrs(attrs.clone()).map(TunnelOrSession::Session);
    let command = message.command()?;
    Ok(match command {
        l2tp_sys::L2TP_CMD_TUNNEL_CREATE => Event::Created(tunnel()?, requester),
        l2tp_sys::L2TP_CMD_TUNNEL_DELETE => Event::Deleted(tunnel()?, requester),
        l2tp_sys::L2TP_CMD_TUNNEL_MODIFY => Event::Modified(tunnel()?, requester),
        l2tp_sys::L2TP_CMD_SESSION_CREATE => Event::Created(session()?, requester),
        l2tp_sys::L2TP_CMD_SESSION_DELETE => Event::Deleted(session()?, requester),
        l2tp_sys::L2TP_CMD_SESSION_MODIFY => Event::Modified(session()?, requester),
        _ => Event::Unknown { command, attributes: attrs.rest().into(), requester },
    })
}

/// Whether the controller rejected a get request because the family is not registered. After any
/// other rejection the listener repeats the request.
fn is_no_such_family(message: &Message<'_>) -> Result<bool, DecodeError> {
    let rejection = acknowledgement(message, || &[])?.err();
    Ok(rejection.is_some_and(|error| error.errno() == libc::ENOENT))
}

/// The family, if the controller's message says that it was registered.
fn registration(message: &Message<'_>) -> Result<Option<Family>, DecodeError> {
    if message.command()? != l2tp_sys::CTRL_CMD_NEWFAMILY {
        return Ok(None);
    }
    let family = ctrl::Family::from_attrs(message.attrs()?)?;
    if family.name != l2tp_sys::L2TP_GENL_NAME {
        return Ok(None);
    }
    Family::new(&family).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::attr::{DecodeReason, ToAttrs};
    use crate::netlink::message::Header;
    use crate::testing::samples;

    const FAMILY: Family = Family { id: 30, group: Some(7) };

    fn decoder(datagram: &[u8]) -> Decoder {
        let mut decoder = Decoder::new(FAMILY);
        decoder.space()[..datagram.len()].copy_from_slice(datagram);
        decoder.received(datagram.len()).unwrap();
        decoder
    }

    fn tunnel() -> TunnelInfo {
        samples::tunnel(1)
    }

    fn message(kind: u16, command: u8, attributes: &impl ToAttrs) -> Vec<u8> {
        // The controller's notifications have the sequence number 0.
        let seq = if kind == ctrl::GET_FAMILY.family { 0 } else { 5 };
        numbered(seq, kind, command, attributes)
    }

    fn numbered(seq: u32, kind: u16, command: u8, attributes: &impl ToAttrs) -> Vec<u8> {
        let header = Header { len: 0, kind, flags: 4, seq, port: 6 };
        let mut bytes = Vec::new();
        header.write(&[command, 1, 0, 0], &mut bytes, |out| attributes.to_attrs(out)).unwrap();
        bytes
    }

    const REQUESTER: Requester = Requester { port: 6, seq: 5 };

    #[test]
    fn a_datagram_has_many_events_and_other_families_are_skipped() {
        let datagram = [
            message(31, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, &tunnel()),
            message(30, l2tp_sys::L2TP_CMD_TUNNEL_DELETE, &tunnel()),
            message(30, 200, &tunnel()),
        ]
        .concat();
        let mut decoder = decoder(&datagram);
        let deleted = Event::Deleted(TunnelOrSession::Tunnel(tunnel()), REQUESTER);
        assert_eq!(decoder.poll(), Ok(Some(Notice::Event(deleted))));
        match decoder.poll() {
            Ok(Some(Notice::Event(Event::Unknown { command: 200, attributes, requester }))) => {
                assert_eq!(requester, REQUESTER);
                assert_eq!(attributes[..], datagram[datagram.len() - attributes.len()..]);
                assert_ne!(attributes.len(), 0);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(decoder.poll(), Ok(None));
    }

    #[test]
    fn each_command_is_an_event_of_a_tunnel_or_a_session() {
        let session = samples::session(1, 2);
        let (about_tunnel, about_session) =
            (TunnelOrSession::Tunnel(tunnel()), TunnelOrSession::Session(session));
        for (command, expected) in [
            (l2tp_sys::L2TP_CMD_TUNNEL_CREATE, Event::Created(about_tunnel, REQUESTER)),
            (l2tp_sys::L2TP_CMD_TUNNEL_DELETE, Event::Deleted(about_tunnel, REQUESTER)),
            (l2tp_sys::L2TP_CMD_TUNNEL_MODIFY, Event::Modified(about_tunnel, REQUESTER)),
            (l2tp_sys::L2TP_CMD_SESSION_CREATE, Event::Created(about_session, REQUESTER)),
            (l2tp_sys::L2TP_CMD_SESSION_DELETE, Event::Deleted(about_session, REQUESTER)),
            (l2tp_sys::L2TP_CMD_SESSION_MODIFY, Event::Modified(about_session, REQUESTER)),
        ] {
            let datagram = match &expected {
                Event::Created(TunnelOrSession::Session(session), _)
                | Event::Deleted(TunnelOrSession::Session(session), _)
                | Event::Modified(TunnelOrSession::Session(session), _) => {
                    message(30, command, session)
                }
                _ => message(30, command, &tunnel()),
            };
            assert_eq!(decoder(&datagram).poll(), Ok(Some(Notice::Event(expected))), "{command}");
        }
    }

    #[test]
    fn a_malformed_message_does_not_hide_the_next() {
        let mut bad = message(30, l2tp_sys::L2TP_CMD_SESSION_CREATE, &tunnel());
        let good = message(30, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, &tunnel());
        bad.extend_from_slice(&good);
        let mut decoder = decoder(&bad);
        let error = decoder.poll().unwrap_err();
        assert_eq!(error.reason(), DecodeReason::Missing);
        assert_eq!(error.struct_name(), Some("SessionInfo"));
        let created = Event::Created(TunnelOrSession::Tunnel(tunnel()), REQUESTER);
        assert_eq!(decoder.poll(), Ok(Some(Notice::Event(created))));
    }

    #[test]
    fn a_false_length_ends_the_datagram_only() {
        let mut datagram = message(30, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, &tunnel());
        datagram[0] = 200;
        let mut decoder = decoder(&datagram);
        assert!(decoder.poll().is_err());
        assert_eq!(decoder.poll(), Ok(None));
    }

    /// `CTRL_CMD_NEWFAMILY` as the kernel broadcasts it.
    #[test]
    fn a_new_family_number_is_used() {
        let mut registered = samples::registration(40, 9);
        registered.name = c"other";
        let kind = ctrl::GET_FAMILY.family;
        let other = message(kind, l2tp_sys::CTRL_CMD_NEWFAMILY, &registered);
        registered.name = l2tp_sys::L2TP_GENL_NAME;
        let ours = message(kind, l2tp_sys::CTRL_CMD_NEWFAMILY, &registered);
        let event = message(40, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, &tunnel());
        let mut decoder = decoder(&[other, ours, event].concat());
        let family = Family { id: 40, group: Some(9) };
        assert_eq!(decoder.poll(), Ok(Some(Notice::Reloaded(family))));
        assert!(matches!(decoder.poll(), Ok(Some(Notice::Event(Event::Created(..))))));
    }

    #[test]
    fn a_reply_about_the_family_is_not_a_notification() {
        let kind = ctrl::GET_FAMILY.family;
        let command = l2tp_sys::CTRL_CMD_NEWFAMILY;
        let reply = numbered(8, kind, command, &samples::registration(40, 9));
        let rejection = |seq: u32, errno: i32| {
            let kind = l2tp_sys::NLMSG_ERROR;
            let header = Header { len: 0, kind, flags: 0, seq, port: 6 };
            let mut bytes = Vec::new();
            header.write(&(-errno).to_ne_bytes(), &mut bytes, |_| Ok(())).unwrap();
            bytes
        };
        let messages = [reply, rejection(9, libc::ENOMEM), rejection(10, libc::ENOENT)].concat();
        let mut decoder = decoder(&messages);
        let family = Family { id: 40, group: Some(9) };
        assert_eq!(decoder.poll(), Ok(Some(Notice::Reply(8, Some(family)))));
        assert_eq!(decoder.poll(), Ok(Some(Notice::Reply(10, None))));
        assert_eq!(decoder.poll(), Ok(None));
    }

    /// All notices and errors of a datagram, of which each needs at least one message.
    fn drain(decoder: &mut Decoder, datagram: &[u8]) -> Vec<Result<Notice, DecodeError>> {
        decoder.space()[..datagram.len()].copy_from_slice(datagram);
        decoder.received(datagram.len()).unwrap();
        let notices: Vec<_> = std::iter::from_fn(|| decoder.poll().transpose())
            .take(datagram.len() / 16 + 2)
            .collect();
        assert!(notices.len() <= datagram.len() / 16 + 1, "the datagram does not end: {notices:?}");
        notices
    }

    #[test]
    fn hostile_bytes_end_and_do_not_affect_the_next_datagram() {
        let session = SessionInfo {
            ifname: Some(crate::IfName::new("l2tpeth0").unwrap()),
            local_cookie: Some([1; 8].into()),
            ..samples::session(1, 10)
        };
        let good = message(30, l2tp_sys::L2TP_CMD_SESSION_DELETE, &session);
        let datagram = [
            message(30, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, &tunnel()),
            message(
                ctrl::GET_FAMILY.family,
                l2tp_sys::CTRL_CMD_NEWFAMILY,
                &samples::registration(30, 7),
            ),
            message(30, 200, &tunnel()),
            good.clone(),
        ]
        .concat();
        let deleted =
            || Ok(Notice::Event(Event::Deleted(TunnelOrSession::Session(session), REQUESTER)));
        let mut as_told = 0;
        for bytes in samples::spoilt(&datagram) {
            let mut decoder = Decoder::new(FAMILY);
            let notices = drain(&mut decoder, &bytes);
            as_told += usize::from(notices.len() == 4 && notices[3] == deleted());
            for error in notices.iter().filter_map(|notice| notice.as_ref().err()) {
                assert!(error.offset().is_none_or(|at| at <= bytes.len()), "{error}");
                assert!(error.to_string().starts_with("malformed "), "{error}");
            }
            decoder.family = FAMILY;
            assert_eq!(drain(&mut decoder, &good), [deleted()]);
        }
        assert!(as_told > 1000, "only {as_told} of them did not touch the last message");
    }
}
