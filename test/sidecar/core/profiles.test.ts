/** AWS config files of containers: what is in them, and how those who read such files read it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { loadSharedConfigFiles } from '@smithy/core/config'
import * as fc from 'fast-check'
import { type Profile, RESERVED_TARGET_NAME, TARGET_NAME } from '../../../sidecar/contract.ts'
import { toProfileFiles } from '../../../sidecar/core/profiles.ts'
import { parseSidecarConfiguration } from '../../../sidecar/core/sidecar-configuration.ts'
import { OBJECT_NAMES } from '../../object-names.ts'

type Profiles = Readonly<Record<string, Profile>>
type Sections = Record<string, Record<string, string>>

const folder = mkdtempSync(join(tmpdir(), 'rolechain-test-'))

after(() => {
  rmSync(folder, { recursive: true })
})

function textOf(profiles: Profiles, port = 7755): string {
  const files = toProfileFiles({ profiles: { app: profiles }, port }, '')
  return files?.configFiles['/opt/rolechain.io/app.config'] ?? ''
}

/**
 * As Python's `configparser` reads it, which botocore uses: comments are whole lines, what is indented belongs to the
 * line before, `=` or `:` ends a key, and a section or key that comes twice is an error.
 */
function readAsBotocore(text: string): Sections {
  const sections: Sections = Object.create(null)
  let section: Record<string, string> | undefined
  for (const line of text.split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/u)) {
    if (/^\s*(?:[#;]|$)/.test(line)) continue
    assert.doesNotMatch(line, /^\s/, 'a line that goes on')
    const [, name] = /^\[(?<header>.+)\]/.exec(line) ?? []
    if (name === undefined) {
      const [, key = '', value = ''] = /^(.*?)\s*(?:[=:]\s*(.*))$/.exec(line) ?? []
      assert(section && key && !Object.hasOwn(section, key.toLowerCase()), line)
      section[key.toLowerCase()] = value.trim()
      continue
    }
    const profile = name.replace(/^profile\s+/, '')
    assert(!Object.hasOwn(sections, profile), 'a section that comes twice')
    section = sections[profile] = Object.create(null) as Record<string, string>
  }
  return sections
}

const regionOf = ({ region }: Profile) => (region === undefined ? {} : { region })

function expectedOf(profiles: Profiles, port: number): Sections {
  const byDefault = Object.values(profiles).find(({ isDefault }) => isDefault)
  const named = Object.entries(profiles).filter(([name]) => name !== 'default')
  return Object.fromEntries([
    ...(byDefault ? [['default', regionOf(byDefault)] as const] : []),
    ...named.map(([name, profile]) => [
      name,
      {
        credential_process: `/opt/rolechain.io/credentials ${port} ${name}`,
        ...regionOf(profile),
      },
    ]),
  ]) as Sections
}

/** Without prototypes, which are no part of what was read. */
function plain(sections: object): unknown {
  return JSON.parse(JSON.stringify(sections))
}

const targetName = fc.oneof(
  fc.stringMatching(TARGET_NAME),
  fc.constantFrom('default', 'profile', 'services', 'sso-session', ...OBJECT_NAMES),
)
const region = fc.oneof(fc.constantFrom('eu-west-1', '', '-', 'x\n[profile y]'), fc.string())
const profiles = fc.dictionary(
  targetName.filter((name) => TARGET_NAME.test(name) && name !== RESERVED_TARGET_NAME),
  fc.record(
    { region, isDefault: fc.constantFrom(true) },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Profile>,
  { minKeys: 1, maxKeys: 6 },
)

/** Whether the sidecar takes a configuration with these profiles. */
function isTaken(own: Profiles): boolean {
  const chain = [{ roleArn: 'arn:aws:iam::222222222222:role/ci' }]
  const targets = Object.fromEntries(Object.keys(own).map((name) => [name, { chain }]))
  const text = JSON.stringify({ targets, port: 7755, profiles: { app: own } })
  return parseSidecarConfiguration(text).kind === 'valid'
}

describe('the config file of a container', () => {
  it('has a profile a target, and the default without a command', () => {
    const given = {
      dev: { region: 'eu-central-1' },
      stg: {},
      prod: { region: 'eu-west-1', isDefault: true },
    } as const
    assert.equal(
      textOf(given),
      `[default]
region = eu-west-1

[profile dev]
credential_process = /opt/rolechain.io/credentials 7755 dev
region = eu-central-1

[profile stg]
credential_process = /opt/rolechain.io/credentials 7755 stg

[profile prod]
credential_process = /opt/rolechain.io/credentials 7755 prod
region = eu-west-1
`,
    )
  })

  it('has the target named default as the default section itself', () => {
    const text = textOf({ default: { isDefault: true }, dev: {} })
    assert.deepEqual(Object.keys(readAsBotocore(text)), ['default', 'dev'])
    assert.match(text, /^\[default\]\n\n\[profile dev\]\n/)
  })

  it('has no default section where no target is the default', () => {
    assert.doesNotMatch(textOf({ dev: {}, stg: {} }), /default/)
  })

  it('is there for each container that has profiles, below the root that is asked for', () => {
    assert.equal(toProfileFiles({ port: 7755 }, ''), undefined)
    assert.equal(toProfileFiles({ port: 7755, profiles: {} }, ''), undefined)
    const files = toProfileFiles({ port: 7755, profiles: { a: { dev: {} }, b: {} } }, '/root')
    assert(files)
    const { configFiles, ...others } = files
    assert.deepEqual(Object.keys(configFiles), [
      '/root/opt/rolechain.io/a.config',
      '/root/opt/rolechain.io/b.config',
    ])
    assert.deepEqual(others, {
      helperSource: '/root/app/credentials',
      helper: '/root/opt/rolechain.io/credentials',
      shell: '/root/opt/rolechain.io/bin/sh',
    })
    assert.match(
      configFiles['/root/opt/rolechain.io/a.config'] ?? '',
      / = \/root\/opt\/rolechain\.io\/credentials 7755 dev\n/,
    )
  })

  it('says to botocore what the configuration says, and nothing else', () => {
    let taken = 0
    fc.assert(
      fc.property(profiles, fc.integer({ min: 1024, max: 65_535 }), (own, port) => {
        if (!isTaken(own)) return
        taken += 1
        assert.deepEqual(plain(readAsBotocore(textOf(own, port))), expectedOf(own, port))
      }),
      { numRuns: 2_000 },
    )
    assert.ok(taken > 100, `${taken} configurations were taken`)
  })

  it('says the same to the SDK for JavaScript', async () => {
    await fc.assert(
      fc.asyncProperty(profiles.filter(isTaken), async (own) => {
        const configFilepath = join(folder, 'app.config')
        writeFileSync(configFilepath, textOf(own))
        const { configFile } = await loadSharedConfigFiles({
          configFilepath,
          filepath: '/dev/null',
          ignoreCache: true,
        })
        // It passes over sections in which there is nothing.
        const expected = Object.entries(expectedOf(own, 7755)).filter(
          ([, keys]) => Object.keys(keys).length > 0,
        )
        assert.deepEqual(plain(configFile), Object.fromEntries(expected))
      }),
      { numRuns: 50 },
    )
  })
})
