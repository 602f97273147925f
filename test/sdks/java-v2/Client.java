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
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sts.StsClient;

public class Client {
    private final boolean needsEndpoint;
    private StsClient sts;
    private S3Client s3;

    Client(boolean needsEndpoint) {
        this.needsEndpoint = needsEndpoint;
    }

    /** Made when they are first needed: the SDK looks for its region as it makes a client. */
    private void useDefault() {
        if (sts != null) return;
        sts = withEndpoint(StsClient.builder()).build();
        s3 = withEndpoint(S3Client.builder()).build();
    }

    private void useProfile(String name) {
        sts = withProfile(StsClient.builder(), name).build();
        s3 = withProfile(S3Client.builder(), name).build();
    }

    private <B extends AwsClientBuilder<B, ?>> B withProfile(B builder, String name) {
        return withEndpoint(builder)
                .credentialsProvider(ProfileCredentialsProvider.create(name))
                .overrideConfiguration(override -> override.defaultProfileName(name));
    }

    /** Versions before 2.28 know no variable for an endpoint. */
    private <B extends AwsClientBuilder<B, ?>> B withEndpoint(B builder) {
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
        if (words[0].equals("profile")) {
            useProfile(words[1]);
            return say("region", quote(sts.serviceClientConfiguration().region().id()));
        }
        useDefault();
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
