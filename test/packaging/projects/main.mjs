import { loadEngine } from 'yuma-core'
import { loadEmission } from 'yuma-core/emission'
import { generate, parseNetwork } from 'yuma-core/snapshot'
import { figures } from './figures.js'

figures({ loadEngine, loadEmission, generate, parseNetwork }).then(
  (found) => console.log(JSON.stringify(found)),
  (error) => console.log(JSON.stringify({ error: error.message })),
)
