//! Netlink messages: a header, a generic-netlink header, attributes.
//!
//! [`Request`] appends one to a send buffer; [`Messages`] walks those of a received datagram. The
//! layouts are `struct nlmsghdr` of `linux/netlink.h` and `struct genlmsghdr` of
//! `linux/genetlink.h`, all integers in native order.

use std::iter::FusedIterator;

use super::attr::{
    AttrPolicy, AttrWriter, Attrs, DecodeError, DecodeReason, EncodeError, ToAttrs, align,
    debug_counting_bytes,
};

/// Bytes of `struct nlmsghdr`.
pub const HEADER: usize = 16;
/// Bytes of `struct genlmsghdr`.
pub const GENL_HEADER: usize = 4;
/// Bytes of the largest fixed header that a family puts in front of its attributes: `struct tcmsg`
/// of `linux/rtnetlink.h`.
const FAMILY_HEADER: usize = 20;

/// What stands in front of the attributes of a request: [`Request`] in generic netlink,
/// [`ClassicRequest`] in other protocols.
pub trait RequestHeader: Copy {
    /// Its flags (`NLM_F_*`), beyond `NLM_F_REQUEST`.
    fn flags(&self) -> u16;

    /// The same with more flags.
    #[must_use]
    fn with_flags(self, flags: u16) -> Self;

    /// Bytes of the fixed header that the family puts in front of its attributes.
    fn length(&self) -> usize;

    /// Appends the message with the attributes that `fill` writes.
    ///
    /// # Errors
    ///
    /// Those of `fill`, and when the message would exceed 4 GiB. `buf` is then as it was.
    fn write(
        &self,
        seq: u32,
        buf: &mut Vec<u8>,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError>;
}

/// A request without attributes.
impl ToAttrs for () {
    const NAME: &'static str = "()";
    const POLICY: &'static [AttrPolicy] = &[];

    fn to_attrs(&self, _: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        Ok(())
    }
}

/// The headers of a request of generic netlink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The family's number, which doubles as the message's type. The kernel assigns it when the
    /// family is registered: see [`ctrl`](super::ctrl).
    pub family: u16,
    /// The family's command.
    pub command: u8,
    /// The version of the family's protocol.
    pub version: u8,
    /// `NLM_F_*` beyond `NLM_F_REQUEST`, which is always set.
    pub flags: u16,
}

impl RequestHeader for Request {
    #[inline]
    fn flags(&self) -> u16 {
        self.flags
    }

    fn with_flags(self, flags: u16) -> Self {
        Self { flags: self.flags | flags, ..self }
    }

    fn length(&self) -> usize {
        GENL_HEADER
    }

    #[inline]
    fn write(
        &self,
        seq: u32,
        buf: &mut Vec<u8>,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let flags = self.flags | l2tp_sys::NLM_F_REQUEST;
        let header = Header { len: 0, kind: self.family, flags, seq, port: 0 };
        header.write(&[self.command, self.version, 0, 0], buf, fill)
    }
}

/// The headers of a request of another netlink protocol, as rtnetlink is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClassicRequest<const N: usize> {
    /// The message's type: `RTM_GETLINK` for instance.
    pub kind: u16,
    /// `NLM_F_*` beyond `NLM_F_REQUEST`, which is always set.
    pub flags: u16,
    /// The fixed header that the type has in front of its attributes, at most 20 bytes: of
    /// `RTM_GETLINK` a `struct ifinfomsg`.
    pub header: [u8; N],
}

impl<const N: usize> RequestHeader for ClassicRequest<N> {
    fn flags(&self) -> u16 {
        self.flags
    }

    fn with_flags(self, flags: u16) -> Self {
        Self { flags: self.flags | flags, ..self }
    }

    fn length(&self) -> usize {
        N
    }

    fn write(
        &self,
        seq: u32,
        buf: &mut Vec<u8>,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        let flags = self.flags | l2tp_sys::NLM_F_REQUEST;
        Header { len: 0, kind: self.kind, flags, seq, port: 0 }.write(&self.header, buf, fill)
    }
}

/// `struct nlmsghdr`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Bytes of the message, this header included.
    pub len: u32,
    /// `NLMSG_ERROR`, `NLMSG_DONE` and so on, or the family's number.
    pub kind: u16,
    /// `NLM_F_*`.
    pub flags: u16,
    /// The sequence number of the request that it answers.
    pub seq: u32,
    /// The port of the socket that sent the request.
    pub port: u32,
}

impl Header {
    /// The header that `bytes` begin with, whatever its length field says.
    ///
    /// # Errors
    ///
    /// When there are too few bytes.
    #[inline]
    pub fn first(bytes: &[u8]) -> Result<Self, DecodeError> {
        let Some(head) = bytes.first_chunk::<HEADER>() else {
            return Err(DecodeReason::Header { left: bytes.len(), needed: HEADER }.into());
        };
        let u16_at = |at: usize| u16::from_ne_bytes([head[at], head[at + 1]]);
        let u32_at =
            |at: usize| u32::from_ne_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        Ok(Self {
            len: u32_at(0),
            kind: u16_at(4),
            flags: u16_at(6),
            seq: u32_at(8),
            port: u32_at(12),
        })
    }

