/**
 * Containers with several targets on a kubelet: images that hold nothing, read-only roots, Pod Security `restricted`,
 * and a sidecar that is killed.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { configFile, HELPER_FILE, HELPER_SHELL, PROFILES_FOLDER } from '../../sidecar/contract.ts'
import { killIn, measureIn } from './kill.ts'
import { readState } from './running.ts'
import { SMALL_IMAGES } from './small-images.ts'
import { appContainer, applied, inNamespace, pod, until, type Place } from './suite.ts'
import { OBJECTS, ROLES } from './world.ts'

const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' }

const TARGETS = {
  reports: { chain: [{ roleArn: ROLES.reports }], default: true },
  payroll: { chain: [{ roleArn: ROLES.payroll }], containers: ['scratch', 'busybox'] },
  base: { chain: [] },
  nobody: { chain: [{ roleArn: ROLES.nobody }] },
}

const PORT = '7755'

/** A container with a read-only root. */
function small(image: keyof typeof SMALL_IMAGES, more: Readonly<Record<string, unknown>>) {
  const { env, securityContext } = appContainer() as {
    env: readonly { name: string; value: string }[]
    securityContext: object
  }
  return {
    name: image,
    image: SMALL_IMAGES[image],
    securityContext: { ...securityContext, readOnlyRootFilesystem: true },
    ...more,
    env: [...env, ...((more['env'] ?? []) as object[])],
  }
}

/** As people do it who want profiles in an image without a shell. */
const SCRATCH = small('scratch', {
  command: ['/client'],
  stdin: true,
  env: [{ name: 'PATH', value: HELPER_SHELL.slice(0, -'/sh'.length) }],
})
const BUSYBOX = small('busybox', { command: ['/bin/sleep', '3600'] })

async function startSeveral(place: Place): Promise<void> {
  const containers = [SCRATCH, BUSYBOX, appContainer({ mode: 'forever' })]
  const annotations = { 'rolechain.io/targets': JSON.stringify(TARGETS) }
  await applied(
    place,
    pod('several', annotations, { containers, terminationGracePeriodSeconds: 1 }),
  )
  await place.kubectl('wait', '--for=condition=Ready', 'pod/several', '--timeout=120s')
}

const execIn = (place: Place, container: string, ...command: readonly string[]) =>
  place.attempt('exec', 'several', `--container=${container}`, '--', ...command)

const answerSchema = z.looseObject({
  identity: z.string().optional(),
  error: z.string().optional(),
})

/** Who the Go SDK says that it is in the scratch image, after these lines, or all that it says of what failed. */
async function identityOf(place: Place, ...lines: readonly string[]): Promise<string> {
  const input = [...lines, 'identity', 'quit', ''].join('\n')
  const exec = ['exec', '--stdin', 'several', '--container=scratch', '--', '/client']
  const { stdout, stderr } = await place.attemptWith(input, ...exec)
  const last = answerSchema.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
  return last.identity ?? `${last.error}\n${stderr}`
}

const sessionOf = (accountId: string, role: string) =>
  new RegExp(`^arn:aws:sts::${accountId}:assumed-role/${role}/`)

test('a static program in a scratch image is several roles at once', () =>
  inNamespace(async (place) => {
    await startSeveral(place)
    const expected = {
      reports: sessionOf('222222222222', 'reports-reader'),
      payroll: sessionOf('222222222222', 'payroll-reader'),
      base: sessionOf('111111111111', 'cluster-base'),
    }
    for (const [profile, session] of Object.entries(expected))
      assert.match(await identityOf(place, `profile ${profile} eu-west-1`), session)
    assert.match(await identityOf(place), expected.reports)
    const refused = await identityOf(place, 'profile nobody eu-west-1')
    assert.match(refused, /credential_process.*nobody-reader: AccessDenied/s)

    // The program itself, where there is nothing else.
    const served = await execIn(place, 'scratch', HELPER_FILE, PORT, 'payroll')
    assert.match(served.stdout, /"Version":1,.*"SessionToken":.*"AccountId":"222222222222"/)
    const shell = await execIn(place, 'scratch', 'sh', '-c', `${HELPER_FILE} ${PORT} base`)
    assert.match(shell.stdout, /"AccountId":"111111111111"/)

    // The default one needs none of that, as in an image of Node without a shell.
    await until('the application to read its object', async () =>
      (await place.outcome('several'))?.object === OBJECTS.reports ? true : undefined,
    )
  }, RESTRICTED))

