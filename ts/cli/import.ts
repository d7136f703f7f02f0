import { USUAL_SPEC_VERSION } from '../snapshot/generated/hyperparameters.ts'
import { importMetagraph, type Snapshot } from '../snapshot/index.ts'
import { readBytes, shownName } from '../snapshot/node.ts'
import type { Command } from './command.ts'
import { EXIT } from './exit.ts'
import { HYPERPARAMETER_OPTIONS, hyperparametersOf } from './generated/hyperparameter-options.ts'
import { OUTPUT_OPTION, putSnapshot } from './write-snapshot.ts'

const U16 = 0xffff
const U32 = 0xffff_ffff

/** `yuma import` */
export const importCommand: Command = {
  name: 'import',
  usage: 'FILE [options]',
  about: `Turns published weights and stake (metagraph-weights/1, plain or gzip, - for standard input) into a snapshot.
Weights become the chain's integers again; what is not published is assumed, and said on standard error.`,
  options: {
    'spec-version': { value: 'NUMBER', help: `runtime whose rules apply (${USUAL_SPEC_VERSION})` },
    'owner-uid': { value: 'UID', help: "uid of the owner's hotkey (none)" },
    emission: { value: 'RAO', help: 'alpha to hand out (820004578 for each block of the tempo)' },
    ...HYPERPARAMETER_OPTIONS,
    output: OUTPUT_OPTION,
  },
  async run(args, io) {
    const path = args.single('FILE')
    const ownerUid = args.integer('owner-uid', 0, U16)
    const emission = args.u64('emission')
    const snapshot = await importMetagraph(await readBytes(path), {
      file: shownName(path),
      specVersion: args.integer('spec-version', 0, U32) ?? USUAL_SPEC_VERSION,
      ...(ownerUid === undefined ? {} : { ownerUid }),
      ...(emission === undefined ? {} : { emission }),
      hyperparameters: hyperparametersOf(args),
    })
    for (const line of assumptions(snapshot)) io.note(line)
    await putSnapshot(io, args.text('output'), snapshot)
    return EXIT.done
  },
}

/** What the file did not say. */
function assumptions(snapshot: Snapshot): string[] {
  const rule = snapshot.yuma3On ? 'Yuma3' : 'classic'
  const liquid = snapshot.liquidAlphaOn ? `, ${snapshot.alphaSigmoidSteepness} steep` : ' (off)'
  return [
    `assumed: nobody holds bonds; who sets weights has a permit and did so lately; nobody registered lately; owner uid ${snapshot.ownerUid ?? 'none'}`,
    `assumed: spec ${snapshot.specVersion}, tempo ${snapshot.tempo}, last epoch in block ${snapshot.lastMechanismStepBlock}, activity cutoff ${snapshot.activityCutoffBlocks}, stake threshold ${snapshot.stakeThreshold} rao, ${snapshot.maxAllowedValidators} validators, commit-reveal ${snapshot.commitRevealEnabled ? 'on' : 'off'}, emission ${snapshot.emission} rao`,
    `assumed: ${rule} bonds, kappa ${snapshot.kappa}, bonds penalty ${snapshot.bondsPenalty}, bonds moving average ${snapshot.bondsMovingAverage}, liquid alpha ${snapshot.alphaLow} to ${snapshot.alphaHigh}${liquid}`,
  ]
}
