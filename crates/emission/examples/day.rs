//! A day of a network of finney's size: 128 subnets of 256 neurons, 7,200 blocks, every epoch a Yuma
//! epoch. Prints how long it took, and how much of that were the epochs.
//!
//! `cargo run --release -p yuma-emission --example day [BLOCKS]`

use std::time::{Duration, Instant};
use yuma_emission::{
    Account, Consensus, ConsensusMode, EpochContext, EpochSource, Globals, HotkeyEmission,
    InputError, Keys, MechanismState, Network, Neuron, Pool, Root, Rules, SharePool, Subnet,
    WEIGHT_ONE, YumaEpochs,
};
use yuma_epoch::{StoredRows, Terms};
use yuma_fixed::I96F32;
use yuma_types::Hyperparameters;

const SUBNETS: u16 = 128;
const NEURONS: u32 = 256;
/// Neurons with stake that set weights; each also has nominators.
const VALIDATORS: u32 = 64;
const NOMINATORS: u32 = 50;
const FIRST_BLOCK: u64 = 8_000_000;
const TAO: u64 = 1_000_000_000;

/// A splitmix generator: the same network every time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.next() % (high - low)
    }
}

/// Every subnet has its own miners; validators are the same everywhere.
fn hotkey(netuid: u16, uid: u32) -> Account {
    match uid < VALIDATORS {
        true => Account(1 + uid),
        false => Account(1_000 + u32::from(netuid) * NEURONS + uid),
    }
}

fn coldkey_of(hotkey: Account) -> Account {
    Account(1_000_000 + hotkey.0)
}

fn nominator(i: u32) -> Account {
    Account(2_000_000 + i)
}

fn staked(random: &mut Random, hotkey: Account, rao: u64) -> SharePool {
    let mut pool = SharePool::default();
    pool.increase_one(coldkey_of(hotkey), rao);
    for i in 0..NOMINATORS {
        pool.increase_one(nominator(i), random.between(1, rao));
    }
    pool
}

fn subnet(random: &mut Random, netuid: u16) -> Subnet {
    let tao = random.between(2_000 * TAO, 60_000 * TAO);
    let alpha = random.between(tao * 5, tao * 100).min(4_000_000 * TAO);
    let price = tao as f64 / alpha as f64;
    let n = NEURONS as usize;
    let tempo = 360;
    let mut subnet = Subnet {
        netuid,
        first_emission_block: Some(FIRST_BLOCK - random.between(100_000, 1_500_000)),
        subtoken_enabled: true,
        registration_allowed: true,
        emission_enabled: true,
        owner_cut_enabled: true,
        pool: Pool {
            mechanism: 1,
            tao,
            alpha,
            quote_weight: WEIGHT_ONE / 2 + random.next() % (WEIGHT_ONE / 100),
            initialized: true,
            ..Pool::default()
        },
        alpha_out: random.between(500_000 * TAO, 4_000_000 * TAO),
        moving_price: I96F32::saturating_from_f64(price * 0.9),
        price_halving_blocks: 201_600,
        owner: Some(coldkey_of(hotkey(netuid, 255))),
        owner_hotkey: Some(hotkey(netuid, 255)),
        neurons: (0..NEURONS)
            .map(|uid| Neuron {
                hotkey: hotkey(netuid, uid),
                childkey_take: 0,
            })
            .collect(),
        ..Subnet::default()
    };
    subnet.schedule.tempo = tempo;
    subnet.schedule.last_epoch_block = FIRST_BLOCK - random.between(1, tempo.into());
    subnet.schedule.last_mechanism_step_block = subnet.schedule.last_epoch_block;
    for uid in 0..VALIDATORS {
        let validator = hotkey(netuid, uid);
        let rao = random.between(100 * TAO, 20_000 * TAO);
        subnet
            .stakes
            .insert(validator, staked(random, validator, rao));
    }
    let mut weights = StoredRows {
        start: vec![0],
        uid: vec![],
        value: vec![],
    };
    for uid in 0..NEURONS {
        for miner in VALIDATORS..NEURONS {
            if uid < VALIDATORS && !random.next().is_multiple_of(4) {
                weights.uid.push(miner as u16);
                weights.value.push(random.between(1, 65_536) as u16);
            }
        }
        weights.start.push(weights.uid.len() as u32);
    }
    subnet.consensus = Some(Consensus {
        hyperparameters: Hyperparameters {
            activity_cutoff_blocks: 50_000,
            max_allowed_validators: VALIDATORS as u16,
            yuma3_on: netuid.is_multiple_of(4),
            liquid_alpha_on: netuid.is_multiple_of(8),
            ..Hyperparameters::default()
        },
        liquid_alpha_consensus_mode: ConsensusMode::Auto,
        block_at_registration: vec![1_000; n],
        validator_permit: (0..NEURONS).map(|uid| (uid < VALIDATORS).into()).collect(),
        split: None,
        mechanisms: vec![MechanismState {
            last_update: vec![FIRST_BLOCK - 100; n],
            weights,
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

fn network() -> Network {
    let mut random = Random(425);
    let mut keys = Keys::default();
    let mut root = Root {
        tao: 5_700_000 * TAO,
        ..Root::default()
    };
    for uid in 0..VALIDATORS {
        let validator = hotkey(0, uid);
        let rao = random.between(100 * TAO, 2_000 * TAO);
        root.stakes
            .insert(validator, staked(&mut random, validator, rao));
    }
    let subnets: Vec<Subnet> = (1..=SUBNETS)
        .map(|netuid| subnet(&mut random, netuid))
        .collect();
    for neuron in subnets.iter().flat_map(|subnet| &subnet.neurons) {
        let coldkey = coldkey_of(neuron.hotkey);
        keys.owner.insert(neuron.hotkey, coldkey);
        keys.owned_hotkeys.insert(coldkey, vec![neuron.hotkey]);
    }
    let globals = Globals {
        block: FIRST_BLOCK - 1,
        total_issuance: 10_700_000 * TAO,
        balances_issuance: 10_700_000 * TAO,
        total_stake: 7_000_000 * TAO,
        ..Globals::default()
    };
    Network::new(globals, root, keys, subnets).expect("valid")
}

/// Yuma epochs and the time they took.
struct Timed {
    epochs: YumaEpochs,
    ran: usize,
    took: Duration,
}

impl EpochSource for Timed {
    fn run(
        &mut self,
        context: &EpochContext<'_>,
        subnet: &mut Subnet,
    ) -> Result<Vec<HotkeyEmission>, InputError> {
        let start = Instant::now();
        let emission = self.epochs.run(context, subnet);
        self.took += start.elapsed();
        self.ran += 1;
        emission
    }
}

fn main() -> Result<(), InputError> {
    let blocks = std::env::args()
        .nth(1)
        .map_or(7_200, |text| text.parse().expect("a number of blocks"));
    let rules = Rules::for_spec(425)?;
    let mut epochs = Timed {
        epochs: YumaEpochs::for_spec(425).expect("known"),
        ran: 0,
        took: Duration::ZERO,
    };
    let mut network = network();
    let start = Instant::now();
    let mut swaps = 0;
    for _ in 0..blocks {
        let report = network.run_block(&rules, &mut epochs)?;
        swaps += report.subnets.iter().filter(|s| s.excess_tao > 0).count();
    }
    let took = start.elapsed();
    println!(
        "{SUBNETS} subnets, {blocks} blocks: {took:.2?}, of which {} epochs {:.2?}; {swaps} swaps",
        epochs.ran, epochs.took
    );
    println!("issuance {} rao", network.globals.total_issuance);
    Ok(())
}
