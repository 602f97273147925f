/**
 * The page of `pods -o html`: one file that loads nothing, draws who can become what, and lists the pods. Every text of
 * the cluster is escaped, and a content security policy allows no script or style but the page's own.
 */
import type { EdgeKind, Graph, GraphNode } from './graph.ts'
import { html, Html } from './escape.ts'
import { SCRIPT, STYLE } from './page-parts.ts'
import type { PodRow } from './rows.ts'
import { ageOf } from './table.ts'

export interface Page {
  readonly graph: Graph
  readonly rows: readonly PodRow[]
  /** Address of the API server. */
  readonly server: string
  readonly nowMs: number
  /** When it was made, as people write it. */
  readonly madeAt: string
  /** SHA-256 in base64, for the policy of the page. */
  readonly hash: (text: string) => string
}

const COLUMNS = {
  account: 'Service accounts',
  between: 'Roles on the way',
  target: 'Targets',
} as const satisfies Readonly<Record<GraphNode['column'], string>>

const KINDS = {
  allowed: 'allowed on both sides',
  refused: 'refused',
  undecided: 'cannot be told',
  plain: 'not looked at',
} as const satisfies Readonly<Record<EdgeKind, string>>

/** Whole, since the policy of the page has the hash of what stands between the two tags. */
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`)
const SCRIPT_ELEMENT = new Html(`<script>${SCRIPT}</script>`)

const NOTHING = html`<p>No pod runs with a chain, and no service account has one.</p>`

function countOf(pods: number): string {
  return pods === 1 ? '1 pod' : `${pods} pods`
}

/** The whole text of the page. */
export function toPage(page: Page): string {
  const { graph, rows, server, madeAt, hash } = page
  const policy = `default-src 'none'; style-src 'sha256-${hash(STYLE)}'; script-src 'sha256-${hash(SCRIPT)}'; base-uri 'none'; form-action 'none'`
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>Who can become what: ${server}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <h1>Who can become what</h1>
        <p>${server}, ${madeAt}: ${countOf(rows.length)} with a chain.</p>
        ${graph.nodes.length === 0 ? NOTHING : ''}
        <div class="bar">
          <input
            id="search"
            type="search"
            placeholder="Namespace, role, AWS account …"
            aria-label="Search"
            autocomplete="off"
          />
          <span id="count" role="status"></span>
          ${legend(graph)}
        </div>
        <div id="graph">
          <svg id="edges" aria-hidden="true"></svg>
          ${(['account', 'between', 'target'] as const).map((column) => columnOf(column, graph))}
        </div>
        ${tableOf(page)} ${SCRIPT_ELEMENT}
      </body>
    </html> `.text
}

/** Of the kinds that there are. */
function legend({ edges }: Graph): readonly Html[] {
  const used = new Set(edges.map(({ kind }) => kind))
  return (Object.keys(KINDS) as EdgeKind[])
    .filter((kind) => used.has(kind))
    .map(
      (kind) =>
        html`<span class="key"
          ><svg width="28" height="8"><line x1="0" y1="4" x2="28" y2="4" class="${kind}" /></svg
          >${KINDS[kind]}</span
        >`,
    )
}

interface Placed {
  readonly node: GraphNode
  readonly index: number
}

function columnOf(column: GraphNode['column'], graph: Graph): Html {
  const placed = graph.nodes
    .map((node, index): Placed => ({ node, index }))
    .filter(({ node }) => node.column === column)
  const groups = [...Map.groupBy(placed, ({ node }) => node.group)]
  const leaving = Map.groupBy(graph.edges, ({ from }) => from)
  return html`<section>
    <h2>${COLUMNS[column]} (${placed.length})</h2>
    ${groups.map(
      ([group, nodes]) =>
        html`<div>
          <h3>${column === 'account' ? 'namespace' : 'AWS account'} ${group}</h3>
          <ul>
            ${nodes.map(({ node, index }) => {
              const edges = (leaving.get(index) ?? [])
                .map(({ to, kind }) => `${to}:${kind}`)
                .join(' ')
              return html`<li
                tabindex="0"
                data-chains="${node.chains.join(' ')}"
                data-edges="${edges}"
              >
                ${nodeText(node)}
              </li>`
            })}
          </ul>
        </div>`,
    )}
  </section>`
}

function nodeText({ column, name, pods }: GraphNode): Html {
  if (column !== 'account') return html`${name.replace(/^[^/]*:role\//, '')} <small>${name}</small>`
  return html`${name} <small>${pods === 0 ? 'no pod' : countOf(pods)}</small>`
}

function tableOf({ rows, nowMs }: Page): Html {
  return html`<table>
    <caption>
      Pods
    </caption>
    <thead>
      <tr>
        <th>pod</th>
        <th>service account</th>
        <th>targets</th>
        <th>version</th>
        <th>age</th>
        <th>gate</th>
        <th>last failure</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (row) =>
          html`<tr>
            <td>${row.namespace}/${row.name}</td>
            <td>${row.serviceAccount}</td>
            <td>
              ${row.targets
                .map(({ name, roleArns }) => `${name}: ${roleArns.join(' → ')}`)
                .join('; ')}
            </td>
            <td>${row.version}</td>
            <td>${ageOf(row.createdAt, nowMs)}</td>
            <td class="${row.gate}">${row.gate}</td>
            <td>${row.lastFailure ?? ''}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}
