from hvac import exceptions
from support import ROOT, VaultTest, main


class Login(VaultTest):
    def test_authenticated(self):
        """is authenticated with a token the vault knows"""
        self.assertTrue(self.root.is_authenticated())

    def test_not_authenticated(self):
        """is not authenticated with a token the vault does not know, nor without one"""
        self.assertFalse(self.client('not-a-token').is_authenticated())
        self.assertFalse(self.client().is_authenticated())

    def test_logout(self):
        """revokes its token when it logs out"""
        holder = self.holder('default')
        token = holder.token
        holder.logout(revoke_token=True)
        self.assertIsNone(holder.token)
        self.assertFalse(self.client(token).is_authenticated())

    def test_root_lookup(self):
        """sees the root token as an orphan without end"""
        data = self.root.auth.token.lookup_self()['data']
        self.assertEqual(data['policies'], ['root'])
        self.assertEqual((data['ttl'], data['expire_time'], data['explicit_max_ttl']), (0, None, 0))
        self.assertEqual((data['path'], data['display_name'], data['orphan']), ('auth/token/root', 'root', True))
        self.assertEqual((data['id'], data['type'], data['num_uses'], data['meta']), (ROOT, 'service', 0, None))


class Creation(VaultTest):
    def test_fields(self):
        """creates a token with its policies, name, meta and life"""
        name = self.policy('path "secret/*" { capabilities = ["read"] }')
        auth = self.root.auth.token.create(policies=[name], meta={'team': 'blue'}, ttl='1h', display_name='blue bot')['auth']
        self.assertEqual(auth['policies'], sorted(['default', name]))
        self.assertEqual(auth['token_policies'], sorted(['default', name]))
        self.assertEqual((auth['lease_duration'], auth['renewable'], auth['orphan']), (3600, True, False))
        self.assertEqual((auth['metadata'], auth['token_type']), ({'team': 'blue'}, 'service'))
        self.assertRegex(auth['client_token'], r'^hvs\.[A-Za-z0-9]{24}$')
        data = self.root.auth.token.lookup(auth['client_token'])['data']
        self.assertEqual((data['meta'], data['creation_ttl']), ({'team': 'blue'}, 3600))
        self.assertEqual((data['display_name'], data['path']), ('token-blue-bot', 'auth/token/create'))

    def test_envelope(self):
        """answers a creation with auth, and null for what there is not"""
        made = self.root.auth.token.create(ttl='1h')
        self.assertIsNone(made['data'])
        self.assertIsNone(made['wrap_info'])
        self.assertEqual((made['lease_id'], made['renewable'], made['lease_duration']), ('', False, 0))

    def test_explicit_max_ttl(self):
        """caps a life at its explicit maximum, and says so"""
        made = self.root.auth.token.create(policies=['default'], ttl='2h', explicit_max_ttl='1h')
        self.assertEqual(made['auth']['lease_duration'], 3600)
        self.assertTrue(made['warnings'])
        data = self.root.auth.token.lookup(made['auth']['client_token'])['data']
        self.assertEqual(data['explicit_max_ttl'], 3600)

    def test_max_ttl(self):
        """caps a life at the system's maximum, and says so"""
        made = self.root.auth.token.create(policies=['default'], ttl='9000h')
        self.assertEqual(made['auth']['lease_duration'], 2764800)
        self.assertIn('TTL of "', made['warnings'][0])
        self.assertIn('TTL value is capped accordingly', made['warnings'][0])

    def test_period(self):
        """keeps the period of a periodic token"""
        made = self.root.auth.token.create(policies=['default'], period='30m')
        data = self.root.auth.token.lookup(made['auth']['client_token'])['data']
        self.assertEqual((data['period'], data['creation_ttl']), (1800, 1800))

    def test_num_uses(self):
        """ends a token with its last use"""
        holder = self.holder('default', num_uses=2)
        self.assertEqual(holder.auth.token.lookup_self()['data']['num_uses'], 1)
        self.assertEqual(holder.auth.token.lookup_self()['data']['num_uses'], 0)
        self.assertFalse(holder.is_authenticated())

    def test_restricted_parent(self):
        """makes no child of a token whose uses are counted"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'restricted use token cannot generate child tokens'):
            self.holder('root', num_uses=5).auth.token.create()

    def test_missing_policy_warned(self):
        """warns of a policy that nobody has written"""
        made = self.root.auth.token.create(policies=['nobody-wrote-this'])
        self.assertEqual(made['warnings'], ['Policy "nobody-wrote-this" does not exist'])

    def test_no_default_policy(self):
        """leaves the default policy out when asked"""
        auth = self.root.auth.token.create(policies=['a'], no_default_policy=True)['auth']
        self.assertEqual(auth['policies'], ['a'])

    def test_subset(self):
        """refuses a child more than its parent has"""
        maker = self.policy('path "auth/token/create" { capabilities = ["create", "update"] }')
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'child policies must be subset of parent'):
            self.holder(maker).auth.token.create(policies=['other'])

    def test_orphan_needs_sudo(self):
        """refuses an orphan to who has no sudo, by either way"""
        maker = self.policy(
            'path "auth/token/create" { capabilities = ["create", "update"] }\n'
            'path "auth/token/create-orphan" { capabilities = ["create", "update"] }')
        holder = self.holder(maker)
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'root or sudo privileges required to create orphan token'):
            holder.auth.token.create(no_parent=True)
        with self.assertRaises(exceptions.Forbidden):
            holder.write('auth/token/create-orphan', policies=['default'])

    def test_custom_id(self):
        """makes a token with an id of one's choice, once"""
        chosen = self.fresh('my-token')
        self.assertEqual(self.root.auth.token.create(id=chosen, policies=['default'])['auth']['client_token'], chosen)
        self.assertTrue(self.client(chosen).is_authenticated())
        with self.assertRaises(exceptions.InvalidRequest):
            self.root.auth.token.create(id=chosen)

    def test_root_child(self):
        """gives a child of root root's own policies when it names none"""
        auth = self.root.auth.token.create()['auth']
        self.assertEqual((auth['policies'], auth['lease_duration'], auth['renewable']), (['root'], 0, False))

    def test_expiring_root(self):
        """does not let a root token that expires make one that does not"""
        expiring = self.holder('root', ttl='1h')
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'expiring root tokens cannot create non-expiring root tokens'):
            expiring.auth.token.create()

    def test_type(self):
        """creates service tokens, and refuses a type the server does not make"""
        self.assertEqual(self.root.auth.token.create(policies=['default'], type='service')['auth']['token_type'], 'service')
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'batch tokens are not offered'):
            self.root.auth.token.create(type='batch')
        with self.assertRaisesRegex(exceptions.InvalidRequest, "invalid 'type' value"):
            self.root.write('auth/token/create', type='nonsense')

    def test_legacy_names(self):
        """creates by the old names, lease and create-orphan"""
        auth = self.root.write('auth/token/create-orphan', policies=['default'], lease='1h')['auth']
        data = self.root.auth.token.lookup(auth['client_token'])['data']
        self.assertEqual((auth['lease_duration'], data['orphan'], data['path']), (3600, True, 'auth/token/create-orphan'))


