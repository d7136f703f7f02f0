import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { installPacked, type Project } from '../browser/packed.ts'

let project: Project

beforeAll(() => {
  project = installPacked()
})
afterAll(() => project?.remove())

/** The kind of engine that a program in the project gets, or the error. */
function engineOf(options: string): string {
  const script = `
    import { loadEngine } from 'yuma-core'
    console.log(await loadEngine(${options}).then(({ kind }) => kind, ({ message }) => message))`
  const node = ['--input-type=module', '-e', script]
  return execFileSync(process.execPath, node, { cwd: project.folder, encoding: 'utf8' }).trim()
}

function remove(part: string): void {
  rmSync(join(project.folder, 'node_modules/yuma-core/dist', part), { recursive: true })
}

it('an installed package runs the addon, WebAssembly where there is none, and says when there is neither', () => {
  expect(engineOf('')).toBe('native')
  remove('native')
  expect(engineOf('')).toBe('wasm')
  expect(engineOf("{ prefer: 'native' }")).toMatch(/^no native addon for /)
  expect(engineOf("{ kernel: 'portable' }")).toMatch(/^no native addon for /)
  remove('wasm')
  expect(engineOf('')).toMatch(
    /^neither .* can be loaded: no native addon .*; .*yuma-simd\.wasm cannot be read$/,
  )
  expect(engineOf("{ prefer: 'wasm' }")).toMatch(/yuma-simd\.wasm cannot be read$/)
})
