//! Whole networks beyond what the chain's runs hold: netuids above 255, Yuma epochs, refused input.

use std::collections::{BTreeMap, BTreeSet};
use yuma_emission::spec300::BlockSplit;
use yuma_emission::{
    Account, BarRule, Basket, Collateral, Consensus, ConsensusMode, EpochConsensus, EpochContext,
    EpochSource, Gate, Globals, HotkeyEmission, IncentiveTo, InputError, Keys, MIN_WEIGHT,
    MechanismState, Network, Neuron, PayoutRule, Pending, PendingChildren, Pool, Root, Rules,
    SafeFloat, ShareArithmetic, SharePool, Side, StakeCount, Stored, Subnet, WEIGHT_ONE,
    YumaEpochs, gains, root_sell_flag,
};
use yuma_epoch::{StoredRows, Terms};
use yuma_fixed::{I96F32, U64F64, U96F32};
use yuma_types::Hyperparameters;

const TAO: u64 = 1_000_000_000;

fn rules() -> Rules {
    Rules::for_spec(425).expect("known")
}

fn globals() -> Globals {
    Globals {
        block: 1_000,
        total_issuance: 9_000_000 * TAO,
        balances_issuance: 9_000_000 * TAO,
        total_stake: 5_000_000 * TAO,
        ..Globals::default()
    }
}

fn subnet(netuid: u16) -> Subnet {
    Subnet {
        netuid,
        first_emission_block: Some(1),
        subtoken_enabled: true,
        registration_allowed: true,
        emission_enabled: true,
        owner_cut_enabled: true,
        pool: Pool {
            mechanism: 1,
            tao: 10_000 * TAO,
            alpha: 500_000 * TAO,
            initialized: true,
            ..Pool::default()
        },
        alpha_out: 1_000_000 * TAO,
        moving_price: I96F32::saturating_from_f64(0.02),
        price_halving_blocks: 201_600,
        ..Subnet::default()
    }
}

fn network(subnets: Vec<Subnet>) -> Network {
    let root = Root {
        tao: 5_000_000 * TAO,
        ..Root::default()
    };
    Network::new(globals(), root, Keys::default(), subnets).expect("valid")
}

/// Epochs that give each hotkey the same, and note which subnets they ran for.
#[derive(Default)]
struct Even {
    ran: Vec<u16>,
}

impl EpochSource for Even {
    fn run(
        &mut self,
        context: &EpochContext<'_>,
        subnet: &mut Subnet,
    ) -> Result<Vec<HotkeyEmission>, InputError> {
        self.ran.push(subnet.netuid);
        let part = context.emission / (2 * subnet.neurons.len().max(1) as u64);
        let emission = |neuron: &Neuron| HotkeyEmission {
            hotkey: neuron.hotkey,
            server: part,
            validator: part,
        };
        Ok(subnet.neurons.iter().map(emission).collect())
    }
}

fn neuron(hotkey: u32) -> Neuron {
    Neuron {
        hotkey: Account(hotkey),
        childkey_take: 0,
    }
}

fn staked(rao: u64) -> SharePool {
    let mut pool = SharePool::default();
    pool.increase_one(Account(1), rao);
    pool
}

#[test]
fn subnets_are_walked_by_the_low_byte_first_and_paid_in_ascending_order() {
    let due = |netuid| {
        let mut subnet = subnet(netuid);
        subnet.schedule.tempo = 10;
        subnet
    };
    let mut network = network(vec![due(2), due(256), due(1), due(257)]);
    let order: Vec<u16> = network.subnets().iter().map(|s| s.netuid).collect();
    assert_eq!(order, [256, 1, 257, 2]);
    for netuid in order {
        assert_eq!(network.subnet(netuid).expect("there").netuid, netuid);
    }

    let mut epochs = Even::default();
    let report = network.run_block(&rules(), &mut epochs).expect("runs");
    assert_eq!(epochs.ran, [1, 256]);
    assert_eq!(report.deferred, [257, 2]);
    network.run_block(&rules(), &mut epochs).expect("runs");
    assert_eq!(epochs.ran, [1, 256, 2, 257]);
}

#[test]
fn block_emission_is_left_at_the_curve_of_the_highest_netuid() {
    let mut late = subnet(256);
    late.alpha_out = 12_000_000 * TAO;
    let mut network = network(vec![subnet(1), late, subnet(255)]);
    network
        .run_block(&rules(), &mut Even::default())
        .expect("runs");
    assert_eq!(network.subnet(256).expect("there").last.alpha_out, TAO / 2);
    assert_eq!(network.globals.block_emission, TAO / 2);
}

