//! The codecs: how a field's type and an attribute become each other.
//!
//! A codec is a type without values that implements [`Encode`] and [`Decode`] for the types it
//! carries. Write one, name it in `#[nlattr(with = ..)]`, and `Option` fields work with it too.

use std::marker::PhantomData;

use super::in_order::{Found, InOrder};
use super::{
    Attr, AttrKind, AttrPolicy, AttrWriter, Attrs, DecodeError, EncodeError, FromPayload, ToPayload,
};

/// A struct that is written as attributes. Derived, never written by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no struct of attributes",
    note = "`nested` is for structs that derive `ToAttrs`; a `List` is an array as it is, without `nested`"
)]
pub trait ToAttrs {
    /// The struct's name, for error messages.
    const NAME: &'static str;
    /// Its attributes in the order of its fields, as they are encoded.
    const POLICY: &'static [AttrPolicy];

    /// Appends the attributes of all fields, in their order.
    ///
    /// # Errors
    ///
    /// When a value has no form as an attribute; the error names the field's attribute.
    fn to_attrs(&self, out: &mut AttrWriter<'_>) -> Result<(), EncodeError>;
}

/// A struct that is read from attributes. The derive macro of the same name implements it; by hand
/// it is one function:
///
/// ```
/// use l2tp::netlink::attr::{AttrPolicy, Attrs, DecodeError, FromAttrs, Native};
///
/// const RTAX_MTU: u16 = 2;
///
/// /// However many attributes it has, only the greatest MTU of them counts.
/// #[derive(Debug, PartialEq)]
/// struct GreatestMtu(u32);
///
/// impl<'a> FromAttrs<'a> for GreatestMtu {
///     const NAME: &'static str = "GreatestMtu";
///     const POLICY: &'static [AttrPolicy] = &[];
///
///     fn from_attrs(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
///         let mut greatest = 0;
///         for attr in attrs {
///             let attr = attr?;
///             if attr.id() == RTAX_MTU {
///                 greatest = attr.decode::<Native, u32>()?.max(greatest);
///             }
///         }
///         Ok(Self(greatest))
///     }
/// }
///
/// let mut message = Vec::new();
/// for mtu in [1500_u32, 9000, 1280] {
///     message.extend(8_u16.to_ne_bytes());
///     message.extend(RTAX_MTU.to_ne_bytes());
///     message.extend(mtu.to_ne_bytes());
/// }
/// assert_eq!(GreatestMtu::from_attrs(Attrs::new(&message, 0))?, GreatestMtu(9000));
/// # Ok::<(), DecodeError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no struct of attributes",
    note = "`nested` and `List` are for structs that derive `FromAttrs`; a `List` is an array as it is, \
            without `nested`"
)]
pub trait FromAttrs<'a>: Sized {
    /// The struct's name, for error messages.
    const NAME: &'static str;
    /// Its attributes in the order of its fields, as they are decoded.
    const POLICY: &'static [AttrPolicy];

    /// Reads the struct. Of an attribute that occurs twice the last counts, as in the kernel.
    ///
    /// # Errors
    ///
    /// When the bytes are malformed or a required attribute is missing.
    fn from_attrs(attrs: Attrs<'a>) -> Result<Self, DecodeError>;

    /// The fast path: reads the struct from attributes in the order of its fields, which is mostly
    /// the kernel's. `None` when they have another order, or anything else is out of the ordinary.
    #[doc(hidden)]
    #[inline]
    #[must_use]
    fn in_order(_: Attrs<'a>) -> Option<Self> {
        None
    }

    /// The fallback: reads the struct from attributes in any order, unknown ones among them.
    ///
    /// # Errors
    ///
    /// Those of [`from_attrs`](Self::from_attrs), which names the struct in them.
    #[doc(hidden)]
    fn in_any_order(attrs: Attrs<'a>) -> Result<Self, DecodeError> {
        Self::from_attrs(attrs)
    }
}

