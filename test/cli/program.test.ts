/** The command line as a whole: which command runs, what its options are, and how it ends. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { newCommand, toExamples } from '../../cli/commands/command.ts'
import {
  allNamespacesOption,
  contextOption,
  kubeconfigOption,
  namespaceOption,
  outputOption,
  profileOption,
  suppressOption,
} from '../../cli/commands/options.ts'
import { hasProblem, toFinding, withoutSuppressed } from '../../cli/findings/findings.ts'
import { findingLines } from '../../cli/output/finding-text.ts'
import { EXIT, unreachable, usedWrongly } from '../../cli/output/exit-codes.ts'
import { printResult } from '../../cli/output/print.ts'
import type { LazyCommand } from '../../cli/program.ts'
import { runCommand, type Ended } from './run.ts'
import type { Surroundings } from '../../cli/output/surroundings.ts'

const found = [
  toFinding('no_base_role', { level: 'warning', place: 'pod/web', message: 'no base role' }),
  toFinding('host_network', { level: 'problem', place: 'pod/web', message: 'it has hostNetwork' }),
]

/** Prints its own options, or two findings; fails when told to. */
const look: LazyCommand = {
  summary: 'Looks.',
  load: () =>
    Promise.resolve((context) =>
      newCommand('look', context)
        .argument('[what]')
        .addOption(outputOption())
        .addOption(suppressOption())
        .addOption(kubeconfigOption())
        .addOption(contextOption())
        .addOption(namespaceOption())
        .addOption(allNamespacesOption())
        .addOption(profileOption())
        .addHelpText('after', toExamples(context, { 'Looks at a pod': 'look pod/web' }))
        .action((what, options) => {
          const failure = FAILURES.get(what ?? '')
          if (failure !== undefined) throw failure
          const findings = withoutSuppressed(found, options.suppress)
          const value =
            what === 'options' ? { ...options, profile: [...options.profile] } : { findings }
          printResult(context.surroundings, options.output, {
            value,
            toText: (colours) =>
              what === 'options'
                ? JSON.stringify(value)
                : findingLines(findings, colours).join('\n'),
          })
          if (hasProblem(findings)) context.exit(EXIT.problems)
        }),
    ),
}

const FAILURES: ReadonlyMap<string, Error> = new Map([
  ['wrongly', usedWrongly('There is no file x; name one that is there.')],
  ['away', unreachable('The cluster does not answer', new Error('connect ECONNREFUSED'))],
  ['defect', new TypeError('x is not a function')],
])

const commands = {
  look,
  broken: { summary: 'Never loaded.', load: () => Promise.reject(new Error('loaded')) },
}

function run(args: readonly string[], around: Partial<Surroundings> = {}): Promise<Ended> {
  return runCommand(args, around, commands)
}