#[test]
fn the_least_take_of_a_child_is_taken() {
    let recipient = |least: u16| {
        let mut subnet = subnet(1);
        subnet.schedule.tempo = 10;
        subnet.neurons = vec![neuron(10), neuron(20)];
        subnet
            .relations
            .set_children(Account(10), &[(u64::MAX, Account(20))]);
        subnet.min_childkey_take = least;
        subnet.stakes = [10, 20]
            .map(|hotkey| (Account(hotkey), staked(1_000 * TAO)))
            .into();
        let mut network = network(vec![subnet]);
        network.keys.owner = BTreeMap::from([(Account(10), Account(1)), (Account(20), Account(2))]);
        let report = network
            .run_block(&rules(), &mut Even::default())
            .expect("runs");
        let alpha = &report.payouts[0].alpha;
        assert_eq!(alpha[1].hotkey, Account(20));
        alpha[1].take + alpha[1].nominators
    };
    assert!(recipient(6_553) > recipient(0));
}

#[test]
fn dividends_of_the_epoch_before_are_forgotten() {
    let mut subnet = subnet(1);
    subnet.schedule.tempo = 1;
    subnet.neurons = vec![neuron(10), neuron(20)];
    let mut network = network(vec![subnet]);
    network
        .run_block(&rules(), &mut Even::default())
        .expect("runs");
    network.subnet_mut(1).expect("there").neurons = vec![neuron(20)];
    network
        .run_block(&rules(), &mut Even::default())
        .expect("runs");
    let subnet = network.subnet(1).expect("there");
    let hotkeys = |map: &BTreeMap<Account, u64>| map.keys().copied().collect::<Vec<_>>();
    assert_eq!(hotkeys(&subnet.alpha_dividends), [Account(20)]);
    assert_eq!(hotkeys(&subnet.root_dividends), [Account(20)]);
    assert_eq!(
        hotkeys(&subnet.alpha_last_epoch),
        [Account(10), Account(20)]
    );
}

#[test]
fn a_slot_is_used_up_without_an_epoch_where_two_uids_have_one_hotkey() {
    let mut subnet = subnet(1);
    subnet.schedule.tempo = 10;
    subnet.neurons = vec![neuron(10), neuron(10)];
    let mut network = network(vec![subnet]);
    let report = network
        .run_block(&rules(), &mut Even::default())
        .expect("runs");
    assert_eq!(report.skipped, [1]);
    assert_eq!(report.payouts, []);
    let subnet = network.subnet(1).expect("there");
    assert_eq!(subnet.schedule.last_epoch_block, 1_001);
    assert_ne!(subnet.pending.server, 0);
}

#[test]
fn children_wait_for_a_slot_after_their_cooldown() {
    let mut subnet = subnet(1);
    subnet.schedule.tempo = 10;
    let pending = |hotkey, cooldown_block| PendingChildren {
        hotkey: Account(hotkey),
        children: vec![(7, Account(30))],
        cooldown_block,
    };
    subnet.pending_children = vec![pending(10, 1_000), pending(20, 1_001)];
    let mut network = network(vec![subnet]);
    network
        .run_block(&rules(), &mut Even::default())
        .expect("runs");
    let subnet = network.subnet(1).expect("there");
    assert_eq!(subnet.relations.children(Account(10)), [(7, Account(30))]);
    assert_eq!(subnet.relations.children(Account(20)), []);
    assert_eq!(subnet.pending_children, [pending(20, 1_001)]);
}

#[test]
fn the_sum_of_moving_prices_wraps() {
    let half = U64F64::from_bits(1 << 127);
    assert!(root_sell_flag([half]));
    assert!(!root_sell_flag([half, half]));
}

#[test]
fn what_a_pool_cannot_take_stays_unspent() {
    let mut full = subnet(1);
    // The price is 0 to 32 fraction bits, so that only TAO would be injected, whose weight is full.
    full.pool.quote_weight = WEIGHT_ONE - MIN_WEIGHT;
    full.pool.tao = 1_000_000;
    full.pool.alpha = 1_000_000_000 * TAO;
    let mut network = network(vec![full, subnet(2)]);
    let report = network
        .run_block(&rules(), &mut Even::default())
        .expect("runs");
    report.check_tao().expect("no TAO made or lost");
    let full = &report.subnets[0];
    assert_eq!(full.tao_refused, full.emission.saturating_to_u64());
    assert!(full.tao_refused > 0 && full.tao_in == 0);
    assert!(report.unspent >= full.tao_refused && report.unspent < full.tao_refused + 4);
}

#[test]
fn a_block_without_subnets_spends_nothing() {
    let mut network = network(vec![]);
    let before = network.globals.total_issuance;
    let report = network
        .run_block(&rules(), &mut Even::default())
        .expect("runs");
    assert_eq!(report.unspent, TAO);
    assert_eq!(network.globals.total_issuance, before);
}

