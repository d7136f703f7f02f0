//! Epochs in a row, with agents who act before each.

use crate::agents::{Agent, Policy};
use crate::change::Change;
use crate::network::{Growth, NO_COMMIT, Network, Values};
use crate::quality::{Quality, scattered};
use crate::random::Random;
use crate::record::Recording;
use crate::weights::{proportional, upscaled};
use std::collections::VecDeque;
use std::fmt;
use yuma_epoch::Settings;
use yuma_fixed::I32F32;
use yuma_types::InputError;

/// What went wrong in a run, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulationError {
    /// Number of the epoch, from 0 at the simulation's start.
    pub epoch: u32,
    /// The place of the agent to blame, where one is.
    pub agent: Option<u32>,
    /// What is wrong.
    pub error: InputError,
}

impl fmt::Display for SimulationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "epoch {}", self.epoch)?;
        if let Some(agent) = self.agent {
            write!(f, ", agent {agent}")?;
        }
        write!(f, ": {}", self.error)
    }
}

impl std::error::Error for SimulationError {}

/// Weights that are committed and not yet revealed.
#[derive(Clone, Debug)]
struct Commit {
    /// Number of the epoch before which they are revealed.
    reveal: u32,
    /// Block in which they were committed.
    block: u64,
    uids: Vec<u16>,
    values: Vec<u16>,
}

/// The streams of chance beside those of the agents, which have the numbers below.
const QUALITY_STREAM: u64 = 1 << 48;

/// A subnet, who acts in it, and what has happened.
#[derive(Debug)]
pub struct Simulation {
    network: Network,
    agents: Vec<Agent>,
    /// One for each uid of each agent.
    random: Vec<Vec<Random>>,
    /// By mechanism; the first stands for those that have none.
    quality: Vec<Quality>,
    quality_random: Vec<Random>,
    growth: Growth,
    reveal_interval: u32,
    /// By mechanism and uid.
    commits: Vec<Vec<VecDeque<Commit>>>,
    /// The consensus of each mechanism that past epochs stored, the last first.
    history: VecDeque<Vec<Vec<u16>>>,
    delay: u32,
    epoch: u32,
    parts: Vec<I32F32>,
    row: (Vec<u16>, Vec<u16>),
}

impl Simulation {
    /// A subnet in which nobody acts yet.
    pub fn new(network: Network) -> Self {
        let mechanisms = network.mechanisms().len();
        Self {
            network,
            agents: Vec::new(),
            random: Vec::new(),
            quality: Vec::new(),
            quality_random: Vec::new(),
            growth: Growth::None,
            reveal_interval: 1,
            commits: vec![Vec::new(); mechanisms],
            history: VecDeque::new(),
            delay: 0,
            epoch: 0,
            parts: Vec::new(),
            row: Default::default(),
        }
    }

    /// The subnet.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The subnet, to be changed.
    pub fn network_mut(&mut self) -> &mut Network {
        &mut self.network
    }

    /// How many epochs have run.
    pub fn epoch_number(&self) -> u32 {
        self.epoch
    }

    /// What becomes of stake between epochs.
    pub fn set_growth(&mut self, growth: Growth) {
        self.growth = growth;
    }

    /// Tempos from a commit to its reveal, where the subnet has commit-reveal.
    ///
    /// # Errors
    /// None, and more than the chain allows: `set_reveal_period` of `subnets/weights.rs`, spec 425.
    pub fn set_reveal_interval(&mut self, tempos: u32) -> Result<(), InputError> {
        const MOST: u32 = 100;
        if !(1..=MOST).contains(&tempos) {
            let expected = format!("expected 1 to {MOST} tempos, found {tempos}");
            return Err(InputError::new("interval", expected));
        }
        self.reveal_interval = tempos;
        Ok(())
    }

