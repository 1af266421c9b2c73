//! Generic netlink, with nothing of L2TP in it.
//!
//! Each module is one step between a struct and the kernel, in this order on the way down:
//! [`attr`] (a struct's fields as attributes), [`message`] (headers around them), [`exchange`]
//! (sequence numbers, acknowledgements, errors; no input or output), [`socket`] (the system calls).
//! [`ctrl`] finds a family's number and [`extack`] reads the kernel's refusals. All of it is
//! public: another family is bound with the same derive macros and the same exchange.
//!
//! # Another family, from its structs to an answer
//!
//! ```no_run
//! use l2tp::netlink::attr::{FromAttrs, ToAttrs};
//! use l2tp::netlink::ctrl::{Family, FamilyName, GET_FAMILY};
//! use l2tp::netlink::exchange::{Exchange, Progress};
//! use l2tp::netlink::socket::Socket;
//!
//! let socket = Socket::open()?;
//! let mut exchange = Exchange::new();
//! exchange.start();
//! exchange.push(&GET_FAMILY, |out| FamilyName { name: c"nl80211" }.to_attrs(out))?;
//! socket.send(exchange.outgoing())?;
//! exchange.sent();
//! loop {
//!     match exchange.poll()? {
//!         Progress::NeedData => {
//!             let len = socket.recv(exchange.space())?;
//!             exchange.received(len)?;
//!         }
//!         Progress::Reply(_) => {
//!             let family = Family::from_attrs(exchange.message()?.attrs()?)?;
//!             println!("{:?} is family {}", family.name, family.id);
//!             break;
//!         }
//!         Progress::Failed(_, error) => return Err(error.into()),
//!         Progress::Acked(_) | Progress::Done | Progress::Interrupted => break,
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod attr;
pub mod ctrl;
pub(crate) mod driver;
pub(crate) mod error;
pub mod exchange;
pub mod extack;
pub mod inbox;
pub mod message;
pub mod socket;
pub(crate) mod transport;

pub use error::Error;
