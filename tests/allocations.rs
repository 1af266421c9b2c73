//! Counting what is taken from the heap.
//!
//! A program that links this has the counting allocator of the crate `allocation-counter`, which
//! counts thread by thread: what other tests do meanwhile is not counted.

/// The allocations of `work`, on the calling thread, and what it returned.
pub fn count<T>(work: impl FnOnce() -> T) -> (u64, T) {
    let mut returned = None;
    let counted = allocation_counter::measure(|| returned = Some(work()));
    match returned {
        Some(returned) => (counted.count_total, returned),
        None => unreachable!("the work was done"),
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::count;

    #[test]
    fn each_allocation_counts() {
        assert_eq!(count(|| 7), (0, 7));
        assert_eq!(count(|| black_box(vec![1, 2, 3]).len()), (1, 3));
        let mut bytes = Vec::with_capacity(4);
        assert_eq!(count(|| bytes.extend([1; 4])), (0, ()));
        assert_eq!(count(|| bytes.push(1)).0, 1, "growth");
    }
}
