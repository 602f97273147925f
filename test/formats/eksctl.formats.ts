/** Files for eksctl, by the schema of its own configuration. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { toEksctl } from '../../cli/core/policy/formats/eksctl.ts'
import { readEksctlSchema } from './install.ts'
import { ASSOCIATED_SUBJECT, GOLDEN_SUBJECTS, makeSubjects } from './plans.ts'

// The schema has hints for editors.
const ajv = new Ajv({ strict: false, allErrors: true })
const isValid = ajv.compile(await readEksctlSchema())

function errorsOf(text: string): readonly string[] {
  isValid(parse(text))
  return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

const files = [...GOLDEN_SUBJECTS, ASSOCIATED_SUBJECT, ...makeSubjects(200)].flatMap(({ plan }) =>
  plan.accounts.flatMap((account) => toEksctl(account, { name: 'kit', region: 'eu-west-1' })),
)

/** What stands in a comment for clusters without access entries, as the file that it is for. */
function toMappings(text: string): readonly string[] {
  const lines = text.match(/^# {3}.*$/gm)?.map((line) => line.slice(4)) ?? []
  if (lines.length === 0) return []
  const head = /^apiVersion:[^]*?(?=^accessConfig:)/m.exec(text)?.[0] ?? ''
  return [`${head}${lines.join('\n')}\n`]
}

describe('files for eksctl', () => {
  it('are what its schema says', () => {
    assert.ok(files.length > 150)
    for (const { text } of files) assert.deepEqual(errorsOf(text), [], text)
  })

  it('have in their comments what its schema says too', () => {
    const mappings = files.flatMap(({ text }) => toMappings(text))
    assert.ok(mappings.length > 30)
    for (const text of mappings) {
      assert.match(text, /^iamIdentityMappings:/m)
      assert.deepEqual(errorsOf(text), [], text)
    }
  })

  const [golden = ''] = files.map(({ text }) => text)
  const [mapping = ''] = files.flatMap(({ text }) => toMappings(text))
  const entries = files.find(({ cluster }) => cluster === 'prod')?.text ?? ''
  const broken: Readonly<Record<string, readonly [text: string, from: string, to: string]>> = {
    'a field that it does not know': [golden, 'roleOnly:', 'rolOnly:'],
    'a text in place of a list': [golden, 'serviceAccounts:', 'serviceAccounts: x\n  other:'],
    'another kind': [golden, 'kind: ClusterConfig', 'kind: Cluster'],
    'an access entry with a wrong field': [entries, 'principalARN:', 'principalArn:'],
    'a mapping with a wrong field': [mapping, 'arn:', 'rolearn:'],
  }
  for (const [name, [text, from, to]] of Object.entries(broken))
    it(`would be found with ${name}`, () => {
      const wrong = text.replace(from, to)
      assert.notEqual(wrong, text)
      assert.notDeepEqual(errorsOf(wrong), [])
    })
})
