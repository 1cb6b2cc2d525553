import time

from hvac import exceptions
from support import VaultTest, main


class Secrets(VaultTest):
    def test_list(self):
        """lists the mounts of a fresh vault, in data and beside it"""
        listed = self.root.sys.list_mounted_secrets_engines()
        for mounts in (listed['data'], listed):
            self.assertEqual(mounts['sys/']['type'], 'system')
            self.assertEqual(mounts['cubbyhole/']['type'], 'cubbyhole')
            self.assertEqual(mounts['secret/']['options'], {'version': '2'})

    def test_entry(self):
        """describes a mount with everything a client may ask for"""
        at = self.mount(description='a sentence', config={'default_lease_ttl': '1h', 'max_lease_ttl': '2h'}, local=True)
        entry = self.root.sys.list_mounted_secrets_engines()['data'][at + '/']
        self.assertEqual((entry['type'], entry['description'], entry['local'], entry['seal_wrap']), ('kv', 'a sentence', True, False))
        self.assertEqual(entry['config']['default_lease_ttl'], 3600)
        self.assertEqual(entry['config']['max_lease_ttl'], 7200)
        self.assertIs(entry['config']['force_no_cache'], False)
        self.assertRegex(entry['accessor'], r'^kv_[0-9a-f]{8}$')
        self.assertRegex(entry['uuid'], r'^[0-9a-f-]{36}$')
        self.assertEqual((entry['external_entropy_access'], entry['deprecation_status']), (False, 'supported'))

    def test_options_as_given(self):
        """shows a mount's options as they were given, and an empty object where none were"""
        listed = lambda at: self.root.sys.list_mounted_secrets_engines()['data'][at + '/']['options']
        self.assertEqual(listed(self.mount()), {})
        self.assertEqual(listed(self.mount(options={'version': '1'})), {'version': '1'})
        self.assertEqual(listed(self.mount('kv-v2')), {'version': '2'})
        self.assertIsNone(self.root.sys.retrieve_mount_option(self.mount(), 'version'))

    def test_read_one(self):
        """reads one mount, and refuses one that is not there"""
        at = self.mount()
        self.assertEqual(self.root.read('sys/mounts/' + at)['data']['type'], 'kv')
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'No secret engine mount at'):
            self.root.read('sys/mounts/nothing')

    def test_in_use(self):
        """refuses a path that is taken, and one above or below it"""
        at = self.mount()
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'path is already in use at {}/'.format(at)):
            self.root.sys.enable_secrets_engine('kv', path=at)
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'existing mount at {}/'.format(at)):
            self.root.sys.enable_secrets_engine('kv', path=at + '/below')

    def test_unknown_type(self):
        """refuses an engine it does not have"""
        with self.assertRaises(exceptions.InvalidRequest):
            self.root.sys.enable_secrets_engine('no-such-engine')

    def test_disable(self):
        """disables a mount and forgets what it kept, also one that is not there"""
        at = self.fresh('mount')
        self.root.sys.enable_secrets_engine('kv', path=at)
        self.root.write(at + '/a', x=1)
        self.assertEqual(self.root.sys.disable_secrets_engine(at).status_code, 204)
        self.assertNotIn(at + '/', self.root.sys.list_mounted_secrets_engines()['data'])
        self.root.sys.enable_secrets_engine('kv', path=at)
        self.assertIsNone(self.root.read(at + '/a'))
        self.root.sys.disable_secrets_engine(at)
        self.assertEqual(self.root.sys.disable_secrets_engine(at).status_code, 204)

    def test_fixed(self):
        """keeps the mounts the house stands on"""
        for at in ('sys', 'cubbyhole'):
            with self.assertRaises(exceptions.InvalidRequest):
                self.root.sys.disable_secrets_engine(at)

    def test_tune(self):
        """tunes a mount, in durations of every form"""
        at = self.mount()
        before = self.root.sys.read_mount_configuration(at)['data']
        self.assertEqual((before['default_lease_ttl'], before['max_lease_ttl'], before['force_no_cache']), (2764800, 2764800, False))
        self.assertEqual(self.root.sys.tune_mount_configuration(at, default_lease_ttl='3600s', max_lease_ttl=8600,
                                                                description='changed').status_code, 204)
        after = self.root.sys.read_mount_configuration(at)
        self.assertEqual((after['data']['default_lease_ttl'], after['data']['max_lease_ttl']), (3600, 8600))
        self.assertEqual((after['default_lease_ttl'], after['data']['description']), (3600, 'changed'))
        self.root.sys.tune_mount_configuration(at, default_lease_ttl='system', max_lease_ttl=-1)
        self.assertEqual(self.root.sys.read_mount_configuration(at)['data']['default_lease_ttl'], 2764800)

    def test_tune_lists(self):
        """tunes what is audited, shown and passed through"""
        at = self.mount()
        self.root.sys.tune_mount_configuration(at, audit_non_hmac_request_keys=['a', 'b'], listing_visibility='unauth',
                                               passthrough_request_headers=['X-A'])
        data = self.root.sys.read_mount_configuration(at)['data']
        self.assertEqual((data['audit_non_hmac_request_keys'], data['listing_visibility']), (['a', 'b'], 'unauth'))
        self.assertEqual(data['passthrough_request_headers'], ['X-A'])

    def test_ttl_order(self):
        """refuses a default TTL above the maximum, the mount's or the system's"""
        at = self.mount()
        with self.assertRaises(exceptions.InvalidRequest):
            self.root.sys.tune_mount_configuration(at, default_lease_ttl='2h', max_lease_ttl='1h')
        with self.assertRaises(exceptions.InvalidRequest):
            self.root.sys.tune_mount_configuration(at, default_lease_ttl='9000h')

    def test_default_within_max(self):
        """shows the default TTL as it is set, also where the maximum is shorter"""
        at = self.mount(config={'max_lease_ttl': '1h'})
        data = self.root.sys.read_mount_configuration(at)['data']
        self.assertEqual((data['default_lease_ttl'], data['max_lease_ttl']), (2764800, 3600))

    def test_tune_missing(self):
        """refuses to tune what is not mounted"""
        with self.assertRaises(exceptions.InvalidRequest):
            self.root.sys.tune_mount_configuration('nothing', description='x')

    def test_move(self):
        """moves a mount with what it keeps before it answers"""
        at, to = self.fresh('mount'), self.fresh('moved')
        self.root.sys.enable_secrets_engine('kv', path=at)
        self.addCleanup(self.root.sys.disable_secrets_engine, to)
        self.root.write(at + '/a', x=1)
        moved = self.root.sys.move_backend(at, to)
        listed = self.root.sys.list_mounted_secrets_engines()['data']
        self.assertIn(to + '/', listed)
        self.assertNotIn(at + '/', listed)
        self.assertEqual(self.root.read(to + '/a')['data'], {'x': 1})
        status = self.root.read('sys/remount/status/' + moved['data']['migration_id'])['data']
        self.assertEqual((status['migration_info']['status'], status['migration_id']), ('success', moved['data']['migration_id']))

    def test_move_refused(self):
        """moves nothing onto another mount, and nothing that is not there"""
        at, to = self.mount(), self.mount()
        for source, target in ((at, to), ('nothing', self.fresh('x')), ('sys', self.fresh('x'))):
            with self.assertRaises(exceptions.InvalidRequest):
                self.root.sys.move_backend(source, target)

    def test_preflight(self):
        """tells a client before it asks which version a mount has"""
        at = self.mount('kv-v2')
        data = self.root.read('sys/internal/ui/mounts/{}/a/b'.format(at))['data']
        self.assertEqual((data['path'], data['type'], data['options']), (at + '/', 'kv', {'version': '2'}))
        with self.assertRaisesRegex(exceptions.Forbidden, 'preflight capability check returned 403'):
            self.holder('default').read('sys/internal/ui/mounts/{}/a'.format(at))

    def test_visible(self):
        """shows who has no token only the mounts tuned to be seen"""
        at, hidden = self.mount(), self.mount()
        self.root.sys.tune_mount_configuration(at, listing_visibility='unauth')
        shown = self.raw('get', '/v1/sys/internal/ui/mounts', token=None).json()['data']
        self.assertIn(at + '/', shown['secret'])
        self.assertNotIn(hidden + '/', shown['secret'])


