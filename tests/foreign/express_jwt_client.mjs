// Protects an Express service with express-jwt and jwks-rsa as their documentation shows, calls
// it with one token, and prints the subject it saw, or `refused`.
import express from "express";
import { expressjwt } from "express-jwt";
import jwksRsa from "jwks-rsa";

const [jwksUri, issuer, audience, token] = process.argv.slice(2);
const app = express();
app.use(
  expressjwt({
    secret: jwksRsa.expressJwtSecret({ jwksUri, cache: true, rateLimit: true }),
    issuer,
    audience,
    algorithms: ["RS256"],
  }),
);
app.get("/", (request, response) => response.send(request.auth.sub));
app.use((error, _request, response, _next) => response.status(error.status ?? 500).end());

const server = app.listen(0, "127.0.0.1", async () => {
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (answer.status === 200) console.log(await answer.text());
  else if (answer.status === 401) console.log("refused");
  else throw new Error(`unexpected status ${answer.status}`);
  server.close();
  process.exit(answer.status === 200 ? 0 : 1);
});
