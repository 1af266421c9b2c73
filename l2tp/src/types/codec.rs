//! L2TP's own attribute codecs.

use std::time::Duration;

use crate::PseudowireType;
use crate::netlink::attr::{
    Attr, AttrKind, AttrWriter, Decode, DecodeError, Encode, EncodeError, FromPayload, Native,
    ToPayload,
};

/// A duration as a `u64` of milliseconds.
///
/// A fraction of a millisecond is rounded up, as the kernel rounds up to its tick.
#[derive(Debug)]
pub(crate) enum Millis {}

impl Encode<Duration> for Millis {
    const KIND: AttrKind = AttrKind::U64;

    fn encode(value: &Duration, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        millis(*value).put(id, out)
    }
}

impl Decode<'_, Duration> for Millis {
    const KIND: AttrKind = AttrKind::U64;

    #[inline]
    fn decode(attr: Attr<'_>) -> Result<Duration, DecodeError> {
        u64::get(attr).map(Duration::from_millis)
    }
}

/// The milliseconds that [`Millis`] sends, at most `u64::MAX`.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// A `bool` that is sent as a byte of 1 if true, and omitted if false.
///
/// The kernel reads `UDP_CSUM` by presence and ignores its value, but its policy requires a byte of
/// payload. The session's boolean attributes are false when absent.
#[derive(Debug)]
pub(crate) enum OneIfSet {}

impl Encode<bool> for OneIfSet {
    const KIND: AttrKind = AttrKind::U8;

    #[inline]
    fn encode(value: &bool, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        if *value { 1u8.put(id, out) } else { Ok(()) }
    }
}

/// A pseudowire type as the number of its kernel driver. Two types have no driver of their own and are
/// sent as the type whose driver carries them.
#[derive(Debug)]
pub(crate) enum Driver {}

impl Encode<PseudowireType> for Driver {
    const KIND: AttrKind = <Native as Encode<PseudowireType>>::KIND;

    #[inline]
    fn encode(
        value: &PseudowireType,
        id: u16,
        out: &mut AttrWriter<'_>,
    ) -> Result<(), EncodeError> {
        let driver = match value {
            PseudowireType::EthVlan => PseudowireType::Eth,
            PseudowireType::PppAc => PseudowireType::Ppp,
            other => *other,
        };
        Native::encode(&driver, id, out)
    }
}
