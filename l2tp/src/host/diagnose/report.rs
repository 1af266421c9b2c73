//! The result of a diagnosis, as data and as a report.

use std::fmt;

use super::{Finding, KernelModule, ModuleState, Severity};

/// The result of a [diagnosis](mod@super). Its `Display` form is a report for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    release: String,
    l2tp_available: bool,
    modules: Vec<(KernelModule, ModuleState)>,
    findings: Vec<Finding>,
}

impl Diagnosis {
    /// Sorts the findings by severity, the most severe first; equal ones keep their order.
    pub(super) fn new(
        release: String,
        l2tp_available: bool,
        modules: Vec<(KernelModule, ModuleState)>,
        mut findings: Vec<Finding>,
    ) -> Self {
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
        Self { release, l2tp_available, modules, findings }
    }

    /// Whether no finding above a note affects the given tunnel or session. Warnings about modules
    /// that are not needed do not count.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        let problem =
            |finding: &Finding| finding.is_needed() && finding.severity() != Severity::Note;
        !self.findings.iter().any(problem)
    }

    /// The severity of the most severe finding.
    #[must_use]
    pub fn worst_severity(&self) -> Option<Severity> {
        self.findings.first().map(Finding::severity)
    }

    /// The findings, the most severe first.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The state of each of the kernel's L2TP modules.
    #[must_use]
    pub fn modules(&self) -> &[(KernelModule, ModuleState)] {
        &self.modules
    }

    /// Whether the kernel has L2TP's netlink family, which everything else requires.
    #[must_use]
    pub fn is_l2tp_available(&self) -> bool {
        self.l2tp_available
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

/// Three or four lines: the summary, the explanation, a command, the remedy.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.severity(), self.summary())?;
        writeln!(f, "  why:     {}", self.explanation())?;
        if let Some(command) = self.command() {
            writeln!(f, "  command: {command}")?;
        }
        write!(f, "  remedy:  {}", self.remedy())
    }
}
