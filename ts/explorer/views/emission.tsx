/** One block of a network: from the TAO that it mints to subnets, and from there to those who take part. */

import { sankey, sankeyLinkHorizontal } from 'd3-sankey'
import type { JSX } from 'preact'
import { useMemo, useRef, useState } from 'preact/hooks'
import type { NetworkItems, NetworkSnapshot } from 'yuma-core/snapshot'
import { dialog } from '../open-dialog.tsx'
import { useAnswer } from '../parts/answer.ts'
import { Slider } from '../parts/fields.tsx'
import { alpha, grouped, part, percent } from '../parts/format.ts'
import { useWidth } from '../parts/size.ts'
import { type Column, Table } from '../parts/table.tsx'
import { ViewHead } from '../parts/view-head.tsx'
import { opened, slow } from '../state/session.ts'
import type { BlockShares, SubnetShares } from '../worker/messages.ts'

export function Emission(): JSX.Element {
  const { network } = opened.value!
  if (network === null)
    return (
      <>
        <ViewHead title="Emission">
          From the block’s TAO to subnets, and from there to owner, miners, validators and root.
        </ViewHead>
        <div class="note">
          <p>
            This needs the file of a whole network: the one among the examples, or one of{' '}
            <code>yuma pull --all</code>.
          </p>
          <p class="row">
            <button type="button" onClick={() => dialog.current?.showModal()}>
              Open…
            </button>
          </p>
        </div>
      </>
    )
  return <OfNetwork network={network} />
}

/** What 1 is in U64F64 bits, of which sliders set whole hundredths. */
const HUNDREDTH = 2n ** 64n / 100n

function OfNetwork({ network }: { readonly network: NetworkSnapshot }): JSX.Element {
  const [items, setItems] = useState<Partial<NetworkItems>>({})
  const now = { ...network.network, ...items }
  const { value, fault } = useAnswer(() => slow.call('shares', { network, items }), [network, items])
  const figure = useRef<SVGSVGElement>(null)
  const hundredths = (bits: bigint): number => Number((bits + HUNDREDTH / 2n) / HUNDREDTH)
  const set = (changed: Partial<NetworkItems>): void => setItems({ ...items, ...changed })
  return (
    <>
      <ViewHead title="Emission" figure={() => figure.current} rows={() => csvRows(value)}>
        The next block of the network: from the TAO that it mints to subnets, and what of their alpha owner,
        miners, validators and root get.
      </ViewHead>
      <section>
        <div class="fields">
          <Slider
            label="Owner’s cut"
            value={now.subnetOwnerCut}
            max={65_535}
            shown={percent(part(now.subnetOwnerCut), 1)}
            onValue={(subnetOwnerCut) => set({ subnetOwnerCut })}
          />
          {now.emissionGateExponent !== null && (
            <Slider
              label="Gate’s exponent"
              about="How steeply subnets below the bar lose."
              value={hundredths(now.emissionGateExponent)}
              max={1000}
              shown={(hundredths(now.emissionGateExponent) / 100).toFixed(2)}
              onValue={(value) => set({ emissionGateExponent: BigInt(value) * HUNDREDTH })}
            />
          )}
          {now.emissionBarQuantile !== null && (
            <Slider
              label="Bar’s quantile"
              about="The sum of shares at which the bar is set, for the blocks after this one."
              value={hundredths(now.emissionBarQuantile)}
              max={100}
              shown={percent(hundredths(now.emissionBarQuantile) / 100, 0)}
              onValue={(value) => set({ emissionBarQuantile: BigInt(value) * HUNDREDTH })}
            />
          )}
          {now.emissionGateBar !== null && (
            <Slider
              label="Gate’s bar"
              about="The share that a subnet has to pass."
              value={hundredths(now.emissionGateBar)}
              max={100}
              shown={percent(hundredths(now.emissionGateBar) / 100, 0)}
              onValue={(value) => set({ emissionGateBar: BigInt(value) * HUNDREDTH })}
            />
          )}
        </div>
        <p class="row">
          <button type="button" disabled={Object.keys(items).length === 0} onClick={() => setItems({})}>
            As it was
          </button>
        </p>
      </section>
      {fault !== undefined && <p class="note">{fault}</p>}
      {value !== undefined && (
        <>
          <section>
            <p class="facts">
              block {grouped(value.block)} · rules {value.rules} · {alpha(value.minted)} τ minted ·{' '}
              {alpha(value.unspent)} τ unspent
            </p>
            <Flows figure={figure} shares={value} />
            <p class="quiet">
              Widths on the right go by each subnet’s share of the TAO, parted as its alpha is: alphas of
              different subnets have no common unit.
            </p>
          </section>
          <Table
            label="Emission by subnet"
            columns={COLUMNS}
            rows={value.subnets}
            rowKey={({ netuid }) => netuid}
            most={14}
          />
        </>
      )}
    </>
  )
}

const TO = ['owner', 'miners', 'validators', 'root'] as const

interface Node {
  readonly name: string
  readonly kind: 'block' | 'subnet' | (typeof TO)[number]
}
interface Flow {
  readonly source: number
  readonly target: number
  readonly value: number
}

/** A share as a number to draw with. */
function drawn(bits: bigint): number {
  return Number(bits) / 2 ** 64
}

