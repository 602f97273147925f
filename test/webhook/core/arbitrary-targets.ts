/** Generators of targets and of the pods that have them, for the laws of verdicts. */
import * as fc from 'fast-check'
import { TARGET_ROLE } from './fixture.ts'

const regions = ['eu-west-1', 'us-east-2']

function targetFor(containers: readonly (readonly string[])[], known: readonly string[]) {
  return fc.record(
    {
      chain: fc.constant([{ roleArn: TARGET_ROLE }]),
      containers: fc.constantFrom(...containers),
      default: fc.boolean(),
      region: fc.constantFrom(...known),
    },
    { requiredKeys: ['chain'] },
  )
}

/** Values of `targets` with one to four targets. */
function targetsFor(target: ReturnType<typeof targetFor>) {
  return fc
    .uniqueArray(fc.constantFrom('dev', 'stg', 'prod', 'default'), { minLength: 1, maxLength: 4 })
    .chain((keys) => fc.tuple(...keys.map((key) => fc.tuple(fc.constant(key), target))))
    .map((entries) => JSON.stringify(Object.fromEntries(entries)))
}

/** Values of `targets`, of which many are refused. */
export const targets = targetsFor(
  targetFor([['app'], ['tool', 'app'], ['istio-proxy'], ['*']], [...regions, 'x']),
)

/** Values of `targets` for a pod of these containers. */
export function targetsOf(containers: readonly string[]): fc.Arbitrary<string> {
  return targetsFor(targetFor([...containers.map((name) => [name]), ['*']], regions))
}
