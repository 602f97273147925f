/** SDKs of the JVM, from Maven with exact versions. */
import { join } from 'node:path'
import { installOnce, needTool, run } from './cache.ts'
import { sourceOf, USUAL, type Sdk } from './sdk.ts'

interface JavaSdk extends Partial<Sdk> {
  /** Folder of the pom; the client is in it or in the one above. */
  readonly lock: string
  readonly client: string
  readonly mainClass?: string
  readonly args?: readonly string[]
}

/** A client is short-lived: compilers and collectors for long runs would only cost the other runs their time. */
const OPTIONS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xmx512m']

function java(
  name: string,
  { lock, client, mainClass = 'Client', args = [], ...given }: JavaSdk,
): Sdk {
  return {
    name,
    language: 'Java',
    ...USUAL,
    ...given,
    install: async () => {
      const sources = [sourceOf(client), sourceOf(`${lock}/pom.xml`)]
      const place = await installOnce(name, sources, async (cwd) => {
        await needTool('javac', 'openjdk-17-jdk-headless')
        await needTool('mvn', 'maven')
        await run('mvn', ['-B', '-q', 'compile', 'dependency:copy-dependencies'], { cwd })
      })
      const classes = [join(place, 'target/classes'), join(place, 'target/libraries/*')].join(':')
      const program = (await run('sh', ['-c', 'command -v java'])).trim()
      return [program, ...OPTIONS, '-cp', classes, mainClass, ...args]
    },
  }
}

export const JAVA_SDKS: readonly Sdk[] = [
  java('java-v2', { lock: 'java-v2/current', client: 'java-v2/Client.java' }),
  java('java-v2-2.21.30', {
    lock: 'java-v2/2.21.30',
    client: 'java-v2/Client.java',
    // It does not know the variable yet.
    endpoint: 'code',
    args: ['with-endpoint'],
  }),
  java('kotlin', {
    language: 'Kotlin',
    lock: 'kotlin',
    client: 'kotlin/Client.kt',
    mainClass: 'ClientKt',
    // It cannot say its version by itself.
    args: ['1.6.0'],
  }),
  java('java-v1', {
    lock: 'java-v1',
    client: 'java-v1/Client.java',
    endpoint: 'code',
    // Where it is told an endpoint, it has to be told the region too.
    hasRegion: false,
  }),
]
