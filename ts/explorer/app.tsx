/** The page: what is open, its views, what can be changed. */

import type { JSX } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { dialog, OpenDialog } from './open-dialog.tsx'
import { choice, choose } from './parts/palette.ts'
import { saveFile } from './parts/save.ts'
import {
  busy,
  fault,
  mechanism,
  open,
  opened,
  openFile,
  ran,
  redo,
  selection,
  slow,
  source,
  turns,
  undo,
  view,
} from './state/session.ts'
import { VIEWS } from './views/ids.ts'
import { SHOWN } from './views/index.ts'
import { WhatIf } from './what-if.tsx'

export function App(): JSX.Element {
  useKeys()
  const dragged = useDrop()
  const root = useRef<HTMLDivElement>(null)
  const turn = turns.value
  // What waits for an epoch to be shown, a test or a measurement, sees it here.
  useLayoutEffect(() => {
    root.current!.dataset.turn = String(turn)
  }, [turn])
  return (
    <div
      class={dragged ? 'page dragged' : 'page'}
      ref={root}
      data-state={busy.value === null ? 'ready' : 'busy'}
    >
      <button type="button" class="skip" onClick={() => document.getElementById('view')?.focus()}>
        To the view
      </button>
      <Header />
      <Nav />
      <main id="view" tabIndex={-1} aria-live="off">
        <Messages />
        <Shown />
      </main>
      <WhatIf />
      <OpenDialog />
    </div>
  )
}

function Shown(): JSX.Element | null {
  if (opened.value === null || ran.value === null) return null
  const { id } = VIEWS.find(({ id }) => id === view.value) ?? VIEWS[0]
  const Show = SHOWN[id]
  return <Show />
}

function Messages(): JSX.Element {
  return (
    <div class="messages">
      {fault.value !== null && (
        <p class="fault" role="alert">
          <span>{fault.value}</span>
          <button type="button" aria-label="Close the message" onClick={() => (fault.value = null)}>
            ✕
          </button>
        </p>
      )}
      {busy.value !== null && (
        <p class="busy" role="status">
          {busy.value} …
        </p>
      )}
    </div>
  )
}

function Header(): JSX.Element {
  const from = opened.value
  return (
    <header class="top">
      <h1>
        <span class="mark" aria-hidden="true" />
        Yuma explorer
      </h1>
      <p class="title">{from?.title ?? ''}</p>
      <Choices />
      <Find />
      <div class="row">
        <button type="button" class="primary" onClick={() => dialog.current?.showModal()}>
          Open…
        </button>
        <Share />
        <button
          type="button"
          disabled={ran.value === null}
          onClick={() => void saveSnapshot()}
          title="The snapshot with its changes, as a file"
        >
          Save
        </button>
        <Theme />
      </div>
    </header>
  )
}

async function saveSnapshot(): Promise<void> {
  try {
    saveFile('snapshot.json', await slow.call('save', ran.value!.snapshot), 'application/json')
  } catch (error) {
    fault.value = String(error)
  }
}

/** Other epochs in the file, and other mechanisms of the subnet. */
function Choices(): JSX.Element | null {
  const from = opened.value
  const now = source.value
  if (from === null || now === null) return null
  const mechanisms = from.snapshot.mechanisms.length
  return (
    <>
      {from.choices.length > 1 && 'at' in now && (
        <select
          aria-label="Epoch in the file"
          value={from.at}
          onChange={(event) => void open({ ...now, at: Number(event.currentTarget.value) })}
        >
          {from.choices.map(({ at, label }) => (
            <option key={at} value={at}>
              {label}
            </option>
          ))}
        </select>
      )}
      {mechanisms > 1 && (
        <select
          aria-label="Mechanism"
          value={mechanism.value}
          onChange={(event) => (mechanism.value = Number(event.currentTarget.value))}
        >
          {from.snapshot.mechanisms.map((_, id) => (
            <option key={String(id)} value={id}>
              mechanism {id}
            </option>
          ))}
        </select>
      )}
    </>
  )
}

