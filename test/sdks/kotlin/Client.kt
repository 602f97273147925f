// The unmodified SDK with its default credential chain, driven by lines: see test/sdks/client.ts.

import aws.sdk.kotlin.runtime.auth.credentials.ProfileCredentialsProvider
import aws.sdk.kotlin.services.s3.S3Client
import aws.sdk.kotlin.services.s3.model.GetObjectRequest
import aws.sdk.kotlin.services.sts.StsClient
import aws.sdk.kotlin.services.sts.getCallerIdentity
import aws.smithy.kotlin.runtime.content.decodeToString
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.runBlocking
import kotlin.system.exitProcess

class Client(private var sts: StsClient, private var s3: S3Client) {
    /** Its region is not part of what the provider gives. */
    private suspend fun useProfile(name: String, region: String) {
        val profile = ProfileCredentialsProvider(profileName = name, region = region)
        sts = StsClient.fromEnvironment { this.region = region; credentialsProvider = profile }
        s3 = S3Client.fromEnvironment { this.region = region; credentialsProvider = profile }
    }

    private suspend fun identity() = sts.getCallerIdentity {}.arn ?: ""

    private suspend fun read(bucket: String, key: String) =
        s3.getObject(GetObjectRequest { this.bucket = bucket; this.key = key }) { it.body?.decodeToString() ?: "" }

    private suspend fun parallel(count: Int) = coroutineScope {
        List(count) { async { identity() } }.awaitAll().distinct()
    }

    suspend fun answer(words: List<String>) = when (words[0]) {
        "identity" -> say("identity", quote(identity()))
        "read" -> say("text", quote(read(words[1], words[2])))
        "profile" -> say("text", quote(useProfile(words[1], words[2]).toString()))
        else -> say("identities", parallel(words[1].toInt()).joinToString(",", "[", "]", transform = ::quote))
    }
}

fun say(key: String, json: String) = "{\"$key\": $json}"

fun quote(text: String) = "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace(Regex("[\\x00-\\x1f]"), " ") + "\""

fun main(args: Array<String>): Unit = runBlocking {
    val client = Client(StsClient.fromEnvironment(), S3Client.fromEnvironment())
    println(say("version", quote("aws.sdk.kotlin ${args[0]}")))
    while (true) {
        val line = readlnOrNull() ?: break
        if (line == "quit") break
        println(try { client.answer(line.split(" ")) } catch (error: Exception) { say("error", quote(error.toString())) })
    }
    exitProcess(0)
}
