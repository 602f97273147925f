/** Laws of the steps in which the documents of chains are made: IAM can take each, and in the end all is there. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { array, assert as check, property } from 'fast-check'
import { toAccountDocuments } from '../../../../cli/core/policy/documents.ts'
import { toPlanSteps, type PlanStep } from '../../../../cli/core/policy/plan-steps.ts'
import type { PolicyDocument } from '../../../../cli/core/policy/statements.ts'
import type { Step } from '../../../../cli/core/policy/steps.ts'
import { toWorld } from '../../../../stand-ins/aws/configuration.ts'
import { anySteps, BASE, READER, stepsOf } from '../chains.ts'

type Chains = readonly (readonly Step[])[]
type Trusts = ReadonlyMap<string, PolicyDocument>

const byArn = (trusts: Trusts) => Object.fromEntries(trusts)

/** Whom the trust policy of the second role names. */
const named = (step: PlanStep | undefined) => step?.after.roles[1]?.trust.Statement[0]?.Principal

const order = (chains: Chains) =>
  toPlanSteps(chains).map(({ after, made, completed }) => [after.accountId, made, completed])

/** The strict AWS knows IAM's rule: it takes no trust policy that names a role that is not there. */
function need(trusts: Trusts): void {
  const awsAccounts: Record<string, { roles: Record<string, object> }> = {}
  for (const [arn, trustPolicy] of trusts) {
    const account = (awsAccounts[arn.split(':')[4] ?? ''] ??= { roles: {} })
    const [path = '', name = ''] = arn.split(/:role(?=\/)/)[1]?.split(/(?<=\/)(?=[^/]*$)/) ?? []
    account.roles[name] = { path, trustPolicy }
  }
  toWorld({ awsAccounts })
}

/** One call of IAM after the other, as the scripts of the steps have them. */
function replay(steps: readonly PlanStep[]): Trusts {
  const trusts = new Map<string, PolicyDocument>()
  for (const { after, made, completed } of steps)
    for (const roleArn of [...completed, ...made]) {
      assert.equal(trusts.has(roleArn), completed.includes(roleArn))
      const role = after.roles.find((one) => one.roleArn === roleArn)
      assert.ok(role)
      assert.notEqual(role.trust.Statement.length, 0)
      trusts.set(roleArn, role.trust)
      need(trusts)
    }
  return trusts
}

/** Whole files that replace each other: what is not of this step is as it was before. */
function replayFiles(steps: readonly PlanStep[]): Trusts {
  const trusts = new Map<string, PolicyDocument>()
  for (const { after } of steps)
    for (const { roleArn, trust } of after.roles) {
      trusts.set(roleArn, trust)
      need(trusts)
    }
  return trusts
}

function wholeOf(chains: Chains): Trusts {
  const roles = toAccountDocuments(chains).flatMap((account) => account.roles)
  return new Map(roles.map(({ roleArn, trust }) => [roleArn, trust]))
}

describe('the steps of chains made at random', () => {
  const several = array(anySteps, { minLength: 1, maxLength: 4 })
  for (const [name, run] of Object.entries({ calls: replay, files: replayFiles }))
    it(`name no role that is not there, and end with all documents (${name})`, () => {
      check(
        property(several, (chains) => {
          assert.deepEqual(byArn(run(toPlanSteps(chains))), byArn(wholeOf(chains)))
        }),
        { numRuns: 300 },
      )
    })
})

const [a, b, c] = ['a', 'b', 'c'].map((name) => `arn:aws:iam::111111111111:role/${name}`) as [
  string,
  string,
  string,
]
const chain = (...roleArns: string[]) => stepsOf(roleArns.map((roleArn) => ({ roleArn })))

describe('the order', () => {
  it('comes back to an AWS account where a chain does', () => {
    assert.deepEqual(order([chain(BASE, READER, a)]), [
      ['111111111111', [BASE], []],
      ['222222222222', [READER], []],
      ['111111111111', [a], []],
    ])
  })

  it('is not that of the hops where another chain reaches a role later', () => {
    assert.deepEqual(order([chain(a, b), chain(a, c, b)]), [['111111111111', [a, c, b], []]])
  })

  it('finishes an AWS account before it goes on, where that is possible', () => {
    const other = 'arn:aws:iam::333333333333:role/other'
    const last = 'arn:aws:iam::222222222222:role/last'
    assert.deepEqual(order([chain(BASE, READER), chain(BASE, other, last)]), [
      ['111111111111', [BASE], []],
      ['333333333333', [other], []],
      ['222222222222', [READER, last], []],
    ])
  })

  it('makes a trust policy whole in a later step where roles name each other', () => {
    assert.deepEqual(order([chain(a, b, c), chain(a, c, b)]), [
      ['111111111111', [a, b, c], []],
      ['111111111111', [], [b]],
    ])
    const [first, second] = toPlanSteps([chain(a, b, c), chain(a, c, b)])
    assert.deepEqual(named(first), { AWS: a })
    assert.deepEqual(named(second), { AWS: [a, c] })
    assert.equal(second?.before, 1)
  })

  it('does so for a role that one chain goes through twice', () => {
    assert.deepEqual(order([chain(a, b, c, b)]), [
      ['111111111111', [a, b, c], []],
      ['111111111111', [], [b]],
    ])
  })
})
