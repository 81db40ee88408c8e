// A real OpenID Connect provider for the tests: any login with any password is an account of its own.
import { pathToFileURL } from 'node:url';

const { Provider } = await import(pathToFileURL(`${process.env.NODE_MODULES}/oidc-provider/lib/index.js`));
const port = Number(process.env.OP_PORT);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'tanggap', client_secret: process.env.OP_SECRET, redirect_uris: [process.env.REDIRECT_URI],
    response_types: ['code'], grant_types: ['authorization_code'],
  }],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'preferred_username'] },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: async () => ({ sub: id, email: `${id}@kota.example`, email_verified: true, preferred_username: id }),
  }),
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['only-for-tests'] },
  pkce: { required: () => true },
  conformIdTokenClaims: process.env.OP_CLAIMS !== 'in-token',
  loadExistingGrant: async (ctx) => {
    const { client, session } = ctx.oidc;
    const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});
const server = provider.listen(port, '127.0.0.1', () => console.log('ready'));
process.on('SIGTERM', () => server.close(() => process.exit(0)));
