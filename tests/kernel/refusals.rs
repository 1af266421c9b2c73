//! How the kernel refuses requests that the library never sends: incomplete ones, and ones that
//! violate its policy.

use anyhow::{Result, bail, ensure};
use l2tp::error::Operation;
use l2tp::netlink::attr::{AttrWriter, EncodeError};
use l2tp::netlink::extack::KernelError;
use l2tp::{Error, IfName, SessionId, TunnelId};

use crate::support::{Net, Raw, put, put_session, put_tunnel, tests};

tests![
    a_tunnel_needs_its_attributes,
    a_tunnel_of_unknown_encapsulation,
    a_tunnel_with_half_an_address,
    a_tunnel_from_a_link_local_address,
    a_tunnel_on_a_closed_descriptor,
    a_tunnel_request_without_id,
    a_session_needs_its_attributes,
    a_session_of_a_pseudowire_without_driver,
    a_session_of_an_unknown_sublayer,
    a_session_with_an_impossible_name,
    names_are_taken_by_the_librarys_rules.flooding(260),
    a_session_that_is_not_named_is_not_found,
    a_cookie_that_is_too_long,
    an_attribute_that_is_too_short_is_named,
    an_unknown_command,
    a_dump_with_a_command_that_cannot_dump,
    most_rejections_have_an_errno_only,
];

type Fill = fn(&mut AttrWriter<'_>) -> Result<(), EncodeError>;

/// Sends a command that the kernel should refuse; returns its words.
fn refusal(
    raw: &mut Raw,
    command: u8,
    fill: impl FnOnce(&mut AttrWriter<'_>) -> Result<(), EncodeError>,
) -> Result<KernelError> {
    match raw.command(command, fill)? {
        Ok(()) => bail!("the kernel accepted it"),
        Err(error) => {
            let explained = error.message().is_some() || error.attribute().is_some();
            let of_the_policy = error.message() == Some("Attribute failed policy validation");
            ensure!(explained == of_the_policy, "{error:?}");
            ensure!(of_the_policy || error.errno() != libc::ERANGE, "{error:?}");
            Ok(error)
        }
    }
}

/// A namespace with tunnel 1.
fn with_tunnel() -> Result<(Net, Raw)> {
    let net = Net::new()?;
    let mut raw = Raw::open(&net)?;
    raw.command(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| put_tunnel(out, 3, 1))??;
    Ok((net, raw))
}

/// Sends a command with all of these attributes, which is accepted, and then once without each.
fn none_may_miss(raw: &mut Raw, command: u8, required: &[(u16, &[u8])], more: Fill) -> Result<()> {
    let put_all_but = |missing: Option<u16>, out: &mut AttrWriter<'_>| {
        let rest = required.iter().filter(|(id, _)| Some(*id) != missing);
        rest.into_iter().try_for_each(|(id, payload)| put(out, *id, payload))?;
        more(out)
    };
    raw.command(command, |out| put_all_but(None, out))??;
    // Were one not required, what there is already would be created again: EEXIST.
    for (missing, _) in required {
        let error = refusal(raw, command, |out| put_all_but(Some(*missing), out))?;
        ensure!(error.errno() == libc::EINVAL, "without attribute {missing}: {error}");
    }
    Ok(())
}

fn a_tunnel_needs_its_attributes() -> Result<()> {
    let mut raw = Raw::open(&Net::new()?)?;
    let required: [(u16, &[u8]); 4] = [
        (l2tp_sys::L2TP_ATTR_PROTO_VERSION, &[3]),
        (l2tp_sys::L2TP_ATTR_ENCAP_TYPE, &0u16.to_ne_bytes()),
        (l2tp_sys::L2TP_ATTR_CONN_ID, &1u32.to_ne_bytes()),
        (l2tp_sys::L2TP_ATTR_PEER_CONN_ID, &2u32.to_ne_bytes()),
    ];
    none_may_miss(&mut raw, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, &required, |out| {
        put(out, l2tp_sys::L2TP_ATTR_IP_SADDR, &[127, 0, 0, 1])?;
        put(out, l2tp_sys::L2TP_ATTR_IP_DADDR, &[127, 0, 0, 1])?;
        put(out, l2tp_sys::L2TP_ATTR_UDP_DPORT, &6001u16.to_ne_bytes())
    })
}

fn a_tunnel_of_unknown_encapsulation() -> Result<()> {
    let mut raw = Raw::open(&Net::new()?)?;
    let error = refusal(&mut raw, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
        put_tunnel(out, 3, 1)?;
        // Of an attribute that occurs twice the last counts.
        put(out, l2tp_sys::L2TP_ATTR_ENCAP_TYPE, &2u16.to_ne_bytes())
    })?;
    ensure!(error.errno() == libc::EINVAL, "{error}");
    Ok(())
}

