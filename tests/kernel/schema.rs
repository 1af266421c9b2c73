//! The derived types against the running kernel's own account of itself.

use anyhow::{Result, ensure};
use l2tp::schema::{self, DifferenceKind, KNOWN_DIFFERENCES, PolicyDifference};

use crate::support::{Net, tests};

tests![the_kernels_policy_differs_only_where_it_is_explained];

fn the_kernels_policy_differs_only_where_it_is_explained() -> Result<()> {
    let net = Net::new()?;
    let found = net.run(|| Ok(schema::differences()?))?;
    let unexplained: Vec<String> = found
        .iter()
        .filter(|difference| difference.explanation().is_none())
        .map(ToString::to_string)
        .collect();
    ensure!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    // An explanation that no kernel needs any more explains nothing.
    for known in KNOWN_DIFFERENCES {
        ensure!(found.contains(&known.difference), "not found: {}", known.difference);
    }
    // A policy that was not read at all would differ in every attribute.
    let absent = |it: &&PolicyDifference| it.kind == DifferenceKind::NotInPolicy;
    ensure!(found.iter().filter(absent).count() == KNOWN_DIFFERENCES.len(), "{found:?}");
    Ok(())
}
