//! `NLMSG_ERROR`: the kernel's acknowledgements, plain and extended.
//!
//! An acknowledgement is an errno (0 for success), a copy of the request's header and, when the
//! socket asked for it, attributes: a text, the offset of the attribute at fault in the request,
//! the policy it violated. This module reads them and turns the offset into the attribute itself.

use std::ffi::CStr;
use std::fmt;

use super::attr::{ATTR_HEADER, Attr, AttrEnum, Attrs, DecodeError, DecodeReason, FromAttrs};
use super::message::{GENL_HEADER, HEADER, Message};
use crate::netlink::attr::debug_as_display;

debug_as_display!(KernelError);

/// What the kernel adds to an errno (`enum nlmsgerr_attrs` of `linux/netlink.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromAttrs)]
pub struct ExtAck<'a> {
    /// The kernel's own words.
    #[nlattr(id = l2tp_sys::NLMSGERR_ATTR_MSG)]
    pub message: Option<&'a CStr>,
    /// Offset of the attribute at fault, from the start of the request.
    #[nlattr(id = l2tp_sys::NLMSGERR_ATTR_OFFS)]
    pub offset: Option<u32>,
    /// What the attribute at fault should have been.
    #[nlattr(id = l2tp_sys::NLMSGERR_ATTR_POLICY, nested)]
    pub policy: Option<PolicyHint>,
    /// Number of an attribute that the kernel misses.
    #[nlattr(id = l2tp_sys::NLMSGERR_ATTR_MISS_TYPE)]
    pub missing: Option<u32>,
    /// Offset of the attribute within which it is missing, if that is not the message itself.
    #[nlattr(id = l2tp_sys::NLMSGERR_ATTR_MISS_NEST)]
    pub missing_within: Option<u32>,
}

impl ExtAck<'_> {
    /// What can be read of attributes of which some are malformed.
    #[cold]
    fn legible(mut attrs: Attrs<'_>) -> ExtAck<'_> {
        let mut all = ExtAck::default();
        loop {
            let bytes = attrs.rest();
            let Some(Ok(_)) = attrs.next() else { return all };
            let one = &bytes[..bytes.len() - attrs.rest().len()];
            let Ok(one) = ExtAck::from_attrs(Attrs::new(one, 0)) else { continue };
            all = ExtAck {
                message: one.message.or(all.message),
                offset: one.offset.or(all.offset),
                policy: one.policy.or(all.policy),
                missing: one.missing.or(all.missing),
                missing_within: one.missing_within.or(all.missing_within),
            };
        }
    }
}

/// The part of the kernel's policy that a refused attribute violated
/// (`enum netlink_policy_type_attr` of `linux/netlink.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromAttrs)]
pub struct PolicyHint {
    /// The form of the payload.
    #[nlattr(id = l2tp_sys::NL_POLICY_TYPE_ATTR_TYPE)]
    pub kind: Option<AttrType>,
    /// Smallest value of an unsigned integer.
    #[nlattr(id = l2tp_sys::NL_POLICY_TYPE_ATTR_MIN_VALUE_U)]
    pub min: Option<u64>,
    /// Largest value of an unsigned integer.
    #[nlattr(id = l2tp_sys::NL_POLICY_TYPE_ATTR_MAX_VALUE_U)]
    pub max: Option<u64>,
    /// Shortest payload in bytes.
    #[nlattr(id = l2tp_sys::NL_POLICY_TYPE_ATTR_MIN_LENGTH)]
    pub min_len: Option<u32>,
    /// Longest payload in bytes.
    #[nlattr(id = l2tp_sys::NL_POLICY_TYPE_ATTR_MAX_LENGTH)]
    pub max_len: Option<u32>,
}

