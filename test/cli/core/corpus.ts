/** The pods of all fixtures of admission, with their circumstances. */
import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import type { JsonObject } from '../../../webhook/core/formats/json.ts'
import { givenSchema, merged, withPrefix, type Given } from '../../webhook/core/fixture.ts'

/** A pod of the fixtures, and its circumstances. */
export interface Case {
  readonly name: string
  readonly pod: JsonObject
  readonly given: Given
}

const strictGiven = z.strictObject(givenSchema)

/** The circumstances, with what a fixture need not say. */
export function toGiven(given: unknown): Given {
  return strictGiven.parse(given)
}

function readPairs(): readonly Case[] {
  const folder = new URL('../../fixtures/pairs/', import.meta.url)
  const read = (file: string): unknown =>
    JSON.parse(JSON.stringify(parse(readFileSync(new URL(file, folder), 'utf8'))))
  return readdirSync(folder)
    .filter((file) => file.endsWith('.before.yaml'))
    .map((file) => ({
      name: file,
      pod: read(file) as JsonObject,
      given: toGiven(read(file.replace('before', 'given'))),
    }))
}

function readTables(): readonly Case[] {
  const folder = new URL('../../fixtures/tables/', import.meta.url)
  const texts = z.record(z.string(), z.string().nullable())
  const json = z.record(z.string(), z.unknown())
  const schema = z.looseObject({
    pod: json,
    annotations: texts.default({}),
    rows: z.array(
      z.looseObject({
        ...givenSchema,
        name: z.string(),
        annotations: texts.default({}),
        pod: json.default({}),
      }),
    ),
  })
  return readdirSync(folder).flatMap((file) => {
    const table = schema.parse(parse(readFileSync(new URL(file, folder), 'utf8'), { merge: true }))
    return (
      table.rows
        // Files know neither a cache nor labels of namespaces, and draw no random number.
        .filter(
          ({ cached, isEnforced, jitter }) => cached === undefined && !isEnforced && jitter === 0,
        )
        .map((row) => {
          const annotations = withPrefix(
            merged(table.annotations, row.annotations) as Record<string, string>,
          )
          const pod = merged(merged(table.pod, row.pod), { metadata: { annotations } })
          return {
            name: `${file}: ${row.name}`,
            pod: JSON.parse(JSON.stringify(pod)) as JsonObject,
            given: row,
          }
        })
    )
  })
}

/** Every pod of the pairs and of all rows of the tables. */
export const corpus: readonly Case[] = [...readPairs(), ...readTables()]
