import { loadEngine } from 'yuma-core'
import { loadEmission } from 'yuma-core/emission'
import { generate, parseNetwork } from 'yuma-core/snapshot'
import { figures } from '../../../figures.js'

export const dynamic = 'force-dynamic'

export async function GET() {
  const found = await figures({ loadEngine, loadEmission, generate, parseNetwork }).catch(({ message }) => ({
    error: message,
  }))
  return Response.json(found)
}
