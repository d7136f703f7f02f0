/** `yuma epoch --across-versions`: one epoch by the rules of every version. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { epochAcrossVersions, loadEngine } from '../../ts/engine/index.ts'
import { encodeSnapshot, generate, type Snapshot } from '../../ts/snapshot/index.ts'
import { readDocuments } from '../../ts/snapshot/node.ts'
import { checkBuilt, lines, yuma } from './run.ts'

const SUBNET: Snapshot = generate({
  n: 40,
  validators: 12,
  seed: 5,
  hyperparameters: { yuma3On: true, liquidAlphaOn: true },
})

let folder = ''
let file = ''

beforeAll(() => {
  checkBuilt()
  folder = mkdtempSync(join(tmpdir(), 'yuma-'))
  file = written('subnet.json.gz', SUBNET)
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function written(name: string, snapshot: Snapshot): string {
  const path = join(folder, name)
  writeFileSync(path, encodeSnapshot(snapshot))
  return path
}

interface Line {
  readonly document: string
  readonly range: { readonly first: number; readonly last: number }
  readonly spec: number
  readonly own: boolean
  readonly changes: unknown
  readonly epoch?: unknown
  readonly refused?: unknown
}

describe('--json', () => {
  it('has a line for each range, newest first, with what epoch --json gives by its version', async () => {
    const { code, out, err } = yuma(['epoch', file, '--across-versions', '--json'])
    expect([code, err]).toEqual([0, ''])
    const found = lines(out).map((line) => JSON.parse(line) as Line)
    const engine = await loadEngine()
    const epochs = epochAcrossVersions(engine, SUBNET)
    expect(found.map(({ range, spec, own }) => ({ first: range.first, spec, own }))).toEqual(
      epochs.map(({ range, spec, own }) => ({ first: range.first, spec, own })),
    )
    for (const [at, { spec, document, epoch, changes }] of found.entries()) {
      expect(document).toBe(SUBNET.name)
      // One of each kind: that all are as the engine has them is another test's.
      if (at % 5 === 0) {
        const alone = yuma(['epoch', file, '--json', '--as-spec', String(spec)])
        expect(epoch).toEqual(JSON.parse(alone.out))
      }
      const expected = epochs[at]!.changes
      expect(changes).toEqual(
        expected && {
          miners: [...expected.miners],
          validators: [...expected.validators],
          largest: expected.largest && { uid: expected.largest.uid, rao: String(expected.largest.rao) },
        },
      )
    }
  })

  it('says why a range refuses, and gives traces where asked', () => {
    const odd = written('odd.json', { ...SUBNET, validatorPermit: SUBNET.validatorPermit.slice(1) })
    const { code, out } = yuma(['epoch', odd, '--across-versions', '--json', '--trace'])
    expect(code).toBe(0)
    const found = lines(out).map((line) => JSON.parse(line) as Line)
    expect(found.at(-1)!.refused).toMatchObject({ field: 'validator_permit' })
    expect(found.at(-1)!.epoch).toBeUndefined()
    expect(found[0]!.epoch).toHaveProperty('trace')
  })
})

describe('the table', () => {
  it('fits 80 columns, has every range, and of chosen neurons what each gives them', async () => {
    const hotkey = SUBNET.hotkeys![7]!
    const { code, out, err } = yuma(['epoch', file, '--across-versions', '--uid', '0,3', '--hotkey', hotkey])
    expect([code, err]).toEqual([0, ''])
    const all = lines(out)
    for (const line of all) expect(line.length, line).toBeLessThanOrEqual(80)
    const { rules } = await loadEngine()
    for (const { first, last } of rules) {
      const name = first === last ? String(first) : `${first}-${last}`
      // Once in the table of ranges, once for each of three neurons.
      expect(all.filter((line) => line.startsWith(`  ${name} `)).length, name).toBe(4)
    }
    for (const uid of [0, 3, 7]) expect(all.filter((line) => line.startsWith(`uid ${uid} `)).length).toBe(1)
  })

  it('names the reason once for all ranges that refuse', () => {
    const odd = written('odd.json', { ...SUBNET, validatorPermit: SUBNET.validatorPermit.slice(1) })
    const { code, out } = yuma(['epoch', odd, '--across-versions'])
    expect(code).toBe(0)
    const reasons = lines(out).filter((line) => line.startsWith('refused by '))
    expect(reasons.length).toBe(1)
    expect(reasons[0]).toMatch(/301-315, 300, 297-299, .*233-247: validator_permit: /)
  })
})

describe('--svg', () => {
  it('draws every range and the chosen neurons, as well-formed XML', () => {
    const svg = join(folder, 'figure.svg')
    const named = written('named.json', { ...SUBNET, name: 'a <b> & "c"' })
    const { code, err } = yuma(['epoch', named, '--across-versions', '--uid', '0,3', '--svg', svg])
    expect([code, err]).toEqual([0, ''])
    const text = readFileSync(svg, 'utf8')
    expect(text).toContain('a &lt;b&gt; &amp; &quot;c&quot;')
    for (const name of ['233-247', '475', 'uid 0 ', 'uid 3 ']) expect(text).toContain(`>${name}`)
    // What is of a branch did not come between its neighbours.
    expect(text).not.toContain('>300')
    expect(text).not.toMatch(/NaN|undefined|Infinity/)
    expect(unclosed(text)).toEqual([])
  })

  it('says where nobody is paid otherwise, and where ranges refuse', () => {
    const svg = join(folder, 'quiet.svg')
    const quiet = written('quiet.json', { ...SUBNET, emission: 0n, validatorPermit: new Uint8Array(0) })
    expect(yuma(['epoch', quiet, '--across-versions', '--svg', svg]).code).toBe(0)
    const text = readFileSync(svg, 'utf8')
    expect(text).toContain('nobody is paid another amount')
    expect(text).toContain('>refused<')
    expect(text).not.toMatch(/NaN|undefined|Infinity/)
  })
})

describe('docs/rule-history.md', () => {
  const root = new URL('../../', import.meta.url)
  const example = new URL('examples/rule-history.json', root).pathname

  it('shows the table and the figure that its command gives', () => {
    const svg = join(folder, 'rule-history.svg')
    const { code, out } = yuma(['epoch', example, '--across-versions', '--svg', svg])
    expect(code).toBe(0)
    const figure = readFileSync(new URL('docs/figures/rule-history.svg', root), 'utf8')
    expect(readFileSync(svg, 'utf8')).toBe(figure)
    const page = readFileSync(new URL('docs/rule-history.md', root), 'utf8')
    // The engine is the machine's.
    const anyEngine = (text: string): string => text.replace(/engine .*/, 'engine')
    expect(anyEngine(page)).toContain(anyEngine(out.trimEnd()))
  })

  it('lists the ranges whose rules change something in its subnet, and no other', async () => {
    const [document] = await readDocuments(example)
    const epochs = epochAcrossVersions(await loadEngine(), document!.snapshot)
    const changing = epochs.filter(
      ({ range, changes }) => !range.branch && changes !== null && changes.validators.length > 0,
    )
    const page = readFileSync(new URL('docs/rule-history.md', root), 'utf8')
    const listed = [...page.matchAll(/^\| (\d{3}) \| 20/gm)].map(([, spec]) => Number(spec))
    expect(listed).toEqual([233, ...changing.map(({ range }) => range.first).reverse()])
  })
})

