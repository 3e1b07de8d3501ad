<?php
// Send a message to 小二, signed by Standard Webhooks (standardwebhooks.com): PHP 8 or newer, nothing to install.
//
//     php sign.php URL SECRET BODY
//
// URL is …/v1/shops/<shop>/messages (or /spoken, /lines), SECRET the shop's whsec_…, BODY the JSON. Prints the answer.

// The headers for exactly these bytes. A retry of the same message keeps the body; a new id for it is harmless.
function signed_headers(string $secret, string $body): array
{
    $id = 'msg_' . bin2hex(random_bytes(16)); // no dots
    $timestamp = (string) time();
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
    $signature = base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    return [
        'content-type: application/json',
        "webhook-id: $id",
        "webhook-timestamp: $timestamp",
        "webhook-signature: v1,$signature",
    ];
}

[, $url, $secret, $body] = $argv;
$answer = file_get_contents($url, false, stream_context_create(['http' => [
    'method' => 'POST',
    'header' => signed_headers($secret, $body),
    'content' => $body,
    'timeout' => 10,
    'ignore_errors' => true, // a problem document says what is wrong
]]));
$taken = isset($http_response_header[0]) && preg_match('/ 2\d\d/', $http_response_header[0]);
fwrite($taken ? STDOUT : STDERR, $answer === false ? 'no answer' : $answer);
exit($taken ? 0 : 1);