class Lookup(VaultTest):
    def test_unknown(self):
        """is forbidden to look up a token that does not exist"""
        with self.assertRaisesRegex(exceptions.Forbidden, 'bad token'):
            self.root.auth.token.lookup('hvs.nobodyhasthistokenatall0')

    def test_no_token_named(self):
        """looks its own token up when it names none"""
        self.assertEqual(self.raw('post', '/v1/auth/token/lookup', json={}).json()['data']['id'], ROOT)

    def test_by_accessor(self):
        """looks a token up by accessor without learning it"""
        auth = self.root.auth.token.create(policies=['default'])['auth']
        data = self.root.auth.token.lookup_accessor(auth['accessor'])['data']
        self.assertEqual((data['id'], data['accessor']), ('', auth['accessor']))

    def test_unknown_accessor(self):
        """refuses an accessor that does not exist"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'invalid accessor'):
            self.root.auth.token.lookup_accessor('nobody')

    def test_accessors(self):
        """lists accessors, and only with sudo"""
        auth = self.root.auth.token.create(policies=['default'])['auth']
        self.assertIn(auth['accessor'], self.root.auth.token.list_accessors()['data']['keys'])
        lister = self.policy('path "auth/token/accessors" { capabilities = ["list"] }')
        with self.assertRaises(exceptions.Forbidden):
            self.holder(lister).auth.token.list_accessors()
        lister = self.policy('path "auth/token/accessors*" { capabilities = ["list", "sudo"] }')
        self.assertIn(auth['accessor'], self.holder(lister).auth.token.list_accessors()['data']['keys'])


class Renewal(VaultTest):
    def test_self(self):
        """renews its own token"""
        renewed = self.holder('default', ttl='1h').auth.token.renew_self(increment='2h')
        self.assertEqual((renewed['auth']['lease_duration'], renewed['auth']['renewable']), (7200, True))

    def test_other(self):
        """renews another token, and the lookup tells when"""
        holder = self.holder('default', ttl='1h')
        self.assertEqual(self.root.auth.token.renew(holder.token, increment='90m')['auth']['client_token'], holder.token)
        data = holder.auth.token.lookup_self()['data']
        self.assertIn('last_renewal_time', data)
        self.assertGreater(data['ttl'], 3600)

    def test_accessor(self):
        """renews by accessor without learning the token"""
        auth = self.root.auth.token.create(policies=['default'], ttl='1h')['auth']
        renewed = self.root.auth.token.renew_accessor(auth['accessor'], increment='2h')['auth']
        self.assertEqual((renewed['client_token'], renewed['lease_duration']), ('', 7200))

    def test_period(self):
        """renews a periodic token by its period, whatever was asked"""
        self.assertEqual(self.holder('default', period='1h').auth.token.renew_self(increment='5h')['auth']['lease_duration'], 3600)

    def test_explicit_max(self):
        """renews up to the explicit maximum and no further"""
        renewed = self.holder('default', ttl='10m', explicit_max_ttl='1h').auth.token.renew_self(increment='5h')
        self.assertLessEqual(renewed['auth']['lease_duration'], 3600)
        self.assertTrue(renewed['warnings'])

    def test_root(self):
        """cannot renew a token without end"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'lease is not renewable'):
            self.root.auth.token.renew_self()

    def test_not_renewable(self):
        """cannot renew a token made not to be"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'lease is not renewable'):
            self.holder('default', ttl='1h', renewable=False).auth.token.renew_self()

    def test_unknown(self):
        """cannot renew what does not exist"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'token not found'):
            self.root.auth.token.renew('hvs.nobodyhasthistokenatall0')


