/**
 * Runs the quick start of the README as it stands, once: the command is installed from its archive, and asks a double
 * of the cluster, which changes as helm and kubectl say.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { startStage as startCluster } from '../cli/check/stage.ts'
import { installPackage } from '../cli/installed-package.ts'
import { givenSchema, judge, toConfiguration, type Given } from '../webhook/core/fixture.ts'
import { readCommands, runCommands, type Call, type Reply } from './page.ts'
import { startProxy } from './proxy.ts'

const ISSUER = 'https://oidc.cluster.example'
export const AWS_ACCOUNTS: Readonly<Record<string, string>> = {
  cluster: '111111111111',
  target: '222222222222',
}

const folder = mkdtempSync(join(tmpdir(), 'rolechain-quick-start-'))
after(() => rmSync(folder, { recursive: true }))
const { home, archive } = await installPackage(folder)

/** Name of the archive that `npm run build` makes. */
export const ARCHIVE = basename(archive)

const cluster = await startCluster(ISSUER)
const proxy = await startProxy(cluster.issuer.port)
after(() => proxy.stop())

/** Runs what is installed, as npx does; test/cli/package.test.ts tries npx itself. */
writeFileSync(join(home, 'npx'), `#!/bin/sh\nexec "${home}/node_modules/.bin/$@"\n`, {
  mode: 0o755,
})
const authority = join(folder, 'authority.pem')
writeFileSync(authority, cluster.issuer.authority)

export type Objects = typeof cluster.world.objects
const isOfChart = ({ metadata }: Objects[number]) => /rolechain/.test(metadata.name)
const whole = cluster.world.objects
cluster.world.objects = whole.filter((object) => !isOfChart(object))

/** What the programs do to the cluster and to AWS, as far as the next commands see it. */
function reply(call: Call): Reply | undefined {
  const words = `${call.program} ${call.parameters.slice(0, 2).join(' ')}`
  if (words === 'aws sts get-caller-identity')
    return { stdout: `${AWS_ACCOUNTS[call.profile ?? ''] ?? ''}\n` }
  if (words === 'aws iam get-open-id-connect-provider') return { code: 254 }
  if (words === 'helm install rolechain') cluster.world.objects = whole
  if (words.startsWith('kubectl apply'))
    cluster.world.objects = [...whole, ...toRunning(toObjects(call))]
  return undefined
}

/** What a file that is applied has in it. */
export function toObjects({ files }: Call): Objects {
  return Object.values(files)
    .flatMap((file) => parseAllDocuments(file))
    .map((document) => document.toJS() as Objects[number])
}

const ENDED = {
  phase: 'Succeeded',
  initContainerStatuses: [{ name: 'rolechain-sidecar', started: false, restartCount: 0 }],
}

/** As the webhook and the kubelet leave them. */
function toRunning(objects: Objects): Objects {
  const account = objects.find(({ kind }) => kind === 'ServiceAccount')
  return objects.map((object) => {
    if (object.kind !== 'Pod') return object
    const given = givenOf(account)
    const { patched } = judge(object, given, toConfiguration(given))
    return { ...(patched as Objects[number]), status: ENDED }
  })
}

/** All calls, and all that was printed. */
export const { calls, stdout } = await runCommands(readCommands('Quick start on a cluster'), {
  answer: reply,
  programs: home,
  environment: {
    HOME: home,
    KUBECONFIG: cluster.kubeconfig,
    NODE_EXTRA_CA_CERTS: authority,
    NODE_USE_ENV_PROXY: '1',
    HTTPS_PROXY: proxy.url,
    NO_PROXY: '127.0.0.1',
  },
})

/** Calls of a program with these words. */
export function find(program: string, ...words: string[]): Call[] {
  return calls.filter(
    (call) => call.program === program && words.every((word) => call.parameters.includes(word)),
  )
}

/** The cluster of the webhook as the page installs it. */
export function givenOf(account: Objects[number] | undefined): Given {
  return {
    ...z.strictObject(givenSchema).parse({}),
    serviceAccount: { ...account?.metadata.annotations },
  }
}
