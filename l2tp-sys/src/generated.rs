//! Constants, types and structures of the kernel's headers.
//!
//! Generated from the headers of Linux 7.3.4 by `cargo xtask bindgen`. Do not edit.

#[repr(C)]
#[derive(Copy, Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct __BindgenBitfieldUnit<Storage> {
    storage: Storage,
}
impl<Storage> __BindgenBitfieldUnit<Storage> {
    #[inline]
    pub const fn new(storage: Storage) -> Self {
        Self { storage }
    }
}
/// Const-generic methods for efficient bitfield access when offset and width
/// are known at compile time.
impl<const N: usize> __BindgenBitfieldUnit<[u8; N]> {
    /// Get a field using const generics for compile-time optimization.
    /// Uses native word size operations when the field fits in usize.
    #[inline]
    pub const fn get_const<const BIT_OFFSET: usize, const BIT_WIDTH: u8>(&self) -> u64 {
        debug_assert!(BIT_WIDTH <= 64);
        debug_assert!(BIT_OFFSET / 8 < N);
        debug_assert!((BIT_OFFSET + (BIT_WIDTH as usize) + 7) / 8 <= N);
        if BIT_WIDTH == 0 {
            return 0;
        }
        let start_byte = BIT_OFFSET / 8;
        let bit_shift = BIT_OFFSET % 8;
        let bytes_needed = (BIT_WIDTH as usize + bit_shift + 7) / 8;
        if BIT_WIDTH as usize + bit_shift <= usize::BITS as usize {
            let mut val = 0usize;
            if cfg!(target_endian = "big") {
                let mut i = 0;
                while i < bytes_needed {
                    val
                        |= (self.storage[start_byte + i].reverse_bits() as usize)
                            << (i * 8);
                    i += 1;
                }
            } else {
                let mut i = 0;
                while i < bytes_needed {
                    val |= (self.storage[start_byte + i] as usize) << (i * 8);
                    i += 1;
                }
            }
            val >>= bit_shift;
            if (BIT_WIDTH as u32) < usize::BITS {
                val &= (1usize << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (usize::BITS as usize - BIT_WIDTH as usize);
            }
            val as u64
        } else {
            let mut val = 0u64;
            if cfg!(target_endian = "big") {
                let mut i = 0;
                while i < bytes_needed {
                    val
                        |= (self.storage[start_byte + i].reverse_bits() as u64)
                            << (i * 8);
                    i += 1;
                }
            } else {
                let mut i = 0;
                while i < bytes_needed {
                    val |= (self.storage[start_byte + i] as u64) << (i * 8);
                    i += 1;
                }
            }
            val >>= bit_shift;
            if BIT_WIDTH < 64 {
                val &= (1u64 << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (64 - BIT_WIDTH as usize);
            }
            val
        }
    }
    /// Set a field using const generics for compile-time optimization.
    /// Uses native word size operations when the field fits in usize.
    #[inline]
    pub fn set_const<const BIT_OFFSET: usize, const BIT_WIDTH: u8>(&mut self, val: u64) {
        debug_assert!(BIT_WIDTH <= 64);
        debug_assert!(BIT_OFFSET / 8 < N);
        debug_assert!((BIT_OFFSET + (BIT_WIDTH as usize) + 7) / 8 <= N);
        if BIT_WIDTH == 0 {
            return;
        }
        let start_byte = BIT_OFFSET / 8;
        let bit_shift = BIT_OFFSET % 8;
        let bytes_needed = (BIT_WIDTH as usize + bit_shift + 7) / 8;
        if BIT_WIDTH as usize + bit_shift <= usize::BITS as usize {
            let mut val = val as usize;
            if (BIT_WIDTH as u32) < usize::BITS {
                val &= (1usize << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (usize::BITS as usize - BIT_WIDTH as usize);
            }
            val <<= bit_shift;
            let field_mask = if BIT_WIDTH as usize + bit_shift >= usize::BITS as usize {
                !0usize << bit_shift
            } else {
                ((1usize << BIT_WIDTH) - 1) << bit_shift
            };
            let mut i = 0;
            while i < bytes_needed {
                let byte_val = (val >> (i * 8)) as u8;
                let byte_mask = (field_mask >> (i * 8)) as u8;
                if cfg!(target_endian = "big") {
                    let byte = self.storage[start_byte + i].reverse_bits();
                    let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                    self.storage[start_byte + i] = new_byte.reverse_bits();
                } else {
                    self.storage[start_byte + i] = (self.storage[start_byte + i]
                        & !byte_mask) | (byte_val & byte_mask);
                }
                i += 1;
            }
        } else {
            let mut val = val;
            if BIT_WIDTH < 64 {
                val &= (1u64 << BIT_WIDTH) - 1;
            }
            if cfg!(target_endian = "big") {
                val = val.reverse_bits() >> (64 - BIT_WIDTH as usize);
            }
            val <<= bit_shift;
            let field_mask = if BIT_WIDTH as usize + bit_shift >= 64 {
                !0u64 << bit_shift
            } else {
                ((1u64 << BIT_WIDTH) - 1) << bit_shift
            };
            let mut i = 0;
            while i < bytes_needed {
                let byte_val = (val >> (i * 8)) as u8;
                let byte_mask = (field_mask >> (i * 8)) as u8;
                if cfg!(target_endian = "big") {
                    let byte = self.storage[start_byte + i].reverse_bits();
                    let new_byte = (byte & !byte_mask) | (byte_val & byte_mask);
                    self.storage[start_byte + i] = new_byte.reverse_bits();
                } else {
                    self.storage[start_byte + i] = (self.storage[start_byte + i]
                        & !byte_mask) | (byte_val & byte_mask);
                }
                i += 1;
            }
        }
    }
}
pub const L2TP_GENL_NAME: &::core::ffi::CStr = c"l2tp";
pub const L2TP_GENL_MCGROUP: &::core::ffi::CStr = c"l2tp";
pub type __u8 = ::core::ffi::c_uchar;
pub type __u16 = ::core::ffi::c_ushort;
pub type __u32 = ::core::ffi::c_uint;
pub type __u64 = ::core::ffi::c_ulonglong;
pub type __kernel_pid_t = ::core::ffi::c_int;
pub type __be16 = __u16;
pub type __be32 = __u32;
pub type __kernel_sa_family_t = ::core::ffi::c_ushort;
/// Internet address.
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct in_addr {
    pub s_addr: __be32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of in_addr"][::core::mem::size_of::<in_addr>() - 4usize];
    ["Alignment of in_addr"][::core::mem::align_of::<in_addr>() - 4usize];
    [
        "Offset of field: in_addr::s_addr",
    ][::core::mem::offset_of!(in_addr, s_addr) - 0usize];
};
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct sockaddr_in {
    /// Address family
    pub sin_family: __kernel_sa_family_t,
    /// Port number
    pub sin_port: __be16,
    /// Internet address
    pub sin_addr: in_addr,
    /// Pad to size of `struct sockaddr'.
    pub __pad: [::core::ffi::c_uchar; 8usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of sockaddr_in"][::core::mem::size_of::<sockaddr_in>() - 16usize];
    ["Alignment of sockaddr_in"][::core::mem::align_of::<sockaddr_in>() - 4usize];
    [
        "Offset of field: sockaddr_in::sin_family",
    ][::core::mem::offset_of!(sockaddr_in, sin_family) - 0usize];
    [
        "Offset of field: sockaddr_in::sin_port",
    ][::core::mem::offset_of!(sockaddr_in, sin_port) - 2usize];
    [
        "Offset of field: sockaddr_in::sin_addr",
    ][::core::mem::offset_of!(sockaddr_in, sin_addr) - 4usize];
    [
        "Offset of field: sockaddr_in::__pad",
    ][::core::mem::offset_of!(sockaddr_in, __pad) - 8usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct in6_addr {
    pub in6_u: in6_addr__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union in6_addr__bindgen_ty_1 {
    pub u6_addr8: [__u8; 16usize],
    pub u6_addr16: [__be16; 8usize],
    pub u6_addr32: [__be32; 4usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of in6_addr__bindgen_ty_1",
    ][::core::mem::size_of::<in6_addr__bindgen_ty_1>() - 16usize];
    [
        "Alignment of in6_addr__bindgen_ty_1",
    ][::core::mem::align_of::<in6_addr__bindgen_ty_1>() - 4usize];
    [
        "Offset of field: in6_addr__bindgen_ty_1::u6_addr8",
    ][::core::mem::offset_of!(in6_addr__bindgen_ty_1, u6_addr8) - 0usize];
    [
        "Offset of field: in6_addr__bindgen_ty_1::u6_addr16",
    ][::core::mem::offset_of!(in6_addr__bindgen_ty_1, u6_addr16) - 0usize];
    [
        "Offset of field: in6_addr__bindgen_ty_1::u6_addr32",
    ][::core::mem::offset_of!(in6_addr__bindgen_ty_1, u6_addr32) - 0usize];
};
impl Default for in6_addr__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of in6_addr"][::core::mem::size_of::<in6_addr>() - 16usize];
    ["Alignment of in6_addr"][::core::mem::align_of::<in6_addr>() - 4usize];
    [
        "Offset of field: in6_addr::in6_u",
    ][::core::mem::offset_of!(in6_addr, in6_u) - 0usize];
};
impl Default for in6_addr {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct sockaddr_in6 {
    /// AF_INET6
    pub sin6_family: ::core::ffi::c_ushort,
    /// Transport layer port #
    pub sin6_port: __be16,
    /// IPv6 flow information
    pub sin6_flowinfo: __be32,
    /// IPv6 address
    pub sin6_addr: in6_addr,
    /// scope id (new in RFC2553)
    pub sin6_scope_id: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of sockaddr_in6"][::core::mem::size_of::<sockaddr_in6>() - 28usize];
    ["Alignment of sockaddr_in6"][::core::mem::align_of::<sockaddr_in6>() - 4usize];
    [
        "Offset of field: sockaddr_in6::sin6_family",
    ][::core::mem::offset_of!(sockaddr_in6, sin6_family) - 0usize];
    [
        "Offset of field: sockaddr_in6::sin6_port",
    ][::core::mem::offset_of!(sockaddr_in6, sin6_port) - 2usize];
    [
        "Offset of field: sockaddr_in6::sin6_flowinfo",
    ][::core::mem::offset_of!(sockaddr_in6, sin6_flowinfo) - 4usize];
    [
        "Offset of field: sockaddr_in6::sin6_addr",
    ][::core::mem::offset_of!(sockaddr_in6, sin6_addr) - 8usize];
    [
        "Offset of field: sockaddr_in6::sin6_scope_id",
    ][::core::mem::offset_of!(sockaddr_in6, sin6_scope_id) - 24usize];
};
impl Default for sockaddr_in6 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct sockaddr_l2tpip {
    /// AF_INET
    pub l2tp_family: __kernel_sa_family_t,
    /// INET port number (unused)
    pub l2tp_unused: __be16,
    /// Internet address
    pub l2tp_addr: in_addr,
    /// Connection ID of tunnel
    pub l2tp_conn_id: __u32,
    /// Pad to size of `struct sockaddr'.
    pub __pad: [::core::ffi::c_uchar; 4usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of sockaddr_l2tpip"][::core::mem::size_of::<sockaddr_l2tpip>() - 16usize];
    [
        "Alignment of sockaddr_l2tpip",
    ][::core::mem::align_of::<sockaddr_l2tpip>() - 4usize];
    [
        "Offset of field: sockaddr_l2tpip::l2tp_family",
    ][::core::mem::offset_of!(sockaddr_l2tpip, l2tp_family) - 0usize];
    [
        "Offset of field: sockaddr_l2tpip::l2tp_unused",
    ][::core::mem::offset_of!(sockaddr_l2tpip, l2tp_unused) - 2usize];
    [
        "Offset of field: sockaddr_l2tpip::l2tp_addr",
    ][::core::mem::offset_of!(sockaddr_l2tpip, l2tp_addr) - 4usize];
    [
        "Offset of field: sockaddr_l2tpip::l2tp_conn_id",
    ][::core::mem::offset_of!(sockaddr_l2tpip, l2tp_conn_id) - 8usize];
    [
        "Offset of field: sockaddr_l2tpip::__pad",
    ][::core::mem::offset_of!(sockaddr_l2tpip, __pad) - 12usize];
};
/// the sockaddr structure for L2TP-over-IPv6 sockets
///
/// - `l2tp_family`: address family number AF_L2TPIP.
/// - `l2tp_addr`: protocol specific address information
/// - `l2tp_conn_id`: connection id of tunnel
#[repr(C)]
#[derive(Copy, Clone)]
pub struct sockaddr_l2tpip6 {
    /// AF_INET6
    pub l2tp_family: __kernel_sa_family_t,
    /// INET port number (unused)
    pub l2tp_unused: __be16,
    /// IPv6 flow information
    pub l2tp_flowinfo: __be32,
    /// IPv6 address
    pub l2tp_addr: in6_addr,
    /// scope id (new in RFC2553)
    pub l2tp_scope_id: __u32,
    /// Connection ID of tunnel
    pub l2tp_conn_id: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of sockaddr_l2tpip6"][::core::mem::size_of::<sockaddr_l2tpip6>() - 32usize];
    [
        "Alignment of sockaddr_l2tpip6",
    ][::core::mem::align_of::<sockaddr_l2tpip6>() - 4usize];
    [
        "Offset of field: sockaddr_l2tpip6::l2tp_family",
    ][::core::mem::offset_of!(sockaddr_l2tpip6, l2tp_family) - 0usize];
    [
        "Offset of field: sockaddr_l2tpip6::l2tp_unused",
    ][::core::mem::offset_of!(sockaddr_l2tpip6, l2tp_unused) - 2usize];
    [
        "Offset of field: sockaddr_l2tpip6::l2tp_flowinfo",
    ][::core::mem::offset_of!(sockaddr_l2tpip6, l2tp_flowinfo) - 4usize];
    [
        "Offset of field: sockaddr_l2tpip6::l2tp_addr",
    ][::core::mem::offset_of!(sockaddr_l2tpip6, l2tp_addr) - 8usize];
    [
        "Offset of field: sockaddr_l2tpip6::l2tp_scope_id",
    ][::core::mem::offset_of!(sockaddr_l2tpip6, l2tp_scope_id) - 24usize];
    [
        "Offset of field: sockaddr_l2tpip6::l2tp_conn_id",
    ][::core::mem::offset_of!(sockaddr_l2tpip6, l2tp_conn_id) - 28usize];
};
impl Default for sockaddr_l2tpip6 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const L2TP_CMD_NOOP: u8 = 0;
pub const L2TP_CMD_TUNNEL_CREATE: u8 = 1;
pub const L2TP_CMD_TUNNEL_DELETE: u8 = 2;
pub const L2TP_CMD_TUNNEL_MODIFY: u8 = 3;
pub const L2TP_CMD_TUNNEL_GET: u8 = 4;
pub const L2TP_CMD_SESSION_CREATE: u8 = 5;
pub const L2TP_CMD_SESSION_DELETE: u8 = 6;
pub const L2TP_CMD_SESSION_MODIFY: u8 = 7;
pub const L2TP_CMD_SESSION_GET: u8 = 8;
pub const __L2TP_CMD_MAX: u8 = 9;
/// no data
pub const L2TP_ATTR_NONE: u16 = 0;
/// u16, enum l2tp_pwtype
pub const L2TP_ATTR_PW_TYPE: u16 = 1;
/// u16, enum l2tp_encap_type
pub const L2TP_ATTR_ENCAP_TYPE: u16 = 2;
/// u16 (not used)
pub const L2TP_ATTR_OFFSET: u16 = 3;
/// u16 (not used)
pub const L2TP_ATTR_DATA_SEQ: u16 = 4;
/// u8, enum l2tp_l2spec_type
pub const L2TP_ATTR_L2SPEC_TYPE: u16 = 5;
/// u8 (not used)
pub const L2TP_ATTR_L2SPEC_LEN: u16 = 6;
/// u8
pub const L2TP_ATTR_PROTO_VERSION: u16 = 7;
/// string
pub const L2TP_ATTR_IFNAME: u16 = 8;
/// u32
pub const L2TP_ATTR_CONN_ID: u16 = 9;
/// u32
pub const L2TP_ATTR_PEER_CONN_ID: u16 = 10;
/// u32
pub const L2TP_ATTR_SESSION_ID: u16 = 11;
/// u32
pub const L2TP_ATTR_PEER_SESSION_ID: u16 = 12;
/// u8
pub const L2TP_ATTR_UDP_CSUM: u16 = 13;
/// u16 (not used)
pub const L2TP_ATTR_VLAN_ID: u16 = 14;
/// 0, 4 or 8 bytes
pub const L2TP_ATTR_COOKIE: u16 = 15;
/// 0, 4 or 8 bytes
pub const L2TP_ATTR_PEER_COOKIE: u16 = 16;
/// u32, enum l2tp_debug_flags (not used)
pub const L2TP_ATTR_DEBUG: u16 = 17;
/// u8
pub const L2TP_ATTR_RECV_SEQ: u16 = 18;
/// u8
pub const L2TP_ATTR_SEND_SEQ: u16 = 19;
/// u8
pub const L2TP_ATTR_LNS_MODE: u16 = 20;
/// u8
pub const L2TP_ATTR_USING_IPSEC: u16 = 21;
/// msec
pub const L2TP_ATTR_RECV_TIMEOUT: u16 = 22;
/// int
pub const L2TP_ATTR_FD: u16 = 23;
/// u32
pub const L2TP_ATTR_IP_SADDR: u16 = 24;
/// u32
pub const L2TP_ATTR_IP_DADDR: u16 = 25;
/// u16
pub const L2TP_ATTR_UDP_SPORT: u16 = 26;
/// u16
pub const L2TP_ATTR_UDP_DPORT: u16 = 27;
/// u16 (not used)
pub const L2TP_ATTR_MTU: u16 = 28;
/// u16 (not used)
pub const L2TP_ATTR_MRU: u16 = 29;
/// nested
pub const L2TP_ATTR_STATS: u16 = 30;
/// struct in6_addr
pub const L2TP_ATTR_IP6_SADDR: u16 = 31;
/// struct in6_addr
pub const L2TP_ATTR_IP6_DADDR: u16 = 32;
/// flag
pub const L2TP_ATTR_UDP_ZERO_CSUM6_TX: u16 = 33;
/// flag
pub const L2TP_ATTR_UDP_ZERO_CSUM6_RX: u16 = 34;
pub const L2TP_ATTR_PAD: u16 = 35;
pub const __L2TP_ATTR_MAX: u16 = 36;
/// no data
pub const L2TP_ATTR_STATS_NONE: u16 = 0;
/// u64
pub const L2TP_ATTR_TX_PACKETS: u16 = 1;
/// u64
pub const L2TP_ATTR_TX_BYTES: u16 = 2;
/// u64
pub const L2TP_ATTR_TX_ERRORS: u16 = 3;
/// u64
pub const L2TP_ATTR_RX_PACKETS: u16 = 4;
/// u64
pub const L2TP_ATTR_RX_BYTES: u16 = 5;
/// u64
pub const L2TP_ATTR_RX_SEQ_DISCARDS: u16 = 6;
/// u64
pub const L2TP_ATTR_RX_OOS_PACKETS: u16 = 7;
/// u64
pub const L2TP_ATTR_RX_ERRORS: u16 = 8;
pub const L2TP_ATTR_STATS_PAD: u16 = 9;
/// u64
pub const L2TP_ATTR_RX_COOKIE_DISCARDS: u16 = 10;
/// u64
pub const L2TP_ATTR_RX_INVALID: u16 = 11;
pub const __L2TP_ATTR_STATS_MAX: u16 = 12;
pub const L2TP_PWTYPE_NONE: l2tp_pwtype = 0;
pub const L2TP_PWTYPE_ETH_VLAN: l2tp_pwtype = 4;
pub const L2TP_PWTYPE_ETH: l2tp_pwtype = 5;
pub const L2TP_PWTYPE_PPP: l2tp_pwtype = 7;
pub const L2TP_PWTYPE_PPP_AC: l2tp_pwtype = 8;
pub const L2TP_PWTYPE_IP: l2tp_pwtype = 11;
pub const __L2TP_PWTYPE_MAX: l2tp_pwtype = 12;
pub type l2tp_pwtype = u32;
pub const L2TP_L2SPECTYPE_NONE: l2tp_l2spec_type = 0;
pub const L2TP_L2SPECTYPE_DEFAULT: l2tp_l2spec_type = 1;
pub type l2tp_l2spec_type = u32;
pub const L2TP_ENCAPTYPE_UDP: l2tp_encap_type = 0;
pub const L2TP_ENCAPTYPE_IP: l2tp_encap_type = 1;
pub type l2tp_encap_type = u32;
pub const L2TP_SEQ_NONE: l2tp_seqmode = 0;
pub const L2TP_SEQ_IP: l2tp_seqmode = 1;
pub const L2TP_SEQ_ALL: l2tp_seqmode = 2;
/// For L2TP_ATTR_DATA_SEQ. Unused.
pub type l2tp_seqmode = u32;
/// verbose debug (if compiled in)
pub const L2TP_MSG_DEBUG: l2tp_debug_flags = 1;
/// userspace - kernel interface
pub const L2TP_MSG_CONTROL: l2tp_debug_flags = 2;
/// sequence numbers
pub const L2TP_MSG_SEQ: l2tp_debug_flags = 4;
/// data packets
pub const L2TP_MSG_DATA: l2tp_debug_flags = 8;
/// debug message categories for L2TP tunnels/sessions.
pub type l2tp_debug_flags = u32;
/// Structure used to connect() the socket to a particular tunnel UDP socket over IPv4.
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct pppol2tp_addr {
    /// pid that owns the fd. 0 => current
    pub pid: __kernel_pid_t,
    /// FD of UDP socket to use
    pub fd: ::core::ffi::c_int,
    /// IP address and port to send to
    pub addr: sockaddr_in,
    /// For matching incoming packets
    pub s_tunnel: __u16,
    /// For matching incoming packets
    pub s_session: __u16,
    /// For sending outgoing packets
    pub d_tunnel: __u16,
    /// For sending outgoing packets
    pub d_session: __u16,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of pppol2tp_addr"][::core::mem::size_of::<pppol2tp_addr>() - 32usize];
    ["Alignment of pppol2tp_addr"][::core::mem::align_of::<pppol2tp_addr>() - 4usize];
    [
        "Offset of field: pppol2tp_addr::pid",
    ][::core::mem::offset_of!(pppol2tp_addr, pid) - 0usize];
    [
        "Offset of field: pppol2tp_addr::fd",
    ][::core::mem::offset_of!(pppol2tp_addr, fd) - 4usize];
    [
        "Offset of field: pppol2tp_addr::addr",
    ][::core::mem::offset_of!(pppol2tp_addr, addr) - 8usize];
    [
        "Offset of field: pppol2tp_addr::s_tunnel",
    ][::core::mem::offset_of!(pppol2tp_addr, s_tunnel) - 24usize];
    [
        "Offset of field: pppol2tp_addr::s_session",
    ][::core::mem::offset_of!(pppol2tp_addr, s_session) - 26usize];
    [
        "Offset of field: pppol2tp_addr::d_tunnel",
    ][::core::mem::offset_of!(pppol2tp_addr, d_tunnel) - 28usize];
    [
        "Offset of field: pppol2tp_addr::d_session",
    ][::core::mem::offset_of!(pppol2tp_addr, d_session) - 30usize];
};
/// Structure used to connect() the socket to a particular tunnel UDP socket over IPv6.
#[repr(C)]
#[derive(Copy, Clone)]
pub struct pppol2tpin6_addr {
    /// pid that owns the fd. 0 => current
    pub pid: __kernel_pid_t,
    /// FD of UDP socket to use
    pub fd: ::core::ffi::c_int,
    /// For matching incoming packets
    pub s_tunnel: __u16,
    /// For matching incoming packets
    pub s_session: __u16,
    /// For sending outgoing packets
    pub d_tunnel: __u16,
    /// For sending outgoing packets
    pub d_session: __u16,
    /// IP address and port to send to
    pub addr: sockaddr_in6,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of pppol2tpin6_addr"][::core::mem::size_of::<pppol2tpin6_addr>() - 44usize];
    [
        "Alignment of pppol2tpin6_addr",
    ][::core::mem::align_of::<pppol2tpin6_addr>() - 4usize];
    [
        "Offset of field: pppol2tpin6_addr::pid",
    ][::core::mem::offset_of!(pppol2tpin6_addr, pid) - 0usize];
    [
        "Offset of field: pppol2tpin6_addr::fd",
    ][::core::mem::offset_of!(pppol2tpin6_addr, fd) - 4usize];
    [
        "Offset of field: pppol2tpin6_addr::s_tunnel",
    ][::core::mem::offset_of!(pppol2tpin6_addr, s_tunnel) - 8usize];
    [
        "Offset of field: pppol2tpin6_addr::s_session",
    ][::core::mem::offset_of!(pppol2tpin6_addr, s_session) - 10usize];
    [
        "Offset of field: pppol2tpin6_addr::d_tunnel",
    ][::core::mem::offset_of!(pppol2tpin6_addr, d_tunnel) - 12usize];
    [
        "Offset of field: pppol2tpin6_addr::d_session",
    ][::core::mem::offset_of!(pppol2tpin6_addr, d_session) - 14usize];
    [
        "Offset of field: pppol2tpin6_addr::addr",
    ][::core::mem::offset_of!(pppol2tpin6_addr, addr) - 16usize];
};
impl Default for pppol2tpin6_addr {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
/// The L2TPv3 protocol changes tunnel and session ids from 16 to 32 bits. So we need a different sockaddr structure.
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct pppol2tpv3_addr {
    /// pid that owns the fd. 0 => current
    pub pid: __kernel_pid_t,
    /// FD of UDP or IP socket to use
    pub fd: ::core::ffi::c_int,
    /// IP address and port to send to
    pub addr: sockaddr_in,
    /// For matching incoming packets
    pub s_tunnel: __u32,
    /// For matching incoming packets
    pub s_session: __u32,
    /// For sending outgoing packets
    pub d_tunnel: __u32,
    /// For sending outgoing packets
    pub d_session: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of pppol2tpv3_addr"][::core::mem::size_of::<pppol2tpv3_addr>() - 40usize];
    [
        "Alignment of pppol2tpv3_addr",
    ][::core::mem::align_of::<pppol2tpv3_addr>() - 4usize];
    [
        "Offset of field: pppol2tpv3_addr::pid",
    ][::core::mem::offset_of!(pppol2tpv3_addr, pid) - 0usize];
    [
        "Offset of field: pppol2tpv3_addr::fd",
    ][::core::mem::offset_of!(pppol2tpv3_addr, fd) - 4usize];
    [
        "Offset of field: pppol2tpv3_addr::addr",
    ][::core::mem::offset_of!(pppol2tpv3_addr, addr) - 8usize];
    [
        "Offset of field: pppol2tpv3_addr::s_tunnel",
    ][::core::mem::offset_of!(pppol2tpv3_addr, s_tunnel) - 24usize];
    [
        "Offset of field: pppol2tpv3_addr::s_session",
    ][::core::mem::offset_of!(pppol2tpv3_addr, s_session) - 28usize];
    [
        "Offset of field: pppol2tpv3_addr::d_tunnel",
    ][::core::mem::offset_of!(pppol2tpv3_addr, d_tunnel) - 32usize];
    [
        "Offset of field: pppol2tpv3_addr::d_session",
    ][::core::mem::offset_of!(pppol2tpv3_addr, d_session) - 36usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct pppol2tpv3in6_addr {
    /// pid that owns the fd. 0 => current
    pub pid: __kernel_pid_t,
    /// FD of UDP or IP socket to use
    pub fd: ::core::ffi::c_int,
    /// For matching incoming packets
    pub s_tunnel: __u32,
    /// For matching incoming packets
    pub s_session: __u32,
    /// For sending outgoing packets
    pub d_tunnel: __u32,
    /// For sending outgoing packets
    pub d_session: __u32,
    /// IP address and port to send to
    pub addr: sockaddr_in6,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of pppol2tpv3in6_addr",
    ][::core::mem::size_of::<pppol2tpv3in6_addr>() - 52usize];
    [
        "Alignment of pppol2tpv3in6_addr",
    ][::core::mem::align_of::<pppol2tpv3in6_addr>() - 4usize];
    [
        "Offset of field: pppol2tpv3in6_addr::pid",
    ][::core::mem::offset_of!(pppol2tpv3in6_addr, pid) - 0usize];
    [
        "Offset of field: pppol2tpv3in6_addr::fd",
    ][::core::mem::offset_of!(pppol2tpv3in6_addr, fd) - 4usize];
    [
        "Offset of field: pppol2tpv3in6_addr::s_tunnel",
    ][::core::mem::offset_of!(pppol2tpv3in6_addr, s_tunnel) - 8usize];
    [
        "Offset of field: pppol2tpv3in6_addr::s_session",
    ][::core::mem::offset_of!(pppol2tpv3in6_addr, s_session) - 12usize];
    [
        "Offset of field: pppol2tpv3in6_addr::d_tunnel",
    ][::core::mem::offset_of!(pppol2tpv3in6_addr, d_tunnel) - 16usize];
    [
        "Offset of field: pppol2tpv3in6_addr::d_session",
    ][::core::mem::offset_of!(pppol2tpv3in6_addr, d_session) - 20usize];
    [
        "Offset of field: pppol2tpv3in6_addr::addr",
    ][::core::mem::offset_of!(pppol2tpv3in6_addr, addr) - 24usize];
};
impl Default for pppol2tpv3in6_addr {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const PPPOL2TP_SO_DEBUG: u32 = 1;
pub const PPPOL2TP_SO_RECVSEQ: u32 = 2;
pub const PPPOL2TP_SO_SENDSEQ: u32 = 3;
pub const PPPOL2TP_SO_LNSMODE: u32 = 4;
pub const PPPOL2TP_SO_REORDERTO: u32 = 5;
pub const PPPOL2TP_MSG_DEBUG: u32 = 1;
pub const PPPOL2TP_MSG_CONTROL: u32 = 2;
pub const PPPOL2TP_MSG_SEQ: u32 = 4;
pub const PPPOL2TP_MSG_DATA: u32 = 8;
/// PPPoE addressing definition
pub type sid_t = __be16;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct pppoe_addr {
    /// Session identifier
    pub sid: sid_t,
    /// Remote address
    pub remote: [::core::ffi::c_uchar; 6usize],
    /// Local device to use
    pub dev: [::core::ffi::c_char; 16usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of pppoe_addr"][::core::mem::size_of::<pppoe_addr>() - 24usize];
    ["Alignment of pppoe_addr"][::core::mem::align_of::<pppoe_addr>() - 2usize];
    [
        "Offset of field: pppoe_addr::sid",
    ][::core::mem::offset_of!(pppoe_addr, sid) - 0usize];
    [
        "Offset of field: pppoe_addr::remote",
    ][::core::mem::offset_of!(pppoe_addr, remote) - 2usize];
    [
        "Offset of field: pppoe_addr::dev",
    ][::core::mem::offset_of!(pppoe_addr, dev) - 8usize];
};
/// PPTP addressing definition
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct pptp_addr {
    pub call_id: __u16,
    pub sin_addr: in_addr,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of pptp_addr"][::core::mem::size_of::<pptp_addr>() - 8usize];
    ["Alignment of pptp_addr"][::core::mem::align_of::<pptp_addr>() - 4usize];
    [
        "Offset of field: pptp_addr::call_id",
    ][::core::mem::offset_of!(pptp_addr, call_id) - 0usize];
    [
        "Offset of field: pptp_addr::sin_addr",
    ][::core::mem::offset_of!(pptp_addr, sin_addr) - 4usize];
};
#[repr(C, packed)]
#[derive(Copy, Clone)]
pub struct sockaddr_pppox {
    /// address family, AF_PPPOX
    pub sa_family: __kernel_sa_family_t,
    /// protocol identifier
    pub sa_protocol: ::core::ffi::c_uint,
    pub sa_addr: sockaddr_pppox__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union sockaddr_pppox__bindgen_ty_1 {
    pub pppoe: pppoe_addr,
    pub pptp: pptp_addr,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of sockaddr_pppox__bindgen_ty_1",
    ][::core::mem::size_of::<sockaddr_pppox__bindgen_ty_1>() - 24usize];
    [
        "Alignment of sockaddr_pppox__bindgen_ty_1",
    ][::core::mem::align_of::<sockaddr_pppox__bindgen_ty_1>() - 4usize];
    [
        "Offset of field: sockaddr_pppox__bindgen_ty_1::pppoe",
    ][::core::mem::offset_of!(sockaddr_pppox__bindgen_ty_1, pppoe) - 0usize];
    [
        "Offset of field: sockaddr_pppox__bindgen_ty_1::pptp",
    ][::core::mem::offset_of!(sockaddr_pppox__bindgen_ty_1, pptp) - 0usize];
};
impl Default for sockaddr_pppox__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of sockaddr_pppox"][::core::mem::size_of::<sockaddr_pppox>() - 30usize];
    ["Alignment of sockaddr_pppox"][::core::mem::align_of::<sockaddr_pppox>() - 1usize];
    [
        "Offset of field: sockaddr_pppox::sa_family",
    ][::core::mem::offset_of!(sockaddr_pppox, sa_family) - 0usize];
    [
        "Offset of field: sockaddr_pppox::sa_protocol",
    ][::core::mem::offset_of!(sockaddr_pppox, sa_protocol) - 2usize];
    [
        "Offset of field: sockaddr_pppox::sa_addr",
    ][::core::mem::offset_of!(sockaddr_pppox, sa_addr) - 6usize];
};
impl Default for sockaddr_pppox {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
/// The use of the above union isn't viable because the size of this struct must stay fixed over time -- applications use sizeof(struct sockaddr_pppox) to fill it. We use a protocol specific sockaddr type instead.
#[repr(C, packed)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct sockaddr_pppol2tp {
    /// address family, AF_PPPOX
    pub sa_family: __kernel_sa_family_t,
    /// protocol identifier
    pub sa_protocol: ::core::ffi::c_uint,
    pub pppol2tp: pppol2tp_addr,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of sockaddr_pppol2tp"][::core::mem::size_of::<sockaddr_pppol2tp>() - 38usize];
    [
        "Alignment of sockaddr_pppol2tp",
    ][::core::mem::align_of::<sockaddr_pppol2tp>() - 1usize];
    [
        "Offset of field: sockaddr_pppol2tp::sa_family",
    ][::core::mem::offset_of!(sockaddr_pppol2tp, sa_family) - 0usize];
    [
        "Offset of field: sockaddr_pppol2tp::sa_protocol",
    ][::core::mem::offset_of!(sockaddr_pppol2tp, sa_protocol) - 2usize];
    [
        "Offset of field: sockaddr_pppol2tp::pppol2tp",
    ][::core::mem::offset_of!(sockaddr_pppol2tp, pppol2tp) - 6usize];
};
#[repr(C, packed)]
#[derive(Copy, Clone)]
pub struct sockaddr_pppol2tpin6 {
    /// address family, AF_PPPOX
    pub sa_family: __kernel_sa_family_t,
    /// protocol identifier
    pub sa_protocol: ::core::ffi::c_uint,
    pub pppol2tp: pppol2tpin6_addr,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of sockaddr_pppol2tpin6",
    ][::core::mem::size_of::<sockaddr_pppol2tpin6>() - 50usize];
    [
        "Alignment of sockaddr_pppol2tpin6",
    ][::core::mem::align_of::<sockaddr_pppol2tpin6>() - 1usize];
    [
        "Offset of field: sockaddr_pppol2tpin6::sa_family",
    ][::core::mem::offset_of!(sockaddr_pppol2tpin6, sa_family) - 0usize];
    [
        "Offset of field: sockaddr_pppol2tpin6::sa_protocol",
    ][::core::mem::offset_of!(sockaddr_pppol2tpin6, sa_protocol) - 2usize];
    [
        "Offset of field: sockaddr_pppol2tpin6::pppol2tp",
    ][::core::mem::offset_of!(sockaddr_pppol2tpin6, pppol2tp) - 6usize];
};
impl Default for sockaddr_pppol2tpin6 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
/// The L2TPv3 protocol changes tunnel and session ids from 16 to 32 bits. So we need a different sockaddr structure.
#[repr(C, packed)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct sockaddr_pppol2tpv3 {
    /// address family, AF_PPPOX
    pub sa_family: __kernel_sa_family_t,
    /// protocol identifier
    pub sa_protocol: ::core::ffi::c_uint,
    pub pppol2tp: pppol2tpv3_addr,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of sockaddr_pppol2tpv3",
    ][::core::mem::size_of::<sockaddr_pppol2tpv3>() - 46usize];
    [
        "Alignment of sockaddr_pppol2tpv3",
    ][::core::mem::align_of::<sockaddr_pppol2tpv3>() - 1usize];
    [
        "Offset of field: sockaddr_pppol2tpv3::sa_family",
    ][::core::mem::offset_of!(sockaddr_pppol2tpv3, sa_family) - 0usize];
    [
        "Offset of field: sockaddr_pppol2tpv3::sa_protocol",
    ][::core::mem::offset_of!(sockaddr_pppol2tpv3, sa_protocol) - 2usize];
    [
        "Offset of field: sockaddr_pppol2tpv3::pppol2tp",
    ][::core::mem::offset_of!(sockaddr_pppol2tpv3, pppol2tp) - 6usize];
};
#[repr(C, packed)]
#[derive(Copy, Clone)]
pub struct sockaddr_pppol2tpv3in6 {
    /// address family, AF_PPPOX
    pub sa_family: __kernel_sa_family_t,
    /// protocol identifier
    pub sa_protocol: ::core::ffi::c_uint,
    pub pppol2tp: pppol2tpv3in6_addr,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of sockaddr_pppol2tpv3in6",
    ][::core::mem::size_of::<sockaddr_pppol2tpv3in6>() - 58usize];
    [
        "Alignment of sockaddr_pppol2tpv3in6",
    ][::core::mem::align_of::<sockaddr_pppol2tpv3in6>() - 1usize];
    [
        "Offset of field: sockaddr_pppol2tpv3in6::sa_family",
    ][::core::mem::offset_of!(sockaddr_pppol2tpv3in6, sa_family) - 0usize];
    [
        "Offset of field: sockaddr_pppol2tpv3in6::sa_protocol",
    ][::core::mem::offset_of!(sockaddr_pppol2tpv3in6, sa_protocol) - 2usize];
    [
        "Offset of field: sockaddr_pppol2tpv3in6::pppol2tp",
    ][::core::mem::offset_of!(sockaddr_pppol2tpv3in6, pppol2tp) - 6usize];
};
impl Default for sockaddr_pppol2tpv3in6 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
/// pass the packet through
pub const NPMODE_PASS: NPmode = 0;
/// silently drop the packet
pub const NPMODE_DROP: NPmode = 1;
/// return an error
pub const NPMODE_ERROR: NPmode = 2;
/// save it up for later.
pub const NPMODE_QUEUE: NPmode = 3;
/// What to do with network protocol (NP) packets.
pub type NPmode = u32;
/// Used with PPPIOCGNPMODE/PPPIOCSNPMODE
#[repr(C)]
#[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
pub struct npioctl {
    /// PPP protocol, e.g. PPP_IP
    pub protocol: ::core::ffi::c_int,
    pub mode: NPmode,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of npioctl"][::core::mem::size_of::<npioctl>() - 8usize];
    ["Alignment of npioctl"][::core::mem::align_of::<npioctl>() - 4usize];
    [
        "Offset of field: npioctl::protocol",
    ][::core::mem::offset_of!(npioctl, protocol) - 0usize];
    ["Offset of field: npioctl::mode"][::core::mem::offset_of!(npioctl, mode) - 4usize];
};
impl Default for npioctl {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
/// For PPPIOCGL2TPSTATS
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct pppol2tp_ioc_stats {
    /// redundant
    pub tunnel_id: __u16,
    /// if zero, get tunnel stats
    pub session_id: __u16,
    pub _bitfield_1: __BindgenBitfieldUnit<[u8; 1usize]>,
    pub tx_packets: __u64,
    pub tx_bytes: __u64,
    pub tx_errors: __u64,
    pub rx_packets: __u64,
    pub rx_bytes: __u64,
    pub rx_seq_discards: __u64,
    pub rx_oos_packets: __u64,
    pub rx_errors: __u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of pppol2tp_ioc_stats",
    ][::core::mem::size_of::<pppol2tp_ioc_stats>() - 72usize];
    [
        "Alignment of pppol2tp_ioc_stats",
    ][::core::mem::align_of::<pppol2tp_ioc_stats>() - 8usize];
    [
        "Offset of field: pppol2tp_ioc_stats::tunnel_id",
    ][::core::mem::offset_of!(pppol2tp_ioc_stats, tunnel_id) - 0usize];
    [
        "Offset of field: pppol2tp_ioc_stats::session_id",
    ][::core::mem::offset_of!(pppol2tp_ioc_stats, session_id) - 2usize];
    [
        "Offset of field: pppol2tp_ioc_stats::tx_packets",
    ][::core::mem::offset_of!(pppol2tp_ioc_stats, tx_packets) - 8usize];
    [
        "Offset of field: pppol2tp_ioc_stats::tx_bytes",
    ][::core::mem::offset_of!(pppol2tp_ioc_stats, tx_bytes) - 16usize];
    [
        "Offset of field: pppol2tp_ioc_stats::tx_errors",
    ][::core::mem::offset_of!(pppol2tp_ioc_stats, tx_errors) - 24usize];
    [
        "Offset of field: pppol2tp_ioc_stats::rx_packets",
    ][::core::mem::offset_of!(pppol2tp_ioc_stats, rx_packets) - 32usize];
    [
        "Offset of field: pppol2tp_ioc_stats::rx_bytes",
    ][::core::mem::offset_of!(pppol2tp_ioc_stats, rx_bytes) - 40usize];
    [
        "Offset of field: pppol2tp_ioc_stats::rx_seq_discards",
    ][::core::mem::offset_of!(pppol2tp_ioc_stats, rx_seq_discards) - 48usize];
    [
        "Offset of field: pppol2tp_ioc_stats::rx_oos_packets",
    ][::core::mem::offset_of!(pppol2tp_ioc_stats, rx_oos_packets) - 56usize];
    [
        "Offset of field: pppol2tp_ioc_stats::rx_errors",
    ][::core::mem::offset_of!(pppol2tp_ioc_stats, rx_errors) - 64usize];
};
impl pppol2tp_ioc_stats {
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn using_ipsec(&self) -> __u32 {
        unsafe {
            ::core::mem::transmute(self._bitfield_1.get_const::<0usize, 1u8>() as u32)
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn set_using_ipsec(&mut self, val: __u32) {
        unsafe {
            let val: u32 = ::core::mem::transmute(val);
            self._bitfield_1.set_const::<0usize, 1u8>(val as u64)
        }
    }
    #[inline]
    #[allow(unnecessary_transmutes)]
    pub fn new_bitfield_1(using_ipsec: __u32) -> __BindgenBitfieldUnit<[u8; 1usize]> {
        let mut __bindgen_bitfield_unit: __BindgenBitfieldUnit<[u8; 1usize]> = Default::default();
        __bindgen_bitfield_unit
            .set_const::<
                0usize,
                1u8,
            >({
                let using_ipsec: u32 = unsafe { ::core::mem::transmute(using_ipsec) };
                using_ipsec as u64
            });
        __bindgen_bitfield_unit
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct sockaddr_nl {
    /// AF_NETLINK
    pub nl_family: __kernel_sa_family_t,
    /// zero
    pub nl_pad: ::core::ffi::c_ushort,
    /// port ID
    pub nl_pid: __u32,
    /// multicast groups mask
    pub nl_groups: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of sockaddr_nl"][::core::mem::size_of::<sockaddr_nl>() - 12usize];
    ["Alignment of sockaddr_nl"][::core::mem::align_of::<sockaddr_nl>() - 4usize];
    [
        "Offset of field: sockaddr_nl::nl_family",
    ][::core::mem::offset_of!(sockaddr_nl, nl_family) - 0usize];
    [
        "Offset of field: sockaddr_nl::nl_pad",
    ][::core::mem::offset_of!(sockaddr_nl, nl_pad) - 2usize];
    [
        "Offset of field: sockaddr_nl::nl_pid",
    ][::core::mem::offset_of!(sockaddr_nl, nl_pid) - 4usize];
    [
        "Offset of field: sockaddr_nl::nl_groups",
    ][::core::mem::offset_of!(sockaddr_nl, nl_groups) - 8usize];
};
/// fixed format metadata header of Netlink messages
///
/// - `nlmsg_len`: Length of message including header
/// - `nlmsg_type`: Message content type
/// - `nlmsg_flags`: Additional flags
/// - `nlmsg_seq`: Sequence number
/// - `nlmsg_pid`: Sending process port ID
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct nlmsghdr {
    pub nlmsg_len: __u32,
    pub nlmsg_type: __u16,
    pub nlmsg_flags: __u16,
    pub nlmsg_seq: __u32,
    pub nlmsg_pid: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of nlmsghdr"][::core::mem::size_of::<nlmsghdr>() - 16usize];
    ["Alignment of nlmsghdr"][::core::mem::align_of::<nlmsghdr>() - 4usize];
    [
        "Offset of field: nlmsghdr::nlmsg_len",
    ][::core::mem::offset_of!(nlmsghdr, nlmsg_len) - 0usize];
    [
        "Offset of field: nlmsghdr::nlmsg_type",
    ][::core::mem::offset_of!(nlmsghdr, nlmsg_type) - 4usize];
    [
        "Offset of field: nlmsghdr::nlmsg_flags",
    ][::core::mem::offset_of!(nlmsghdr, nlmsg_flags) - 6usize];
    [
        "Offset of field: nlmsghdr::nlmsg_seq",
    ][::core::mem::offset_of!(nlmsghdr, nlmsg_seq) - 8usize];
    [
        "Offset of field: nlmsghdr::nlmsg_pid",
    ][::core::mem::offset_of!(nlmsghdr, nlmsg_pid) - 12usize];
};
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct nlmsgerr {
    pub error: ::core::ffi::c_int,
    pub msg: nlmsghdr,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of nlmsgerr"][::core::mem::size_of::<nlmsgerr>() - 20usize];
    ["Alignment of nlmsgerr"][::core::mem::align_of::<nlmsgerr>() - 4usize];
    [
        "Offset of field: nlmsgerr::error",
    ][::core::mem::offset_of!(nlmsgerr, error) - 0usize];
    ["Offset of field: nlmsgerr::msg"][::core::mem::offset_of!(nlmsgerr, msg) - 4usize];
};
/// unused
pub const NLMSGERR_ATTR_UNUSED: nlmsgerr_attrs = 0;
/// error message string (string)
pub const NLMSGERR_ATTR_MSG: nlmsgerr_attrs = 1;
/// offset of the invalid attribute in the original message, counting from the beginning of the header (u32)
pub const NLMSGERR_ATTR_OFFS: nlmsgerr_attrs = 2;
/// arbitrary subsystem specific cookie to be used - in the success case - to identify a created object or operation or similar (binary)
pub const NLMSGERR_ATTR_COOKIE: nlmsgerr_attrs = 3;
/// policy for a rejected attribute
pub const NLMSGERR_ATTR_POLICY: nlmsgerr_attrs = 4;
/// type of a missing required attribute, %NLMSGERR_ATTR_MISS_NEST will not be present if the attribute was missing at the message level
pub const NLMSGERR_ATTR_MISS_TYPE: nlmsgerr_attrs = 5;
/// offset of the nest where attribute was missing
pub const NLMSGERR_ATTR_MISS_NEST: nlmsgerr_attrs = 6;
/// number of attributes
pub const __NLMSGERR_ATTR_MAX: nlmsgerr_attrs = 7;
/// highest attribute number
pub const NLMSGERR_ATTR_MAX: nlmsgerr_attrs = 6;
/// nlmsgerr attributes
pub type nlmsgerr_attrs = u16;
pub const NETLINK_UNCONNECTED: u32 = 0;
pub const NETLINK_CONNECTED: u32 = 1;
/// ```text
///   <------- NLA_HDRLEN ------> <-- NLA_ALIGN(payload)-->
///  +---------------------+- - -+- - - - - - - - - -+- - -+
///  |        Header       | Pad |     Payload       | Pad |
///  |   (struct nlattr)   | ing |                   | ing |
///  +---------------------+- - -+- - - - - - - - - -+- - -+
///   <-------------- nlattr->nla_len -------------->
/// ```
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct nlattr {
    pub nla_len: __u16,
    pub nla_type: __u16,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of nlattr"][::core::mem::size_of::<nlattr>() - 4usize];
    ["Alignment of nlattr"][::core::mem::align_of::<nlattr>() - 2usize];
    [
        "Offset of field: nlattr::nla_len",
    ][::core::mem::offset_of!(nlattr, nla_len) - 0usize];
    [
        "Offset of field: nlattr::nla_type",
    ][::core::mem::offset_of!(nlattr, nla_type) - 2usize];
};
/// Generic 32 bitflags attribute content sent to the kernel.
///
/// The value is a bitmap that defines the values being set The selector is a bitmask that defines which value is legit
///
/// Examples: value = 0x0, and selector = 0x1 implies we are selecting bit 1 and we want to set its value to 0.
///
/// value = 0x2, and selector = 0x2 implies we are selecting bit 2 and we want to set its value to 1.
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct nla_bitfield32 {
    pub value: __u32,
    pub selector: __u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of nla_bitfield32"][::core::mem::size_of::<nla_bitfield32>() - 8usize];
    ["Alignment of nla_bitfield32"][::core::mem::align_of::<nla_bitfield32>() - 4usize];
    [
        "Offset of field: nla_bitfield32::value",
    ][::core::mem::offset_of!(nla_bitfield32, value) - 0usize];
    [
        "Offset of field: nla_bitfield32::selector",
    ][::core::mem::offset_of!(nla_bitfield32, selector) - 4usize];
};
/// unused
pub const NL_ATTR_TYPE_INVALID: netlink_attribute_type = 0;
/// flag attribute (present/not present)
pub const NL_ATTR_TYPE_FLAG: netlink_attribute_type = 1;
/// 8-bit unsigned attribute
pub const NL_ATTR_TYPE_U8: netlink_attribute_type = 2;
/// 16-bit unsigned attribute
pub const NL_ATTR_TYPE_U16: netlink_attribute_type = 3;
/// 32-bit unsigned attribute
pub const NL_ATTR_TYPE_U32: netlink_attribute_type = 4;
/// 64-bit unsigned attribute
pub const NL_ATTR_TYPE_U64: netlink_attribute_type = 5;
/// 8-bit signed attribute
pub const NL_ATTR_TYPE_S8: netlink_attribute_type = 6;
/// 16-bit signed attribute
pub const NL_ATTR_TYPE_S16: netlink_attribute_type = 7;
/// 32-bit signed attribute
pub const NL_ATTR_TYPE_S32: netlink_attribute_type = 8;
/// 64-bit signed attribute
pub const NL_ATTR_TYPE_S64: netlink_attribute_type = 9;
/// binary data, min/max length may be specified
pub const NL_ATTR_TYPE_BINARY: netlink_attribute_type = 10;
/// string, min/max length may be specified
pub const NL_ATTR_TYPE_STRING: netlink_attribute_type = 11;
/// NUL-terminated string, min/max length may be specified
pub const NL_ATTR_TYPE_NUL_STRING: netlink_attribute_type = 12;
/// nested, i.e. the content of this attribute consists of sub-attributes. The nested policy and maxtype inside may be specified.
pub const NL_ATTR_TYPE_NESTED: netlink_attribute_type = 13;
/// nested array, i.e. the content of this attribute contains sub-attributes whose type is irrelevant (just used to separate the array entries) and each such array entry has attributes again, the policy for those inner ones and the corresponding maxtype may be specified.
pub const NL_ATTR_TYPE_NESTED_ARRAY: netlink_attribute_type = 14;
/// &struct nla_bitfield32 attribute
pub const NL_ATTR_TYPE_BITFIELD32: netlink_attribute_type = 15;
/// 32-bit or 64-bit signed attribute, aligned to 4B
pub const NL_ATTR_TYPE_SINT: netlink_attribute_type = 16;
/// 32-bit or 64-bit unsigned attribute, aligned to 4B
pub const NL_ATTR_TYPE_UINT: netlink_attribute_type = 17;
/// type of an attribute
pub type netlink_attribute_type = u32;
/// unused
pub const NL_POLICY_TYPE_ATTR_UNSPEC: netlink_policy_type_attr = 0;
/// type of the attribute, &enum netlink_attribute_type (U32)
pub const NL_POLICY_TYPE_ATTR_TYPE: netlink_policy_type_attr = 1;
/// minimum value for signed integers (S64)
pub const NL_POLICY_TYPE_ATTR_MIN_VALUE_S: netlink_policy_type_attr = 2;
/// maximum value for signed integers (S64)
pub const NL_POLICY_TYPE_ATTR_MAX_VALUE_S: netlink_policy_type_attr = 3;
/// minimum value for unsigned integers (U64)
pub const NL_POLICY_TYPE_ATTR_MIN_VALUE_U: netlink_policy_type_attr = 4;
/// maximum value for unsigned integers (U64)
pub const NL_POLICY_TYPE_ATTR_MAX_VALUE_U: netlink_policy_type_attr = 5;
/// minimum length for binary attributes, no minimum if not given (U32)
pub const NL_POLICY_TYPE_ATTR_MIN_LENGTH: netlink_policy_type_attr = 6;
/// maximum length for binary attributes, no maximum if not given (U32)
pub const NL_POLICY_TYPE_ATTR_MAX_LENGTH: netlink_policy_type_attr = 7;
/// sub policy for nested and nested array types (U32)
pub const NL_POLICY_TYPE_ATTR_POLICY_IDX: netlink_policy_type_attr = 8;
/// maximum sub policy attribute for nested and nested array types, this can in theory be \< the size of the policy pointed to by the index, if limited inside the nesting (U32)
pub const NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE: netlink_policy_type_attr = 9;
/// valid mask for the bitfield32 type (U32)
pub const NL_POLICY_TYPE_ATTR_BITFIELD32_MASK: netlink_policy_type_attr = 10;
/// pad attribute for 64-bit alignment
pub const NL_POLICY_TYPE_ATTR_PAD: netlink_policy_type_attr = 11;
/// mask of valid bits for unsigned integers (U64)
pub const NL_POLICY_TYPE_ATTR_MASK: netlink_policy_type_attr = 12;
/// number of attributes
pub const __NL_POLICY_TYPE_ATTR_MAX: netlink_policy_type_attr = 13;
/// highest attribute number
pub const NL_POLICY_TYPE_ATTR_MAX: netlink_policy_type_attr = 12;
/// policy type attributes
pub type netlink_policy_type_attr = u16;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct genlmsghdr {
    pub cmd: __u8,
    pub version: __u8,
    pub reserved: __u16,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of genlmsghdr"][::core::mem::size_of::<genlmsghdr>() - 4usize];
    ["Alignment of genlmsghdr"][::core::mem::align_of::<genlmsghdr>() - 2usize];
    [
        "Offset of field: genlmsghdr::cmd",
    ][::core::mem::offset_of!(genlmsghdr, cmd) - 0usize];
    [
        "Offset of field: genlmsghdr::version",
    ][::core::mem::offset_of!(genlmsghdr, version) - 1usize];
    [
        "Offset of field: genlmsghdr::reserved",
    ][::core::mem::offset_of!(genlmsghdr, reserved) - 2usize];
};
pub const CTRL_CMD_UNSPEC: u8 = 0;
pub const CTRL_CMD_NEWFAMILY: u8 = 1;
pub const CTRL_CMD_DELFAMILY: u8 = 2;
pub const CTRL_CMD_GETFAMILY: u8 = 3;
pub const CTRL_CMD_NEWOPS: u8 = 4;
pub const CTRL_CMD_DELOPS: u8 = 5;
pub const CTRL_CMD_GETOPS: u8 = 6;
pub const CTRL_CMD_NEWMCAST_GRP: u8 = 7;
pub const CTRL_CMD_DELMCAST_GRP: u8 = 8;
/// unused
pub const CTRL_CMD_GETMCAST_GRP: u8 = 9;
pub const CTRL_CMD_GETPOLICY: u8 = 10;
pub const __CTRL_CMD_MAX: u8 = 11;
pub const CTRL_ATTR_UNSPEC: u16 = 0;
pub const CTRL_ATTR_FAMILY_ID: u16 = 1;
pub const CTRL_ATTR_FAMILY_NAME: u16 = 2;
pub const CTRL_ATTR_VERSION: u16 = 3;
pub const CTRL_ATTR_HDRSIZE: u16 = 4;
pub const CTRL_ATTR_MAXATTR: u16 = 5;
pub const CTRL_ATTR_OPS: u16 = 6;
pub const CTRL_ATTR_MCAST_GROUPS: u16 = 7;
pub const CTRL_ATTR_POLICY: u16 = 8;
pub const CTRL_ATTR_OP_POLICY: u16 = 9;
pub const CTRL_ATTR_OP: u16 = 10;
pub const __CTRL_ATTR_MAX: u16 = 11;
pub const CTRL_ATTR_OP_UNSPEC: u16 = 0;
pub const CTRL_ATTR_OP_ID: u16 = 1;
pub const CTRL_ATTR_OP_FLAGS: u16 = 2;
pub const __CTRL_ATTR_OP_MAX: u16 = 3;
pub const CTRL_ATTR_MCAST_GRP_UNSPEC: u16 = 0;
pub const CTRL_ATTR_MCAST_GRP_NAME: u16 = 1;
pub const CTRL_ATTR_MCAST_GRP_ID: u16 = 2;
pub const __CTRL_ATTR_MCAST_GRP_MAX: u16 = 3;
pub const CTRL_ATTR_POLICY_UNSPEC: u16 = 0;
pub const CTRL_ATTR_POLICY_DO: u16 = 1;
pub const CTRL_ATTR_POLICY_DUMP: u16 = 2;
pub const __CTRL_ATTR_POLICY_DUMP_MAX: u16 = 3;
pub const CTRL_ATTR_POLICY_DUMP_MAX: u16 = 2;
/// struct ifinfomsg passes link level specific information, not dependent on network protocol.
#[repr(C)]
#[derive(Debug, Default, Copy, Clone, Hash, PartialEq, Eq)]
pub struct ifinfomsg {
    pub ifi_family: ::core::ffi::c_uchar,
    pub __ifi_pad: ::core::ffi::c_uchar,
    /// ARPHRD_\*
    pub ifi_type: ::core::ffi::c_ushort,
    /// Link index
    pub ifi_index: ::core::ffi::c_int,
    /// IFF_\* flags
    pub ifi_flags: ::core::ffi::c_uint,
    /// IFF_\* change mask
    pub ifi_change: ::core::ffi::c_uint,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ifinfomsg"][::core::mem::size_of::<ifinfomsg>() - 16usize];
    ["Alignment of ifinfomsg"][::core::mem::align_of::<ifinfomsg>() - 4usize];
    [
        "Offset of field: ifinfomsg::ifi_family",
    ][::core::mem::offset_of!(ifinfomsg, ifi_family) - 0usize];
    [
        "Offset of field: ifinfomsg::__ifi_pad",
    ][::core::mem::offset_of!(ifinfomsg, __ifi_pad) - 1usize];
    [
        "Offset of field: ifinfomsg::ifi_type",
    ][::core::mem::offset_of!(ifinfomsg, ifi_type) - 2usize];
    [
        "Offset of field: ifinfomsg::ifi_index",
    ][::core::mem::offset_of!(ifinfomsg, ifi_index) - 4usize];
    [
        "Offset of field: ifinfomsg::ifi_flags",
    ][::core::mem::offset_of!(ifinfomsg, ifi_flags) - 8usize];
    [
        "Offset of field: ifinfomsg::ifi_change",
    ][::core::mem::offset_of!(ifinfomsg, ifi_change) - 12usize];
};
/// Layer 2 Tunnelling Protocol
pub const IPPROTO_L2TP: u32 = 115;
/// User Datagram Protocol
pub const IPPROTO_UDP: u32 = 17;
pub const RTM_NEWLINK: u16 = 16;
pub const RTM_DELLINK: u16 = 17;
pub const RTM_GETLINK: u16 = 18;
pub const RTNLGRP_LINK: u32 = 1;
pub const RTEXT_FILTER_SKIP_STATS: u32 = 8;
pub const IFLA_IFNAME: u16 = 3;
pub const IFLA_MTU: u16 = 4;
/// Extended info mask, VFs, etc
pub const IFLA_EXT_MASK: u16 = 29;
pub const IFLA_NEW_NETNSID: u16 = 45;
pub const IFLA_NEW_IFINDEX: u16 = 49;
pub const L2TP_CMD_MAX: u8 = 8;
pub const L2TP_ATTR_MAX: u16 = 35;
pub const L2TP_ATTR_STATS_MAX: u16 = 11;
pub const L2TP_GENL_VERSION: u8 = 1;
pub const AF_PPPOX: u32 = 24;
pub const PF_PPPOX: u32 = 24;
/// Currently just PPPoE
pub const PX_PROTO_OE: u32 = 0;
/// Now L2TP also
pub const PX_PROTO_OL2TP: u32 = 1;
pub const PX_PROTO_PPTP: u32 = 2;
/// protocol compression (output)
pub const SC_COMP_PROT: u32 = 1;
/// header compression (output)
pub const SC_COMP_AC: u32 = 2;
/// TCP (VJ) compression (output)
pub const SC_COMP_TCP: u32 = 4;
/// disable VJ connection-id comp.
pub const SC_NO_TCP_CCID: u32 = 8;
/// reject adrs/ctrl comp. on input
pub const SC_REJ_COMP_AC: u32 = 16;
/// reject TCP (VJ) comp. on input
pub const SC_REJ_COMP_TCP: u32 = 32;
/// Look at CCP packets
pub const SC_CCP_OPEN: u32 = 64;
/// May send/recv compressed packets
pub const SC_CCP_UP: u32 = 128;
/// IP packets may be exchanged
pub const SC_ENABLE_IP: u32 = 256;
/// send traffic to pppd
pub const SC_LOOP_TRAFFIC: u32 = 512;
/// do multilink encapsulation
pub const SC_MULTILINK: u32 = 0x400;
/// use short MP sequence numbers
pub const SC_MP_SHORTSEQ: u32 = 0x800;
/// compressor has been inited
pub const SC_COMP_RUN: u32 = 0x1000;
/// decompressor has been inited
pub const SC_DECOMP_RUN: u32 = 0x2000;
/// transmit short MP seq numbers
pub const SC_MP_XSHORTSEQ: u32 = 0x4000;
/// enable debug messages
pub const SC_DEBUG: u32 = 0x10000;
/// log contents of good pkts recvd
pub const SC_LOG_INPKT: u32 = 0x20000;
/// log contents of pkts sent
pub const SC_LOG_OUTPKT: u32 = 0x40000;
/// log all chars received
pub const SC_LOG_RAWIN: u32 = 0x80000;
/// log all chars flushed
pub const SC_LOG_FLUSH: u32 = 0x100000;
/// synchronous serial mode
pub const SC_SYNC: u32 = 0x200000;
/// no uncompressed packets may be sent or received
pub const SC_MUST_COMP: u32 = 0x400000;
/// bits that user can change
pub const SC_MASK: u32 = 0xf600fff;
/// (used by isdn_ppp?)
pub const SC_XMIT_BUSY: u32 = 0x10000000;
/// have rcvd char with odd parity
pub const SC_RCV_ODDP: u32 = 0x8000000;
/// have rcvd char with even parity
pub const SC_RCV_EVNP: u32 = 0x4000000;
/// have rcvd char with bit 7 = 1
pub const SC_RCV_B7_1: u32 = 0x2000000;
/// have rcvd char with bit 7 = 0
pub const SC_RCV_B7_0: u32 = 0x1000000;
/// fatal decomp error detected
pub const SC_DC_FERROR: u32 = 0x800000;
/// non-fatal decomp error detected
pub const SC_DC_ERROR: u32 = 0x400000;
/// get configuration flags
pub const PPPIOCGFLAGS: u32 = 0x8004745a;
/// set configuration flags
pub const PPPIOCSFLAGS: u32 = 0x40047459;
/// get async map
pub const PPPIOCGASYNCMAP: u32 = 0x80047458;
/// set async map
pub const PPPIOCSASYNCMAP: u32 = 0x40047457;
/// get ppp unit number
pub const PPPIOCGUNIT: u32 = 0x80047456;
/// get receive async map
pub const PPPIOCGRASYNCMAP: u32 = 0x80047455;
/// set receive async map
pub const PPPIOCSRASYNCMAP: u32 = 0x40047454;
/// get max receive unit
pub const PPPIOCGMRU: u32 = 0x80047453;
/// set max receive unit
pub const PPPIOCSMRU: u32 = 0x40047452;
/// set VJ max slot ID
pub const PPPIOCSMAXCID: u32 = 0x40047451;
/// get extended ACCM
pub const PPPIOCGXASYNCMAP: u32 = 0x80207450;
/// set extended ACCM
pub const PPPIOCSXASYNCMAP: u32 = 0x4020744f;
/// transfer PPP unit
pub const PPPIOCXFERUNIT: u32 = 0x744e;
pub const PPPIOCSCOMPRESS: u32 = 0x4010744d;
/// get NP mode
pub const PPPIOCGNPMODE: u32 = 0xc008744c;
/// set NP mode
pub const PPPIOCSNPMODE: u32 = 0x4008744b;
/// set pass filter
pub const PPPIOCSPASS: u32 = 0x40107447;
/// set active filt
pub const PPPIOCSACTIVE: u32 = 0x40107446;
/// Read debug level
pub const PPPIOCGDEBUG: u32 = 0x80047441;
/// Set debug level
pub const PPPIOCSDEBUG: u32 = 0x40047440;
/// get idle time
pub const PPPIOCGIDLE: u32 = 0x8010743f;
/// 32-bit times
pub const PPPIOCGIDLE32: u32 = 0x8008743f;
/// 64-bit times
pub const PPPIOCGIDLE64: u32 = 0x8010743f;
/// create new ppp unit
pub const PPPIOCNEWUNIT: u32 = 0xc004743e;
/// attach to ppp unit
pub const PPPIOCATTACH: u32 = 0x4004743d;
/// obsolete, do not use
pub const PPPIOCDETACH: u32 = 0x4004743c;
/// set multilink MRU
pub const PPPIOCSMRRU: u32 = 0x4004743b;
/// connect channel to unit
pub const PPPIOCCONNECT: u32 = 0x4004743a;
/// disconnect channel
pub const PPPIOCDISCONN: u32 = 0x7439;
/// attach to ppp channel
pub const PPPIOCATTCHAN: u32 = 0x40047438;
/// get ppp channel number
pub const PPPIOCGCHAN: u32 = 0x80047437;
pub const PPPIOCGL2TPSTATS: u32 = 0x80487436;
/// bridge one channel to another
pub const PPPIOCBRIDGECHAN: u32 = 0x40047435;
/// unbridge channel
pub const PPPIOCUNBRIDGECHAN: u32 = 0x7434;
/// Routing/device hook
pub const NETLINK_ROUTE: u32 = 0;
/// Unused number
pub const NETLINK_UNUSED: u32 = 1;
/// Reserved for user mode socket protocols
pub const NETLINK_USERSOCK: u32 = 2;
/// Unused number, formerly ip_queue
pub const NETLINK_FIREWALL: u32 = 3;
/// socket monitoring
pub const NETLINK_SOCK_DIAG: u32 = 4;
/// netfilter/iptables ULOG
pub const NETLINK_NFLOG: u32 = 5;
/// ipsec
pub const NETLINK_XFRM: u32 = 6;
/// SELinux event notifications
pub const NETLINK_SELINUX: u32 = 7;
/// Open-iSCSI
pub const NETLINK_ISCSI: u32 = 8;
/// auditing
pub const NETLINK_AUDIT: u32 = 9;
pub const NETLINK_FIB_LOOKUP: u32 = 10;
pub const NETLINK_CONNECTOR: u32 = 11;
/// netfilter subsystem
pub const NETLINK_NETFILTER: u32 = 12;
pub const NETLINK_IP6_FW: u32 = 13;
/// DECnet routing messages (obsolete)
pub const NETLINK_DNRTMSG: u32 = 14;
/// Kernel messages to userspace
pub const NETLINK_KOBJECT_UEVENT: u32 = 15;
pub const NETLINK_GENERIC: u32 = 16;
/// SCSI Transports
pub const NETLINK_SCSITRANSPORT: u32 = 18;
pub const NETLINK_ECRYPTFS: u32 = 19;
pub const NETLINK_RDMA: u32 = 20;
/// Crypto layer
pub const NETLINK_CRYPTO: u32 = 21;
/// SMC monitoring
pub const NETLINK_SMC: u32 = 22;
pub const NETLINK_INET_DIAG: u32 = 4;
/// It is request message.
pub const NLM_F_REQUEST: u16 = 1;
/// Multipart message, terminated by NLMSG_DONE
pub const NLM_F_MULTI: u16 = 2;
/// Reply with ack, with zero or error code
pub const NLM_F_ACK: u16 = 4;
/// Receive resulting notifications
pub const NLM_F_ECHO: u16 = 8;
/// Dump was inconsistent due to sequence change
pub const NLM_F_DUMP_INTR: u16 = 16;
/// Dump was filtered as requested
pub const NLM_F_DUMP_FILTERED: u16 = 32;
/// specify tree root
pub const NLM_F_ROOT: u16 = 256;
/// return all matching
pub const NLM_F_MATCH: u16 = 512;
/// atomic GET
pub const NLM_F_ATOMIC: u16 = 0x400;
pub const NLM_F_DUMP: u16 = 768;
/// Override existing
pub const NLM_F_REPLACE: u16 = 256;
/// Do not touch, if it exists
pub const NLM_F_EXCL: u16 = 512;
/// Create, if it does not exist
pub const NLM_F_CREATE: u16 = 0x400;
/// Add to end of list
pub const NLM_F_APPEND: u16 = 0x800;
/// Do not delete recursively
pub const NLM_F_NONREC: u16 = 256;
/// Delete multiple objects
pub const NLM_F_BULK: u16 = 512;
/// request was capped
pub const NLM_F_CAPPED: u16 = 256;
/// extended ACK TVLs were included
pub const NLM_F_ACK_TLVS: u16 = 512;
pub const NLMSG_ALIGNTO: u32 = 4;
pub const NLMSG_HDRLEN: u32 = 16;
/// Nothing.
pub const NLMSG_NOOP: u16 = 1;
/// Error
pub const NLMSG_ERROR: u16 = 2;
/// End of a dump
pub const NLMSG_DONE: u16 = 3;
/// Data lost
pub const NLMSG_OVERRUN: u16 = 4;
/// \< 0x10: reserved control messages
pub const NLMSG_MIN_TYPE: u16 = 16;
pub const NETLINK_ADD_MEMBERSHIP: u32 = 1;
pub const NETLINK_DROP_MEMBERSHIP: u32 = 2;
pub const NETLINK_PKTINFO: u32 = 3;
pub const NETLINK_BROADCAST_ERROR: u32 = 4;
pub const NETLINK_NO_ENOBUFS: u32 = 5;
pub const NETLINK_RX_RING: u32 = 6;
pub const NETLINK_TX_RING: u32 = 7;
pub const NETLINK_LISTEN_ALL_NSID: u32 = 8;
pub const NETLINK_LIST_MEMBERSHIPS: u32 = 9;
pub const NETLINK_CAP_ACK: u32 = 10;
pub const NETLINK_EXT_ACK: u32 = 11;
pub const NETLINK_GET_STRICT_CHK: u32 = 12;
pub const NLA_F_NESTED: u16 = 0x8000;
pub const NLA_F_NET_BYTEORDER: u16 = 0x4000;
pub const NLA_TYPE_MASK: u16 = 0x3fff;
pub const NLA_ALIGNTO: u32 = 4;
pub const NLA_HDRLEN: u32 = 4;
/// length of family name
pub const GENL_NAMSIZ: u32 = 16;
pub const GENL_MIN_ID: u16 = 16;
pub const GENL_MAX_ID: u16 = 1023;
pub const GENL_HDRLEN: u32 = 4;
pub const GENL_ADMIN_PERM: u32 = 1;
pub const GENL_CMD_CAP_DO: u32 = 2;
pub const GENL_CMD_CAP_DUMP: u32 = 4;
pub const GENL_CMD_CAP_HASPOL: u32 = 8;
pub const GENL_UNS_ADMIN_PERM: u32 = 16;
pub const GENL_ID_CTRL: u16 = 16;
pub const GENL_ID_VFS_DQUOT: u16 = 17;
pub const GENL_ID_PMCRAID: u16 = 18;
pub const GENL_START_ALLOC: u16 = 19;
pub const CTRL_CMD_MAX: u8 = 10;
pub const CTRL_ATTR_MAX: u16 = 10;
pub const CTRL_ATTR_OP_MAX: u16 = 2;
pub const CTRL_ATTR_MCAST_GRP_MAX: u16 = 2;
pub const CTRL_ATTR_POLICY_MAX: u16 = 2;
