// The unmodified SDK with its default credential chain, driven by lines: see test/sdks/client.ts.

import com.amazonaws.auth.AWSCredentialsProvider;
import com.amazonaws.auth.profile.ProfileCredentialsProvider;
import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.s3.AmazonS3;
import com.amazonaws.services.s3.AmazonS3ClientBuilder;
import com.amazonaws.services.securitytoken.AWSSecurityTokenService;
import com.amazonaws.services.securitytoken.AWSSecurityTokenServiceClientBuilder;
import com.amazonaws.services.securitytoken.model.GetCallerIdentityRequest;
import com.amazonaws.util.VersionInfoUtils;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;

public class Client {
    // This SDK knows no variable for an endpoint.
    private static EndpointConfiguration endpoint(String region) {
        return new EndpointConfiguration(System.getenv("AWS_ENDPOINT_URL"), region);
    }

    private AWSSecurityTokenService sts;
    private AmazonS3 s3;

    Client() {
        useCredentials(null, System.getenv().getOrDefault("AWS_REGION", "eu-west-1"));
    }

    /** An endpoint needs a region, and the SDK then asks no profile for it. */
    private void useCredentials(AWSCredentialsProvider provider, String region) {
        sts = AWSSecurityTokenServiceClientBuilder.standard()
                .withEndpointConfiguration(endpoint(region)).withCredentials(provider).build();
        s3 = AmazonS3ClientBuilder.standard()
                .withEndpointConfiguration(endpoint(region)).withCredentials(provider).withPathStyleAccessEnabled(true).build();
    }

    private String identity() {
        return sts.getCallerIdentity(new GetCallerIdentityRequest()).getArn();
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
            case "profile":
                useCredentials(new ProfileCredentialsProvider(words[1]), words[2]);
                return say("text", quote(words[1]));
            case "identity":
                return say("identity", quote(identity()));
            case "read":
                return say("text", quote(s3.getObjectAsString(words[1], words[2])));
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
        var client = new Client();
        System.out.println(say("version", quote("com.amazonaws " + VersionInfoUtils.getVersion())));
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
