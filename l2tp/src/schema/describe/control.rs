//! Describes netlink's part of a message: the header, acknowledgements, the end of a dump.

use std::fmt;

use super::attribute::{ERROR, attributes};
use super::page::Page;
use super::{family, generic};
use crate::error::errno_name;
use crate::netlink::attr::{Attrs, FromAttrs};
use crate::netlink::extack::{ExtAck, attribute_path};
use crate::netlink::message::{HEADER, Header};

/// A constant's number and name.
macro_rules! named {
    ($($name:ident),* $(,)?) => { &[$((l2tp_sys::$name, stringify!($name))),*] };
}

/// The message types that netlink reserves.
const TYPES: &[(u16, &str)] =
    named![NLMSG_NOOP, NLMSG_ERROR, NLMSG_DONE, NLMSG_OVERRUN, GENL_ID_CTRL];

/// Flags of any message.
const FLAGS: &[(u16, &str)] = named![
    NLM_F_REQUEST,
    NLM_F_MULTI,
    NLM_F_ACK,
    NLM_F_ECHO,
    NLM_F_DUMP_INTR,
    NLM_F_DUMP_FILTERED,
];
/// Flags of acknowledgements.
const ACK_FLAGS: &[(u16, &str)] = named![NLM_F_CAPPED, NLM_F_ACK_TLVS];
/// Flags of requests. The same bits have another meaning in requests that create, which depends on
/// the family in generic netlink and which L2TP ignores.
const REQUEST_FLAGS: &[(u16, &str)] = named![NLM_F_DUMP, NLM_F_ROOT, NLM_F_MATCH, NLM_F_ATOMIC];

/// Describes the header at offset `at`.
pub(super) fn header(page: &mut Page<'_, '_>, at: usize, header: &Header) -> fmt::Result {
    page.line(at..at + 4, format_args!("length {}", header.len))?;
    match TYPES.iter().find(|(number, _)| *number == header.kind) {
        Some((number, name)) => {
            page.line(at + 4..at + 6, format_args!("type {name} ({number})"))?;
        }
        None => page.line(at + 4..at + 6, format_args!("type {}", header.kind))?,
    }
    page.line(at + 6..at + 8, Flags(header))?;
    page.line(at + 8..at + 12, format_args!("sequence number {}", header.seq))?;
    page.line(at + 12..at + 16, format_args!("port {}", header.port))
}

/// Describes an `NLMSG_ERROR`: the errno, the request or its header, the extended acknowledgement.
pub(super) fn error(page: &mut Page<'_, '_>, own: &Header, end: usize) -> fmt::Result {
    if !errno(page, end)? {
        return Ok(());
    }
    let start = HEADER + 4;
    let quoted = match Header::first(page.bytes(start..end)) {
        Ok(quoted) => quoted,
        Err(error) => return page.malformed(start..end, error.reason()),
    };
    page.indented(|page| header(page, start, &quoted))?;
    let mut after = start + HEADER;
    let mut request: &[u8] = &[];
    if own.flags & l2tp_sys::NLM_F_CAPPED == 0 {
        let quoted_end = start.saturating_add(quoted.len as usize).min(end);
        if quoted_end > after {
            page.indented(|page| match quoted.kind {
                0..l2tp_sys::NLMSG_MIN_TYPE => page.unknown(after..quoted_end),
                _ => generic(page, &quoted, after, quoted_end),
            })?;
        }
        request = page.bytes(start..quoted_end);
        after = start.saturating_add(request.len().next_multiple_of(4)).clamp(after, end);
    }
    extack(page, own, after, end, request)
}

/// Describes an `NLMSG_DONE`: the errno of a dump that ended early, the extended acknowledgement.
pub(super) fn done(page: &mut Page<'_, '_>, own: &Header, end: usize) -> fmt::Result {
    if end > HEADER && errno(page, end)? {
        extack(page, own, HEADER + 4, end, &[])?;
    }
    Ok(())
}

/// Describes the errno. Returns false if there are too few bytes for it.
fn errno(page: &mut Page<'_, '_>, end: usize) -> Result<bool, fmt::Error> {
    let Some(&bytes) = page.bytes(HEADER..end).first_chunk::<4>() else {
        page.malformed(HEADER..end, "too few bytes for an error number of 4")?;
        return Ok(false);
    };
    let number = i32::from_ne_bytes(bytes);
    let at = HEADER..HEADER + 4;
    match number {
        0 => page.line(at, "error 0: success")?,
        1.. => page.line(at, format_args!("error {number}: none, the number is positive"))?,
        _ => {
            page.line(at, format_args!("error {number}: {}", errno_name(number.saturating_neg())))?;
        }
    }
    Ok(true)
}

/// Describes the attributes of an extended acknowledgement, and resolves the offset in it if the
/// message contains the request.
fn extack(
    page: &mut Page<'_, '_>,
    own: &Header,
    start: usize,
    end: usize,
    request: &[u8],
) -> fmt::Result {
    if own.flags & l2tp_sys::NLM_F_ACK_TLVS == 0 {
        return page.unknown(start..end);
    }
    attributes(page, start..end, ERROR)?;
    let extack = ExtAck::from_attrs(Attrs::new(page.bytes(start..end), start));
    let Some(offset) = extack.ok().and_then(|extack| extack.offset) else { return Ok(()) };
    let kind = match Header::first(request) {
        Ok(header) if header.kind >= l2tp_sys::NLMSG_MIN_TYPE => header.kind,
        _ => return Ok(()),
    };
    match attribute_path(request, offset)[..] {
        [] => Ok(()),
        ref path => {
            let name = family(kind).scope.path(path);
            page.line(end..end, format_args!("the attribute at fault is {name}"))
        }
    }
}

/// A header's flags by their names.
struct Flags<'a>(&'a Header);

impl fmt::Display for Flags<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("flags ")?;
        let mut left = self.0.flags;
        let mut separator = "";
        let special = match self.0.kind {
            l2tp_sys::NLMSG_ERROR | l2tp_sys::NLMSG_DONE => ACK_FLAGS,
            _ if left & l2tp_sys::NLM_F_REQUEST != 0 => REQUEST_FLAGS,
            _ => &[],
        };
        for (bits, name) in FLAGS.iter().chain(special) {
            if left & bits == *bits {
                left &= !bits;
                write!(f, "{separator}{name}")?;
                separator = " | ";
            }
        }
        match (left, separator) {
            (0, "") => f.write_str("none"),
            (0, _) => Ok(()),
            _ => write!(f, "{separator}{left:#x}"),
        }
    }
}