    /// Appends a message: this header with the true length, the fixed header `family` of whatever
    /// family it is for (at most 20 bytes), and the attributes that `fill` writes.
    ///
    /// # Errors
    ///
    /// Those of `fill`. `buf` is then as it was.
    #[inline(always)]
    #[allow(clippy::inline_always)] // As in `Exchange::push`.
    #[allow(clippy::cast_possible_truncation)] // See below.
    pub fn write<const N: usize>(
        &self,
        family: &[u8; N],
        buf: &mut Vec<u8>,
        fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        const { assert!(N <= FAMILY_HEADER, "no family has so large a header") };
        let start = buf.len();
        let mut head = [0; HEADER + FAMILY_HEADER];
        head[4..6].copy_from_slice(&self.kind.to_ne_bytes());
        head[6..8].copy_from_slice(&self.flags.to_ne_bytes());
        head[8..12].copy_from_slice(&self.seq.to_ne_bytes());
        head[12..16].copy_from_slice(&self.port.to_ne_bytes());
        head[HEADER..HEADER + N].copy_from_slice(family);
        buf.extend_from_slice(&head[..HEADER + N]);
        if let Err(error) = fill(&mut AttrWriter::new(buf)) {
            buf.truncate(start);
            return Err(error);
        }
        // Each attribute is below 64 KiB and there are at most 16384 numbers: u32 holds any sum
        // that a struct can produce.
        let len = (buf.len() - start) as u32;
        buf[start..start + 4].copy_from_slice(&len.to_ne_bytes());
        Ok(())
    }
}

debug_counting_bytes!(Message<'_> as "Message" { header } bytes { body });
debug_counting_bytes!(Messages<'_> as "Messages" {} bytes { rest });

/// One message of a received datagram.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// Its header.
    pub header: Header,
    body: &'a [u8],
}

impl<'a> Message<'a> {
    /// The first message in `bytes`, and how many bytes further the next one begins.
    ///
    /// # Errors
    ///
    /// When the header is cut short or its length is impossible.
    #[inline]
    pub fn first(bytes: &'a [u8]) -> Result<(Self, usize), DecodeError> {
        let header = Header::first(bytes)?;
        let length = header.len as usize;
        let Some(body) = bytes.get(HEADER..length) else {
            return Err(DecodeReason::Overrun { header: HEADER, length, left: bytes.len() }.into());
        };
        Ok((Self { header, body }, align(length).min(bytes.len())))
    }

    /// What follows the header.
    #[must_use]
    #[inline]
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The generic-netlink command.
    ///
    /// # Errors
    ///
    /// When the message ends before it.
    #[inline]
    pub fn command(&self) -> Result<u8, DecodeError> {
        self.split::<GENL_HEADER>().map(|(&[command, ..], _)| command)
    }

    /// The attributes behind the generic-netlink header.
    ///
    /// # Errors
    ///
    /// When the message ends before that header does.
    #[inline]
    pub fn attrs(&self) -> Result<Attrs<'a>, DecodeError> {
        self.split::<GENL_HEADER>().map(|(_, attrs)| attrs)
    }

    /// The attributes behind a fixed header of this length.
    ///
    /// # Errors
    ///
    /// When the message ends before that header does.
    pub fn attrs_behind(&self, header: usize) -> Result<Attrs<'a>, DecodeError> {
        match self.body.get(header..) {
            Some(attrs) => Ok(Attrs::new(attrs, HEADER + header)),
            None => Err(DecodeReason::Header { left: self.body.len(), needed: header }.into()),
        }
    }

    /// The fixed header of `N` bytes that the family puts in front, and the attributes behind it.
    ///
    /// # Errors
    ///
    /// When the message ends before that header does.
    #[inline]
    pub fn split<const N: usize>(&self) -> Result<(&'a [u8; N], Attrs<'a>), DecodeError> {
        match self.body.split_first_chunk() {
            Some((head, attrs)) => Ok((head, Attrs::new(attrs, HEADER + N))),
            None => Err(DecodeReason::Header { left: self.body.len(), needed: N }.into()),
        }
    }
}

/// The messages of a datagram. Ends after the first malformed one, which it yields as an error.
#[derive(Clone)]
pub struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    /// The messages in `datagram`.
    #[must_use]
    pub fn new(datagram: &'a [u8]) -> Self {
        Self { rest: datagram }
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        Some(match Message::first(self.rest) {
            Ok((message, step)) => {
                self.rest = &self.rest[step..];
                Ok(message)
            }
            Err(error) => {
                self.rest = &[];
                Err(error)
            }
        })
    }
}

impl FusedIterator for Messages<'_> {}
