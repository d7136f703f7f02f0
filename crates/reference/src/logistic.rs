//! The logistic liquid alpha of the oldest rules: each neuron has an alpha by the consensus on it.

use crate::numbers::{Fixed, ONE, add, div, exp_or_zero, ln_or_zero, mul, proportion, sub};
use crate::rows::{self, Row, Rows};
use yuma_types::{LiquidAlpha, Rules, Subnet};

/// The alpha of each neuron; none where the rules or the subnet have no such alpha, nor where too few neurons have a
/// consensus.
pub fn alphas(rules: &Rules, subnet: &Subnet<'_>, consensus: &[Fixed]) -> Option<Vec<Fixed>> {
    if rules.liquid_alpha != LiquidAlpha::Logistic || !subnet.liquid_alpha_on {
        return None;
    }
    let (first_quartile, third_quartile) = (quartile(consensus, 1), quartile(consensus, 3));
    if first_quartile == 0 && third_quartile == 0 {
        return None;
    }
    let low = proportion(subnet.alpha_low);
    let high = proportion(subnet.alpha_high);
    let (a, b) = if first_quartile < third_quartile && low != 0 && high != 0 {
        let rise = sub(log_odds(high), log_odds(low));
        let a = div(rise, sub(first_quartile, third_quartile));
        (a, add(log_odds(low), mul(a, first_quartile)))
    } else {
        (0, 0)
    };
    let alpha = |&c: &Fixed| {
        let curve = div(ONE, add(ONE, exp_or_zero(sub(b, mul(a, c)))));
        // Where low is above high, low wins.
        curve.min(high).max(low)
    };
    Some(consensus.iter().map(alpha).collect())
}

/// The logarithm of what is left of one beside `alpha`, as a multiple of it.
fn log_odds(alpha: Fixed) -> Fixed {
    ln_or_zero(sub(div(ONE, alpha), ONE))
}

/// What a quarter (or two, or three) of the values lie below, on a straight line between neighbours.
fn quartile(values: &[Fixed], quarters: i64) -> Fixed {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let quarters_of_steps = quarters * (sorted.len() as i64 - 1);
    let below = (quarters_of_steps / 4) as usize;
    let Some(&above) = sorted.get(below + 1) else {
        return sorted[below];
    };
    let way = (quarters_of_steps % 4) * (ONE / 4);
    add(sorted[below], mul(sub(above, sorted[below]), way))
}

/// The moving average with an alpha for each neuron. Of a uid that repeats among the new the last counts; among the old
/// all add up. What is not positive is dropped.
pub fn moving_average(new: &[Row], old: &[Row], alphas: &[Fixed]) -> Rows {
    let columns = new.len();
    let average = |(new, old): (&Row, &Row)| {
        let mut cells = vec![0; columns];
        for (j, value) in rows::dense(new, columns).into_iter().enumerate() {
            cells[j] = mul(alphas[j], value);
        }
        for &(j, value) in old {
            let j = usize::from(j);
            if j < columns {
                cells[j] = add(cells[j], mul(sub(ONE, alphas[j]), value));
            }
        }
        rows::positive_entries(&cells)
    };
    new.iter().zip(old).map(average).collect()
}
