/** Several targets in one pod: each container is what it was given, and nothing else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  appContainer,
  applied,
  inNamespace,
  pod,
  until,
  type Outcome,
  type Place,
} from './suite.ts'
import { OBJECTS, ROLES } from './world.ts'

const TARGETS = {
  reports: { chain: [{ roleArn: ROLES.reports }], containers: ['reports', 'wrong'] },
  payroll: { chain: [{ roleArn: ROLES.payroll }], containers: ['payroll'] },
}

/** What code in a container tries: another target's URL, with the token that the container has, if it has one. */
const ASK = `
const { readFileSync } = require('node:fs')
const { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file } = process.env
const headers = file === undefined ? {} : { authorization: readFileSync(file, 'utf8') }
fetch('http://127.0.0.1:7755/v1/credentials/' + process.argv[1], { headers })
  .then(async (answer) => console.log(answer.status + ' ' + (await answer.text())))
`

function ask(place: Place, container: string, target: string): Promise<string> {
  const command = ['/nodejs/bin/node', '--eval', ASK, target]
  return place.kubectl('exec', 'several', `--container=${container}`, '--', ...command)
}

function firstOutcome(place: Place, container: string): Promise<Outcome> {
  return until(`a line of ${container}`, () => place.outcome('several', container))
}

const container = (name: string, bucket: string) => appContainer({ name, bucket, mode: 'forever' })

test('containers have their own target, or the base role, and are refused all others', () =>
  inNamespace(async (place) => {
    const containers = [
      container('reports', 'reports'),
      container('payroll', 'payroll'),
      container('wrong', 'payroll'),
      container('plain', 'base'),
    ]
    const annotations = { 'rolechain.io/targets': JSON.stringify(TARGETS) }
    const spec = { containers, terminationGracePeriodSeconds: 1 }
    await applied(place, pod('several', annotations, spec))

    assert.equal((await firstOutcome(place, 'reports')).object, OBJECTS.reports)
    assert.equal((await firstOutcome(place, 'payroll')).object, OBJECTS.payroll)
    assert.match((await firstOutcome(place, 'wrong')).error ?? '', /AccessDenied/)
    const plain = await firstOutcome(place, 'plain')
    assert.equal(plain.object, OBJECTS.base)
    assert.match(plain.identity ?? '', /^arn:aws:sts::111111111111:assumed-role\/cluster-base\//)

    assert.match(await ask(place, 'reports', 'reports'), /^200 .*SecretAccessKey/)
    for (const [asking, target] of [
      ['reports', 'payroll'],
      ['payroll', 'reports'],
      ['plain', 'reports'],
      ['plain', 'payroll'],
    ] as const) {
      const answer = await ask(place, asking, target)
      assert.match(answer, /^401 /, `${asking} asks for ${target}`)
      assert.doesNotMatch(answer, /SecretAccessKey/)
    }
  }))
