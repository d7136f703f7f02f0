//! The own part of a block, as columns.

use super::columns::put;
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
        put(&mut table.netuid, terms.netuid);
        put(&mut table.emitted_to, terms.emitted_to.into());
        put(&mut table.due, terms.due.into());
        put(&mut table.tao_in, terms.tao_in);
        put(&mut table.alpha_in, terms.alpha_in);
        put(&mut table.alpha_out, terms.alpha_out);
        put(&mut table.owner, terms.owner);
        put(&mut table.participants, terms.participants);
        put(&mut table.root_alpha, terms.root_alpha);
    }
    out
}
