/** `explain` from files: who each container will be, and why. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { assertGolden, fixture } from '../golden.ts'
import { config, explain, openStage, reports } from './explain-stage.ts'

let stage: Awaited<ReturnType<typeof openStage>>
before(async () => {
  stage = await openStage()
})
after(() => stage.close())

describe('explain, from files', () => {
  it('says who each container will be, by which hops, and what each side has to allow', async () => {
    const { code, stdout, stderr } = await explain(['-f', '-', ...config])
    assert.deepEqual([code, stderr], [0, ''])
    assertGolden('explain.txt', stdout)
  })

  it('says the same as JSON', async () => {
    const { stdout } = await explain(['-f', '-', ...config, '-o', 'json'])
    assertGolden('explain.json', stdout)
  })

  it('tells all that is sent, of several targets', async () => {
    const { code, stdout } = await explain(['-f', fixture('targets.yaml'), ...config])
    assert.equal(code, 0)
    assertGolden('explain.targets.txt', stdout)
  })

  it('begins where the pod does: with the role that EKS Pod Identity gives', async () => {
    const own = reports
      .replace(/ {2}annotations:\n {4}eks[^\n]*\n/, '')
      .replace('        # Who', '        rolechain.io/source: pod-identity\n        # Who')
    const { code, stdout } = await explain(['-f', '-', ...config], own)
    assert.equal(code, 0)
    assert.match(
      stdout,
      /^ {2}0\. the role of the association in EKS Pod Identity, by its agent, because /m,
    )
    assert.match(stdout, /^ {2}1\. arn:aws:iam::222222222222:role\/reports-reader/m)
    assert.match(stdout, /allows sts:AssumeRole, sts:TagSession to the role of the association/)
    assert.match(stdout, /kubernetes-namespace=team-a/)
    assert.ok(!stdout.includes('OIDC provider'))
  })

  it('goes by the defaults where no configuration is given, and asks for no image', async () => {
    const { code, stdout } = await explain(['-f', '-'])
    assert.equal(code, 0)
    assert.match(stdout, /^deployment\/web .* gets the sidecar/)
    assert.match(stdout, /region_unknown/)
  })

  it('says so where there is no pod', async () => {
    const { code, stdout } = await explain(['-f', '-'], 'kind: ConfigMap\n')
    assert.deepEqual([code, stdout], [0, 'There is no pod in these files.\n'])
  })

  for (const [args, said] of [
    [[], /needs something to explain/],
    [['web'], /'web' names no workload; write pod\/name/],
    [['service/web'], /names no workload/],
    [['pod/nobody'], /There is no pod nobody in namespace team-a of http:.*; name the namespace/],
  ] as const) {
    it(`is used wrongly: explain ${args.join(' ')}`, async () => {
      const options = args.length === 0 ? [] : [...stage.cluster.options, ...config]
      const { code, stderr } = await explain([...args, ...options])
      assert.equal(code, 2)
      assert.match(stderr, said)
    })
  }
})

it('names the audience of a service account without a base role, for a pod that is refused too', async () => {
  const pod = `apiVersion: v1
kind: ServiceAccount
metadata: {name: own, namespace: team-a, annotations: {eks.amazonaws.com/audience: own.example}}
---
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: team-a
  annotations: {rolechain.io/target-role-arn: 'arn:aws:iam::222222222222:role/reader'}
spec: {serviceAccountName: own, hostNetwork: true, containers: [{name: app, image: 'a:1'}]}
`
  for (const text of [pod, pod.replace('hostNetwork: true, ', '')]) {
    const { stdout } = await explain(['-f', '-', ...config], text)
    assert.match(stdout, /that has the audience own\.example/)
  }
})
