import { loadEngine } from 'yuma-core'
import { loadEmission } from 'yuma-core/emission'
import { generate, parseNetwork } from 'yuma-core/snapshot'
import { figures } from './figures.js'

globalThis.figures = figures({ loadEngine, loadEmission, generate, parseNetwork }).catch(({ message }) => ({
  error: message,
}))
