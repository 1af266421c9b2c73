//! Creating sessions whose interface is known, on an async connection.

use super::Conn;
use crate::SessionConfig;
use crate::error::Error;
use crate::host::{Interface, Links};

impl Links {
    /// [`create_session`](Self::create_session) on an async connection. The other methods never
    /// wait and serve async programs as they are.
    ///
    /// # Errors
    ///
    /// As [`create_session`](Self::create_session). When the future is dropped the session may
    /// have been created.
    pub async fn create_session_async(
        &mut self,
        conn: &mut Conn,
        config: &SessionConfig,
    ) -> Result<Interface, Error> {
        self.create(conn.engine(), config).await
    }
}
