// The subnets that benchmarks run, by name.

/** A subnet whose validators weigh every neuron. */
function dense(n, validators, hyperparameters = {}) {
  return { n, validators, hyperparameters }
}

const LIQUID = { yuma3On: true, liquidAlphaOn: true }

export const CASES = {
  'n256-v64': dense(256, 64),
  'n256-v256': dense(256, 256),
  'n256-v64-liquid': dense(256, 64, LIQUID),
  'n1024-v64': dense(1024, 64),
  'n1024-v64-liquid': dense(1024, 64, LIQUID),
  'n4096-v64': dense(4096, 64),
  'n4096-v64-penalty': dense(4096, 64, { bondsPenalty: 32767 }),
  'n4096-v64-liquid': dense(4096, 64, LIQUID),
  'n4096-v512': dense(4096, 512),
}

/** The names of the cases wanted, all by default; ends the process where one is unknown. */
export function namesOf(wanted) {
  for (const name of wanted) {
    if (CASES[name] === undefined) {
      console.error(`no case ${name}: expected ${Object.keys(CASES).join(', ')}`)
      process.exit(2)
    }
  }
  return wanted.length > 0 ? wanted : Object.keys(CASES)
}

/** A case's subnet. An option that the generator does not know would leave another case under this name. */
export function subnetOf(name, generate) {
  const snapshot = generate({ density: 1, seed: 7, ...CASES[name] })
  for (const [key, value] of Object.entries(CASES[name].hyperparameters)) {
    if (snapshot[key] !== value) throw new Error(`${name}: ${key} is ${snapshot[key]}, not ${value}`)
  }
  return snapshot
}
