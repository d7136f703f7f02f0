/** What was read last, by name, so that what several ask for is read once. */
export class Recent<T> {
  readonly #kept = new Map<string, Promise<T>>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** What is known by that name, else what `read` gives. What fails is forgotten. */
  of(name: string, read: () => Promise<T>): Promise<T> {
    const known = this.#kept.get(name)
    if (known !== undefined) return known
    const reading = read()
    this.#kept.set(name, reading)
    if (this.#kept.size > this.#most) this.#kept.delete(this.#kept.keys().next().value!)
    reading.catch(() => {
      if (this.#kept.get(name) === reading) this.#kept.delete(name)
    })
    return reading
  }
}
