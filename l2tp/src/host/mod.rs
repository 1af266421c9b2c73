//! The host around a tunnel.
//!
//! - [`Links`] creates Ethernet sessions and finds their interface, and follows renames and moves of
//!   interfaces.
//! - [`wait_for_address`], [`wait_for_route`] and [`wait_for_path`] wait until a tunnel can be created.
//! - [`mtu`] computes what a session's headers leave of the path MTU.
//! - [`diagnose`](mod@diagnose) reports what is missing on the host.

pub mod diagnose;
pub(crate) mod links;
pub mod mtu;
pub(crate) mod ready;

pub use diagnose::diagnose;
pub use links::{Interface, InterfaceNamespace, Links};
pub use ready::{
    AddressState, NotReady, wait_for_address, wait_for_address_with, wait_for_path,
    wait_for_path_with, wait_for_route, wait_for_route_with,
};
