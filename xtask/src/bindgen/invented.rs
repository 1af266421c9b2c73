//! What headers that no kernel has yet give: all of it, or an error that names the rest.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Context as _;

use super::*;

const L2TP: &str = "linux/l2tp.h";

/// Generates from the vendored headers with `l2tp.h` edited.
fn generate(edit: impl FnOnce(String) -> String) -> Result<Generated> {
    require(&[Need::Libclang])?;
    let mut texts = headers::vendored(&headers::folder())?;
    let edited = edit(texts.remove(L2TP).context("no l2tp.h")?);
    texts.insert(L2TP.to_owned(), edited);
    from(&texts)
}

fn from(texts: &BTreeMap<String, String>) -> Result<Generated> {
    let folder = tempfile::tempdir()?;
    for (path, text) in texts {
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().unwrap_or(&file))?;
        fs::write(file, text)?;
    }
    generate_from(folder.path(), texts)
}

/// What `lines` at the end of `l2tp.h` give.
fn added(lines: &str) -> Result<Generated> {
    generate(|header| {
        let (before, guard) = header.rsplit_once("#endif").unwrap_or((&header, ""));
        format!("{before}\n{lines}\n#endif{guard}")
    })
}

#[track_caller]
fn has(generated: &Result<Generated>, expected: &[&str]) {
    let generated = generated.as_ref().unwrap_or_else(|error| panic!("{error}"));
    for text in expected {
        assert!(generated.constants.contains(text), "no {text}");
    }
}

#[track_caller]
fn fails(generated: Result<Generated>, expected: &[&str]) {
    let error = generated.err().expect("something is lost").to_string();
    for text in expected {
        assert!(error.contains(text), "no {text:?} in: {error}");
    }
}

#[test]
fn the_kernels_anonymous_enumerations_may_get_names() {
    let renamed = generate(|header| {
        let (before, after) = header.split_once("enum {\n\tL2TP_CMD_NOOP").expect("the commands");
        format!("{before}enum l2tp_cmd {{\n\tL2TP_CMD_NOOP{after}")
    });
    has(&renamed, &["pub type l2tp_cmd = u8", "pub const L2TP_CMD_SESSION_GET: l2tp_cmd = 8;"]);
    let names = renamed.map(|generated| generated.names).unwrap_or_default();
    assert!(names.contains("number: crate::L2TP_CMD_SESSION_GET"));
}

#[test]
fn an_enumeration_comes_in_every_shape_or_is_asked_a_table_for() {
    // Without a member of L2TP's, an enumeration needs no table.
    has(
        &added(
            "enum nlmsg_kinds { NLMSG_KIND_A = 3 };\n\
             enum /* why */ { NLA_B = 4 };\n\
             typedef enum { NLA_C = 5 } nla_kind;\n\
             struct holder { enum { NLA_D = 6 } kind; enum nla_named { NLA_E = 7 } named; };\n\
             enum __attribute__((packed)) nla_packed { NLA_F = 8 };",
        ),
        &[
            "NLMSG_KIND_A: nlmsg_kinds = 3",
            "NLA_B: u32 = 4",
            "NLA_C: nla_kind = 5",
            "NLA_D: u32 = 6",
            "NLA_E: holder_nla_named = 7",
        ],
    );
    fails(
        added("enum l2tp_foo { L2TP_FOO_A, L2TP_FOO_B };"),
        &["enum l2tp_foo, which has L2TP_FOO_A, has no table", "bindgen/names.rs"],
    );
}

#[test]
fn numbers_keep_value_sign_and_width() {
    has(
        &added(
            "#define L2TP_WIDE (1ULL << 40)\n#define L2TP_NEGATIVE (-5)\n#define L2TP_BIT (1 << 31)\n\
             #define L2TP_HUGE (1ULL << 63)\n#define L2TP_SUFFIX 0x10UL\n#define L2TP_CHAR 'x'\n#define L2TP_SIZE (sizeof(int) * 3)\n\
             #define L2TP_IOCTL _IOR('t', 99, struct l2tp_new)\n#define L2TP_STRING \"a\" \"b\"\n\
             #define L2TP_ALIAS L2TP_STRING\n#define L2TP_ENUM L2TP_ATTR_MTU\n\
             struct l2tp_new { __u64 a; __u32 b; } __attribute__((packed));\n\
             enum netlink_signed { NETLINK_MINUS = -1, NETLINK_ZERO };\nenum { NLA_HUGE = 1ULL << 63 };",
        ),
        &[
            "L2TP_WIDE: u64 = 0x10000000000;",
            "L2TP_NEGATIVE: i32 = -5;",
            "L2TP_BIT: u32 = 0x80000000;",
            "L2TP_SUFFIX: u32 = 16;",
            "L2TP_HUGE: u64 = 0x8000000000000000;",
            "L2TP_CHAR: u32 = 120;",
            "L2TP_SIZE: u32 = 12;",
            "L2TP_IOCTL: u32 = 0x800c7463;",
            "L2TP_STRING: &::core::ffi::CStr",
            "L2TP_ALIAS: &::core::ffi::CStr",
            "L2TP_ENUM: u32 = 28;",
            "#[repr(C, packed)]\n#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]\npub struct l2tp_new",
            "NETLINK_MINUS: i32 = -1;",
            "NETLINK_ZERO: u32 = 0;",
            "NLA_HUGE: u64 = 0x8000000000000000;",
        ],
    );
}

