//! From incentive and dividends to rao.

use crate::numbers::{Fixed, add, divide_all, normalize, sum};

/// Each neuron's part of the emission, before it is turned into rao.
pub struct Shares {
    pub server: Vec<Fixed>,
    pub validator: Vec<Fixed>,
    pub combined: Vec<Fixed>,
}

/// Servers have a part by incentive, validators by dividends. Where nobody earned either, validators have it all by
/// active stake, or by stake where no stake is active.
pub fn shares(
    incentive: &[Fixed],
    dividends: &[Fixed],
    stake: &[Fixed],
    active_stake: &[Fixed],
) -> Shares {
    let combined: Vec<Fixed> = incentive
        .iter()
        .zip(dividends)
        .map(|(&incentive, &dividend)| add(incentive, dividend))
        .collect();
    let total = sum(combined.iter().copied());
    let server = divide_all(incentive, total);
    if total != 0 {
        return Shares {
            server,
            validator: divide_all(dividends, total),
            combined: normalize(&combined),
        };
    }
    let by_stake = if sum(active_stake.iter().copied()) == 0 {
        stake
    } else {
        active_stake
    };
    Shares {
        server,
        validator: by_stake.to_vec(),
        combined: by_stake.to_vec(),
    }
}

/// Each share of the emission in whole rao, rounded down; 0 for negative shares.
pub fn rao(shares: &[Fixed], emission: u64) -> Vec<u64> {
    let part = |&share: &Fixed| (i128::from(share) * i128::from(emission)) >> 32;
    let clamp = |rao: i128| rao.clamp(0, i128::from(u64::MAX)) as u64;
    shares.iter().map(part).map(clamp).collect()
}
