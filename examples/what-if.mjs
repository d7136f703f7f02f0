// What one weight would have changed: who would be paid otherwise, in rao.
import { loadEngine } from 'yuma-core'
import { valueAt, withWeight } from 'yuma-core/snapshot'
import { readSnapshot } from 'yuma-core/snapshot/node'

const [file = 'examples/subnet.json.gz', from = '0', to = '17', value = '65535'] = process.argv.slice(2)
const weight = { from: Number(from), to: Number(to), value: Number(value) }
const snapshot = await readSnapshot(file)
const engine = await loadEngine()

const was = valueAt(snapshot.mechanisms[0].weights, weight.from, weight.to)
const [now, then] = engine.epochs([snapshot, withWeight(snapshot, weight)])
const changes = Array.from(now.serverEmission, (_, uid) => ({
  uid,
  difference:
    then.serverEmission[uid] +
    then.validatorEmission[uid] -
    now.serverEmission[uid] -
    now.validatorEmission[uid],
})).filter(({ difference }) => difference !== 0n)
changes.sort((a, b) => Number(b.difference - a.difference))

console.log(
  `uid ${from} weighs uid ${to} with ${value} in place of ${was}: ${changes.length} are paid otherwise`,
)
for (const { uid, difference } of [...changes.slice(0, 3), ...changes.slice(-3)])
  console.log(`uid ${uid}: ${difference} rao`)