/// A subnet of two validators that weigh the one miner; the smaller also weighs the owner's hotkey.
/// Uids are not in the hotkeys' order.
fn with_consensus(netuid: u16) -> Subnet {
    let n = 4;
    let mut subnet = subnet(netuid);
    subnet.schedule.tempo = 10;
    subnet.schedule.last_mechanism_step_block = 990;
    subnet.neurons = vec![neuron(20), neuron(10), neuron(30), neuron(40)];
    subnet.owner = Some(Account(4));
    subnet.owner_hotkey = Some(Account(40));
    subnet.stakes = [(10, 3_000), (20, 1_000)]
        .map(|(hotkey, tao)| (Account(hotkey), staked(tao * TAO)))
        .into();
    subnet.consensus = Some(Consensus {
        hyperparameters: Hyperparameters::default(),
        liquid_alpha_consensus_mode: ConsensusMode::Auto,
        block_at_registration: vec![1; n],
        validator_permit: vec![1, 1, 0, 0],
        split: None,
        mechanisms: vec![MechanismState {
            last_update: vec![900; n],
            weights: StoredRows {
                start: vec![0, 2, 3, 3, 3],
                uid: vec![2, 3, 2],
                value: vec![65_535, 30_000, 65_535],
            },
            bonds: StoredRows {
                start: vec![0; n + 1],
                uid: vec![],
                value: vec![],
            },
            commit_blocks: vec![],
            incentive: vec![],
            consensus_by_mechanism: vec![],
        }],
        terms: Terms::default(),
    });
    subnet
}

fn yuma() -> YumaEpochs {
    YumaEpochs::for_spec(425).expect("known")
}

#[test]
fn yuma_epochs_leave_what_the_chain_stores() {
    let mut subnet = with_consensus(1);
    // Root dividends are handed out: else miners get less than is pending for them.
    subnet.moving_price = I96F32::saturating_from_int(2);
    let mut network = network(vec![subnet]);
    network.keys.owner = [(10, 1), (20, 2), (30, 3), (40, 4)]
        .map(|(hotkey, coldkey)| (Account(hotkey), Account(coldkey)))
        .into();
    let before = network.subnet(1).expect("there").stakes.clone();
    let report = network.run_block(&rules(), &mut yuma()).expect("runs");
    let payout = &report.payouts[0];
    payout.check_alpha().expect("no alpha made or lost");
    // There is no root stake, so root's pot is not paid.
    let left = payout.ledger().left() - i128::from(payout.pending.root);
    assert!(left.abs() < 10, "{left}");

    let gains = gains(
        ShareArithmetic::Truncating,
        &before,
        &network.subnet(1).expect("there").stakes,
    );
    let keys: Vec<_> = gains.iter().map(|g| (g.hotkey.0, g.coldkey.0)).collect();
    assert_eq!(keys, [(10, 1), (20, 1), (20, 2), (30, 3), (40, 4)]);
    let gained: u128 = gains.iter().map(|gain| u128::from(gain.rao)).sum();
    assert!(
        payout.ledger().staked - gained <= 5,
        "a rao each is floored"
    );

    // Nothing is agreed on but the miner; the owner's incentive would be withheld.
    let paid: Vec<_> = payout
        .incentives
        .iter()
        .map(|i| (i.hotkey.0, i.rao > 0))
        .collect();
    assert_eq!(paid, [(10, false), (20, false), (30, true), (40, false)]);
    assert_eq!(payout.incentives[3].to, IncentiveTo::Burned);
    assert!(payout.alpha[0].nominators > 0 && payout.alpha[1].nominators > 0);

    let subnet = network.subnet(1).expect("there");
    assert_eq!(subnet.schedule.last_mechanism_step_block, 1_001);
    let consensus = subnet.consensus.as_ref().expect("there");
    assert_eq!(consensus.validator_permit, [1, 1, 0, 1]);
    assert_eq!(consensus.mechanisms[0].incentive, [0, 0, 65_535, 0]);
    assert_eq!(consensus.terms.incentive, [0, 0, 65_535, 0]);
    assert_eq!(consensus.mechanisms[0].bonds.start, [0, 1, 2, 2, 2]);

    // Neurons registered after the last epoch that ran have no bonds yet.
    let mut later = network.clone();
    let schedule = &mut later.subnet_mut(1).expect("there").schedule;
    schedule.last_mechanism_step_block = 0;
    let bonds = |mut network: Network| {
        let subnet = network.subnet_mut(1).expect("there");
        subnet.schedule.last_epoch_block = 0;
        let consensus = subnet.consensus.as_mut().expect("there");
        consensus.block_at_registration[2] = 995;
        network.run_block(&rules(), &mut yuma()).expect("runs");
        let subnet = network.subnet(1).expect("there");
        subnet.consensus.as_ref().expect("there").mechanisms[0]
            .bonds
            .clone()
    };
    assert_ne!(bonds(network), bonds(later));
}

