//! Datagrams as the kernel builds them.

/// The type of the family's messages in these tests.
pub(crate) const FAMILY: u16 = 28;

/// Builds replies to the request with a sequence number.
#[derive(Clone, Copy)]
pub(crate) struct Reply {
    seq: u32,
    flags: u16,
}

impl Reply {
    pub(crate) fn to(seq: u32) -> Self {
        Self { seq, flags: 0 }
    }

    pub(crate) fn flags(self, flags: u16) -> Self {
        Self { flags, ..self }
    }

    /// Any message, padded.
    pub(crate) fn message(self, kind: u16, body: &[u8]) -> Vec<u8> {
        let len = u32::try_from(16 + body.len()).expect("a small message");
        let mut bytes = len.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend(self.flags.to_ne_bytes());
        bytes.extend(self.seq.to_ne_bytes());
        bytes.extend([0x39, 0x30, 0, 0]);
        bytes.extend(body);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    /// A message of the family: `L2TP_CMD_TUNNEL_GET` with these attributes.
    pub(crate) fn reply(self, attrs: &[u8]) -> Vec<u8> {
        self.message(FAMILY, &[&[4, 1, 0, 0], attrs].concat())
    }

    /// `NLMSG_ERROR` with a header of a request without attributes.
    pub(crate) fn error(self, errno: i32) -> Vec<u8> {
        let request = Self::to(self.seq).message(FAMILY, &[]);
        self.flags(0x100).message(2, &[&errno.to_ne_bytes()[..], &request].concat())
    }

    /// `NLMSG_ERROR` with the request's header and attributes.
    pub(crate) fn capped_error(self, errno: i32, request: &[u8], tlvs: &[u8]) -> Vec<u8> {
        let body = [&errno.to_ne_bytes(), &request[..16], tlvs].concat();
        self.flags(0x300).message(2, &body)
    }

    /// `NLMSG_ERROR` with the whole request and attributes.
    pub(crate) fn quoting_error(self, errno: i32, request: &[u8], tlvs: &[u8]) -> Vec<u8> {
        let body = [&errno.to_ne_bytes(), request, tlvs].concat();
        self.flags(0x200).message(2, &body)
    }

    /// `NLMSG_DONE`.
    pub(crate) fn done(self, number: i32) -> Vec<u8> {
        self.message(3, &number.to_ne_bytes())
    }
}
