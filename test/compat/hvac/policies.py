import base64
import json

from hvac import exceptions
from support import VaultTest, main

HCL = '''
# who may do what
path "sys" {
  policy = "deny"
}
path "secret/data/*" {
  capabilities = ["create", "read"]
}
path "secret/metadata/foo" {
  policy = "read"
}
'''
TREE = {
    'path': {
        'sys': {'policy': 'deny'},
        'secret/data/*': {'capabilities': ['create', 'read']},
        'secret/metadata/foo': {'policy': 'read'},
    },
}


class Text(VaultTest):
    def test_hcl(self):
        """keeps a policy in HCL byte for byte, and hvac parses it to the same tree"""
        name = self.policy(HCL)
        self.assertEqual(self.root.sys.read_policy(name)['data'], {'name': name, 'rules': HCL})
        self.assertEqual(self.root.get_policy(name, parse=True), TREE)

    def test_json(self):
        """keeps a policy in JSON, and hvac parses it to the same tree"""
        name = self.policy(TREE)
        self.assertEqual(json.loads(self.root.sys.read_policy(name)['data']['rules']), TREE)
        self.assertEqual(self.root.get_policy(name, parse=True), TREE)

    def test_top_level(self):
        """reads a policy's text in data and beside it"""
        name = self.policy(HCL)
        read = self.root.sys.read_policy(name)
        self.assertEqual((read['rules'], read['name']), (HCL, name))

    def test_list(self):
        """lists policies under keys and under policies"""
        name = self.policy(HCL)
        listed = self.root.sys.list_policies()
        for names in (listed['data']['policies'], listed['data']['keys'], listed['policies']):
            self.assertTrue({'root', 'default', name} <= set(names))

    def test_missing(self):
        """finds no policy where there is none"""
        with self.assertRaises(exceptions.InvalidPath):
            self.root.sys.read_policy('nobody')
        self.assertIsNone(self.root.get_policy('nobody'))

    def test_delete(self):
        """deletes a policy, also one that is not there"""
        name = self.policy(HCL)
        self.assertEqual(self.root.sys.delete_policy(name).status_code, 204)
        self.assertIsNone(self.root.get_policy(name))
        self.assertEqual(self.root.sys.delete_policy(name).status_code, 204)

    def test_broken(self):
        """refuses a policy it cannot parse"""
        for text in ('path "x" {', 'path "x" { capabilities = ["fly"] }', 'road "x" {}', '{"path": 7}'):
            with self.assertRaises(exceptions.InvalidRequest):
                self.root.sys.create_or_update_policy(self.fresh('broken'), text)

    def test_empty(self):
        """refuses a policy without text"""
        with self.assertRaises(exceptions.InvalidRequest):
            self.root.sys.create_or_update_policy(self.fresh('empty'), '')

    def test_base64(self):
        """takes a policy in base64 as well"""
        name = self.policy(base64.b64encode(HCL.encode()).decode())
        self.assertEqual(self.root.sys.read_policy(name)['data']['rules'], HCL)

    def test_fixed(self):
        """leaves the vault's own policies alone"""
        for name in ('root', 'response-wrapping'):
            with self.assertRaises(exceptions.InvalidRequest):
                self.root.sys.create_or_update_policy(name, HCL)
        for name in ('root', 'default', 'response-wrapping'):
            with self.assertRaises(exceptions.InvalidRequest):
                self.root.sys.delete_policy(name)

    def test_lower_case(self):
        """keeps names in lower case, and says so"""
        name = self.fresh('Policy')
        self.addCleanup(self.root.sys.delete_policy, name)
        written = self.root.sys.create_or_update_policy(name, HCL)
        self.assertTrue(written['warnings'])
        self.assertIn(name.lower(), self.root.sys.list_policies()['data']['keys'])

    def test_acl(self):
        """serves the same policies under policies/acl"""
        name = self.fresh('policy')
        self.assertEqual(self.raw('put', '/v1/sys/policies/acl/' + name, json={'policy': HCL}).status_code, 204)
        self.assertEqual(self.root.read('sys/policies/acl/' + name)['data'], {'name': name, 'policy': HCL})
        self.assertIn(name, self.raw('list', '/v1/sys/policies/acl').json()['data']['keys'])
        self.assertEqual(self.raw('delete', '/v1/sys/policies/acl/' + name).status_code, 204)


