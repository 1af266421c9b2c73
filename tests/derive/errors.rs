//! The texts of errors: struct, attribute and offset, for the person who reads them at night.

use l2tp::netlink::attr::{AttrEnum, AttrWriter, DecodeReason, EncodeReason, FromAttrs, ToAttrs};

use super::{decode, id, wire};

use id::ONE as L2TP_ATTR_CONN_ID;
use id::TWO as L2TP_ATTR_STATS;
use id::{ONE as L2TP_ATTR_TX_PACKETS, TWO as L2TP_ATTR_RX_PACKETS};

#[derive(Debug, PartialEq, FromAttrs)]
struct Statistics {
    #[nlattr(id = L2TP_ATTR_TX_PACKETS)]
    tx: u64,
    #[nlattr(id = L2TP_ATTR_RX_PACKETS, default)]
    rx: u64,
}

#[derive(Debug, PartialEq, FromAttrs)]
struct SessionInfo {
    #[nlattr(id = L2TP_ATTR_CONN_ID)]
    tunnel_id: u32,
    #[nlattr(id = L2TP_ATTR_STATS, nested)]
    statistics: Option<Statistics>,
}

/// The text of what decoding `T` from `bytes` says.
macro_rules! text {
    ($type:ty, $bytes:expr) => {
        decode::<$type>(&$bytes).unwrap_err().to_string()
    };
}

#[test]
fn a_payload_of_another_size() {
    let bytes = wire(&[(9, &[0; 4]), (1, &[1, 2])]);
    let error = decode::<SessionInfo>(&bytes).unwrap_err();
    assert_eq!(error.struct_name(), Some("SessionInfo"));
    assert_eq!(error.attribute(), Some("L2TP_ATTR_CONN_ID"));
    assert_eq!(error.offset(), Some(28));
    assert_eq!(
        error.to_string(),
        "malformed SessionInfo, attribute L2TP_ATTR_CONN_ID at offset 28: \
         its payload has 2 bytes instead of 4",
    );
}

#[test]
fn an_attribute_that_is_missing() {
    assert_eq!(
        text!(SessionInfo, []),
        "malformed SessionInfo, attribute L2TP_ATTR_CONN_ID: it is missing from the message",
    );
}

#[test]
fn the_first_missing_attribute_in_the_order_of_fields() {
    let bytes = wire(&[(2, &wire(&[]))]);
    let error = decode::<SessionInfo>(&bytes).unwrap_err();
    assert_eq!(error.struct_name(), Some("Statistics"), "it is decoded where it stands");
    assert_eq!(error.attribute(), Some("L2TP_ATTR_TX_PACKETS"));
}

#[test]
fn the_innermost_struct_is_named_at_its_own_offset() {
    let inner = wire(&[(1, &7_u64.to_ne_bytes()), (2, &[1])]);
    let bytes = wire(&[(1, &1_u32.to_ne_bytes()), (2, &inner)]);
    assert_eq!(
        text!(SessionInfo, bytes),
        "malformed Statistics, attribute L2TP_ATTR_RX_PACKETS at offset 44: \
         its payload has 1 bytes instead of 8",
    );
}

#[test]
fn bytes_that_are_no_attribute() {
    let mut bytes = wire(&[(1, &1_u32.to_ne_bytes())]);
    bytes.extend_from_slice(&[8, 0]);
    assert_eq!(
        text!(SessionInfo, bytes),
        "malformed SessionInfo at offset 28: 2 bytes are left, too few for a header of 4",
    );
}

#[test]
fn an_attribute_that_a_closed_struct_does_not_bind() {
    #[derive(Debug, FromAttrs)]
    #[nlattr(deny_unknown)]
    struct Closed {}
    let bytes = wire(&[(77, &[])]);
    assert_eq!(text!(Closed, bytes), "malformed Closed at offset 20: no field binds attribute 77",);
}

#[test]
fn a_number_that_a_closed_enum_lacks() {
    #[derive(Debug, PartialEq, AttrEnum)]
    #[nlenum(repr = u8)]
    enum Mode {
        #[nlenum(id = id::ONE)]
        One,
    }
    #[derive(Debug, FromAttrs)]
    struct Moded {
        #[nlattr(id = L2TP_ATTR_CONN_ID)]
        _mode: Mode,
    }
    let error = decode::<Moded>(&wire(&[(1, &[200])])).unwrap_err();
    assert_eq!(error.reason(), DecodeReason::UnknownValue(200));
    assert_eq!(
        error.to_string(),
        "malformed Moded, attribute L2TP_ATTR_CONN_ID at offset 20: \
         200 is not one of the values that it has",
    );
    assert_eq!(Mode::try_from(200).unwrap_err().to_string(), "200 is not a value of Mode");
}

#[test]
fn a_value_without_a_form() {
    #[derive(ToAttrs)]
    struct Named<'a> {
        #[nlattr(id = L2TP_ATTR_CONN_ID)]
        name: &'a str,
    }
    #[derive(ToAttrs)]
    struct Holder<'a> {
        #[nlattr(id = L2TP_ATTR_STATS, nested)]
        named: Named<'a>,
    }
    let holder = Holder { named: Named { name: "a\0b" } };
    let error = holder.to_attrs(&mut AttrWriter::new(&mut Vec::new())).unwrap_err();
    assert_eq!(error.reason(), EncodeReason::InnerNul);
    assert_eq!(
        error.to_string(),
        "Named, attribute L2TP_ATTR_CONN_ID: \
         a string with a NUL inside would reach the kernel cut short",
    );
}
