//! What a subnet's emission becomes: TAO and alpha into the pool, alpha out, and TAO that buys alpha.

use crate::num::u96f32;
use yuma_fixed::{U64F64, U96F32};

/// One subnet's terms of a block, in rao with 32 fraction bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// TAO to inject into the pool.
    pub tao_in: U96F32,
    /// Alpha to inject into the pool.
    pub alpha_in: U96F32,
    /// Alpha for the subnet's participants; an integer.
    pub alpha_out: U96F32,
    /// TAO that the injection has no room for: it buys alpha from the pool.
    pub excess_tao: U96F32,
}

impl Terms {
    /// The terms of a subnet that gets `tao_emission`, mints `alpha_emission` rao and whose alpha
    /// costs `price`.
    ///
    /// Alpha is injected to match the TAO at the pool's price, but not above `root_proportion` of the
    /// alpha minted. A price that 32 fraction bits cannot tell from 0 injects all the TAO and no alpha.
    ///
    /// Follows `get_subnet_terms` of `coinbase/run_coinbase.rs`, spec 425.
    pub fn new(
        tao_emission: U96F32,
        alpha_emission: u64,
        price: U64F64,
        root_proportion: U96F32,
    ) -> Self {
        let price = U96F32::saturating_from(price);
        let alpha_out = u96f32(alpha_emission);
        let cap = root_proportion.saturating_mul(alpha_out);
        let uncapped = tao_emission.safe_div(price);
        let (tao_in, alpha_in) = if uncapped > cap {
            (cap.saturating_mul(price), cap)
        } else {
            (tao_emission, uncapped)
        };
        Self {
            tao_in,
            alpha_in,
            alpha_out,
            excess_tao: tao_emission.saturating_sub(tao_in),
        }
    }
}
