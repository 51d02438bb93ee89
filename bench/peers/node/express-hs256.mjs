// The article's service: Express, jsonwebtoken, and a shared secret given as text.
import express from 'express'
import jwt from 'jsonwebtoken'
import { host, port, postsOf, sharedSecret } from './settings.mjs'

const app = express()

const authenticate = (request, response, next) => {
  const token = request.headers.authorization?.split(' ')[1]
  if (!token) return response.sendStatus(401)
  jwt.verify(token, sharedSecret, (error, user) => {
    if (error) return response.sendStatus(403)
    request.user = user
    next()
  })
}

app.get('/api/posts', authenticate, (request, response) => {
  response.json(postsOf(request.user.sub))
})

app.listen(port, host)
