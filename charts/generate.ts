/**
 * Writes what is generated in the chart: `values.schema.json`, the table between the two marks in its README, and the
 * defaults of `configuration` that its templates compare with.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { parse } from 'yaml'
import { settingsSchema } from '../webhook/core/configuration/settings-schema.ts'
import { valuesSchema, valuesTable } from './values.ts'

const chart = new URL('rolechain/', import.meta.url)

/** Everything generated, by its path in the chart, as it should be now. */
export async function generate(): Promise<Readonly<Record<string, string>>> {
  const readme = readFileSync(new URL('README.md', chart), 'utf8')
  const table = valuesTable(parse(readFileSync(new URL('values.yaml', chart), 'utf8')))
  const filled = readme.replace(
    /(<!-- values -->)[^]*(<!-- end of values -->)/,
    (_, begin: string, end: string) => `${begin}\n\n${table}\n\n${end}`,
  )
  const style = await resolveConfig(chart)
  return {
    'files/configuration-defaults.json': await format(JSON.stringify(settingsSchema.parse({})), {
      ...style,
      parser: 'json',
    }),
    'values.schema.json': await format(JSON.stringify(valuesSchema()), {
      ...style,
      parser: 'json',
    }),
    'README.md': await format(filled, { ...style, parser: 'markdown' }),
  }
}

if (import.meta.main)
  for (const [path, content] of Object.entries(await generate()))
    writeFileSync(new URL(path, chart), content)
