// The article's service with one line changed: its secret is made a key object once.
import { createSecretKey } from 'node:crypto'
import express from 'express'
import jwt from 'jsonwebtoken'
import { audience, host, issuer, port, postsOf, sharedSecret } from './settings.mjs'

const app = express()
const key = createSecretKey(Buffer.from(sharedSecret))
const options = { algorithms: ['HS256'], issuer, audience }

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