class Revocation(VaultTest):
    def family(self):
        parent = self.holder('root')
        child = self.client(parent.auth.token.create(policies=['default'])['auth']['client_token'])
        return parent, child

    def test_tree(self):
        """revokes a token with its children"""
        parent, child = self.family()
        self.assertEqual(self.root.auth.token.revoke(parent.token).status_code, 204)
        self.assertFalse(parent.is_authenticated())
        self.assertFalse(child.is_authenticated())

    def test_orphans(self):
        """revokes a token and lets its children live as orphans"""
        parent, child = self.family()
        self.root.auth.token.revoke_and_orphan_children(parent.token)
        self.assertFalse(parent.is_authenticated())
        self.assertTrue(child.auth.token.lookup_self()['data']['orphan'])

    def test_accessor(self):
        """revokes by accessor"""
        auth = self.root.auth.token.create(policies=['default'])['auth']
        self.root.auth.token.revoke_accessor(auth['accessor'])
        self.assertFalse(self.client(auth['client_token']).is_authenticated())

    def test_accessor_gone(self):
        """warns when there is no token behind an accessor"""
        self.assertEqual(self.root.auth.token.revoke_accessor('nobody')['warnings'], ['No token found with this accessor'])

    def test_self(self):
        """revokes itself"""
        holder = self.holder('default')
        holder.auth.token.revoke_self()
        self.assertFalse(holder.is_authenticated())

    def test_unknown(self):
        """revokes what does not exist without complaint"""
        self.assertEqual(self.root.auth.token.revoke('hvs.nobodyhasthistokenatall0').status_code, 204)

    def test_tidy(self):
        """is told 202 when it tidies"""
        self.assertEqual(self.root.auth.token.tidy().status_code, 202)


