//! The functions by their names and versions.

mod baskets;
mod dividends;
mod numbers;
mod payouts;
mod pool;
mod reservoirs;
mod shares;
mod stake;
mod state;

use crate::Answer;
use crate::error::Fault;
use crate::read::Field;
use yuma_emission::{Injection, Part, PayoutRule, Rules, ShareBasis};

/// A function of a version that no other has the same of.
type Function = fn(Field<'_>) -> Answer;
/// A function of versions that differ in what the rules say.
type RuledFunction = fn(&Rules, Field<'_>) -> Answer;
type Find = fn(&str) -> Option<RuledFunction>;

/// Runs `{ function, spec_version, in }` and gives what the vectors have as `out`.
pub fn run(request: Field<'_>) -> Answer {
    let rules = Rules::for_spec(request.get("spec_version").int()?)?;
    let name = request.get("function");
    let input = request.get("in").object()?;
    match name.text()? {
        "subnet_shares" | "subnet_shares_sequence" => return shares::by_price(&rules, input),
        "flow_shares" => return shares::by_flow(input),
        "dividend_distribution" => return dividends::distribution(&rules, input),
        "parent_child_dividends" => return dividends::parent_child(&rules, input),
        _ => {}
    }
    let older = match rules.shares.basis {
        ShareBasis::PriceProduct => of_300(name.text()?),
        _ if rules.spec_version == 425 => of_425(name.text()?),
        _ => None,
    };
    if let Some(function) = older {
        return function(input);
    }
    let of_block = injects_with_reservoirs(&rules).then_some(block_with_reservoirs as Find);
    let of_payout = pays_to_baskets(&rules).then_some(payout_to_baskets as Find);
    let name_of = name.text()?;
    let later = [of_block, of_payout].into_iter().flatten();
    match later.filter_map(|find| find(name_of)).next() {
        Some(function) => function(&rules, input),
        None => Err(unknown(&rules, name)),
    }
}

fn injects_with_reservoirs(rules: &Rules) -> bool {
    let injection = rules.block.map(|block| block.injection);
    injection == Some(Injection::WithReservoirs)
}

fn pays_to_baskets(rules: &Rules) -> bool {
    let pays = rules.payout.map(|payout| payout.pays);
    pays == Some(PayoutRule::ToBaskets)
}

fn block_with_reservoirs(name: &str) -> Option<RuledFunction> {
    Some(match name {
        "root_proportion" => reservoirs::root_proportion,
        "subnet_terms" => reservoirs::terms,
        "adjust_liquidity" => reservoirs::adjust_liquidity,
        "swap" => reservoirs::swap,
        "emit_to_subnets" => reservoirs::emit_to_subnets,
        "moving_price" => reservoirs::moving_price,
        "epoch_schedule" => reservoirs::schedule,
        _ => return None,
    })
}

fn payout_to_baskets(name: &str) -> Option<RuledFunction> {
    Some(match name {
        "share_pool" => baskets::share_pool,
        "settle_collateral" => baskets::settle_collateral,
        "distribute_emission" => baskets::distribute_emission,
        "basket_flush" => baskets::basket_flush,
        "mechanism_split" => baskets::mechanism_split,
        _ => return None,
    })
}

fn unknown(rules: &Rules, name: Field<'_>) -> Fault {
    let version = rules.spec_version;
    name.fault(format!(
        "a function whose rules at spec {version} are known"
    ))
}

fn of_300(name: &str) -> Option<Function> {
    Some(match name {
        "subnet_terms" => shares::terms_of_300,
        "pending_split" => shares::pending_of_300,
        "validator_alpha" => shares::validator_alpha_of_300,
        "moving_price" => pool::moving_price_of_300,
        "epoch_schedule" => shares::schedule_of_300,
        _ => return None,
    })
}

fn of_425(name: &str) -> Option<Function> {
    Some(match name {
        "fixed_ops" => numbers::fixed_ops,
        "transcendental" => numbers::transcendental,
        "pow_normalize" => numbers::pow_normalize,
        "pow_ratio_scaled" => numbers::pow_ratio_scaled,
        "block_emission" => shares::block_emission,
        "root_proportion" => shares::root_proportion,
        "subnet_terms" => shares::terms,
        "moving_price" => pool::moving_price,
        "balancer" => pool::balancer,
        "swap" => pool::swap,
        "emit_to_subnets" => pool::emit_to_subnets,
        "epoch_schedule" => shares::schedule,
        "mechanism_split" => payouts::mechanism_split,
        "stake_weights" => stake::weights,
        "share_pool" => stake::share_pool,
        "safe_float" => stake::safe_float_operations,
        "root_claimable" => payouts::root_claimable,
        "distribute_emission" => payouts::distribute_emission,
        _ => return None,
    })
}

/// A part of a hotkey's stake and its relative.
fn part(field: Field<'_>) -> Result<Part, Fault> {
    Ok((field.at(0).int()?, field.at(1).account()?))
}
