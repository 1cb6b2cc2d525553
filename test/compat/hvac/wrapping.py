import json

from hvac import exceptions
from support import VaultTest, main


class Wrapping(VaultTest):
    def wrap(self, ttl='5m', **fields):
        return self.root.write('sys/wrapping/wrap', wrap_ttl=ttl, **fields)['wrap_info']

    def test_info(self):
        """hands out a wrapping token in place of an answer"""
        answer = self.root.write('sys/wrapping/wrap', wrap_ttl='5m', x=1)
        info = answer['wrap_info']
        self.assertEqual((info['ttl'], info['creation_path']), (300, 'sys/wrapping/wrap'))
        self.assertRegex(info['token'], r'^hvs\.')
        self.assertRegex(info['creation_time'], r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d')
        self.assertIsNone(answer['data'])
        self.assertIsNone(answer['auth'])

    def test_first_party(self):
        """unwraps with the wrapping token as its own"""
        self.assertEqual(self.client(self.wrap(x='1')['token']).sys.unwrap()['data'], {'x': '1'})

    def test_third_party(self):
        """unwraps for somebody else's token"""
        token = self.wrap(x='1')['token']
        self.assertEqual(self.holder('default').sys.unwrap(token)['data'], {'x': '1'})

    def test_once(self):
        """unwraps once, by either way"""
        token = self.wrap(x='1')['token']
        self.root.sys.unwrap(token)
        for again in (lambda: self.root.sys.unwrap(token), lambda: self.client(token).sys.unwrap()):
            with self.assertRaisesRegex(exceptions.InvalidRequest, 'wrapping token is not valid or does not exist'):
                again()

    def test_not_a_wrapping_token(self):
        """opens no other kind of token, and leaves that one its uses"""
        holder = self.holder('default', num_uses=2)
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'wrapping token is not valid or does not exist'):
            self.root.sys.unwrap(holder.token)
        self.assertEqual(self.root.auth.token.lookup(holder.token)['data']['num_uses'], 2)

    def test_lookup(self):
        """tells of a wrapping token without using it up, with or without another token"""
        info = self.wrap(x='1')
        third = self.root.write('sys/wrapping/lookup', token=info['token'])['data']
        first = self.client(info['token']).write('sys/wrapping/lookup')['data']
        anonymous = self.raw('post', '/v1/sys/wrapping/lookup', token=None, json={'token': info['token']}).json()['data']
        for told in (third, first, anonymous):
            self.assertEqual(told, {'creation_path': 'sys/wrapping/wrap', 'creation_ttl': 300, 'creation_time': info['creation_time']})
        self.assertEqual(self.root.sys.unwrap(info['token'])['data'], {'x': '1'})

    def test_lookup_unknown(self):
        """tells nothing of a wrapping token that does not exist"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'wrapping token is not valid or does not exist'):
            self.root.write('sys/wrapping/lookup', token='nobody')

    def test_rewrap(self):
        """moves an answer to a new wrapping token"""
        old = self.wrap(x='1')
        new = self.root.write('sys/wrapping/rewrap', token=old['token'])['wrap_info']
        self.assertNotEqual(old['token'], new['token'])
        self.assertEqual((new['ttl'], new['creation_path']), (300, 'sys/wrapping/wrap'))
        with self.assertRaises(exceptions.InvalidRequest):
            self.root.sys.unwrap(old['token'])
        self.assertEqual(self.root.sys.unwrap(new['token'])['data'], {'x': '1'})

    def test_header_needed(self):
        """wraps nothing without a time to keep it"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'endpoint requires response wrapping to be used'):
            self.root.write('sys/wrapping/wrap', x=1)

    def test_bad_ttl(self):
        """refuses a wrapping time that is none"""
        for ttl in ('soon', '-5m'):
            with self.assertRaises(exceptions.InvalidRequest):
                self.wrap(ttl=ttl)

    def test_token(self):
        """wraps a new token, names its accessor, and gives it back whole"""
        info = self.root.auth.token.create(policies=['default'], wrap_ttl='1m')['wrap_info']
        unwrapped = self.root.sys.unwrap(info['token'])
        self.assertEqual(unwrapped['auth']['accessor'], info['wrapped_accessor'])
        self.assertIsNone(unwrapped['data'])
        self.assertTrue(self.client(unwrapped['auth']['client_token']).is_authenticated())

    def test_inner_revoked(self):
        """unwraps a token that was revoked meanwhile"""
        info = self.root.auth.token.create(policies=['default'], wrap_ttl='1m')['wrap_info']
        self.root.auth.token.revoke_accessor(info['wrapped_accessor'])
        inner = self.root.sys.unwrap(info['token'])['auth']['client_token']
        self.assertFalse(self.client(inner).is_authenticated())

    def test_outer_revoked(self):
        """unwraps nothing after the wrapping token was revoked by its accessor"""
        info = self.wrap(x='1')
        self.root.auth.token.revoke_accessor(info['accessor'])
        with self.assertRaises(exceptions.InvalidRequest):
            self.root.sys.unwrap(info['token'])

    def test_request_id(self):
        """gives the wrapped answer back as it was, its request id included"""
        at = self.mount()
        self.root.write(at + '/a', x='1')
        token = self.root.read(at + '/a', wrap_ttl='1m')['wrap_info']['token']
        unwrapped = self.raw('post', '/v1/sys/wrapping/unwrap', json={'token': token}).json()
        self.assertEqual((unwrapped['data'], unwrapped['lease_duration']), ({'x': '1'}, 2764800))
        self.assertRegex(unwrapped['request_id'], '^[0-9a-f-]{36}$')

    def test_cubbyhole(self):
        """lets an old client read cubbyhole/response with the wrapping token, once"""
        token = self.wrap(x='1')['token']
        held = self.client(token).read('cubbyhole/response')
        self.assertEqual(json.loads(held['data']['response'])['data'], {'x': '1'})
        with self.assertRaises(exceptions.Forbidden):
            self.client(token).read('cubbyhole/response')

    def test_auth_cubbyhole(self):
        """logs in with a wrapped token"""
        wrapped = self.root.auth.token.create(policies=['default'], wrap_ttl='1m')['wrap_info']['token']
        login = self.client()
        login.auth_cubbyhole(wrapped)
        self.assertTrue(login.is_authenticated())


class Cubbyhole(VaultTest):
    def test_private(self):
        """keeps a drawer for each token, closed even to root"""
        one, other = self.holder('default'), self.holder('default')
        one.write('cubbyhole/a/b', x='1')
        self.assertEqual(one.read('cubbyhole/a/b')['data'], {'x': '1'})
        self.assertEqual(one.list('cubbyhole/a')['data'], {'keys': ['b']})
        for stranger in (other, self.root):
            self.assertIsNone(stranger.read('cubbyhole/a/b'))
        one.delete('cubbyhole/a/b')
        self.assertIsNone(one.read('cubbyhole/a/b'))


if __name__ == '__main__':
    main()
