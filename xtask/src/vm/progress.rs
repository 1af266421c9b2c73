//! What a person sees while a kernel is downloaded, unpacked and booted.
//!
//! On a terminal each stage is a spinner or a bar that disappears when the stage ends; elsewhere it
//! is one plain line. Everything goes to standard error: standard output belongs to the guest.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where stages are shown. Cheap to clone; clones draw on the same screen.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    screen: MultiProgress,
    plain: bool,
}

impl Progress {
    /// Shows stages on standard error.
    pub(crate) fn new() -> Self {
        let screen = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let plain = screen.is_hidden();
        Self { screen, plain }
    }

    /// Shows nothing.
    pub(crate) fn hidden() -> Self {
        Self { screen: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()), plain: false }
    }

    /// Starts a stage of unknown length; it ends when the returned value is dropped.
    pub(crate) fn stage(&self, text: impl Into<Cow<'static, str>>) -> Stage {
        self.start(ProgressBar::new_spinner(), "{spinner} {msg} ({elapsed})", text.into())
    }

    /// Starts a stage that moves `total` bytes.
    pub(crate) fn bytes(&self, total: u64, text: impl Into<Cow<'static, str>>) -> Stage {
        let template = "{spinner} {msg} [{bar:30}] {bytes}/{total_bytes} ({eta})";
        self.start(ProgressBar::new(total), template, text.into())
    }

    /// Starts a stage of many parts, and shows how many are done; elsewhere than on a
    /// terminal with a line now and then. `name` begins that line.
    pub(crate) fn parts(&self, name: &str, what: &'static str, text: String) -> Parts {
        let template = "{spinner} {msg} [{bar:30}] {pos}/{len} ({elapsed})";
        Parts {
            stage: self.start(ProgressBar::new(0), template, text.into()),
            progress: self.clone(),
            name: name.to_owned(),
            what,
            done: 0,
            total: 0,
            shown: Instant::now(),
        }
    }

    /// Prints a line above the running stages.
    pub(crate) fn line(&self, text: impl AsRef<str>) {
        if self.plain || self.screen.is_hidden() {
            if self.plain {
                eprintln!("{}", text.as_ref());
            }
        } else {
            // Nothing can be shown on a terminal that is gone.
            let _ = self.screen.println(text);
        }
    }

    /// Runs `write` with the stages off the screen, so that its output stands on lines of its own.
    pub(crate) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.screen.suspend(write)
    }

    fn start(&self, bar: ProgressBar, template: &str, text: Cow<'static, str>) -> Stage {
        if self.plain {
            eprintln!("{text}");
        }
        let bar = self.screen.add(bar);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(text.clone());
        bar.enable_steady_tick(Duration::from_millis(100));
        Stage { bar, text, plain: self.plain, shown: Cell::new(Instant::now()) }
    }
}

/// A stage under way.
#[derive(Debug)]
pub(crate) struct Stage {
    bar: ProgressBar,
    text: Cow<'static, str>,
    plain: bool,
    shown: Cell<Instant>,
}

impl Stage {
    /// Tells what it is doing now: elsewhere than on a terminal with a line now and then.
    pub(crate) fn doing(&self, what: &str) {
        self.bar.set_message(format!("{}: {what}", self.text));
        if self.plain && self.shown.get().elapsed() >= EVERY {
            self.shown.set(Instant::now());
            eprintln!("  {what}");
        }
    }

    /// Tells how many of the stage's bytes are done.
    pub(crate) fn set_position(&self, done: u64) {
        self.bar.set_position(done);
    }
}

/// A stage of many parts.
#[derive(Debug)]
pub(crate) struct Parts {
    stage: Stage,
    progress: Progress,
    name: String,
    what: &'static str,
    done: u64,
    total: u64,
    shown: Instant,
}

impl Parts {
    /// Tells how many parts there are.
    pub(crate) fn set_total(&mut self, total: u64) {
        self.total = total;
        self.stage.bar.set_length(total);
    }

    /// Tells that one more is done.
    pub(crate) fn advance(&mut self) {
        self.done += 1;
        self.stage.set_position(self.done);
        if self.progress.plain && self.shown.elapsed() >= EVERY {
            self.shown = Instant::now();
            eprintln!("{}", self.line());
        }
    }

    fn line(&self) -> String {
        format!("{}: {} of {} {}", self.name, self.done, self.total, self.what)
    }
}

/// How often a line shows progress where no bar can be drawn.
const EVERY: Duration = Duration::from_secs(30);

impl Drop for Stage {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_tells_what_it_is_doing() {
        let stage = Progress::hidden().stage("tests");
        stage.doing("Compiling nll2tp");
        assert_eq!(stage.bar.message(), "tests: Compiling nll2tp");
        stage.doing("Running tests/errors.rs");
        assert_eq!(stage.bar.message(), "tests: Running tests/errors.rs");
    }

    #[test]
    fn parts_are_counted() {
        let mut parts = Progress::hidden().parts("trixie", "tests", "running".to_owned());
        parts.set_total(3);
        parts.advance();
        assert_eq!(parts.line(), "trixie: 1 of 3 tests");
        assert_eq!(parts.stage.bar.length(), Some(3));
    }
}
