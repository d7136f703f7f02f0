/** What can be opened: a subnet of the gallery, a file, a subnet of a node. */

import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { GALLERY } from './state/gallery.ts'
import { busy, fault, open, openFile, slow } from './state/session.ts'

/** The dialog's element; it is opened by the page's button. */
export const dialog: { current: HTMLDialogElement | null } = { current: null }

/** A page that is one file has nothing beside it. */
const ALONE = location.protocol === 'file:'

const MOST_NETUID = 65_535

/** Opens what was chosen, and closes the dialog unless it failed: then the reason is read in it. */
async function choose(opening: Promise<void>): Promise<void> {
  await opening
  if (fault.value === null) dialog.current?.close()
}

export function OpenDialog(): JSX.Element {
  const chosen = useRef<HTMLInputElement>(null)
  return (
    <dialog ref={dialog} class="open" aria-labelledby="open-title">
      <header class="row">
        <h2 id="open-title">Open a subnet</h2>
        <button type="button" aria-label="Close" onClick={() => dialog.current?.close()}>
          ✕
        </button>
      </header>
      <Told />
      <h3>Examples</h3>
      <ul class="gallery">
        {GALLERY.filter(({ source }) => source.kind === 'example' || !ALONE).map(
          ({ source, title, about }) => (
            <li key={title}>
              <button type="button" onClick={() => void choose(open(source))}>
                <strong>{title}</strong>
                <span>{about}</span>
              </button>
            </li>
          ),
        )}
      </ul>
      <h3>A file</h3>
      <p class="quiet">
        A snapshot, a network, or vectors, plain or gzip. It can be dropped anywhere on the page too, and
        stays on this machine.
      </p>
      <input
        ref={chosen}
        type="file"
        aria-label="File"
        accept=".json,.gz,application/json,application/gzip"
        onChange={() => {
          const file = chosen.current?.files?.[0]
          if (file !== undefined) void choose(openFile(file))
        }}
      />
      <h3>A node</h3>
      <NodeForm />
    </dialog>
  )
}

/** What is going on, and what went wrong. */
function Told(): JSX.Element | null {
  if (busy.value !== null)
    return (
      <p class="busy" role="status">
        {busy.value} …{' '}
        <button type="button" onClick={() => slow.stop()}>
          Stop
        </button>
      </p>
    )
  return fault.value === null ? null : (
    <p class="fault" role="alert">
      {fault.value}
    </p>
  )
}

function NodeForm(): JSX.Element {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const words = new FormData(event.currentTarget as HTMLFormElement)
    const block = String(words.get('block')).trim()
    const from = {
      kind: 'node',
      endpoint: String(words.get('endpoint')).trim(),
      netuid: Number(words.get('netuid')),
      block: block === '' ? null : block,
    } as const
    void choose(open(from))
  }
  return (
    <form class="node" onSubmit={submit}>
      <label>
        Endpoint
        <input name="endpoint" required value="ws://127.0.0.1:9944" spellcheck={false} autocomplete="off" />
      </label>
      <label>
        Netuid
        <input name="netuid" type="number" required min={1} max={MOST_NETUID} value={1} />
      </label>
      <label>
        Block
        <input name="block" inputMode="numeric" pattern="[0-9]*" placeholder="newest" autocomplete="off" />
      </label>
      <button type="submit" class="primary" disabled={busy.value !== null}>
        Read it
      </button>
      <p class="quiet">
        A page that came by <code>https</code> reads from <code>wss</code> endpoints alone, but for this
        machine's own. A block whose state a node has dropped needs an archive node. <code>yuma demo</code>{' '}
        serves a network to try it on.
      </p>
    </form>
  )
}