/// A codec that can write a `T` as an attribute.
#[diagnostic::on_unimplemented(
    message = "the codec `{Self}` cannot encode a `{T}`",
    note = "`be` is for integers of 16 to 64 bits, `flag` and `u8` to `u64` are for a `bool`, `nested` is \
            for a struct that derives `ToAttrs`",
    note = "a type without a form of its own implements `ToPayload`, or names a codec with `with = PATH`; a \
            codec that goes one way is named by `encode = PATH` or `decode = PATH`"
)]
pub trait Encode<T: ?Sized> {
    /// The form it gives the payload.
    const KIND: AttrKind;

    /// Appends `value` as attribute `id`, or nothing when `value` says that it is absent.
    ///
    /// # Errors
    ///
    /// When the value has no such form.
    fn encode(value: &T, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError>;
}

/// A codec that can read a `T` from an attribute.
#[diagnostic::on_unimplemented(
    message = "the codec `{Self}` cannot decode a `{T}`",
    note = "`be` is for integers of 16 to 64 bits, `flag` and `u8` to `u64` are for a `bool`, `nested` is \
            for a struct that derives `FromAttrs`",
    note = "a type without a form of its own implements `FromPayload`, or names a codec with `with = PATH`; a \
            codec that goes one way is named by `encode = PATH` or `decode = PATH`"
)]
pub trait Decode<'a, T> {
    /// The form it expects of the payload.
    const KIND: AttrKind;
    /// Whether a message without the attribute is refused.
    const REQUIRED: bool = true;

    /// Reads the value of an attribute that is there.
    ///
    /// # Errors
    ///
    /// When the payload has another form.
    fn decode(attr: Attr<'a>) -> Result<T, DecodeError>;

    /// The same in the fast path.
    #[doc(hidden)]
    #[inline(always)]
    #[must_use]
    #[allow(clippy::inline_always)] // As in `InOrder`.
    fn decode_in_order(attr: Attr<'a>) -> Option<T> {
        Self::decode(attr).ok()
    }

    /// The value of an attribute that is not there, if its absence means something.
    #[inline]
    #[must_use]
    fn absent() -> Option<T> {
        None
    }

    /// A field in the fast path: reads attribute `id` if it comes next; otherwise returns what the
    /// codec reads from a missing attribute. `None` gives the fast path up.
    #[doc(hidden)]
    #[inline(always)]
    #[must_use]
    #[allow(clippy::inline_always)] // As in `InOrder`.
    fn next_field(attrs: &mut InOrder<'a>, id: u16) -> Option<T> {
        match attrs.find(id, const { Self::KIND.size() }) {
            Found::Attr(attr) => Self::decode_in_order(attr),
            Found::Absent => Self::absent(),
            Found::Broken => None,
        }
    }

    /// The same for a field with a default value.
    #[doc(hidden)]
    #[inline(always)]
    #[must_use]
    #[allow(clippy::inline_always)] // As in `InOrder`.
    fn next_field_or_else(
        attrs: &mut InOrder<'a>,
        id: u16,
        default: impl FnOnce() -> T,
    ) -> Option<T> {
        match attrs.find(id, const { Self::KIND.size() }) {
            Found::Attr(attr) => Self::decode_in_order(attr),
            Found::Absent => Some(default()),
            Found::Broken => None,
        }
    }
}

impl<T, C: Encode<T>> Encode<Option<T>> for C {
    const KIND: AttrKind = C::KIND;

    #[inline]
    fn encode(value: &Option<T>, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        match value {
            Some(value) => C::encode(value, id, out),
            None => Ok(()),
        }
    }
}

impl<'a, T, C: Decode<'a, T>> Decode<'a, Option<T>> for C {
    const KIND: AttrKind = C::KIND;
    const REQUIRED: bool = false;

    #[inline]
    fn decode(attr: Attr<'a>) -> Result<Option<T>, DecodeError> {
        C::decode(attr).map(Some)
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // The compiler would call it, for each nested struct.
    fn decode_in_order(attr: Attr<'a>) -> Option<Option<T>> {
        C::decode_in_order(attr).map(Some)
    }

    #[inline]
    fn absent() -> Option<Option<T>> {
        Some(None)
    }
}