/// What an epoch of 475 hands out, of which the parts are no halves.
const PENDING: Pending = Pending {
    server: 700_000,
    validator: 20_001,
    root: 3_002,
    owner: 5,
};

/// Runs a subnet's epoch by the rules of a version, and gives what each hotkey got.
fn epoch(spec_version: u32, subnet: &mut Subnet) -> Result<Vec<HotkeyEmission>, InputError> {
    let (root, suspended) = (Root::default(), BTreeSet::new());
    let context = EpochContext {
        block: 1_001,
        emission: PENDING.for_epoch(),
        root: &root,
        tao_weight: U96F32::ZERO,
        stake_threshold: 0,
        pending: PENDING,
        suspended: &suspended,
    };
    let mut epochs = YumaEpochs::for_spec(spec_version).expect("known");
    epochs.run(&context, subnet)
}

/// Of two mechanisms, under liquid alpha that takes the stored consensus.
fn with_stored_consensus(stored: [&[u16]; 2]) -> Subnet {
    let mut subnet = with_consensus(1);
    let consensus = subnet.consensus.as_mut().expect("there");
    consensus.liquid_alpha_consensus_mode = ConsensusMode::Previous;
    consensus.hyperparameters.yuma3_on = true;
    consensus.hyperparameters.liquid_alpha_on = true;
    let mechanism = &consensus.mechanisms[0];
    let mechanisms = stored.map(|stored| MechanismState {
        consensus_by_mechanism: stored.to_vec(),
        ..mechanism.clone()
    });
    consensus.mechanisms = mechanisms.into();
    subnet
}

fn mechanisms(subnet: &Subnet) -> &[MechanismState] {
    &subnet.consensus.as_ref().expect("there").mechanisms
}

#[test]
fn an_epoch_takes_the_consensus_that_the_mechanism_stored_and_stores_its_own() {
    let stored: [&[u16]; 2] = [&[], &[0, 0, 9_000, 50_000]];
    let mut subnet = with_stored_consensus(stored);
    epoch(475, &mut subnet).expect("runs");
    let [first, second] = mechanisms(&subnet) else {
        panic!("two mechanisms");
    };
    // Of the same weights: that of the epoch before alone tells the bonds apart.
    assert_ne!(first.bonds, second.bonds);
    assert_eq!(first.consensus_by_mechanism, second.consensus_by_mechanism);
    assert_eq!(first.consensus_by_mechanism, [0, 0, 65_535, 0]);

    let mut current = with_stored_consensus(stored);
    let mode = &mut current
        .consensus
        .as_mut()
        .expect("there")
        .liquid_alpha_consensus_mode;
    *mode = ConsensusMode::Current;
    epoch(475, &mut current).expect("runs");
    assert_eq!(mechanisms(&current)[1].bonds, first.bonds);

    // A version without it neither reads nor writes it.
    let mut before = with_stored_consensus(stored);
    epoch(425, &mut before).expect("runs");
    assert_eq!(mechanisms(&before)[0].bonds, mechanisms(&before)[1].bonds);
    let kept = mechanisms(&before).iter().zip(stored);
    for (mechanism, stored) in kept {
        assert_eq!(mechanism.consensus_by_mechanism, stored);
    }
}

#[test]
fn bonds_are_held_against_the_last_epoch_under_yuma() {
    let bonds = |last_yuma_step_block| {
        let mut subnet = with_consensus(1);
        subnet.last_yuma_step_block = last_yuma_step_block;
        let consensus = subnet.consensus.as_mut().expect("there");
        consensus.block_at_registration[2] = 500;
        consensus.mechanisms[0].bonds = StoredRows {
            start: vec![0, 1, 2, 2, 2],
            uid: vec![2, 2],
            value: vec![65_535, 9_000],
        };
        epoch(475, &mut subnet).expect("runs");
        mechanisms(&subnet)[0].bonds.clone()
    };
    // The miner registered before the last epoch that ran, and after an older one under Yuma.
    assert_eq!(bonds(None), bonds(Some(500)));
    assert_ne!(bonds(None), bonds(Some(0)));
}

#[test]
fn null_consensus_pays_the_pools_apart_and_leaves_bonds() {
    let mut subnet = with_stored_consensus([&[], &[0, 0, 9_000, 50_000]]);
    subnet.epoch_consensus = EpochConsensus::Null;
    let before = subnet.clone();
    let paid = epoch(475, &mut subnet).expect("runs");
    let server: u64 = paid.iter().map(|paid| paid.server).sum();
    let validator: u64 = paid.iter().map(|paid| paid.validator).sum();
    assert_eq!(
        (server, validator),
        (PENDING.server, PENDING.validator + PENDING.root)
    );
    for (mechanism, before) in mechanisms(&subnet).iter().zip(mechanisms(&before)) {
        assert_eq!(mechanism.bonds, before.bonds);
        assert_eq!(mechanism.consensus_by_mechanism, [0; 4]);
    }
    // The one with the most stake alone.
    let consensus = subnet.consensus.as_ref().expect("there");
    assert_eq!(consensus.validator_permit, [0, 1, 0, 0]);

    let error = epoch(425, &mut before.clone()).expect_err("refused");
    assert_eq!((error.field, error.netuid), ("epoch_consensus", Some(1)));
}

