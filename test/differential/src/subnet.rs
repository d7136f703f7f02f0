//! Seeded random subnets, from the ordinary to what the chain merely tolerates.

use fastrand::Rng;
use yuma_types::{ConsensusMode, EpochConsensus, Mechanism, Pools, SparseRows, Subnet};

/// Sparse rows that own their entries.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Where each row begins, and where the last ends.
    pub row_start: Vec<u32>,
    /// Column of each entry.
    pub uid: Vec<u16>,
    /// Value of each entry.
    pub value: Vec<u16>,
}

impl Rows {
    /// A row of each list of uids and values.
    pub fn from_lists(lists: &[Vec<(u16, u16)>]) -> Self {
        let mut rows = Self {
            row_start: vec![0],
            ..Self::default()
        };
        for list in lists {
            rows.uid.extend(list.iter().map(|e| e.0));
            rows.value.extend(list.iter().map(|e| e.1));
            rows.row_start.push(rows.uid.len() as u32);
        }
        rows
    }

    /// Leaves out entries of uids from `n` on.
    fn keep_below(&mut self, n: u16) {
        let lists: Vec<Vec<(u16, u16)>> = self
            .row_start
            .windows(2)
            .map(|bounds| {
                let row = bounds[0] as usize..bounds[1] as usize;
                let entries = row.map(|at| (self.uid[at], self.value[at]));
                entries.filter(|&(uid, _)| uid < n).collect()
            })
            .collect();
        *self = Self::from_lists(&lists);
    }

    /// The rows, borrowed.
    pub fn borrow(&self) -> SparseRows<'_> {
        SparseRows {
            row_start: &self.row_start,
            uid: &self.uid,
            value: &self.value,
        }
    }
}

/// One mechanism's own columns.
#[derive(Clone, Debug)]
pub struct OwnedMechanism {
    /// Block numbers, of odd lengths at times.
    pub last_update: Vec<u64>,
    /// `n` rows.
    pub weights: Rows,
    /// `n` rows.
    pub bonds: Rows,
    /// `n` block numbers.
    pub commit_blocks: Vec<u64>,
    /// u16 proportions, of any length.
    pub consensus_by_mechanism: Vec<u16>,
}

impl OwnedMechanism {
    fn borrow(&self) -> Mechanism<'_> {
        Mechanism {
            last_update: &self.last_update,
            weights: self.weights.borrow(),
            bonds: self.bonds.borrow(),
            commit_blocks: &self.commit_blocks,
            consensus_by_mechanism: &self.consensus_by_mechanism,
        }
    }
}

/// A subnet that owns its columns.
#[derive(Clone, Debug)]
pub struct OwnedSubnet {
    /// Scalars; its slices are empty, see [`OwnedSubnet::borrow`].
    pub scalars: Subnet<'static>,
    /// Block numbers.
    pub block_at_registration: Vec<u64>,
    /// I64F64 words.
    pub total_stake: Vec<[u64; 2]>,
    /// Of odd lengths at times.
    pub validator_permit: Vec<u8>,
    /// At least one.
    pub mechanisms: Vec<OwnedMechanism>,
    /// u16 parts.
    pub split: Option<Vec<u16>>,
    /// Rao.
    pub pools: Pools,
}

impl OwnedSubnet {
    /// The same as the versions take it at which the chain panics on what later ones tolerate: one entry for each neuron,
    /// and no bonds with uids that there are not.
    pub fn fitted(mut self) -> Self {
        let n = self.scalars.n;
        self.validator_permit.resize(n.into(), 0);
        for mechanism in &mut self.mechanisms {
            mechanism.last_update.resize(n.into(), 0);
            mechanism.bonds.keep_below(n);
        }
        self
    }

    /// Each mechanism's own columns, borrowed.
    pub fn borrow_mechanisms(&self) -> Vec<Mechanism<'_>> {
        self.mechanisms.iter().map(OwnedMechanism::borrow).collect()
    }

    /// What the mechanisms share, borrowed.
    pub fn borrow(&self) -> Subnet<'_> {
        Subnet {
            block_at_registration: &self.block_at_registration,
            total_stake: &self.total_stake,
            validator_permit: &self.validator_permit,
            ..self.scalars
        }
    }
}

/// How odd a random subnet is, drawn once so that ordinary ones stay wholly ordinary.
struct Kind {
    odd_rows: bool,
    odd_lengths: bool,
    odd_blocks: bool,
    odd_scalars: bool,
    copied_rows: bool,
    when: When,
    stake: StakeKind,
    density: f64,
    gaps: Option<Gaps>,
}

