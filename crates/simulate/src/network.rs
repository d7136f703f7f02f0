//! One subnet between two epochs.

use crate::change::Change;
use crate::registration::Clears;
use crate::rows;
use yuma_epoch::{Mechanism, Settings, StoredRows, Subnet, SubnetOutput, subnet_epoch};
use yuma_fixed::I64F64;
use yuma_types::{EpochConsensus, InputError, LastTempo, Pools, Rules};

/// The commit block that stands for none.
pub const NO_COMMIT: u64 = u64::MAX;

/// Everything that an epoch reads and that is one value.
#[derive(Clone, Copy, Debug)]
pub struct Values {
    /// The rules of the spec version.
    pub rules: Rules,
    /// The subnet's single values; its columns are empty here.
    pub subnet: Subnet<'static>,
    /// Alpha to hand out, rao.
    pub emission: u64,
    /// The parts of the emission for miners, validators and root, where they are given.
    pub pending: [Option<u64>; 3],
}

impl Values {
    /// Returns what the epoch hands out.
    ///
    /// # Errors
    /// Under Null consensus, which alone reads the parts, parts that do not sum to the emission.
    pub fn pools(&self) -> Result<Pools, InputError> {
        let by_null = self.rules.pays_by_null(&self.subnet);
        Pools::of_parts(self.emission, self.pending, by_null)
    }
}

/// What each mechanism has of its own. Units are those of [`Mechanism`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MechanismState {
    /// Block of each neuron's last update.
    pub last_update: Vec<u64>,
    /// Weights as stored.
    pub weights: StoredRows,
    /// Bonds as stored.
    pub bonds: StoredRows,
    /// Block of each uid's earliest unexpired commit.
    pub commit_blocks: Vec<u64>,
    /// Consensus as the epoch before stored it.
    pub consensus_by_mechanism: Vec<u16>,
}

impl MechanismState {
    fn new(mechanism: &Mechanism<'_>) -> Self {
        Self {
            last_update: mechanism.last_update.to_vec(),
            weights: rows::owned(&mechanism.weights),
            bonds: rows::owned(&mechanism.bonds),
            commit_blocks: mechanism.commit_blocks.to_vec(),
            consensus_by_mechanism: mechanism.consensus_by_mechanism.to_vec(),
        }
    }

    /// The mechanism as an epoch reads it.
    pub fn borrow(&self) -> Mechanism<'_> {
        Mechanism {
            last_update: &self.last_update,
            weights: rows::borrowed(&self.weights),
            bonds: rows::borrowed(&self.bonds),
            commit_blocks: &self.commit_blocks,
            consensus_by_mechanism: &self.consensus_by_mechanism,
        }
    }
}

/// What becomes of the stake between two epochs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Growth {
    /// It stays.
    #[default]
    None,
    /// Each uid's grows by what the epoch paid it as a miner and as a validator, as if all of it stayed staked there:
    /// no take, parents, nominators or root have a part in it.
    Payout,
}

/// A subnet's state between two epochs: what an epoch reads, and after one has run, what it gave.
#[derive(Clone, Debug)]
pub struct Network {
    values: Values,
    block_at_registration: Vec<u64>,
    total_stake: Vec<[u64; 2]>,
    validator_permit: Vec<u8>,
    split: Option<Vec<u16>>,
    mechanisms: Vec<MechanismState>,
    output: Option<SubnetOutput>,
    /// Whether the output is of the present state.
    is_current: bool,
}

impl Network {
    /// A subnet of its columns.
    ///
    /// # Errors
    /// Input that no chain could hold, as [`subnet_epoch`] refuses it.
    pub fn new(
        values: Values,
        subnet: &Subnet<'_>,
        mechanisms: &[Mechanism<'_>],
        split: Option<&[u16]>,
    ) -> Result<Self, InputError> {
        yuma_epoch::check_input(&values.rules, subnet, mechanisms, split)?;
        values.pools()?;
        Ok(Self {
            values,
            block_at_registration: subnet.block_at_registration.to_vec(),
            total_stake: subnet.total_stake.to_vec(),
            validator_permit: subnet.validator_permit.to_vec(),
            split: split.map(<[u16]>::to_vec),
            mechanisms: mechanisms.iter().map(MechanismState::new).collect(),
            output: None,
            is_current: false,
        })
    }

    /// The single values.
    pub fn values(&self) -> &Values {
        &self.values
    }

    /// Number of neurons.
    pub fn n(&self) -> u16 {
        self.values.subnet.n
    }

    /// Block of the next epoch.
    pub fn block(&self) -> u64 {
        self.values.subnet.block
    }

    /// Parts of the emission by mechanism.
    pub fn split(&self) -> Option<&[u16]> {
        self.split.as_deref()
    }

    /// What each mechanism has of its own.
    pub fn mechanisms(&self) -> &[MechanismState] {
        &self.mechanisms
    }

    /// The subnet as an epoch reads it.
    pub fn subnet(&self) -> Subnet<'_> {
        Subnet {
            block_at_registration: &self.block_at_registration,
            total_stake: &self.total_stake,
            validator_permit: &self.validator_permit,
            ..self.values.subnet
        }
    }

