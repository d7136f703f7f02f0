// A worker of workerd.
import { loadEngine } from 'yuma-core'
import { loadEmission } from 'yuma-core/emission'
import { generate, parseNetwork } from 'yuma-core/snapshot'
import { figures } from './figures.js'

export default {
  async fetch() {
    const found = await figures({ loadEngine, loadEmission, generate, parseNetwork }).catch(
      ({ message }) => ({
        error: message,
      }),
    )
    return Response.json(found)
  },
}
