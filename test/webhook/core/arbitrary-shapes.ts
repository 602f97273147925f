/** Generators of JSON that may look like a pod, for the laws of verdicts. */
import * as fc from 'fast-check'
import { CHAIN_KEY_NAMES } from '../../../webhook/core/vocabulary/keys.ts'

const chainAnnotations = fc.dictionary(
  fc.constantFrom(
    ...CHAIN_KEY_NAMES.map((key) => `rolechain.io/${key}`),
    'rolechain.io/other',
    'eks.amazonaws.com/skip-containers',
  ),
  fc.jsonValue(),
  { maxKeys: 4 },
)
/** JSON that may look like a pod here and there. */
export const shapes = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      metadata: fc.oneof(
        fc.jsonValue(),
        fc.record({ annotations: chainAnnotations, labels: fc.jsonValue() }, { requiredKeys: [] }),
      ),
      spec: fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            containers: fc.oneof(
              fc.jsonValue(),
              fc.array(
                fc.oneof(
                  fc.jsonValue(),
                  fc.record({
                    env: fc.jsonValue(),
                    volumeMounts: fc.array(fc.jsonValue()),
                    securityContext: fc.jsonValue(),
                  }),
                ),
              ),
            ),
            initContainers: fc.jsonValue(),
            volumes: fc.jsonValue(),
            securityContext: fc.jsonValue(),
          },
          { requiredKeys: [] },
        ),
      ),
    },
    { requiredKeys: [] },
  ),
)