function graphOf({ subnets }: BlockShares): { readonly nodes: Node[]; readonly links: Flow[] } {
  const some = subnets.filter(({ share }) => share > 0n)
  const nodes: Node[] = [
    { name: 'Block', kind: 'block' },
    ...some.map(({ netuid }) => ({ name: `Subnet ${netuid}`, kind: 'subnet' as const })),
    ...TO.map((kind) => ({ name: kind, kind })),
  ]
  const first = 1 + some.length
  const links = some.flatMap((subnet, at): Flow[] => {
    const width = drawn(subnet.share)
    const whole = TO.reduce((sum, to) => sum + Number(subnet[to]), 0)
    const parts = TO.map((to, i) => ({
      source: 1 + at,
      target: first + i,
      value: whole === 0 ? 0 : (width * Number(subnet[to])) / whole,
    }))
    return [{ source: 0, target: 1 + at, value: width }, ...parts.filter(({ value }) => value > 0)]
  })
  // A sink that nothing reaches would stand there without a size.
  const reached = new Set(links.flatMap(({ source, target }) => [source, target]))
  const places = new Map([...reached].sort((a, b) => a - b).map((node, place) => [node, place]))
  return {
    nodes: nodes.filter((_, node) => reached.has(node)),
    links: links.map(({ source, target, value }) => ({
      source: places.get(source)!,
      target: places.get(target)!,
      value,
    })),
  }
}

const NODE = 14
const ROW = 34
const MARGIN = { left: 56, right: 96, y: 10 }

function Flows({
  figure,
  shares,
}: {
  readonly figure: { current: SVGSVGElement | null }
  readonly shares: BlockShares
}): JSX.Element {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const height = Math.max(260, ROW * shares.subnets.length + 2 * MARGIN.y)
  const laid = useMemo(() => {
    const graph = graphOf(shares)
    if (graph.links.length === 0 || width < 240) return { nodes: [], links: [] }
    return sankey<Node, Flow>()
      .nodeWidth(NODE)
      .nodePadding(10)
      .nodeSort(null)
      .extent([
        [MARGIN.left, MARGIN.y],
        [width - MARGIN.right, height - MARGIN.y],
      ])(graph)
  }, [shares, width, height])
  const path = sankeyLinkHorizontal<Node, Flow>()
  return (
    <div ref={box} class="figure">
      <svg
        ref={figure}
        width={width}
        height={height}
        role="img"
        aria-label="TAO of the block to subnets, and on to owner, miners, validators and root"
      >
        {laid.links.map((link, at) => (
          <path
            key={String(at)}
            class={`flow flow-${(link.target as unknown as Node).kind}`}
            d={path(link) ?? ''}
            stroke-width={Math.max(0.5, link.width ?? 0)}
          >
            <title>{`${(link.source as unknown as Node).name} → ${(link.target as unknown as Node).name}: ${percent(link.value)} of the block`}</title>
          </path>
        ))}
        {laid.nodes.map(({ name, kind, x0 = 0, x1 = 0, y0 = 0, y1 = 0 }) => (
          <g key={name}>
            <rect class={`node node-${kind}`} x={x0} y={y0} width={x1 - x0} height={Math.max(1, y1 - y0)} />
            <text
              x={kind === 'block' ? x0 - 6 : x1 + 6}
              y={(y0 + y1) / 2}
              text-anchor={kind === 'block' ? 'end' : 'start'}
              dominant-baseline="middle"
            >
              {name}
            </text>
          </g>
        ))}
      </svg>
    </div>
  )
}

function rao(
  id: 'taoIn' | 'excessTao' | 'alphaIn' | 'alphaOut' | 'owner' | 'miners' | 'validators' | 'root',
  title: string,
): Column<SubnetShares> {
  return { id, title, align: 'right', value: (row) => row[id], text: (row) => alpha(row[id]) }
}

function bits(id: 'share' | 'gated' | 'base', title: string): Column<SubnetShares> {
  return { id, title, align: 'right', value: (row) => row[id], text: (row) => percent(drawn(row[id]), 3) }
}

const COLUMNS: readonly Column<SubnetShares>[] = [
  {
    id: 'netuid',
    title: 'Subnet',
    align: 'right',
    value: ({ netuid }) => netuid,
    text: ({ netuid }) => String(netuid),
  },
  bits('base', 'Before the gate'),
  bits('gated', 'Behind it'),
  bits('share', 'Share'),
  rao('taoIn', 'Into the pool (τ)'),
  rao('excessTao', 'Buys alpha (τ)'),
  rao('alphaIn', 'Into the pool (α)'),
  rao('miners', 'Miners (α)'),
  rao('validators', 'Validators (α)'),
  rao('root', 'Root (α)'),
  rao('owner', 'Owner (α)'),
]

function csvRows(shares: BlockShares | undefined): readonly (readonly (string | number | bigint)[])[] {
  const rows = shares?.subnets ?? []
  return [
    [
      'netuid',
      'base_u64f64',
      'gated_u64f64',
      'share_u64f64',
      'tao_in',
      'excess_tao',
      'alpha_in',
      'alpha_out',
      'miners',
      'validators',
      'root',
      'owner',
    ],
    ...rows.map((row) => [
      row.netuid,
      row.base,
      row.gated,
      row.share,
      row.taoIn,
      row.excessTao,
      row.alphaIn,
      row.alphaOut,
      row.miners,
      row.validators,
      row.root,
      row.owner,
    ]),
  ]
}
