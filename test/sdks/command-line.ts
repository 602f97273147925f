/** What people do with the AWS CLI and profiles. */
import assert from 'node:assert/strict'
import type { Client } from './client.ts'
import { withClient } from './in-an-hour.ts'

type Start = (variables: Readonly<Record<string, string>>) => Promise<Client>

/** `start` starts a process in a container with the profiles `dev` and `stg`. */
export async function checkCommandLine(start: Start): Promise<string> {
  await withClient(start({}), async (client) => {
    const identity = await run(client, 'sts get-caller-identity --profile stg')
    assert.match(identity, /"arn:aws:sts::333333333333:assumed-role\/ci\//u)
    assert.match(await run(client, 's3 ls --profile dev'), /reports-222222222222/u)
    if (client.version.startsWith('aws-cli 2'))
      assert.match(await run(client, 'configure list-profiles'), /^dev$/mu)
  })
  // As by `aws eks update-kubeconfig --profile`: the URL that it signs is for STS itself, and nothing is sent.
  return withClient(start({ AWS_ENDPOINT_URL: '' }), async (client) => {
    const text = await run(client, 'eks get-token --cluster-name main --profile stg')
    const { token } = (JSON.parse(text) as { status: { token: string } }).status
    const url = new URL(Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString())
    assert.equal(url.origin, 'https://sts.eu-central-1.amazonaws.com')
    return url.origin
  })
}

async function run(client: Client, words: string): Promise<string> {
  const { text = '', error } = await client.ask(`aws ${words}`)
  assert.equal(error, undefined)
  return text
}
