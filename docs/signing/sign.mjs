// Send a message to 小二, signed by Standard Webhooks (standardwebhooks.com): Node 18 or newer, nothing to install.
//
//     node sign.mjs URL SECRET BODY
//
// URL is …/v1/shops/<shop>/messages (or /spoken, /lines), SECRET the shop's whsec_…, BODY the JSON. Prints the answer.
import { createHmac, randomUUID } from "node:crypto";

// The headers for exactly these bytes. A retry of the same message keeps the body; a new id for it is harmless.
export function signedHeaders(secret, body) {
  const id = `msg_${randomUUID().replaceAll("-", "")}`; // no dots
  const timestamp = Math.floor(Date.now() / 1000).toString();
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  return {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  };
}

const [url, secret, text] = process.argv.slice(2);
const body = Buffer.from(text, "utf8");
const response = await fetch(url, { method: "POST", body, headers: signedHeaders(secret, body) });
const answer = await response.text();
if (response.ok) {
  console.log(answer);
} else {
  console.error(response.status, answer); // a problem document says what is wrong
  process.exitCode = 1;
}
