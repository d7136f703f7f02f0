//! Functions that need no network: scalars in, words out.

use super::answer::EmissionAnswer;
use super::columns::{
    Narrow, Reader, Slots, i128_words, or_none, rows_of, some, some_account, u128_words,
};
use super::explain;
use super::report::refusal;
use super::steps::{limit, side};
use crate::Column;
use crate::memory::ensure_function;
use yuma_emission::{
    Account, Evidence, Facts, InputError, Map, Part, Path, Pending, Pool, Pruning, Relations,
    RootDividendKind, Schedule, ScheduleKind, Set, StakeCount, StakeWeights, Subnet, Swap,
    SwapError, proportion_u16, proportion_u64,
};
use yuma_fixed::U96F32;

/// Numbers of the functions.
pub mod function {
    /// The spec versions whose rules are known, path by path, and what says so; no slots.
    pub const RANGES: u32 = 0;
    /// What a version does and stores: its number.
    pub const FACTS: u32 = 1;
    /// Rao minted in a block: the issuance.
    pub const BLOCK_EMISSION: u32 = 2;
    /// A swap and the pool after it: the pool, side, amount, limit, whether fees are dropped.
    pub const SWAP: u32 = 3;
    /// What a swap would give: the pool, side, amount.
    pub const QUOTE: u32 = 4;
    /// When epochs are due: spec version, netuid, the schedule, block, how many are asked for.
    pub const SCHEDULE: u32 = 5;
    /// What of an emission each mechanism shares out: the emission, whether there are parts, how many mechanisms;
    /// a column of parts.
    pub const SPLIT: u32 = 6;
    /// Stake by uid: netuid, neurons, weight of TAO, the owner's hotkey; columns of alpha, TAO and whether it is
    /// suspended as a parent by account, of what is registered by uid, children, parents.
    pub const STAKE_WEIGHTS: u32 = 7;
    /// The weights that an epoch's masks remove.
    pub const MASKED: u32 = 8;
    /// The columns that older runtimes store beside an epoch's result.
    pub const LEGACY: u32 = 9;
    /// The parts of a rank.
    pub const RANK_PARTS: u32 = 10;
    /// The parts of dividends.
    pub const DIVIDEND_PARTS: u32 = 11;
    /// The weight that is a share of its row.
    pub const FITTING_WEIGHT: u32 = 12;
    /// The amounts that an epoch may have shared out.
    pub const POTS: u32 = 13;
    /// A column that is stored for a subnet, of several mechanisms' own.
    pub const WEIGHED: u32 = 14;
    /// Whom registrations would replace, and until when each is immune: spec version, block, the owner's uid, the
    /// period of immunity, how many of the owner's stay, how many that are not immune are left; columns of
    /// registrations, what was stored of emission, whose hotkey is the owner's.
    pub const PRUNING: u32 = 20;
    /// What a block that mints so much alpha adds to what is pending: the amount, the owner's cut, root's proportion.
    pub const PENDING_OF_BLOCK: u32 = 21;
}

type Words = Vec<Vec<u64>>;

