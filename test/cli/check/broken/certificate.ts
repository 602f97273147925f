/** The way from an API server to the webhook. */
import { judge } from '../healthy-cluster.ts'
import { daysFromNow, type Stage } from '../stage.ts'
import { change, withEntries, MUTATING, OURS, trustToo, type BrokenState } from './changes.ts'

export const CERTIFICATE: Readonly<Record<string, BrokenState>> = {
  'a caBundle of another authority': {
    breakIt: async ({ world, serve }) => {
      const { port, authority } = await serve()
      world.servedPort = port
      world.servedAuthority = authority
    },
    category: 'webhook',
    line: 'caBundle verifies what it serves',
    code: 'webhook_not_trusted',
    says: /UNABLE_TO|SELF_SIGNED|signature/,
    hint: /restart the webhook/,
  },
  'a certificate for another name': {
    breakIt: async ({ world, serve }) => {
      const { port, authority } = await serve(undefined, 'other.rolechain.svc')
      world.servedPort = port
      await trustToo(authority)({ world } as Stage)
    },
    category: 'webhook',
    line: 'caBundle verifies what it serves',
    code: 'webhook_not_trusted',
    says: /ALTNAME/,
    hint: /In files:/,
  },
  'an empty caBundle': {
    breakIt: change(
      MUTATING,
      OURS,
      withEntries((entry) => ({
        ...entry,
        clientConfig: { ...(entry['clientConfig'] as object), caBundle: '' },
      })),
    ),
    category: 'webhook',
    line: 'caBundle verifies what it serves',
    code: 'webhook_not_trusted',
    says: /an entry has no caBundle/,
    hint: /cainjector/,
  },
  'a certificate that ends in a few days': {
    breakIt: async ({ world, serve }) => {
      const { port, authority } = await serve(daysFromNow(5.5))
      world.servedPort = port
      world.servedAuthority = authority
      await trustToo(authority)({ world } as Stage)
    },
    category: 'webhook',
    line: 'its certificate does not end soon',
    code: 'webhook_certificate_ends',
    says: /ends in 5 days/,
    hint: /renew/,
    isWarning: true,
  },
  'a certificate that has ended': {
    breakIt: async ({ world, serve }) => {
      const { port, authority } = await serve(daysFromNow(-0.1))
      world.servedPort = port
      await trustToo(authority)({ world } as Stage)
    },
    category: 'webhook',
    line: 'its certificate does not end soon',
    code: 'webhook_certificate_ends',
    says: /it has ended/,
    hint: /renew the Secret/,
  },
  'a firewall before the webhook': {
    breakIt: ({ world }) => {
      world.judge = () => {
        throw new Error('context deadline exceeded')
      }
    },
    category: 'webhook',
    line: 'dry runs reach it through every entry',
    code: 'webhook_not_asked',
    says: /failed calling webhook "chain\.rolechain\.io".*deadline exceeded/,
    hint: /port 8443 of its pods/,
  },
  'an answer through one entry only': {
    breakIt: ({ world }) => {
      world.judge = (path, object, namespace) => {
        if (path === '/validate') throw new Error('context deadline exceeded')
        return judge(object, namespace, path)
      }
    },
    category: 'webhook',
    line: 'dry runs reach it through every entry',
    code: 'webhook_not_asked',
    says: /came back as it was sent/,
    hint: /Let the API server reach the webhook/,
  },
}