    /// Who acts from now on, in this order, and what they measure: of each mechanism, the first for those that have none.
    ///
    /// # Errors
    /// An agent that acts for a uid or in a mechanism that there is not, or whose numbers mean nothing; the number of the
    /// agent comes with it.
    pub fn set_agents(
        &mut self,
        agents: Vec<Agent>,
        quality: Vec<Quality>,
        seed: u64,
    ) -> Result<(), SimulationError> {
        for (at, agent) in agents.iter().enumerate() {
            self.check_agent(agent)
                .map_err(|error| self.fault(Some(at), error))?;
        }
        let stream = |agent: usize, uid: u16| (agent as u64) << 16 | u64::from(uid);
        self.random = agents
            .iter()
            .enumerate()
            .map(|(at, agent)| {
                let uids = agent.uids.iter();
                uids.map(|&uid| Random::new(seed, stream(at, uid)))
                    .collect()
            })
            .collect();
        self.quality_random = (0..quality.len() as u64)
            .map(|mechanism| Random::new(seed, QUALITY_STREAM + mechanism))
            .collect();
        let delays = agents.iter().map(|agent| agent.policy.delay());
        self.delay = delays.max().unwrap_or(0);
        self.agents = agents;
        self.quality = quality;
        Ok(())
    }

    fn check_agent(&self, agent: &Agent) -> Result<(), InputError> {
        let mechanisms = self.network.mechanisms().len();
        for &uid in &agent.uids {
            self.network.check_uid(uid)?;
        }
        if let Some(id) = agent.mechanism.filter(|&id| usize::from(id) >= mechanisms) {
            let expected = format!("expected a mechanism below {mechanisms}, found {id}");
            return Err(InputError::new("mechanism", expected));
        }
        agent.policy.check()
    }

    fn fault(&self, agent: Option<usize>, error: InputError) -> SimulationError {
        SimulationError {
            epoch: self.epoch,
            agent: agent.map(|at| at as u32),
            error,
        }
    }

    /// Changes what the next epoch reads.
    ///
    /// # Errors
    /// The same as those of [`Network::change`].
    pub fn change(&mut self, change: &Change<'_>) -> Result<(), InputError> {
        self.network.change(change)?;
        if let Change::Replace { uid, .. } = *change {
            for by_uid in &mut self.commits {
                if let Some(commits) = by_uid.get_mut(usize::from(uid)) {
                    commits.clear();
                }
            }
        }
        Ok(())
    }

    /// Sets the single values.
    ///
    /// # Errors
    /// The same as those of [`Network::set_values`].
    pub fn set_values(&mut self, values: Values) -> Result<(), InputError> {
        self.network.set_values(values)
    }

    /// Weights that a validator sets in the block before the epoch: stored at once or, under commit-reveal, when they are
    /// revealed. In either way it has updated.
    ///
    /// Follows `internal_set_weights`, `internal_commit_timelocked_weights` of `subnets/weights.rs` and
    /// `reveal_crv3_commits_for_subnet` of `coinbase/reveal_commits.rs`, spec 425.
    ///
    /// # Errors
    /// A uid or a mechanism that there is not, and rows of which the uids are not as many as the values.
    pub fn submit(
        &mut self,
        mechanism: u8,
        uid: u16,
        uids: &[u16],
        values: &[u16],
    ) -> Result<(), InputError> {
        let block = self.network.block().saturating_sub(1);
        let values = upscaled(values);
        self.network.change(&Change::LastUpdate {
            mechanism,
            uid,
            block,
        })?;
        if !self.network.values().subnet.commit_reveal_enabled {
            return self.network.change(&Change::Row {
                mechanism,
                uid,
                uids,
                values: &values,
            });
        }
        let by_uid = &mut self.commits[usize::from(mechanism)];
        if by_uid.len() <= usize::from(uid) {
            by_uid.resize(usize::from(uid) + 1, VecDeque::new());
        }
        by_uid[usize::from(uid)].push_back(Commit {
            reveal: self.epoch.saturating_add(self.reveal_interval),
            block,
            uids: uids.to_vec(),
            values,
        });
        self.keep_earliest_commit(mechanism, uid)
    }

    fn keep_earliest_commit(&mut self, mechanism: u8, uid: u16) -> Result<(), InputError> {
        let commits = &self.commits[usize::from(mechanism)][usize::from(uid)];
        let block = commits.front().map(|commit| commit.block);
        self.network.change(&Change::Commit {
            mechanism,
            uid,
            block: block.filter(|&block| block != NO_COMMIT),
        })
    }

