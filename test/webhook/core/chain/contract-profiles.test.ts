/** The webhook names the AWS config file of a container as the sidecar writes it. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import * as fc from 'fast-check'
import { z } from 'zod'
import { toProfileFiles } from '../../../../sidecar/core/profiles.ts'
import { readSettings } from '../../../../sidecar/environment.ts'
import { at, givenSchema, judge, TARGET_ROLE, withPrefix } from '../fixture.ts'
import { environmentOf } from './container-environment.ts'

const given = z.strictObject(givenSchema).parse({})

it('the sidecar reads the profiles of each container, whatever its name, and writes its file', () => {
  const targets = {
    dev: { chain: [], default: true },
    stg: { chain: [{ roleArn: TARGET_ROLE }] },
  }
  const names = fc.stringMatching(/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/)
  fc.assert(
    fc.property(names, (name) => {
      const subject = {
        metadata: { annotations: withPrefix({ targets: JSON.stringify(targets) }) },
        spec: { containers: [{ name }] },
      }
      const { patched } = judge(subject, given)
      const read = readSettings(environmentOf(patched))
      assert.ok(read.kind === 'valid', read.kind === 'invalid' ? read.problems.join('\n') : '')
      const files = toProfileFiles(read.value.configuration, '')?.configFiles ?? {}
      const variable = at(patched, `/spec/containers/${name}/env/AWS_CONFIG_FILE/value`)
      assert.deepEqual(Object.keys(files), [variable])
    }),
    { numRuns: 50 },
  )
})