/// How rows leave uids out, where not each by chance: as on the chain, where a validator weighs a part of its own, in runs
/// of uids.
#[derive(Clone, Copy)]
struct Gaps {
    /// The parts that validators weigh lie between these two.
    coverage: [f64; 2],
    /// How many times longer than by chance the runs are.
    burst: f64,
}

/// Where the epoch's block lies among all that there are.
#[derive(Clone, Copy)]
enum When {
    Usual,
    /// So near to 0 that what came before it may have to be cut off there.
    Early,
    /// So near to the last block that there is.
    Late,
}

/// How near to either end an early or a late block is.
pub const NEAR: u64 = 3000;
/// From so many neurons on few of them set weights, as on the chain: a million subnets are to take minutes.
const LARGE: u16 = 300;

#[derive(Clone, Copy)]
enum StakeKind {
    Ordinary,
    Equal,
    Tiny,
    Huge,
}

/// Drawn from a generator of its own: the subnets of seeds without gaps stay what they were.
fn gaps(seed: u64) -> Option<Gaps> {
    let own = &mut Rng::with_seed(!seed);
    (own.u8(0..3) == 0).then(|| Gaps {
        coverage: [[0.05, 0.4], [0.3, 1.0], [0.0, 1.0]][own.usize(0..3)],
        burst: [1.0, 4.0, 20.0][own.usize(0..3)],
    })
}

/// The subnet of a seed: the same on every machine and at every version of this file's format.
pub fn random_subnet(seed: u64) -> OwnedSubnet {
    let rng = &mut Rng::with_seed(seed);
    let n = match rng.u32(0..10_000) {
        0..800 => rng.u16(1..4),
        800..8_000 => rng.u16(2..24),
        8_000..9_700 => rng.u16(20..70),
        9_700..9_980 => rng.u16(70..300),
        9_980..9_996 => rng.u16(300..1_200),
        _ => rng.u16(1_200..5_000),
    };
    let kind = Kind {
        odd_rows: rng.u8(0..4) == 0,
        odd_lengths: rng.u8(0..8) == 0,
        odd_blocks: rng.u8(0..6) == 0,
        odd_scalars: rng.u8(0..4) == 0,
        copied_rows: rng.u8(0..6) == 0,
        when: match rng.u8(0..16) {
            0 => When::Early,
            1 => When::Late,
            _ => When::Usual,
        },
        stake: match rng.u8(0..20) {
            0 => StakeKind::Huge,
            1..3 => StakeKind::Tiny,
            3..6 => StakeKind::Equal,
            _ => StakeKind::Ordinary,
        },
        density: match n {
            0..1_200 => [0.1, 0.5, 1.0][rng.usize(0..3)],
            _ => 0.02,
        },
        gaps: gaps(seed),
    };
    build(rng, n, &kind)
}

fn build(rng: &mut Rng, n: u16, kind: &Kind) -> OwnedSubnet {
    let scalars = scalars(rng, n, kind);
    let validators = match n {
        0..LARGE => rng.u16(1..=n),
        _ => rng.u16(1..=96),
    };
    let permit_len = odd_length(rng, n, kind);
    let mechanism_count = match rng.u8(0..30) {
        0 if n < 70 => rng.usize(5..=16),
        0..6 => rng.usize(2..5),
        _ => 1,
    };
    OwnedSubnet {
        block_at_registration: (0..n)
            .map(|_| block_before(rng, scalars.block, kind))
            .collect(),
        total_stake: (0..n)
            .map(|uid| stake_words(rng, uid < validators, kind.stake))
            .collect(),
        validator_permit: (0..permit_len)
            .map(|uid| u8::from(uid < validators as usize && rng.u8(0..12) != 0))
            .collect(),
        mechanisms: (0..mechanism_count)
            .map(|_| mechanism(rng, n, validators, scalars.block, kind))
            .collect(),
        split: (mechanism_count > 1 && rng.bool()).then(|| {
            let parts = rng.usize(0..=mechanism_count + 1);
            (0..parts).map(|_| rng.u16(..)).collect()
        }),
        pools: pools(rng),
        scalars,
    }
}

fn pools(rng: &mut Rng) -> Pools {
    let pool = |rng: &mut Rng| match rng.u8(0..10) {
        0 => 0,
        1 => rng.u64(..),
        _ => rng.u64(..1 << 40),
    };
    Pools {
        server: pool(rng),
        validator: pool(rng),
        root: pool(rng),
    }
}

