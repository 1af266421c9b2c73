//! Says what is missing on this host for L2TP to work: `cargo run --example diagnose`, with a
//! tunnel's local end, `192.0.2.1:1701`, to have that looked at, too.
//!
//! Needs no privilege, but sees more as root. The exit status is 1 when something is wrong.

use std::net::SocketAddr;
use std::process::ExitCode;

use l2tp::host::diagnose::Diagnose;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let local = std::env::args().nth(1).map(|local| local.parse::<SocketAddr>()).transpose()?;
    let diagnose = local.map_or_else(Diagnose::new, |local| Diagnose::new().local(local));
    let diagnosis = diagnose.run();
    print!("{diagnosis}");
    Ok(ExitCode::from(u8::from(!diagnosis.is_well())))
}