/** Elements of an XML text that are not closed in their order. */
function unclosed(text: string): string[] {
  const open: string[] = []
  for (const [, end, name, closed] of text.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (end === '/') {
      if (open.pop() !== name) return [...open, `/${name}`]
    } else if (closed !== '/') open.push(name!)
  }
  return open
}

describe('what means nothing', () => {
  it.each([
    [['--uid', '3'], /--uid goes with --across-versions/],
    [['--hotkey', '5F'], /--hotkey goes with --across-versions/],
    [['--svg', 'a.svg'], /--svg goes with --across-versions/],
    [['--across-versions', '--as-spec', '425'], /--as-spec does not go with/],
    [['--across-versions', '--top', '3'], /--top does not go with/],
    [['--across-versions', '--emission', 'due'], /--emission does not go with/],
    [['--across-versions', '--trace'], /--trace with --across-versions needs --json/],
    [['--across-versions', '--uid', '3,x'], /--uid: expected integers from 0 to 65534, found "x"/],
    [['--across-versions', '--uid', '40'], /subnet\.json\.gz: uid: expected a uid below 40, found 40/],
    [['--across-versions', '--hotkey', '5Fnone'], /hotkey: expected a hotkey of the snapshot, found 5Fnone/],
  ])('%j', (args, message) => {
    const { code, err } = yuma(['epoch', file, ...args])
    expect(code).toBe(2)
    expect(err).toMatch(message)
  })

  it('is one figure of several epochs, a hotkey where there are none, and a snapshot that none takes', () => {
    const svg = join(folder, 'two.svg')
    const two = yuma(['epoch', file, file, '--across-versions', '--svg', svg])
    expect([two.code, two.err]).toEqual([2, expect.stringMatching(/svg: expected one epoch to draw/)])
    const { hotkeys: _, coldkeys: __, ...nameless } = SUBNET
    const bare = written('bare.json', nameless as Snapshot)
    const unnamed = yuma(['epoch', bare, '--across-versions', '--hotkey', '5F'])
    expect([unnamed.code, unnamed.err]).toEqual([2, expect.stringMatching(/hotkey: .* this one has none/)])
  })
})
