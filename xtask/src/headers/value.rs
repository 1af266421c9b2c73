//! The numbers that a header's enumerators and macros stand for.
//!
//! Only what needs no compiler is evaluated: integers, operators, other constants. What needs
//! one, such as an ioctl's number with its `sizeof`, keeps its spelling.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::num::Wrapping;

use cexpr::expr::{EvalResult, IdentifierParser};
use cexpr::token::{Kind, Token};

use super::parse::{Constant, Header};

/// What a constant stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Number(i64),
    /// A string, or an expression that only a compiler can evaluate.
    Spelling(String),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Spelling(text) if text.is_empty() => f.write_str("(no value)"),
            Self::Spelling(text) => f.write_str(text),
        }
    }
}

/// A constant with its value, and the header that defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Evaluated<'a> {
    pub(crate) header: &'a str,
    pub(crate) constant: &'a Constant,
    pub(crate) value: Value,
}

type Known = HashMap<Vec<u8>, EvalResult>;

/// Evaluates every constant of these headers; they may refer to one another in any order.
pub(crate) fn evaluate(headers: &BTreeMap<String, Header>) -> Vec<Evaluated<'_>> {
    let mut known = Known::new();
    loop {
        let before = known.len();
        for header in headers.values() {
            visit(header, &known.clone(), |constant, value| {
                if let Some(value) = value {
                    known
                        .entry(constant.name.clone().into_bytes())
                        .or_insert(EvalResult::Int(Wrapping(value)));
                }
            });
        }
        if known.len() == before {
            break;
        }
    }
    let mut evaluated = Vec::new();
    for (path, header) in headers {
        visit(header, &known, |constant, value| {
            let value = value.map_or_else(|| Value::Spelling(spell(constant)), Value::Number);
            evaluated.push(Evaluated { header: path, constant, value });
        });
    }
    evaluated
}

/// Calls `found` with each constant of a header and its number, as far as it follows from `known`.
fn visit<'a>(header: &'a Header, known: &Known, mut found: impl FnMut(&'a Constant, Option<i64>)) {
    for enumeration in &header.enums {
        let mut next = Some(0);
        for member in &enumeration.members {
            let value = if member.value.is_empty() { next } else { number(&member.value, known) };
            next = value.map(|value| value.wrapping_add(1));
            found(member, value);
        }
    }
    for constant in &header.macros {
        found(constant, number(&constant.value, known));
    }
    for constant in header.functions.iter().chain(&header.flags) {
        found(constant, None);
    }
}

fn number(spelling: &[String], known: &Known) -> Option<i64> {
    // The evaluator panics where one divides by zero, and no header's number is a quotient.
    if spelling.iter().any(|token| token == "/" || token == "%") {
        return None;
    }
    let tokens: Vec<Token> = spelling.iter().map(|text| token(text)).collect();
    match IdentifierParser::new(known).expr(&tokens) {
        Ok(([], EvalResult::Int(Wrapping(value)))) => Some(value),
        _ => None,
    }
}

fn token(text: &str) -> Token {
    let kind = match text.chars().next() {
        Some(c) if c.is_ascii_digit() || c == '"' || c == '\'' => Kind::Literal,
        Some(c) if c.is_alphabetic() || c == '_' => Kind::Identifier,
        _ => Kind::Punctuation,
    };
    Token { kind, raw: text.as_bytes().into() }
}

/// The value's tokens with the spaces that a person would put between them.
fn spell(constant: &Constant) -> String {
    let mut text = String::new();
    for token in &constant.value {
        let tight = [")", "]", ","].contains(&token.as_str())
            || text.ends_with(['(', '['])
            || (token == "(" && text.ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        if !tight && !text.is_empty() {
            text.push(' ');
        }
        text += token;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn values(texts: &[(&str, &str)]) -> BTreeMap<String, String> {
        let headers: BTreeMap<String, Header> =
            texts.iter().map(|(path, text)| ((*path).to_owned(), parse(text))).collect();
        evaluate(&headers)
            .into_iter()
            .map(|found| (found.constant.name.clone(), found.value.to_string()))
            .collect()
    }

    #[test]
    fn enumerators_count_on_from_the_last_value() {
        let found = values(&[("a.h", "enum { A, B = 0x10, C, D = (1 << 3), E };")]);
        let expected = [("A", "0"), ("B", "16"), ("C", "17"), ("D", "8"), ("E", "9")];
        assert_eq!(found, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    }

    #[test]
    fn a_macro_may_refer_to_an_enumerator_of_a_later_header() {
        let found = values(&[("a.h", "#define MAX (__MAX - 1)"), ("b.h", "enum { X, Y, __MAX };")]);
        assert_eq!(found["MAX"], "1");
    }

    #[test]
    fn what_needs_a_compiler_keeps_its_spelling() {
        let found = values(&[(
            "a.h",
            "#define I _IOR('t', 54, struct s[2])\n#define S \"l2tp\"\nenum { A = sizeof(int), B };",
        )]);
        assert_eq!(found["I"], "_IOR('t', 54, struct s [2])");
        assert_eq!(found["S"], "\"l2tp\"");
        assert_eq!(found["A"], "sizeof(int)");
        assert_eq!(found["B"], "(no value)");
    }

    #[test]
    fn macros_with_parameters_are_never_numbers() {
        let found = values(&[("a.h", "#define A 7\n#define F(A) -1\n#define HAVE_F\n")]);
        assert_eq!((&*found["F"], &*found["HAVE_F"]), ("(A) - 1", "(no value)"));
    }

    #[test]
    fn suffixes_and_bases_are_understood_and_nonsense_is_survived() {
        let found = values(&[(
            "a.h",
            "#define A 0x10UL\n#define B 010\n#define C (1ULL << 40)\n#define D 1/0\n#define E (1 << 99)\n#define F (1 << -1)\n#define G -5\n#define H I\n#define I H\n#define J ~0x8000U",
        )]);
        assert_eq!((&*found["A"], &*found["B"], &*found["C"]), ("16", "8", "1099511627776"));
        assert_eq!((&*found["D"], &*found["G"], &*found["H"]), ("1 / 0", "-5", "I"));
        assert_eq!(found["J"], "-32769");
    }
}
