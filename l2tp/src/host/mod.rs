//! What surrounds a tunnel on its host: interfaces, addresses and routes, the MTU, and a diagnosis
//! of what is missing.

pub mod diagnose;
pub(crate) mod links;
pub mod mtu;
pub(crate) mod ready;

pub use diagnose::diagnose;
pub use links::{Interface, Links, Place};
pub use ready::{
    AddressState, NotReady, wait_for_address, wait_for_address_with, wait_for_path,
    wait_for_path_with, wait_for_route, wait_for_route_with,
};