test('profiles work without glibc, and their folder cannot be changed', () =>
  inNamespace(async (place) => {
    await startSeveral(place)
    const command = `${HELPER_FILE} ${PORT} payroll`
    assert.match((await execIn(place, 'busybox', 'sh', '-c', command)).stdout, /"Version":1/)
    const file = await execIn(place, 'busybox', 'sh', '-c', 'cat "$AWS_CONFIG_FILE"')
    assert.match(file.stdout, /^\[profile payroll\]\ncredential_process = \S+ 7755 payroll$/m)
    for (const path of ['new', 'credentials', 'busybox.config']) {
      const written = `echo x > ${PROFILES_FOLDER}/${path}`
      const { exitCode, stderr } = await execIn(place, 'busybox', 'sh', '-c', written)
      assert.notEqual(exitCode, 0)
      assert.match(stderr, /Read-only file system|Permission denied/)
    }
    // Its image has neither of the two, and it has no token for payroll.
    const other = await execIn(place, 'app', HELPER_FILE, PORT, 'payroll')
    assert.equal(other.exitCode, 1)
    assert.match(other.stderr, /This container may not use the target payroll/)
    assert.match((await execIn(place, 'app', HELPER_FILE, PORT, 'base')).stdout, /"Version":1/)
  }, RESTRICTED))

test('a killed sidecar has the files and the sessions of profiles again before anyone asks', () =>
  inNamespace(async (place) => {
    await startSeveral(place)
    await killIn(place, 'several', 'sidecar.cjs')
    const { stdout, stderr } = await execIn(place, 'scratch', HELPER_FILE, PORT, 'payroll')
    assert.match(stdout, /"Version":1/, stderr)
    const files = `ls ${configFile('busybox')} ${HELPER_FILE} ${HELPER_SHELL}`
    assert.equal((await execIn(place, 'busybox', 'sh', '-c', files)).exitCode, 0)
    await until('the restart', async () =>
      (await readState(place, 'several')).sidecarRestarts > 0 ? true : undefined,
    )
    const identity = await identityOf(place, 'profile payroll eu-west-1')
    assert.match(identity, sessionOf('222222222222', 'payroll-reader'))
  }))

const logLine = z.looseObject({ time: z.string(), event: z.string() })

function timeOf(line: z.infer<typeof logLine> | undefined): number {
  return Date.parse(line?.time ?? '')
}

/** Of a pod that is ready, in words. */
async function measure(place: Place, name: string): Promise<string> {
  const kib = await measureIn(place, name, 'sidecar.cjs')
  const log = await place.kubectl('logs', name, '--container=rolechain-sidecar')
  const lines = log
    .trim()
    .split('\n')
    .map((line) => logLine.parse(JSON.parse(line)))
  const ready = timeOf(lines.findLast(({ event }) => event === 'refreshed'))
  const milliseconds = ready - timeOf(lines.find(({ event }) => event === 'started'))
  return `${(kib / 1024).toFixed(1)} MiB of anonymous memory, ${milliseconds} ms until all have credentials`
}

test('prints what a sidecar needs for one target and for twelve profiles of one container', (t) =>
  inNamespace(async (place) => {
    for (const count of [1, 12]) {
      const names = Array.from({ length: count }, (_, index) => `account-${index + 1}`)
      const targets = Object.fromEntries(
        names.map((name) => [name, { chain: [{ roleArn: ROLES.reports }] }]),
      )
      const name = `with-${count}`
      const annotations = { 'rolechain.io/targets': JSON.stringify(targets) }
      await applied(place, pod(name, annotations, { containers: [BUSYBOX] }))
      await place.kubectl('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=120s')
      if (count > 1) {
        const all = names.map((target) => `${HELPER_FILE} ${PORT} ${target}`).join(' && ')
        const command = ['exec', name, '--container=busybox', '--', 'sh', '-c', all]
        const served = (await place.kubectl(...command)).match(/"Version":1/g)
        assert.equal(served?.length, count)
      }
      t.diagnostic(`${count} targets: ${await measure(place, name)}`)
    }
  }))
