import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Send a message to 小二, signed by Standard Webhooks (standardwebhooks.com): Java 11 or newer, nothing to install.
 *
 * <pre>java Sign.java URL SECRET BODY</pre>
 *
 * URL is …/v1/shops/&lt;shop&gt;/messages (or /spoken, /lines), SECRET the shop's whsec_…, BODY the JSON. Prints the answer.
 */
public final class Sign {
    /** The request for exactly these bytes. A retry of the same message keeps the body; a new id for it is harmless. */
    static HttpRequest signedRequest(String url, String secret, byte[] body) throws Exception {
        String id = "msg_" + UUID.randomUUID().toString().replace("-", ""); // no dots
        String timestamp = Long.toString(Instant.now().getEpochSecond());
        byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
        String signature = Base64.getEncoder().encodeToString(mac.doFinal(body));
        return HttpRequest.newBuilder(URI.create(url))
                .timeout(Duration.ofSeconds(10))
                .header("content-type", "application/json")
                .header("webhook-id", id)
                .header("webhook-timestamp", timestamp)
                .header("webhook-signature", "v1," + signature)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
    }

    public static void main(String[] arguments) throws Exception {
        byte[] body = arguments[2].getBytes(StandardCharsets.UTF_8);
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpResponse<byte[]> response = client.send(
                signedRequest(arguments[0], arguments[1], body), HttpResponse.BodyHandlers.ofByteArray());
        boolean taken = response.statusCode() < 300;
        (taken ? System.out : System.err).write(response.body()); // a problem document says what is wrong
        System.exit(taken ? 0 : 1);
    }
}