fn scalars(rng: &mut Rng, n: u16, kind: &Kind) -> Subnet<'static> {
    let block = match kind.when {
        When::Usual => rng.u64(1_000_000..10_000_000),
        When::Early => rng.u64(0..NEAR),
        When::Late => rng.u64(u64::MAX - NEAR + 1..=u64::MAX),
    };
    let odd = kind.odd_scalars;
    let tempo = match rng.u8(0..24) {
        0 => 0,
        1 if odd => rng.u64(..),
        _ => rng.u64(1..1000),
    };
    let one_tempo_ago = block.saturating_sub(tempo).saturating_sub(1);
    Subnet {
        n,
        block,
        tempo,
        last_mechanism_step_block: match rng.u8(0..8) {
            0 => 0,
            1 if odd => u64::MAX,
            _ => one_tempo_ago,
        },
        last_yuma_step_block: match rng.u8(0..6) {
            0 => Some(0),
            1 => Some(block.saturating_sub(rng.u64(0..2000))),
            2 if odd => Some(u64::MAX),
            3 => None,
            _ => Some(one_tempo_ago),
        },
        activity_cutoff_blocks: match rng.u8(0..24) {
            0 => 0,
            1..5 if odd => u64::MAX,
            5 if odd => rng.u64(..),
            _ => rng.u64(1..20_000),
        },
        block_at_registration: &[],
        total_stake: &[],
        stake_threshold: match rng.u8(0..4) {
            0 => 0,
            1 => rng.u64(..),
            _ => 1_000_000_000_000,
        },
        owner_uid: match rng.u8(0..6) {
            0 => Some(rng.u16(..)),
            1..4 => Some(rng.u16(0..n)),
            _ => None,
        },
        validator_permit: &[],
        max_allowed_validators: match rng.u8(0..4) {
            0 => rng.u16(0..4),
            _ => rng.u16(1..=n.max(64)),
        },
        commit_reveal_enabled: rng.u8(0..3) == 0,
        kappa: pick(rng, &[32767, 32767, 0, 65535, 1], odd),
        bonds_penalty: pick(rng, &[0, 65535, 32767, 6553, 1], odd),
        bonds_moving_average: match rng.u8(0..12) {
            0 | 1 if odd => rng.u64(..),
            2 | 3 if odd => rng.u64(1_000_000..3_000_000),
            4 => 0,
            5 | 6 => 1_000_000,
            7 | 8 => rng.u64(0..1_000_000),
            _ => rng.u64(800_000..1_000_000),
        },
        yuma3_on: rng.bool(),
        liquid_alpha_on: rng.bool(),
        alpha_low: pick(rng, &[45875, 0, 65535, 6553], odd),
        alpha_high: pick(rng, &[58982, 65535, 0, 45875], odd),
        alpha_sigmoid_steepness: match rng.u8(0..12) {
            0 | 1 => rng.i16(..),
            2 => rng.i16(-1000..=1000),
            3 if odd => [i16::MIN, i16::MAX][rng.usize(0..2)],
            4 => 200,
            5 | 6 => -1000,
            7 => 0,
            _ => 1000,
        },
        liquid_alpha_consensus_mode: ConsensusMode::ALL[rng.usize(0..3)],
        subnet_epoch_consensus: match rng.u8(0..4) {
            0 => EpochConsensus::Null,
            _ => EpochConsensus::Yuma,
        },
    }
}

fn pick(rng: &mut Rng, usual: &[u16], odd: bool) -> u16 {
    if odd && rng.u8(0..3) == 0 {
        return rng.u16(..);
    }
    usual[rng.usize(0..usual.len())]
}

fn odd_length(rng: &mut Rng, n: u16, kind: &Kind) -> usize {
    if !kind.odd_lengths {
        return n as usize;
    }
    match rng.u8(0..4) {
        0 => 0,
        1 => rng.usize(0..n as usize),
        2 => n as usize + rng.usize(1..4),
        _ => n as usize,
    }
}

fn block_before(rng: &mut Rng, block: u64, kind: &Kind) -> u64 {
    match rng.u8(0..30) {
        0 if kind.odd_blocks => u64::MAX - rng.u64(0..2),
        1 if kind.odd_blocks => 0,
        2 if kind.odd_blocks => block,
        3 => block.saturating_sub(rng.u64(0..1000)),
        _ => rng.u64(0..=block.saturating_sub(1000)),
    }
}

fn stake_words(rng: &mut Rng, validator: bool, kind: StakeKind) -> [u64; 2] {
    if !validator && rng.u8(0..4) != 0 {
        return [0, 0];
    }
    let fraction = rng.u64(..);
    match kind {
        StakeKind::Ordinary => [fraction, rng.u64(..) >> rng.u32(9..26)],
        StakeKind::Equal => [0, 5_000_000_000_000],
        StakeKind::Tiny => [fraction, rng.u64(0..3)],
        // Sums of these pass the top of I64F64, where the chain's plain sum wraps.
        StakeKind::Huge => [fraction, rng.u64(..) >> rng.u32(0..6)],
    }
}

