/**
 * SDKs from Debian 13, for machines that are older: packages with exact versions, unpacked into a folder that is `/` to
 * the client. It has the devices, the pods' folders and the clients' sources of this machine, and the network namespace
 * of the run.
 */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { CACHE, installOnce, Missing, needTool, run } from './cache.ts'
import { ONE_PROCESS_EACH, sourceOf, USUAL, type Sdk } from './sdk.ts'

const RELEASE = 'trixie'

/** Has the links `/bin`, `/lib` and `/lib64`, without which no program starts. */
const LINKS = 'base-files'

/** Mounts four folders of this machine below a root and becomes a program in it. The mounts end with the process. */
const ENTER = [
  'root=$1',
  'for folder in "$2" "$3" "$4" "$5"; do',
  '  [ -d "$folder" ] || continue',
  '  mkdir -p "$root$folder" && mount --rbind "$folder" "$root$folder" || exit',
  'done',
  'shift 5',
  'exec chroot "$root" "$@"',
].join('\n')

interface DebianSdk extends Partial<Sdk> {
  readonly language: string
  readonly client: string
  /** Names the packages, `name=version` a line. */
  readonly lock: string
  readonly interpreter: string
}

function debian(name: string, { client, lock, interpreter, ...given }: DebianSdk): Sdk {
  return {
    name,
    ...USUAL,
    ...given,
    install: async () => {
      const place = await installDebian(name, { client, lock })
      const enter = ['unshare', '--mount', '--', 'sh', '-c', ENTER, 'sh', join(place, 'root')]
      const folders = ['/dev', '/var/run/secrets', tmpdir(), CACHE]
      return [...enter, ...folders, interpreter, join(place, basename(client))]
    },
  }
}

/** Installs the packages; the folder `root` of what it gives is `/` to them. */
export async function installDebian(
  name: string,
  { client, lock }: Pick<DebianSdk, 'client' | 'lock'>,
): Promise<string> {
  const sources = [sourceOf(client), sourceOf(lock)]
  return installOnce(name, sources, (cwd) => unpack(sourceOf(lock), cwd))
}

/**
 * No maintainer's script is run. By way of an archive, all files are owned by whoever runs this, who need not be root.
 */
async function unpack(lock: string, cwd: string): Promise<void> {
  await needTool('mmdebstrap', 'mmdebstrap')
  const packages = [LINKS, ...(await readFile(lock, 'utf8')).trim().split('\n')]
  const options = ['--variant=extract', `--include=${packages.join(',')}`]
  await run('mmdebstrap', [...options, RELEASE, 'root.tar', await findMirror()], { cwd })
  await mkdir(join(cwd, 'root'))
  await run('tar', ['-xf', 'root.tar', '-C', 'root', '--exclude=./dev/*'], { cwd })
  await rm(join(cwd, 'root.tar'))
}

/** Where this machine has its Debian from. */
async function findMirror(): Promise<string> {
  let mirror = await readMirror()
  if (mirror === '') {
    await run('apt-get', ['update', '-qq'])
    mirror = await readMirror()
  }
  if (mirror === '') throw new Missing("this machine's apt knows no mirror of Debian")
  return mirror
}

/** Of what apt has fetched lists from; empty where it has none yet. */
async function readMirror(): Promise<string> {
  const filters = ['Origin: Debian', 'Label: Debian']
  const mirrors = await run('apt-get', ['indextargets', '--format', '$(REPO_URI)', ...filters])
  return mirrors.split('\n')[0] ?? ''
}

export const DEBIAN_SDKS: readonly Sdk[] = [
  debian('aws-cli-v2', {
    language: 'AWS CLI',
    client: 'aws-cli/client.py',
    lock: 'aws-cli/debian-13.list',
    interpreter: '/usr/bin/python3',
    ...ONE_PROCESS_EACH,
  }),
  debian('ruby', {
    language: 'Ruby',
    client: 'ruby/client.rb',
    lock: 'ruby/debian-13.list',
    interpreter: '/usr/bin/ruby',
  }),
]
