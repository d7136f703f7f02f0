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