/// What an epoch stored of consensus: nothing, zeros, what is below one and adds up to about that, or anything.
fn stored_consensus(rng: &mut Rng, n: u16, kind: &Kind) -> Vec<u16> {
    let len = odd_length(rng, n, kind);
    match rng.u8(0..8) {
        0 => Vec::new(),
        1 => vec![0; len],
        2 => (0..len).map(|_| rng.u16(..)).collect(),
        3 => (0..len).map(|_| [0, 65535][rng.usize(0..2)]).collect(),
        // Zeros as far as a subnet of `n` neurons reaches.
        4 => [vec![0; n.into()], vec![rng.u16(..)]].concat(),
        _ => {
            let most = (u16::MAX / n).max(1).saturating_mul(2);
            (0..len)
                .map(|_| rng.u16(0..=most) * u16::from(rng.bool()))
                .collect()
        }
    }
}

fn mechanism(rng: &mut Rng, n: u16, validators: u16, block: u64, kind: &Kind) -> OwnedMechanism {
    let update_len = odd_length(rng, n, kind);
    // Of every 20 who are no validators one has rows, but not dozens in a large subnet.
    let one_in = n.div_ceil(8).max(20);
    let rows = |rng: &mut Rng, bonds: bool| {
        let mut lists = (0..n)
            .map(|uid| {
                let setter = uid < validators || rng.u16(0..one_in) == 0;
                let count = if setter { kind.density } else { 0.0 };
                row(rng, n, uid, count, kind, bonds)
            })
            .collect::<Vec<_>>();
        if kind.copied_rows {
            copy_rows(rng, &mut lists[..validators.into()]);
        }
        Rows::from_lists(&lists)
    };
    OwnedMechanism {
        last_update: (0..update_len)
            .map(|_| match rng.u8(0..12) {
                0 => block_before(rng, block, kind),
                _ => block.saturating_sub(rng.u64(0..1000)),
            })
            .collect(),
        weights: rows(rng, false),
        bonds: rows(rng, true),
        commit_blocks: (0..n)
            .map(|_| match rng.u8(0..3) {
                0 => block.saturating_sub(rng.u64(0..5000)),
                _ => u64::MAX,
            })
            .collect(),
        consensus_by_mechanism: stored_consensus(rng, n, kind),
    }
}

/// Half of the validators but the first copy the row of one before them, to the last entry.
fn copy_rows(rng: &mut Rng, lists: &mut [Vec<(u16, u16)>]) {
    for uid in 1..lists.len() {
        if rng.bool() {
            lists[uid] = lists[rng.usize(0..uid)].clone();
        }
    }
}

fn row(rng: &mut Rng, n: u16, uid: u16, density: f64, kind: &Kind, bonds: bool) -> Vec<(u16, u16)> {
    let odd = kind.odd_rows;
    if density == 0.0 {
        return Vec::new();
    }
    // Now and then a validator that weighs itself only, or nobody.
    let scale = [65535, 65535, 1000, 3][rng.usize(0..4)];
    let mut row = Vec::new();
    for j in 0..n {
        if rng.f64() < density {
            row.push((j, rng.u16(0..=scale)));
        }
    }
    if let Some(gaps) = kind.gaps {
        leave_out(rng, gaps, &mut row);
    }
    match rng.u8(0..16) {
        0 => row = vec![(uid, 65535)],
        1 => row.clear(),
        2 => row = vec![(rng.u16(0..n), 65535)],
        _ => {}
    }
    row.retain(|&(_, value)| value > 0 || odd);
    if odd {
        make_odd(rng, n, &mut row, bonds);
    }
    row
}

/// Drops runs of entries: whether one is there depends on whether the one before it is.
fn leave_out(rng: &mut Rng, Gaps { coverage, burst }: Gaps, row: &mut Vec<(u16, u16)>) {
    let part = coverage[0] + (coverage[1] - coverage[0]) * rng.f64();
    let mut is_there = rng.f64() < part;
    row.retain(|_| {
        let kept = is_there;
        let changes = if is_there { 1.0 - part } else { part };
        is_there ^= rng.f64() < changes / burst;
        kept
    });
}

fn make_odd(rng: &mut Rng, n: u16, row: &mut Vec<(u16, u16)>, bonds: bool) {
    if rng.bool() {
        for _ in 0..rng.u8(0..4) {
            row.push((rng.u16(0..n), rng.u16(..)));
        }
    }
    if rng.bool() {
        rng.shuffle(row);
    }
    let strays = if bonds { 3 } else { 2 };
    for _ in 0..rng.u8(0..strays) {
        let at = rng.usize(0..=row.len());
        row.insert(at, (rng.u16(..), rng.u16(..)));
    }
}
