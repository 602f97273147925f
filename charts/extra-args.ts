/** Which flags the value `extraArgs` may hold. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { FLAGS } from '../webhook/command-line/flags.ts'
import type { Flag } from '../webhook/command-line/flags.ts'

/** Flags that the chart passes itself: it would be broken in part if something else won over them. */
const chartFlags = new Set(
  [
    ...readFileSync(
      new URL('rolechain/templates/deployment.yaml', import.meta.url),
      'utf8',
    ).matchAll(/^ +- --([a-z-]+)=/gm),
  ].map(([, flag]) => flag),
)
// It has more levels than logLevel, and breaks nothing.
chartFlags.delete('v')

/** What has an effect and no value of its own; the last three are not for a webhook in a cluster. */
const extraFlags = Object.entries<Flag<unknown>>(FLAGS).filter(
  ([name, { standard }]) =>
    standard !== null && !chartFlags.has(name) && !['version', 'help', 'kubeconfig'].includes(name),
)

/** One of them, with its value behind an equals sign; booleans may stand alone. */
export const extraArg = z
  .string()
  .regex(
    new RegExp(
      `^--(?:${extraFlags
        .map(([name, { isBoolean }]) => (isBoolean ? `${name}(?:=.*)?` : `${name}=.*`))
        .join('|')})$`,
    ),
  )
