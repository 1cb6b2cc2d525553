from hvac import exceptions
from support import VaultTest, main


class Failures(VaultTest):
    def test_forbidden(self):
        """Forbidden: for an unknown token, none, and one without permission"""
        for client in (self.client('nobody'), self.client(), self.holder('default')):
            with self.assertRaisesRegex(exceptions.Forbidden, 'permission denied'):
                client.secrets.kv.v2.read_secret_version('a')

    def test_acl_sentence(self):
        """Forbidden: a refusal by policy has Vault's exact sentence"""
        with self.assertRaises(exceptions.Forbidden) as raised:
            self.holder('default').secrets.kv.v2.read_secret_version('a')
        self.assertEqual(raised.exception.errors, ['1 error occurred:\n\t* permission denied\n\n'])

    def test_invalid_path(self):
        """InvalidPath: for nothing there, with an empty list of errors"""
        with self.assertRaises(exceptions.InvalidPath) as raised:
            self.root.secrets.kv.v2.read_secret_version('nothing')
        self.assertEqual(raised.exception.errors, [])

    def test_no_handler(self):
        """InvalidPath: for a mount that is not there"""
        with self.assertRaisesRegex(exceptions.InvalidPath, 'no handler for route "nothing/a". route entry not found.'):
            self.root.adapter.get('/v1/nothing/a')

    def test_invalid_request(self):
        """InvalidRequest: for a body that is no JSON object"""
        for body in ('{', '[]', '7', '"x"', '{"a":1}{'):
            with self.assertRaisesRegex(exceptions.InvalidRequest, 'failed to parse JSON input'):
                self.root.adapter.post('/v1/secret/data/a', data=body)

    def test_folder(self):
        """InvalidRequest: for a write to a path that ends in a slash"""
        answer = self.root.session.post(self.root.url + '/v1/secret/data/a/', headers={'X-Vault-Token': self.root.token}, json={'data': {}})
        self.assertEqual((answer.status_code, answer.json()['errors']), (400, ["cannot write to a path ending in '/'"]))

    def test_field(self):
        """InvalidRequest: for a field of the wrong kind, which is named and not quoted"""
        with self.assertRaises(exceptions.InvalidRequest) as raised:
            self.root.auth.token.create(ttl='a while')
        self.assertIn('Field validation failed: error converting input for field "ttl"', raised.exception.errors[0])
        self.assertNotIn('a while', raised.exception.errors[0])

    def test_unsupported(self):
        """UnexpectedError: for a verb the path does not know"""
        with self.assertRaisesRegex(exceptions.UnexpectedError, 'unsupported operation'):
            self.root.adapter.delete('/v1/auth/token/create')

    def test_illegal_token(self):
        """InvalidRequest: for a token that no header can carry, in words hvac knows"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'invalid header value'):
            self.client('\x1b').auth.token.lookup_self()

    def test_content_type(self):
        """compares the media type for equality before it reads errors"""
        for answer in (self.raw('get', '/v1/secret/data/nothing'), self.raw('get', '/v1/sys/health'), self.raw('get', '/v1/sys/mounts'),
                       self.raw('get', '/v1/sys/mounts', token='nobody'), self.raw('list', '/v1/sys/mounts'),
                       self.raw('get', '/v1/nothing'), self.raw('get', '/v1/sys/mounts', token='\x1b')):
            self.assertEqual(answer.headers['Content-Type'], 'application/json', answer.url)

    def test_no_store(self):
        """is told to keep no answer"""
        self.assertEqual(self.raw('get', '/v1/sys/mounts').headers['Cache-Control'], 'no-store')

    def test_namespace(self):
        """Forbidden: for a namespace"""
        client = self.client(self.root.token)
        client.adapter.namespace = 'team'
        with self.assertRaisesRegex(exceptions.Forbidden, 'namespaces feature not enabled'):
            client.auth.token.lookup_self()

    def test_traversal(self):
        """leads no path out of its mount"""
        answer = self.raw('get', '/v1/secret/data/%2e%2e/%2e%2e/sys/mounts')
        self.assertIn(answer.status_code, (400, 404))
        self.assertNotIn('accessor', answer.text)

    def test_envelope(self):
        """has null for what an answer does not hold"""
        answer = self.root.sys.list_mounted_secrets_engines()
        self.assertEqual((answer['auth'], answer['warnings'], answer['wrap_info']), (None, None, None))
        self.assertEqual((answer['lease_id'], answer['lease_duration'], answer['renewable']), ('', 0, False))
        self.assertRegex(answer['request_id'], '^[0-9a-f-]{36}$')

    def test_bearer(self):
        """takes its token from an Authorization header as well, and Vault's own header first"""
        bearer = {'Authorization': 'Bearer ' + self.root.token}
        self.assertEqual(self.raw('get', '/v1/auth/token/lookup-self', token=None, headers=dict(bearer)).status_code, 200)
        self.assertEqual(self.raw('get', '/v1/auth/token/lookup-self', token='nobody', headers=dict(bearer)).status_code, 403)


if __name__ == '__main__':
    main()
