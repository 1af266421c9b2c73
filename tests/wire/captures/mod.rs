//! What `ip l2tp` and the kernel were heard to say to each other. `README.md` tells how it was
//! captured, and `capture.sh` holds the commands; they hold the bytes of a little-endian machine.
#![cfg(target_endian = "little")]

mod answers;
mod commands;
mod requests;

use l2tp::netlink::attr::FromAttrs;
use l2tp::netlink::ctrl;
use l2tp::netlink::message::Message;
use pcap_file::DataLink;
use pcap_file::pcap::PcapReader;

use commands::Command;

/// `struct sockaddr_ll` as libpcap keeps it.
const COOKED_HEADER: usize = 16;
const GENL_ID_CTRL: u16 = 16;
const NLM_F_REQUEST: u16 = 1;

/// A command's request with the datagrams that answered it.
struct Conversation {
    command: Command,
    request: Vec<u8>,
    answers: Vec<Vec<u8>>,
}

/// What was said under a kernel.
struct Capture {
    kernel: &'static str,
    /// The type of the messages of the family `l2tp`.
    family: u16,
    conversations: Vec<Conversation>,
}

impl Capture {
    fn all() -> [Self; 2] {
        [
            Self::read("5.10", include_bytes!("linux-5.10.pcap")),
            Self::read("7.3", include_bytes!("linux-7.3.pcap")),
        ]
    }

    fn read(kernel: &'static str, pcap: &[u8]) -> Self {
        let datagrams = datagrams(pcap);
        let family = datagrams.iter().find_map(|datagram| family(datagram));
        let family = family.expect("the controller's answer");
        let mut commands = commands::all();
        let mut conversations: Vec<Conversation> = Vec::new();
        for datagram in datagrams {
            let message = first(&datagram);
            if message.header.kind == GENL_ID_CTRL {
                continue;
            }
            if is_request(&message) {
                let command = commands.next().expect("a command for each request");
                conversations.push(Conversation { command, request: datagram, answers: vec![] });
            } else if let Some(conversation) = conversations.last_mut() {
                // `ip` counts from the time of day: two commands of a second use the same numbers.
                if message.header.seq == first(&conversation.request).header.seq {
                    conversation.answers.push(datagram);
                }
            }
        }
        assert!(commands.next().is_none(), "a request for each command");
        Self { kernel, family, conversations }
    }
}

/// The netlink datagrams of a capture.
fn datagrams(mut pcap: &[u8]) -> Vec<Vec<u8>> {
    let mut reader = PcapReader::new(&mut pcap).expect("a capture");
    assert_eq!(reader.header().datalink, DataLink::NETLINK);
    let mut datagrams = Vec::new();
    while let Some(packet) = reader.next_packet() {
        let packet = packet.expect("a whole packet");
        assert_eq!(packet.data.len(), packet.orig_len as usize, "a packet cut short");
        datagrams.push(packet.data[COOKED_HEADER..].to_vec());
    }
    datagrams
}

fn first(datagram: &[u8]) -> Message<'_> {
    Message::first(datagram).expect("a well-formed message").0
}

fn is_request(message: &Message<'_>) -> bool {
    message.header.flags & NLM_F_REQUEST != 0
}

/// The family's number, if this is the controller's answer.
fn family(datagram: &[u8]) -> Option<u16> {
    let message = first(datagram);
    if message.header.kind != GENL_ID_CTRL || is_request(&message) {
        return None;
    }
    let attrs = message.attrs().expect("attributes");
    let family = ctrl::Family::from_attrs(attrs).expect("a family's description");
    assert_eq!((family.name, family.version), (l2tp_sys::L2TP_GENL_NAME, 1));
    assert!(matches!(family.group(l2tp_sys::L2TP_GENL_MCGROUP), Ok(Some(_))));
    Some(family.id)
}
