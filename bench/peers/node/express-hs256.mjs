// The article's service: Express, jsonwebtoken, and a shared secret given as text.
import express from 'express'
import jwt from 'jsonwebtoken'
import { host, port, postsOf, sharedSecret } from './settings.mjs'

const app = express()
const users = new Map([['jack', 'jack_password']])

const authenticate = (request, response, next) => {
  const token = request.headers.authorization?.split(' ')[1]
  if (!token) return response.sendStatus(401)
  jwt.verify(token, sharedSecret, (error, user) => {
    if (error) return response.sendStatus(403)
    request.user = user
    next()
  })
}

// The article compares passwords as they are.
app.post('/api/login', express.json(), (request, response) => {
  const { username, password } = request.body
  if (users.get(username) !== password) return response.sendStatus(401)
  const token = jwt.sign({ sub: username }, sharedSecret, { expiresIn: '15m' })
  response.json({ access_token: token, auth: true })
})

app.get('/api/posts', authenticate, (request, response) => {
  response.json(postsOf(request.user.sub))
})

app.listen(port, host)
