//! Creation of sessions with their interface, on an async connection.

use super::Conn;
use crate::SessionConfig;
use crate::error::Error;
use crate::host::{Interface, Links};

impl Conn {
    /// Creates an Ethernet session and returns its interface, as [`Links::create_session`] does on a
    /// blocking connection. The other methods of [`Links`] never wait, so async programs can call
    /// them. `links` and the connection must be in the same network namespace.
    ///
    /// ```no_run
    /// # use l2tp::{SessionConfig, host::Links};
    /// # async fn example(conn: &mut l2tp::tokio::Conn, config: &SessionConfig) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut links = Links::open()?;
    /// let interface = conn.create_session_with_interface(&mut links, config).await?;
    /// println!("{} has MTU {}", interface.name, interface.mtu);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Links::create_session`]. When the future is dropped the session may have been created.
    pub async fn create_session_with_interface(
        &mut self,
        links: &mut Links,
        config: &SessionConfig,
    ) -> Result<Interface, Error> {
        links.create(self.engine(), config).await
    }
}