    /// The same state without what an epoch gave.
    pub fn without_output(&self) -> Self {
        Self {
            values: self.values,
            block_at_registration: self.block_at_registration.clone(),
            total_stake: self.total_stake.clone(),
            validator_permit: self.validator_permit.clone(),
            split: self.split.clone(),
            mechanisms: self.mechanisms.clone(),
            output: None,
            is_current: false,
        }
    }

    /// What the last epoch gave. Once the state has gone on to the next one, the bonds in it are those before the epoch.
    pub fn output(&self) -> Option<&SubnetOutput> {
        self.output.as_ref()
    }

    /// Runs the epoch of the present state.
    ///
    /// # Errors
    /// The same as those of [`subnet_epoch`].
    pub fn epoch(&mut self, settings: Settings) -> Result<&SubnetOutput, InputError> {
        self.is_current = false;
        let pools = self.values.pools()?;
        let subnet = self.subnet();
        let mut mechanisms = self.mechanisms.iter().map(MechanismState::borrow);
        let split = self.split.as_deref();
        let rules = &self.values.rules;
        // Nearly every subnet has one, which needs no list on the heap.
        let output = match (mechanisms.next(), self.mechanisms.len()) {
            (Some(sole), 1) => subnet_epoch(rules, &subnet, &[sole], split, pools, settings)?,
            (first, _) => {
                let all = first.into_iter().chain(mechanisms).collect::<Vec<_>>();
                subnet_epoch(rules, &subnet, &all, split, pools, settings)?
            }
        };
        self.is_current = true;
        Ok(self.output.insert(output))
    }

    /// Takes an epoch of the present state that was computed elsewhere.
    ///
    /// # Errors
    /// An output of another number of neurons or mechanisms.
    pub fn adopt(&mut self, output: SubnetOutput) -> Result<(), InputError> {
        let n = usize::from(self.n());
        let fits = output.mechanisms.len() == self.mechanisms.len()
            && output.terms().validator_permit.len() == n
            && output.terms().server_emission.len() == n
            && output.terms().validator_emission.len() == n;
        if !fits {
            let expected = format!(
                "expected one of {n} neurons and {} mechanisms",
                self.mechanisms.len()
            );
            return Err(InputError::new("result", expected));
        }
        for (id, mechanism) in output.mechanisms.iter().enumerate() {
            self.check_given(mechanism).map_err(|error| InputError {
                mechanism: Some(id as u8),
                ..error
            })?;
        }
        self.output = Some(output);
        self.is_current = true;
        Ok(())
    }

    fn check_given(&self, mechanism: &yuma_types::MechanismOutput) -> Result<(), InputError> {
        let bonds = rows::borrowed(&mechanism.bonds);
        let n = usize::from(self.n());
        let ascends = bonds.row_start.windows(2).all(|pair| pair[0] <= pair[1]);
        let ends = bonds.row_start.last().copied().unwrap_or(0) as usize;
        let whole = bonds.row_start.len() == n + 1
            && bonds.row_start[0] == 0
            && ascends
            && ends == bonds.uid.len()
            && ends == bonds.value.len();
        if !whole {
            return Err(InputError::new("bonds", format!("expected {n} rows")));
        }
        if mechanism.terms.consensus.len() != n {
            let expected = format!(
                "expected {n} entries, found {}",
                mechanism.terms.consensus.len()
            );
            return Err(InputError::new("consensus", expected));
        }
        Ok(())
    }