#[cfg(feature = "baskets")]
#[test]
fn the_block_of_an_epoch_is_kept_and_of_yuma_once_more() {
    let step = |consensus, unread, spec_version| {
        let mut subnet = with_consensus(1);
        subnet.epoch_consensus = consensus;
        subnet.participants_unread = unread;
        let mut network = network(vec![subnet]);
        network.globals.basket_escrow = Some(Account(99));
        let rules = Rules::for_spec(spec_version).expect("known");
        let mut epochs = YumaEpochs::for_spec(spec_version).expect("known");
        network.run_block(&rules, &mut epochs).expect("runs");
        let subnet = network.subnet(1).expect("there");
        let last = subnet.schedule.last_mechanism_step_block;
        (last, subnet.last_yuma_step_block)
    };
    let (yuma, null) = (EpochConsensus::Yuma, EpochConsensus::Null);
    for unread in [false, true] {
        assert_eq!(step(yuma, unread, 475), (1_001, Some(1_001)));
        assert_eq!(step(null, unread, 475), (1_001, None));
        assert_eq!(step(yuma, unread, 425), (1_001, None));
    }
}

fn refused(subnets: Vec<Subnet>) -> InputError {
    Network::new(globals(), Root::default(), Keys::default(), subnets).expect_err("refused")
}

#[test]
fn state_that_no_chain_could_hold_is_refused() {
    let error = refused(vec![subnet(0)]);
    assert_eq!((error.field, error.netuid), ("netuid", Some(0)));
    let error = refused(vec![subnet(7), subnet(3), subnet(7)]);
    assert_eq!((error.field, error.netuid), ("netuid", Some(7)));

    let with_weight = |quote_weight| {
        let mut subnet = subnet(5);
        subnet.pool.quote_weight = quote_weight;
        subnet
    };
    for weight in [
        0,
        9_999_999_999_999_999,
        1_000_000_000_000_000_001,
        u64::MAX,
    ] {
        let error = refused(vec![with_weight(weight)]);
        assert_eq!((error.field, error.netuid), ("quote_weight", Some(5)));
        assert!(error.expected.contains(&weight.to_string()), "{error}");
    }
    network(vec![with_weight(10_000_000_000_000_000)]);

    let mut leased = subnet(9);
    leased.leased = true;
    assert_eq!(refused(vec![leased]).field, "leased");
    let mut crowded = subnet(9);
    crowded.neurons = vec![neuron(1); 65_536];
    assert_eq!(refused(vec![crowded]).field, "neurons");
}

#[test]
fn unknown_subnets_and_versions_are_refused() {
    let mut network = network(vec![subnet(1)]);
    let error = network.subnet(2).expect_err("refused");
    assert_eq!((error.field, error.netuid), ("netuid", Some(2)));
    let side = Side::BuyAlpha;
    let error = network
        .swap(2, side, 1, 1, false, StakeCount::Requested)
        .expect_err("refused");
    assert_eq!((error.field, error.netuid), ("netuid", Some(2)));

    let error = Rules::for_spec(420).expect_err("refused");
    assert_eq!(error.field, "spec_version");
    assert!(error.expected.contains("411 to 419 and 421"), "{error}");
    let error = Rules::for_spec(u32::MAX).expect_err("refused");
    assert!(error.expected.contains("475"), "{error}");

    let before = network.clone();
    for version in Rules::known() {
        let rules = Rules::for_spec(version).expect("known");
        if rules.whole_block().is_ok() {
            continue;
        }
        let error = network
            .run_block(&rules, &mut Even::default())
            .expect_err("refused");
        assert_eq!(error.field, "spec_version");
        let nearest = ["425", "448", "470 to 473", "473", "475"];
        assert!(
            nearest.iter().any(|known| error.expected.contains(known)),
            "{error}"
        );
    }
    assert_eq!(network, before);
}

#[test]
fn a_network_without_what_baskets_need_is_refused() {
    let rules = Rules::for_spec(475).expect("known");
    let refused = |network: &mut Network| {
        let before = network.clone();
        let error = network.run_block(&rules, &mut Even::default());
        assert_eq!(*network, before);
        error.expect_err("refused").field
    };
    let mut network = network(vec![subnet(1)]);
    assert_eq!(refused(&mut network), "basket_escrow");
    network.globals.basket_escrow = Some(Account(9));
    network.root.registered.insert(Account(1));
    assert_eq!(refused(&mut network), "hashes");
    network.root.hashes.insert(Account(1), [7; 16]);
    network.globals.basket_cursor = Some((Account(2), 1));
    assert_eq!(refused(&mut network), "hashes");
    network.root.hashes.insert(Account(2), [6; 16]);
    network
        .run_block(&rules, &mut Even::default())
        .expect("runs");
    network.root.pending_deposits.insert((Account(1), 0), 1);
    assert_eq!(refused(&mut network), "pending_deposits");
}

