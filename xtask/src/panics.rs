//! Panics, turned into errors.
//!
//! A library may panic where this program can go on or can say more than a backtrace does; and a
//! reader of the output may go away before the end, about which `println!` panics.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};

use anyhow::{Result, anyhow};

thread_local! {
    /// Whether a panic of this thread is about to become an error.
    static CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Lets a panic print one line, and nothing if [`caught`] makes an error of it.
pub(crate) fn install() {
    panic::set_hook(Box::new(|info| {
        let text = message(info.payload());
        if CAUGHT.get() || is_closed_output(&text) {
            return;
        }
        if text.starts_with(PRINTING) {
            eprintln!("error: {text}");
        } else {
            let place = info.location().map(|place| format!(" ({place})")).unwrap_or_default();
            eprintln!("internal error: {text}{place}");
        }
    }));
}

/// Runs `work`; a panic in it is an error with the panic's message.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let before = CAUGHT.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    CAUGHT.set(before);
    result.unwrap_or_else(|payload| Err(anyhow!(message(&*payload))))
}

/// Runs the whole program; `None` if it panicked, which the hook has reported.
pub(crate) fn contained<T>(work: impl FnOnce() -> T) -> Option<T> {
    panic::catch_unwind(AssertUnwindSafe(work)).ok()
}

fn message(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}

/// How the standard library's macros begin what they panic with.
const PRINTING: &str = "failed printing to std";

/// Nobody reads any longer, as after `| head`.
fn is_closed_output(text: &str) -> bool {
    text.starts_with(PRINTING) && text.contains("Broken pipe")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        let error = caught::<()>(|| panic!("no {}", "libclang")).unwrap_err();
        assert_eq!(error.to_string(), "no libclang");
        assert_eq!(caught(|| Ok(1)).unwrap(), 1);
        assert!(!CAUGHT.get());
    }

    #[test]
    fn only_a_closed_output_is_passed_over() {
        assert!(is_closed_output("failed printing to stdout: Broken pipe (os error 32)"));
        assert!(!is_closed_output("failed printing to stdout: No space left (os error 28)"));
        assert!(!is_closed_output("Broken pipe"));
    }
}
