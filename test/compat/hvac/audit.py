import json
import os

from hvac import exceptions
from support import VaultTest, main

FOLDER = os.environ.get('TEST_FOLDER', '.')


class Devices(VaultTest):
    def device(self, **options):
        path = self.fresh('audit')
        file = os.path.join(FOLDER, path + '.log')
        self.root.sys.enable_audit_device('file', path=path, options=dict(options, path=file), description='for a test')
        self.addCleanup(self.root.sys.disable_audit_device, path)
        return path, file

    def records(self, file):
        with open(file) as lines:
            return [json.loads(line) for line in lines]

    def test_life(self):
        """enables, lists and disables a device"""
        path = self.fresh('audit')
        options = {'path': os.path.join(FOLDER, path)}
        self.assertEqual(self.root.sys.enable_audit_device('file', path=path, options=options).status_code, 204)
        listed = self.root.sys.list_enabled_audit_devices()
        for devices in (listed['data'], listed):
            self.assertEqual((devices[path + '/']['type'], devices[path + '/']['path']), ('file', path + '/'))
            self.assertEqual(devices[path + '/']['options']['path'], options['path'])
        self.assertEqual(self.root.sys.disable_audit_device(path).status_code, 204)
        self.assertNotIn(path + '/', self.root.sys.list_enabled_audit_devices()['data'])

    def test_hash(self):
        """tells the hash under which a value stands in the log"""
        path, file = self.device()
        self.root.secrets.kv.v2.create_or_update_secret('audited', {'word': 'open sesame'})
        hashed = self.root.sys.calculate_hash(path, 'open sesame')
        self.assertRegex(hashed['data']['hash'], '^hmac-sha256:[0-9a-f]{64}$')
        self.assertEqual(hashed['hash'], hashed['data']['hash'])
        with open(file) as log:
            text = log.read()
        self.assertIn(hashed['data']['hash'], text)
        self.assertNotIn('open sesame', text)
        self.assertNotIn(self.root.token, text)

    def test_records(self):
        """writes down each request and its answer, also the refused ones"""
        _, file = self.device()
        self.root.auth.token.lookup_self()
        with self.assertRaises(exceptions.Forbidden):
            self.holder('default').read('secret/data/audited')
        ours = [r for r in self.records(file) if r['request']['path'] in ('auth/token/lookup-self', 'secret/data/audited')]
        self.assertEqual([r['type'] for r in ours], ['request', 'response', 'request', 'response'])
        self.assertEqual(ours[0]['request']['id'], ours[1]['request']['id'])
        self.assertEqual(ours[0]['request']['operation'], 'read')
        self.assertIn('permission denied', ours[3]['error'])

    def test_raw(self):
        """writes values in clear for a device told to"""
        _, file = self.device(log_raw='true')
        self.root.secrets.kv.v2.create_or_update_secret('audited', {'word': 'in clear'})
        with open(file) as log:
            self.assertIn('in clear', log.read())

    def test_unknown_device(self):
        """refuses to hash for a device that is not there"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'unknown audit backend'):
            self.root.sys.calculate_hash('nothing', 'x')

    def test_in_use(self):
        """refuses a path that is taken, and a type it does not have"""
        path, _ = self.device()
        for kind, at in (('file', path), ('no-such-type', self.fresh('x'))):
            with self.assertRaises(exceptions.InvalidRequest):
                self.root.sys.enable_audit_device(kind, path=at, options={'path': os.path.join(FOLDER, 'x')})

    def test_unwritable(self):
        """refuses a device that cannot write"""
        with self.assertRaises(exceptions.InvalidRequest):
            self.root.sys.enable_audit_device('file', path=self.fresh('x'), options={'path': '/proc/nobody/audit.log'})

    def test_sudo(self):
        """lets only sudo touch audit devices"""
        name = self.policy('path "sys/audit*" { capabilities = ["create", "read", "update", "delete"] }')
        with self.assertRaises(exceptions.Forbidden):
            self.holder(name).sys.list_enabled_audit_devices()


if __name__ == '__main__':
    main()
