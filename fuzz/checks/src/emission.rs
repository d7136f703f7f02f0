//! Blocks, payouts and swaps of arbitrary networks: they end in an answer or a typed error, what is paid adds up, and
//! epochs by the engine and by the reference leave the same network.

use crate::network::network;
use crate::values::{any, rao, word};
use arbitrary::{Result, Unstructured};
use yuma_emission::{
    BlockReport, Compute, InputError, Network, Path, Rules, Side, StakeCount, YumaEpochs,
};

/// See the module.
pub fn check(data: &[u8]) {
    let u = &mut Unstructured::new(data);
    // Bytes that are too few for what they choose are no input.
    let Ok(Some(network)) = network(u) else {
        return;
    };
    let _ = match any(u) {
        Ok(true) => run(u, network),
        _ => parts(u, network),
    };
}

/// A version of which at least the shares are known, those of which all is known often.
fn rules(u: &mut Unstructured<'_>) -> Result<Rules> {
    let spec_version = match u.int_in_range(0..=3)? {
        0 => {
            let spans = Path::Shares.spans();
            let span = u.choose(&spans)?;
            u.int_in_range(span.first..=span.last)?
        }
        1 => 425,
        _ => *u.choose(&[473, 475])?,
    };
    Ok(Rules::for_spec(spec_version).expect("of a span of known versions"))
}

/// A few blocks, with swaps between them.
fn run(u: &mut Unstructured<'_>, mut network: Network) -> Result<()> {
    let rules = rules(u)?;
    for _ in 0..u.int_in_range(1..=3)? {
        swap(u, &mut network)?;
        let mut plain = network.clone();
        let ours = block(&mut network, &rules, yuma_epoch::subnet_epoch);
        let stepwise = block(&mut plain, &rules, reference);
        assert_eq!(ours, stepwise, "by the engine, by the reference");
        assert!(
            network == plain,
            "the engine and the reference leave other networks"
        );
        let Ok(report) = ours else {
            return Ok(());
        };
        adds_up(&network, &report);
    }
    Ok(())
}

fn block(
    network: &mut Network,
    rules: &Rules,
    compute: Compute,
) -> std::result::Result<BlockReport, InputError> {
    let mut epochs = YumaEpochs::computed_by(compute, rules.spec_version)?;
    network.run_block(rules, &mut epochs)
}

/// The plain implementation, behind the engine's own check.
fn reference(
    rules: &yuma_epoch::Rules,
    subnet: &yuma_epoch::Subnet<'_>,
    mechanisms: &[yuma_epoch::Mechanism<'_>],
    split: Option<&[u16]>,
    pools: yuma_epoch::Pools,
    settings: yuma_epoch::Settings,
) -> std::result::Result<yuma_epoch::SubnetOutput, InputError> {
    yuma_epoch::check_input(rules, subnet, mechanisms, split)?;
    let output =
        yuma_reference::subnet_epoch(rules, subnet, mechanisms, split, pools, settings.trace);
    yuma_epoch::check_output(rules, subnet, mechanisms, &output)?;
    Ok(output)
}

fn adds_up(network: &Network, report: &BlockReport) {
    if let Err(imbalance) = report.check_tao() {
        panic!("{imbalance}: {report:?}");
    }
    for payout in &report.payouts {
        if hands_out_more(network, payout.netuid) {
            continue;
        }
        if let Err(imbalance) = payout.check_alpha() {
            panic!("{imbalance}: {payout:?}");
        }
    }
}

/// Whether the parts that a subnet's mechanisms have of an emission are more than all of it. The chain lets nobody set
/// such a split; what it would pay by one is more than there is.
fn hands_out_more(network: &Network, netuid: u16) -> bool {
    let subnet = network.subnet(netuid).expect("one of its netuids");
    let split = subnet.consensus.as_ref().and_then(|c| c.split.as_deref());
    let parts = split.unwrap_or_default().iter();
    parts.map(|&part| u32::from(part)).sum::<u32>() > u16::MAX.into()
}

fn swap(u: &mut Unstructured<'_>, network: &mut Network) -> Result<()> {
    let netuids: Vec<u16> = network.subnets().iter().map(|s| s.netuid).collect();
    if netuids.is_empty() || any(u)? {
        return Ok(());
    }
    let netuid = *u.choose(&netuids)?;
    let side = *u.choose(&[Side::BuyAlpha, Side::SellAlpha])?;
    let (amount, limit, drop_fees) = (rao(u)?, word(u)?, any(u)?);
    let count = *u.choose(&[StakeCount::Requested, StakeCount::Paid])?;
    let before = network.subnet(netuid).expect("one of its netuids").pool;
    let swapped = network
        .swap(netuid, side, amount, limit, drop_fees, count)
        .expect("one of its netuids");
    if let Ok(swap) = swapped
        && before.mechanism == 1
    {
        let after = network.subnet(netuid).expect("one of its netuids").pool;
        let (paid_to, paid_from) = match side {
            Side::BuyAlpha => ((before.tao, after.tao), (before.alpha, after.alpha)),
            Side::SellAlpha => ((before.alpha, after.alpha), (before.tao, after.tao)),
        };
        assert!(swap.paid_in <= amount, "{swap:?} of {amount}");
        assert!(paid_to.1 >= paid_to.0, "{swap:?}: {before:?} to {after:?}");
        assert!(
            paid_from.1 <= paid_from.0,
            "{swap:?}: {before:?} to {after:?}"
        );
    }
    Ok(())
}

/// What there is beside whole blocks, of every version.
fn parts(u: &mut Unstructured<'_>, mut network: Network) -> Result<()> {
    let rules = rules(u)?;
    let before = network.clone();
    // That it is known of a version depends on the version alone.
    assert_eq!(
        network.coinbase(&rules).is_ok(),
        Network::default().coinbase(&rules).is_ok()
    );
    assert!(network == before, "the network stays as it is");
    for subnet in before.subnets() {
        for side in [Side::BuyAlpha, Side::SellAlpha] {
            let amount = rao(u)?;
            if let Ok(quote) = subnet.pool.quote(side, amount) {
                assert!(quote.swap.paid_in <= amount, "{quote:?} of {amount}");
            }
        }
    }
    let block = word(u)?;
    let minted = rao(u)?;
    let due = network.share(&rules, block, minted);
    let sum: u128 = due
        .iter()
        .map(|subnet| u128::from(subnet.emission.saturating_to_u64()))
        .sum();
    assert!(sum <= u128::from(minted), "{sum} rao of {minted}: {due:?}");
    for hotkey in 0..3 {
        let _ = network.basket_value(yuma_emission::Account(hotkey));
        let _ = network.flush_basket(yuma_emission::Account(hotkey));
    }
    Ok(())
}
