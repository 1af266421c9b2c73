//! What a person sees: a line a step, details beneath it, a table of what both ends count.
//!
//! Colours appear on a terminal, or when CLICOLOR_FORCE asks for them: the program may run where
//! the terminal is not.

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

/// Where it is shown.
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

    /// Says what happens next.
    pub(crate) fn step(&self, text: &str) {
        println!("{} {}", self.paint(GREEN, "●"), self.paint(BOLD, text));
    }

    /// Adds what came of it at one end.
    pub(crate) fn detail(&self, end: &str, text: impl Display) {
        println!("  {} {text}", self.paint(DIM, &format!("{end:<6}")));
    }

    pub(crate) fn success(&self, text: impl Display) {
        println!("\n{}", self.paint(GREEN, &text.to_string()));
    }

    pub(crate) fn failure(&self, error: &dyn Error) {
        eprintln!("{}: {error}", self.paint(RED, "The demo failed"));
    }

    /// What both ends say of their session, side by side.
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

/// The table: a title, and how each end's value is found.
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

/// All that a session counts of packets that did not make it.
pub(crate) fn faults(of: &Statistics) -> u64 {
    of.tx_errors + of.rx_errors + of.rx_seq_discards + of.rx_cookie_discards + of.rx_oos_packets
}
