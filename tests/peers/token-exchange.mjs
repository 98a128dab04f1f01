// Token exchange (RFC 8693): an API that was called for a person calls the next one for the same person, and no more than that.
import { assert, client, discover, run, setting, signIn, start } from './journey.mjs';

const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const accessToken = 'urn:ietf:params:oauth:token-type:access_token';
const payloadOf = token => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

start(async () => {
  let web, service, person, actor, exchanged;

  await run('subject-token', async () => {
    web = await discover(setting('CLIENT_ID'), client.ClientSecretBasic(setting('CLIENT_SECRET')));
    service = await discover(setting('SERVICE_ID'), client.ClientSecretBasic(setting('SERVICE_SECRET')));
    person = await signIn(web);
    return { scope: person.scope };
  });

  await run('impersonation', async () => {
    exchanged = await client.genericGrantRequest(service, grant, { subject_token: person.access_token, subject_token_type: accessToken, scope: setting('NARROWED_SCOPE') });
    const payload = payloadOf(exchanged.access_token);
    assert.equal(exchanged.issued_token_type, accessToken);
    assert.equal(payload.sub, person.claims().sub);
    assert.equal(payload.client_id, setting('SERVICE_ID'));
    assert.equal(payload.act, undefined);
    assert.ok(payload.exp <= payloadOf(person.access_token).exp, 'it does not outlive the subject token');
    return { scope: exchanged.scope };
  });

  await run('delegation', async () => {
    actor = await client.clientCredentialsGrant(service, { scope: setting('NARROWED_SCOPE') });
    const delegated = await client.genericGrantRequest(service, grant, {
      subject_token: person.access_token, subject_token_type: accessToken, actor_token: actor.access_token, actor_token_type: accessToken, scope: setting('NARROWED_SCOPE'),
    });
    const payload = payloadOf(delegated.access_token);
    assert.equal(payload.sub, person.claims().sub);
    assert.equal(payload.act.sub, payloadOf(actor.access_token).sub);
    return { act: payload.act };
  });

  await run('no-more-scope', async () => {
    await assert.rejects(
      client.genericGrantRequest(service, grant, { subject_token: exchanged.access_token, subject_token_type: accessToken, scope: setting('WIDER_SCOPE') }),
      { error: 'invalid_scope' });
    return {};
  });

  await run('no-foreign-token', async () => {
    const [head, payload] = person.access_token.split('.');
    await assert.rejects(
      client.genericGrantRequest(service, grant, { subject_token: `${head}.${payload}.${Buffer.alloc(256).toString('base64url')}`, subject_token_type: accessToken }),
      error => ['invalid_request', 'invalid_grant'].includes(error.error));
    return {};
  });
});
