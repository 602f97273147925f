/**
 * What scenarios about policies inside the API server share: to take away webhooks and bindings for a while, and to
 * look at policies.
 */
import assert from 'node:assert/strict'
import { CONFIGURATION } from './installation.ts'
import { inNamespace, until, type Place } from './suite.ts'

const POLICY = 'validatingadmissionpolicy'

/** Runs `scenario` while these objects of the cluster, as `kind/name`, are gone; puts them back afterwards. */
export async function without(
  place: Place,
  objects: readonly string[],
  scenario: () => Promise<void>,
): Promise<void> {
  const saved = await place.kubectl('get', ...objects, '--output=json')
  await place.kubectl('delete', ...objects)
  try {
    await scenario()
  } finally {
    const { exitCode, stderr } = await place.attemptWith(saved, 'create', '--filename=-')
    assert.equal(exitCode, 0, stderr)
  }
}

/** Runs `scenario` while API servers call no webhook of ours: what holds then holds by policies alone. */
export function withoutWebhooks(place: Place, scenario: () => Promise<void>): Promise<void> {
  const kinds = ['mutatingwebhookconfiguration', 'validatingwebhookconfiguration']
  return without(
    place,
    kinds.map((kind) => `${kind}/${CONFIGURATION}`),
    scenario,
  )
}

/** Fails when the API server finds a fault in the types of a policy's expressions. */
export async function assertTypesOf(...names: string[]): Promise<void> {
  for (const name of names) {
    await inNamespace(async (place) => {
      const status = await until(`the status of ${name}`, async () => {
        const policy = await place.get(POLICY, name)
        const { status: found } = policy as { status?: { typeChecking?: object } }
        return found?.typeChecking === undefined ? undefined : found
      })
      assert.deepEqual(status.typeChecking, {}, name)
    })
  }
}

/** The binding of a policy of this name, as `without` takes it. */
export function bindingOf(name: string): string {
  return `validatingadmissionpolicybinding/${name}`
}
