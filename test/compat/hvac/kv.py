from hvac import exceptions
from support import VaultTest, main

MERGE = {'Content-Type': 'application/merge-patch+json'}


class Version1(VaultTest):
    def setUp(self):
        super().setUp()
        self.at = self.mount(options={'version': '1'})
        self.kv = self.root.secrets.kv.v1

    def test_round_trip(self):
        """kv 1: reads back what was written, with a time to keep it and no lease"""
        written = {'user': 'ada', 'deep': {'list': [1, 'two', None, True]}}
        self.assertEqual(self.kv.create_or_update_secret('a/b', written, mount_point=self.at).status_code, 204)
        read = self.kv.read_secret('a/b', mount_point=self.at)
        self.assertEqual(read['data'], written)
        self.assertEqual((read['lease_duration'], read['lease_id'], read['renewable']), (2764800, '', False))
        self.assertEqual((read['auth'], read['wrap_info'], read['warnings']), (None, None, None))

    def test_replaces(self):
        """kv 1: replaces all of a secret"""
        self.kv.create_or_update_secret('a', {'x': 1, 'y': 2}, mount_point=self.at)
        self.kv.create_or_update_secret('a', {'z': 3}, mount_point=self.at)
        self.assertEqual(self.kv.read_secret('a', mount_point=self.at)['data'], {'z': 3})

    def test_ttl(self):
        """kv 1: says how long to keep a secret that says so itself"""
        self.kv.create_or_update_secret('a', {'ttl': '30m', 'x': 1}, mount_point=self.at)
        read = self.kv.read_secret('a', mount_point=self.at)
        self.assertEqual((read['lease_duration'], read['data']['ttl']), (1800, '30m'))

    def test_missing(self):
        """kv 1: finds nothing where nothing is"""
        with self.assertRaises(exceptions.InvalidPath):
            self.kv.read_secret('nothing', mount_point=self.at)
        self.assertIsNone(self.root.read(self.at + '/nothing'))

    def test_empty(self):
        """kv 1: refuses a secret without fields"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'missing data fields'):
            self.kv.create_or_update_secret('a', {}, method='POST', mount_point=self.at)

    def test_list(self):
        """kv 1: lists names, by the verb LIST and by ?list=true"""
        for path in ('a', 'b/c', 'b/d'):
            self.kv.create_or_update_secret(path, {'x': 1}, mount_point=self.at)
        self.assertEqual(self.kv.list_secrets('', mount_point=self.at)['data'], {'keys': ['a', 'b/']})
        self.assertEqual(self.kv.list_secrets('b', mount_point=self.at)['data'], {'keys': ['c', 'd']})
        self.assertEqual(self.root.list(self.at + '/b')['data'], {'keys': ['c', 'd']})
        with self.assertRaises(exceptions.InvalidPath):
            self.kv.list_secrets('nothing', mount_point=self.at)

    def test_delete(self):
        """kv 1: deletes, also what is not there"""
        self.kv.create_or_update_secret('a', {'x': 1}, mount_point=self.at)
        self.assertEqual(self.kv.delete_secret('a', mount_point=self.at).status_code, 204)
        self.assertEqual(self.kv.delete_secret('a', mount_point=self.at).status_code, 204)
        with self.assertRaises(exceptions.InvalidPath):
            self.kv.read_secret('a', mount_point=self.at)

    def test_numbers(self):
        """kv 1: gives large and odd numbers back digit by digit"""
        text = '{"big":12345678901234567890,"small":1.0,"tiny":1e-30}'
        self.raw('post', '/v1/{}/n'.format(self.at), data=text)
        self.assertIn('"data":' + text, self.raw('get', '/v1/{}/n'.format(self.at)).text)

    def test_wrapped(self):
        """kv 1: reads into a wrapping token"""
        self.kv.create_or_update_secret('a', {'x': 1}, mount_point=self.at)
        wrapped = self.root.read(self.at + '/a', wrap_ttl='5m')
        self.assertEqual(wrapped['wrap_info']['creation_path'], self.at + '/a')
        self.assertEqual(self.root.sys.unwrap(wrapped['wrap_info']['token'])['data'], {'x': 1})

    def test_legacy_calls(self):
        """kv 1: serves write, read and delete by path"""
        self.root.write(self.at + '/old', x='y')
        self.assertEqual(self.root.read(self.at + '/old')['data'], {'x': 'y'})
        self.root.delete(self.at + '/old')
        self.assertIsNone(self.root.read(self.at + '/old'))


class Version2(VaultTest):
    def setUp(self):
        super().setUp()
        self.at = self.mount(options={'version': '2'})
        self.kv = self.root.secrets.kv.v2

    def write(self, path='s', cas=None, **fields):
        return self.kv.create_or_update_secret(path, fields, cas=cas, mount_point=self.at)['data']

    def read(self, path='s', version=None):
        return self.kv.read_secret_version(path, version=version, mount_point=self.at)['data']

    def metadata(self, path='s'):
        return self.kv.read_secret_metadata(path, mount_point=self.at)['data']

    def gone(self, version=None):
        """The 404 of a version that is no more, as hvac passes it to its caller."""
        answer = self.raw('get', '/v1/{}/data/s'.format(self.at), params={'version': version or 0})
        self.assertEqual((answer.status_code, answer.headers['Content-Type']), (404, 'application/json'))
        self.assertNotIn('errors', answer.json())
        self.assertIsNone(answer.json()['data']['data'])
        with self.assertRaises(exceptions.InvalidPath):
            self.read(version=version)
        return answer.json()['data']['metadata']

    def test_settings(self):
        """kv 2: keeps the mount's settings"""
        fresh = self.kv.read_configuration(mount_point=self.at)['data']
        self.assertEqual((fresh['max_versions'], fresh['cas_required'], fresh['delete_version_after']), (0, False, '0s'))
        answer = self.kv.configure(max_versions=5, cas_required=True, delete_version_after='30m', mount_point=self.at)
        self.assertEqual(answer.status_code, 204)
        changed = self.kv.read_configuration(mount_point=self.at)['data']
        self.assertEqual((changed['max_versions'], changed['cas_required'], changed['delete_version_after']), (5, True, '30m0s'))

    def test_versions(self):
        """kv 2: keeps every version"""
        first, second = self.write(x=1), self.write(x=2)
        self.assertEqual((first['version'], second['version']), (1, 2))
        self.assertEqual((first['deletion_time'], first['destroyed'], first['custom_metadata']), ('', False, None))
        self.assertEqual(self.read()['data'], {'x': 2})
        old = self.read(version=1)
        self.assertEqual((old['data'], old['metadata']['version']), ({'x': 1}, 1))
        self.assertEqual(old['metadata']['created_time'], first['created_time'])

    def test_missing(self):
        """kv 2: finds neither a secret nor a version that was never written"""
        with self.assertRaises(exceptions.InvalidPath):
            self.read('nothing')
        self.write(x=1)
        with self.assertRaises(exceptions.InvalidPath):
            self.read(version=9)
        self.assertEqual(self.raw('get', '/v1/{}/data/nothing'.format(self.at)).json(), {'errors': []})

    def test_cas(self):
        """kv 2: writes only over the version it was told to"""
        self.write(cas=0, x=1)
        self.write(cas=1, x=2)
        for late in (0, 1, 3):
            with self.assertRaisesRegex(exceptions.InvalidRequest, 'check-and-set parameter did not match the current version'):
                self.write(cas=late, x=3)
        self.assertEqual(self.read()['data'], {'x': 2})

    def test_cas_after_delete(self):
        """kv 2: counts a deleted version as the current one"""
        self.write(x=1)
        self.kv.delete_latest_version_of_secret('s', mount_point=self.at)
        with self.assertRaises(exceptions.InvalidRequest):
            self.write(cas=0, x=2)
        self.assertEqual(self.write(cas=1, x=2)['version'], 2)

    def test_cas_required(self):
        """kv 2: demands check-and-set where it was told to, for a mount and for a secret"""
        self.write(x=1)
        self.kv.update_metadata('s', cas_required=True, mount_point=self.at)
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'check-and-set parameter required for this call'):
            self.write(x=2)
        self.kv.configure(cas_required=True, mount_point=self.at)
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'check-and-set parameter required for this call'):
            self.write('other', x=2)
        self.assertEqual(self.write('other', cas=0, x=2)['version'], 1)

    def test_no_data(self):
        """kv 2: refuses a write without data"""
        answer = self.raw('post', '/v1/{}/data/s'.format(self.at), json={})
        self.assertEqual((answer.status_code, answer.json()), (400, {'errors': ['no data provided']}))

    def test_delete_latest(self):
        """kv 2: deletes the latest version softly, and again without complaint"""
        self.write(x=1)
        self.write(x=2)
        for _ in range(2):
            self.assertEqual(self.kv.delete_latest_version_of_secret('s', mount_point=self.at).status_code, 204)
        metadata = self.gone()
        self.assertEqual((metadata['version'], metadata['destroyed']), (2, False))
        self.assertTrue(metadata['deletion_time'])
        self.assertEqual(self.read(version=1)['data'], {'x': 1})
        self.assertEqual(self.kv.delete_latest_version_of_secret('nothing', mount_point=self.at).status_code, 204)

    def test_undelete(self):
        """kv 2: brings deleted versions back"""
        self.write(x=1)
        self.write(x=2)
        self.kv.delete_secret_versions('s', [1, 2], mount_point=self.at)
        self.gone(version=1)
        self.assertEqual(self.kv.undelete_secret_versions('s', [1], mount_point=self.at).status_code, 204)
        self.assertEqual(self.read(version=1)['data'], {'x': 1})
        self.gone(version=2)

    def test_destroy(self):
        """kv 2: destroys versions for good"""
        self.write(x=1)
        self.assertEqual(self.kv.destroy_secret_versions('s', [1, 7], mount_point=self.at).status_code, 204)
        self.kv.undelete_secret_versions('s', [1], mount_point=self.at)
        self.assertTrue(self.gone(version=1)['destroyed'])

    def test_no_versions(self):
        """kv 2: refuses to delete, undelete or destroy no version in particular"""
        for verb, sentence in (('delete', 'No version number provided'), ('undelete', 'No version number provided'),
                               ('destroy', 'no version number provided')):
            answer = self.raw('post', '/v1/{}/{}/s'.format(self.at, verb), json={'versions': []})
            self.assertEqual((answer.status_code, answer.json()['errors']), (400, [sentence]))

    def test_patch_by_client(self):
        """kv 2: patches by hvac's own reading, merging and writing"""
        self.write(x=1, y=1)
        self.assertEqual(self.kv.patch('s', {'y': 2}, mount_point=self.at)['data']['version'], 2)
        self.assertEqual(self.read()['data'], {'x': 1, 'y': 2})
        with self.assertRaisesRegex(exceptions.InvalidPath, 'patch only works on existing data'):
            self.kv.patch('nothing', {'y': 2}, mount_point=self.at)

    def test_patch(self):
        """kv 2: merges a patch in the server, null removing a field"""
        self.write(x=1, y={'a': 1, 'b': 2})
        path = '/v1/{}/data/s'.format(self.at)
        answer = self.raw('patch', path, headers=MERGE, json={'data': {'x': None, 'y': {'a': 3}}, 'options': {'cas': 1}})
        self.assertEqual((answer.status_code, answer.json()['data']['version']), (200, 2))
        self.assertEqual(self.read()['data'], {'y': {'a': 3, 'b': 2}})

    def test_patch_refusals(self):
        """kv 2: refuses a patch of the wrong kind, of nothing, of what is deleted, over the wrong version"""
        path = '/v1/{}/data/s'.format(self.at)
        patch = {'data': {'x': 2}}
        self.assertEqual(self.raw('patch', path, json=patch).status_code, 415)
        missing = self.raw('patch', path, headers=dict(MERGE), json=patch)
        self.assertEqual((missing.status_code, missing.text.strip()), (404, ''))
        self.write(x=1)
        self.assertEqual(self.raw('patch', path, headers=dict(MERGE), json={}).status_code, 400)
        late = self.raw('patch', path, headers=dict(MERGE), json={'data': {'x': 2}, 'options': {'cas': 9}})
        self.assertEqual(late.status_code, 400)
        self.assertIn('check-and-set parameter did not match', late.json()['errors'][0])
        self.kv.delete_latest_version_of_secret('s', mount_point=self.at)
        gone = self.raw('patch', path, headers=dict(MERGE), json=patch)
        self.assertEqual((gone.status_code, gone.json()['data']['version']), (404, 1))
        self.assertTrue(gone.json()['data']['deletion_time'])

    def test_metadata(self):
        """kv 2: tells a secret's history"""
        self.write(x=1)
        self.write(x=2)
        data = self.metadata()
        self.assertEqual(sorted(data['versions']), ['1', '2'])
        self.assertEqual((data['current_version'], data['oldest_version'], data['max_versions']), (2, 0, 0))
        self.assertEqual((data['cas_required'], data['delete_version_after'], data['custom_metadata']), (False, '0s', None))
        self.assertEqual(sorted(data['versions']['1']), ['created_time', 'deletion_time', 'destroyed'])
        self.assertEqual(data['versions']['1']['created_time'], data['created_time'])
        self.assertEqual(data['versions']['2']['created_time'], data['updated_time'])

    def test_metadata_first(self):
        """kv 2: keeps settings for a secret that has no version yet"""
        answer = self.kv.update_metadata('new', max_versions=3, delete_version_after='1h', mount_point=self.at)
        self.assertEqual(answer.status_code, 204)
        data = self.metadata('new')
        self.assertEqual((data['versions'], data['current_version'], data['max_versions']), ({}, 0, 3))
        self.assertEqual(data['delete_version_after'], '1h0m0s')
        self.assertEqual(self.write('new', cas=0, x=1)['version'], 1)

    def test_custom_metadata(self):
        """kv 2: keeps custom metadata beside a secret and shows it with each version"""
        path = '/v1/{}/metadata/s'.format(self.at)
        self.write(x=1)
        self.assertEqual(self.raw('post', path, json={'custom_metadata': {'owner': 'ada', 'tier': '1'}}).status_code, 204)
        patch = {'custom_metadata': {'tier': None, 'zone': 'b'}}
        self.assertEqual(self.raw('patch', path, headers=dict(MERGE), json=patch).status_code, 204)
        self.assertEqual(self.metadata()['custom_metadata'], {'owner': 'ada', 'zone': 'b'})
        self.assertEqual(self.read()['metadata']['custom_metadata'], {'owner': 'ada', 'zone': 'b'})

    def test_custom_metadata_limits(self):
        """kv 2: refuses custom metadata past its limits"""
        path = '/v1/{}/metadata/s'.format(self.at)
        for bad in ({'k' * 129: 'v'}, {'k': 'v' * 513}, {'k': 'a\nb'}, {str(i): 'v' for i in range(65)}, {'k': {}}):
            self.assertEqual(self.raw('post', path, json={'custom_metadata': bad}).status_code, 400)

    def test_patch_missing_metadata(self):
        """kv 2: patches no metadata that is not there"""
        answer = self.raw('patch', '/v1/{}/metadata/nothing'.format(self.at), headers=MERGE, json={'max_versions': 1})
        self.assertEqual(answer.status_code, 404)

    def test_max_versions(self):
        """kv 2: keeps as many versions as the greater of the two settings says"""
        self.kv.configure(max_versions=2, mount_point=self.at)
        for x in range(3):
            self.write(x=x)
        self.assertEqual((sorted(self.metadata()['versions']), self.metadata()['oldest_version']), (['2', '3'], 2))
        self.kv.update_metadata('s', max_versions=4, mount_point=self.at)
        for x in range(3):
            self.write(x=x)
        self.assertEqual(sorted(self.metadata()['versions']), ['3', '4', '5', '6'])
        with self.assertRaises(exceptions.InvalidPath):
            self.read(version=1)

    def test_default_max_versions(self):
        """kv 2: keeps ten versions when nobody says otherwise"""
        for x in range(12):
            self.write(x=x)
        self.assertEqual(len(self.metadata()['versions']), 10)

    def test_delete_version_after(self):
        """kv 2: dates a version's end by the shorter of the two settings, and serves it until then"""
        self.kv.configure(delete_version_after='2h', mount_point=self.at)
        self.kv.update_metadata('s', delete_version_after='1h', mount_point=self.at)
        written = self.write(x=1)
        self.assertEqual(written['deletion_time'][:10] != '', True)
        self.assertGreater(written['deletion_time'], written['created_time'])
        self.assertEqual(self.read()['data'], {'x': 1})

    def test_delete_metadata(self):
        """kv 2: deletes a secret with all its history"""
        self.write(x=1)
        self.assertEqual(self.kv.delete_metadata_and_all_versions('s', mount_point=self.at).status_code, 204)
        for read in (self.read, self.metadata):
            with self.assertRaises(exceptions.InvalidPath):
                read()
        self.assertEqual(self.write(cas=0, x=2)['version'], 1)

    def test_list(self):
        """kv 2: lists names and folders, deleted secrets among them"""
        for path in ('a', 'b/c', 'b/d/e'):
            self.write(path, x=1)
        self.kv.delete_latest_version_of_secret('a', mount_point=self.at)
        self.assertEqual(self.kv.list_secrets('', mount_point=self.at)['data'], {'keys': ['a', 'b/']})
        self.assertEqual(self.kv.list_secrets('b', mount_point=self.at)['data'], {'keys': ['c', 'd/']})
        self.assertEqual(self.kv.list_secrets('b/', mount_point=self.at)['data'], {'keys': ['c', 'd/']})
        with self.assertRaises(exceptions.InvalidPath):
            self.kv.list_secrets('nothing', mount_point=self.at)

    def test_subkeys(self):
        """kv 2: shows a secret's structure without its values"""
        self.write(a=1, b={'c': {'d': 2}, 'e': {}})
        path = '/v1/{}/subkeys/s'.format(self.at)
        whole = self.raw('get', path).json()['data']
        self.assertEqual(whole['subkeys'], {'a': None, 'b': {'c': {'d': None}, 'e': None}})
        self.assertEqual(whole['metadata']['version'], 1)
        self.assertEqual(self.raw('get', path, params={'depth': 1}).json()['data']['subkeys'], {'a': None, 'b': None})
        self.assertEqual(self.raw('get', path, params={'version': 4}).status_code, 404)
        self.kv.delete_latest_version_of_secret('s', mount_point=self.at)
        gone = self.raw('get', path)
        self.assertEqual((gone.status_code, gone.json()['data']['subkeys']), (404, None))

    def test_version_1_path(self):
        """kv 2: tells who takes it for version 1"""
        answer = self.raw('get', '/v1/{}/s'.format(self.at))
        self.assertEqual(answer.status_code, 404)
        self.assertIn('Invalid path for a versioned K/V secrets engine', answer.json()['warnings'][0])
        self.assertNotIn('errors', answer.json())

    def test_odd_names(self):
        """kv 2: keeps names apart that only look alike"""
        names = ['a b', 'a+b', 'a%b', 'ä', 'a:b', 'a.b']
        for name in names:
            self.write(name, name=name)
        for name in names:
            self.assertEqual(self.read(name)['data'], {'name': name})
        self.assertEqual(sorted(self.kv.list_secrets('', mount_point=self.at)['data']['keys']), sorted(names))

    def test_policy(self):
        """kv 2: tells creating from updating, and deleting versions from deleting all"""
        name = self.policy('path "{0}/data/*" {{ capabilities = ["create", "read"] }}\n'
                           'path "{0}/delete/*" {{ capabilities = ["update"] }}'.format(self.at))
        kv = self.holder(name).secrets.kv.v2
        kv.create_or_update_secret('mine', {'x': 1}, mount_point=self.at)
        with self.assertRaises(exceptions.Forbidden):
            kv.create_or_update_secret('mine', {'x': 2}, mount_point=self.at)
        with self.assertRaises(exceptions.Forbidden):
            kv.delete_latest_version_of_secret('mine', mount_point=self.at)
        self.assertEqual(kv.delete_secret_versions('mine', [1], mount_point=self.at).status_code, 204)
        with self.assertRaises(exceptions.Forbidden):
            kv.delete_metadata_and_all_versions('mine', mount_point=self.at)


class Upgrade(VaultTest):
    def test_upgrade(self):
        """kv: turns version 1 into version 2 in place"""
        at = self.mount(options={'version': '1'})
        self.root.secrets.kv.v1.create_or_update_secret('a/b', {'x': 1}, mount_point=at)
        self.root.sys.tune_mount_configuration(at, options={'version': '2'})
        self.assertEqual(self.root.sys.retrieve_mount_option(at, 'version'), '2')
        read = self.root.secrets.kv.v2.read_secret_version('a/b', mount_point=at)['data']
        self.assertEqual((read['data'], read['metadata']['version']), ({'x': 1}, 1))

    def test_downgrade(self):
        """kv: refuses to turn version 2 into version 1"""
        at = self.mount(options={'version': '2'})
        with self.assertRaises(exceptions.InvalidRequest):
            self.root.sys.tune_mount_configuration(at, options={'version': '1'})


if __name__ == '__main__':
    main()
