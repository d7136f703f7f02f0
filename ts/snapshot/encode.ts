import { SNAPSHOT_SCHEMA } from './document.ts'
import type { MechanismState, Snapshot } from './types.ts'
import { concatenate } from './unpack.ts'

/** Integers as a JSON array of decimal strings: what does not fit a JavaScript number. */
export function jsonDecimals(values: BigUint64Array | BigInt64Array): string {
  return values.length === 0 ? '[]' : `["${values.join('","')}"]`
}

/** Numbers as a JSON array. */
export function jsonNumbers(values: Uint16Array): string {
  return `[${values.join(',')}]`
}

/** 0 and 1 as a JSON array of booleans. */
export function jsonFlags(values: Uint8Array): string {
  return `[${Array.from(values, (value) => value !== 0).join(',')}]`
}

/** Rows of entries of which each has a uid and a value. */
export interface EntryRows {
  readonly rowStart: Uint32Array
  readonly uid: Uint16Array
  readonly value: Uint16Array | BigInt64Array
}

/** Rows as a JSON array of rows of `[uid, value]`, a piece for each row; 64-bit values are decimal strings. */
export function* jsonRows({ rowStart, uid, value }: EntryRows): Generator<string> {
  const quote = value instanceof BigInt64Array ? '"' : ''
  yield '['
  for (let row = 0; row + 1 < rowStart.length; row++) {
    const start = rowStart[row]!
    const end = rowStart[row + 1]!
    let text = row === 0 ? '[' : ',['
    for (let at = start; at < end; at++)
      text += `${at > start ? ',[' : '['}${uid[at]},${quote}${value[at]}${quote}]`
    yield `${text}]`
  }
  yield ']'
}

/** I64F64 bits, of which each has two words, as a JSON array of decimal strings. */
function jsonI128s(words: BigUint64Array): string {
  const texts: string[] = []
  for (let at = 0; at < words.length; at += 2) {
    texts.push(`"${(BigInt.asIntN(64, words[at + 1]!) << 64n) | words[at]!}"`)
  }
  return `[${texts.join(',')}]`
}

/** What a snapshot file says beside columns, mechanisms and sections. */
function scalars(snapshot: Snapshot): Record<string, unknown> {
  return {
    schema: SNAPSHOT_SCHEMA,
    spec_version: snapshot.specVersion,
    netuid: snapshot.netuid,
    name: snapshot.name,
    block_hash: snapshot.blockHash,
    n: snapshot.n,
    block: String(snapshot.block),
    tempo: String(snapshot.tempo),
    last_mechanism_step_block: String(snapshot.lastMechanismStepBlock),
    activity_cutoff_blocks: String(snapshot.activityCutoffBlocks),
    stake_threshold: String(snapshot.stakeThreshold),
    owner_uid: snapshot.ownerUid,
    max_allowed_validators: snapshot.maxAllowedValidators,
    commit_reveal_enabled: snapshot.commitRevealEnabled,
    kappa: snapshot.kappa,
    bonds_penalty: snapshot.bondsPenalty,
    bonds_moving_average: String(snapshot.bondsMovingAverage),
    yuma3_on: snapshot.yuma3On,
    liquid_alpha_on: snapshot.liquidAlphaOn,
    alpha_low: snapshot.alphaLow,
    alpha_high: snapshot.alphaHigh,
    alpha_sigmoid_steepness: snapshot.alphaSigmoidSteepness,
    emission: String(snapshot.emission),
    hotkeys: snapshot.hotkeys,
    coldkeys: snapshot.coldkeys,
  }
}

function* mechanismPieces({ lastUpdate, weights, bonds, commitBlocks }: MechanismState): Generator<string> {
  yield `{"last_update":${jsonDecimals(lastUpdate)},"weights":`
  yield* jsonRows(weights)
  yield ',"bonds":'
  yield* jsonRows(bonds)
  yield `,"commit_blocks":${jsonDecimals(commitBlocks)}}`
}

/** A snapshot as the text of a `yuma-snapshot/1` file, piece by piece, so that a big one never is one string. */
export function* snapshotPieces(snapshot: Snapshot): Generator<string> {
  const split = snapshot.mechanismEmissionSplit
  yield JSON.stringify(scalars(snapshot)).slice(0, -1)
  yield `,"block_at_registration":${jsonDecimals(snapshot.blockAtRegistration)}`
  yield `,"total_stake_i64f64_bits":${jsonI128s(snapshot.totalStake)}`
  yield `,"validator_permit":${jsonFlags(snapshot.validatorPermit)}`
  yield `,"mechanism_emission_split":${split === null ? 'null' : jsonNumbers(split)}`
  yield ',"mechanisms":['
  for (const [id, mechanism] of snapshot.mechanisms.entries()) {
    if (id > 0) yield ','
    yield* mechanismPieces(mechanism)
  }
  yield ']'
  if (snapshot.extra !== undefined) yield `,"extra":${JSON.stringify(snapshot.extra)}`
  yield '}\n'
}

/** A snapshot as a `yuma-snapshot/1` file, which {@link parseDocuments} reads back equal. */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder()
  const chunks: Uint8Array[] = []
  let length = 0
  for (const piece of snapshotPieces(snapshot)) {
    const chunk = encoder.encode(piece)
    chunks.push(chunk)
    length += chunk.length
  }
  return concatenate(chunks, length)
}
