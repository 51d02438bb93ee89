// Express with express-jwt and the keys of jwks-rsa, as their documentation shows.
import express from 'express'
import { expressjwt } from 'express-jwt'
import jwksRsa from 'jwks-rsa'
import { audience, host, issuer, jwksUrl, port, postsOf } from './settings.mjs'

const app = express()

app.use(
  expressjwt({
    secret: jwksRsa.expressJwtSecret({
      cache: true,
      rateLimit: true,
      jwksRequestsPerMinute: 5,
      jwksUri: jwksUrl,
    }),
    audience,
    issuer,
    algorithms: ['RS256'],
  }),
)

app.get('/api/posts', (request, response) => {
  response.json(postsOf(request.auth.sub))
})

app.use((error, request, response, next) => {
  response.sendStatus(error.status ?? 500)
})

app.listen(port, host)
