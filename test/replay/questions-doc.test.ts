import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { questionsSection } from './questions-doc.ts'

test('docs/questions.md says of each view what the table of views does', () => {
  const page = readFileSync(new URL('../../docs/questions.md', import.meta.url), 'utf8')
  expect(page).toContain(questionsSection())
})
