/**
 * SDKs of Go, from go.mod and go.sum. Only package `time` of the standard library is not as it was: its clock can be
 * moved.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { installOnce, Missing, needTool, run } from './cache.ts'
import { sourceOf, USUAL, type Sdk } from './sdk.ts'

const NOW = 'func Now() Time {'

function golang(name: string, lock: string, given: Partial<Sdk> = {}): Sdk {
  return {
    name,
    language: 'Go',
    ...USUAL,
    ...given,
    install: async () => {
      const client = sourceOf(`${lock.split('/')[0]}/main.go`)
      const locks = ['go.mod', 'go.sum'].map((file) => sourceOf(`${lock}/${file}`))
      const clock = sourceOf('go-clock/')
      const place = await installOnce(name, [client, ...locks, clock], async (cwd) => {
        await needTool('go', 'golang-go')
        const overlay = await writeOverlay(cwd)
        const environment = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' }
        await run('go', ['build', '-overlay', overlay, '-o', 'client', 'main.go'], {
          cwd,
          environment,
        })
      })
      return [join(place, 'client')]
    },
  }
}

/** Puts `shift.go` into package `time`, in place of its own way to tell the time. */
async function writeOverlay(folder: string): Promise<string> {
  const root = join((await run('go', ['env', 'GOROOT'])).trim(), 'src/time')
  const source = await readFile(join(root, 'time.go'), 'utf8')
  if (!source.includes(NOW)) throw new Missing(`this Go's package time has no ${NOW}`)
  const patched = join(folder, 'overlay')
  await mkdir(patched)
  await writeFile(join(patched, 'time.go'), source.replace(NOW, 'func realNow() Time {'))
  const Replace = {
    [join(root, 'time.go')]: join(patched, 'time.go'),
    [join(root, 'shift.go')]: join(folder, 'shift.go'),
  }
  const file = join(patched, 'overlay.json')
  await writeFile(file, JSON.stringify({ Replace }))
  return file
}

export const GO_SDKS: readonly Sdk[] = [
  golang('go-v2', 'go-v2/current'),
  golang('go-v2-2024-01', 'go-v2/2024-01'),
  golang('go-v1', 'go-v1', { endpoint: 'code' }),
]
