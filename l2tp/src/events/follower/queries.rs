//! The methods that show the picture, for the blocking follower and the async one alike.

/// Implements them on a type with the field `driver: Driver<_>`. Its file needs in scope what the
/// signatures name.
macro_rules! picture_queries {
    ($follower:ident) => {
        impl $follower {
            /// How long a caller that waits for the descriptor may wait at most before it calls
            /// [`try_next`](Self::try_next); `None` is for ever.
            pub fn timeout(&mut self) -> Option<Duration> {
                self.driver.timeout()
            }

            /// A tunnel of the picture.
            ///
            /// The picture may be ahead of the changes that have been taken: it is what the last
            /// one of them will lead to.
            #[must_use]
            pub fn tunnel(&self, id: TunnelId) -> Option<&TunnelInfo> {
                self.driver.picture().tunnel(id)
            }

            /// A session of the picture.
            #[must_use]
            pub fn session(&self, tunnel: TunnelId, id: SessionId) -> Option<&SessionInfo> {
                self.driver.picture().session((tunnel, id))
            }

            /// The tunnels of the picture, by id.
            pub fn tunnels(&self) -> impl Iterator<Item = &TunnelInfo> {
                self.driver.picture().tunnels()
            }

            /// The sessions of the picture, by tunnel and id.
            pub fn sessions(&self) -> impl Iterator<Item = &SessionInfo> {
                self.driver.picture().sessions()
            }

            /// The sessions of a tunnel of the picture, by id.
            pub fn sessions_of(&self, tunnel: TunnelId) -> impl Iterator<Item = &SessionInfo> {
                self.driver.picture().sessions_of(tunnel)
            }
        }
    };
}

pub(crate) use picture_queries;
