//! The output of the demo: a line for each step, the details below it, and a table of both ends'
//! counters.
//!
//! Colours appear on a terminal, or if CLICOLOR_FORCE is set: in a virtual machine the output does
//! not go to a terminal directly.

use std::env;
use std::error::Error;
use std::fmt::Display;
use std::io::{IsTerminal, stdout};

use l2tp::types::Statistics;
use l2tp::{Cookie, SessionInfo};

const BOLD: &str = "1";
const DIM: &str = "2";
const GREEN: &str = "32";
const RED: &str = "31";

/// The standard output, with or without colours.
#[derive(Debug)]
pub(crate) struct Screen {
    colours: bool,
}

impl Screen {
    pub(crate) fn new() -> Self {
        let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
        let terminal = stdout().is_terminal() && !set("NO_COLOR");
        Self { colours: terminal || set("CLICOLOR_FORCE") }
    }

    /// Prints the title of a step.
    pub(crate) fn step(&self, text: &str) {
        println!("{} {}", self.paint(GREEN, "●"), self.paint(BOLD, text));
    }

    /// Prints the result of a step at one end.
    pub(crate) fn detail(&self, end: &str, text: impl Display) {
        println!("  {} {text}", self.paint(DIM, &format!("{end:<6}")));
    }

    pub(crate) fn success(&self, text: impl Display) {
        println!("\n{}", self.paint(GREEN, &text.to_string()));
    }

    pub(crate) fn failure(&self, error: &dyn Error) {
        eprintln!("{}: {error}", self.paint(RED, "The demo failed"));
    }

    /// Prints the infos of both ends' sessions side by side.
    pub(crate) fn sessions(&self, left: &SessionInfo, right: &SessionInfo) {
        println!("\n  {}", self.paint(DIM, &format!("{:<18}{:>12}{:>12}", "", "left", "right")));
        for (title, value) in ROWS {
            let title = self.paint(DIM, &format!("{title:<18}"));
            println!("  {title}{:>12}{:>12}", value(left), value(right));
        }
        println!();
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

type Row = (&'static str, fn(&SessionInfo) -> String);

/// The rows of the table: a title, and the function that returns an end's value.
const ROWS: &[Row] = &[
    ("tunnel", |info| info.tunnel_id.to_string()),
    ("session", |info| info.session_id.to_string()),
    ("interface", |info| info.ifname.map_or_else(String::new, |name| name.to_string())),
    ("cookie sent", |info| cookie(info.local_cookie)),
    ("cookie expected", |info| cookie(info.peer_cookie)),
    ("packets sent", |info| info.statistics.tx_packets.to_string()),
    ("packets received", |info| info.statistics.rx_packets.to_string()),
    ("bytes sent", |info| info.statistics.tx_bytes.to_string()),
    ("bytes received", |info| info.statistics.rx_bytes.to_string()),
    ("errors, discards", |info| faults(&info.statistics).to_string()),
];

fn cookie(cookie: Option<Cookie>) -> String {
    cookie.map_or_else(|| "none".to_owned(), |cookie| cookie.to_string())
}

/// The number of packets that a session counts as errors or discards.
pub(crate) fn faults(of: &Statistics) -> u64 {
    of.tx_errors + of.rx_errors + of.rx_seq_discards + of.rx_cookie_discards + of.rx_oos_packets
}
