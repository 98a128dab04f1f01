// A client that proves itself with its private key (private_key_jwt, RFC 7523 2.2) wherever it is asked who it is.
import { assert, client, discover, isRefusedClient, privateKey, run, setting, signIn, start } from './journey.mjs';

start(async () => {
  let config, tokens;
  const ec = { name: 'ECDSA', namedCurve: 'P-256' };
  const assertions = [];
  const keepAssertion = { [client.modifyAssertion]: (_header, payload) => { assertions.push(payload.jti); } };

  await run('discovery', async () => {
    const key = { key: await privateKey(setting('SIGNING_KEY'), ec, ['sign']), kid: 'signing' };
    config = await discover(setting('CLIENT_ID'), client.PrivateKeyJwt(key, keepAssertion));
    assert.ok(config.serverMetadata().token_endpoint_auth_methods_supported.includes('private_key_jwt'));
    assert.ok(config.serverMetadata().token_endpoint_auth_signing_alg_values_supported.includes('ES256'));
    return {};
  });

  await run('code', async () => {
    tokens = await signIn(config);
    return { sub: tokens.claims().sub };
  });

  await run('refresh', async () => {
    tokens = await client.refreshTokenGrant(config, tokens.refresh_token);
    return {};
  });

  await run('introspection', async () => {
    assert.equal((await client.tokenIntrospection(config, tokens.refresh_token)).active, true);
    return {};
  });

  await run('revocation', async () => {
    await client.tokenRevocation(config, tokens.refresh_token);
    await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' });
    assert.equal(new Set(assertions).size, assertions.length, 'each assertion was used once');
    return { assertions: assertions.length };
  });

  await run('wrong-key', async () => {
    const { privateKey: foreign } = await crypto.subtle.generateKey(ec, false, ['sign', 'verify']);
    const stranger = await discover(setting('CLIENT_ID'), client.PrivateKeyJwt({ key: foreign, kid: 'signing' }));
    await assert.rejects(client.refreshTokenGrant(stranger, 'any'), isRefusedClient);
    return {};
  });

  await run('replay', async () => {
    const key = await privateKey(setting('SIGNING_KEY'), ec, ['sign']);
    const again = await discover(setting('CLIENT_ID'), client.PrivateKeyJwt({ key, kid: 'signing' }, { [client.modifyAssertion]: (_, payload) => { payload.jti = 'used-before'; } }));
    await assert.rejects(client.refreshTokenGrant(again, 'any'), { error: 'invalid_grant' });
    await assert.rejects(client.refreshTokenGrant(again, 'any'), isRefusedClient);
    return {};
  });
});