/// Answers a function.
pub fn call(number: u32, slots: &[u64], columns: &[Column<'_>]) -> EmissionAnswer {
    let _room = ensure_function(columns);
    let mut slots = Slots::new(slots);
    let reader = Reader::new(columns);
    match number {
        function::RANGES => Ok(vec![ranges()]),
        function::FACTS => facts(&mut slots),
        function::BLOCK_EMISSION => block_emission(&mut slots),
        function::SWAP => swap(&mut slots),
        function::QUOTE => quote(&mut slots),
        function::SCHEDULE => schedule(&mut slots),
        function::SPLIT => split(&mut slots, reader),
        function::STAKE_WEIGHTS => stake_weights(&mut slots, reader),
        function::MASKED => explain::masked(&mut slots, reader),
        function::LEGACY => explain::legacy(&mut slots, reader),
        function::RANK_PARTS => explain::ranks(&mut slots, reader),
        function::DIVIDEND_PARTS => explain::dividends(&mut slots, reader),
        function::FITTING_WEIGHT => explain::fitting(&mut slots),
        function::POTS => explain::pots(&mut slots, reader),
        function::WEIGHED => explain::weighed(&mut slots, reader),
        function::PRUNING => pruning(&mut slots, reader),
        function::PENDING_OF_BLOCK => pending_of_block(&mut slots),
        other => Err(InputError::new(
            "function",
            format!("expected a function of this package, found {other}"),
        )),
    }
    .into()
}

/// The only slot of a call.
fn only<T: Narrow>(slots: &mut Slots<'_>, field: &'static str) -> Result<T, InputError> {
    let value = slots.narrow(field);
    slots.end()?;
    Ok(value)
}

/// Four words a range: the path, the first and the last version, and the version whose text is the same, 0 where vectors
/// or real state of the range's own prove it.
fn ranges() -> Vec<u64> {
    let mut words = Vec::new();
    for path in [Path::Epoch, Path::Shares, Path::Block, Path::Payout] {
        for span in path.spans() {
            let same_as = match span.evidence {
                Evidence::Proved => 0,
                Evidence::SameText(spec_version) => spec_version,
            };
            words.push(path as u64);
            words.extend([span.first, span.last, same_as].map(u64::from));
        }
    }
    words
}

fn facts(slots: &mut Slots<'_>) -> Result<Words, InputError> {
    let facts = Facts::for_spec(only(slots, "spec_version")?)?;
    let maybe = |fact: Option<bool>| fact.map_or(2, u64::from);
    Ok(vec![vec![
        (facts.schedule != ScheduleKind::Modulo).into(),
        (facts.root_dividends == RootDividendKind::Claimable).into(),
        facts.pending_apart.into(),
        facts.stores_rank.into(),
        facts.stores_stake_weight.into(),
        facts.shares.into(),
        facts.coinbase.into(),
        facts.pool.into(),
        facts.block.into(),
        maybe(facts.owner_exempt),
        maybe(facts.commit_reveal_mask),
    ]])
}

fn block_emission(slots: &mut Slots<'_>) -> Result<Words, InputError> {
    let emission = yuma_emission::block_emission(only(slots, "issuance")?);
    Ok(vec![vec![or_none(emission)]])
}

fn pool(slots: &mut Slots<'_>) -> Result<Pool, InputError> {
    let pool = Pool {
        mechanism: slots.narrow("pool.mechanism"),
        tao: slots.narrow("pool.tao"),
        alpha: slots.narrow("pool.alpha"),
        quote_weight: slots.narrow("pool.quote_weight"),
        initialized: slots.flag("pool.initialized"),
        fee_rate: slots.narrow("pool.fee_rate"),
    };
    slots.so_far()?;
    pool.check()?;
    Ok(pool)
}

fn pool_words(pool: &Pool) -> Vec<u64> {
    vec![
        pool.mechanism.into(),
        pool.tao,
        pool.alpha,
        pool.quote_weight,
        pool.initialized.into(),
        pool.fee_rate.into(),
    ]
}

fn swap_words(swap: Result<Swap, SwapError>) -> Vec<u64> {
    let refused = refusal(swap.err()).into();
    let swap = swap.unwrap_or_default();
    vec![refused, swap.paid_in, swap.paid_out, swap.fee]
}

fn swap(slots: &mut Slots<'_>) -> Result<Words, InputError> {
    let mut subnet = Subnet {
        pool: pool(slots)?,
        ..Subnet::default()
    };
    let side = side(slots.narrow("side"), "side")?;
    let amount = slots.narrow("amount");
    let limit = limit(some(slots.narrow("limit")), side);
    let drop_fees = slots.flag("drop_fees");
    slots.end()?;
    let swap = subnet.swap(
        side,
        amount,
        limit,
        drop_fees,
        StakeCount::Requested,
        &mut 0,
    );
    Ok(vec![swap_words(swap), pool_words(&subnet.pool)])
}

fn quote(slots: &mut Slots<'_>) -> Result<Words, InputError> {
    let pool = pool(slots)?;
    let side = side(slots.narrow("side"), "side")?;
    let amount = slots.narrow("amount");
    slots.end()?;
    Ok(match pool.quote(side, amount) {
        Err(refusal) => vec![swap_words(Err(refusal))],
        Ok(quote) => {
            let before = u128_words(quote.price_before.to_bits());
            let after = u128_words(quote.price_after.to_bits());
            vec![swap_words(Ok(quote.swap)), [before, after].concat()]
        }
    })
}

fn schedule(slots: &mut Slots<'_>) -> Result<Words, InputError> {
    let spec_version = slots.narrow("spec_version");
    let netuid = slots.narrow("netuid");
    let schedule = Schedule {
        tempo: slots.narrow("schedule.tempo"),
        last_epoch_block: slots.narrow("schedule.last_epoch_block"),
        pending_epoch_at: slots.narrow("schedule.pending_epoch_at"),
        blocks_since_last_step: slots.narrow("schedule.blocks_since_last_step"),
        epoch_index: 0,
        last_mechanism_step_block: 0,
    };
    let block = slots.narrow("block");
    let count: u16 = slots.narrow("epochs");
    slots.end()?;
    let kind = Facts::for_spec(spec_version)?.schedule;
    Ok(vec![kind.next_epochs(
        netuid,
        &schedule,
        block,
        count.into(),
    )])
}

fn pruning(slots: &mut Slots<'_>, mut reader: Reader<'_, '_>) -> Result<Words, InputError> {
    let spec_version = slots.narrow("spec_version");
    let block = slots.narrow("block");
    let owner: u32 = slots.narrow("owner_uid");
    let immunity_period = slots.narrow("immunity_period");
    let immune_owner_uids = slots.narrow("immune_owner_uids_limit");
    let least_not_immune = slots.narrow("min_non_immune_uids");
    slots.end()?;
    let registered = reader.u64s("block_at_registration", reader.rows());
    let emission = reader.u64s("emission", reader.rows());
    let pruning = Pruning {
        block,
        registered,
        emission,
        // The greatest stands for none: no uid is as large.
        owner: u16::try_from(owner).ok(),
        owners: reader.flags("owners", registered.len()),
        immunity_period,
        immune_owner_uids,
        least_not_immune,
    };
    reader.end()?;
    let order = pruning.order(spec_version)?;
    let until = (0..pruning.n()).map(|uid| pruning.immune_until(uid));
    Ok(vec![
        order.into_iter().map(u64::from).collect(),
        until.collect(),
    ])
}

fn pending_of_block(slots: &mut Slots<'_>) -> Result<Words, InputError> {
    let alpha_out: u64 = slots.narrow("alpha_out");
    let has_cut = slots.flag("owner_cut_enabled");
    let cut = proportion_u16(slots.narrow("subnet_owner_cut"));
    let root: u64 = slots.narrow("root_prop");
    slots.end()?;
    let added = Pending::of_block(
        U96F32::from_bits(u128::from(alpha_out) << U96F32::FRAC_BITS),
        has_cut.then_some(cut),
        U96F32::from_bits(root.into()),
    );
    Ok(vec![vec![
        added.server,
        added.validator,
        added.root,
        added.owner,
    ]])
}

fn split(slots: &mut Slots<'_>, mut reader: Reader<'_, '_>) -> Result<Words, InputError> {
    let emission = slots.narrow("emission");
    let has_parts = slots.flag("mechanism_emission_split");
    let count: u8 = slots.narrow("mechanism_count");
    slots.end()?;
    let parts = reader.u16s("mechanism_emission_split", reader.rows());
    reader.end()?;
    let parts = has_parts.then_some(parts);
    Ok(vec![yuma_epoch::split_emission(
        emission,
        parts,
        count.into(),
    )])
}

fn stake_weights(slots: &mut Slots<'_>, mut reader: Reader<'_, '_>) -> Result<Words, InputError> {
    let netuid = slots.narrow("netuid");
    let n: u16 = slots.narrow("n");
    let tao_weight = proportion_u64(slots.narrow("tao_weight"));
    let owner_hotkey = some_account(slots.narrow("owner_hotkey"));
    slots.end()?;
    let accounts = reader.rows();
    let alpha = reader.u64s("alpha", accounts);
    let root = reader.u64s("root", accounts);
    let suspended = reader.flags("suspended", accounts);
    let registered = reader.flags("registered", n.into());
    let relations = Relations {
        children: relatives(
            &mut reader,
            n,
            ["children.start", "children.account", "children.part"],
        ),
        parents: relatives(
            &mut reader,
            n,
            ["parents.start", "parents.account", "parents.part"],
        ),
    };
    reader.end()?;
    let mut no_parents = Set::new();
    for (account, &suspended) in (0..).zip(suspended) {
        if suspended != 0 {
            no_parents.insert(Account(account));
        }
    }
    let stake =
        |column: &[u64], account: Account| column.get(account.0 as usize).copied().unwrap_or(0);
    let weights = StakeWeights::new(
        netuid,
        (0..n).map(|uid| (registered[usize::from(uid)] != 0).then_some(Account(uid.into()))),
        &relations.in_force(&no_parents, owner_hotkey),
        tao_weight,
        |account| stake(alpha, account),
        |account| stake(root, account),
    );
    Ok(weights_words(&weights))
}

/// Relatives of the first `n` accounts.
fn relatives(
    reader: &mut Reader<'_, '_>,
    n: u16,
    [start, account, part]: [&'static str; 3],
) -> Map<Account, Vec<Part>> {
    let starts = reader.starts(start, n.into());
    let rows = rows_of(starts);
    let accounts = reader.u32s(account, rows);
    let parts = reader.u64s(part, rows);
    let mut relatives = Map::new();
    for (uid, bounds) in (0..).zip(starts.windows(2)) {
        let rows = bounds[0] as usize..bounds[1] as usize;
        // Where a column is not as it should be there is nothing, and the reader says so at its end.
        let (Some(parts), Some(accounts)) = (parts.get(rows.clone()), accounts.get(rows)) else {
            continue;
        };
        if !parts.is_empty() {
            let accounts = accounts.iter().map(|&account| Account(account));
            relatives.insert(Account(uid), parts.iter().copied().zip(accounts).collect());
        }
    }
    relatives
}

/// Total weight, alpha and TAO by uid: I64F64 in two words each.
pub fn weights_words(weights: &StakeWeights) -> Words {
    [&weights.total, &weights.alpha, &weights.tao]
        .map(|column| {
            let words = column.iter().map(|weight| i128_words(weight.to_bits()));
            words.flatten().collect()
        })
        .into()
}
