/**
 * `rolechain check` against the real cluster: it finds nothing while all is well, and says exactly what is broken when
 * one thing is. Who publishes the issuer's documents of this cluster is nobody, so that its category has to say so.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BREAKS } from './check/broken.ts'
import { breaks, check, finds } from './check/finds.ts'
import { applied, inNamespace, pod } from './suite.ts'
import { ROLES } from './world.ts'

test('all is well, but for the issuer that nobody publishes', () =>
  inNamespace(async (place) => {
    await applied(place, pod('reports', { 'rolechain.io/target-role-arn': ROLES.reports }))
    await finds(place)
    const { categories } = await check(place.namespace, ['issuer'])
    const codes = categories.flatMap(({ checks }) =>
      checks.flatMap(({ findings }) => findings.map(({ code }) => code)),
    )
    assert.deepEqual(codes, ['issuer_unreadable'])
  }))

for (const [what, breakIt] of Object.entries(BREAKS))
  test(`says exactly what is broken: ${what}`, () => breaks(what, breakIt))
