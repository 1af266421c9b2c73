//! The outcome, as data and as a page.

use std::fmt;

use super::{Finding, Module, ModuleState, Severity};

/// What was found. Printed, it is a page for the person who has to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    release: String,
    offered: bool,
    modules: Vec<(Module, ModuleState)>,
    findings: Vec<Finding>,
}

impl Diagnosis {
    /// The worst comes first; what is equally bad stays in order.
    pub(super) fn new(
        release: String,
        offered: bool,
        modules: Vec<(Module, ModuleState)>,
        mut findings: Vec<Finding>,
    ) -> Self {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
        Self { release, offered, modules, findings }
    }

    /// Whether nothing was found that is worse than a note for what was asked about. Warnings of
    /// modules that it does not need do not count.
    #[must_use]
    pub fn is_well(&self) -> bool {
        let ill = |finding: &Finding| finding.is_needed() && finding.severity() != Severity::Note;
        !self.findings.iter().any(ill)
    }

    /// How bad the worst finding is.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.first().map(Finding::severity)
    }

    /// What was found, the worst first.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Where each of the kernel's L2TP modules is.
    #[must_use]
    pub fn modules(&self) -> &[(Module, ModuleState)] {
        &self.modules
    }

    /// Whether the kernel offers L2TP's netlink family, the first condition of everything else.
    #[must_use]
    pub fn is_offered(&self) -> bool {
        self.offered
    }

    /// The running kernel's release, as `uname -r` prints it.
    #[must_use]
    pub fn release(&self) -> &str {
        &self.release
    }

    /// `2 errors, 1 warning`.
    fn count(&self) -> String {
        let mut counts = Vec::new();
        for severity in [Severity::Error, Severity::Warning, Severity::Note] {
            match self.findings.iter().filter(|finding| finding.severity() == severity).count() {
                0 => {}
                1 => counts.push(format!("1 {severity}")),
                many => counts.push(format!("{many} {severity}s")),
            }
        }
        if counts.is_empty() { "nothing is missing".to_owned() } else { counts.join(", ") }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let release = if self.release.is_empty() { "?" } else { &self.release };
        writeln!(f, "L2TP on Linux {release}: {}", self.count())?;
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        for (at, (module, state)) in self.modules.iter().enumerate() {
            write!(f, "{}{module} {state}", if at == 0 { "modules: " } else { ", " })?;
        }
        writeln!(f)
    }
}

/// Three or four lines: what is wrong, and below it why, a command, the remedy.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.severity(), self.what())?;
        writeln!(f, "  why:     {}", self.why())?;
        if let Some(command) = self.command() {
            writeln!(f, "  command: {command}")?;
        }
        write!(f, "  remedy:  {}", self.remedy())
    }
}
