/** Volumes are folders, and their tokens are minted and rotated as a kubelet does. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createVolumes } from '../../../demo/kubelet/volumes.ts'
import { podSchema } from '../../../demo/pod.ts'

const pod = podSchema.parse({
  metadata: { name: 'p', namespace: 'n', uid: 'u' },
  spec: {
    serviceAccountName: 's',
    nodeName: 'node-1',
    containers: [
      {
        name: 'app',
        volumeMounts: [
          { name: 'sts', mountPath: '/var/run/secrets/sts' },
          { name: 'data', mountPath: '/data' },
        ],
      },
    ],
    volumes: [
      {
        name: 'sts',
        projected: {
          sources: [{ serviceAccountToken: { audience: 'sts.amazonaws.com', path: 'token' } }],
        },
      },
      { name: 'data', emptyDir: {} },
      { name: 'other', projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } },
    ],
  },
})

async function setUp(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-volumes-'))
  let minted = 0
  const volumes = await createVolumes(pod, join(folder, 'volumes'), ({ audience }) => {
    minted += 1
    return Promise.resolve(`${audience} ${minted}`)
  })
  context.after(async () => {
    volumes.stop()
    await rm(folder, { recursive: true })
  })
  const [container] = pod.spec.containers
  assert.ok(container)
  const root = join(folder, 'root')
  await volumes.mount(container, root)
  return { volumes, root }
}

test('a container sees the volumes that it mounts, at their paths, and no others', async (context) => {
  const { root } = await setUp(context)
  const file = join(root, 'var/run/secrets/sts/token')
  assert.equal(await readFile(file, 'utf8'), 'sts.amazonaws.com 1')
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.deepEqual(await readdir(join(root, 'data')), [])
  assert.deepEqual((await readdir(root)).toSorted(), ['data', 'var'])
})

test('a rotated token replaces the old one under the same path, and the old one is gone', async (context) => {
  const { volumes, root } = await setUp(context)
  await volumes.rotateTokens()
  const folder = join(root, 'var/run/secrets/sts')
  assert.equal(await readFile(join(folder, 'token'), 'utf8'), 'sts.amazonaws.com 3')
  assert.equal((await readdir(folder)).filter((name) => /^\.\.\d/u.test(name)).length, 1)
})
