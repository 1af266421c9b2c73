//! What listeners and followers yield, and interfaces.

use std::fmt::Write;

use serde::de::{Error, Unexpected};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::events::{Change, EventLoss, Requester, TunnelOrSession};
use crate::host::{Interface, InterfaceNamespace};
use crate::types::hex;
use crate::{Event, IfName, SessionInfo, TunnelInfo};

#[derive(Serialize, Deserialize)]
#[serde(remote = "TunnelOrSession", rename_all = "snake_case")]
pub(super) enum TunnelOrSessionForm {
    Tunnel(TunnelInfo),
    Session(SessionInfo),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Requester")]
pub(super) struct RequesterForm {
    port: u32,
    seq: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "EventLoss", rename_all = "snake_case")]
pub(super) enum EventLossForm {
    Overrun,
    Reload,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Change", rename_all = "snake_case")]
pub(super) enum ChangeForm {
    Added(TunnelOrSession),
    Changed { before: TunnelOrSession, after: TunnelOrSession },
    Removed(TunnelOrSession),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Interface")]
pub(super) struct InterfaceForm {
    index: u32,
    name: IfName,
    mtu: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "InterfaceNamespace", rename_all = "snake_case")]
pub(super) enum InterfaceNamespaceForm {
    Here(IfName),
    Moved { netns_id: Option<i32>, index: u32 },
    Gone,
}

/// An event with names for what it holds.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Event", rename_all = "snake_case")]
enum EventForm {
    Created { object: TunnelOrSession, requester: Requester },
    Deleted { object: TunnelOrSession, requester: Requester },
    Modified { object: TunnelOrSession, requester: Requester },
    Unknown { command: u8, attributes: Digits, requester: Requester },
    Lost(EventLoss),
}

impl From<&Event> for EventForm {
    fn from(event: &Event) -> Self {
        match *event {
            Event::Created(object, requester) => Self::Created { object, requester },
            Event::Deleted(object, requester) => Self::Deleted { object, requester },
            Event::Modified(object, requester) => Self::Modified { object, requester },
            Event::Unknown { command, ref attributes, requester } => {
                Self::Unknown { command, attributes: Digits(attributes.clone()), requester }
            }
            Event::Lost(loss) => Self::Lost(loss),
        }
    }
}

impl From<EventForm> for Event {
    fn from(form: EventForm) -> Self {
        match form {
            EventForm::Created { object, requester } => Self::Created(object, requester),
            EventForm::Deleted { object, requester } => Self::Deleted(object, requester),
            EventForm::Modified { object, requester } => Self::Modified(object, requester),
            EventForm::Unknown { command, attributes, requester } => {
                Self::Unknown { command, attributes: attributes.0, requester }
            }
            EventForm::Lost(loss) => Self::Lost(loss),
        }
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        EventForm::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        EventForm::deserialize(deserializer).map(Self::from)
    }
}

/// Bytes as hexadecimal digits.
struct Digits(Box<[u8]>);

impl Serialize for Digits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(2 * self.0.len());
        for byte in &self.0 {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Digits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = hex::bytes(&text).ok_or_else(|| {
            D::Error::invalid_value(Unexpected::Str(&text), &"pairs of hexadecimal digits")
        })?;
        Ok(Self(bytes.into()))
    }
}
