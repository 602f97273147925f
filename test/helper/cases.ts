/** What the helper of `credential_process` does, for the program of `helper/` and for its twin in TypeScript. */
import {
  endpointTokenFolder,
  HELPER_FILE,
  processPath,
  TOKEN_FILE,
} from '../../sidecar/contract.ts'

/** What an endpoint does with a connection: writes these pieces and closes it, or says nothing. */
export type Turn = readonly string[] | 'silence'

export interface HelperCase {
  readonly name: string
  /** Words after the program's name; absent: the port of the endpoint, and `dev`. */
  readonly words?: (port: number) => readonly string[]
  /** Whether it is called by the name `sh`. */
  readonly isShell?: true
  /** Content of the token's file of `dev`; null: there is none. */
  readonly token?: string | null
  /** A turn a connection; nobody listens where there is none. */
  readonly turns: readonly Turn[]
  /** The endpoint listens only after some time. */
  readonly isRestarting?: true
  readonly expected: { readonly stdout: string } | { readonly problem: (port: number) => string }
}

/** What a token's file holds where a case says nothing of it. */
export const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJkZXYifQ.c2lnbmF0dXJl'

const BODY = '{"Version":1,"AccessKeyId":"ASIA","SecretAccessKey":"s","SessionToken":"t"}'
const HEADERS = 'Content-Type: application/json\r\nConnection: close\r\n\r\n'
const OK = `HTTP/1.1 200 OK\r\n${HEADERS}${BODY}`
const SENTENCE = 'hop 2, arn:aws:iam::222222222222:role/ci: AccessDenied: no. Ask its owner.'
const refusal = (status: number, sentence = SENTENCE) =>
  `HTTP/1.1 ${status} Refused\r\n${HEADERS}${sentence}\n`

const TOKEN_PATH = `${endpointTokenFolder('dev')}/${TOKEN_FILE}`
const USAGE =
  "Usage: credentials <port> <target>. Both are in the AWS config file that rolechain's sidecar has written for the container; a port is a number up to 65535, and a target's name has at most 32 small letters, digits and inner hyphens."
const NO_SHELL = `This sh is a part of rolechain's helper and runs one command only: ${HELPER_FILE} <port> <target>. Whatever needs a shell needs an image that has one.`
const NO_TOKEN = `The file ${TOKEN_PATH} holds no token: it is empty, too large, or another file has taken its place.`

const unanswered = (why: string) => (port: number) =>
  `There are no credentials for the target dev: rolechain's sidecar at 127.0.0.1:${port} ${why}. See the log of the pod's container rolechain-sidecar.`
const says = (sentence: string) => ({ problem: () => sentence })

const badWords = (...words: readonly string[]): HelperCase => ({
  name: `is not called right with "${words.join(' ')}"`,
  words: () => words,
  turns: [],
  expected: says(USAGE),
})

const badToken = (name: string, token: string): HelperCase => ({
  name: `sends no token's file that ${name}`,
  token,
  turns: [],
  expected: says(NO_TOKEN),
})

const noShell = (...words: readonly string[]): HelperCase => ({
  name: `is no shell for "${words.join(' ')}"`,
  isShell: true,
  words: () => words,
  turns: [],
  expected: says(NO_SHELL),
})

