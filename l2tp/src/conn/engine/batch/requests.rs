//! The methods that fill a batch, for the blocking and the async one alike.

/// Implements them on a type with the field `queue: Queue<'c>`. Its file needs in scope what the
/// signatures name.
macro_rules! batch_requests {
    ($batch:ident) => {
        impl<'c> $batch<'c> {
            /// How many requests were added.
            #[must_use]
            pub fn len(&self) -> usize {
                self.queue.len()
            }

            /// Whether no request was added.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.queue.len() == 0
            }

            /// Whether a failure stops the batch: what follows it is then
            /// [`Error::NotAttempted`]. The kernel itself goes on after a failure, so each request
            /// is sent on its own.
            pub fn stop_at_first_error(&mut self, yes: bool) -> &mut Self {
                self.queue.stop_at_first_error(yes);
                self
            }

            /// Lets the batch return only when what it deletes is gone, interfaces included, as
            /// [`Conn::delete_tunnel_and_wait`](crate::Conn::delete_tunnel_and_wait) does. The
            /// limit is one for all, and begins when the last request has been carried out. A
            /// deletion of which something is left then is [`Error::StillThere`].
            ///
            /// Before a deletion the kernel's sessions are listed, once a datagram.
            pub fn wait_for_deletions(&mut self, wait: impl Into<Wait>) -> &mut Self {
                self.queue.wait_for_deletions(wait.into());
                self
            }

            /// Adds the creation of a static tunnel.
            pub fn create_static_tunnel(
                &mut self,
                local: SocketAddr,
                peer: SocketAddr,
                config: &TunnelConfig,
            ) -> &mut Self {
                self.queue.create_static_tunnel(local, peer, config);
                self
            }

            /// Adds the creation of a managed tunnel.
            pub fn create_managed_tunnel(
                &mut self,
                socket: &'c impl AsFd,
                config: &TunnelConfig,
            ) -> &mut Self {
                self.queue.create_managed_tunnel(socket.as_fd(), config);
                self
            }

            /// Adds the deletion of a tunnel.
            pub fn delete_tunnel(&mut self, tunnel: TunnelId) -> &mut Self {
                self.queue.delete_tunnel(tunnel);
                self
            }

            /// Adds a question about a tunnel.
            pub fn get_tunnel_info(&mut self, tunnel: TunnelId) -> &mut Self {
                self.queue.get_tunnel(tunnel);
                self
            }

            /// Adds the creation of a session.
            pub fn create_session(&mut self, config: &SessionConfig) -> &mut Self {
                self.queue.create_session(config);
                self
            }

            /// Adds the deletion of a session.
            pub fn delete_session(&mut self, session: impl Into<SessionKey>) -> &mut Self {
                self.queue.delete_session(session.into());
                self
            }

            /// Adds a change to a session.
            pub fn modify_session(
                &mut self,
                session: impl Into<SessionKey>,
                change: &SessionChange,
            ) -> &mut Self {
                self.queue.modify_session(session.into(), change);
                self
            }

            /// Adds a question about a session.
            pub fn get_session_info(&mut self, session: impl Into<SessionKey>) -> &mut Self {
                self.queue.get_session(session.into());
                self
            }
        }
    };
}

pub(crate) use batch_requests;
