// A mail server: takes mails over STARTTLS and authentication as it is told, and reports each on a line of JSON.
import { readFileSync } from 'node:fs'
import { SMTPServer } from 'smtp-server'

const { PORT, CERT, KEY, USER, PASSWORD, REFUSE } = process.env
const report = (step, more) => console.log(JSON.stringify({ ok: true, step, ...more }))
const secure = Boolean(CERT)

const server = new SMTPServer({
  name: 'localhost',
  disabledCommands: [...(secure ? [] : ['STARTTLS']), ...(USER ? [] : ['AUTH'])],
  authOptional: !USER,
  ...(secure ? { cert: readFileSync(CERT), key: readFileSync(KEY) } : {}),
  onAuth(auth, session, done) {
    report('auth', { secure: session.secure, user: auth.username })
    auth.username === USER && auth.password === PASSWORD ? done(null, { user: USER }) : done(new Error('Invalid username or password'))
  },
  onRcptTo(address, session, done) {
    if (REFUSE && address.address.startsWith(REFUSE)) return done(Object.assign(new Error('No such mailbox'), { responseCode: 550 }))
    done()
  },
  onData(stream, session, done) {
    const parts = []
    stream.on('data', part => parts.push(part))
    stream.on('end', () => {
      report('mail', { secure: session.secure, from: session.envelope.mailFrom.address, to: session.envelope.rcptTo.map(to => to.address), raw: Buffer.concat(parts).toString('base64') })
      done()
    })
  },
})
server.on('error', error => console.log(JSON.stringify({ ok: false, step: 'error', message: error.message })))
server.listen(Number(PORT), '127.0.0.1', () => report('listening'))
