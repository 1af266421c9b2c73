//! Sizes that the kernel's interface fixes: it tells the PPPoL2TP addresses apart by their length.

#[allow(clippy::wildcard_imports, reason = "the crate is a list of types")]
use l2tp_sys::*;

macro_rules! sizes {
    ($($structure:ty = $size:expr),+ $(,)?) => {
        $(assert_eq!(size_of::<$structure>(), $size, stringify!($structure));)+
    };
}

#[test]
fn structures_have_the_kernels_size() {
    sizes! {
        sockaddr_l2tpip = 16,
        sockaddr_l2tpip6 = 32,
        pppol2tp_addr = 32,
        pppol2tpin6_addr = 44,
        pppol2tpv3_addr = 40,
        pppol2tpv3in6_addr = 52,
        sockaddr_pppol2tp = 38,
        sockaddr_pppol2tpin6 = 50,
        sockaddr_pppol2tpv3 = 46,
        sockaddr_pppol2tpv3in6 = 58,
        pppoe_addr = 24,
        sockaddr_pppox = 30,
        pppol2tp_ioc_stats = 72,
        sockaddr_nl = 12,
        nlmsghdr = NLMSG_HDRLEN as usize,
        genlmsghdr = GENL_HDRLEN as usize,
        nlattr = NLA_HDRLEN as usize,
        nlmsgerr = 20,
    }
}

#[test]
fn socket_addresses_are_packed() {
    assert_eq!(align_of::<sockaddr_pppol2tp>(), 1);
    assert_eq!(core::mem::offset_of!(sockaddr_pppol2tpv3in6, sa_protocol), 2);
    assert_eq!(core::mem::offset_of!(sockaddr_pppol2tpv3in6, pppol2tp), 6);
    assert_eq!(core::mem::offset_of!(sockaddr_l2tpip, l2tp_conn_id), 8);
    assert_eq!(core::mem::offset_of!(sockaddr_l2tpip6, l2tp_conn_id), 28);
}

#[test]
fn the_bit_field_is_the_first_bit_behind_the_ids() {
    let mut stats = pppol2tp_ioc_stats::default();
    assert_eq!(stats.using_ipsec(), 0);
    stats.set_using_ipsec(1);
    assert_eq!((stats.using_ipsec(), stats.tunnel_id, stats.session_id), (1, 0, 0));
    assert_eq!(core::mem::offset_of!(pppol2tp_ioc_stats, _bitfield_1), 4);
    assert_eq!(core::mem::offset_of!(pppol2tp_ioc_stats, tx_packets), 8);
}
