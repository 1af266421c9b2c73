//! Decodes raw messages into text, for captures, hex dumps and tests: each header and each
//! attribute.

mod attribute;
mod control;
mod page;
mod value;

use std::fmt;

use l2tp_sys::names;

use self::attribute::{CONTROLLER, Family, L2TP, attributes};
use self::page::Page;
use crate::netlink::attr::debug_counting_bytes;
use crate::netlink::message::{GENL_HEADER, HEADER, Header, Message};

/// The type of the controller's messages.
const GENL_ID_CTRL: u16 = l2tp_sys::GENL_ID_CTRL;

debug_counting_bytes!(Description<'_> as "Description" {} bytes { datagram });

/// The decoded text of a datagram: see [`describe`].
#[derive(Clone, Copy)]
pub struct Description<'a> {
    datagram: &'a [u8],
    cookies: bool,
}

impl Description<'_> {
    /// Also shows the bytes of cookies, which are secret.
    #[must_use]
    pub fn with_cookies(self) -> Self {
        Self { cookies: true, ..self }
    }
}

/// Decodes a datagram of netlink messages into text: requests, replies, notifications,
/// acknowledgements.
///
/// `{}` prints one line for each field and attribute with its offset in the message; `{:#}` also
/// prints the bytes. The names are those of the kernel's headers. Nested attributes are indented.
/// Numbers are decoded in native byte order. Malformed bytes are printed at their position; no
/// input makes it fail. A message with the controller's type is decoded as the controller's, any
/// other as L2TP's, whose type the kernel assigns.
///
/// For a cookie only the length is printed, and `**` for each of its bytes;
/// [`with_cookies`](Description::with_cookies) prints them. The bytes of a malformed attribute are
/// always printed.
///
/// ```
/// let mut dry = l2tp::conn::DryRun::new();
/// let request = dry.delete_tunnel(l2tp::TunnelId(7))?;
/// let text = format!("{:#}", l2tp::schema::describe(request));
/// # #[cfg(target_endian = "little")]
/// assert!(text.ends_with("0014  08 00 09 00 07 00 00 00              L2TP_ATTR_CONN_ID = 7\n"));
/// # Ok::<(), l2tp::Error>(())
/// ```
#[must_use]
pub fn describe(datagram: &[u8]) -> Description<'_> {
    Description { datagram, cookies: false }
}

impl fmt::Display for Description<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.datagram;
        while !rest.is_empty() {
            if rest.len() < self.datagram.len() {
                writeln!(f)?;
            }
            let step = message(&mut Page::new(f, rest, self.cookies))?;
            rest = rest.get(step..).unwrap_or(&[]);
        }
        Ok(())
    }
}

/// Describes the first message of the page. Returns the offset of the next one.
fn message(page: &mut Page<'_, '_>) -> Result<usize, fmt::Error> {
    let bytes = page.message();
    let header = match Header::first(bytes) {
        Ok(header) => header,
        Err(error) => {
            page.malformed(0..bytes.len(), error.reason())?;
            return Ok(bytes.len());
        }
    };
    control::header(page, 0, &header)?;
    match Message::first(bytes) {
        Ok((_, step)) => {
            let end = header.len as usize;
            match header.kind {
                l2tp_sys::NLMSG_ERROR => control::error(page, &header, end)?,
                l2tp_sys::NLMSG_DONE => control::done(page, &header, end)?,
                kind if kind < l2tp_sys::NLMSG_MIN_TYPE => page.unknown(HEADER..end)?,
                _ => generic(page, &header, HEADER, end)?,
            }
            Ok(step)
        }
        Err(error) => {
            page.malformed(HEADER..bytes.len(), error.reason())?;
            Ok(bytes.len())
        }
    }
}

/// Describes the generic-netlink header and the attributes in `start..end`.
fn generic(page: &mut Page<'_, '_>, header: &Header, start: usize, end: usize) -> fmt::Result {
    let family = family(header.kind);
    let body = page.bytes(start..end);
    let Some(&[command, version, r0, r1]) = body.first_chunk::<GENL_HEADER>() else {
        return page.malformed(start..end, "too few bytes for a generic netlink header of 4");
    };
    let at = start..start + GENL_HEADER;
    let reserved = u16::from_ne_bytes([r0, r1]);
    let reserved = Unless(reserved == 0, format_args!(", reserved {reserved}")).to_string();
    match names::name(family.commands, command.into()) {
        Some(row) => page.line(at, format_args!("{}, version {version}{reserved}", row.name))?,
        None => page.line(at, format_args!("command {command}, version {version}{reserved}"))?,
    }
    attributes(page, start + GENL_HEADER..end, family.scope)
}

/// The family whose messages have this type.
fn family(kind: u16) -> &'static Family {
    if kind == GENL_ID_CTRL { &CONTROLLER } else { &L2TP }
}

/// A text that is omitted if it is the usual one.
struct Unless<'a>(bool, fmt::Arguments<'a>);

impl fmt::Display for Unless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 { Ok(()) } else { f.write_fmt(self.1) }
    }
}
