'use client'
import { useEffect } from 'react'
import { loadEngine } from 'yuma-core'
import { loadEmission } from 'yuma-core/emission'
import { generate, parseNetwork } from 'yuma-core/snapshot'
import { figures } from '../../figures.js'

export default function Page() {
  useEffect(() => {
    globalThis.figures = figures({ loadEngine, loadEmission, generate, parseNetwork }).catch(
      ({ message }) => ({
        error: message,
      }),
    )
  }, [])
  return <p>yuma-core</p>
}
