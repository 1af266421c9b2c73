//! What the guest's shell is given to read: init's settings and the command.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use anyhow::{Result, ensure};

/// The settings that init reads.
pub(super) fn settings(token: &str, hidden: &[String]) -> Result<Vec<u8>> {
    let mut text = format!("token={token}\nhidden=").into_bytes();
    text.extend_from_slice(&quoted(OsStr::new(&hidden.join(" ")))?);
    text.push(b'\n');
    Ok(text)
}

/// A script that becomes the command.
pub(super) fn command(
    environment: &[(String, OsString)],
    program: &OsStr,
    arguments: &[OsString],
) -> Result<Vec<u8>> {
    let mut text = b"#!/bin/sh\n".to_vec();
    for (name, value) in environment {
        ensure!(is_variable(name), "{name:?} cannot be the name of an environment variable");
        text.extend(format!("export {name}=").into_bytes());
        text.extend_from_slice(&quoted(value)?);
        text.push(b'\n');
    }
    text.extend(b"exec ");
    text.extend_from_slice(&quoted(program)?);
    for argument in arguments {
        text.push(b' ');
        text.extend_from_slice(&quoted(argument)?);
    }
    text.push(b'\n');
    Ok(text)
}

fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A word that the shell reads as these very bytes.
fn quoted(word: &OsStr) -> Result<Cow<'_, [u8]>> {
    Ok(shlex::bytes::try_quote(word.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_runs_the_command_as_given() {
        let words = ["", "two words", "it's", "$HOME `x` \\ \"", "-n", "a\nb", "*"];
        let arguments: Vec<OsString> = words.iter().map(OsString::from).collect();
        let print = [OsString::from("-c"), "printf '%s|' \"$V\" \"$@\"".into(), "sh".into()];
        let environment = [("V".to_owned(), OsString::from("a 'b' $c"))];
        let all: Vec<OsString> = print.into_iter().chain(arguments).collect();
        let script = command(&environment, OsStr::new("sh"), &all).unwrap();
        let mut shell = std::process::Command::new("sh");
        let run = shell.arg("-c").arg(OsStr::from_bytes(&script)).output().unwrap();
        let out = String::from_utf8(run.stdout).unwrap();
        assert_eq!(out, format!("a 'b' $c|{}|", words.join("|")));
    }

    #[test]
    fn settings_hold_patterns_unexpanded() {
        let text = settings("t0ken", &["l2tp_*".to_owned(), "ppp*".to_owned()]).unwrap();
        assert_eq!(text, b"token=t0ken\nhidden='l2tp_* ppp*'\n");
    }

    #[test]
    fn variables_have_the_names_a_shell_can_export() {
        assert!(is_variable("RUST_LOG") && is_variable("_x1"));
        assert!(
            !is_variable("") && !is_variable("1x") && !is_variable("a-b") && !is_variable("a;b")
        );
    }
}