fn a_tunnel_with_half_an_address() -> Result<()> {
    let mut raw = Raw::open(&Net::new()?)?;
    let error = refusal(&mut raw, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
        put(out, l2tp_sys::L2TP_ATTR_PROTO_VERSION, &[3])?;
        put(out, l2tp_sys::L2TP_ATTR_ENCAP_TYPE, &0u16.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &1u32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_PEER_CONN_ID, &2u32.to_ne_bytes())?;
        put(out, l2tp_sys::L2TP_ATTR_IP_SADDR, &[127, 0, 0, 1])?;
        put(out, l2tp_sys::L2TP_ATTR_IP6_DADDR, &[0; 16])
    })?;
    ensure!(error.errno() == libc::EINVAL, "{error}");
    Ok(())
}

/// The request has no place for the number of the link.
fn a_tunnel_from_a_link_local_address() -> Result<()> {
    let mut raw = Raw::open(&Net::new()?)?;
    let mut address = [0; 16];
    address[..2].copy_from_slice(&[0xfe, 0x80]);
    for encap in [l2tp_sys::L2TP_ENCAPTYPE_UDP, l2tp_sys::L2TP_ENCAPTYPE_IP] {
        let encap = u16::try_from(encap)?.to_ne_bytes();
        let error = refusal(&mut raw, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
            put_tunnel(out, 3, 1)?;
            put(out, l2tp_sys::L2TP_ATTR_ENCAP_TYPE, &encap)?;
            put(out, l2tp_sys::L2TP_ATTR_IP6_SADDR, &address)?;
            put(out, l2tp_sys::L2TP_ATTR_IP6_DADDR, &address)
        })?;
        ensure!(error.errno() == libc::EINVAL, "{error}");
    }
    Ok(())
}

fn a_tunnel_on_a_closed_descriptor() -> Result<()> {
    let mut raw = Raw::open(&Net::new()?)?;
    let error = refusal(&mut raw, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
        put_tunnel(out, 3, 1)?;
        put(out, l2tp_sys::L2TP_ATTR_FD, &12_345u32.to_ne_bytes())
    })?;
    ensure!(error.errno() == libc::EBADF, "{error}");
    let told = Error::Rejected { operation: Operation::CreateManagedTunnel(TunnelId(1)), error };
    let text = "create managed tunnel 1: the file descriptor is not open (EBADF): the tunnel's \
                socket was closed before this call";
    ensure!(told.to_string() == text, "{told}");
    Ok(())
}

fn a_tunnel_request_without_id() -> Result<()> {
    let (_net, mut raw) = with_tunnel()?;
    for command in [
        l2tp_sys::L2TP_CMD_TUNNEL_DELETE,
        l2tp_sys::L2TP_CMD_TUNNEL_MODIFY,
        l2tp_sys::L2TP_CMD_TUNNEL_GET,
    ] {
        let error = refusal(&mut raw, command, |_| Ok(()))?;
        ensure!(error.errno() == libc::EINVAL, "command {command}: {error}");
        let told = Error::Rejected { operation: Operation::GetTunnel(TunnelId(1)), error };
        ensure!(told.to_string().contains("the request names no tunnel (EINVAL)"), "{told}");
    }
    Ok(())
}

/// The tunnel's id is looked at first, so that its absence is told apart from its being unknown.
fn a_session_needs_its_attributes() -> Result<()> {
    let (_net, mut raw) = with_tunnel()?;
    let required: [(u16, &[u8]); 4] = [
        (l2tp_sys::L2TP_ATTR_CONN_ID, &1u32.to_ne_bytes()),
        (l2tp_sys::L2TP_ATTR_SESSION_ID, &10u32.to_ne_bytes()),
        (l2tp_sys::L2TP_ATTR_PEER_SESSION_ID, &20u32.to_ne_bytes()),
        (l2tp_sys::L2TP_ATTR_PW_TYPE, &5u16.to_ne_bytes()),
    ];
    none_may_miss(&mut raw, l2tp_sys::L2TP_CMD_SESSION_CREATE, &required, |_| Ok(()))
}

