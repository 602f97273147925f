/**
 * Writes the tables of annotations, flags, settings and rooms into the pages between their markers (`npm run docs`),
 * from the code that reads them. A test runs the same and compares, so that the pages cannot fall behind.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { z } from 'zod'
import type { EventKind } from '../log/log.ts'
import { REFUSALS } from '../sidecar/core/endpoint/refusals.ts'
import { FAILURES } from '../sidecar/core/failures/failures.ts'
import { EVENTS as SIDECAR_EVENTS } from '../sidecar/events.ts'
import { settingsSchema } from '../webhook/core/configuration/settings-schema.ts'
import { CHAIN_KEYS } from '../webhook/core/vocabulary/keys.ts'
import { REASONS } from '../webhook/core/vocabulary/reasons.ts'
import { SDK_SETTINGS } from '../webhook/core/chain/plan/sdk-settings.ts'
import { FINDING_GROUPS, type FindingKind } from '../cli/findings/findings.ts'
import { FLAGS } from '../webhook/command-line/flags.ts'
import { CHAIN_PREFIX } from '../webhook/core/vocabulary/names.ts'
import { roomRows } from './rooms.ts'
import { EVENTS as WEBHOOK_EVENTS } from '../webhook/log/events.ts'

/** Path from the project's root, marker, and the table that belongs there. */
interface Section {
  readonly page: string
  readonly marker: string
  readonly table: string
}

const PLACES = { pod: 'pod', 'pod-or-service-account': 'pod or service account' } as const

const annotationTable = table(
  [`\`${CHAIN_PREFIX}/…\``, 'value', 'default', 'stands on', 'what it does'],
  Object.entries(CHAIN_KEYS).map(([name, key]) => [
    `\`${name}\``,
    key.value,
    key.default,
    PLACES[key.place],
    key.sentence,
  ]),
)

const flagTable = table(
  ['flag', 'default', 'what it does'],
  Object.entries(FLAGS).map(([name, { standard, does }]) => [
    `\`--${name}\``,
    standard === null || standard === '' ? '' : `\`${standard}\``,
    does,
  ]),
)

const settingsTable = table(
  ['setting', 'default', 'what it does'],
  settingRows(z.toJSONSchema(settingsSchema, { io: 'input' }) as JsonSchema, ''),
)

const variableTable = table(
  ['outcome', 'since it …', 'variables'],
  SDK_SETTINGS.map(({ names, outcome, why }) => [
    outcome,
    why,
    names.map((name) => `\`${name.replace(/_$/, '_…')}\``).join(', '),
  ]),
)

const ROOM_HEAD = ['room', 'what it is for', 'imports']

const reasonTable = table(
  ['reason', 'what it says'],
  Object.entries(REASONS).map(([code, sentence]) => [`\`${code}\``, sentence]),
)

const failureTable = table(
  ['code', 'HTTP status', 'what to do'],
  Object.entries(FAILURES).map(([code, { isPermanent, advice }]) => [
    `\`${code}\``,
    isPermanent ? '403' : '503',
    advice,
  ]),
)

const refusalTable = table(
  ['code', 'HTTP status', 'why'],
  Object.entries(REFUSALS).map(([code, { status, means }]) => [
    `\`${code}\``,
    String(status),
    means,
  ]),
)

function eventTable(events: Readonly<Record<string, EventKind>>): string {
  return table(
    ['event', 'level', 'what has happened'],
    Object.entries(events).map(([event, { level, means }]) => [`\`${event}\``, level, means]),
  )
}

const sections: readonly Section[] = [
  {
    page: 'docs/architecture.md',
    marker: 'webhook-rooms',
    table: table(ROOM_HEAD, roomRows('webhook')),
  },
  {
    page: 'docs/architecture.md',
    marker: 'sidecar-rooms',
    table: table(ROOM_HEAD, roomRows('sidecar')),
  },
  { page: 'docs/architecture.md', marker: 'cli-rooms', table: table(ROOM_HEAD, roomRows('cli')) },
  { page: 'docs/checks.md', marker: 'codes', table: codeHeadings(FINDING_GROUPS) },
  { page: 'README.md', marker: 'annotations', table: annotationTable },
  { page: 'docs/configuration.md', marker: 'flags', table: flagTable },
  { page: 'docs/configuration.md', marker: 'settings', table: settingsTable },
  { page: 'docs/sdks.md', marker: 'variables', table: variableTable },
  { page: 'docs/events.md', marker: 'webhook-events', table: eventTable(WEBHOOK_EVENTS) },
  { page: 'docs/events.md', marker: 'reasons', table: reasonTable },
  { page: 'docs/events.md', marker: 'sidecar-events', table: eventTable(SIDECAR_EVENTS) },
  { page: 'docs/events.md', marker: 'failures', table: failureTable },
  { page: 'docs/events.md', marker: 'refusals', table: refusalTable },
]

interface JsonSchema {
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly items?: JsonSchema
  readonly additionalProperties?: JsonSchema | boolean
}

/**
 * One row a setting, those inside others under their dotted path; `[]` is an element of a list, `<name>` a key of the
 * user's choice.
 */
function settingRows(schema: JsonSchema, prefix: string): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = `${prefix}${name}`
    const standard = property.default
    const row = [
      `\`${path}\``,
      standard === undefined || isNested(property) ? '' : `\`${JSON.stringify(standard)}\``,
      property.description ?? '',
    ]
    const inside = [
      ...settingRows(property, `${path}.`),
      ...(property.items === undefined ? [] : settingRows(property.items, `${path}[].`)),
      ...(typeof property.additionalProperties === 'object'
        ? settingRows(property.additionalProperties, `${path}.<name>.`)
        : []),
    ]
    return [row, ...inside]
  })
}

function isNested(schema: JsonSchema): boolean {
  return schema.properties !== undefined
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** A heading for each code: the address that a finding prints leads there. */
function codeHeadings(
  groups: Readonly<Record<string, Readonly<Record<string, FindingKind>>>>,
): string {
  return Object.entries(groups)
    .flatMap(([group, findings]) => [
      `## ${group}`,
      ...Object.entries(findings).flatMap(([code, { what, hint }]) => [
        `### ${code}`,
        what,
        `**What to do:** ${hint}`,
      ]),
    ])
    .join('\n\n')
}

/** The page with its generated parts as they should be. Throws when a marker is missing. */
export async function generatePage(page: string): Promise<string> {
  let text = readPage(page)
  for (const section of sections.filter((candidate) => candidate.page === page)) {
    const begin = `<!-- ${section.marker}:begin -->`
    const end = `<!-- ${section.marker}:end -->`
    const from = text.indexOf(begin)
    const to = text.indexOf(end)
    if (from < 0 || to < from) throw new Error(`${page} has no ${begin} … ${end}`)
    text = `${text.slice(0, from)}${begin}\n\n${section.table}\n\n${text.slice(to)}`
  }
  return format(text, { ...(await resolveConfig('README.md')), parser: 'markdown' })
}

/** The page as it is. */
export function readPage(page: string): string {
  return readFileSync(toUrl(page), 'utf8')
}

/** Every page with generated parts. */
export const generatedPages = [...new Set(sections.map(({ page }) => page))]

function toUrl(page: string): URL {
  return new URL(`../${page}`, import.meta.url)
}

if (import.meta.main) {
  for (const page of generatedPages) writeFileSync(toUrl(page), await generatePage(page))
}
