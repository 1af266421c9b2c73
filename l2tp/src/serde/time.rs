//! Times as whole milliseconds, which is what the kernel counts in.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::types::codec::millis;

pub(super) fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    millis(*time).serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    u64::deserialize(deserializer).map(Duration::from_millis)
}

/// A time that may be missing.
pub(super) mod option {
    use super::{Deserialize, Deserializer, Duration, Serialize, Serializer, millis};

    #[expect(clippy::ref_option, reason = "serde hands out the field so")]
    pub(in super::super) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(millis).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::deserialize(deserializer)?.map(Duration::from_millis))
    }
}