class Auth(VaultTest):
    def method(self, **kwargs):
        path = self.fresh('auth')
        self.root.sys.enable_auth_method('telegram', path=path, **kwargs)
        self.addCleanup(self.root.sys.disable_auth_method, path)
        return path

    def test_list(self):
        """lists the auth methods of a fresh vault, in data and beside it"""
        listed = self.root.sys.list_auth_methods()
        for methods in (listed['data'], listed):
            self.assertEqual(methods['token/']['type'], 'token')
            self.assertEqual(methods['token/']['config']['token_type'], 'default-service')

    def test_enable(self):
        """enables and disables an auth method"""
        path = self.fresh('auth')
        self.assertEqual(self.root.sys.enable_auth_method('telegram', path=path, description='people').status_code, 204)
        entry = self.root.sys.list_auth_methods()['data'][path + '/']
        self.assertEqual((entry['type'], entry['description']), ('telegram', 'people'))
        self.assertRegex(entry['accessor'], r'^auth_telegram_[0-9a-f]{8}$')
        self.assertEqual(self.root.sys.disable_auth_method(path).status_code, 204)
        self.assertNotIn(path + '/', self.root.sys.list_auth_methods()['data'])

    def test_in_use(self):
        """refuses a path that is taken"""
        path = self.method()
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'path is already in use at {}/'.format(path)):
            self.root.sys.enable_auth_method('telegram', path=path)

    def test_unknown_type(self):
        """refuses a method it does not have"""
        with self.assertRaises(exceptions.InvalidRequest):
            self.root.sys.enable_auth_method('no-such-method')

    def test_tune(self):
        """tunes an auth method"""
        path = self.method()
        self.assertEqual(self.root.sys.tune_auth_method(path, default_lease_ttl='1h', description='changed').status_code, 204)
        data = self.root.sys.read_auth_method_tuning(path)['data']
        self.assertEqual((data['default_lease_ttl'], data['description'], data['token_type']), (3600, 'changed', 'default-service'))

    def enter(self, path):
        """Logs person 7 in at a method, as its userbot would, and goes on as that person."""
        voucher = self.policy('path "auth/{}/login" {{ capabilities = ["update"] }}'.format(path))
        self.root.write('auth/{}/config'.format(path), voucher_policies=[voucher])
        self.root.write('auth/{}/role/people'.format(path), user_ids=[7], token_policies=['friends'], token_ttl='10m')
        bot = self.holder(voucher)
        message = {'user_id': 7, 'chat_id': 7, 'message_id': 1, 'sent_at': int(time.time())}
        answer = bot.login('/v1/auth/{}/login'.format(path), json=message)
        return bot, answer

    def test_login(self):
        """logs somebody in, and goes on with the token of the answer"""
        path = self.method()
        person, answer = self.enter(path)
        self.assertIsNone(answer['data'])
        self.assertEqual((answer['auth']['policies'], answer['auth']['lease_duration']), (['default', 'friends'], 600))
        data = person.auth.token.lookup_self()['data']
        self.assertEqual((data['path'], data['orphan'], data['display_name']), ('auth/{}/login'.format(path), True, 'telegram-7'))
        self.assertEqual(data['meta']['telegram_user_id'], '7')

    def test_disable_revokes(self):
        """revokes the tokens a method has let in when it is disabled"""
        path = self.fresh('auth')
        self.root.sys.enable_auth_method('telegram', path=path)
        person, _ = self.enter(path)
        self.assertTrue(person.is_authenticated())
        self.root.sys.disable_auth_method(path)
        self.assertFalse(person.is_authenticated())

    def test_sudo(self):
        """lets only sudo change how people log in"""
        name = self.policy('path "sys/auth/*" { capabilities = ["create", "read", "update", "delete"] }')
        with self.assertRaises(exceptions.Forbidden):
            self.holder(name).sys.enable_auth_method('telegram', path=self.fresh('auth'))

    def test_move(self):
        """moves an auth method"""
        path, to = self.fresh('auth'), self.fresh('moved')
        self.root.sys.enable_auth_method('telegram', path=path)
        self.addCleanup(self.root.sys.disable_auth_method, to)
        self.root.sys.move_backend('auth/' + path, 'auth/' + to)
        self.assertIn(to + '/', self.root.sys.list_auth_methods()['data'])


if __name__ == '__main__':
    main()
