// Gets a token by client credentials with oauth4webapi as its documentation shows, by HTTP Basic:
// prints it, or `refused`.
import * as oauth from "oauth4webapi";

const [issuer, clientId, clientSecret] = process.argv.slice(2);
const options = { [oauth.allowInsecureRequests]: true };
const identifier = new URL(issuer);
const discovered = await oauth.discoveryRequest(identifier, { ...options, algorithm: "oauth2" });
const server = await oauth.processDiscoveryResponse(identifier, discovered);
const client = { client_id: clientId };
try {
  const authentication = oauth.ClientSecretBasic(clientSecret);
  const parameters = { scope: "posts:read" };
  const answer = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    authentication,
    parameters,
    options,
  );
  const token = await oauth.processClientCredentialsResponse(server, client, answer);
  console.log(token.access_token);
} catch (error) {
  const refused = [oauth.ResponseBodyError, oauth.WWWAuthenticateChallengeError];
  if (!refused.some((kind) => error instanceof kind)) throw error;
  console.log("refused");
  console.error(error.message);
  process.exitCode = 1;
}