    /// Goes on to the state that the next epoch reads: what the epoch stored, and a tempo later.
    ///
    /// Follows `epoch_with_mechanism_budgets` of `subnets/mechanism.rs` and `distribute_emissions_to_subnets` of
    /// `coinbase/run_coinbase.rs`, specs 425 and 475; the block of the next epoch is `should_run_epoch`'s where nothing
    /// defers it: `tempo + 1` blocks later.
    ///
    /// # Errors
    /// A state of which no epoch has run.
    pub fn advance(&mut self, growth: Growth) -> Result<(), InputError> {
        let Some(output) = self.output.as_mut().filter(|_| self.is_current) else {
            let expected = "expected a state of which the epoch has run";
            return Err(InputError::new("epoch", expected));
        };
        self.is_current = false;
        let Values { rules, subnet, .. } = &mut self.values;
        for (state, output) in self.mechanisms.iter_mut().zip(&mut output.mechanisms) {
            std::mem::swap(&mut state.bonds, &mut output.bonds);
            if rules.stores_consensus() {
                let consensus = &output.terms.consensus;
                state.consensus_by_mechanism.clone_from(consensus);
            }
        }
        let permits = output.terms().validator_permit.iter();
        self.validator_permit.clear();
        self.validator_permit
            .extend(permits.map(|&permit| u8::from(permit)));
        if growth == Growth::Payout {
            let paid = output.terms().server_emission.iter();
            let paid = paid.zip(&output.terms().validator_emission);
            for (stake, (&server, &validator)) in self.total_stake.iter_mut().zip(paid) {
                let paid = i128::from(server) + i128::from(validator);
                *stake = words(of_words(*stake).saturating_add(I64F64::saturating_from_int(paid)));
            }
        }
        let block = subnet.block;
        subnet.last_mechanism_step_block = block;
        let keeps_yuma_step = rules.last_tempo == LastTempo::LastYumaStep;
        if keeps_yuma_step && !rules.pays_by_null(subnet) && block > 0 {
            subnet.last_yuma_step_block = Some(block);
        }
        subnet.block = block.saturating_add(subnet.tempo).saturating_add(1);
        Ok(())
    }

    /// Sets the single values. On the change to Null consensus the last step counts as Yuma's where none is stored, as
    /// on chain; who turns commits on has none yet.
    ///
    /// # Errors
    /// Another number of neurons, which registrations change.
    pub fn set_values(&mut self, values: Values) -> Result<(), InputError> {
        let before = self.values.subnet;
        if values.subnet.n != before.n {
            let expected = "expected the number of neurons that there are: a registration adds one";
            return Err(InputError::new("n", expected));
        }
        self.is_current = false;
        let mut values = values;
        let subnet = &mut values.subnet;
        let null = EpochConsensus::Null;
        let becomes_null =
            subnet.subnet_epoch_consensus == null && before.subnet_epoch_consensus != null;
        if becomes_null && subnet.last_yuma_step_block.is_none() {
            subnet.last_yuma_step_block = Some(subnet.last_mechanism_step_block);
        }
        if subnet.commit_reveal_enabled {
            for mechanism in &mut self.mechanisms {
                if mechanism.commit_blocks.is_empty() {
                    mechanism.commit_blocks.resize(before.n.into(), NO_COMMIT);
                }
            }
        }
        self.values = values;
        Ok(())
    }

    /// Changes what the next epoch reads.
    ///
    /// # Errors
    /// A uid or a mechanism that there is not, and a registration in the owner's place, which the chain does not do.
    pub fn change(&mut self, change: &Change<'_>) -> Result<(), InputError> {
        self.is_current = false;
        match *change {
            Change::Weight {
                mechanism,
                from,
                to,
                value,
            } => {
                self.check_uid(from)?;
                rows::set_entry(&mut self.mechanism(mechanism)?.weights, from, to, value);
            }
            Change::Row {
                mechanism,
                uid,
                uids,
                values,
            } => {
                self.check_uid(uid)?;
                check_row(uids, values)?;
                rows::set_row(&mut self.mechanism(mechanism)?.weights, uid, uids, values);
            }
            Change::Bonds {
                mechanism,
                uid,
                uids,
                values,
            } => {
                self.check_uid(uid)?;
                check_row(uids, values)?;
                rows::set_row(&mut self.mechanism(mechanism)?.bonds, uid, uids, values);
            }
            Change::LastUpdate {
                mechanism,
                uid,
                block,
            } => {
                self.check_uid(uid)?;
                set_last_update(self.mechanism(mechanism)?, uid, block);
            }
            Change::Commit {
                mechanism,
                uid,
                block,
            } => {
                self.check_uid(uid)?;
                let n = usize::from(self.n());
                let blocks = &mut self.mechanism(mechanism)?.commit_blocks;
                blocks.resize(n, NO_COMMIT);
                blocks[usize::from(uid)] = block.unwrap_or(NO_COMMIT);
            }
            Change::Stake { uid, rao } => {
                *self.stake(uid)? = words(I64F64::saturating_from_int(rao.into()));
            }
            Change::AddStake { uid, rao } => {
                let stake = self.stake(uid)?;
                let sum = of_words(*stake).saturating_add(I64F64::saturating_from_int(rao.into()));
                *stake = words(sum.max(I64F64::ZERO));
            }
            Change::StakeBits { uid, bits } => *self.stake(uid)? = bits,
            Change::Permit { uid, permit } => {
                self.check_uid(uid)?;
                self.validator_permit.resize(self.n().into(), 0);
                self.validator_permit[usize::from(uid)] = permit.into();
            }
            Change::Registered { uid, block } => {
                self.check_uid(uid)?;
                self.block_at_registration[usize::from(uid)] = block;
            }
            Change::Replace { uid, block, stake } => self.replace(uid, block, stake)?,
            Change::Append { block, stake } => self.append(block, stake)?,
            Change::Split(split) => self.split = split.map(<[u16]>::to_vec),
        }
        Ok(())
    }