/// How the kernel's policy says that a payload is formed (`enum netlink_attribute_type` of
/// `linux/netlink.h`).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, AttrEnum)]
#[nlenum(repr = u32)]
pub enum AttrType {
    /// None that is allowed.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_INVALID)]
    Invalid,
    /// No payload.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_FLAG)]
    Flag,
    /// One byte.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_U8)]
    U8,
    /// Two bytes in native order.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_U16)]
    U16,
    /// Four bytes in native order.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_U32)]
    U32,
    /// Eight bytes in native order.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_U64)]
    U64,
    /// One byte, two's complement.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_S8)]
    S8,
    /// Two bytes, two's complement, in native order.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_S16)]
    S16,
    /// Four bytes, two's complement, in native order.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_S32)]
    S32,
    /// Eight bytes, two's complement, in native order.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_S64)]
    S64,
    /// Bytes as they are.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_BINARY)]
    Binary,
    /// A string with or without a NUL.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_STRING)]
    String,
    /// A NUL-terminated string.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_NUL_STRING)]
    NulString,
    /// Attributes within the attribute.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_NESTED)]
    Nested,
    /// An array of nested attributes.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_NESTED_ARRAY)]
    NestedArray,
    /// Thirty-two bits with a mask of those that count.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_BITFIELD32)]
    Bitfield32,
    /// A signed integer of four or eight bytes.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_SINT)]
    Sint,
    /// An unsigned integer of four or eight bytes. Linux says so of milliseconds, too.
    #[nlenum(id = l2tp_sys::NL_ATTR_TYPE_UINT)]
    Uint,
    /// One that this library does not know.
    #[nlenum(other)]
    Unknown(u32),
}

/// A refusal by the kernel, kept after its message is gone.
///
/// Most are bare errnos, so that is what this is made for: small, and no allocation.
#[derive(Clone, PartialEq, Eq)]
pub struct KernelError {
    errno: i32,
    said: Option<Box<Said>>,
}

/// What the kernel adds to an errno, when it does.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    message: Option<Box<str>>,
    /// The attribute at fault and those around it, the outermost first.
    attribute: Vec<u16>,
    /// Likewise.
    missing: Vec<u16>,
    policy: Option<PolicyHint>,
}

impl KernelError {
    /// A bare errno.
    #[must_use]
    pub fn from_errno(errno: i32) -> Self {
        Self { errno, said: None }
    }

    /// The errno, positive.
    #[must_use]
    pub fn errno(&self) -> i32 {
        self.errno
    }

    /// The kernel's own words, if it said any.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.said.as_ref()?.message.as_deref()
    }

    /// Number of the attribute at fault, if the kernel pointed at one. If it stands within others,
    /// the number counts among those that stand there: see
    /// [`attribute_path`](Self::attribute_path).
    #[must_use]
    pub fn attribute(&self) -> Option<u16> {
        self.attribute_path().last().copied()
    }

    /// Numbers of the attribute at fault, last, and of those that it stands within, the outermost
    /// first. Empty if the kernel pointed at none.
    #[must_use]
    pub fn attribute_path(&self) -> &[u16] {
        self.said.as_ref().map_or(&[], |said| &said.attribute)
    }

    /// Number of an attribute that the kernel misses, if it named one.
    #[must_use]
    pub fn missing(&self) -> Option<u16> {
        self.missing_path().last().copied()
    }

    /// Numbers of an attribute that the kernel misses, last, and of those that it should stand
    /// within, the outermost first. Empty if the kernel named none.
    #[must_use]
    pub fn missing_path(&self) -> &[u16] {
        self.said.as_ref().map_or(&[], |said| &said.missing)
    }

    /// What the attribute at fault should have been, if the kernel said so.
    #[must_use]
    pub fn policy(&self) -> Option<PolicyHint> {
        self.said.as_ref()?.policy
    }

    fn new(errno: i32, extack: &ExtAck<'_>, request: &[u8]) -> Self {
        let path = |offset: Option<u32>| {
            offset.map_or_else(Vec::new, |offset| attribute_path(request, offset))
        };
        let mut missing = Vec::new();
        if let Some(id) = extack.missing.and_then(|id| u16::try_from(id).ok()) {
            missing = path(extack.missing_within);
            missing.push(id);
        }
        let said = Said {
            message: extack.message.map(|text| text.to_string_lossy().into()),
            attribute: path(extack.offset),
            missing,
            policy: extack.policy,
        };
        Self { errno, said: Some(Box::new(said)) }
    }
}

