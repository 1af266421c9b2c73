//! Comparing with what iproute2 shows.

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

/// Checks that a listing of `ip -j` holds one object with these values. Other versions of iproute2
/// may show more.
pub(crate) fn ensure_shown(listing: &Value, expected: &Map<String, Value>) -> Result<()> {
    let objects = listing.as_array().context("no array")?;
    ensure!(objects.len() == 1, "expected one object: {listing}");
    for (key, value) in expected {
        ensure!(&objects[0][key] == value, "expected {key} to be {value}: {listing}");
    }
    Ok(())
}
