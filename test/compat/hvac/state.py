from hvac import exceptions
from support import ADDRESS, VaultTest, main


class State(VaultTest):
    def test_health(self):
        """is healthy"""
        health = self.client().sys.read_health_status(method='GET')
        self.assertEqual((health['initialized'], health['sealed'], health['standby'], health['performance_standby']), (True, False, False, False))
        self.assertEqual((health['replication_dr_mode'], health['replication_performance_mode']), ('disabled', 'disabled'))
        self.assertIsInstance(health['server_time_utc'], int)
        self.assertRegex(health['version'], r'^\d+\.\d+\.\d+$')
        self.assertIn('cluster_id', health)

    def test_health_head(self):
        """answers a health check by HEAD without a body"""
        answer = self.client().sys.read_health_status()
        self.assertEqual((answer.status_code, answer.content), (200, b''))

    def test_health_code(self):
        """is healthy with a status of one's choice, if it is a number"""
        answer = self.client().sys.read_health_status(method='GET', active_code=299)
        self.assertEqual((answer.status_code, answer.json()['sealed']), (299, False))
        self.assertEqual(self.client().sys.read_health_status(method='GET', active_code='green').status_code, 400)

    def test_leader(self):
        """leads itself"""
        leader = self.client().sys.read_leader_status()
        self.assertEqual((leader['is_self'], leader['leader_address']), (True, ADDRESS))
        self.assertEqual((leader['leader_cluster_address'], leader['performance_standby']), ('', False))

    def test_ha_status(self):
        """names one node, and it is active"""
        nodes = self.root.read('sys/ha-status')['data']['nodes']
        self.assertEqual([(node['active_node'], node['api_address']) for node in nodes], [(True, ADDRESS)])

    def test_step_down(self):
        """steps down without going away, for who has sudo"""
        self.assertEqual(self.root.sys.step_down().status_code, 204)
        self.assertFalse(self.root.sys.is_sealed())
        name = self.policy('path "sys/step-down" { capabilities = ["update"] }')
        with self.assertRaises(exceptions.Forbidden):
            self.holder(name).sys.step_down()

    def test_seal_status(self):
        """is unsealed, and says by what and for whom"""
        status = self.client().sys.read_seal_status()
        self.assertEqual((status['type'], status['initialized'], status['sealed']), ('shamir', True, False))
        self.assertEqual((status['t'], status['n'], status['progress'], status['nonce']), (1, 1, 0, ''))
        self.assertEqual((status['migration'], status['recovery_seal'], status['storage_type']), (False, False, 'inmem'))
        self.assertRegex(status['version'], r'^\d+\.\d+\.\d+$')
        self.assertEqual(status['cluster_id'], self.client().sys.read_health_status(method='GET')['cluster_id'])
        self.assertFalse(self.client().sys.is_sealed())

    def test_initialized(self):
        """is initialized, and cannot be again"""
        self.assertTrue(self.client().sys.is_initialized())
        with self.assertRaises(exceptions.InvalidRequest) as raised:
            self.client().sys.initialize()
        self.assertEqual(raised.exception.errors, ['Vault is already initialized'])

    def test_rotate(self):
        """rotates the barrier's key, and secrets stay readable"""
        self.root.secrets.kv.v2.create_or_update_secret('before', {'x': 1})
        before = self.root.sys.get_encryption_key_status()['data']['term']
        self.assertEqual(self.root.sys.rotate_encryption_key().status_code, 204)
        status = self.root.sys.get_encryption_key_status()
        self.assertEqual((status['data']['term'], status['term']), (before + 1, before + 1))
        self.assertIn('install_time', status['data'])
        self.assertIn('encryptions', status['data'])
        self.assertEqual(self.root.key_status['term'], before + 1)
        self.assertEqual(self.root.secrets.kv.v2.read_secret_version('before')['data']['data'], {'x': 1})

    def test_reset_unsealed(self):
        """has no shares to forget while it is unsealed"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'vault is unsealed'):
            self.client().sys.submit_unseal_key(reset=True)

    def test_unseal_unsealed(self):
        """takes a share while it is unsealed, and changes nothing"""
        self.assertFalse(self.client().sys.submit_unseal_key('00' * 33)['sealed'])

    def test_seal_needs_sudo(self):
        """is sealed only by who has sudo"""
        name = self.policy('path "sys/seal" { capabilities = ["update"] }')
        with self.assertRaises(exceptions.Forbidden):
            self.holder(name).sys.seal()
        self.assertFalse(self.root.sys.is_sealed())

    def test_help(self):
        """tells what a path is for"""
        answer = self.raw('get', '/v1/auth/token/create', params={'help': 1}).json()
        self.assertIn('help', answer)


if __name__ == '__main__':
    main()
