//! The own part of a block: what it gives each subnet before any epoch, also of versions of which the rest
//! of the block is not known.

use crate::block::{BlockReport, SubnetEmission};
use crate::block_rules::BlockRules;
use crate::issuance::block_emission;
use crate::network::Network;
use crate::num::u96f32;
use crate::root::{proportion_u16, root_proportion};
use crate::rules::{Rules, ShareBasis};
use crate::spec300::{self, PendingSplit};
use crate::subnet::Subnet;
use yuma_fixed::U96F32;
use yuma_types::InputError;

/// What a block gives one subnet, in rao.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CoinbaseTerms {
    /// The subnet.
    pub netuid: u16,
    /// Whether emission goes to it; where not, all amounts are 0.
    pub emitted_to: bool,
    /// Whether an epoch of it is due.
    pub due: bool,
    /// TAO injected.
    pub tao_in: u64,
    /// Alpha injected.
    pub alpha_in: u64,
    /// Alpha minted for participants.
    pub alpha_out: u64,
    /// Alpha that waits for the owner.
    pub owner: u64,
    /// Alpha that waits for miners and validators. Of spec 300 only where root's part could be sold.
    pub participants: u64,
    /// Root's part in alpha: of spec 300 what is to be sold for TAO, later what waits.
    pub root_alpha: u64,
}

/// The own part of a block.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coinbase {
    /// The block.
    pub block: u64,
    /// Rao of TAO minted.
    pub minted: u64,
    /// Every subnet, in the order of the chain.
    pub subnets: Vec<CoinbaseTerms>,
}

impl Network {
    /// The own part of the next block. The network stays as it is.
    ///
    /// # Errors
    /// It is known of the versions whose own part of a block is known, and of spec 300.
    pub fn coinbase(&self, rules: &Rules) -> Result<Coinbase, InputError> {
        if rules.shares.basis == ShareBasis::PriceProduct {
            return Ok(self.coinbase_by_product(rules));
        }
        let steps = rules.own_part()?;
        Ok(self.without_participants().coinbase_of_block(rules, &steps))
    }

    /// Follows `run_coinbase` of `coinbase/run_coinbase.rs`, spec 300.
    fn coinbase_by_product(&self, rules: &Rules) -> Coinbase {
        let block = self.globals.block.saturating_add(1);
        let minted = block_emission(self.globals.total_issuance).unwrap_or(0);
        let shared = self.share_by_product(minted);
        let mut emissions = shared.into_iter().map(|subnet| subnet.emission);
        let terms = |subnet: &Subnet| {
            let due = rules.is_due(subnet, block);
            let none = CoinbaseTerms {
                netuid: subnet.netuid,
                due,
                ..CoinbaseTerms::default()
            };
            match subnet.first_emission_block.and_then(|_| emissions.next()) {
                None => none,
                Some(emission) => CoinbaseTerms {
                    netuid: subnet.netuid,
                    due,
                    ..self.terms_of_300(subnet, emission)
                },
            }
        };
        Coinbase {
            block,
            minted,
            subnets: self.subnets().iter().map(terms).collect(),
        }
    }

    fn terms_of_300(&self, subnet: &Subnet, emission: U96F32) -> CoinbaseTerms {
        let concentrated = &subnet.concentrated;
        let pool = spec300::Subnet {
            mechanism: subnet.pool.mechanism,
            moving_price: subnet.moving_price,
            sqrt_price: concentrated.initialized.then_some(concentrated.sqrt_price),
            tao: subnet.pool.tao,
            alpha_in: subnet.pool.alpha,
            tao_provided: concentrated.tao_provided,
            alpha_provided: concentrated.alpha_provided,
            alpha_out: subnet.alpha_out,
            registration_allowed: subnet.registration_allowed
                || concentrated.pow_registration_allowed,
        };
        let terms = pool.terms(emission);
        let alpha_in = terms.alpha_in.saturating_to_u64();
        let alpha_out = terms.alpha_out.saturating_to_u64();
        // Root's part is that of the alpha there is after the injection.
        let issuance = subnet
            .pool
            .alpha
            .saturating_add(alpha_in)
            .saturating_add(subnet.alpha_out.saturating_add(alpha_out));
        let root = root_proportion(self.weighted_root_tao(), issuance);
        let cut = proportion_u16(self.globals.subnet_owner_cut);
        let pending = PendingSplit::new(u96f32(alpha_out), cut, root);
        CoinbaseTerms {
            emitted_to: true,
            tao_in: terms.tao_in.saturating_to_u64(),
            alpha_in,
            alpha_out,
            owner: pending.owner,
            participants: pending.rest,
            root_alpha: pending.root,
            ..CoinbaseTerms::default()
        }
    }

    fn coinbase_of_block(mut self, rules: &Rules, steps: &BlockRules) -> Coinbase {
        let block = self.globals.block.saturating_add(1);
        self.globals.block = block;
        let report = self.begin_block(rules, steps);
        let due = self.subnets().iter().map(|subnet| CoinbaseTerms {
            due: rules.is_due(subnet, block),
            ..terms_of(subnet, &report)
        });
        Coinbase {
            block,
            minted: report.minted,
            subnets: due.collect(),
        }
    }
}

fn terms_of(subnet: &Subnet, report: &BlockReport) -> CoinbaseTerms {
    let netuid = subnet.netuid;
    let emission = report.subnets.iter().find(|e| e.netuid == netuid);
    let none = SubnetEmission::default();
    let SubnetEmission {
        tao_in,
        alpha_in,
        alpha_out,
        pending,
        ..
    } = *emission.unwrap_or(&none);
    CoinbaseTerms {
        netuid,
        emitted_to: emission.is_some(),
        due: false,
        tao_in,
        alpha_in,
        alpha_out,
        owner: pending.owner,
        participants: pending.server.saturating_add(pending.validator),
        root_alpha: pending.root,
    }
}