fn a_session_of_a_pseudowire_without_driver() -> Result<()> {
    let (_net, mut raw) = with_tunnel()?;
    let mut with_type = |number: u16| {
        let error = refusal(&mut raw, l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| {
            put_session(out, 1, 10)?;
            put(out, l2tp_sys::L2TP_ATTR_PW_TYPE, &number.to_ne_bytes())
        });
        error.map(|error| error.errno())
    };
    for number in [
        l2tp_sys::L2TP_PWTYPE_NONE,
        l2tp_sys::L2TP_PWTYPE_ETH_VLAN,
        l2tp_sys::L2TP_PWTYPE_PPP_AC,
        l2tp_sys::L2TP_PWTYPE_IP,
    ] {
        let errno = with_type(u16::try_from(number)?)?;
        ensure!(errno == libc::EPROTONOSUPPORT, "pseudowire {number}: errno {errno}");
    }
    // One that the kernel has no number for.
    ensure!(with_type(12)? == libc::EINVAL);
    Ok(())
}

fn a_session_of_an_unknown_sublayer() -> Result<()> {
    let (_net, mut raw) = with_tunnel()?;
    let error = refusal(&mut raw, l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| {
        put_session(out, 1, 10)?;
        put(out, l2tp_sys::L2TP_ATTR_L2SPEC_TYPE, &[2])
    })?;
    ensure!(error.errno() == libc::EINVAL, "{error}");
    Ok(())
}

fn a_session_with_an_impossible_name() -> Result<()> {
    let (_net, mut raw) = with_tunnel()?;
    let names: [&[u8]; 7] =
        [b"\0", b"..\0", b"a/b\0", b"a b\0", b"a:b\0", b"sixteen-letters-\0", b"no-nul"];
    for name in names {
        let error = refusal(&mut raw, l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| {
            put_session(out, 1, 10)?;
            put(out, l2tp_sys::L2TP_ATTR_IFNAME, name)
        })?;
        let text = String::from_utf8_lossy(name);
        ensure!(error.errno() == libc::EINVAL, "{text:?}: {error}");
    }
    Ok(())
}

/// Each byte within a name, and patterns: the kernel takes what [`IfName`] takes, and nothing else.
fn names_are_taken_by_the_librarys_rules() -> Result<()> {
    let (_net, mut raw) = with_tunnel()?;
    let mut names: Vec<Vec<u8>> = (1..=u8::MAX).map(|byte| vec![b'a', byte, b'b']).collect();
    let patterns = [
        "50%",
        "a%sb",
        "x%d%d",
        "%",
        "%%d",
        "a%d%",
        "%d",
        "p%dq",
        "all",
        "default",
        "All",
        "all0",
        ".",
        "..",
        "...",
        "",
        "fifteen-letters",
        "sixteen-letters-",
        "fourteenletter%d",
    ];
    names.extend(patterns.map(|name| name.as_bytes().to_vec()));
    for (id, name) in (10..).zip(names) {
        let taken = raw.command(l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| {
            put_session(out, 1, id)?;
            put(out, l2tp_sys::L2TP_ATTR_IFNAME, &[&name[..], b"\0"].concat())
        })?;
        let errno = taken.err().map(|error| error.errno());
        let expected = IfName::from_bytes(&name).err().map(|_| libc::EINVAL);
        let name = name.escape_ascii();
        ensure!(errno == expected, "{name}: errno {errno:?}, the library expects {expected:?}");
    }
    Ok(())
}

