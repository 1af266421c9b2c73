//! What the macros say to those who write something else than they meant.

#[test]
fn diagnostics() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("derive/ui/*.rs");
}