class Judgement(VaultTest):
    def test_at_once(self):
        """lets a change of a policy take effect at once, for tokens already made"""
        name = self.policy('path "secret/data/a" { capabilities = ["read"] }')
        holder = self.holder(name)
        with self.assertRaises(exceptions.InvalidPath):
            holder.secrets.kv.v2.read_secret_version('a')
        self.root.sys.create_or_update_policy(name, 'path "secret/data/b" { capabilities = ["read"] }')
        with self.assertRaises(exceptions.Forbidden):
            holder.secrets.kv.v2.read_secret_version('a')

    def test_hides(self):
        """answers 403, whether or not there is anything, to who has no permission"""
        holder = self.holder('default')
        for path in ('secret/data/nothing', 'no-such-mount/a', 'sys/no-such-path'):
            with self.assertRaises(exceptions.Forbidden):
                holder.adapter.get('/v1/' + path)

    def test_segment(self):
        """lets + stand for one segment"""
        name = self.policy('path "secret/data/+/key" { capabilities = ["create", "read", "update"] }')
        kv = self.holder(name).secrets.kv.v2
        kv.create_or_update_secret('team/key', {'x': 1})
        with self.assertRaises(exceptions.Forbidden):
            kv.create_or_update_secret('team/deep/key', {'x': 1})

    def test_parameters(self):
        """holds a write to its allowed and required parameters"""
        at = self.mount()
        name = self.policy('path "%s/*" {\n capabilities = ["create", "update"]\n'
                           ' allowed_parameters = { "color" = ["red", "b*"]  "size" = [] }\n required_parameters = ["color"]\n}' % at)
        holder = self.holder(name)
        holder.write(at + '/a', color='red')
        holder.write(at + '/a', color='blue', size='7')
        for bad in ({'color': 'green'}, {'size': '7'}, {'color': 'red', 'shape': 'round'}):
            with self.assertRaises(exceptions.Forbidden):
                holder.write(at + '/a', **bad)

    def test_wrapping_demanded(self):
        """demands a wrapped answer within the policy's bounds"""
        name = self.policy('path "secret/data/*" {\n capabilities = ["read"]\n min_wrapping_ttl = "1m"\n max_wrapping_ttl = "1h"\n}')
        self.root.secrets.kv.v2.create_or_update_secret('wrapped', {'x': 1})
        holder = self.holder(name)
        self.assertIn('token', holder.read('secret/data/wrapped', wrap_ttl='5m')['wrap_info'])
        for ttl in (None, '30s', '2h'):
            with self.assertRaises(exceptions.Forbidden):
                holder.read('secret/data/wrapped', wrap_ttl=ttl)


class Capabilities(VaultTest):
    def test_forms(self):
        """tells capabilities of itself, of a token, and of the token behind an accessor"""
        name = self.policy('path "secret/data/*" { capabilities = ["update", "read", "create"] }\npath "secret/no" { capabilities = ["deny"] }')
        holder = self.holder(name)
        accessor = holder.auth.token.lookup_self()['data']['accessor']
        expected = {'secret/data/a': ['read', 'update', 'create'], 'secret/no': ['deny'], 'elsewhere': ['deny']}
        paths = list(expected)
        for answer in (holder.sys.get_capabilities(paths), self.root.sys.get_capabilities(paths, token=holder.token),
                       self.root.sys.get_capabilities(paths, accessor=accessor)):
            self.assertEqual({path: answer['data'][path] for path in paths}, expected)
            self.assertEqual({path: answer[path] for path in paths}, expected)
            self.assertNotIn('capabilities', answer['data'])

    def test_single(self):
        """repeats the answer under capabilities when one path was asked about"""
        answer = self.root.sys.get_capabilities(['secret/data/a'])
        self.assertEqual((answer['capabilities'], answer['data']['secret/data/a']), (['root'], ['root']))

    def test_bad(self):
        """refuses to tell the capabilities of no path, of an unknown token, of an unknown accessor"""
        for ask in (dict(paths=[]), dict(paths=['a'], token='nobody'), dict(paths=['a'], accessor='nobody')):
            with self.assertRaises(exceptions.InvalidRequest):
                self.root.sys.get_capabilities(**ask)


if __name__ == '__main__':
    main()