/// Unlike a tunnel, whose missing id is `EINVAL`.
fn a_session_that_is_not_named_is_not_found() -> Result<()> {
    let (_net, mut raw) = with_tunnel()?;
    for command in [
        l2tp_sys::L2TP_CMD_SESSION_DELETE,
        l2tp_sys::L2TP_CMD_SESSION_MODIFY,
        l2tp_sys::L2TP_CMD_SESSION_GET,
    ] {
        let fills: [Fill; 3] = [
            |_| Ok(()),
            |out| put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &1u32.to_ne_bytes()),
            |out| put(out, l2tp_sys::L2TP_ATTR_SESSION_ID, &10u32.to_ne_bytes()),
        ];
        for fill in fills {
            let error = refusal(&mut raw, command, fill)?;
            ensure!(error.errno() == libc::ENODEV, "command {command}: {error}");
        }
    }
    Ok(())
}

/// Checks that the kernel refused the length of one attribute and that the library names it.
fn names(error: KernelError, operation: Operation, attribute: &str) -> Result<()> {
    ensure!(error.errno() == libc::ERANGE, "{error}");
    ensure!(error.message() == Some("Attribute failed policy validation"), "{error:?}");
    ensure!(error.policy().is_some(), "{error:?}");
    let told = Error::Rejected { operation, error }.to_string();
    for part in [
        &format!("{operation}: an attribute is too long or too short (ERANGE)"),
        "the kernel's message: \"Attribute failed policy validation\"",
        attribute,
    ] {
        ensure!(told.contains(part), "expected {part:?} in: {told}");
    }
    Ok(())
}

fn a_cookie_that_is_too_long() -> Result<()> {
    let (_net, mut raw) = with_tunnel()?;
    let error = refusal(&mut raw, l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| {
        put_session(out, 1, 10)?;
        put(out, l2tp_sys::L2TP_ATTR_COOKIE, &[0; 9])
    })?;
    names(error, Operation::CreateSession(TunnelId(1), SessionId(10)), "L2TP_ATTR_COOKIE")
}

fn an_attribute_that_is_too_short_is_named() -> Result<()> {
    let mut raw = Raw::open(&Net::new()?)?;
    let error = refusal(&mut raw, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| {
        put(out, l2tp_sys::L2TP_ATTR_PROTO_VERSION, &[3])?;
        put(out, l2tp_sys::L2TP_ATTR_CONN_ID, &[1, 0])
    })?;
    ensure!(error.attribute() == Some(l2tp_sys::L2TP_ATTR_CONN_ID), "{error:?}");
    names(error, Operation::CreateStaticTunnel(TunnelId(1)), "L2TP_ATTR_CONN_ID")
}

fn an_unknown_command() -> Result<()> {
    let mut raw = Raw::open(&Net::new()?)?;
    let error = refusal(&mut raw, 99, |_| Ok(()))?;
    ensure!(error.errno() == libc::EOPNOTSUPP, "{error}");
    let told = Error::Rejected { operation: Operation::Probe, error };
    ensure!(told.kind() == l2tp::ErrorKind::Unsupported, "{told}");
    ensure!(
        told.to_string().contains("the kernel does not know the command (EOPNOTSUPP)"),
        "{told}"
    );
    Ok(())
}

fn a_dump_with_a_command_that_cannot_dump() -> Result<()> {
    let mut raw = Raw::open(&Net::new()?)?;
    let outcome =
        raw.flagged(l2tp_sys::L2TP_CMD_TUNNEL_CREATE, l2tp_sys::NLM_F_DUMP, |_| Ok(()))?;
    ensure!(outcome.is_err_and(|error| error.errno() == libc::EOPNOTSUPP));
    Ok(())
}

/// Which is why the library explains them. The kernel has words for a violated policy only.
fn most_rejections_have_an_errno_only() -> Result<()> {
    let (_net, mut raw) = with_tunnel()?;
    let in_use = refusal(&mut raw, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |out| put_tunnel(out, 3, 1))?;
    let incomplete = refusal(&mut raw, l2tp_sys::L2TP_CMD_TUNNEL_CREATE, |_| Ok(()))?;
    let unknown =
        refusal(&mut raw, l2tp_sys::L2TP_CMD_SESSION_CREATE, |out| put_session(out, 9, 10))?;
    for (error, errno) in
        [(in_use, libc::EEXIST), (incomplete, libc::EINVAL), (unknown, libc::ENODEV)]
    {
        ensure!(error.errno() == errno, "{error}");
        ensure!(error.message().is_none() && error.attribute().is_none(), "{error:?}");
    }
    Ok(())
}
