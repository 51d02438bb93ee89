// Verifies one token with jose as its documentation shows: prints the subject, or `refused`.
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const [keySetUrl, issuer, audience, token] = process.argv.slice(2);
try {
  const keys = createRemoteJWKSet(new URL(keySetUrl));
  const { payload } = await jwtVerify(token, keys, { issuer, audience, typ: "at+jwt" });
  console.log(payload.sub);
} catch (error) {
  if (!(error instanceof errors.JOSEError)) throw error;
  console.log("refused");
  console.error(error.code);
  process.exitCode = 1;
}