/// Three subnets whose epochs are due, the first one's in Null.
fn with_null() -> Network {
    let due = |netuid| {
        let mut subnet = subnet(netuid);
        subnet.schedule.tempo = 10;
        subnet
    };
    let mut network = network(vec![due(1), due(2), due(3)]);
    network.globals.basket_escrow = Some(Account(9));
    network.globals.block_emission = 7;
    let first = network.subnet_mut(1).expect("there");
    first.epoch_consensus = EpochConsensus::Null;
    network
}

#[test]
fn a_null_epoch_has_its_block_to_itself() {
    let rules = Rules::for_spec(475).expect("known");
    let mut network = with_null();
    let report = network.run_block(&rules, &mut Even::default());
    assert_eq!(report.expect("runs").deferred, [2, 3]);
    let mut epochs = Even::default();
    network.run_block(&rules, &mut epochs).expect("runs");
    assert_eq!(epochs.ran, [2, 3]);

    let steps = network.subnets().iter().map(|s| s.last_yuma_step_block);
    assert!(steps.eq([None, Some(1_002), Some(1_002)]));
    assert_eq!(network.globals.block_emission, 7, "nothing writes it");
}

#[test]
fn a_version_of_yuma_alone_keeps_no_block_of_its_last_epoch() {
    let mut network = with_null();
    let first = network.subnet_mut(1).expect("there");
    first.epoch_consensus = EpochConsensus::Yuma;
    let report = network.run_block(&rules(), &mut Even::default());
    assert_eq!(report.expect("runs").deferred, [3]);
    assert!(
        network
            .subnets()
            .iter()
            .all(|s| s.last_yuma_step_block.is_none())
    );
    assert_ne!(network.globals.block_emission, 7);
}

#[test]
fn epochs_of_425_do_not_run_under_null() {
    let rules = Rules::for_spec(475).expect("known");
    let error = with_null().run_block(&rules, &mut yuma());
    let error = error.expect_err("refused");
    assert_eq!((error.field, error.netuid), ("epoch_consensus", Some(1)));
}

#[test]
fn a_due_subnet_without_consensus_is_refused() {
    let mut bare = subnet(1);
    bare.schedule.tempo = 10;
    let error = network(vec![bare])
        .run_block(&rules(), &mut yuma())
        .expect_err("refused");
    assert_eq!((error.field, error.netuid), ("consensus", Some(1)));

    let mut short = with_consensus(1);
    let consensus = short.consensus.as_mut().expect("there");
    consensus.block_at_registration.pop();
    let error = network(vec![short])
        .run_block(&rules(), &mut yuma())
        .expect_err("refused");
    assert_eq!(error.netuid, Some(1));
    assert_eq!(error.field, "block_at_registration");
}

#[test]
fn shares_are_known_of_versions_whose_block_is_not() {
    for version in Rules::known() {
        let rules = Rules::for_spec(version).expect("known");
        let mut small = subnet(2);
        small.moving_price = I96F32::saturating_from_f64(0.001);
        small.user_flow.since = 1_000;
        let mut large = subnet(1);
        large.user_flow.since = 1_000_000;
        let mut network = network(vec![large, small]);
        network.globals.flow.smoothing_factor = 1 << 62;
        let due = network.share(&rules, 720, TAO);
        let total = due
            .iter()
            .map(|s| s.emission.saturating_to_u64())
            .sum::<u64>();
        let minted = match version {
            300 => BlockSplit::new(TAO).subnets.saturating_to_u64(),
            _ => TAO,
        };
        assert!(
            minted.abs_diff(total) <= 50,
            "spec {version}: {total} of {minted}"
        );
        assert!(due[0].emission > due[1].emission, "spec {version}");
        let bar = match rules.shares.gate {
            None => U64F64::ZERO,
            Some(BarRule::Quantile) => due[0].weighted_share,
            Some(BarRule::Rank) => due[1].weighted_share,
        };
        assert_eq!(network.globals.gate.bar, bar, "spec {version}");
    }
}

