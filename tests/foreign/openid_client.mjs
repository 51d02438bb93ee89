// Gets a token by client credentials with openid-client as its documentation shows: prints it, or
// `refused`.
import * as client from "openid-client";

const [issuer, clientId, clientSecret] = process.argv.slice(2);
const options = { execute: [client.allowInsecureRequests] };
try {
  const metadata = { client_secret: clientSecret };
  const config = await client.discovery(new URL(issuer), clientId, metadata, undefined, options);
  const token = await client.clientCredentialsGrant(config, { scope: "posts:read" });
  console.log(token.access_token);
} catch (error) {
  // By the standard's code, or by the challenge when there is one.
  const refused = [client.ResponseBodyError, client.WWWAuthenticateChallengeError];
  if (!refused.some((kind) => error instanceof kind)) throw error;
  console.log("refused");
  console.error(error.message);
  process.exitCode = 1;
}
