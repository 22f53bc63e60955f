// A real OpenID provider (npm oidc-provider, certified) for development and tests.
//
//   node openid-provider.mjs [PORT]      prints "issuer URL" when it is ready; PORT 0 or none: any free port
//
// Any password is accepted on its login page. The pilot users alice, bob, carol and admin have the groups
// below; any other name is a student, and mallory one whose address of mail nobody has verified. Lifetimes in seconds come from the environment, so that a test can
// see things expire: PLATEN_PROVIDER_ACCESS_S, PLATEN_PROVIDER_ID_S, PLATEN_PROVIDER_REFRESH_S. With
// PLATEN_PROVIDER_STATE=FILE it remembers sessions, tokens and its key when it is started again.
import { createServer } from 'node:http';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Provider } from 'oidc-provider';
import { fileAdapter } from './file-adapter.mjs';

const USERS = {
  alice: { name: 'Alice Archer', groups: ['students'] },
  bob: { name: 'Bob Baker', groups: ['students', 'research'] },
  carol: { name: 'Carol Cooper', groups: ['staff'] },
  admin: { name: 'Ada Admin', groups: ['platen-admins'] },
};

const seconds = (name, fallback) => {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isInteger(value) || value <= 0) throw new Error(`${name} must be a whole number of seconds`);
  return value;
};

const person = (id) => USERS[id] ?? { name: id[0].toUpperCase() + id.slice(1), groups: ['students'] };

// A key of its own: the provider's built-in one is public.
const freshKey = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  use: 'sig', alg: 'RS256', kid: `key-${Date.now()}`,
});
const state = process.env.PLATEN_PROVIDER_STATE;
const keyFile = state && `${state}.key`;
const signingKey = keyFile && existsSync(keyFile) ? JSON.parse(readFileSync(keyFile, 'utf8')) : freshKey();
if (keyFile) writeFileSync(keyFile, JSON.stringify(signingKey), { mode: 0o600 });

const configuration = {
  clients: [{
    client_id: 'platen', client_name: 'Platen', token_endpoint_auth_method: 'none', application_type: 'native',
    redirect_uris: ['http://127.0.0.1/callback'], // a native client may use any loopback port (RFC 8252, 7.3)
    response_types: ['code'], grant_types: ['authorization_code', 'refresh_token'],
  }, {
    // A provider that gives programs on people's computers a secret, and insists on one address.
    client_id: 'platen-desktop', client_secret: 'known-to-everybody', client_name: 'Platen',
    token_endpoint_auth_method: 'client_secret_basic', application_type: 'native',
    redirect_uris: ['http://127.0.0.1/back'],
    response_types: ['code'], grant_types: ['authorization_code', 'refresh_token'],
  }, {
    // A server's pages. It is a native client to the provider for the sake of any loopback port alone.
    client_id: 'platen-server', client_secret: 'development', client_name: 'Platen',
    token_endpoint_auth_method: 'client_secret_basic', application_type: 'native',
    redirect_uris: ['http://127.0.0.1/sign-in/callback'],
    post_logout_redirect_uris: ['http://127.0.0.1/signed-out'],
    response_types: ['code'], grant_types: ['authorization_code'],
  }],
  jwks: { keys: [signingKey] },
  ...(state && { adapter: fileAdapter(state) }),
  cookies: { keys: [crypto.randomUUID()] },
  scopes: ['openid', 'offline_access', 'email', 'profile', 'groups'],
  claims: {
    openid: ['sub'], email: ['email', 'email_verified'],
    profile: ['name', 'preferred_username'], groups: ['groups'],
  },
  conformIdTokenClaims: process.env.PLATEN_PROVIDER_CONFORM === '1', // 1: e-mail and groups at user info only
  pkce: { required: () => true },
  issueRefreshToken: async (_ctx, client, code) =>
    client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
  ttl: {
    AccessToken: seconds('PLATEN_PROVIDER_ACCESS_S', 600), IdToken: seconds('PLATEN_PROVIDER_ID_S', 600),
    RefreshToken: seconds('PLATEN_PROVIDER_REFRESH_S', 86400),
    Session: 86400, Grant: 86400, Interaction: 600,
  },
  findAccount: async (_ctx, id) => ({
    accountId: id,
    claims: async () => ({
      sub: id, preferred_username: id, name: person(id).name, groups: person(id).groups,
      email: `${id}@example.edu`, email_verified: id !== 'mallory',
    }),
  }),
  features: {
    devInteractions: { enabled: true }, rpInitiatedLogout: { enabled: true },
    revocation: { enabled: true }, deviceFlow: { enabled: true },
  },
};

// The issuer names the port, so the port is taken first.
const server = createServer();
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  server.on('request', new Provider(issuer, configuration).callback());
  console.log(`issuer ${issuer}`);
});
