//! Reports what is missing on this host for L2TP to work: `cargo run --example diagnose`. An argument,
//! for example `192.0.2.1:1701`, is a tunnel's local address and port, which are then checked too.
//!
//! It needs no privilege, but finds more as root. The exit status is 1 if there is a problem.

use std::net::SocketAddr;
use std::process::ExitCode;

use l2tp::host::diagnose::Diagnose;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let local = std::env::args().nth(1).map(|local| local.parse::<SocketAddr>()).transpose()?;
    let diagnose = local.map_or_else(Diagnose::new, |local| Diagnose::new().local(local));
    let diagnosis = diagnose.run();
    print!("{diagnosis}");
    Ok(ExitCode::from(u8::from(!diagnosis.is_ok())))
}
