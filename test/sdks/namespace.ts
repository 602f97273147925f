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

/** Throws `Missing` where this machine or this user has none. */
export async function needNamespaces(): Promise<void> {
  await run('unshare', toNamespaced(['true']))
}
