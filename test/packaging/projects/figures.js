// What every project computes: the hash of an epoch, and that of a network's columns after some blocks.
import network from './network.js'

/** Every value of a result, whatever it is made of, as bytes in one order. */
function* pieces(value) {
  if (ArrayBuffer.isView(value)) {
    yield new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, part] of Object.entries(value)) {
      yield new TextEncoder().encode(`${name};`)
      yield* pieces(part)
    }
  } else if (typeof value !== 'function') {
    yield new TextEncoder().encode(`${typeof value} ${value};`)
  }
}

async function digest(value) {
  const hash = await crypto.subtle.digest('SHA-256', await new Blob([...pieces(value)]).arrayBuffer())
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

export async function figures({ loadEngine, loadEmission, generate, parseNetwork }) {
  const snapshot = generate({ n: 64, validators: 16, seed: 7 })
  const [engine, emission] = [await loadEngine(), await loadEmission()]
  const resident = emission.open(await parseNetwork(new TextEncoder().encode(network)))
  resident.run(20)
  const [epoch, block] = [await digest(engine.epoch(snapshot)), await digest(resident.columns())]
  resident.close()
  return { kind: engine.kind, blockKind: emission.kind, epoch, block }
}
