//! What a command of modprobe.d does, as far as it can be told without running it.
//!
//! modprobe hands an `install` line's command to the shell. Administrators forbid a module with
//! `/bin/false`, `:` or `exit 1`, at times with words to the log before it; and they write commands
//! that begin so and load the module all the same.

use super::host::file_name;

/// How a command that loads nothing ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// With this status; the next command follows.
    Status(bool),
    /// The shell ends with it.
    Exit,
}

/// Whether a command surely loads nothing. One that is not understood may load something.
pub(super) fn loads_nothing(command: &str) -> bool {
    words(command).is_some_and(|words| idle(&words))
}

/// Whether every command in a list that would be run does nothing that matters here.
fn idle(words: &[Word]) -> bool {
    let mut status = true;
    let mut runs = true;
    let mut commands = false;
    let mut rest = words;
    while !rest.is_empty() {
        let end = rest.iter().position(|word| matches!(word, Word::Operator(_)));
        let (command, operator) = rest.split_at(end.unwrap_or(rest.len()));
        if runs && !command.is_empty() {
            commands = true;
            match simple(command) {
                Some(End::Status(outcome)) => status = outcome,
                Some(End::Exit) => return true,
                None => return false,
            }
        }
        let Some((Word::Operator(operator), behind)) = operator.split_first() else { break };
        runs = match operator {
            Operator::And => status,
            Operator::Or => !status,
            Operator::Then => true,
        };
        rest = behind;
    }
    commands
}

/// What a command without operators does; `None` when that is not known.
fn simple(command: &[Word]) -> Option<End> {
    let words: Vec<&str> = command.iter().filter_map(Word::text).collect();
    let (program, arguments) = words.split_first()?;
    // The shell's own `:` is no file.
    let name = if *program == ":" { ":" } else { file_name(program) };
    Some(match name {
        "true" | ":" | "echo" | "logger" | "printf" => End::Status(true),
        "false" => End::Status(false),
        "exit" => End::Exit,
        "sh" | "bash" | "dash" | "ash" => match arguments {
            ["-c", script, ..] if loads_nothing(script) => End::Status(false),
            _ => return None,
        },
        _ => return None,
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Operator {
    /// `;`, a line's end, `&`, `|`: the next command is run whatever comes of this one.
    Then,
    And,
    Or,
}

#[derive(Debug, PartialEq, Eq)]
enum Word {
    Text(String),
    Operator(Operator),
}

impl Word {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Operator(_) => None,
        }
    }
}

/// A command's words and operators, without redirections; `None` when it has what only a shell
/// understands: expansions, groups, an open quote.
fn words(command: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = command.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                let text = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => text.push(c),
                    }
                }
            }
            '"' => {
                let text = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => text.push(chars.next()?),
                        '$' | '`' => return None,
                        c => text.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            '$' | '`' | '(' | ')' | '{' | '}' => return None,
            '#' if word.is_none() => break,
            '>' | '<' => {
                // What is before it is a descriptor's number, what is behind it a file or another.
                if let Some(text) = word.take_if(|text| !text.chars().all(|c| c.is_ascii_digit())) {
                    words.push(Word::Text(text));
                }
                word = None;
                while chars.next_if(|c| matches!(c, '>' | '&' | ' ' | '\t')).is_some() {}
                while chars.next_if(|c| !c.is_whitespace() && !";&|".contains(*c)).is_some() {}
            }
            ';' | '&' | '|' | '\n' => {
                words.extend(word.take().map(Word::Text));
                let twice = c != '\n' && chars.next_if_eq(&c).is_some();
                words.push(Word::Operator(match c {
                    '&' if twice => Operator::And,
                    '|' if twice => Operator::Or,
                    _ => Operator::Then,
                }));
            }
            c if c.is_whitespace() => words.extend(word.take().map(Word::Text)),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word.map(Word::Text));
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_forbids_a_module_loads_nothing() {
        for command in [
            "/bin/false",
            "/usr/bin/true # no",
            ":",
            "exit 1",
            "sh -c 'exit 1'",
            "/bin/sh -c \"exit 1\"",
            "echo 'l2tp is not allowed' >&2; exit 1",
            "logger l2tp refused && /bin/false",
            "/bin/true > /dev/null 2>&1",
            "/bin/false && /sbin/modprobe --ignore-install l2tp_eth",
            "true || modprobe -i l2tp_eth",
            "exit 0; modprobe -i l2tp_eth",
            "sh -c 'echo no; exit 1' || /bin/false",
        ] {
            assert!(loads_nothing(command), "{command}");
        }
    }

    #[test]
    fn what_may_load_a_module_is_not_said_to_forbid_it() {
        for command in [
            "",
            "/bin/true; /sbin/modprobe --ignore-install l2tp_eth",
            "/bin/false; modprobe -i l2tp_eth",
            "/bin/false || modprobe -i l2tp_eth",
            "true && modprobe -i l2tp_eth",
            "sh -c 'true; modprobe -i l2tp_eth'",
            "sh /usr/local/bin/l2tp",
            "/usr/local/bin/l2tp",
            "echo $(modprobe -i l2tp_eth)",
            "echo `modprobe -i l2tp_eth`",
            "echo \"$(modprobe -i l2tp_eth)\"",
            "echo 'no",
            "{ modprobe -i l2tp_eth; }",
            ";",
            "\\",
        ] {
            assert!(!loads_nothing(command), "{command}");
        }
    }
}