    /// Reveals what is due before the epoch.
    fn reveal(&mut self) -> Result<(), InputError> {
        for mechanism in 0..self.commits.len() {
            for uid in 0..self.commits[mechanism].len() {
                let mut revealed = None;
                let due = self.epoch;
                let commits = &mut self.commits[mechanism][uid];
                while commits.front().is_some_and(|commit| commit.reveal <= due) {
                    revealed = commits.pop_front();
                }
                let Some(commit) = revealed else { continue };
                let (mechanism, uid) = (mechanism as u8, uid as u16);
                self.network.change(&Change::Row {
                    mechanism,
                    uid,
                    uids: &commit.uids,
                    values: &commit.values,
                })?;
                self.keep_earliest_commit(mechanism, uid)?;
            }
        }
        Ok(())
    }

    /// Lets everything happen that happens before the epoch: reveals, then the agents.
    ///
    /// # Errors
    /// What an agent did that cannot be, with its place.
    pub fn act(&mut self) -> Result<(), SimulationError> {
        self.reveal().map_err(|error| self.fault(None, error))?;
        for (quality, random) in self.quality.iter_mut().zip(&mut self.quality_random) {
            quality.go_to(self.epoch, random);
        }
        let agents = std::mem::take(&mut self.agents);
        let acted = self.act_all(&agents);
        self.agents = agents;
        acted
    }

    fn act_all(&mut self, agents: &[Agent]) -> Result<(), SimulationError> {
        for (at, agent) in agents.iter().enumerate() {
            if !agent.acts(self.epoch) {
                continue;
            }
            for (place, &uid) in agent.uids.iter().enumerate() {
                self.act_for(agent, at, place, uid)
                    .map_err(|error| self.fault(Some(at), error))?;
            }
        }
        Ok(())
    }

    fn act_for(
        &mut self,
        agent: &Agent,
        at: usize,
        place: usize,
        uid: u16,
    ) -> Result<(), InputError> {
        let policy = agent.policy.at(self.epoch);
        let is_turn = |every: u32| (self.epoch - agent.from).is_multiple_of(every);
        match policy {
            Policy::Absent | Policy::Switching { .. } => return Ok(()),
            Policy::Late { every, .. } if !is_turn(*every) => return Ok(()),
            Policy::Registering { every, stake } => {
                return if is_turn(*every) {
                    self.register(uid, *stake)
                } else {
                    Ok(())
                };
            }
            Policy::Staking { each } => return self.change(&Change::AddStake { uid, rao: *each }),
            _ => {}
        }
        let mechanisms = self.network.mechanisms().len() as u8;
        let acts_in = match agent.mechanism {
            Some(id) => id..id + 1,
            None => 0..mechanisms,
        };
        for mechanism in acts_in {
            self.weigh(policy, mechanism, uid, at, place)?;
        }
        Ok(())
    }

    /// A registration in the first block after the last epoch.
    fn register(&mut self, uid: u16, stake: u64) -> Result<(), InputError> {
        let subnet = &self.network.values().subnet;
        let block = subnet.block.saturating_sub(subnet.tempo);
        self.change(&Change::Replace { uid, block, stake })
    }

    fn weigh(
        &mut self,
        policy: &Policy,
        mechanism: u8,
        uid: u16,
        agent: usize,
        place: usize,
    ) -> Result<(), InputError> {
        let mut parts = std::mem::take(&mut self.parts);
        let (mut uids, mut values) = std::mem::take(&mut self.row);
        match policy {
            Policy::Honest { noise } | Policy::Late { noise, .. } => {
                self.by_quality(mechanism, uid, &mut parts);
                if *noise != I32F32::ZERO {
                    let random = &mut self.random[agent][place];
                    for part in &mut parts {
                        *part = scattered(*part, *noise, random);
                    }
                }
            }
            Policy::Copier { delay } => self.past_consensus(mechanism, *delay, &mut parts),
            Policy::Cabal { miners, share } => {
                self.by_quality(mechanism, uid, &mut parts);
                favour(&mut parts, miners, *share);
            }
            Policy::SelfVoter { share } => {
                self.by_quality(mechanism, uid, &mut parts);
                favour(&mut parts, &[uid], *share);
            }
            _ => {}
        }
        proportional(&parts, &mut uids, &mut values);
        let submitted = self.submit(mechanism, uid, &uids, &values);
        self.parts = parts;
        self.row = (uids, values);
        submitted
    }

