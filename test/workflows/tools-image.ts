/**
 * The image `registry.example.com/ci-tools:1` of the pages: the AWS CLI v2 of Debian, v1 of PyPI beside it, kubectl and
 * a shell. It trusts the suite's authority, as real images trust the public ones.
 */
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installDebian } from '../sdks/debian.ts'
import { PYTHON_SDKS } from '../sdks/python.ts'
import { run } from '../cluster/command.ts'
import { findKit } from '../cluster/cluster.ts'

const NAME = 'registry.example.com/ci-tools:1'
const V1_FOLDER = '/opt/aws-cli-v1'
/** Where this file is, `aws` is v1. */
export const V1_MARK = '/aws-cli-v1'
const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt'
const APPLETS = [
  'sh',
  'sleep',
  'cat',
  'sed',
  'env',
  'ls',
  'grep',
  'mkdir',
  'touch',
  'head',
  'tail',
  'sort',
]

async function addV1(root: string): Promise<void> {
  const [python = ''] =
    (await PYTHON_SDKS.find(({ name }) => name === 'aws-cli-v1')?.install()) ?? []
  const find = 'import os, awscli; print(os.path.dirname(os.path.dirname(awscli.__file__)))'
  const packages = (await run([python, '-c', find])).trim()
  const folder = join(root, V1_FOLDER)
  await mkdir(folder, { recursive: true })
  await run(['cp', '-a', packages, join(folder, 'lib')])
  const program = join(root, 'usr/bin/aws')
  await rename(program, join(root, 'usr/bin/aws-v2'))
  const lines = [
    '#!/bin/sh',
    `[ -e ${V1_MARK} ] || exec aws-v2 "$@"`,
    `PYTHONPATH=${V1_FOLDER}/lib exec python3 -m awscli "$@"`,
  ]
  await writeFile(program, `${lines.join('\n')}\n`)
  await chmod(program, 0o755)
}

async function addBusybox(root: string): Promise<void> {
  await cp('/bin/busybox', join(root, 'bin/busybox'))
  for (const applet of APPLETS) await run(['ln', '-sf', 'busybox', join(root, 'bin', applet)])
}

async function fill(root: string, authority: string): Promise<void> {
  const cli = join(
    await installDebian('aws-cli-v2', {
      client: 'aws-cli/client.py',
      lock: 'aws-cli/debian-13.list',
    }),
    'root',
  )
  await run(['cp', '-a', `${cli}/.`, root])
  for (const unused of [
    'usr/share/doc',
    'usr/share/man',
    'usr/lib/python3/dist-packages/awscli/examples',
  ])
    await rm(join(root, unused), { recursive: true, force: true })
  await addBusybox(root)
  await addV1(root)
  const kubernetes = (await run([join(findKit(), 'build')])).trim()
  await cp(kubernetes, join(root, 'usr/bin/kubectl'))
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  await mkdir(join(root, 'root'), { recursive: true })
  await mkdir(join(root, 'etc/ssl/certs'), { recursive: true })
  await writeFile(join(root, CERTIFICATES), await readFile(authority))
}

/** Makes the image and loads it into the cluster of `clusterFolder`; it trusts the authority of this file. */
export async function loadToolsImage(clusterFolder: string, authority: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rolechain-tools-'))
  try {
    const root = join(folder, 'root')
    await mkdir(root)
    await fill(root, authority)
    const command = [
      [join(findKit(), 'load-image'), '--dir', clusterFolder, '--name', NAME, '--rootfs', root],
      ['--env', `AWS_CA_BUNDLE=${CERTIFICATES}`, '--env', 'AWS_PAGER='],
    ]
    await run(command.flat())
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
