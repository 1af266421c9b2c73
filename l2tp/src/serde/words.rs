//! Enumerations: words in text, the kernel's numbers in binary formats.
//!
//! What has no word, in text too, is its number.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::socket::PmtuDiscovery;
use crate::{EncapType, L2SpecType, ProtocolVersion, PseudowireType};

/// An enumeration with words for its values.
trait Worded: Copy + PartialEq + 'static {
    const WORDS: &'static [&'static str];
    const VALUES: &'static [Self];

    fn from_number(number: i64) -> Option<Self>;

    fn word(self) -> Option<&'static str> {
        Self::VALUES.iter().position(|&value| value == self).map(|at| Self::WORDS[at])
    }
}

macro_rules! words {
    ($($name:ident: $number:ty { $($variant:ident => $word:literal),* $(,)? })*) => {$(
        impl Worded for $name {
            const WORDS: &'static [&'static str] = &[$($word),*];
            const VALUES: &'static [Self] = &[$(Self::$variant),*];

            fn from_number(number: i64) -> Option<Self> {
                <$number>::try_from(number).ok().map(Self::from)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.word() {
                    Some(word) if serializer.is_human_readable() => serializer.serialize_str(word),
                    _ => <$number>::from(*self).serialize(serializer),
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    deserializer.deserialize_any(WordOrNumber(PhantomData))
                } else {
                    <$number>::deserialize(deserializer).map(Self::from)
                }
            }
        }
    )*};
}
words! {
    EncapType: u16 { Udp => "udp", Ip => "ip" }
    PseudowireType: u16 {
        None => "none", EthVlan => "eth_vlan", Eth => "eth", Ppp => "ppp", PppAc => "ppp_ac",
        Ip => "ip",
    }
    L2SpecType: u8 { None => "none", Default => "default" }
    PmtuDiscovery: i32 {
        Dont => "dont", Want => "want", Do => "do", Probe => "probe", Interface => "interface",
        Omit => "omit",
    }
}

struct WordOrNumber<T>(PhantomData<T>);

impl<T: Worded> Visitor<'_> for WordOrNumber<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for word in T::WORDS {
            write!(f, "{word:?}, ")?;
        }
        f.write_str("or a number that the kernel may know")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        let known = T::WORDS.iter().position(|&word| word == text);
        known.map(|at| T::VALUES[at]).ok_or_else(|| E::unknown_variant(text, T::WORDS))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        let value = i64::try_from(number).ok().and_then(T::from_number);
        value.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::from_number(number).ok_or_else(|| E::invalid_value(Unexpected::Signed(number), &self))
    }
}

/// A version is its number: 2 or 3.
impl Serialize for ProtocolVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        u8::from(*self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ProtocolVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u8::deserialize(deserializer).map(Self::from)
    }
}
