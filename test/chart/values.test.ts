import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isMap, isScalar, parse, parseDocument, type YAMLMap } from 'yaml'
import { generate } from '../../charts/generate.ts'
import { values } from '../../charts/values.ts'
import { FLAGS } from '../../webhook/command-line/flags.ts'
import { STAMP_KEY, TARGET_KEYS } from '../../webhook/core/vocabulary/keys.ts'
import { SKIP_LABEL } from '../../webhook/core/vocabulary/names.ts'

const chart = new URL('../../charts/rolechain/', import.meta.url)

function readChart(path: string): string {
  return readFileSync(new URL(path, chart), 'utf8')
}

/** Paths of all keys of a map that have no comment before them, nor a commented map around their first one. */
function uncommented(map: YAMLMap, prefix = ''): string[] {
  return map.items.flatMap(({ key, value }, index) => {
    assert.ok(isScalar(key))
    const path = `${prefix}${String(key.value)}`
    // The parser hands the comment before a map's first key to the map.
    const comment = key.commentBefore ?? (index === 0 ? map.commentBefore : undefined)
    const hasOwnKeys = isMap(value) && value.items.length > 0 && isOurs(path)
    return [
      ...(comment === undefined || comment === null ? [path] : []),
      ...(hasOwnKeys ? uncommented(value, `${path}.`) : []),
    ]
  })
}

/** Below these stand keys of Kubernetes, not of the chart. */
function isOurs(path: string): boolean {
  return !['nodeSelector', 'resources'].includes(path)
}

test('the schema and the table of values are what `npm run chart` makes', async () => {
  for (const [path, content] of Object.entries(await generate()))
    assert.ok(readChart(path) === content, `${path} is out of date: run \`npm run chart\``)
})

test('values.yaml is valid, and knows every value', () => {
  const written = values.parse(parse(readChart('values.yaml')))
  const known = Object.keys(values.shape).filter((name) => name !== 'global')
  assert.deepEqual(Object.keys(written).sort(), known.sort())
})

test('every value in values.yaml has a comment', () => {
  const { contents } = parseDocument(readChart('values.yaml'))
  assert.ok(isMap(contents))
  // The first comment of the file belongs to the document.
  assert.deepEqual(
    uncommented(contents).filter((path) => path !== 'image'),
    [],
  )
})

test('the Deployment passes only flags that the webhook has', () => {
  const flags = [...readChart('templates/deployment.yaml').matchAll(/^ +- --([a-z-]+)=/gm)]
  assert.ok(flags.length > 10)
  for (const [, flag] of flags) assert.ok(Object.hasOwn(FLAGS, flag ?? ''), `--${flag}`)
})

test('match conditions name the annotations and labels that the webhook reads and writes', () => {
  const entries = readChart('templates/mutating-webhook.yaml')
  const names =
    /- name: names-a-target\n\s+expression: >-\n((?: {10}.*\n)+)/.exec(entries)?.[1] ?? ''
  // Every key that asks for a target begins so, and misspelt ones that begin so ask for one too.
  assert.ok(names.includes("key.startsWith('{{ .Values.chainAnnotationPrefix }}/target')"))
  // A source alone asks for what it gives.
  assert.ok(names.includes("|| key == '{{ .Values.chainAnnotationPrefix }}/source'"))
  for (const key of TARGET_KEYS) assert.ok(key.startsWith('target'), key)
  assert.ok(names.includes(`[key].contains(':role/')`))
  assert.ok(entries.includes(`}}/${STAMP_KEY}' in object.metadata.annotations`))
  assert.ok(entries.includes(`'${SKIP_LABEL}' in object.metadata.labels`))
})

test('a workload is looked at when its own annotations change, not only its template', () => {
  const entry = readChart('templates/validating-webhook.yaml')
  assert.ok(entry.includes('object.metadata.?annotations != oldObject.metadata.?annotations'))
})

test('the chart has the version of the program', () => {
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string }
  const { appVersion, version: chartVersion } = parse(readChart('Chart.yaml')) as {
    appVersion: string
    version: string
  }
  assert.deepEqual([appVersion, chartVersion], [version, version])
})

test('no template looks anything up or makes anything random', () => {
  const templates = readdirSync(new URL('templates/', chart), { recursive: true })
    .map(String)
    .filter((path) => /\.(yaml|tpl|txt)$/.test(path))
  for (const path of templates)
    assert.doesNotMatch(
      readChart(`templates/${path}`),
      /\{\{[^}]*\b(lookup|rand\w+|gen\w+|uuidv4|now|date\w*)\b/,
      path,
    )
})
