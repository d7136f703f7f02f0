//! The own part of a block, as columns.

use super::fields::{CoinbaseBlockOut, CoinbaseOut};
use yuma_emission::Coinbase;

/// The columns of a block's own part.
pub fn columns(coinbase: &Coinbase) -> CoinbaseOut {
    let mut out = CoinbaseOut {
        block: CoinbaseBlockOut::of(coinbase.block, coinbase.minted),
        ..CoinbaseOut::default()
    };
    let table = &mut out.terms;
    for terms in &coinbase.subnets {
        table.netuid.push(terms.netuid);
        table.emitted_to.push(terms.emitted_to.into());
        table.due.push(terms.due.into());
        table.tao_in.push(terms.tao_in);
        table.alpha_in.push(terms.alpha_in);
        table.alpha_out.push(terms.alpha_out);
        table.owner.push(terms.owner);
        table.participants.push(terms.participants);
        table.root_alpha.push(terms.root_alpha);
    }
    out
}
