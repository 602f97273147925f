// The unmodified SDK with its default credential chain, driven by lines: see test/sdks/client.ts.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sts.StsClient;

public class Client {
    private final StsClient sts;
    private final S3Client s3;

    Client(boolean needsEndpoint) {
        sts = withEndpoint(StsClient.builder(), needsEndpoint).build();
        s3 = withEndpoint(S3Client.builder(), needsEndpoint).build();
    }

    /** Versions before 2.28 know no variable for an endpoint. */
    private static <B extends AwsClientBuilder<B, ?>> B withEndpoint(B builder, boolean needsEndpoint) {
        return needsEndpoint
                ? builder.endpointOverride(URI.create(System.getenv("AWS_ENDPOINT_URL")))
                : builder;
    }

    private String identity() {
        return sts.getCallerIdentity().arn();
    }

    private TreeSet<String> parallel(int count) throws Exception {
        var threads = Executors.newFixedThreadPool(count);
        try {
            List<Callable<String>> calls = Stream.generate(() -> (Callable<String>) this::identity).limit(count).toList();
            var arns = new TreeSet<String>();
            for (var call : threads.invokeAll(calls)) arns.add(call.get());
            return arns;
        } finally {
            threads.shutdown();
        }
    }

    private String answer(String[] words) throws Exception {
        switch (words[0]) {
            case "identity":
                return say("identity", quote(identity()));
            case "read":
                return say("text", quote(s3.getObjectAsBytes(r -> r.bucket(words[1]).key(words[2])).asUtf8String()));
            default:
                var arns = parallel(Integer.parseInt(words[1])).stream().map(Client::quote);
                return say("identities", arns.collect(Collectors.joining(",", "[", "]")));
        }
    }

    private static String say(String key, String json) {
        return "{\"" + key + "\": " + json + "}";
    }

    private static String quote(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replaceAll("[\\x00-\\x1f]", " ") + '"';
    }

    public static void main(String[] args) throws Exception {
        var client = new Client(args.length > 0);
        System.out.println(say("version", quote("software.amazon.awssdk " + VersionInfo.SDK_VERSION)));
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (var line = lines.readLine(); line != null && !line.equals("quit"); line = lines.readLine()) {
            String reply;
            try {
                reply = client.answer(line.split(" "));
            } catch (Exception error) {
                reply = say("error", quote(error.toString()));
            }
            System.out.println(reply);
        }
        System.exit(0);
    }
}
