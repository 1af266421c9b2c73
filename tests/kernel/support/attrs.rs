//! Attributes of raw requests.

use l2tp::netlink::attr::{AttrWriter, EncodeError};

/// Appends an attribute (`L2TP_ATTR_*`) with any payload.
pub(crate) fn put(out: &mut AttrWriter<'_>, id: u16, payload: &[u8]) -> Result<(), EncodeError> {
    out.put(id, payload)
}

/// A UDP tunnel of any version between the loopback ports `5000 + id` and `6000 + id`: ids `id`
/// and `100 + id`.
pub(crate) fn put_tunnel(
    out: &mut AttrWriter<'_>,
    version: u8,
    id: u16,
) -> Result<(), EncodeError> {
    put(out, l2tp_sys::L2TP_ATTR_PROTO_VERSION, &[version])?;
    put(out, l2tp_sys::L2TP_ATTR_ENCAP_TYPE, &0u16.to_ne_bytes())?;
    put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &u32::from(id).to_ne_bytes())?;
    put(out, l2tp_sys::L2TP_ATTR_PEER_CONN_ID, &u32::from(100 + id).to_ne_bytes())?;
    put(out, l2tp_sys::L2TP_ATTR_IP_SADDR, &[127, 0, 0, 1])?;
    put(out, l2tp_sys::L2TP_ATTR_IP_DADDR, &[127, 0, 0, 1])?;
    put(out, l2tp_sys::L2TP_ATTR_UDP_SPORT, &(5000 + id).to_ne_bytes())?;
    put(out, l2tp_sys::L2TP_ATTR_UDP_DPORT, &(6000 + id).to_ne_bytes())
}

/// The ids by which a session is named.
pub(crate) fn put_ids(out: &mut AttrWriter<'_>, tunnel: u32, id: u32) -> Result<(), EncodeError> {
    put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &tunnel.to_ne_bytes())?;
    put(out, l2tp_sys::L2TP_ATTR_SESSION_ID, &id.to_ne_bytes())
}

/// The attributes that every session needs: an Ethernet session `id` of `tunnel`, the peer's id
/// `100 + id`.
pub(crate) fn put_session(
    out: &mut AttrWriter<'_>,
    tunnel: u32,
    id: u32,
) -> Result<(), EncodeError> {
    put_ids(out, tunnel, id)?;
    put(out, l2tp_sys::L2TP_ATTR_PEER_SESSION_ID, &(100 + id).to_ne_bytes())?;
    put(out, l2tp_sys::L2TP_ATTR_PW_TYPE, &5u16.to_ne_bytes())
}
