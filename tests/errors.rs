//! What people see of an error: who returns it from `main` sees the sentence, and who prints the
//! chain of causes, as anyhow does, sees nothing twice.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use l2tp::error::Operation;
use l2tp::host::{AddressState, NotReady};
use l2tp::netlink::attr::{DecodeError, DecodeReason, EncodeError, EncodeReason, UnknownValue};
use l2tp::netlink::extack::KernelError;
use l2tp::socket::{DescriptorFault, SocketError, SocketKind, SocketOperation};
use l2tp::{Cookie, Error, IfName, TunnelConfig, TunnelId, TunnelSocket, ppp};

fn config_error() -> l2tp::error::ConfigError {
    TunnelConfig::new(l2tp::ProtocolVersion::V3, l2tp::EncapType::Udp, 0, 1).validate().unwrap_err()
}

fn errno(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}

/// An error of each kind that the library has.
fn errors() -> Vec<Box<dyn StdError>> {
    let operation = Operation::CreateStaticTunnel(TunnelId(1));
    let decode = || DecodeError::missing(9).in_struct::<l2tp::TunnelInfo>();
    let encode = || EncodeError::new(EncodeReason::InnerNul);
    let socket_operation = SocketOperation::Open(SocketKind::Udp4);
    let unsuitable = || {
        let file = std::fs::File::open("/dev/null").expect("every system has it");
        TunnelSocket::from_fd(file.into()).unwrap_err()
    };
    vec![
        Error::Config { operation, error: config_error() }.into(),
        Error::Rejected { operation, error: KernelError::from_errno(libc::EEXIST) }.into(),
        Error::NoFamily { errno: libc::ENOENT }.into(),
        Error::Io { operation, error: errno(libc::EMFILE) }.into(),
        Error::Netns { operation, error: errno(libc::EPERM) }.into(),
        Error::Decode { operation, error: decode() }.into(),
        Error::Encode { operation, error: encode() }.into(),
        Error::ReplyLost { operation, error: errno(libc::ENOBUFS) }.into(),
        Error::LookupFailed {
            operation,
            error: Error::ReplyLost { operation, error: errno(libc::EIO) }.into(),
        }
        .into(),
        Error::StillExists { operation, interface: None, waited: Duration::from_secs(1) }.into(),
        Error::from(unsuitable()).into(),
        config_error().into(),
        decode().into(),
        encode().into(),
        DecodeReason::NotCStr.into(),
        EncodeReason::InnerNul.into(),
        UnknownValue::new("Switch", 2).into(),
        KernelError::from_errno(libc::EINVAL).into(),
        SocketError::Config { operation: socket_operation, error: config_error() }.into(),
        SocketError::System { operation: socket_operation, error: errno(libc::EPERM) }.into(),
        unsuitable().into(),
        DescriptorFault::NotSocket.into(),
        DescriptorFault::Unreadable { what: "its type", error: errno(libc::EIO) }.into(),
        ppp::PppError::Config { operation: ppp::PppOperation::OpenDevice, error: config_error() }
            .into(),
        ppp::PppError::System {
            operation: ppp::PppOperation::OpenDevice,
            error: errno(libc::ENOENT),
        }
        .into(),
        ppp::PppError::from(Error::NoFamily { errno: libc::ENOENT }).into(),
        NotReady::Address {
            address: [192, 0, 2, 1].into(),
            state: AddressState::Absent,
            waited: Duration::ZERO,
            error: errno(libc::EADDRNOTAVAIL),
        }
        .into(),
        NotReady::System { addr: None, error: errno(libc::EMFILE) }.into(),
        NotReady::from(config_error()).into(),
        Cookie::new(&[1]).unwrap_err().into(),
        IfName::new("").unwrap_err().into(),
    ]
}

/// `main`, `unwrap` and `expect` print the `Debug` of an error.
#[test]
fn main_shows_the_sentence() {
    for error in errors() {
        let sentence = error.to_string();
        assert_eq!(format!("{error:?}"), sentence);
        assert_eq!(format!("{error:#?}"), sentence);
        assert!(sentence.contains(' '), "no sentence: {sentence}");
    }
}

/// A sentence tells its cause: a chain of causes, as anyhow prints one, would tell it once more.
#[test]
fn no_cause_is_reported_twice() {
    for error in errors() {
        assert!(error.source().is_none(), "{error}: {:?}", error.source());
    }
}
