/** Network namespaces in which SDKs run: with the addresses of a node's metadata services, and no way out. */
import { run } from './cache.ts'
import { AGENT_ADDRESSES, METADATA_ADDRESS } from './places.ts'

const ENTER = [
  'ip link set lo up',
  ...[METADATA_ADDRESS, ...AGENT_ADDRESSES].map((address) => `ip address add ${address}/32 dev lo`),
  'exec "$@"',
].join(' && ')

/**
 * Arguments of `unshare` that become this program in a new namespace; as another user than root by a user namespace.
 */
export function toNamespaced(program: readonly string[]): string[] {
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  return [...asRoot, '--net', '--', 'sh', '-c', ENTER, 'sh', ...program]
}

/** Where a pod's tokens are, `/var/run` being a link to `/run`. */
export const SECRETS_FOLDER = '/run/secrets'

/** The shell that becomes a program whose tokens are those of a container and nobody else's. */
const ENTER_CONTAINER = [
  'root=$1',
  'shift',
  'mount -t tmpfs none /run',
  `mkdir ${SECRETS_FOLDER}`,
  `mount --rbind "$root/var/run/secrets" ${SECRETS_FOLDER}`,
  'exec "$@"',
].join(' && ')

/** The command that runs another one with the tokens of the container whose `/` is `root`, at their true paths. */
export function toEntered(root: string, command: readonly string[]): readonly string[] {
  return ['unshare', '--mount', '--', 'sh', '-c', ENTER_CONTAINER, 'sh', root, ...command]
}

/** Throws `Missing` where this machine or this user has none. */
export async function needNamespaces(): Promise<void> {
  await run('unshare', toNamespaced(['true']))
}
