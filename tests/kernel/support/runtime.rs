//! The runtimes on which the async connection works.

use std::future::Future;

use anyhow::Result;
use tokio::runtime::Builder;

/// A flavour of tokio's runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    CurrentThread,
    MultiThread,
}

impl Flavour {
    pub(crate) const ALL: [Self; 2] = [Self::CurrentThread, Self::MultiThread];

    /// What to append to a test's name.
    pub(crate) fn name(self) -> String {
        let name = match self {
            Self::CurrentThread => "current_thread",
            Self::MultiThread => "multi_thread",
        };
        name.to_owned()
    }

    /// Runs `work` as a task of a runtime of its own.
    pub(crate) fn run<T: Send + 'static>(
        self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        let mut builder = match self {
            Self::CurrentThread => Builder::new_current_thread(),
            Self::MultiThread => Builder::new_multi_thread(),
        };
        let runtime = builder.worker_threads(2).enable_all().build()?;
        runtime.block_on(async { tokio::spawn(work).await? })
    }
}
