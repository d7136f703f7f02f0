import { describe, expect, test } from 'vitest'
import { chainOf } from '../chain/recordings.ts'
import { ChainServer } from '../chain/server.ts'
import { RECORDINGS, readRecording } from '../chain/shared.ts'
import { type Ran, yuma } from './cli.ts'

async function explain(...args: readonly string[]): Promise<Ran> {
  await using server = await ChainServer.start(chainOf(readRecording(RECORDINGS[2]!)))
  return await yuma('explain', '--endpoint', server.url, '--netuid', '1', ...args)
}

describe('yuma explain', () => {
  test('a validator and a miner, in words', async () => {
    const validator = await explain('--uid', '0')
    expect(validator.err).toBe('')
    expect(validator.code).toBe(0)
    expect(validator.out).toMatch(/weights were clipped, .* in all:/)
    expect(validator.out).toMatch(/Dividends [1-9]\d* .* alpha: each bond/)
    expect(validator.out).toMatch(/Raised most by one change: uid 0/)
    const miner = await explain('--uid', '12')
    expect(miner.out).toMatch(/Incentive [1-9]\d* /)
    expect(miner.out).toMatch(/Since the epoch before:/)
  })

  test('by hotkey, as JSON', async () => {
    const byUid = JSON.parse((await explain('--uid', '3', '--json')).out)
    const byHotkey = JSON.parse((await explain('--hotkey', byUid.hotkey, '--json')).out)
    expect(byHotkey).toEqual(byUid)
    expect(byUid).toMatchObject({ schema: 'yuma-explanation/1', uid: 3, block: '33', verified: true })
  })

  test('what one change would have raised, or that it was not looked for', async () => {
    const [whole, fast] = [await explain('--uid', '2'), await explain('--uid', '2', '--fast')]
    expect(whole.out).toContain('Raised most by one change: uid 2 (')
    expect(whole.out).toContain('65535 in place of 0: 0.747968283 in place of 0.686525980.')
    expect(whole.out).not.toContain('--fast')
    expect(fast.out).toContain(
      'Which change of a weight would have raised this trust was not looked for (--fast).',
    )
    expect(fast.out).not.toMatch(/Raised most|would have raised [^w]*\.$|None of the/m)
  })

  test.each([[[]], [['--uid', '24']], [['--hotkey', '5nobody']], [['--uid', '0', '--mechanism', '1']]])(
    'bad input %j: exit code 2',
    async (args) => {
      expect(await explain(...args)).toMatchObject({ code: 2, out: '' })
    },
  )
})

describe('yuma explain FILE', () => {
  const FILE = 'examples/subnet.json.gz'

  test('a validator and a miner of an epoch that has not run, in words', async () => {
    const validator = await yuma('explain', FILE, '--uid', '0')
    expect(validator).toMatchObject({ code: 0, err: '' })
    expect(validator.out).toContain('The epoch has not run: this is what it would give.')
    expect(validator.out).toMatch(/weights were clipped, .* in all:/)
    expect(validator.out).toMatch(/Dividends [1-9]\d* .* alpha: each bond/)
    expect(validator.out).toMatch(/Raised most by one change: uid 0 \(5\w+…\w+\) weighs uid/)
    expect(validator.out).toContain('What the epoch before left is not in the file.')
    const miner = await yuma('explain', FILE, '--uid', '112', '--fast')
    expect(miner.out).toMatch(/Incentive 2837 \(0.04329\)/)
    expect(miner.out).toContain('not looked for (--fast)')
  })

  test('by hotkey, as JSON', async () => {
    const byUid = JSON.parse((await yuma('explain', FILE, '--uid', '3', '--json')).out)
    const byHotkey = JSON.parse((await yuma('explain', FILE, '--hotkey', byUid.hotkey, '--json')).out)
    expect(byHotkey).toEqual(byUid)
    expect(byUid).toMatchObject({ schema: 'yuma-explanation/1', uid: 3, verified: null, changed: null })
  })

  test.each([
    [[FILE], 'one of --hotkey and --uid expected'],
    [[FILE, FILE, '--uid', '0'], 'one FILE expected, 2 given'],
    [[FILE, '--uid', '256'], 'subnet.json.gz: uid: expected a uid below 256'],
    [[FILE, '--hotkey', '5nobody'], 'subnet.json.gz: hotkey: expected a hotkey'],
    [[FILE, '--uid', '0', '--mechanism', '1'], 'subnet.json.gz: mechanism: expected one below 1'],
    [[FILE, '--uid', '0', '--netuid', '3'], '--netuid is of a node, not of a file'],
    [[FILE, '--uid', '0', '--prove'], '--prove is of a node, not of a file'],
    [['nothing.json', '--uid', '0'], 'nothing.json'],
    [['test/vectors/epoch-spec475/chain-mode.json.gz', '--uid', '0'], 'documents: expected one epoch'],
  ])('bad input %j: exit code 2', async (args, message) => {
    const ran = await yuma('explain', ...args)
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(ran.err).toContain(message)
  })
})