#[test]
fn the_bar_is_of_the_smallest_share_where_there_are_fewer_than_its_rank() {
    let shares = [5u64, 0, 3, 9].map(|bits| U64F64::from_bits(bits.into()));
    let mut gate = Gate::default();
    gate.update_bar(BarRule::Rank, 1, &shares);
    assert_eq!(gate.bar.to_bits(), 3);
    gate.rank = 2;
    gate.update_bar(BarRule::Rank, 359, &shares);
    assert_eq!(gate.bar.to_bits(), 3);
    gate.update_bar(BarRule::Rank, 360, &shares);
    assert_eq!(gate.bar.to_bits(), 5);
    gate.update_bar(BarRule::Rank, 720, &[U64F64::ZERO]);
    assert_eq!(gate.bar.to_bits(), 5);
}

#[test]
fn miner_burned_above_one_counts_as_one() {
    let mut burning = subnet(1);
    burning.miner_burned = U96F32::saturating_from_int(3);
    let mut network = network(vec![burning, subnet(2)]);
    let due = network.share(&rules(), 1, TAO);
    assert_eq!(due[0].share, U64F64::ZERO);
    assert_eq!(due[1].share, U64F64::ONE);
}

#[test]
fn shares_that_the_gate_leaves_nothing_of_stay_as_they_are() {
    let gate = Gate {
        bar: U64F64::from_bits(1 << 63),
        ..Gate::default()
    };
    let shares = [3u64, 0, 1].map(|bits| U64F64::from_bits(bits.into()));
    assert_eq!(gate.apply(&shares), shares);
}

/// Integers of all sizes, the extremes among them.
struct Extremes(u64);

impl Extremes {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let random = self.0 ^ (self.0 >> 33);
        match random % 8 {
            0 => 0,
            1 => u64::MAX,
            2 => 1,
            3 => i64::MAX as u64 + 1,
            _ => random >> ((random >> 8) % 64),
        }
    }

    fn flag(&mut self) -> bool {
        self.next().count_ones().is_multiple_of(2)
    }

    fn bits(&mut self) -> u128 {
        (u128::from(self.next()) << 64) | u128::from(self.next())
    }
}

fn extreme_subnet(random: &mut Extremes, netuid: u16) -> Subnet {
    let mut subnet = subnet(netuid);
    subnet.first_emission_block = random.flag().then(|| random.next());
    subnet.emission_enabled = random.flag();
    subnet.owner_cut_enabled = random.flag();
    subnet.pool = Pool {
        mechanism: random.next() as u16 % 3,
        tao: random.next(),
        alpha: random.next(),
        quote_weight: random.next().clamp(MIN_WEIGHT, WEIGHT_ONE - MIN_WEIGHT),
        initialized: random.flag(),
        fee_rate: random.next() as u16,
    };
    subnet.alpha_out = random.next();
    subnet.moving_price = I96F32::from_bits(random.bits() as i128);
    subnet.price_halving_blocks = random.next();
    subnet.miner_burned = U96F32::from_bits(random.bits());
    subnet.pending.server = random.next();
    subnet.pending.validator = random.next();
    subnet.pending.root = random.next();
    subnet.pending.owner = random.next();
    subnet.schedule.tempo = random.next() as u16;
    subnet.schedule.last_epoch_block = random.next();
    subnet.schedule.pending_epoch_at = random.next();
    subnet.schedule.blocks_since_last_step = random.next();
    subnet.schedule.epoch_index = random.next();
    subnet.user_flow.since = random.next() as i64;
    subnet.protocol_flow.since = random.next() as i64;
    subnet.protocol_alpha = random.next();
    subnet.volume = random.bits();
    subnet.neurons = (1..5).map(neuron).collect();
    subnet.owner = random.flag().then_some(Account(1));
    subnet.owner_hotkey = random.flag().then_some(Account(2));
    subnet.recycles_owner_incentive = random.flag();
    subnet.min_childkey_take = random.next() as u16;
    for hotkey in (1..5).map(Account) {
        subnet.stakes.insert(hotkey, staked(random.next()));
        let part = (random.next(), Account(5 - hotkey.0));
        subnet.relations.children.insert(hotkey, vec![part; 3]);
        subnet.relations.parents.insert(hotkey, vec![part; 3]);
    }
    subnet
}

/// Epochs that give what they like.
struct Wild(Extremes);

impl EpochSource for Wild {
    fn run(
        &mut self,
        _: &EpochContext<'_>,
        subnet: &mut Subnet,
    ) -> Result<Vec<HotkeyEmission>, InputError> {
        let mut emission = |neuron: &Neuron| HotkeyEmission {
            hotkey: neuron.hotkey,
            server: self.0.next(),
            validator: self.0.next(),
        };
        Ok(subnet.neurons.iter().map(&mut emission).collect())
    }
}

