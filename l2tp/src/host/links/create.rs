//! Creating a session and telling which interface it got.

use std::time::Duration;

use super::table::Found;
use super::view::View;
use super::{Interface, Links};
use crate::conn::command::CreateSession;
use crate::conn::engine::{Engine, Pauses, Transport, Wait, is_passing};
use crate::error::{ConfigError, Error, ErrorKind, Operation};
use crate::{IfName, PseudowireType, SessionConfig, SessionKey};

/// How often a session is created anew at most when its interface cannot be told.
const TRIES: usize = 16;
/// How long to wait for a session, or its interface's name, that is being torn down.
const TEARDOWN: Duration = Duration::from_secs(30);

impl Links {
    /// [`create_session`](Links::create_session) over any transport.
    pub(crate) async fn create<S: Transport>(
        &mut self,
        engine: &mut Engine<S>,
        config: &SessionConfig,
    ) -> Result<Interface, Error> {
        self.view.create(engine, config).await
    }
}

impl<L: Transport> View<L> {
    pub(super) async fn create<S: Transport>(
        &mut self,
        engine: &mut Engine<S>,
        config: &SessionConfig,
    ) -> Result<Interface, Error> {
        let outcome = self.create_watched(engine, config).await;
        self.table.look_away();
        outcome
    }

    async fn create_watched<S: Transport>(
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
                Ok(Found::One(interface)) => {
                    self.table.follow(interface);
                    return Ok(interface);
                }
                found => found,
            };
            engine.delete_session_and_wait(key, Wait::up_to(TEARDOWN).missing_ok(true)).await?;
            if found? == Found::None {
                return Err(Error::NoInterface {
                    operation,
                    reason: "no interface was announced: is the link socket of another network \
                             namespace than the connection?",
                });
            }
        }
        Err(Error::NoInterface {
            operation,
            reason: "each time other interfaces of the same name came at the same moment, or so \
                     many that notifications were lost",
        })
    }

    /// What was announced of the session's interface.
    async fn search<S: Transport>(
        &mut self,
        engine: &mut Engine<S>,
        config: &SessionConfig,
    ) -> Result<Found, Error> {
        // Before anything else: the longer, the more there is to mistake it for.
        self.read()?;
        let name = match chosen(config) {
            Some(name) => Some(name),
            None => engine.get_session(SessionKey::from(config)).await?.ifname,
        };
        let found = name.map_or(Found::None, |name| self.table.find(name));
        if self.table.is_stale() {
            self.list()?;
        }
        Ok(found)
    }
}

/// The session's interface name, if the kernel has no choice.
fn chosen(config: &SessionConfig) -> Option<IfName> {
    config.ifname.filter(|name| !name.as_bytes().contains(&b'%'))
}

fn check(config: &SessionConfig) -> Result<(), ConfigError> {
    match config.pseudowire {
        PseudowireType::Eth | PseudowireType::EthVlan => Ok(()),
        other => Err(ConfigError::new(
            "pseudowire",
            other,
            "only Ethernet sessions have an interface of their own: create it with \
             Conn::create_session",
        )),
    }
}

/// The name of the interface just deleted may be taken for a moment yet.
async fn create_again<S: Transport>(
    engine: &mut Engine<S>,
    config: &SessionConfig,
) -> Result<(), Error> {
    let mut pauses = Pauses::within(TEARDOWN);
    loop {
        let outcome = engine.run(&CreateSession(config)).await;
        match pauses.next() {
            Some(pause) if is_passing(&outcome, ErrorKind::Exists) => {
                engine.socket.pause(pause).await;
            }
            _ => return outcome,
        }
    }
}
