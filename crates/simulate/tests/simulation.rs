//! Networks made from a seed, changes between epochs, agents and what is recorded of them.

use yuma_epoch::{Platform, Settings, Subnet, SubnetOutput, subnet_epoch};
use yuma_fixed::I32F32;
use yuma_simulate::{
    Agent, Change, Column, Growth, Making, NO_COMMIT, Network, Policy, Quality, QualityChange,
    RecordedValues, Recording, Simulation, Values, make,
};
use yuma_types::Rules;

const EMISSION: u64 = 148_000_000_000;

fn values(spec_version: u32) -> Values {
    Values {
        rules: Rules::for_spec(spec_version).expect("a known version"),
        subnet: Subnet {
            block: 8_000_000,
            last_mechanism_step_block: 7_999_639,
            stake_threshold: 0,
            ..Subnet::default()
        },
        emission: EMISSION,
        pending: [None; 3],
    }
}

fn making() -> Making {
    Making {
        n: 24,
        validators: 6,
        mechanisms: 1,
        seed: 11,
        stake: 5_000_000_000_000,
        stake_deviation: part(0.3),
        quality_deviation: part(0.5),
        weight_deviation: part(0.2),
    }
}

fn part(value: f64) -> I32F32 {
    I32F32::saturating_from_f64(value)
}

fn made(values: Values) -> Network {
    make(&making(), values).expect("a network")
}

fn agent(uids: &[u16], policy: Policy) -> Agent {
    Agent {
        uids: uids.to_vec(),
        mechanism: None,
        from: 0,
        until: u32::MAX,
        policy,
    }
}

/// A quality that falls off from miner to miner; validators have none.
fn quality() -> Quality {
    let values = (0..24).map(|uid| match uid {
        0..6 => I32F32::ZERO,
        _ => I32F32::saturating_from_int(30 - uid),
    });
    Quality::new(values.collect(), Vec::new(), I32F32::ZERO).expect("a quality")
}

fn row(network: &Network, mechanism: usize, uid: usize) -> Vec<(u16, u16)> {
    network.mechanisms()[mechanism]
        .borrow()
        .weights
        .row(uid)
        .collect()
}

