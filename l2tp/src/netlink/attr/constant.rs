//! The kernel's numbers, narrowed when compiled. Only derived code calls these, in constants, so
//! that each panic is an error of the build at the id at fault.

/// The types that the constants of a header's binding have.
#[diagnostic::on_unimplemented(
    message = "an id is an integer, and this constant is a `{Self}`",
    note = "name the constant of the kernel's header that numbers it"
)]
pub trait Integer {}

macro_rules! integers {
    ($($integer:ty)*) => {$(impl Integer for $integer {})*};
}
integers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

/// Compiles if the constant is an integer: a cast alone would take a `bool` or a float, too.
pub const fn integer<T: Integer>(_: &T) {}

/// The attribute's number `ids[index]`.
///
/// A binding of a header may give it any integer type; the wire has 14 bits beside the two flags
/// `NLA_F_NESTED` and `NLA_F_NET_BYTEORDER`.
///
/// # Panics
///
/// When it does not fit in 14 bits, or stands earlier in `ids` too.
#[must_use]
#[track_caller]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Checked.
pub const fn attr_id(ids: &[i128], index: usize) -> u16 {
    let id = ids[index];
    assert!(id >= 0 && id <= 0x3fff, "an attribute's id has 14 bits: 0 to 16383");
    assert!(!repeated(ids, index), "an earlier field already binds an attribute with this number");
    id as u16
}

/// The value `values[index]` of an enum whose integer ends at `max`.
///
/// # Panics
///
/// When it does not fit, or stands earlier in `values` too.
#[must_use]
#[track_caller]
pub const fn enum_value(values: &[i128], index: usize, max: i128) -> i128 {
    let value = values[index];
    assert!(value >= 0 && value <= max, "the value does not fit into the enum's `repr`");
    assert!(!repeated(values, index), "an earlier variant already has this number");
    value
}

/// Whether the number at `index` stands before it too.
const fn repeated(numbers: &[i128], index: usize) -> bool {
    let mut before = 0;
    while before < index {
        if numbers[before] == numbers[index] {
            return true;
        }
        before += 1;
    }
    false
}
