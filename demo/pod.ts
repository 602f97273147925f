/** The parts of Kubernetes objects that the demo reads. Everything else in them is kept as it is. */
import { z } from 'zod'

const strings = z.record(z.string(), z.string())

const variable = z.looseObject({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .looseObject({ fieldRef: z.looseObject({ fieldPath: z.string() }).optional() })
    .optional(),
})

const mount = z.looseObject({
  name: z.string(),
  mountPath: z.string(),
  subPath: z.string().optional(),
})

const startupProbe = z.looseObject({
  exec: z.looseObject({ command: z.array(z.string()) }).optional(),
  periodSeconds: z.number().default(10),
  timeoutSeconds: z.number().default(1),
})

const container = z.looseObject({
  name: z.string(),
  image: z.string().default(''),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.array(variable).default([]),
  volumeMounts: z.array(mount).default([]),
  restartPolicy: z.string().optional(),
  startupProbe: startupProbe.optional(),
})

const projectedToken = z.looseObject({
  audience: z.string().optional(),
  expirationSeconds: z.number().default(3600),
  path: z.string(),
})

const volume = z.looseObject({
  name: z.string(),
  projected: z
    .looseObject({
      sources: z.array(z.looseObject({ serviceAccountToken: projectedToken.optional() })),
    })
    .optional(),
})

/** A pod as the kubelet reads it: defaults of the fields that the demo uses are filled in. */
export const podSchema = z.looseObject({
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    uid: z.string(),
    labels: strings.default({}),
    annotations: strings.default({}),
  }),
  spec: z.looseObject({
    serviceAccountName: z.string(),
    nodeName: z.string(),
    initContainers: z.array(container).default([]),
    containers: z.array(container).min(1),
    volumes: z.array(volume).default([]),
  }),
})

export type Pod = z.infer<typeof podSchema>
export type Container = z.infer<typeof container>
export type Volume = z.infer<typeof volume>
export type ProjectedToken = z.infer<typeof projectedToken>
