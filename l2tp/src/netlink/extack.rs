//! `NLMSG_ERROR`: the kernel's acknowledgements, plain and extended.
//!
//! An acknowledgement is an errno (0 for success), a copy of the request's header and, when the
//! socket asked for it, attributes: a text, the offset of the attribute at fault in the request,
//! the policy it violated. This module reads them and turns the offset into the attribute itself.

use std::ffi::CStr;
use std::fmt;

use super::attr::{ATTR_HEADER, AttrEnum, Attrs, DecodeError, DecodeReason, FromAttrs};
use super::message::{GENL_HEADER, HEADER, Message};
use super::narrow16;
use crate::netlink::attr::debug_as_display;

debug_as_display!(KernelError);

/// What the kernel adds to an errno (`enum nlmsgerr_attrs` of `linux/netlink.h`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromAttrs)]
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
    attribute: Option<u16>,
    missing: Option<u16>,
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

    /// Number of the attribute at fault, if the kernel pointed at one.
    #[must_use]
    pub fn attribute(&self) -> Option<u16> {
        self.said.as_ref()?.attribute
    }

    /// Number of an attribute that the kernel misses, if it named one.
    #[must_use]
    pub fn missing(&self) -> Option<u16> {
        self.said.as_ref()?.missing
    }

    /// What the attribute at fault should have been, if the kernel said so.
    #[must_use]
    pub fn policy(&self) -> Option<PolicyHint> {
        self.said.as_ref()?.policy
    }

    fn new(errno: i32, extack: &ExtAck<'_>, request: &[u8]) -> Self {
        let said = Said {
            message: extack.message.map(|text| text.to_string_lossy().into()),
            attribute: extack.offset.and_then(|offset| attribute_at(request, offset)),
            missing: extack.missing.and_then(|id| u16::try_from(id).ok()),
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
/// When the bytes are no such message.
#[inline]
pub fn acknowledgement<'r>(
    message: &Message<'_>,
    request: impl FnOnce() -> &'r [u8],
) -> Result<Result<(), KernelError>, DecodeError> {
    match message.body().first_chunk::<4>() {
        Some(&bytes) => match i32::from_ne_bytes(bytes) {
            // The number of an NLMSG_DONE is at times a length: only negative ones are errors.
            0.. => Ok(Ok(())),
            negative => refusal(message, negative, request()).map(Err),
        },
        None => Err(DecodeReason::Header { left: message.body().len(), needed: 4 }.into()),
    }
}

#[cold]
fn refusal(
    message: &Message<'_>,
    negative: i32,
    request: &[u8],
) -> Result<KernelError, DecodeError> {
    let errno = negative.saturating_neg();
    if message.header.flags & narrow16(l2tp_sys::NLM_F_ACK_TLVS) == 0 {
        return Ok(KernelError::from_errno(errno));
    }
    let after = if u32::from(message.header.kind) == l2tp_sys::NLMSG_DONE {
        4
    } else {
        4 + quoted(message)?
    };
    let tlvs = message.body().get(after..).unwrap_or(&[]);
    let extack = ExtAck::from_attrs(Attrs::new(tlvs, HEADER + after))?;
    Ok(KernelError::new(errno, &extack, request))
}

/// Bytes of the request that the error quotes: its header, and its body unless capped.
fn quoted(message: &Message<'_>) -> Result<usize, DecodeError> {
    if message.header.flags & narrow16(l2tp_sys::NLM_F_CAPPED) != 0 {
        return Ok(HEADER);
    }
    let Some(&[a, b, c, d]) = message.body().get(4..8) else {
        return Err(DecodeReason::Header { left: message.body().len(), needed: 4 + HEADER }.into());
    };
    Ok(super::attr::align(u32::from_ne_bytes([a, b, c, d]) as usize).max(HEADER))
}

/// Number of the innermost attribute of `request` whose header or payload holds `offset`.
pub(crate) fn attribute_at(request: &[u8], offset: u32) -> Option<u16> {
    let offset = usize::try_from(offset).ok()?;
    let attrs = Attrs::new(request.get(HEADER + GENL_HEADER..)?, HEADER + GENL_HEADER);
    let hit = attrs.map_while(Result::ok).find(|attr| {
        (attr.offset()..attr.offset() + ATTR_HEADER + attr.payload().len()).contains(&offset)
    })?;
    Some(hit.id())
}
