//! What the macros say to those who write something else than they meant.

#![cfg(test)]

#[test]
fn diagnostics() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/*.rs");
}
