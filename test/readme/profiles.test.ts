/** The page about profiles: its manifest is admitted as it says, and its commands name what that gives. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'yaml'
import { z } from 'zod'
import { CONFIGURATION_VARIABLE, HELPER_FILE, HELPER_SHELL } from '../../sidecar/contract.ts'
import { toConfigFile } from '../../sidecar/core/profiles.ts'
import { parseSidecarConfiguration } from '../../sidecar/core/sidecar-configuration.ts'
import { givenSchema, judge } from '../webhook/core/fixture.ts'
import { optionOf, readCode, readCommands, runCommands } from './page.ts'

const page = 'docs/profiles.md'
const HOW = { heading: 'From the manifest to the last command', page }

const variable = z.looseObject({ name: z.string(), value: z.string().optional() })

const podSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({
    initContainers: z.array(z.looseObject({ env: z.array(variable) })).optional(),
  }),
})

const [manifest = ''] = readCode('yaml', HOW)
const before: unknown = parse(manifest)
const given = z.strictObject(givenSchema).parse({})

function readConfiguration() {
  const { patched, verdict } = judge(before, given)
  assert.deepEqual(verdict.warnings, [])
  const [sidecar] = podSchema.parse(patched).spec.initContainers ?? []
  const value = sidecar?.env.find(({ name }) => name === CONFIGURATION_VARIABLE)?.value ?? ''
  const parsed = parseSidecarConfiguration(value)
  assert.ok(parsed.kind === 'valid')
  return parsed.value
}

test('the manifest gives each container the profiles that the page says', () => {
  const { profiles = {} } = readConfiguration()
  assert.deepEqual(Object.keys(profiles['test'] ?? {}), ['dev', 'stg'])
  assert.deepEqual(Object.keys(profiles['deploy'] ?? {}), ['dev', 'stg', 'prod', 'here'])
})

test('the AWS config file begins as the page shows it', () => {
  const { profiles = {}, port } = readConfiguration()
  const file = toConfigFile({ profiles: profiles['test'] ?? {}, port, helper: HELPER_FILE })
  const [shown = ''] = readCode('ini', { heading: 'What is in the container', page })
  for (const section of shown.trim().split('\n\n')) assert.ok(file.includes(section), file)
})

test('the commands run, and name a pod, a container and profiles of the manifest', async () => {
  const { profiles = {} } = readConfiguration()
  const { metadata } = podSchema.parse(before)
  const own = Object.keys(profiles['deploy'] ?? {})
  const { calls } = await runCommands(readCommands(HOW.heading, page))
  assert.equal(calls.length, 7)
  for (const call of calls) {
    const { program, parameters, profile } = call
    const option = parameters.includes('--profile') ? optionOf(call, '--profile') : undefined
    for (const name of [profile, option])
      if (name !== undefined) assert.ok(own.includes(name), name)
    if (program !== 'kubectl' || parameters[0] !== 'exec') continue
    assert.equal(
      optionOf({ ...call, parameters: parameters.slice(0, 3) }, '--namespace'),
      metadata.namespace,
    )
    assert.ok(parameters.includes(metadata.name))
    assert.ok(parameters.includes('--container=deploy'))
  }
})

test('the command to run by hand is that of the file, and PATH leads to the shell', () => {
  const about = { heading: 'What to know', page }
  const { profiles = {}, port } = readConfiguration()
  const file = toConfigFile({ profiles: profiles['test'] ?? {}, port, helper: HELPER_FILE })
  const [command = ''] = readCode('sh', about)
  assert.ok(file.includes(`credential_process = ${command.trim()}\n`))
  const [variables = ''] = readCode('yaml', about)
  assert.deepEqual(parse(variables), {
    env: [{ name: 'PATH', value: HELPER_SHELL.slice(0, -'/sh'.length) }],
  })
})