class Leases(VaultTest):
    def test_unknown(self):
        """knows no lease by an id nobody was given"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'invalid lease'):
            self.root.sys.read_lease('database/creds/a/1')
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'lease not found'):
            self.root.sys.renew_lease('database/creds/a/1')
        with self.assertRaises(exceptions.InvalidPath):
            self.root.sys.list_leases('database/creds')
        self.assertEqual(self.root.sys.revoke_lease('database/creds/a/1').status_code, 204)

    def test_prefix(self):
        """revokes by prefix the tokens made under it"""
        role = self.fresh('role')
        self.root.auth.token.create_or_update_role(role)
        inside = self.client(self.root.auth.token.create(role_name=role, ttl='1h', policies=['default'])['auth']['client_token'])
        outside = self.holder('default', ttl='1h')
        self.assertEqual(self.root.sys.revoke_prefix('auth/token/create/' + role).status_code, 204)
        self.assertFalse(inside.is_authenticated())
        self.assertTrue(outside.is_authenticated())


class Roles(VaultTest):
    def role(self, **kwargs):
        name = self.fresh('role')
        self.root.write('auth/token/roles/' + name, **kwargs)
        self.addCleanup(self.root.auth.token.delete_role, name)
        return name

    def test_read_back(self):
        """reads a role back under its old and its new names"""
        name = self.role(allowed_policies=['a', 'b'], period='1h', explicit_max_ttl='2h', path_suffix='end', renewable=False, orphan=True)
        data = self.root.auth.token.read_role(name)['data']
        self.assertEqual(data['name'], name)
        self.assertEqual(data['allowed_policies'], ['a', 'b'])
        self.assertEqual((data['period'], data['token_period']), (3600, 3600))
        self.assertEqual((data['explicit_max_ttl'], data['token_explicit_max_ttl']), (7200, 7200))
        self.assertEqual((data['path_suffix'], data['renewable'], data['orphan']), ('end', False, True))
        self.assertEqual((data['disallowed_policies'], data['token_type']), ([], 'default-service'))

    def test_new_call(self):
        """writes a role by hvac's new call as by its old one"""
        name = self.fresh('role')
        self.addCleanup(self.root.auth.token.delete_role, name)
        written = self.root.auth.token.create_or_update_role(name, allowed_policies=['a'], path_suffix='end', orphan=True)
        self.assertEqual(written.status_code, 204)
        data = self.root.auth.token.read_role(name)['data']
        self.assertEqual((data['allowed_policies'], data['path_suffix'], data['orphan']), (['a'], 'end', True))

    def test_list(self):
        """lists roles"""
        name = self.role()
        self.assertIn(name, self.root.auth.token.list_roles()['data']['keys'])

    def test_missing(self):
        """finds nothing where there is no role"""
        with self.assertRaises(exceptions.InvalidPath):
            self.root.auth.token.read_role('nobody')

    def test_delete(self):
        """deletes a role"""
        name = self.role()
        self.assertEqual(self.root.auth.token.delete_role(name).status_code, 204)
        with self.assertRaises(exceptions.InvalidPath):
            self.root.auth.token.read_role(name)

    def test_create(self):
        """makes tokens within the bounds of a role"""
        name = self.role(allowed_policies=['a', 'b'], orphan=True, path_suffix='end', renewable=False)
        auth = self.root.auth.token.create(role_name=name, policies=['a'])['auth']
        self.assertEqual((auth['policies'], auth['orphan'], auth['renewable']), (['a', 'default'], True, False))
        data = self.root.auth.token.lookup(auth['client_token'])['data']
        self.assertEqual((data['path'], data['role']), ('auth/token/create/{}/end'.format(name), name))

    def test_allowed(self):
        """refuses a policy the role does not allow"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, "must be subset of the role's allowed policies"):
            self.root.auth.token.create(role_name=self.role(allowed_policies=['a']), policies=['c'])

    def test_disallowed(self):
        """refuses a policy the role disallows"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'token policy is disallowed by this role'):
            self.root.auth.token.create(role_name=self.role(disallowed_policies=['c']), policies=['c'])

    def test_unknown(self):
        """makes no token by a role that does not exist"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'unknown role'):
            self.root.auth.token.create(role_name='nobody')

    def test_bound_cidrs(self):
        """refuses a bound on addresses, which this server would not keep, rather than forget it"""
        with self.assertRaisesRegex(exceptions.InvalidRequest, 'token_bound_cidrs'):
            self.root.write('auth/token/roles/' + self.fresh('role'), token_bound_cidrs=['10.0.0.0/8'])


if __name__ == '__main__':
    main()
