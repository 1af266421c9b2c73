//! Enums of the kernel's numbers.

use l2tp::netlink::attr::{
    Attr, AttrEnum, AttrKind, Attrs, DecodeError, DecodeReason, FromPayload, ToPayload,
};

use super::wire;

const L2TP_PWTYPE_ETH: u32 = 5;
const L2TP_PWTYPE_PPP: u32 = 7;
const BIG: u64 = u64::MAX;
const ZERO: u64 = 0;

#[derive(Debug, Clone, Copy, PartialEq, Eq, AttrEnum)]
#[nlenum(repr = u16)]
enum Pseudowire {
    #[nlenum(id = L2TP_PWTYPE_ETH)]
    Eth,
    #[nlenum(other)]
    Unknown(u16),
    #[nlenum(id = L2TP_PWTYPE_PPP)]
    Ppp,
}

#[derive(Debug, PartialEq, Eq, AttrEnum)]
#[nlenum(repr = u64)]
enum Wide {
    #[nlenum(id = ZERO)]
    Zero,
    #[nlenum(id = BIG)]
    Big,
}

/// Decodes `bytes` as the payload of one attribute.
fn get<'a, T: FromPayload<'a>>(bytes: &'a [u8]) -> Result<T, DecodeError> {
    let attr: Attr<'_> = Attrs::new(bytes, 0).next().expect("an attribute")?;
    T::get(attr)
}

#[test]
fn every_number_has_a_value_and_every_value_its_number() {
    for number in 0..=u16::MAX {
        assert_eq!(u16::from(Pseudowire::from(number)), number);
    }
    assert_eq!(Pseudowire::from(5), Pseudowire::Eth);
    assert_eq!(Pseudowire::from(7), Pseudowire::Ppp);
    assert_eq!(Pseudowire::from(6), Pseudowire::Unknown(6));
}

#[test]
fn a_closed_enum_rejects_other_numbers() {
    assert_eq!(u64::from(Wide::Big), u64::MAX);
    assert_eq!(Wide::try_from(u64::MAX), Ok(Wide::Big));
    assert_eq!(Wide::try_from(0), Ok(Wide::Zero));
    let error = Wide::try_from(3).unwrap_err();
    assert_eq!(error.value(), 3);
    let bytes = wire(&[(1, &3_u64.to_ne_bytes())]);
    assert_eq!(get::<Wide>(&bytes).unwrap_err().reason(), DecodeReason::UnknownValue(3));
}

#[test]
fn the_payload_is_the_repr() {
    let bytes = wire(&[(1, &7_u16.to_ne_bytes())]);
    assert_eq!(get(&bytes), Ok(Pseudowire::Ppp));
    let mut buf = Vec::new();
    Pseudowire::Ppp.put(1, &mut l2tp::netlink::attr::AttrWriter::new(&mut buf)).unwrap();
    assert_eq!(buf, bytes);

    let long = wire(&[(1, &7_u32.to_ne_bytes())]);
    let reason = DecodeReason::Length { expected: 2, actual: 4 };
    assert_eq!(get::<Pseudowire>(&long).unwrap_err().reason(), reason);
}

#[test]
fn the_schema_lists_the_numbers_with_the_kernels_names() {
    let kind = AttrKind::Enum {
        repr: &AttrKind::U16,
        values: &[(5, "L2TP_PWTYPE_ETH"), (7, "L2TP_PWTYPE_PPP")],
    };
    assert_eq!(<Pseudowire as ToPayload>::KIND, kind);
    assert_eq!(<Pseudowire as FromPayload<'_>>::KIND, kind);
}

#[test]
fn values_know_the_kernels_names() {
    const NAME: Option<&str> = Pseudowire::Eth.kernel_name();
    assert_eq!(NAME, Some("L2TP_PWTYPE_ETH"));
    assert_eq!(Pseudowire::Unknown(6).kernel_name(), None);
    assert_eq!(Wide::Big.kernel_name(), Some("BIG"));
}
