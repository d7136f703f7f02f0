//! What the validators agree on.

use crate::numbers::{Fixed, add, normalize, sub, sum};
use crate::rows::{self, Row, Rows};

/// For each neuron, the stake-weighted median of the weights it is given: the most that a `kappa` share of the stake
/// grants it. A validator that gives it none grants 0.
pub fn medians(active_stake: &[Fixed], weights: &[Row], kappa: Fixed) -> Vec<Fixed> {
    let columns = weights.len();
    let voters: Vec<usize> = (0..columns).filter(|&i| active_stake[i] > 0).collect();
    let stakes: Vec<Fixed> = voters.iter().map(|&i| active_stake[i]).collect();
    let stakes = normalize(&stakes);
    let votes: Vec<Vec<Fixed>> = voters
        .iter()
        .map(|&i| rows::dense(&weights[i], columns))
        .collect();

    let ballot = |j: usize| -> Vec<Ballot> {
        let on_j = votes.iter().map(|row| row[j]);
        on_j.zip(stakes.iter().copied())
            .map(|(score, stake)| Ballot { score, stake })
            .collect()
    };
    (0..columns).map(|j| median(ballot(j), kappa)).collect()
}

/// One validator's score for a neuron, and its share of the validators' stake.
#[derive(Clone, Copy)]
struct Ballot {
    score: Fixed,
    stake: Fixed,
}

/// The score at which the stake, taken from the lowest score up, passes what `kappa` leaves to the minority.
///
/// For stakes that are positive and add up without overflow this is the lowest score whose stake, together with all
/// below, is more than the minority, or the highest score where there is none. Stakes that wrapped need not be like
/// that, so the search is the chain's: it narrows in on the part of the stake axis where the minority ends, each time
/// around the score in the middle of the list, and remembers where that part begins and ends.
fn median(mut ballots: Vec<Ballot>, kappa: Fixed) -> Fixed {
    let mut begin = 0;
    let mut end = stake_of(&ballots);
    let minority = sub(end, kappa);

    loop {
        let Some(&Ballot { score: pivot, .. }) = ballots.get(ballots.len() / 2) else {
            return 0;
        };
        let (below, rest): (Vec<_>, Vec<_>) = ballots.into_iter().partition(|b| b.score < pivot);
        let above: Vec<_> = rest.into_iter().filter(|b| b.score > pivot).collect();
        let pivot_begin = add(begin, saturating_stake_of(&below));
        let pivot_end = sub(end, saturating_stake_of(&above));

        if minority < pivot_begin && !below.is_empty() {
            end = pivot_begin;
            ballots = below;
        } else if pivot_end <= minority && !above.is_empty() {
            begin = pivot_end;
            ballots = above;
        } else {
            return pivot;
        }
    }
}

fn stake_of(ballots: &[Ballot]) -> Fixed {
    sum(ballots.iter().map(|b| b.stake))
}

fn saturating_stake_of(ballots: &[Ballot]) -> Fixed {
    ballots.iter().fold(0, |total, b| add(total, b.stake))
}

/// The weights cut down to the consensus. Where the consensus is 0 a positive weight goes, an explicit 0 stays.
pub fn clip(weights: &[Row], consensus: &[Fixed]) -> Rows {
    let limit = |j: u16| consensus[usize::from(j)];
    let clip_row = |row: &Row| {
        row.iter()
            .map(|&(j, weight)| (j, weight, limit(j)))
            .filter(|&(_, weight, limit)| weight <= limit || limit > 0)
            .map(|(j, weight, limit)| (j, weight.min(limit)))
            .collect()
    };
    weights.iter().map(clip_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers::ONE;

    /// The definition in words, for stakes that are positive and do not overflow.
    fn median_by_sorting(mut ballots: Vec<Ballot>, kappa: Fixed) -> Fixed {
        let minority = stake_of(&ballots) - kappa;
        ballots.sort_by_key(|b| b.score);
        let up_to = |score: Fixed| -> Fixed {
            let included = ballots.iter().filter(|b| b.score <= score);
            included.map(|b| b.stake).sum()
        };
        let passing = ballots.iter().find(|b| up_to(b.score) > minority);
        passing.or(ballots.last()).map_or(0, |b| b.score)
    }

    /// A small deterministic generator, so that a failure can be repeated.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) % bound
        }
    }

    #[test]
    fn the_search_finds_what_sorting_finds() {
        let mut random = Random(425);
        for _ in 0..100_000 {
            let voters = random.below(9);
            // Few distinct scores and stakes, so that ties and exact hits on the minority are common.
            let stakes: Vec<Fixed> = (0..voters).map(|_| 1 + random.below(6) as Fixed).collect();
            let ballots: Vec<Ballot> = normalize(&stakes)
                .into_iter()
                .map(|stake| Ballot {
                    stake,
                    score: random.below(5) as Fixed,
                })
                .collect();
            let kappa = match random.below(4) {
                0 => 0,
                1 => ONE,
                2 => ONE / (1 + random.below(6) as Fixed),
                _ => random.below(ONE as u64) as Fixed,
            };
            assert_eq!(
                median(ballots.clone(), kappa),
                median_by_sorting(ballots, kappa)
            );
        }
    }
}
