//! Creation of sessions with their interface, on an async connection.

use super::Conn;
use crate::SessionConfig;
use crate::error::Error;
use crate::host::{Interface, Links};

impl Links {
    /// [`create_session`](Self::create_session) on an async connection. The other methods never
    /// wait, so async programs can call them.
    ///
    /// ```no_run
    /// # use l2tp::{SessionConfig, host::Links};
    /// # async fn example(conn: &mut l2tp::tokio::Conn, config: &SessionConfig) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut links = Links::open()?;
    /// let interface = links.create_session_async(conn, config).await?;
    /// println!("{} has MTU {}", interface.name, interface.mtu);
    /// # Ok(())
    /// # }
    /// ```
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
