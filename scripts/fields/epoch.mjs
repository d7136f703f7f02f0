import { chainItems } from './chain.mjs'
import { fieldsPage } from './docs.mjs'
import { epochJson } from './json.mjs'
import { hyperparameterOptions } from './options.mjs'
import { rustCall, rustTypes, rustWire } from './rust.mjs'
import { snapshotFile, snapshotHyperparameters, snapshotItems, snapshotTypes } from './snapshot.mjs'
import { readTables } from './tables.mjs'
import { engineState, engineTypes, engineWire } from './typescript.mjs'

const WRITERS = {
  'crates/types/src/generated/epoch.rs': rustTypes,
  'bindings/wire/src/generated/epoch.rs': rustWire,
  'fuzz/checks/src/generated/call.rs': rustCall,
  'ts/engine/generated/types.ts': engineTypes,
  'ts/engine/generated/wire.ts': engineWire,
  'ts/engine/generated/state.ts': engineState,
  'ts/engine/generated/json.ts': epochJson,
  'ts/snapshot/generated/types.ts': snapshotTypes,
  'ts/snapshot/generated/hyperparameters.ts': snapshotHyperparameters,
  'ts/snapshot/generated/file.ts': snapshotFile,
  'ts/snapshot/generated/items.ts': snapshotItems,
  'ts/chain/generated/items.ts': chainItems,
  'ts/cli/generated/hyperparameter-options.ts': hyperparameterOptions,
  'docs/fields.md': fieldsPage,
}

/** The files that follow from the tables of crates/types/fields, but for those of emission. */
export function generate() {
  const tables = readTables()
  return Object.entries(WRITERS).map(([file, write]) => ({ file, text: write(tables) }))
}
