//! How much more than the floor an operation may cost.

use record::{Clock, Name, Operation, Pseudowire};

use super::figures::Figures;

/// The most that `who` may need as a multiple of the floor, where instructions are counted. What
/// guards cost is stated, not bounded: it is a question more an operation.
pub(super) fn bound(operation: Operation, who: Name, pseudowire: Pseudowire) -> Option<f64> {
    use Operation::{Create, Delete, Dump, Get};
    match (who, operation, pseudowire) {
        (Name::Conn | Name::Batch, Create | Delete, _) => Some(1.05),
        (Name::Conn | Name::Batch, Get, _) => Some(1.06),
        // A row of Ethernet has a name more.
        (Name::Tokio, Dump, Pseudowire::Eth) => Some(1.25),
        (Name::Conn, Dump, Pseudowire::Eth) | (Name::Tokio, Dump, Pseudowire::Ppp) => Some(1.20),
        (Name::Conn, Dump, Pseudowire::Ppp) | (Name::Tokio, Create | Get | Delete, _) => Some(1.15),
        _ => None,
    }
}

/// The bounds that do not hold, each in words.
pub(super) fn exceeded(figures: &Figures) -> Vec<String> {
    let mut faults = Vec::new();
    let situations = figures.situations().into_iter();
    for at in situations.filter(|(clock, ..)| *clock == Clock::Processor) {
        let (_, pseudowire, sessions) = at;
        for operation in [Operation::Create, Operation::Get, Operation::Delete, Operation::Dump] {
            for who in Name::ALL {
                let Some(bound) = bound(operation, who, pseudowire) else { continue };
                let Some(ratio) = figures.ratio(at, operation, who) else { continue };
                if ratio > bound {
                    faults.push(format!(
                        "{operation:?} among {sessions} sessions of sort {pseudowire:?} through \
                         {} costs {ratio:.3} times the floor, at most {bound:.2}",
                        who.title()
                    ));
                }
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::figures::tests::figures;

    #[test]
    fn what_exceeds_its_bound_is_named() {
        let good =
            figures(&[(Name::Floor, 100.0), (Name::Conn, 106.0), (Name::ConnGuarded, 200.0)]);
        assert!(exceeded(&good).is_empty());
        let bad = figures(&[(Name::Floor, 100.0), (Name::Conn, 106.1), (Name::Tokio, 115.1)]);
        let faults = exceeded(&bad);
        assert_eq!(faults.len(), 2);
        assert!(faults[0].contains("1.061 times"), "{faults:?}");
    }
}
