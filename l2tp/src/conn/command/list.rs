//! Commands that list everything, and what their replies consist of.

use std::marker::PhantomData;

use super::{Command, DUMP, Numbered, Operation};
use crate::netlink::attr::{AttrWriter, EncodeError, FromAttrs};
use crate::{SessionId, SessionInfo, TunnelId, TunnelInfo};

/// What a dump consists of.
pub(crate) trait Row: for<'a> FromAttrs<'a> {
    /// The command that lists it.
    const COMMAND: u8;
    /// What an error says was attempted.
    const OPERATION: Operation;
    /// What makes two rows one object.
    type Key: PartialEq;

    /// The tunnel that it is or belongs to.
    fn tunnel_id(&self) -> TunnelId;
    /// The object behind the row.
    fn key(&self) -> Self::Key;
}

impl Row for TunnelInfo {
    const COMMAND: u8 = l2tp_sys::L2TP_CMD_TUNNEL_GET;
    const OPERATION: Operation = Operation::ListTunnels;
    type Key = TunnelId;

    fn tunnel_id(&self) -> TunnelId {
        self.tunnel_id
    }

    fn key(&self) -> TunnelId {
        self.tunnel_id
    }
}

impl Row for SessionInfo {
    const COMMAND: u8 = l2tp_sys::L2TP_CMD_SESSION_GET;
    const OPERATION: Operation = Operation::ListSessions;
    type Key = (TunnelId, SessionId);

    fn tunnel_id(&self) -> TunnelId {
        self.tunnel_id
    }

    fn key(&self) -> (TunnelId, SessionId) {
        (self.tunnel_id, self.session_id)
    }
}

/// `L2TP_CMD_TUNNEL_GET` or `L2TP_CMD_SESSION_GET` of everything. The kernel filters nothing: it
/// does not look at the attributes.
pub(crate) struct List<T>(PhantomData<T>);

impl<T: Row> List<T> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Row> Numbered for List<T> {
    const NUMBER: u8 = T::COMMAND;
    const FLAGS: u16 = DUMP;
}

impl<T: Row> Command for List<T> {
    fn operation(&self) -> Operation {
        T::OPERATION
    }

    fn fill(&self, _: &mut AttrWriter<'_>) -> Result<(), EncodeError> {
        Ok(())
    }
}
