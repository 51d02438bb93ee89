// Express and jsonwebtoken as they should be used: RS256, and a key that is parsed once.
import { createPublicKey } from 'node:crypto'
import express from 'express'
import jwt from 'jsonwebtoken'
import { audience, host, issuer, port, postsOf, publicKeyPem } from './settings.mjs'

const app = express()
const key = createPublicKey(publicKeyPem())
const options = { algorithms: ['RS256'], issuer, audience }

const authenticate = (request, response, next) => {
  const token = request.headers.authorization?.split(' ')[1]
  if (!token) return response.sendStatus(401)
  jwt.verify(token, key, options, (error, user) => {
    if (error) return response.sendStatus(401)
    request.user = user
    next()
  })
}

app.get('/api/posts', authenticate, (request, response) => {
  response.json(postsOf(request.user.sub))
})

app.listen(port, host)