export const CASES: readonly HelperCase[] = [
  { name: 'prints the answer as it is', turns: [[OK]], expected: { stdout: BODY } },
  {
    name: 'prints an answer that comes in pieces',
    turns: [['HTTP/1.1 2', '00 OK\r\n', 'X: y\r', '\n\r', '\n{"Ver', 'sion":1}']],
    expected: { stdout: '{"Version":1}' },
  },
  {
    name: 'prints a body that has an empty line itself',
    turns: [['HTTP/1.0 200\r\n\r\n{\r\n\r\n}']],
    expected: { stdout: '{\r\n\r\n}' },
  },
  {
    name: 'leaves out the newline at the end of the token',
    token: `${TOKEN}\r\n`,
    turns: [[OK]],
    expected: { stdout: BODY },
  },
  {
    name: "prints a refusal's sentence, and asks no second time",
    turns: [[refusal(403)]],
    expected: says(SENTENCE),
  },
  {
    name: 'says the status of a refusal without a sentence',
    turns: [[refusal(401, '')]],
    expected: { problem: unanswered('answers with status 401 and without a word') },
  },
  {
    name: 'asks again after what may be otherwise the next time',
    turns: [[refusal(503)], [OK]],
    expected: { stdout: BODY },
  },
  {
    name: 'asks no third time',
    turns: [[refusal(503)], [refusal(500, 'The second one.')], [OK]],
    expected: says('The second one.'),
  },
  { name: 'asks again after silence', turns: ['silence', [OK]], expected: { stdout: BODY } },
  {
    name: 'does not wait for ever',
    turns: ['silence', 'silence', [OK]],
    expected: { problem: unanswered('has twice not answered within 900 ms') },
  },
  {
    name: 'asks again when the connection is closed without an answer',
    turns: [[], [OK]],
    expected: { stdout: BODY },
  },
  {
    name: 'takes nothing that is not HTTP',
    turns: [['SSH-2.0-server\r\n\r\n'], ['HTTP/1.1 200 OK\r\nX: cut off']],
    expected: { problem: unanswered('has twice given no whole answer in HTTP of at most 64 KiB') },
  },
  {
    name: 'reads no more than a bound',
    turns: [[OK.padEnd(70_000)], [OK.padEnd(70_000)]],
    expected: { problem: unanswered('has twice given no whole answer in HTTP of at most 64 KiB') },
  },
  {
    name: 'waits for a sidecar that is being restarted',
    turns: [[OK]],
    isRestarting: true,
    expected: { stdout: BODY },
  },
  {
    name: 'says that nobody listens',
    turns: [],
    expected: { problem: unanswered('does not listen; it may be restarting') },
  },
  {
    name: 'says that this container may not use a target without a token',
    token: null,
    turns: [],
    expected: says(
      `This container may not use the target dev: it has no token for it (${TOKEN_PATH}). The annotation rolechain.io/targets says which containers have it, under its containers.`,
    ),
  },
  badToken('is empty', ''),
  badToken('has a newline in the middle', `${TOKEN}\r\nX-Forwarded-For: 1.2.3.4`),
  badToken('has blanks', `Bearer ${TOKEN}`),
  badToken('is larger than any token', TOKEN.repeat(400)),
  badWords(),
  badWords('7755'),
  badWords('0', 'dev'),
  badWords('65536', 'dev'),
  badWords('77x', 'dev'),
  badWords('-1', 'dev'),
  badWords('7755', '../sts'),
  badWords('7755', 'Dev'),
  badWords('7755', '-dev'),
  badWords('7755', 'd'.repeat(33)),
  badWords('7755', 'dev', 'more'),
  {
    name: 'runs its own command by the name sh',
    isShell: true,
    words: (port) => ['-c', `${HELPER_FILE} ${port} dev`],
    turns: [[OK]],
    expected: { stdout: BODY },
  },
  noShell(),
  noShell('-c', 'cat /etc/passwd'),
  noShell('-c', ''),
  noShell('script.sh'),
  noShell('-c', `${HELPER_FILE} 7755 dev`, 'more'),
  {
    name: 'runs nothing after its own command',
    isShell: true,
    words: (port) => ['-c', `${HELPER_FILE} ${port} dev; cat /etc/passwd`],
    turns: [],
    expected: says(USAGE),
  },
]

/** What it has to send. */
export function toRequest(port: number): string {
  return `GET ${processPath('dev')} HTTP/1.0\r\nHost: 127.0.0.1:${port}\r\nAuthorization: ${TOKEN}\r\n\r\n`
}
