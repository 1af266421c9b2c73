//! Generic netlink, with nothing of L2TP in it.

pub mod attr;
