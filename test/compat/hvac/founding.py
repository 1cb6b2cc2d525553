import os
import shutil

from hvac import exceptions
from support import VaultTest, main


class Founding(VaultTest):
    """Each of these has a server of its own."""

    def found(self, shares=5, threshold=3):
        made = self.client().sys.initialize(shares, threshold)
        return made['keys'], made['root_token']

    def test_uninitialized(self):
        """says in every way that it is not initialized"""
        sys = self.client().sys
        self.assertFalse(sys.is_initialized())
        status = sys.read_seal_status()
        self.assertEqual((status['type'], status['initialized'], status['sealed']), ('shamir', False, True))
        self.assertEqual((status['t'], status['n'], status['progress']), (0, 0, 0))
        health = sys.read_health_status(method='GET')
        self.assertEqual((health.status_code, health.json()['initialized'], health.json()['sealed']), (501, False, True))
        self.assertEqual(sys.read_health_status().status_code, 501)
        with self.assertRaises(exceptions.VaultDown):
            self.client('x').secrets.kv.v2.read_secret_version('a')
        with self.assertRaises(exceptions.InvalidRequest):
            sys.submit_unseal_key('00' * 33)

    def test_initialize(self):
        """hands out shares in hex and base64, and a root token, and is sealed"""
        made = self.client().sys.initialize(5, 3)
        self.assertEqual((len(made['keys']), len(made['keys_base64'])), (5, 5))
        for key in made['keys']:
            self.assertRegex(key, '^[0-9a-f]{66}$')
        self.assertRegex(made['root_token'], r'^hvs\.[A-Za-z0-9]{24}$')
        self.assertNotIn('request_id', made)
        self.assertTrue(self.client().sys.is_sealed())
        health = self.client().sys.read_health_status(method='GET')
        self.assertEqual((health.status_code, health.json()['sealed'], health.json()['replication_dr_mode']), (503, True, 'unknown'))

    def test_bad_counts(self):
        """refuses to be split in a way that cannot be put together"""
        for shares, threshold in ((0, 0), (1, 2), (3, 1), (256, 2), (-1, -1), (2, 0)):
            with self.assertRaises(exceptions.InvalidRequest):
                self.client().sys.initialize(shares, threshold)
        self.assertFalse(self.client().sys.is_initialized())

    def test_recovery(self):
        """refuses recovery shares, which a Shamir seal has no use for"""
        with self.assertRaises(exceptions.InvalidRequest):
            self.client().sys.initialize(1, 1, recovery_shares=1, recovery_threshold=1)
        self.assertFalse(self.client().sys.is_initialized())

    def test_unseal(self):
        """is unsealed by any three of five shares, counting them"""
        keys, root = self.found()
        sys = self.client().sys
        first = sys.submit_unseal_key(keys[4])
        self.assertEqual((first['sealed'], first['progress'], first['t'], first['n']), (True, 1, 3, 5))
        self.assertTrue(first['nonce'])
        self.assertEqual(sys.submit_unseal_key(keys[1])['progress'], 2)
        last = sys.submit_unseal_key(keys[3])
        self.assertEqual((last['sealed'], last['progress']), (False, 0))
        self.assertTrue(self.client(root).is_authenticated())

    def test_unseal_many(self):
        """is unsealed by all shares at once, given in base64"""
        made = self.client().sys.initialize(5, 3)
        self.assertFalse(self.client().sys.submit_unseal_keys(made['keys_base64'])['sealed'])

    def test_duplicate(self):
        """does not count a share twice"""
        keys, _ = self.found()
        sys = self.client().sys
        for _ in range(3):
            self.assertEqual(sys.submit_unseal_key(keys[0])['progress'], 1)

    def test_wrong(self):
        """begins anew after shares that do not fit"""
        keys, _ = self.found()
        sys = self.client().sys
        sys.submit_unseal_key(keys[0])
        sys.submit_unseal_key(keys[1])
        wrong = ('f' if keys[2][0] == '0' else '0') + keys[2][1:]
        with self.assertRaises(exceptions.InvalidRequest):
            sys.submit_unseal_key(wrong)
        self.assertEqual(sys.read_seal_status()['progress'], 0)
        self.assertFalse(sys.submit_unseal_keys(keys[:3])['sealed'])

    def test_malformed(self):
        """refuses what is no share, and none"""
        keys, _ = self.found()
        sys = self.client().sys
        sys.submit_unseal_key(keys[0])
        for bad in ('not a share', '00', 'ff' * 40, ''):
            with self.assertRaises(exceptions.InvalidRequest):
                sys.submit_unseal_key(bad)
        with self.assertRaises(exceptions.InvalidRequest):
            sys.submit_unseal_key()
        self.assertEqual(sys.read_seal_status()['progress'], 1)

    def test_reset(self):
        """forgets the shares given so far when told to"""
        keys, _ = self.found()
        sys = self.client().sys
        sys.submit_unseal_key(keys[0])
        self.assertEqual(sys.submit_unseal_key(reset=True)['progress'], 0)
        sys.submit_unseal_key(keys[1])
        self.assertEqual(sys.submit_unseal_key(keys[2])['progress'], 2)

    def test_single(self):
        """is unsealed by one share of one"""
        keys, _ = self.found(1, 1)
        self.assertRegex(keys[0], '^[0-9a-f]{64}$')
        self.assertFalse(self.client().sys.submit_unseal_key(keys[0])['sealed'])

    def test_again(self):
        """is not initialized twice"""
        self.found(1, 1)
        with self.assertRaises(exceptions.InvalidRequest) as raised:
            self.client().sys.initialize(1, 1)
        self.assertEqual(raised.exception.errors, ['Vault is already initialized'])

    def test_seal(self):
        """is down when sealed, and keeps what it had"""
        keys, root = self.found(1, 1)
        client = self.client(root)
        client.sys.submit_unseal_key(keys[0])
        client.sys.enable_secrets_engine('kv')
        client.write('kv/a', x='1')
        self.assertEqual(client.sys.seal().status_code, 204)
        self.assertTrue(client.sys.is_sealed())
        self.assertEqual(client.sys.seal().status_code, 204)
        for ask in (lambda: client.read('kv/a'), client.auth.token.lookup_self, client.sys.list_mounted_secrets_engines):
            with self.assertRaisesRegex(exceptions.VaultDown, 'Vault is sealed'):
                ask()
        self.assertEqual(client.sys.read_leader_status()['is_self'], False)
        client.sys.submit_unseal_key(keys[0])
        self.assertEqual(client.read('kv/a')['data'], {'x': '1'})

    def test_unaudited(self):
        """InternalServerError: nothing is answered that no audit device could write down"""
        keys, root = self.found(1, 1)
        client = self.client(root)
        client.sys.submit_unseal_key(keys[0])
        folder = os.path.join(os.environ['TEST_FOLDER'], 'audit')
        os.mkdir(folder)
        client.sys.enable_audit_device('file', options={'path': os.path.join(folder, 'log')})
        client.write('cubbyhole/a', x='1')
        shutil.rmtree(folder)
        with self.assertRaisesRegex(exceptions.InternalServerError, 'internal error'):
            client.read('cubbyhole/a')
        self.assertFalse(client.sys.is_sealed())
        os.mkdir(folder)
        self.assertEqual(client.read('cubbyhole/a')['data'], {'x': '1'})


if __name__ == '__main__':
    main()
