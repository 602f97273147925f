/** The unmodified SDK with its default credential chain, driven by lines: see test/sdks/client.ts. */
import { createInterface } from 'node:readline'
import AWS from 'aws-sdk'

// This SDK knows no variable for an endpoint.
const endpoint = process.env.AWS_ENDPOINT_URL
let sts = new AWS.STS({ endpoint })
let s3 = new AWS.S3({ endpoint, s3ForcePathStyle: true })

/** It has no option for a profile but one of its credentials. */
function useProfile(profile, region) {
  const options = { endpoint, region, credentials: new AWS.ProcessCredentials({ profile }) }
  sts = new AWS.STS(options)
  s3 = new AWS.S3({ ...options, s3ForcePathStyle: true })
  return profile
}

async function identity() {
  const { Arn: arn } = await sts.getCallerIdentity({}).promise()
  return arn
}

const commands = {
  identity: async () => ({ identity: await identity() }),
  read: async (Bucket, Key) => {
    const { Body: body } = await s3.getObject({ Bucket, Key }).promise()
    return { text: body.toString() }
  },
  profile: async (name, region) => ({ text: useProfile(name, region) }),
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

process.stdout.write(`${JSON.stringify({ version: `aws-sdk ${AWS.VERSION}` })}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'quit') break
  process.stdout.write(`${JSON.stringify(await answer(line.split(' ')))}\n`)
}
process.exit(0)