#[test]
fn a_number_that_its_field_does_not_hold_is_named() {
    has(
        &added("enum { CTRL_CMD_LAST = 255, NLMSG_LAST = 0xffff };"),
        &["CTRL_CMD_LAST: u8 = 255;", "NLMSG_LAST: u16 = 0xffff;"],
    );
    fails(
        added("enum { CTRL_CMD_HUGE = 256, NLMSG_HUGE = 0x10000, NLMSG_MINUS = -1 };"),
        &["CTRL_CMD_HUGE, NLMSG_HUGE, NLMSG_MINUS", "bindgen/width.rs"],
    );
}

#[test]
fn what_cannot_be_taken_is_named_all_at_once() {
    fails(
        added(
            "#define L2TP_F(x) (x)\n#define L2TP_HAVE_X\n#ifdef L2TP_NOWHERE\n#define L2TP_HIDDEN 3\n\
             #endif\n#define L2TP_GONE 4\n#undef L2TP_GONE\n#define L2TP_POINTER ((char *)1)",
        ),
        &[
            "linux/l2tp.h: L2TP_F, a macro with parameters",
            "linux/l2tp.h: L2TP_HAVE_X, a macro without a value",
            "linux/l2tp.h: L2TP_HIDDEN, which is not defined once the headers are read",
            "linux/l2tp.h: L2TP_GONE, which is not defined",
            "linux/l2tp.h: L2TP_POINTER, whose value bindgen cannot tell",
            "EXCUSED of xtask/src/bindgen/selection.rs",
        ],
    );
    fails(
        added(
            "#define L2TP_PACKED __attribute__((packed))\n#define L2TP_MISSING (NOT_DEFINED + 1)\n#define L2TP_TYPE struct l2tp_x",
        ),
        &[
            "  L2TP_PACKED: ",
            "  L2TP_MISSING: use of undeclared identifier 'NOT_DEFINED'",
            "  L2TP_TYPE: ",
            "selection.rs",
        ],
    );
    fails(
        generate(|header| header.replace("\t__L2TP_PWTYPE_MAX\n};", "\t__L2TP_PWTYPE_MAX\n")),
        &["nothing closes the brace that opens at linux/l2tp.h:"],
    );
}

#[test]
fn two_definitions_of_one_name_agree_or_are_named() {
    has(&added("#define L2TP_N 1\n#undef L2TP_N\n#define L2TP_N 2"), &["L2TP_N: u32 = 2;"]);
    has(
        &added("#ifdef X\n#define L2TP_N 1\n#else\n#define L2TP_N 2\n#endif"),
        &["L2TP_N: u32 = 2;"],
    );
    has(&added("#define L2TP_ATTR_MTU L2TP_ATTR_MTU"), &["L2TP_ATTR_MTU: u16 = 28;"]);
    fails(added("#define L2TP_ATTR_MTU 5"), &["twice, with different values: L2TP_ATTR_MTU"]);
}

#[test]
fn constants_may_move_to_another_header() {
    let mut texts = headers::vendored(&headers::folder()).unwrap();
    let moved = "#ifndef _N\n#define _N\n#include <linux/l2tp.h>\n#define L2TP_MOVED 7\nstruct l2tp_moved { int a; };\n#endif\n";
    texts.insert("linux/l2tp_new.h".to_owned(), moved.to_owned());
    let header = texts.get_mut(L2TP).unwrap();
    *header = header
        .replace("#include <linux/in6.h>", "#include <linux/in6.h>\n#include <linux/l2tp_new.h>");
    has(&from(&texts), &["L2TP_MOVED: u32 = 7;", "pub struct l2tp_moved"]);
}

/// The two readers of the headers agree about every number that needs no compiler, and each excuse
/// is for something that the headers give.
#[test]
fn the_vendored_headers_are_read_alike_and_no_excuse_is_stale() {
    let texts = headers::vendored(&headers::folder()).unwrap();
    let generated = from(&texts).unwrap().constants;
    let parsed = texts.iter().map(|(path, text)| (path.clone(), parse(text))).collect();
    let mut compared = 0;
    for found in headers::value::evaluate(&parsed) {
        let name = &found.constant.name;
        let Some((_, rest)) = generated.split_once(&format!("pub const {name}: ")) else {
            continue;
        };
        let headers::value::Value::Number(number) = found.value else { continue };
        let literal = rest.split(['=', ';']).nth(1).unwrap_or_default().trim();
        let literal: syn::Expr = syn::parse_str(literal).unwrap();
        let value = number::value(&literal).unwrap();
        let cut = i128::from(number) & ((1 << width::bits(name)) - 1);
        assert!(value == number.into() || value == cut, "{name}: {value}, not {number}");
        compared += 1;
    }
    assert!(compared > 250, "{compared} compared");
    for (name, reason) in selection::EXCUSED {
        let given = texts.values().any(|text| text.contains(&format!("#define {name}")));
        assert!(given && !reason.is_empty(), "{name} needs no excuse");
    }
}