    /// Writes everyone's quality but the validator's own.
    fn by_quality(&self, mechanism: u8, uid: u16, parts: &mut Vec<I32F32>) {
        let own = self.quality.get(usize::from(mechanism));
        let quality = own.or(self.quality.first());
        let n = usize::from(self.network.n());
        parts.clear();
        if let Some(quality) = quality {
            parts.extend(quality.values().iter().take(n));
        }
        parts.resize(n, I32F32::ZERO);
        parts[usize::from(uid)] = I32F32::ZERO;
    }

    /// Writes the consensus that the epoch of so many epochs before the last one stored.
    fn past_consensus(&self, mechanism: u8, delay: u32, parts: &mut Vec<I32F32>) {
        let n = usize::from(self.network.n());
        parts.clear();
        if let Some(consensus) = self.history.get(delay as usize) {
            let values = consensus[usize::from(mechanism)].iter().take(n);
            parts.extend(values.map(|&value| I32F32::saturating_from_int(value.into())));
        }
        if parts.iter().all(|&part| part == I32F32::ZERO) {
            parts.clear();
            parts.resize(n, I32F32::ONE);
        }
        parts.resize(n, I32F32::ZERO);
    }

    /// Runs the next epoch, keeps what is recorded of it, and goes on to the state after it.
    ///
    /// # Errors
    /// What an agent did that cannot be, and input that no chain could hold.
    pub fn step(
        &mut self,
        settings: Settings,
        recording: Option<&mut Recording>,
    ) -> Result<(), SimulationError> {
        self.act()?;
        self.run_epoch(settings, recording)
            .map_err(|error| self.fault(None, error))?;
        self.epoch = self.epoch.saturating_add(1);
        Ok(())
    }

    fn run_epoch(
        &mut self,
        settings: Settings,
        recording: Option<&mut Recording>,
    ) -> Result<(), InputError> {
        let block = self.network.block();
        self.network.epoch(settings)?;
        if let Some(recording) = recording.filter(|recording| recording.keeps(self.epoch))
            && let Some(output) = self.network.output()
        {
            let mechanisms = self.network.mechanisms();
            let weights = |id: u8| &mechanisms[usize::from(id)].weights;
            recording.keep(self.epoch, block, output, weights)?;
        }
        if !self.agents.is_empty()
            && let Some(output) = self.network.output()
        {
            // The oldest one's memory serves again.
            let spare = (self.history.len() > self.delay as usize)
                .then(|| self.history.pop_back())
                .flatten();
            let mut consensus = spare.unwrap_or_default();
            consensus.resize(output.mechanisms.len(), Vec::new());
            for (kept, mechanism) in consensus.iter_mut().zip(&output.mechanisms) {
                kept.clone_from(&mechanism.terms.consensus);
            }
            self.history.push_front(consensus);
        }
        self.network.advance(self.growth)
    }
}

/// Gives these uids a share of all in equal parts, and the others what is left in the proportions that they have.
fn favour(parts: &mut [I32F32], favoured: &[u16], share: I32F32) {
    let favoured = favoured.iter().map(|&uid| usize::from(uid));
    let count = favoured.clone().filter(|&uid| uid < parts.len()).count();
    for uid in favoured.clone() {
        if let Some(part) = parts.get_mut(uid) {
            *part = I32F32::ZERO;
        }
    }
    let others = parts
        .iter()
        .fold(I32F32::ZERO, |sum, &part| sum.saturating_add(part));
    let left = I32F32::ONE.saturating_sub(share);
    for part in parts.iter_mut() {
        *part = part.safe_div(others).saturating_mul(left);
    }
    let each = share.safe_div(I32F32::saturating_from_int(count as i128));
    for uid in favoured {
        if let Some(part) = parts.get_mut(uid) {
            *part = each;
        }
    }
}
