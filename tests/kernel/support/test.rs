//! The declaration of tests. The compiler reports a test that is not declared, as dead code.

use std::sync::{PoisonError, RwLock};

use anyhow::Result;
use libtest_mimic::{Failed, Trial};

use super::kernel::{Change, Kernel};

/// Every running test holds it for reading; a test that must run alone holds it for writing.
static MACHINE: RwLock<()> = RwLock::new(());

/// A test and its requirements.
pub(crate) struct Test {
    name: String,
    body: Box<dyn FnOnce() -> Result<()> + Send>,
    exclusive: bool,
    flood: u32,
    inapplicable: Option<String>,
}

impl Test {
    /// A test named for its module and itself; usually made by [`tests!`].
    pub(crate) fn new(
        module: &str,
        name: impl AsRef<str>,
        body: impl FnOnce() -> Result<()> + Send + 'static,
    ) -> Self {
        let topic = module.split_once("::").map_or(module, |(_suite, topic)| topic);
        Self {
            name: format!("{topic}::{}", name.as_ref()),
            body: Box::new(body),
            exclusive: false,
            flood: 0,
            inapplicable: None,
        }
    }

    /// The test changes something in every namespace (modules, system-wide settings), so no other test
    /// runs at the same time.
    pub(crate) fn exclusive(mut self) -> Self {
        self.exclusive = true;
        self
    }

    /// The test creates so many objects that the listeners in every namespace overrun and that their
    /// teardown lasts longer than the test. It runs alone, after the tests that create fewer.
    pub(crate) fn flooding(mut self, objects: u32) -> Self {
        self.flood = objects;
        self.exclusive()
    }

    /// The test applies to kernels from `major.minor` on; `reason` states what older ones lack.
    pub(crate) fn since(self, major: u32, minor: u32, reason: &str) -> Self {
        self.unless(!Kernel::at_least(major, minor), reason)
    }

    /// The test applies to kernels before `major.minor`; `reason` states what newer ones changed.
    pub(crate) fn before(self, major: u32, minor: u32, reason: &str) -> Self {
        self.unless(Kernel::at_least(major, minor), reason)
    }

    /// The test applies to kernels with a change, which stable releases added to some series.
    pub(crate) fn with(self, change: &Change, reason: &str) -> Self {
        self.unless(!Kernel::has(change), reason)
    }

    /// The test applies to kernels without a change.
    pub(crate) fn without(self, change: &Change, reason: &str) -> Self {
        self.unless(Kernel::has(change), reason)
    }

    /// The test applies to kernels that were booted with this parameter.
    pub(crate) fn booted_with(self, parameter: &str) -> Self {
        let line = std::fs::read_to_string("/proc/cmdline").unwrap_or_default();
        let reason = format!("the kernel's command line does not have {parameter}");
        self.unless(!line.split_whitespace().any(|word| word == parameter), &reason)
    }

    fn unless(mut self, inapplicable: bool, reason: &str) -> Self {
        if inapplicable {
            self.inapplicable = Some(reason.to_owned());
        }
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The reason why the test does not apply to the running kernel, if it does not.
    pub(crate) fn inapplicable(&self) -> Option<&str> {
        self.inapplicable.as_deref()
    }

    /// Tests with a lower turn run first: exclusive tests, then all others, then floods.
    pub(crate) fn turn(&self) -> u32 {
        match (self.flood, self.exclusive) {
            (0, true) => 0,
            (0, false) => 1,
            (objects, _) => 1 + objects,
        }
    }

    pub(crate) fn into_trial(self) -> Trial {
        let Self { name, body, exclusive, inapplicable, .. } = self;
        if let Some(reason) = inapplicable {
            let failure = Failed::from(reason);
            return Trial::test(name, || Err(failure)).with_kind("n/a").with_ignored_flag(true);
        }
        Trial::test(name, move || {
            // A test that panicked does not affect others: its namespaces end with it.
            let outcome = if exclusive {
                let _alone = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
                body()
            } else {
                let _among_others = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
                body()
            };
            outcome.map_err(|error| Failed::from(format!("{error:#}")))
        })
    }
}

/// Lists a module's tests as `tests()`. After the name of a test may follow its requirements, and an
/// array; the test is then repeated with each value:
///
/// ```text
/// tests![
///     probes,
///     reload.exclusive(),
///     sorted.since(6, 12, "dumps go by position"),
///     reads_back for Variant::ALL,
/// ];
/// ```
macro_rules! tests {
    ($($name:ident $(.$need:ident($($argument:expr),*))* $(for $values:path)?),* $(,)?) => {
        pub(crate) fn tests() -> Vec<$crate::support::Test> {
            let mut tests = Vec::new();
            $(tests.extend(
                $crate::support::repeated!($name $(, $values)?)
                    .map(|test: $crate::support::Test| test $(.$need($($argument),*))*)
            );)*
            tests
        }
    };
}
pub(crate) use tests;

/// One test, or one for each value, with the value's name in the test's name.
macro_rules! repeated {
    ($name:ident) => {
        ::std::iter::once($crate::support::Test::new(module_path!(), stringify!($name), $name))
    };
    ($name:ident, $values:path) => {
        $values.into_iter().map(|value| {
            let name = format!("{}_{}", stringify!($name), value.name());
            $crate::support::Test::new(module_path!(), name, move || $name(value))
        })
    };
}
pub(crate) use repeated;
