//! The forms of configurations, infos, statistics, events and diagnoses outside the program:
//! feature `serde`.
//!
//! A struct is a map of its fields under their own names, but for times, which are whole
//! milliseconds under a name that ends in `_ms`. Each form is written down here as a twin of its
//! struct, which the compiler holds to it; `docs/serde.md` shows them to those who write
//! configuration files.

mod diagnosis;
mod events;
mod session;
mod socket;
mod text;
mod time;
mod tunnel;
mod whole;
mod words;

use ::serde::de::Error;
use ::serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::events::{Change, EventLoss, Requester, TunnelOrSession};
use crate::host::{Interface, InterfaceNamespace};
use crate::ppp::PppSocketStatistics;
use crate::types::{DebugFlags, Statistics};
use crate::{
    SessionChange, SessionConfig, SessionId, SessionInfo, SocketOptions, TunnelConfig, TunnelId,
    TunnelInfo,
};
use events::{
    ChangeForm, EventLossForm, InterfaceForm, InterfaceNamespaceForm, RequesterForm,
    TunnelOrSessionForm,
};
use session::{SessionChangeForm, SessionConfigForm, SessionInfoForm};
use socket::{PppSocketStatisticsForm, SocketOptionsForm};
use tunnel::{TunnelConfigForm, TunnelInfoForm};
use whole::Whole;

/// Gives a type the form of its twin. A configuration denies unknown keys, flattened too, and what
/// its validation refuses, if it has one.
macro_rules! forms {
    (@ $name:ident $form:ident $deserializer:ident => $source:expr $(, $validate:ident)?) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $form::serialize(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>($deserializer: D) -> Result<Self, D::Error> {
                let value = $form::deserialize($source)?;
                $(value.$validate().map_err(D::Error::custom)?;)?
                Ok(value)
            }
        }
    };
    ($($name:ident as $form:ident;)*) => {
        $(forms! { @ $name $form deserializer => deserializer })*
    };
    (configurations: $($name:ident as $form:ident $(, $validate:ident)?;)*) => {
        $(forms! { @ $name $form deserializer => Whole(deserializer) $(, $validate)? })*
    };
}
forms! {
    configurations:
    TunnelConfig as TunnelConfigForm, validate;
    SessionConfig as SessionConfigForm, validate;
    SessionChange as SessionChangeForm, validate;
    SocketOptions as SocketOptionsForm;
}
forms! {
    TunnelInfo as TunnelInfoForm;
    SessionInfo as SessionInfoForm;
    Statistics as StatisticsForm;
    PppSocketStatistics as PppSocketStatisticsForm;
    TunnelOrSession as TunnelOrSessionForm;
    Requester as RequesterForm;
    EventLoss as EventLossForm;
    Change as ChangeForm;
    Interface as InterfaceForm;
    InterfaceNamespace as InterfaceNamespaceForm;
}

/// `rx_invalid` is left out, or null, for kernels that do not report it.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Statistics")]
struct StatisticsForm {
    tx_packets: u64,
    tx_bytes: u64,
    tx_errors: u64,
    rx_packets: u64,
    rx_bytes: u64,
    rx_seq_discards: u64,
    rx_cookie_discards: u64,
    rx_oos_packets: u64,
    rx_errors: u64,
    rx_invalid: Option<u64>,
}

/// Numbers that are numbers.
macro_rules! numbers {
    ($($name:ident)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                u32::deserialize(deserializer).map(Self)
            }
        }
    )*};
}
numbers! { TunnelId SessionId DebugFlags }
