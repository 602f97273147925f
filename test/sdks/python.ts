/** SDKs of Python, from requirements with hashes, each in a virtual environment of its own. */
import { basename, join } from 'node:path'
import { installOnce, needTool, run } from './cache.ts'
import { ONE_PROCESS_EACH, sourceOf, USUAL, type Sdk } from './sdk.ts'

function python(name: string, folder: string, given: Partial<Sdk> & { lock: string }): Sdk {
  const { lock, ...rest } = given
  return {
    name,
    language: 'Python',
    ...USUAL,
    ...rest,
    install: async () => {
      const client = sourceOf(`${folder}/client.py`)
      const place = await installRequirements(name, sourceOf(`${folder}/${lock}`), [client])
      return [join(place, 'venv/bin/python'), join(place, 'client.py')]
    },
  }
}

/** A folder with the virtual environment `venv`, in which these requirements are, and copies of the other sources. */
export function installRequirements(
  name: string,
  lock: string,
  sources: readonly string[] = [],
): Promise<string> {
  return installOnce(name, [...sources, lock], async (cwd) => {
    await needTool('python3', 'python3-venv')
    await run('python3', ['-m', 'venv', 'venv'], { cwd })
    const options = ['--quiet', '--disable-pip-version-check', '--require-hashes', '--no-deps']
    await run(join(cwd, 'venv/bin/pip'), ['install', ...options, '-r', basename(lock)], { cwd })
  })
}

export const PYTHON_SDKS: readonly Sdk[] = [
  python('boto3', 'boto3', { lock: 'current.txt' }),
  python('boto3-1.34.41', 'boto3', { lock: '1.34.41.txt' }),
  python('aws-cli-v1', 'aws-cli', {
    lock: 'requirements.txt',
    language: 'AWS CLI',
    ...ONE_PROCESS_EACH,
  }),
  // It measures the life of a session by the monotonic clock, which is not moved.
  python('crt', 'crt', {
    lock: 'requirements.txt',
    language: 'CRT',
    endpoint: 'code',
    hasRegion: false,
    minutes: 0,
  }),
  python('cpp', 'cpp', {
    lock: 'requirements.txt',
    language: 'C++',
    endpoint: 'code',
    isReader: true,
    hasProfileOption: false,
  }),
]
