/**
 * What is said of variables is so: the JavaScript SDK is run with them, and no variable that it reads was forgotten.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { findSdkSetting, SDK_SETTINGS } from '../../../../webhook/core/chain/plan/sdk-settings.ts'

const run = promisify(execFile)

/** Packages of the SDK that read settings; those of services have names in capitals that are none. */
const SDK_FOLDERS = ['node_modules/@aws-sdk', 'node_modules/@smithy', 'node_modules/@aws']

function readSources(folder: string): string {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => path.endsWith('.js') && path.includes('dist-cjs') && !path.startsWith('client-'),
    )
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .join('\n')
}

const NAMED = /["'`]((?:AWS|AMAZON)_[A-Z0-9_]+)["'`]|\benv\.(AWS_[A-Z0-9_]+)/g

describe('variables of the SDKs', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolechain-sdk-settings-'))
  const endpoint = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        AccessKeyId: 'TARGET',
        SecretAccessKey: 's',
        Token: 't',
        Expiration: '2100-01-01T00:00:00Z',
      }),
    )
  })
  const keys = join(folder, 'keys')
  before(async () => {
    writeFileSync(keys, '[default]\naws_access_key_id = OTHER\naws_secret_access_key = s\n')
    await new Promise<void>((resolve) => {
      endpoint.listen(0, '127.0.0.1', resolve)
    })
  })
  after(() => {
    endpoint.close()
    endpoint.closeAllConnections()
    rmSync(folder, { recursive: true })
  })

  /** Whose key an application finds that has the endpoint and these variables. */
  async function readKey(env: Readonly<Record<string, string>>): Promise<string> {
    const { port } = endpoint.address() as AddressInfo
    const code = `
      import { fromNodeProviderChain } from '@aws-sdk/credential-providers'
      console.log((await fromNodeProviderChain()()).accessKeyId)`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', code], {
      env: {
        HOME: join(folder, 'nobody'),
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/v1/credentials/default`,
        AWS_EC2_METADATA_DISABLED: 'true',
        ...env,
      },
    })
    return stdout.trim()
  }

  it('were all judged that the JavaScript SDK reads', () => {
    const found = [...SDK_FOLDERS.map(readSources).join('\n').matchAll(NAMED)]
    const names = new Set(found.map(([, quoted, property]) => quoted ?? property ?? ''))
    assert.ok(names.size > 30, `${names.size} names were found`)
    const families = SDK_SETTINGS.flatMap((setting) => setting.names).filter((name) =>
      name.endsWith('_'),
    )
    assert.deepEqual(
      [...names].filter(
        (name) =>
          findSdkSetting(name) === undefined && !families.some((family) => name.startsWith(family)),
      ),
      [],
    )
  })

  it('are judged once each', () => {
    const names = SDK_SETTINGS.flatMap((setting) => setting.names)
    assert.deepEqual(names, [...new Set(names)])
  })

  it('are harmless where it is said so: with all of them the SDK is the target', async () => {
    const harmless = SDK_SETTINGS.filter(({ outcome }) => outcome === 'harmless')
      .flatMap((setting) => setting.names)
      .filter((name) => name !== 'AWS_EC2_METADATA_DISABLED')
    const env = Object.fromEntries(harmless.map((name) => [name, 'x']))
    assert.equal(await readKey(env), 'TARGET')
  })

  it('are conflicts where they name files: with one of them the SDK is somebody else', async () => {
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) {
      assert.equal(findSdkSetting(name)?.outcome, 'conflict')
      assert.equal(await readKey({ [name]: keys }), 'OTHER', name)
    }
    const home = join(folder, 'home')
    mkdirSync(join(home, '.aws'), { recursive: true })
    writeFileSync(join(home, '.aws/credentials'), readFileSync(keys))
    assert.equal(await readKey({ HOME: home }), 'OTHER')
    const none = { AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_CONFIG_FILE: '/dev/null' }
    assert.equal(await readKey({ HOME: home, ...none }), 'TARGET')
  })
})
