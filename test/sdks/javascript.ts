/** SDKs of JavaScript, from npm's lock files, on the Node that runs the suite. */
import { join } from 'node:path'
import { installOnce, run } from './cache.ts'
import { sourceOf, USUAL, type Sdk } from './sdk.ts'

function javascript(name: string, lock: string, given: Partial<Sdk> = {}): Sdk {
  return {
    name,
    language: 'JavaScript',
    ...USUAL,
    ...given,
    install: async () => {
      const client = sourceOf(`${lock.split('/')[0]}/client.mjs`)
      const locks = ['package.json', 'package-lock.json'].map((file) => sourceOf(`${lock}/${file}`))
      const place = await installOnce(name, [client, ...locks], async (cwd) => {
        const options = ['--silent', '--ignore-scripts', '--no-audit', '--no-fund']
        await run('npm', ['ci', ...options], { cwd })
      })
      return [process.execPath, join(place, 'client.mjs')]
    },
  }
}

export const JAVASCRIPT_SDKS: readonly Sdk[] = [
  javascript('js-v3', 'js-v3/current'),
  javascript('js-v3-2025-07', 'js-v3/2025-07'),
  javascript('js-v3-3.504.0', 'js-v3/3.504.0'),
  javascript('js-v2', 'js-v2', { endpoint: 'code', prefersDefault: true }),
]
