// Verifies one token a line with jose and one remote key set, at a sixtieth of its default times:
// prints the subject, or `refused` and why.
import { createInterface } from "node:readline";
import { createRemoteJWKSet, jwtVerify } from "jose";

const [keySetUrl, issuer, audience] = process.argv.slice(2);
const keys = createRemoteJWKSet(new URL(keySetUrl), { cacheMaxAge: 10_000, cooldownDuration: 500 });
for await (const token of createInterface({ input: process.stdin })) {
  try {
    const { payload } = await jwtVerify(token, keys, { issuer, audience, typ: "at+jwt" });
    console.log(payload.sub);
  } catch (error) {
    console.log(`refused ${error.code ?? error}`);
  }
}
