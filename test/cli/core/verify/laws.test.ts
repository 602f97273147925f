/** Laws of `policy` and `verify` together, over chains made at random. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as check, nat, property, tuple } from 'fast-check'
import {
  toAccountDocuments,
  type AccountDocuments,
  type RoleDocuments,
} from '../../../../cli/core/policy/documents.ts'
import type { OneOrMore, PolicyDocument } from '../../../../cli/core/policy/statements.ts'
import { verifyChain } from '../../../../cli/core/verify/verify.ts'
import { anyHops, anySteps, readDocuments, stepsOf } from '../chains.ts'

test('what policy writes is what verify wants', () => {
  check(
    property(anySteps, (steps) => {
      const verdict = verifyChain(steps, readDocuments(toAccountDocuments([steps])))
      assert.equal(verdict.outcome, 'allowed')
      assert.deepEqual(
        verdict.hops.flatMap(({ findings }) => findings),
        [],
      )
    }),
    { numRuns: 500 },
  )
})

test('the documents of several chains together allow each of them', () => {
  check(
    property(array(anySteps, { minLength: 2, maxLength: 4 }), (all) => {
      const documents = readDocuments(toAccountDocuments(all))
      // A chain may be refused for nothing but what it sends to a role that another one sends something else to.
      for (const steps of all) assert.equal(verifyChain(steps, documents).outcome, 'allowed')
    }),
    { numRuns: 200 },
  )
})

interface Place {
  readonly roleArn: string
  readonly side: 'trust' | 'permission'
  readonly action: OneOrMore
}

type Documents = readonly AccountDocuments[]

function changeRoles(accounts: Documents, change: (role: RoleDocuments) => RoleDocuments) {
  return accounts.map((account) => ({ ...account, roles: account.roles.map(change) }))
}

function without({ Version, Statement }: PolicyDocument, action: OneOrMore): PolicyDocument {
  return { Version, Statement: Statement.filter((statement) => statement.Action !== action) }
}

function takeOut(accounts: Documents, { roleArn, side, action }: Place): Documents {
  return changeRoles(accounts, (role) => {
    if (role.roleArn !== roleArn) return role
    return side === 'trust'
      ? { ...role, trust: without(role.trust, action) }
      : { ...role, permissions: role.permissions && without(role.permissions, action) }
  })
}

function placesOf(accounts: Documents): readonly Place[] {
  return accounts
    .flatMap(({ roles }) => roles)
    .flatMap(({ roleArn, trust, permissions }) => [
      ...trust.Statement.map(({ Action }) => ({ roleArn, side: 'trust' as const, action: Action })),
      ...(permissions?.Statement ?? []).map(({ Action }) => ({
        roleArn,
        side: 'permission' as const,
        action: Action,
      })),
    ])
}

test('any one statement taken out is found, with its role, side and action', () => {
  check(
    property(tuple(anySteps, nat()), ([steps, choice]) => {
      const accounts = toAccountDocuments([steps])
      const places = placesOf(accounts)
      const place = places[choice % places.length]
      assert.ok(place)
      const verdict = verifyChain(steps, readDocuments(takeOut(accounts, place)))
      assert.equal(verdict.outcome, 'refused')
      const found = verdict.hops.flatMap(({ findings }) => findings)
      assert.ok(found.length > 0)
      for (const { subject, side } of found)
        assert.deepEqual({ roleArn: subject, side }, { roleArn: place.roleArn, side: place.side })
      assert.deepEqual(
        found.map(({ action }) => action),
        [place.action].flat(),
      )
    }),
    { numRuns: 1000 },
  )
})

test('an OIDC provider or an audience taken out is found', () => {
  check(
    property(anyHops, (hops) => {
      const steps = stepsOf(hops)
      const accounts = toAccountDocuments([steps])
      const documents = readDocuments(accounts)
      const none = { ...documents, providers: [], accountsWithProviders: documents.wholeAccounts }
      assert.deepEqual(
        verifyChain(steps, none).hops.flatMap(({ findings }) => findings.map(({ code }) => code)),
        ['provider_missing'],
      )
      const other = documents.providers.map((one) => ({ ...one, clientIds: ['kubernetes'] }))
      assert.deepEqual(
        verifyChain(steps, { ...documents, providers: other }).hops.flatMap(({ findings }) =>
          findings.map(({ code }) => code),
        ),
        ['provider_audience'],
      )
    }),
    { numRuns: 100 },
  )
})
