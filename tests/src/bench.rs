//! How fast the house is, and how much it needs, beside what the machine can do at best.
//!
//! 1. [`ground`]: a house whose interview runs, and a bare echo beside it, in one process, over the same kind of mutual TLS.
//! 2. [`load`]: callers who each have a connection of their own and call again as soon as they are answered.
//! 3. [`rounds`]: echo, acts, echo, acts …; what counts is the ratio within a round. Then the log is exported and verified, and holds
//!    exactly the acts that were acknowledged.
//! 4. [`raw`]: the same rows, committed in groups without a house around them.
//! 5. [`seen`]: how long until eight people see a question, beside a bare stream with a commit, and beside [`redis`]; and its commits.
//! 6. [`memory`]: what an idle house needs, and what calls add to it, each in a process of its own.
//! 7. [`watchers`]: the same of a thousand who only watch.
//!
//! Holds no rule of the house. Figures of another machine cannot be compared; ratios can, roughly.

pub mod echo;
pub mod ground;
pub mod load;
pub mod memory;
pub mod raw;
pub mod redis;
pub mod rounds;
pub mod seen;
pub mod watchers;

/// Callers of the figures whose name says 64.
pub const MANY: usize = 64;

/// The middle of some figures; of an even number, the lower middle.
#[must_use]
pub fn median(figures: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = figures.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 3.0, 2.0]), Some(2.0));
        assert_eq!(median([]), None);
    }
}
