/** Words what was found of profiles as the table of docs/sdks.md: a row an SDK, in Markdown. */
import { stripVTControlCharacters } from 'node:util'
import type { Shown } from './checks.ts'
import { isSound, type Result } from './table.ts'

/** Of the helper's sentences. */
const REASONS = { gone: 'AccessDenied', foreign: 'may not use the target' } as const

const HEADER = [
  'SDK',
  'all holds',
  'region of a profile',
  'a refused profile says why',
  'in these words',
]

export function toProfileTable(results: readonly Result[]): string {
  const rows = results.flatMap((result) => {
    if (result.kind !== 'ran') return []
    const { version, profiles } = result.report
    const { gone, foreign, none } = profiles.errors
    return [
      [
        version,
        isSound(result) ? 'yes' : 'no',
        profiles.region === '' ? '-' : profiles.region,
        toPlace(gone, REASONS.gone) === toPlace(foreign, REASONS.foreign)
          ? toPlace(gone, REASONS.gone)
          : `${toPlace(gone, REASONS.gone)}, ${toPlace(foreign, REASONS.foreign)}`,
        `\`${toWords(gone.error)}\`; without profile and default: \`${toWords(none.error)}\``,
      ],
    ]
  })
  return [HEADER, HEADER.map(() => '---'), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')
}

/** Where people read the reason. */
function toPlace({ error, said }: Shown, reason: string): string {
  if (error.includes(reason)) return 'in the error'
  return said.includes(reason) ? 'on standard error' : 'no'
}

const LIMIT = 130

function toWords(text: string): string {
  const [line = ''] = stripVTControlCharacters(text).trim().split('\n')
  const words = line.replaceAll(/[|`]/g, ' ')
  return words.length > LIMIT ? `${words.slice(0, LIMIT)}…` : words
}
