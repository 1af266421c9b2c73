//! Creating a session and finding its interface.

use std::time::Duration;

use super::table::FoundInterface;
use super::view::View;
use super::{Interface, Links};
use crate::conn::command::{CreateSession, GetSession};
use crate::conn::engine::{DeletionWait, Engine, Host, Pauses, is_passing};
use crate::error::{ConfigError, Error, ErrorKind, Operation};
use crate::netlink::transport::Transport;
use crate::{IfName, PseudowireType, SessionConfig, SessionKey};

/// The number of attempts to create a session whose interface is certain.
const TRIES: usize = 16;
/// How long to wait until a deleted session and its interface's name are gone.
const TEARDOWN: Duration = Duration::from_secs(30);

impl Links {
    /// [`create_session`](Links::create_session) over any transport.
    pub(crate) async fn create<S: Host>(
        &mut self,
        engine: &mut Engine<S>,
        config: &SessionConfig,
    ) -> Result<Interface, Error> {
        self.view.create(engine, config).await
    }
}

impl<L: Transport> View<L> {
    pub(super) async fn create<S: Host>(
        &mut self,
        engine: &mut Engine<S>,
        config: &SessionConfig,
    ) -> Result<Interface, Error> {
        let outcome = self.create_watched(engine, config).await;
        self.table.stop_watching();
        outcome
    }

    async fn create_watched<S: Host>(
        &mut self,
        engine: &mut Engine<S>,
        config: &SessionConfig,
    ) -> Result<Interface, Error> {
        let operation = Operation::CreateSession(config.tunnel_id, config.session_id);
        check(config).map_err(|error| Error::Config { operation, error })?;
        let key = SessionKey::from(config);
        for tried in 0..TRIES {
            self.refreshed()?.watch();
            if tried == 0 {
                engine.run(&CreateSession(config)).await?;
            } else {
                create_again(engine, config).await?;
            }
            let found = match self.search(engine, config).await {
                Ok(FoundInterface::One(interface)) => {
                    self.table.track(interface);
                    return Ok(interface);
                }
                found => found,
            };
            engine
                .delete_session_and_wait(key, DeletionWait::up_to(TEARDOWN).missing_ok(true))
                .await?;
            if found? == FoundInterface::None {
                return Err(Error::NoInterface {
                    operation,
                    reason: "the kernel sent no notification about its interface: check that the \
                             Links and the connection are in the same network namespace",
                });
            }
        }
        Err(Error::NoInterface {
            operation,
            reason: "in each attempt, other interfaces with the same name were registered at the \
                     same time, or notifications were lost",
        })
    }

    /// Finds the session's interface in the notifications.
    async fn search<S: Host>(
        &mut self,
        engine: &mut Engine<S>,
        config: &SessionConfig,
    ) -> Result<FoundInterface, Error> {
        // Read first: with time, more interfaces with the same name may be registered.
        self.read()?;
        let name = match configured_name(config) {
            Some(name) => Some(name),
            None => engine.get(&GetSession(SessionKey::from(config))).await?.ifname,
        };
        let found = name.map_or(FoundInterface::None, |name| self.table.find(name));
        if self.table.is_stale() {
            self.dump()?;
        }
        Ok(found)
    }
}

/// The name of the session's interface, if the configuration determines it.
fn configured_name(config: &SessionConfig) -> Option<IfName> {
    config.ifname.filter(|name| !name.as_bytes().contains(&b'%'))
}

fn check(config: &SessionConfig) -> Result<(), ConfigError> {
    match config.pseudowire {
        PseudowireType::Eth | PseudowireType::EthVlan => Ok(()),
        other => Err(ConfigError::new(
            "pseudowire",
            other,
            "only Ethernet sessions have an interface of their own: create this session with \
             Conn::create_session",
        )),
    }
}

/// Creates the session again; the name of the deleted interface may be in use for a moment.
async fn create_again<S: Host>(
    engine: &mut Engine<S>,
    config: &SessionConfig,
) -> Result<(), Error> {
    let mut pauses = Pauses::within(TEARDOWN);
    loop {
        let outcome = engine.run(&CreateSession(config)).await;
        match pauses.next() {
            Some(pause) if is_passing(&outcome, ErrorKind::Exists) => {
                engine.netlink.socket.pause(pause).await;
            }
            _ => return outcome,
        }
    }
}
