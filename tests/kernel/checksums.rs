//! UDP checksums: what is asked for, what is read back, and what is on the wire.

use std::io::Read;
use std::net::Ipv6Addr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use l2tp::{TunnelConfig, TunnelId, TunnelInfo};
use socket2::{Domain, Protocol, Socket, Type};

use crate::support::{Net, Raw, Variant, Wire, put, put_tunnel, tests};

tests![
    are_off_over_ipv4_and_on_over_ipv6,
    can_be_asked_for_over_ipv4,
    can_be_left_out_over_ipv6,
    presence_enables_them_with_any_value,
    asking_for_them_means_nothing_over_ipv6,
    an_empty_attribute_is_rejected,
    are_in_the_packets_as_set_over_ipv4,
    packets_without_pass_over_ipv6_when_both_agree,
    packets_without_are_dropped_over_ipv6_unless_agreed,
];

fn info(variant: Variant, adapt: fn(TunnelConfig) -> TunnelConfig) -> Result<TunnelInfo> {
    let net = Net::new()?;
    let mut conn = net.conn()?;
    conn.create_static_tunnel(variant.local(), variant.peer(), &adapt(variant.config()))?;
    Ok(conn.get_tunnel_info(TunnelId(1))?)
}

fn are_off_over_ipv4_and_on_over_ipv6() -> Result<()> {
    let v4 = info(Variant::V3_UDP4, |config| config)?;
    ensure!(v4.udp_csum == Some(false), "{v4:#?}");
    let v6 = info(Variant::V3_UDP6, |config| config)?;
    ensure!(v6.udp_csum.is_none(), "{v6:#?}");
    ensure!(!v6.udp_zero_csum6_tx && !v6.udp_zero_csum6_rx, "{v6:#?}");
    Ok(())
}

fn can_be_asked_for_over_ipv4() -> Result<()> {
    for variant in [Variant::V2_UDP4, Variant::V3_UDP4] {
        let info = info(variant, |config| config.udp_csum(true))?;
        ensure!(info.udp_csum == Some(true), "{info:#?}");
    }
    Ok(())
}

fn can_be_left_out_over_ipv6() -> Result<()> {
    let tx = info(Variant::V3_UDP6, |config| config.udp_zero_csum6_tx(true))?;
    ensure!(tx.udp_zero_csum6_tx && !tx.udp_zero_csum6_rx, "{tx:#?}");
    let rx = info(Variant::V3_UDP6, |config| config.udp_zero_csum6_rx(true))?;
    ensure!(rx.udp_zero_csum6_rx && !rx.udp_zero_csum6_tx, "{rx:#?}");
    Ok(())
}

/// Which is why the library leaves the attribute out to say no.
fn presence_enables_them_with_any_value() -> Result<()> {
    let net = Net::new()?;
    Raw::open(&net)?.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
        put_tunnel(out, 3, 1)?;
        put(out, l2tp_sys::L2TP_ATTR_UDP_CSUM, &[0])
    })??;
    let info = net.conn()?.get_tunnel_info(TunnelId(1))?;
    ensure!(info.udp_csum == Some(true), "{info:#?}");
    Ok(())
}

/// Neither is it reported, nor does it undo what is asked of IPv6.
fn asking_for_them_means_nothing_over_ipv6() -> Result<()> {
    let made_with = |csum: Option<u8>| {
        let net = Net::new()?;
        Raw::open(&net)?.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
            put_tunnel(out, 3, 1)?;
            put(out, l2tp_sys::L2TP_ATTR_IP6_SADDR, &Ipv6Addr::LOCALHOST.octets())?;
            put(out, l2tp_sys::L2TP_ATTR_IP6_DADDR, &Ipv6Addr::LOCALHOST.octets())?;
            put(out, l2tp_sys::L2TP_ATTR_UDP_ZERO_CSUM6_TX, &[])?;
            csum.map_or(Ok(()), |csum| put(out, l2tp_sys::L2TP_ATTR_UDP_CSUM, &[csum]))
        })??;
        anyhow::Ok(net.conn()?.get_tunnel_info(TunnelId(1))?)
    };
    let without = made_with(None)?;
    ensure!(without.udp_csum.is_none() && without.udp_zero_csum6_tx, "{without:#?}");
    for csum in [0, 1] {
        let with = made_with(Some(csum))?;
        ensure!(with == without, "{with:#?}");
    }
    Ok(())
}

/// Which is why the library sends a byte, though the kernel does not look at it.
fn an_empty_attribute_is_rejected() -> Result<()> {
    let net = Net::new()?;
    let outcome = Raw::open(&net)?.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
        put_tunnel(out, 3, 1)?;
        put(out, l2tp_sys::L2TP_ATTR_UDP_CSUM, &[])
    })?;
    match outcome {
        Err(error) => ensure!(error.errno() == libc::ERANGE, "{error}"),
        Ok(()) => bail!("the kernel accepted it"),
    }
    Ok(())
}

/// The checksum of the first UDP packet that host 2 receives over IPv4.
fn checksum_on_the_wire(wire: &Wire) -> Result<u16> {
    let tap = wire.other.net.run(|| {
        let tap = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::UDP))?;
        tap.set_read_timeout(Some(Duration::from_secs(5)))?;
        Ok(tap)
    })?;
    wire.ping(1)?;
    let mut packet = [0; 2048];
    let length = (&tap).read(&mut packet)?;
    // At the end of the UDP header, behind an IP header of 20 bytes.
    ensure!(length >= 28, "{length} bytes");
    Ok(u16::from_be_bytes([packet[26], packet[27]]))
}

fn are_in_the_packets_as_set_over_ipv4() -> Result<()> {
    let without = checksum_on_the_wire(&Wire::new(Variant::V3_UDP4)?)?;
    ensure!(without == 0, "{without:#x} without being asked");
    let wire = Wire::with(Variant::V3_UDP4, |_, tunnel, _| tunnel.udp_csum = true)?;
    ensure!(checksum_on_the_wire(&wire)? != 0, "none though asked for");
    Ok(())
}

fn packets_without_pass_over_ipv6_when_both_agree() -> Result<()> {
    let wire = Wire::with(Variant::V3_UDP6, |_, tunnel, _| {
        tunnel.udp_zero_csum6_tx = true;
        tunnel.udp_zero_csum6_rx = true;
    })?;
    wire.ping(2).context("agreed on packets without checksum")
}

fn packets_without_are_dropped_over_ipv6_unless_agreed() -> Result<()> {
    let wire = Wire::with(Variant::V3_UDP6, |_, tunnel, _| tunnel.udp_zero_csum6_tx = true)?;
    ensure!(wire.ping(1).is_err(), "the echo came back");
    let (sent, got) = (wire.one.statistics()?, wire.other.statistics()?);
    ensure!(sent.tx_packets == 1, "{sent:#?}");
    ensure!(got.rx_packets == 0 && got.rx_errors == 0, "L2TP sees nothing of it: {got:#?}");
    Ok(())
}
