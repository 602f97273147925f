/** Templates as cfn-lint reads them, which knows the schemas of CloudFormation's resources and IAM's grammar. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { toCloudFormation } from '../../cli/core/policy/formats/cloudformation.ts'
import { installPython } from './install.ts'
import { ASSOCIATED_SUBJECT, GOLDEN_SUBJECTS, makeSubjects } from './plans.ts'

const folder = mkdtempSync(join(tmpdir(), 'rolechain-templates-'))
after(() => rmSync(folder, { recursive: true }))

const bin = await installPython()

interface Found {
  readonly Filename: string
  readonly Message: string
  readonly Rule: { readonly Id: string }
}

/** What it finds of each template. One start for all: that takes longer than the work. */
function lint(templates: readonly string[]): readonly (readonly string[])[] {
  const files = templates.map((text, index) => {
    const file = join(folder, `${index}.template.yaml`)
    writeFileSync(file, text)
    return file
  })
  const options = ['--format', 'json', '--regions', 'us-east-1', '--include-checks', 'I']
  const { stdout, stderr } = spawnSync(join(bin, 'cfn-lint'), [...options, '--', ...files], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  assert.equal(stderr, '')
  const found = JSON.parse(stdout) as readonly Found[]
  return files.map((file) =>
    found
      .filter(({ Filename }) => Filename === file)
      .map(({ Rule, Message }) => `${Rule.Id}: ${Message}`),
  )
}

const templates = [...GOLDEN_SUBJECTS, ASSOCIATED_SUBJECT, ...makeSubjects(25)].flatMap(
  ({ plan }) => plan.steps.map(toCloudFormation),
)
const [golden = ''] = templates

/** From, to, and the rule that has to find it. */
const BROKEN: Readonly<Record<string, readonly [from: string, to: string, rule: RegExp]>> = {
  'a property that no role has': ['RoleName:', 'RolName:', /^E3002: /],
  'a resource that is not there': ['- RoleClusterBase', '- RoleClusterBass', /^E3005: /],
  'an effect that IAM does not know': ['Effect: Allow', 'Effect: Alow', /^E3530: /],
  'a statement without an action': ['Action: sts:AssumeRole\n', 'Not: x\n', /^E35\d\d: /],
  'a version that IAM does not know': ['Version: "2012-10-17"', 'Version: "2012-10-18"', /^E35/],
  'a list in place of a text': ['RoleName: cluster-base', 'RoleName: [cluster-base]', /^E3012: /],
}

const broken = Object.values(BROKEN).map(([from, to]) => golden.replace(from, to))
const found = lint([...templates, ...broken])

test('cfn-lint finds nothing in any template', () => {
  assert.ok(templates.length > 50)
  const wrong = templates.flatMap((text, index) => (found[index] ?? []).map((one) => [one, text]))
  assert.deepEqual(wrong, [])
})

for (const [index, [name, [, , rule]]] of Object.entries(BROKEN).entries())
  test(`cfn-lint would find ${name}`, () => {
    assert.notEqual(broken[index], golden)
    const own = found[templates.length + index] ?? []
    assert.ok(
      own.some((one) => rule.test(one)),
      own.join('\n'),
    )
  })