/** Finds a neuron by its uid or the beginning or end of its hotkey. */
function Find(): JSX.Element {
  const [missing, setMissing] = useState(false)
  const find = (event: SubmitEvent): void => {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget as HTMLFormElement).get('who')).trim()
    const uid = found(text)
    setMissing(uid === undefined && text !== '')
    if (uid === undefined) return
    const { result } = ran.value!
    const validator = result.validatorPermit[uid] === 1 || result.dividends[uid]! > 0
    selection.value = validator ? { ...selection.value, validator: uid } : { ...selection.value, miner: uid }
  }
  return (
    <form class="find" onSubmit={find}>
      <input
        name="who"
        type="search"
        aria-label="Find a neuron by uid or hotkey"
        placeholder="uid or hotkey"
        aria-invalid={missing}
        autocomplete="off"
        spellcheck={false}
      />
      <span class="hidden" role="status">
        {missing ? 'no such neuron' : ''}
      </span>
    </form>
  )
}

function found(text: string): number | undefined {
  const snapshot = ran.value?.snapshot
  if (snapshot === undefined || text === '') return undefined
  if (/^\d{1,5}$/.test(text)) return Number(text) < snapshot.n ? Number(text) : undefined
  const uid = snapshot.hotkeys?.findIndex((hotkey) => hotkey.startsWith(text) || hotkey.endsWith(text)) ?? -1
  return uid < 0 ? undefined : uid
}

const SHOWN_MS = 2000

function Share(): JSX.Element {
  const [said, setSaid] = useState('')
  const share = async (): Promise<void> => {
    const from = source.value
    const alone = from?.kind === 'file' && from.packed === null
    try {
      await navigator.clipboard.writeText(location.href)
      setSaid(alone ? 'Copied; the file must go along' : 'Copied')
    } catch {
      setSaid('Copy it from the address bar')
    }
    setTimeout(() => setSaid(''), SHOWN_MS)
  }
  return (
    <>
      <button type="button" onClick={() => void share()} title="A link that shows what you see">
        {said === '' ? 'Copy link' : said}
      </button>
      <span class="hidden" role="status">
        {said}
      </span>
    </>
  )
}

function Theme(): JSX.Element {
  return (
    <select
      aria-label="Colours"
      value={choice.value}
      onChange={(event) => choose(event.currentTarget.value as typeof choice.value)}
    >
      <option value="auto">System</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  )
}

function Nav(): JSX.Element {
  const current = useRef<HTMLButtonElement>(null)
  const shown = view.value
  // On a phone the tabs are wider than the page.
  useEffect(() => current.current?.scrollIntoView({ block: 'nearest', inline: 'center' }), [shown])
  return (
    <nav aria-label="Views">
      {VIEWS.map(({ id, title }) => (
        <button
          type="button"
          key={id}
          ref={id === shown ? current : null}
          aria-current={id === shown ? 'page' : undefined}
          onClick={() => (view.value = id)}
        >
          {title}
        </button>
      ))}
    </nav>
  )
}

/** Undo and redo by the keys that people know, but not where a text is edited. */
function useKeys(): void {
  useEffect(() => {
    const key = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || isText(event.target)) return
      const name = event.key.toLowerCase()
      if (name !== 'z' && name !== 'y') return
      event.preventDefault()
      if (name === 'y' || event.shiftKey) redo()
      else undo()
    }
    addEventListener('keydown', key)
    return () => removeEventListener('keydown', key)
  }, [])
}

function isText(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type !== 'range' && target.type !== 'checkbox'
}

/** Files dropped anywhere; true while one is held over the page. */
function useDrop(): boolean {
  const [over, setOver] = useState(false)
  useEffect(() => {
    const drag = (event: DragEvent): void => {
      event.preventDefault()
      setOver(event.type === 'dragover')
    }
    const drop = (event: DragEvent): void => {
      event.preventDefault()
      setOver(false)
      const file = event.dataTransfer?.files[0]
      if (file !== undefined) void openFile(file)
    }
    addEventListener('dragover', drag)
    addEventListener('dragleave', drag)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', drag)
      removeEventListener('dragleave', drag)
      removeEventListener('drop', drop)
    }
  }, [])
  return over
}
