/** What tests of `policy` and `verify` share: one chain, named by options, and the documents of it in a folder. */
import { makeTemporaryFolder } from '../../temporary-folder.ts'
import { runCommand } from '../run.ts'

export const BASE = 'arn:aws:iam::111111111111:role/base'
export const READER = 'arn:aws:iam::222222222222:role/reader'
/** The options that name whoever asks. */
export const ASKING = '-n reports --service-account reporter --issuer https://oidc.cluster.example'

/** Runs a command with the chain and what follows, in one line. */
export function run(command: string, more = '') {
  return runLine(`${command} ${ASKING} --base-role ${BASE} --target ${READER} ${more}`)
}

/** Runs a line whose words have no spaces. */
export function runLine(line: string) {
  return runCommand(line.split(' ').filter((word) => word !== ''))
}

/** What `policy` writes of the chain. */
export async function writeDocuments(more = ''): Promise<string> {
  const folder = makeTemporaryFolder()
  await run('policy', `-o json --out-dir ${folder} ${more}`)
  return folder
}
