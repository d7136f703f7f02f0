//! The functions by their names and versions.

mod dividends;
mod numbers;
mod payouts;
mod pool;
mod shares;
mod stake;
mod state;

use crate::Answer;
use crate::error::Fault;
use crate::read::Field;
use yuma_emission::{Part, Rules, ShareBasis};

/// A function of a version of which all of a block is known.
type Function = fn(Field<'_>) -> Answer;

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
    let function = match rules.shares.basis {
        ShareBasis::PriceProduct => of_300(name.text()?),
        _ if rules.spec_version == 425 => of_425(name.text()?),
        _ => None,
    };
    match function {
        Some(function) => function(input),
        None => Err(unknown(&rules, name)),
    }
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
