//! The derived codecs, each as a function that is not inlined. Its name in a black box keeps it
//! apart from others with the same code, which the compiler would make one.

use std::hint::black_box;

use l2tp::netlink::attr::{AttrWriter, Attrs, FromAttrs, ToAttrs};
use l2tp::types::Statistics;
use l2tp::{SessionChange, SessionConfig, SessionInfo, TunnelConfig, TunnelInfo};

macro_rules! encode {
    ($($case:ident: $ty:ty;)*) => {$(
        #[inline(never)]
        pub(crate) fn $case(value: &$ty, buf: &mut Vec<u8>) {
            black_box(stringify!($case));
            // What cannot be encoded leaves fewer bytes, which is noticed.
            let _ = value.to_attrs(&mut AttrWriter::new(buf));
        }
    )*};
}

encode! {
    encode_tunnel_config: TunnelConfig;
    encode_session_config: SessionConfig;
    encode_session_config_full: SessionConfig;
    encode_session_change: SessionChange;
}

macro_rules! decode {
    ($($case:ident: $ty:ty;)*) => {$(
        #[inline(never)]
        pub(crate) fn $case(bytes: &[u8]) -> Option<$ty> {
            black_box(stringify!($case));
            <$ty>::from_attrs(Attrs::new(bytes, 0)).ok()
        }
    )*};
}

decode! {
    decode_tunnel_info: TunnelInfo;
    decode_tunnel_info_v6: TunnelInfo;
    decode_session_info: SessionInfo;
    decode_session_info_full: SessionInfo;
    decode_statistics: Statistics;
}
