/**
 * The generator behind generated subnets: xoshiro128** (Blackman and Vigna), seeded by splitmix32. Both use 32-bit
 * integers only, so that a seed gives the same numbers on every engine, forever; do not change either.
 */
export class Random {
  readonly #state = new Uint32Array(4)

  /** @param seed - A whole number from 0 to 2^53 - 1. */
  constructor(seed: number) {
    let counter = seed >>> 0
    const high = Math.floor(seed / 2 ** 32)
    for (let i = 0; i < 4; i++) {
      counter = (counter + 0x9e3779b9) >>> 0
      this.#state[i] = splitmix32(counter ^ Math.imul(high, 0x85ebca6b))
    }
  }

  /** 32 random bits. */
  u32(): number {
    const state = this.#state
    const second = state[1]!
    const result = Math.imul(rotateLeft(Math.imul(second, 5), 7), 9) >>> 0
    state[2]! ^= state[0]!
    state[3]! ^= second
    state[1]! ^= state[2]!
    state[0]! ^= state[3]!
    state[2]! ^= second << 9
    state[3] = rotateLeft(state[3]!, 11)
    return result
  }

  /** 64 random bits. */
  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32())
  }

  /** A number from 0 up to, but not, 1, in steps of 2^-32. */
  unit(): number {
    return this.u32() / 2 ** 32
  }

  /** A number from `low` up to, but not, `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit()
  }

  /** An integer from 0 to `end - 1`; `end` up to 2^21, where the skew from 32 bits is still below 1 in 2000. */
  below(end: number): number {
    return Math.floor(this.unit() * end)
  }

  /** True with a probability. */
  chance(probability: number): boolean {
    return this.unit() < probability
  }

  /** `0 .. n-1` in random order. */
  permutation(n: number): number[] {
    const order = Array.from({ length: n }, (_, i) => i)
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const kept = order[i]!
      order[i] = order[j]!
      order[j] = kept
    }
    return order
  }
}

/** The finaliser of splitmix32. */
function splitmix32(value: number): number {
  let z = value >>> 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return (z ^ (z >>> 15)) >>> 0
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