/// FNV-1a of the little-endian bytes of words.
fn hash(words: impl IntoIterator<Item = u64>) -> u64 {
    let bytes = words.into_iter().flat_map(u64::to_le_bytes);
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

fn hash_of(output: &SubnetOutput) -> u64 {
    let own = &output.mechanisms[0];
    let raw = own.raw.dividends.iter().chain(&own.raw.incentive);
    let bonds = own.bonds.value.iter().map(|&value| u64::from(value));
    hash(raw.map(|value| value.to_bits() as u64).chain(bonds))
}

#[test]
fn a_seed_makes_the_same_network_everywhere() {
    let network = made(values(475));
    let weights = &network.mechanisms()[0].weights;
    let entries = weights.uid.iter().zip(&weights.value);
    let weights = entries.map(|(&uid, &value)| u64::from(uid) << 16 | u64::from(value));
    let stake = network.subnet().total_stake.iter().map(|stake| stake[1]);
    assert_eq!(hash(stake.chain(weights)), MADE);
    let other = Making {
        seed: 12,
        ..making()
    };
    let other = make(&other, values(475)).expect("a network");
    assert_ne!(other.subnet().total_stake, network.subnet().total_stake);
}

const MADE: u64 = 16_568_201_937_993_235_320;

#[test]
fn a_run_with_every_agent_is_the_same_everywhere() {
    let honest = Policy::Honest { noise: part(0.1) };
    let agents = vec![
        agent(&[0, 1], honest.clone()),
        agent(&[2], Policy::Copier { delay: 2 }),
        agent(
            &[3],
            Policy::Cabal {
                miners: vec![7, 8],
                share: part(0.9),
            },
        ),
        agent(
            &[4],
            Policy::Late {
                every: 3,
                noise: part(0.1),
            },
        ),
        agent(
            &[5],
            Policy::Switching {
                at: 6,
                before: Box::new(Policy::SelfVoter { share: part(0.5) }),
                after: Box::new(honest),
            },
        ),
        agent(
            &[23],
            Policy::Registering {
                every: 4,
                stake: 10,
            },
        ),
        agent(
            &[1],
            Policy::Staking {
                each: -1_000_000_000,
            },
        ),
    ];
    let drifting = Quality::new(quality().values().to_vec(), Vec::new(), part(0.05));
    let drifting = vec![drifting.expect("a quality")];
    for platform in Platform::available() {
        let settings = Settings {
            platform,
            ..Settings::default()
        };
        let mut run = Simulation::new(made(values(475)));
        run.set_agents(agents.clone(), drifting.clone(), 9)
            .expect("agents");
        run.set_growth(Growth::Payout);
        for _ in 0..20 {
            run.step(settings, None).expect("an epoch");
        }
        let stake = run.network().subnet().total_stake[1][1];
        let output = run.network().output().expect("an output");
        assert_eq!((stake, hash_of(output)), RUN, "{platform:?}");
    }
}

const RUN: (u64, u64) = (4_382_717_121_117, 11_413_585_030_330_967_997);

#[test]
fn what_is_recorded_is_what_the_epochs_gave() {
    let mut run = Simulation::new(made(values(475)));
    let columns = [
        Column::Incentive,
        Column::Stake,
        Column::RawDividends,
        Column::Bonds,
    ];
    let mut recording = Recording::new(&columns, 2, 1);
    let mut outputs = Vec::new();
    for _ in 0..5 {
        let block = run.network().block();
        let network = run.network();
        let mechanisms = [network.mechanisms()[0].borrow()];
        let values = network.values();
        let output = subnet_epoch(
            &values.rules,
            &network.subnet(),
            &mechanisms,
            None,
            EMISSION,
            Settings::default(),
        );
        outputs.push((block, output.expect("an epoch")));
        run.step(Settings::default(), Some(&mut recording))
            .expect("an epoch");
        assert_eq!(run.network().block(), block + 361);
    }
    assert_eq!(recording.epoch, [0, 2, 4]);
    assert_eq!(recording.start, [0, 24, 48, 72]);
    let kept = [&outputs[0], &outputs[2], &outputs[4]];
    assert_eq!(recording.block, kept.map(|(block, _)| *block));
    let incentive = kept
        .iter()
        .flat_map(|(_, output)| output.terms().incentive.clone());
    assert_eq!(
        recording.columns[0].values,
        RecordedValues::U16(incentive.collect())
    );
    let stake = kept
        .iter()
        .flat_map(|(_, output)| output.terms().stake.clone());
    assert_eq!(
        recording.columns[1].values,
        RecordedValues::U64(stake.collect())
    );
    let raw = kept
        .iter()
        .flat_map(|(_, output)| output.mechanisms[0].raw.dividends.clone());
    assert_eq!(
        recording.columns[2].values,
        RecordedValues::Fixed(raw.collect())
    );
    let RecordedValues::Rows(rows) = &recording.columns[3].values else {
        panic!("rows");
    };
    let values = kept
        .iter()
        .flat_map(|(_, output)| output.mechanisms[0].bonds.value.clone());
    assert_eq!(rows.value, values.collect::<Vec<_>>());
    assert_eq!(
        (rows.start.len(), rows.start[72] as usize),
        (73, rows.uid.len())
    );
}

#[test]
fn stake_grows_by_what_was_paid_where_it_is_asked_for() {
    let mut network = made(values(475));
    let before = network.subnet().total_stake.to_vec();
    let terms = network
        .epoch(Settings::default())
        .expect("an epoch")
        .terms()
        .clone();
    let mut grown = network.clone();
    network.advance(Growth::None).expect("an epoch that ran");
    assert_eq!(network.subnet().total_stake, before);
    grown.advance(Growth::Payout).expect("an epoch that ran");
    let mut paid_in_all = 0;
    for (uid, (&[low, high], &grown)) in before.iter().zip(grown.subnet().total_stake).enumerate() {
        let paid = terms.server_emission[uid] + terms.validator_emission[uid];
        paid_in_all += paid;
        assert_eq!(grown, [low, high + paid]);
    }
    assert!(paid_in_all > EMISSION - 1000 && paid_in_all <= EMISSION);
    let error = grown.advance(Growth::None).expect_err("no epoch has run");
    assert_eq!(error.field, "epoch");
}

#[test]
fn what_a_registration_clears_follows_the_version() {
    let clears = [252, 257, 320, 401, 425, 475].map(|spec_version| {
        let mut values = values(spec_version);
        values.subnet.last_mechanism_step_block = 0;
        let mut network = made(values);
        network.epoch(Settings::default()).expect("an epoch");
        network.advance(Growth::None).expect("an epoch that ran");
        let (block, stake) = (8_000_100, 7);
        let change = Change::Replace {
            uid: 2,
            block,
            stake,
        };
        network.change(&change).expect("a registration");
        let subnet = network.subnet();
        assert_eq!(subnet.block_at_registration[2], block);
        assert_eq!(subnet.total_stake[2], [0, stake]);
        let state = &network.mechanisms()[0];
        let on_it = state.borrow().weights.row(0).find(|entry| entry.0 == 2);
        assert_eq!(on_it, None, "validators are not weighed here");
        let stored = state.consensus_by_mechanism.get(2).copied();
        assert_eq!(stored, (spec_version == 475).then_some(0));
        (
            state.borrow().bonds.row(2).next().is_none(),
            state.borrow().weights.row(2).next().is_none(),
            state.last_update[2] == block,
            subnet.validator_permit[2] == 0,
        )
    });
    assert_eq!(
        clears,
        [
            (false, false, false, false),
            (true, false, false, false),
            (true, true, false, false),
            (true, true, true, false),
            (true, true, true, true),
            (true, true, true, true),
        ]
    );
}

#[test]
fn weights_on_a_neuron_that_is_replaced_become_0() {
    let mut network = made(values(475));
    let weight = |network: &Network| row(network, 0, 1).into_iter().find(|entry| entry.0 == 9);
    assert!(weight(&network).expect("a weight").1 > 0);
    let change = Change::Replace {
        uid: 9,
        block: 8_000_000,
        stake: 0,
    };
    network.change(&change).expect("a registration");
    assert_eq!(weight(&network), Some((9, 0)));
}

#[test]
fn a_neuron_is_registered_behind_the_others() {
    let mut network = made(values(475));
    let change = Change::Append {
        block: 7_999_900,
        stake: 3,
    };
    network.change(&change).expect("a registration");
    assert_eq!(network.n(), 25);
    let output = network.epoch(Settings::default()).expect("an epoch");
    assert_eq!(output.terms().stake[24], 3);
}

#[test]
fn committed_weights_count_when_they_are_revealed() {
    let mut with_commits = values(475);
    with_commits.subnet.commit_reveal_enabled = true;
    let mut run = Simulation::new(made(with_commits));
    run.set_reveal_interval(2).expect("an interval");
    let before = row(run.network(), 0, 0);
    let agents = vec![Agent {
        until: 1,
        ..agent(
            &[0],
            Policy::Honest {
                noise: I32F32::ZERO,
            },
        )
    }];
    run.set_agents(agents, vec![quality()], 0).expect("agents");
    let commit = run.network().block() - 1;
    let mut seen = Vec::new();
    for _ in 0..4 {
        run.step(Settings::default(), None).expect("an epoch");
        let state = &run.network().mechanisms()[0];
        assert_eq!(state.last_update[0], commit);
        seen.push((row(run.network(), 0, 0) == before, state.commit_blocks[0]));
    }
    assert_eq!(
        seen,
        [
            (true, commit),
            (true, commit),
            (false, NO_COMMIT),
            (false, NO_COMMIT)
        ]
    );
    assert_eq!(row(run.network(), 0, 0)[0], (6, 65535));
}

#[test]
fn a_copier_submits_the_consensus_of_its_delay() {
    let mut run = Simulation::new(made(values(475)));
    let change = QualityChange {
        epoch: 2,
        uid: 6,
        value: I32F32::ZERO,
    };
    let values = quality().values().to_vec();
    let quality = Quality::new(values, vec![change], I32F32::ZERO).expect("a quality");
    let agents = vec![
        agent(
            &[0, 1, 2, 3, 4],
            Policy::Honest {
                noise: I32F32::ZERO,
            },
        ),
        agent(&[5], Policy::Copier { delay: 1 }),
    ];
    run.set_agents(agents, vec![quality], 0).expect("agents");
    let mut first = Vec::new();
    for _ in 0..6 {
        run.step(Settings::default(), None).expect("an epoch");
        let row = row(run.network(), 0, 5);
        first.push((row.len(), row[0]));
    }
    // Equal weights while no epoch was long enough ago; then the consensus without what epoch 2 changed.
    let (all, before, after) = ((24, (0, 65535)), (18, (6, 65535)), (17, (7, 65535)));
    assert_eq!(first, [all, all, before, before, after, after]);
}

#[test]
fn an_agent_that_cannot_be_is_named() {
    let mut run = Simulation::new(made(values(475)));
    let absent = agent(&[1], Policy::Absent);
    let cases = [
        (agent(&[24], Policy::Absent), "uid"),
        (
            Agent {
                mechanism: Some(1),
                ..absent.clone()
            },
            "mechanism",
        ),
        (agent(&[1], Policy::Honest { noise: part(-0.1) }), "noise"),
        (agent(&[1], Policy::SelfVoter { share: part(1.1) }), "share"),
        (agent(&[1], Policy::Copier { delay: 1001 }), "delay"),
        (
            agent(&[1], Policy::Registering { every: 0, stake: 0 }),
            "every",
        ),
    ];
    for (wrong, field) in cases {
        let agents = vec![absent.clone(), wrong];
        let error = run.set_agents(agents, Vec::new(), 0).expect_err("a fault");
        assert_eq!((error.agent, error.error.field), (Some(1), field));
    }
}

#[test]
fn what_there_is_not_is_not_changed() {
    let mut network = made(values(475));
    let uid = Change::Stake { uid: 24, rao: 1 };
    let mechanism = Change::Weight {
        mechanism: 1,
        from: 0,
        to: 1,
        value: 1,
    };
    let row = Change::Row {
        mechanism: 0,
        uid: 0,
        uids: &[1, 2],
        values: &[1],
    };
    for (change, field) in [(uid, "uid"), (mechanism, "mechanism"), (row, "weights")] {
        assert_eq!(network.change(&change).expect_err("a fault").field, field);
    }
    let mut values = *network.values();
    values.subnet.owner_uid = Some(3);
    network.set_values(values).expect("values");
    let owner = Change::Replace {
        uid: 3,
        block: 1,
        stake: 0,
    };
    assert_eq!(network.change(&owner).expect_err("the owner").field, "uid");
    values.subnet.n = 23;
    assert_eq!(
        network.set_values(values).expect_err("another n").field,
        "n"
    );
}