impl fmt::Display for KernelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", std::io::Error::from_raw_os_error(self.errno))?;
        match self.message() {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for KernelError {}

/// Reads an `NLMSG_ERROR`, or the errno that a `NLMSG_DONE` carries.
///
/// `Ok(Ok(()))` is an acknowledgement. `request` is the message that was sent, to resolve an
/// offset into an attribute, and only asked for when there is one; it may be empty.
///
/// # Errors
///
/// When the message is too short for an errno. Of what the kernel adds to one, what is malformed is
/// left out.
#[inline]
pub fn acknowledgement<'r>(
    message: &Message<'_>,
    request: impl FnOnce() -> &'r [u8],
) -> Result<Result<(), KernelError>, DecodeError> {
    match message.body().first_chunk::<4>() {
        Some(&bytes) => match i32::from_ne_bytes(bytes) {
            // The number of an NLMSG_DONE is at times a length: only negative ones are errors.
            0.. => Ok(Ok(())),
            negative => Ok(Err(refusal(message, negative, request()))),
        },
        None => Err(DecodeReason::Header { left: message.body().len(), needed: 4 }.into()),
    }
}

#[cold]
fn refusal(message: &Message<'_>, negative: i32, request: &[u8]) -> KernelError {
    let errno = negative.saturating_neg();
    if message.header.flags & l2tp_sys::NLM_F_ACK_TLVS == 0 {
        return KernelError::from_errno(errno);
    }
    let body = message.body();
    let after = match message.header.kind {
        l2tp_sys::NLMSG_DONE => 4,
        _ => quoted(message).saturating_add(4).min(body.len()),
    };
    let attrs = Attrs::new(&body[after..], HEADER + after);
    let extack = ExtAck::from_attrs(attrs.clone()).unwrap_or_else(|_| ExtAck::legible(attrs));
    KernelError::new(errno, &extack, request)
}

/// Bytes of the request that the error quotes: its header, and its body unless capped.
fn quoted(message: &Message<'_>) -> usize {
    if message.header.flags & l2tp_sys::NLM_F_CAPPED != 0 {
        return HEADER;
    }
    // Without a length there is nothing behind the request either.
    let Some(&[a, b, c, d]) = message.body().get(4..8) else { return usize::MAX };
    super::attr::align(u32::from_ne_bytes([a, b, c, d]) as usize).max(HEADER)
}

/// Numbers of the attributes of `request` whose header or payload holds `offset`, from the
/// outermost to the innermost.
pub(crate) fn attribute_path(request: &[u8], offset: u32) -> Vec<u16> {
    let mut path = Vec::new();
    let Ok(offset) = usize::try_from(offset) else { return path };
    let attributes = request.get(HEADER + GENL_HEADER..).unwrap_or(&[]);
    let mut attrs = Attrs::new(attributes, HEADER + GENL_HEADER);
    let end = |attr: &Attr<'_>| attr.offset() + ATTR_HEADER + attr.payload().len();
    let holds = |attr: &Attr<'_>| (attr.offset()..end(attr)).contains(&offset);
    while let Some(hit) = attrs.map_while(Result::ok).find(holds) {
        path.push(hit.id());
        if !is_nested(request, &hit) {
            break;
        }
        attrs = hit.nested();
    }
    path
}

/// Whether the attribute of the request says that it holds others.
fn is_nested(request: &[u8], attr: &Attr<'_>) -> bool {
    let kind = request.get(attr.offset() + 2..attr.offset() + 4);
    let kind = kind.and_then(|bytes| bytes.try_into().ok()).map_or(0, u16::from_ne_bytes);
    kind & l2tp_sys::NLA_F_NESTED != 0
}