/// What only a block with baskets reads.
fn add_baskets(random: &mut Extremes, network: &mut Network) {
    network.globals.basket_escrow = Some(Account(4));
    network.globals.basket_threshold = I96F32::from_bits(random.bits() as i128);
    network.globals.basket_cursor = random.flag().then_some((Account(1), 3));
    for hotkey in (1..5).map(Account) {
        let root = &mut network.root;
        root.hashes.insert(hotkey, random.bits().to_be_bytes());
        if random.flag() {
            root.registered.insert(hotkey);
        }
        for netuid in 1..12 {
            if random.flag() {
                root.pending_deposits
                    .insert((hotkey, netuid), random.next());
            }
        }
        let basket = Basket {
            shares: random.next(),
            rate: I96F32::from_bits(random.bits() as i128),
            deposited_tao: random.next(),
        };
        root.baskets.insert(hotkey, basket);
    }
    for netuid in 1..8 {
        let subnet = network.subnet_mut(netuid).expect("a subnet");
        subnet.tao_reservoir = random.next();
        subnet.alpha_reservoir = random.next();
        subnet.fast_moving_price = random.flag().then(|| U64F64::from_bits(random.bits()));
        if random.flag() {
            subnet.epoch_consensus = EpochConsensus::Null;
        }
        for hotkey in (1..5).map(Account) {
            let row = Collateral {
                locked: random.next(),
                drain_ratio: U64F64::from_bits(random.bits()),
                min_locked: random.next(),
                earned: random.next(),
            };
            // Nobody is known to own a hotkey here.
            let owner = Account::DEFAULT;
            subnet.collateral.rows.insert((hotkey, owner), row);
            subnet.collateral.by_owner.insert(owner, random.next());
            let mut pool = extreme_pool(random);
            pool.epoch = random.next();
            pool.share_epochs.insert(Account(4), pool.epoch);
            subnet.stakes.insert(hotkey, pool);
        }
    }
}

/// Shares that need not sum to anything, and exponents that no chain comes to.
fn extreme_pool(random: &mut Extremes) -> SharePool {
    let mut float = || {
        let mantissa = 100_000_000_000_000_000_001 + random.bits() % 900_000_000_000_000_000_000;
        let exponent = match random.next() % 3 {
            0 => random.next() as i64,
            1 => random.next() as i64 % 64,
            _ => -(random.next() as i64 % 64),
        };
        SafeFloat::from_parts(mantissa, exponent).map(Stored::Float)
    };
    let (denominator, first, second) = (float(), float(), float());
    let shares = [(Account(0), first), (Account(4), second)];
    SharePool {
        total: random.next(),
        denominator,
        shares: shares
            .into_iter()
            .filter_map(|(k, v)| Some((k, v?)))
            .collect(),
        ..SharePool::default()
    }
}

/// With the overflow checks of a debug build.
#[test]
fn no_state_makes_a_block_panic() {
    let mut random = Extremes(1);
    let mut epochs = Wild(Extremes(2));
    let mut paid = [0; 3];
    for (spec_version, paid) in [425, 473, 475].into_iter().zip(&mut paid) {
        let rules = Rules::for_spec(spec_version).expect("known");
        for _ in 0..400 {
            *paid += extreme_blocks(&rules, &mut random, &mut epochs);
        }
    }
    assert!(paid.iter().all(|&paid| paid > 1_000), "{paid:?} payouts");
}

/// Runs blocks on a network of any numbers, and gives how many payouts they had.
fn extreme_blocks(rules: &Rules, random: &mut Extremes, epochs: &mut Wild) -> usize {
    let subnets = (1..8)
        .map(|netuid| extreme_subnet(random, netuid))
        .collect();
    let mut network = network(subnets);
    let globals = &mut network.globals;
    globals.block = random.next();
    globals.total_issuance = random.next();
    globals.balances_issuance = random.next();
    globals.total_stake = random.next();
    globals.tao_weight = random.next();
    globals.childkey_burn = random.next();
    globals.subnet_owner_cut = random.next() as u16;
    globals.max_epochs_per_block = random.next() as u8;
    globals.moving_alpha = I96F32::from_bits(random.bits() as i128);
    network.root.tao = random.next();
    for hotkey in (1..5).map(Account) {
        network.root.stakes.insert(hotkey, staked(random.next()));
    }
    let (steps, payout) = rules.whole_block().expect("known");
    if payout.pays == PayoutRule::ToBaskets {
        add_baskets(random, &mut network);
    }
    let mut paid = 0;
    for block in 0..4 {
        let side = [Side::BuyAlpha, Side::SellAlpha][block % 2];
        let (amount, limit) = (random.next(), random.next());
        let swap = network.swap(1, side, amount, limit, random.flag(), steps.stake_count);
        let _ = swap.expect("a subnet");
        let _ = network
            .subnet(2)
            .expect("a subnet")
            .pool
            .quote(side, amount);
        let report = network.run_block(rules, epochs).expect("runs");
        for payout in &report.payouts {
            payout.ledger();
            paid += 1;
        }
        for version in Rules::known() {
            let rules = Rules::for_spec(version).expect("known");
            network.share(&rules, random.next(), random.next());
        }
    }
    paid
}