/// The form that the type itself has, through [`ToPayload`] and [`FromPayload`].
#[derive(Debug)]
pub enum Native {}

impl<T: ToPayload> Encode<T> for Native {
    const KIND: AttrKind = T::KIND;

    #[inline]
    fn encode(value: &T, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        value.put(id, out)
    }
}

impl<'a, T: FromPayload<'a>> Decode<'a, T> for Native {
    const KIND: AttrKind = T::KIND;

    #[inline]
    fn decode(attr: Attr<'a>) -> Result<T, DecodeError> {
        T::get(attr)
    }
}

/// An integer in network order.
#[derive(Debug)]
pub enum BigEndian {}

macro_rules! big_endian {
    ($($int:ty => $kind:ident),*) => {$(
        impl Encode<$int> for BigEndian {
            const KIND: AttrKind = AttrKind::$kind;

            #[inline]
            fn encode(
                value: &$int,
                id: u16,
                out: &mut AttrWriter<'_>,
            ) -> Result<(), EncodeError> {
                out.put_array(id, value.to_be_bytes());
                Ok(())
            }
        }

        impl Decode<'_, $int> for BigEndian {
            const KIND: AttrKind = AttrKind::$kind;

            #[inline]
            fn decode(attr: Attr<'_>) -> Result<$int, DecodeError> {
                Ok(<$int>::from_be_bytes(attr.array()?))
            }
        }
    )*};
}
big_endian!(u16 => Be16, u32 => Be32, u64 => Be64, i16 => Be16, i32 => Be32, i64 => Be64);

/// A `bool` that is an attribute's presence: `true` is an attribute without payload, `false` is
/// none. Any payload is accepted, as the kernel accepts any.
#[derive(Debug)]
pub enum Flag {}

impl Encode<bool> for Flag {
    const KIND: AttrKind = AttrKind::Flag;

    #[inline]
    fn encode(value: &bool, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        if *value {
            out.put_array(id, []);
        }
        Ok(())
    }
}

impl Decode<'_, bool> for Flag {
    const KIND: AttrKind = AttrKind::Flag;
    const REQUIRED: bool = false;

    #[inline]
    fn decode(_: Attr<'_>) -> Result<bool, DecodeError> {
        Ok(true)
    }

    #[inline]
    fn absent() -> Option<bool> {
        Some(false)
    }
}

/// A `bool` carried by the integer `Int`: 0 is `false`, anything else is `true`.
#[derive(Debug)]
pub struct As<Int>(PhantomData<Int>);

impl<Int: ToPayload + From<bool>> Encode<bool> for As<Int> {
    const KIND: AttrKind = Int::KIND;

    #[inline]
    fn encode(value: &bool, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        Int::from(*value).put(id, out)
    }
}

impl<'a, Int: FromPayload<'a> + From<bool> + PartialEq> Decode<'a, bool> for As<Int> {
    const KIND: AttrKind = Int::KIND;

    #[inline]
    fn decode(attr: Attr<'a>) -> Result<bool, DecodeError> {
        Ok(Int::get(attr)? != Int::from(false))
    }
}

/// A struct of attributes inside an attribute. `NLA_F_NESTED` is set when encoding and not
/// required when decoding: the L2TP family nests its statistics without it.
#[derive(Debug)]
pub enum Nested {}

impl<T: ToAttrs> Encode<T> for Nested {
    const KIND: AttrKind = AttrKind::Nested(T::POLICY);

    #[inline]
    fn encode(value: &T, id: u16, out: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        out.nest(id, |out| value.to_attrs(out))
    }
}

impl<'a, T: FromAttrs<'a>> Decode<'a, T> for Nested {
    const KIND: AttrKind = AttrKind::Nested(T::POLICY);

    #[inline]
    fn decode(attr: Attr<'a>) -> Result<T, DecodeError> {
        T::from_attrs(attr.nested())
    }

    #[inline(always)]
    #[allow(clippy::inline_always)] // The compiler would call it, for each nested struct.
    fn decode_in_order(attr: Attr<'a>) -> Option<T> {
        T::in_order(attr.nested())
    }
}
