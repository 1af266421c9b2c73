//! Types that are an attribute's payload by themselves.

use std::ffi::CStr;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    Attr, AttrKind, AttrWriter, Attrs, DecodeError, DecodeReason, EncodeError, FromAttrs, List,
};

/// A type with one obvious form as an attribute's payload.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no form of its own as an attribute",
    note = "a struct of attributes needs `#[nlattr(nested)]`; an array of them is a `List` of its own; \
            a `bool` needs `flag` or `with = u8`",
    note = "text is a `&str` or `&CStr`, bytes are a `&[u8]` or `[u8; N]`; an `IpAddr` is two attributes, \
            an `Option<Ipv4Addr>` and an `Option<Ipv6Addr>`",
    note = "for a type of your own implement `ToPayload`, or name a codec with `with = PATH`"
)]
pub trait ToPayload {
    /// That form.
    const KIND: AttrKind;

    /// Appends it as attribute `id`.
    ///
    /// # Errors
    ///
    /// When the value does not fit.
    fn put(&self, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError>;
}

/// A type that is read from an attribute's payload.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no form of its own as an attribute",
    note = "a struct of attributes needs `#[nlattr(nested)]`; an array of them is a `List` of its own; \
            a `bool` needs `flag` or `with = u8`",
    note = "text is a `&str` or `&CStr`, bytes are a `&[u8]` or `[u8; N]`; an `IpAddr` is two attributes, \
            an `Option<Ipv4Addr>` and an `Option<Ipv6Addr>`",
    note = "for a type of your own implement `FromPayload`, or name a codec with `with = PATH`"
)]
pub trait FromPayload<'a>: Sized {
    /// The form it expects.
    const KIND: AttrKind;

    /// Reads it.
    ///
    /// # Errors
    ///
    /// When the payload has another form.
    fn get(attr: Attr<'a>) -> Result<Self, DecodeError>;
}

macro_rules! native_integer {
    ($($int:ty => $kind:ident),*) => {$(
        impl ToPayload for $int {
            const KIND: AttrKind = AttrKind::$kind;

            #[inline]
            fn put(&self, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
                out.put_array(id, self.to_ne_bytes());
                Ok(())
            }
        }

        impl FromPayload<'_> for $int {
            const KIND: AttrKind = AttrKind::$kind;

            #[inline]
            fn get(attr: Attr<'_>) -> Result<Self, DecodeError> {
                Ok(Self::from_ne_bytes(attr.array()?))
            }
        }
    )*};
}
native_integer!(u8 => U8, u16 => U16, u32 => U32, u64 => U64);
native_integer!(i8 => I8, i16 => I16, i32 => I32, i64 => I64);

impl ToPayload for Ipv4Addr {
    const KIND: AttrKind = AttrKind::Ipv4;

    #[inline]
    fn put(&self, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        out.put_array(id, self.octets());
        Ok(())
    }
}

impl FromPayload<'_> for Ipv4Addr {
    const KIND: AttrKind = AttrKind::Ipv4;

    #[inline]
    fn get(attr: Attr<'_>) -> Result<Self, DecodeError> {
        Ok(Self::from(attr.array::<4>()?))
    }
}

impl ToPayload for Ipv6Addr {
    const KIND: AttrKind = AttrKind::Ipv6;

    #[inline]
    fn put(&self, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        out.put_array(id, self.octets());
        Ok(())
    }
}

impl FromPayload<'_> for Ipv6Addr {
    const KIND: AttrKind = AttrKind::Ipv6;

    #[inline]
    fn get(attr: Attr<'_>) -> Result<Self, DecodeError> {
        Ok(Self::from(attr.array::<16>()?))
    }
}

impl ToPayload for &[u8] {
    const KIND: AttrKind = AttrKind::Bytes { max: 0 };

    #[inline]
    fn put(&self, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        out.put(id, self)
    }
}

impl<'a> FromPayload<'a> for &'a [u8] {
    const KIND: AttrKind = AttrKind::Bytes { max: 0 };

    #[inline]
    fn get(attr: Attr<'a>) -> Result<Self, DecodeError> {
        Ok(attr.payload())
    }
}

impl<const N: usize> ToPayload for [u8; N] {
    const KIND: AttrKind = AttrKind::Bytes { max: N };

    #[inline]
    fn put(&self, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        out.put(id, self)
    }
}

impl<const N: usize> FromPayload<'_> for [u8; N] {
    const KIND: AttrKind = AttrKind::Bytes { max: N };

    #[inline]
    fn get(attr: Attr<'_>) -> Result<Self, DecodeError> {
        attr.array()
    }
}

impl ToPayload for &CStr {
    const KIND: AttrKind = AttrKind::Str { max: 0 };

    fn put(&self, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        out.put_str(id, self.to_bytes())
    }
}

impl<'a> FromPayload<'a> for &'a CStr {
    const KIND: AttrKind = AttrKind::Str { max: 0 };

    fn get(attr: Attr<'a>) -> Result<Self, DecodeError> {
        CStr::from_bytes_with_nul(attr.payload()).map_err(|_| DecodeReason::NotCStr.into())
    }
}

impl ToPayload for &str {
    const KIND: AttrKind = AttrKind::Str { max: 0 };

    fn put(&self, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        out.put_str(id, self.as_bytes())
    }
}

impl<'a> FromPayload<'a> for &'a str {
    const KIND: AttrKind = AttrKind::Str { max: 0 };

    fn get(attr: Attr<'a>) -> Result<Self, DecodeError> {
        <&CStr>::get(attr)?.to_str().map_err(|_| DecodeReason::NotUtf8.into())
    }
}

/// Attributes left unread, for what no struct describes: a table whose elements are numbered.
impl<'a> FromPayload<'a> for Attrs<'a> {
    const KIND: AttrKind = AttrKind::Nested(&[]);

    fn get(attr: Attr<'a>) -> Result<Self, DecodeError> {
        Ok(attr.nested())
    }
}

impl<'a, T: FromAttrs<'a>> FromPayload<'a> for List<'a, T> {
    const KIND: AttrKind = AttrKind::List(T::POLICY);

    fn get(attr: Attr<'a>) -> Result<Self, DecodeError> {
        Ok(List::new(attr.nested()))
    }
}
