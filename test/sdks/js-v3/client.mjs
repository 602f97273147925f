/** The unmodified SDK with its default credential chain, driven by lines: see test/sdks/client.ts. */
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromIni } from '@aws-sdk/credential-provider-ini'

const { version } = createRequire(import.meta.url)('@aws-sdk/client-sts/package.json')
let sts = new STSClient({})
let s3 = new S3Client({})

/** Clients have the option since 3.714; before that, credentials alone come from a profile. */
async function useProfile(profile, region) {
  const hasOption = Number(version.split('.')[1]) >= 714
  const options = hasOption ? { profile } : { credentials: fromIni({ profile }), region }
  sts = new STSClient(options)
  s3 = new S3Client(options)
  return hasOption ? sts.config.region() : ''
}

async function identity() {
  const { Arn: arn } = await sts.send(new GetCallerIdentityCommand({}))
  return arn
}

const commands = {
  identity: async () => ({ identity: await identity() }),
  read: async (Bucket, Key) => {
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
    return { text: await body.transformToString() }
  },
  profile: async (name, region) => ({ region: await useProfile(name, region) }),
  parallel: async (count) => {
    const all = await Promise.all(Array.from({ length: Number(count) }, identity))
    return { identities: [...new Set(all)] }
  },
}

async function answer([command, ...words]) {
  try {
    return await commands[command](...words)
  } catch (error) {
    return { error: `${error.name}: ${error.message}` }
  }
}

process.stdout.write(`${JSON.stringify({ version: `@aws-sdk/client-sts ${version}` })}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'quit') break
  process.stdout.write(`${JSON.stringify(await answer(line.split(' ')))}\n`)
}
process.exit(0)
