/** The rooms of all programs: what each is for, and, read from its files, which other rooms it imports. */
import { dirname } from 'node:path'
import { betweenRooms, readImports, type Imports } from '../test/imports.ts'

/** In the order of the page: who imports stands before what is imported. */
export const ROOMS: Readonly<Record<string, string>> = {
  webhook: 'The entry, and the one place where all parts are put together.',
  'webhook/http': 'Listening, bounds on connections and memory, and the route of a review.',
  'webhook/judge':
    'One review from the look-up to the verdict; catches whatever goes wrong on the way.',
  'webhook/certificates': 'The serving certificate: self-made, from files, and the CA of clients.',
  'webhook/service-accounts': 'Service accounts: the cache, and live reads.',
  'webhook/configuration': 'What is in use now, of files, the ConfigMap and instance metadata.',
  'webhook/kubernetes': 'Asking the Kubernetes API: access, requests, list and watch, its version.',
  'webhook/command-line': 'Flags, with the names and spellings of the EKS pod identity webhook.',
  'webhook/files': 'Noticing that a file has changed.',
  'webhook/metrics': 'What is counted, and under which names.',
  'webhook/log': 'Every event that the webhook logs, and where its lines go.',
  'webhook/core': 'One pod in, one verdict out.',
  'webhook/core/chain/patch': 'Third stage of a chain: the operations that make a pod of the plan.',
  'webhook/core/chain/plan':
    'Second stage: may this pod have what it asks for, and what exactly does it get?',
  'webhook/core/chain/request': 'First stage: from annotations to targets and their containers.',
  'webhook/core/parity': 'What the EKS pod identity webhook does, and nothing else.',
  'webhook/core/annotations': 'What people write on pods and service accounts.',
  'webhook/core/review': 'The envelope of a review, and the verdict with its only constructors.',
  'webhook/core/pod': 'The pod as raw JSON: reading it, its size, operations on it.',
  'webhook/core/configuration': 'What operators write, and its schema.',
  'webhook/core/formats': 'Forms of values: JSON, YAML, ARNs, paths, quantities, Go’s scalars.',
  'webhook/core/vocabulary': 'The words that users see: annotations and reasons.',
  sidecar: 'The entries (the process that stays, the probe, the child), and the environment.',
  'sidecar/io/endpoint': 'HTTP on the loopback, and the endpoint tokens.',
  'sidecar/io/refresh': 'Holding the sessions, and starting the child.',
  'sidecar/io/sts': 'The calls to STS. Only the child loads it.',
  'sidecar/io':
    'The state folder, the files of profiles, the socket of the probe, metrics, and listening.',
  'sidecar/core/endpoint': 'What the endpoint and the probe answer.',
  'sidecar/core/refresh': 'When a chain is walked again, and what a step of the refresher does.',
  'sidecar/core/chain': 'From hops to calls and back; the words between the two processes.',
  'sidecar/core/failures': 'Every way in which a chain can fail, with its sentence.',
  'sidecar/core':
    'Sessions, time, the configuration that the webhook wrote, and the AWS config files of it.',
  'sidecar/events.ts': 'Every event that the sidecar logs.',
  'sidecar/version.ts': 'The version of the program.',
  'sidecar/contract.ts':
    'What the webhook writes into a pod and the sidecar reads there. Both programs import it.',
  cli: 'The entry, and the list of commands.',
  'cli/commands': 'One file a command: its options, its wiring and its exit code.',
  'cli/output': 'Text, JSON and YAML, colours, progress, exit codes, and what is around a run.',
  'cli/aws': 'Reading IAM with the credentials of the person; loaded when it is needed.',
  'cli/core/verify': 'Whether IAM’s documents allow a chain, and which statement does not.',
  'cli/core/policy/formats':
    'The documents in the languages of those who apply them, a file an AWS account.',
  'cli/core/policy': 'A chain as IAM sees it, and what each side has to allow.',
  'cli/findings': 'Every code that a command prints, with its sentence, its fix and its address.',
  'cli/core/installation': 'What the objects of an installation say of its webhook.',
  'cli/installation': 'What an installed webhook decides by, from its own objects.',
  'cli/cluster': 'Asking the API server of the cluster that is meant; loaded when it is needed.',
  'cli/files': 'Manifests from files, folders and stdin.',
  'cli/core/explain': 'Who each container will be and why, and what is known of pods that run.',
  'cli/core/inject': 'Pods of manifests as the webhook makes them, and back.',
  'cli/core/judgement': 'What the webhook makes of one pod, in all its parts.',
  'cli/core/manifests': 'Texts with manifests: reading them, and changing only what differs.',
  'cli/version.ts': 'The version of the command.',
  'cli/cluster/check': 'One look at a cluster: all facts that `check` judges by.',
  'cli/core/pods': 'Pods with a chain: the table, and the page that draws who can become what.',
  'cli/core/check': 'What is not as it should be in a cluster, from facts.',
  iam: 'The evaluation of policies of IAM, with the reason of each refusal.',
  log: 'The shape of log lines, and what errors may say in them. All programs import it.',
}

/** The room of a file: its folder, or the file itself where it is one for many others. */
export function roomOf(file: string): string {
  return Object.hasOwn(ROOMS, file) ? file : dirname(file)
}

/** Which rooms each room imports, types included. */
export function readRooms(): Imports {
  return betweenRooms(readImports(['webhook', 'sidecar', 'cli', 'iam', 'log']), roomOf)
}

/**
 * One row a room of the program: its name, what it is for, and what it imports, written from the program's own folder.
 */
export function roomRows(program: 'webhook' | 'sidecar' | 'cli'): string[][] {
  const rooms = readRooms()
  const shortName = (room: string) =>
    room === program
      ? '`.`'
      : room === 'log'
        ? '`../log`'
        : `\`${room.replace(`${program}/`, '')}\``
  return Object.entries(ROOMS)
    .filter(([room]) => room === program || room === 'log' || room.startsWith(`${program}/`))
    .map(([room, sentence]) => [
      shortName(room),
      sentence,
      [...(rooms.get(room) ?? [])].toSorted(inOrder).map(shortName).join(', '),
    ])
}

function inOrder(one: string, other: string): number {
  const names = Object.keys(ROOMS)
  return names.indexOf(one) - names.indexOf(other)
}
