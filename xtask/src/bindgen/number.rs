//! The Rust type of a constant: unsigned and as wide as its field in a message, or what holds its
//! value.
//!
//! C gives a number the type of its spelling, which says nothing of how it is used: `0x10` is an
//! `int`, and so is `~(1 << 15)`, which people mean as a mask.

use proc_macro2::Span;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitInt, Type, UnOp, parse_quote};

/// Above this, numbers are masks and ioctls, which people know in hexadecimal.
const DECIMAL: i128 = 0x3ff;

/// The value of an integer literal, negated or not.
pub(super) fn value(expression: &Expr) -> Option<i128> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => value(expr).map(|value| -value),
        _ => None,
    }
}

/// The type of a value, and how it is written; none if its field, of `width` bits, is narrower than
/// an `int` and does not hold it. A negative mask is given by its bits.
pub(super) fn typed(value: i128, is_mask: bool, width: u32) -> Option<(Type, Expr)> {
    let narrow = match width {
        8 => Some((parse_quote!(u8), i128::from(u8::MAX))),
        16 => Some((parse_quote!(u16), i128::from(u16::MAX))),
        _ => None,
    };
    let Some((kind, largest)) = narrow else { return Some(by_value(value, is_mask)) };
    let bits = if is_mask && value < 0 { value & largest } else { value };
    (0..=largest).contains(&bits).then(|| (kind, literal(bits)))
}

/// The first type that holds the value, `u32` wherever that does.
fn by_value(value: i128, is_mask: bool) -> (Type, Expr) {
    let (small, large) = (i128::from(i32::MIN), i128::from(u32::MAX));
    let bits = match value {
        _ if value >= 0 || !is_mask => value,
        _ if value >= small => value & large,
        _ => value & i128::from(u64::MAX),
    };
    let kind = match bits {
        _ if bits > large => parse_quote!(u64),
        _ if bits >= 0 => parse_quote!(u32),
        _ if bits >= small => parse_quote!(i32),
        _ => parse_quote!(i64),
    };
    (kind, literal(bits))
}

fn literal(value: i128) -> Expr {
    let digits = value.unsigned_abs();
    let text = if value > DECIMAL { format!("{digits:#x}") } else { digits.to_string() };
    let number = Expr::Lit(ExprLit {
        attrs: Vec::new(),
        lit: Lit::Int(LitInt::new(&text, Span::call_site())),
    });
    if value < 0 { parse_quote!(-#number) } else { number }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;

    use super::*;

    fn written(value: i128, is_mask: bool) -> (String, String) {
        in_field(value, is_mask, 32).expect("a type")
    }

    fn in_field(value: i128, is_mask: bool, width: u32) -> Option<(String, String)> {
        let (kind, number) = typed(value, is_mask, width)?;
        let number = number.to_token_stream().to_string().replace(' ', "");
        Some((kind.to_token_stream().to_string(), number))
    }

    #[test]
    fn a_value_has_the_first_type_that_holds_it() {
        let cases: [(i128, &str, &str); 8] = [
            (0, "u32", "0"),
            (0x3ff, "u32", "1023"),
            (0x8048_7436, "u32", "0x80487436"),
            (u32::MAX.into(), "u32", "0xffffffff"),
            (1 << 40, "u64", "0x10000000000"),
            (-1, "i32", "-1"),
            (i32::MIN.into(), "i32", "-2147483648"),
            (i128::from(i32::MIN) - 1, "i64", "-2147483649"),
        ];
        for (value, kind, number) in cases {
            assert_eq!(written(value, false), (kind.to_owned(), number.to_owned()), "{value}");
        }
    }

    #[test]
    fn a_mask_keeps_its_bits() {
        assert_eq!(written(!0xc000, true), ("u32".to_owned(), "0xffff3fff".to_owned()));
        assert_eq!(written(-(1 << 40), true), ("u64".to_owned(), "0xffffff0000000000".to_owned()));
        assert_eq!(written(4, true), ("u32".to_owned(), "4".to_owned()));
    }

    #[test]
    fn a_field_decides_the_type_and_must_hold_the_value() {
        let some = |kind: &str, number: &str| Some((kind.to_owned(), number.to_owned()));
        assert_eq!(in_field(255, false, 8), some("u8", "255"));
        assert_eq!(in_field(256, false, 8), None);
        assert_eq!(in_field(-1, false, 16), None);
        assert_eq!(in_field(0xffff, false, 16), some("u16", "0xffff"));
        assert_eq!(in_field(0x10000, false, 16), None);
        assert_eq!(in_field(!0xc000, true, 16), some("u16", "0x3fff"));
    }

    #[test]
    fn literals_are_read_with_their_sign() {
        assert_eq!(value(&parse_quote!(-49153)), Some(-49153));
        assert_eq!(value(&parse_quote!(0x10)), Some(16));
        assert_eq!(value(&parse_quote!(1.5)), None);
    }
}
