//! Whether a shell command of modprobe.d can load a module, determined without running it.
//!
//! modprobe passes an `install` line's command to the shell. Administrators disable a module with
//! `/bin/false`, `:` or `exit 1`, sometimes with a log message before it. They also write commands that
//! begin like this and still load the module.

use super::files::file_name;

/// The result of a command that loads nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The command succeeds or fails, and the shell continues.
    Status(bool),
    /// The shell exits.
    Exit,
}

/// Whether a command certainly loads nothing. A command that is not understood may load a module.
pub(super) fn loads_nothing(command: &str) -> bool {
    tokens(command).is_some_and(|tokens| runs_nothing_that_loads(&tokens))
}

/// Whether every command of a list that the shell would run certainly loads nothing.
fn runs_nothing_that_loads(tokens: &[Token]) -> bool {
    let mut status = true;
    let mut runs = true;
    let mut commands = false;
    let mut rest = tokens;
    while !rest.is_empty() {
        let end = rest.iter().position(|token| matches!(token, Token::Operator(_)));
        let (command, operator) = rest.split_at(end.unwrap_or(rest.len()));
        if runs && !command.is_empty() {
            commands = true;
            match simple(command) {
                Some(Outcome::Status(outcome)) => status = outcome,
                Some(Outcome::Exit) => return true,
                None => return false,
            }
        }
        let Some((Token::Operator(operator), behind)) = operator.split_first() else { break };
        runs = match operator {
            Operator::And => status,
            Operator::Or => !status,
            Operator::Then => true,
        };
        rest = behind;
    }
    commands
}

/// The result of a command without operators; `None` if it is not known.
fn simple(command: &[Token]) -> Option<Outcome> {
    let words: Vec<&str> = command.iter().filter_map(Token::text).collect();
    let (program, arguments) = words.split_first()?;
    // `:` is a builtin of the shell, not a path.
    let name = if *program == ":" { ":" } else { file_name(program) };
    Some(match name {
        "true" | ":" | "echo" | "logger" | "printf" => Outcome::Status(true),
        "false" => Outcome::Status(false),
        "exit" => Outcome::Exit,
        "sh" | "bash" | "dash" | "ash" => match arguments {
            ["-c", script, ..] if loads_nothing(script) => Outcome::Status(false),
            _ => return None,
        },
        _ => return None,
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Operator {
    /// `;`, the end of a line, `&`, `|`: the next command runs whatever this one returns.
    Then,
    And,
    Or,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Text(String),
    Operator(Operator),
}

impl Token {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Operator(_) => None,
        }
    }
}

/// A command's words and operators, without redirections; `None` if it contains expansions, groups or
/// an unclosed quote.
fn tokens(command: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
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
                // Digits before it are a file descriptor; a file or a descriptor follows it.
                if let Some(text) = word.take_if(|text| !text.chars().all(|c| c.is_ascii_digit())) {
                    tokens.push(Token::Text(text));
                }
                word = None;
                while chars.next_if(|c| matches!(c, '>' | '&' | ' ' | '\t')).is_some() {}
                while chars.next_if(|c| !c.is_whitespace() && !";&|".contains(*c)).is_some() {}
            }
            ';' | '&' | '|' | '\n' => {
                tokens.extend(word.take().map(Token::Text));
                let twice = c != '\n' && chars.next_if_eq(&c).is_some();
                tokens.push(Token::Operator(match c {
                    '&' if twice => Operator::And,
                    '|' if twice => Operator::Or,
                    _ => Operator::Then,
                }));
            }
            c if c.is_whitespace() => tokens.extend(word.take().map(Token::Text)),
            c => word.get_or_insert_default().push(c),
        }
    }
    tokens.extend(word.map(Token::Text));
    Some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_disable_a_module_load_nothing() {
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
            "printf 'no\\n'",
            "/bin/false | true",
            "true & false",
            "true\nfalse",
            "echo no\\;modprobe",
            "echo \"no \\\" ; modprobe\" ; exit",
            "echo no#comment; exit 1",
            "echo 1>/dev/null;exit 1",
            "echo no>/dev/null; exit 1",
            "dash -c 'true'",
            "false || true && exit",
        ] {
            assert!(loads_nothing(command), "{command}");
        }
    }

    #[test]
    fn commands_that_may_load_a_module_are_recognised() {
        for command in [
            "",
            "/bin/true; /sbin/modprobe --ignore-install l2tp_eth",
            "/bin/false; modprobe -i l2tp_eth",
            "/bin/false || modprobe -i l2tp_eth",
            "true && modprobe -i l2tp_eth",
            "sh -c 'true; modprobe -i l2tp_eth'",
            "true | modprobe -i l2tp_eth",
            "false & modprobe -i l2tp_eth",
            "false\nmodprobe -i l2tp_eth",
            "false && true || modprobe -i l2tp_eth",
            "true || false && modprobe -i l2tp_eth",
            "true >/dev/null;modprobe -i l2tp_eth",
            "modprobe>/dev/null",
            "true#no modprobe",
            "sh",
            "sh -c",
            "sh -x 'exit 1'",
            "echo \"no",
            "echo \\",
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