    /// Registers a neuron in the place of another.
    ///
    /// Follows `replace_neuron` of `pallets/subtensor/src/subnets/uids.rs`; [`Clears`] says what it did when.
    fn replace(&mut self, uid: u16, block: u64, stake: u64) -> Result<(), InputError> {
        self.check_uid(uid)?;
        if self.values.subnet.owner_uid == Some(uid) {
            let expected = "expected another uid than the owner's, whom the chain never replaces";
            return Err(at_uid(InputError::new("uid", expected), uid));
        }
        let clears = Clears::at(self.values.rules.spec_version);
        let at = usize::from(uid);
        self.block_at_registration[at] = block;
        self.total_stake[at] = words(I64F64::saturating_from_int(stake.into()));
        if let Some(permit) = self.validator_permit.get_mut(at).filter(|_| clears.permit) {
            *permit = 0;
        }
        for mechanism in &mut self.mechanisms {
            if clears.bonds {
                rows::set_row(&mut mechanism.bonds, uid, &[], &[]);
            }
            if clears.weights {
                rows::set_row(&mut mechanism.weights, uid, &[], &[]);
                rows::zero_column(&mut mechanism.weights, uid);
            }
            if clears.last_update {
                set_last_update(mechanism, uid, block);
            }
            if let Some(commit) = mechanism.commit_blocks.get_mut(at) {
                *commit = NO_COMMIT;
            }
            if let Some(consensus) = mechanism.consensus_by_mechanism.get_mut(at) {
                *consensus = 0;
            }
        }
        Ok(())
    }

    /// Registers a neuron behind the others.
    ///
    /// Follows `append_neuron` of `pallets/subtensor/src/subnets/uids.rs`, spec 425.
    fn append(&mut self, block: u64, stake: u64) -> Result<(), InputError> {
        let uid = self.n();
        let Some(n) = uid.checked_add(1) else {
            return Err(InputError::new(
                "n",
                "expected 1 to 65535 neurons, found more",
            ));
        };
        self.values.subnet.n = n;
        self.block_at_registration.push(block);
        self.total_stake
            .push(words(I64F64::saturating_from_int(stake.into())));
        self.validator_permit.push(0);
        for mechanism in &mut self.mechanisms {
            rows::push_row(&mut mechanism.weights);
            rows::push_row(&mut mechanism.bonds);
            set_last_update(mechanism, uid, block);
            if !mechanism.commit_blocks.is_empty() {
                mechanism.commit_blocks.push(NO_COMMIT);
            }
        }
        Ok(())
    }

    /// Returns `Ok` for a uid that there is.
    ///
    /// # Errors
    /// One that there is not.
    pub fn check_uid(&self, uid: u16) -> Result<(), InputError> {
        let n = self.n();
        if uid < n {
            return Ok(());
        }
        let expected = format!("expected a uid below {n}, found {uid}");
        Err(at_uid(InputError::new("uid", expected), uid))
    }

    fn mechanism(&mut self, id: u8) -> Result<&mut MechanismState, InputError> {
        let count = self.mechanisms.len();
        let found = self.mechanisms.get_mut(usize::from(id));
        found.ok_or_else(|| {
            let expected = format!("expected a mechanism below {count}, found {id}");
            InputError::new("mechanism", expected)
        })
    }

    fn stake(&mut self, uid: u16) -> Result<&mut [u64; 2], InputError> {
        self.check_uid(uid)?;
        Ok(&mut self.total_stake[usize::from(uid)])
    }
}

fn check_row(uids: &[u16], values: &[u16]) -> Result<(), InputError> {
    if uids.len() == values.len() {
        return Ok(());
    }
    let expected = format!(
        "expected as many uids as values, found {} and {}",
        uids.len(),
        values.len()
    );
    Err(InputError::new("weights", expected))
}

/// Sets the block of a uid's last update; the chain pads a short list with zeros.
fn set_last_update(mechanism: &mut MechanismState, uid: u16, block: u64) {
    let at = usize::from(uid);
    if mechanism.last_update.len() <= at {
        mechanism.last_update.resize(at + 1, 0);
    }
    mechanism.last_update[at] = block;
}

fn at_uid(error: InputError, uid: u16) -> InputError {
    InputError {
        uid: Some(uid.into()),
        ..error
    }
}

fn of_words([low, high]: [u64; 2]) -> I64F64 {
    I64F64::from_bits((u128::from(high) << 64 | u128::from(low)) as i128)
}

fn words(stake: I64F64) -> [u64; 2] {
    let bits = stake.to_bits();
    [bits as u64, (bits >> 64) as u64]
}
