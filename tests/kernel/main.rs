//! The kernel suite: tests of the library with the running kernel.
//!
//! The suite unloads modules and creates network namespaces, so it runs as root in a guest only.
//! `cargo xtask test` boots a guest for each supported kernel, and
//! `cargo xtask vm --kernel SUITE -- …/kernel-suite [NAME]` runs the tests whose name contains
//! NAME. Each module is a topic, and each test has its own network namespaces. The last line is for
//! programs: it contains the numbers of tests that passed, failed, and do not apply to the kernel.

#![forbid(unsafe_code)]

mod allocations;
mod attributes;
mod batch;
mod causes;
mod change;
mod checksums;
mod closing;
mod cost;
mod defects;
mod delete_race;
mod deletion;
mod diagnose;
mod discards;
mod events;
mod flood;
mod follower;
mod foreign;
mod forged;
mod guards;
mod icmp;
mod id_scope;
mod interface;
mod ipsec;
mod links;
mod lost_address;
mod managed_tunnel;
mod modules;
mod mtu;
mod namespaces;
mod netns;
mod nll2tp;
mod open;
mod order;
mod path_mtu;
mod ppp;
mod privilege;
mod queries;
mod query_race;
mod ready;
mod refusals;
mod requests;
mod schema;
mod sequence;
mod session;
mod session_errors;
mod silent;
mod sockets;
mod static_tunnel;
mod support;
mod teardown;
mod tokio;
mod tokio_cancellation;
mod tokio_events;
mod traffic;
mod tunnel_errors;
mod waits;
mod without_proc;
mod wrong_tunnel;

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::Arguments;

use support::{Helper, Kernel, Test, dispatch};

/// Every topic's tests.
fn tests() -> Vec<Test> {
    [
        allocations::tests(),
        attributes::tests(),
        batch::tests(),
        causes::tests(),
        change::tests(),
        checksums::tests(),
        cost::tests(),
        defects::tests(),
        delete_race::tests(),
        closing::tests(),
        deletion::tests(),
        diagnose::tests(),
        discards::tests(),
        events::tests(),
        flood::tests(),
        follower::tests(),
        foreign::tests(),
        forged::tests(),
        guards::tests(),
        icmp::tests(),
        id_scope::tests(),
        interface::tests(),
        ipsec::tests(),
        links::tests(),
        lost_address::tests(),
        managed_tunnel::tests(),
        modules::tests(),
        mtu::tests(),
        namespaces::tests(),
        netns::tests(),
        nll2tp::tests(),
        open::tests(),
        order::tests(),
        path_mtu::tests(),
        ppp::tests(),
        privilege::tests(),
        queries::tests(),
        query_race::tests(),
        ready::tests(),
        refusals::tests(),
        requests::tests(),
        schema::tests(),
        sequence::tests(),
        session::tests(),
        session_errors::tests(),
        silent::tests(),
        sockets::tests(),
        static_tunnel::tests(),
        teardown::tests(),
        tokio::tests(),
        tokio_cancellation::tests(),
        tokio_events::tests(),
        traffic::tests(),
        tunnel_errors::tests(),
        waits::tests(),
        without_proc::tests(),
        wrong_tunnel::tests(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Every topic's helpers, which run in processes of their own.
fn helpers() -> impl Iterator<Item = Helper> {
    [
        causes::HELPERS,
        cost::HELPERS,
        diagnose::HELPERS,
        forged::HELPERS,
        managed_tunnel::HELPERS,
        open::HELPERS,
        ppp::HELPERS,
        waits::HELPERS,
        without_proc::HELPERS,
        privilege::HELPERS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

fn main() -> ExitCode {
    if let Some(code) = dispatch(helpers()) {
        return code;
    }
    let arguments = Arguments::from_args();
    if !arguments.list && !Path::new("/vm/settings").exists() {
        eprintln!("kernel-suite unloads kernel modules: run it in a guest, with `cargo xtask vm`");
        return ExitCode::FAILURE;
    }
    let mut tests = tests();
    tests.sort_by_key(Test::turn);
    let selected = tests.iter().filter(|test| is_selected(test, &arguments)).count();
    if selected == 0 {
        eprintln!(
            "kernel-suite: no test has {:?} in its name",
            arguments.filter.unwrap_or_default()
        );
        return ExitCode::FAILURE;
    }
    let inapplicable = inapplicable(&tests, &arguments);
    let trials = tests.into_iter().map(Test::into_trial).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        print!("{inapplicable}");
        println!(
            "kernel-suite: kernel={} passed={} failed={} not_applicable={}",
            Kernel::release(),
            conclusion.num_passed,
            conclusion.num_failed,
            conclusion.num_ignored,
        );
    }
    conclusion.exit_code()
}

/// Whether the command line selects the test.
fn is_selected(test: &Test, arguments: &Arguments) -> bool {
    let name = test.name();
    let matches = |part: &String| if arguments.exact { name == part } else { name.contains(part) };
    arguments.filter.as_ref().is_none_or(matches) && !arguments.skip.iter().any(matches)
}

/// A line for each selected test that does not apply to the running kernel.
fn inapplicable(tests: &[Test], arguments: &Arguments) -> String {
    let mut lines = String::new();
    for test in tests.iter().filter(|test| is_selected(test, arguments)) {
        if let Some(reason) = test.inapplicable() {
            let kernel = Kernel::version();
            let _ = writeln!(lines, "not applicable on {kernel}: {}: {reason}", test.name());
        }
    }
    lines
}
