//! Binds a generic-netlink family other than L2TP: the controller, which every kernel has and which
//! needs no privilege. Lists the families, then one family's commands and multicast groups.
//!
//! `cargo run --example other_family [FAMILY]`

use std::error::Error;
use std::ffi::{CStr, CString};
use std::fmt::Write;

use l2tp::netlink::Client;
use l2tp::netlink::attr::{FromAttrs, List, ToAttrs};
use l2tp::netlink::message::Request;

/// The attributes of the request.
#[derive(ToAttrs)]
struct ByName<'a> {
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_NAME)]
    name: &'a CStr,
}

/// Those of a reply that matter here. It borrows from the client's buffer.
#[derive(FromAttrs)]
struct Family<'a> {
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_ID)]
    id: u16,
    #[nlattr(id = l2tp_sys::CTRL_ATTR_FAMILY_NAME)]
    name: &'a CStr,
    #[nlattr(id = l2tp_sys::CTRL_ATTR_OPS)]
    commands: Option<List<'a, Command>>,
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MCAST_GROUPS)]
    groups: Option<List<'a, Group<'a>>>,
}

#[derive(FromAttrs)]
struct Command {
    #[nlattr(id = l2tp_sys::CTRL_ATTR_OP_ID)]
    number: u32,
}

#[derive(FromAttrs)]
struct Group<'a> {
    #[nlattr(id = l2tp_sys::CTRL_ATTR_MCAST_GRP_NAME)]
    name: &'a CStr,
}

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "nlctrl".to_owned());
    let mut client = Client::open()?;
    println!("families: {}", families(&mut client)?.join(" "));
    println!("{}", describe(&mut client, &CString::new(name)?)?);
    Ok(())
}

/// The names of all families.
fn families(client: &mut Client) -> Result<Vec<String>, Box<dyn Error>> {
    let controller = client.family(c"nlctrl")?.id;
    let request =
        Request { family: controller, command: l2tp_sys::CTRL_CMD_GETFAMILY, version: 2, flags: 0 };
    let mut names = Vec::new();
    let mut dump = client.dump(&request, &())?;
    while let Some(family) = dump.next_reply::<Family<'_>>()? {
        names.push(family.name.to_string_lossy().into_owned());
    }
    Ok(names)
}

/// A family's number, commands and groups.
fn describe(client: &mut Client, name: &CStr) -> Result<String, Box<dyn Error>> {
    let controller = client.family(c"nlctrl")?.id;
    let request =
        Request { family: controller, command: l2tp_sys::CTRL_CMD_GETFAMILY, version: 2, flags: 0 };
    let family: Family<'_> = client.ask(&request, &ByName { name })?;
    let mut text = format!("{} has number {}; commands", name.to_string_lossy(), family.id);
    for command in family.commands.into_iter().flatten() {
        write!(text, " {}", command?.number)?;
    }
    text.push_str("; groups");
    for group in family.groups.into_iter().flatten() {
        write!(text, " {}", group?.name.to_string_lossy())?;
    }
    Ok(text)
}

#[test]
fn the_controller_knows_itself() -> Result<(), Box<dyn Error>> {
    let mut client = Client::open()?;
    assert!(families(&mut client)?.iter().any(|name| name == "nlctrl"));
    let text = describe(&mut client, c"nlctrl")?;
    assert!(text.starts_with("nlctrl has number 16; commands "), "{text}");
    assert!(text.ends_with("; groups notify"), "{text}");
    let error = describe(&mut client, c"nobody").expect_err("no such family");
    assert!(error.to_string().contains("rejected"), "{error}");
    Ok(())
}
