/** A seeded source of numbers (xorshift32), so that a failing case can be run again. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }

  u32(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x >>> 0
    return this.#state
  }

  /** From 0 to `below - 1`. */
  int(below: number): number {
    return this.u32() % below
  }

  /** The same, by the name that makers of networks have for it. */
  below(end: number): number {
    return this.int(end)
  }

  u16(): number {
    return this.int(65_536)
  }

  u64(): bigint {
    return (BigInt(this.u32()) << 32n) | BigInt(this.u32())
  }

  chance(probability: number): boolean {
    return this.u32() < probability * 2 ** 32
  }

  /** An account of 64 hex digits. */
  account(): string {
    return Array.from({ length: 8 }, () => this.u32().toString(16).padStart(8, '0')).join('')
  }
}