describe('the program', () => {
  it('lists its commands without loading one', async () => {
    const { code, stdout } = await run(['--help'])
    assert.equal(code, EXIT.fine)
    assert.match(stdout, /^Usage: rolechain /)
    assert.match(stdout, /look .*Looks\.\n/)
    assert.match(stdout, /broken .*Never loaded\./)
  })

  it('tells its version', async () => {
    assert.deepEqual(await run(['--version']), { code: 0, stdout: 'dev\n', stderr: '' })
  })

  it('without a command is used wrongly, and helps', async () => {
    const { code, stdout, stderr } = await run([])
    assert.equal(code, EXIT.usedWrongly)
    assert.equal(stdout, '')
    assert.match(stderr, /^Usage: rolechain /)
  })

  it('knows the nearest name of a misspelt command or option', async () => {
    const command = await run(['lok'])
    assert.equal(command.code, EXIT.usedWrongly)
    assert.match(command.stderr, /^rolechain: unknown command 'lok'\n\(Did you mean look\?\)/)
    const option = await run(['look', '--contxt', 'x'])
    assert.equal(option.code, EXIT.usedWrongly)
    assert.match(option.stderr, /unknown option '--contxt'\n\(Did you mean --context\?\)/)
  })

  it('gives each command help with an example', async () => {
    const { code, stdout } = await run(['look', '--help'])
    assert.equal(code, EXIT.fine)
    assert.match(stdout, /^Usage: rolechain look \[options\] \[what\]/)
    assert.ok(stdout.trimEnd().endsWith('Examples:\n  # Looks at a pod\n  rolechain look pod/web'))
  })

  it('takes options that stand before the command as those after it', async () => {
    const options = ['--kubeconfig', 'k', '--context=c', '-n', 'team-a', '-o', 'json']
    const profiles = ['--profile', '111111111111=a', '--profile', '222222222222=b', '-A']
    const before = await run([...options, ...profiles, 'look', 'options'])
    const after = await run(['look', ...profiles, 'options', ...options])
    assert.deepEqual(JSON.parse(before.stdout), JSON.parse(after.stdout))
    assert.deepEqual(JSON.parse(before.stdout), {
      output: 'json',
      suppress: [],
      kubeconfig: 'k',
      context: 'c',
      namespace: 'team-a',
      allNamespaces: true,
      profile: [
        ['111111111111', 'a'],
        ['222222222222', 'b'],
      ],
    })
  })

  for (const [args, said] of [
    [['-o', 'xml'], /Allowed choices are text, json, yaml/],
    [['--suppress', 'host_netwrok'], /did you mean host_network\?/],
    [['--profile', 'prod'], /Write ACCOUNT=NAME/],
    [['--profile', '1=prod'], /Write ACCOUNT=NAME/],
    [['--profile', '111111111111=a', '--profile', '111111111111=b'], /has a profile already/],
  ] as const) {
    it(`is used wrongly with ${args.join(' ')}, before the command and after it`, async () => {
      for (const line of [
        ['look', ...args],
        [...args, 'look'],
      ]) {
        const { code, stderr, stdout } = await run(line)
        assert.deepEqual([code, stdout], [EXIT.usedWrongly, ''])
        assert.match(stderr, said)
      }
    })
  }

  for (const [what, code, said] of [
    ['wrongly', EXIT.usedWrongly, 'rolechain: There is no file x; name one that is there.\n'],
    ['away', EXIT.unreachable, 'rolechain: The cluster does not answer: connect ECONNREFUSED\n'],
    ['defect', EXIT.defect, 'rolechain: an error in rolechain itself: x is not a function\n'],
  ] as const) {
    it(`ends with ${code} and a sentence: ${what}`, async () => {
      assert.deepEqual(await run(['look', what]), { code, stdout: '', stderr: said })
    })
  }
})

describe('findings', () => {
  it('are told with code, place, fix and address, and problems count', async () => {
    const { code, stdout } = await run(['look'])
    assert.equal(code, EXIT.problems)
    assert.match(stdout, /^‼ no_base_role pod\/web: no base role\n {4}Give the service account/)
    assert.match(stdout, /\n× host_network pod\/web: it has hostNetwork\n {4}Remove hostNetwork/)
    assert.match(stdout, /docs\/checks\.md#host_network\n$/)
  })

  it('that are suppressed neither show nor count', async () => {
    const { code, stdout } = await run(['look', '--suppress', 'host_network', '-o', 'json'])
    assert.equal(code, EXIT.fine)
    const { findings } = JSON.parse(stdout) as { findings: readonly { code: string }[] }
    assert.deepEqual(
      findings.map((finding) => finding.code),
      ['no_base_role'],
    )
  })

  it('are the same as YAML', async () => {
    const { stdout } = await run(['look', '-o', 'yaml'])
    assert.match(stdout, /^findings:\n {2}- code: no_base_role\n/)
  })

  it('have colours on a terminal only', async () => {
    const escape = '\u001B['
    assert.ok(!(await run(['look'])).stdout.includes(escape))
    assert.ok((await run(['look'], { isColourful: true })).stdout.includes(escape))
    assert.ok(!(await run(['look', '-o', 'json'], { isColourful: true })).stdout.includes(escape))
  })
})
