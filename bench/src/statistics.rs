//! Medians, spreads and quantiles.

/// The middle of several repetitions, and how far they lay apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Summary {
    /// `None` when there is nothing to summarise.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (low, high) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        };
        Some(Self { median, low, high })
    }
}

/// The smallest value that at least `share` of `sorted` do not exceed (the nearest rank); zero
/// when there is none.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let wanted = share * as_f64(sorted.len());
    let rank = (1..=sorted.len()).find(|rank| as_f64(*rank) >= wanted);
    rank.map_or(0.0, |rank| sorted[rank - 1])
}

/// Counts are far below 2^52, where every whole number is a float.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn as_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_between_the_middle_two() {
        let summary = Summary::of([4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!((summary.low, summary.median, summary.high), (1.0, 2.5, 4.0));
    }

    #[test]
    fn the_median_of_an_odd_number_is_the_middle_one() {
        let summary = Summary::of([9.0, 1.0, 2.0]).unwrap();
        assert_eq!((summary.low, summary.median, summary.high), (1.0, 2.0, 9.0));
    }

    #[test]
    fn nothing_has_no_summary() {
        assert_eq!(Summary::of([]), None);
    }

    #[test]
    fn quantiles_are_nearest_ranks() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        let at = |share| quantile(&hundred, share);
        assert_eq!((at(0.5), at(0.99), at(1.0)), (50.0, 99.0, 100.0));
        assert_eq!((quantile(&[7.0], 0.01), quantile(&[], 0.5)), (7.0, 0.0));
    }
}
