"""A client that openapi-python-client makes from the server's own OpenAPI document, used for KV version 2, tokens and sys.

Asks for VAULT_ADDR and VAULT_TOKEN, and for VAULT_CACERT where the server has a certificate. Prints one line for each thing that works.
"""
import importlib
import json
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile
import urllib.request

from openapi_spec_validator import validate

address, token = os.environ['VAULT_ADDR'], os.environ['VAULT_TOKEN']
trusted = ssl.create_default_context(cafile=os.environ['VAULT_CACERT']) if os.environ.get('VAULT_CACERT') else None


def document():
    request = urllib.request.Request(f'{address}/v1/sys/internal/specs/openapi', headers={'X-Vault-Token': token})
    with urllib.request.urlopen(request, context=trusted) as answer:
        return json.load(answer)


def generate(described, folder):
    """The module of a client that was made from `described`. Nothing of the document may be left out of it."""
    (folder / 'openapi.json').write_text(json.dumps(described))
    # No formatter is run over what nobody reads.
    (folder / 'config.yml').write_text('post_hooks: []\n')
    made = subprocess.run(
        [sys.executable, '-m', 'openapi_python_client', 'generate', '--path', 'openapi.json', '--config', 'config.yml', '--meta', 'none',
         '--output-path', 'vault_api', '--fail-on-warning'],
        cwd=folder, capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    return importlib.import_module('vault_api')


class Vault:
    """Calls an operation by its id, and expects a status that the document names."""

    def __init__(self, module):
        options = {'verify_ssl': trusted} if trusted else {}
        # `with_headers` of a client that has asked before would change that client too.
        self.client_with = lambda headers: module.AuthenticatedClient(
            base_url=f'{address}/v1', token=token, prefix='', auth_header_name='X-Vault-Token', headers=headers, **options)
        self.client = self.client_with({})
        self.models = importlib.import_module('vault_api.models')

    def ask(self, tag, operation, *path, expect=200, body=None, headers=None, **query):
        called = importlib.import_module(f'vault_api.api.{tag}.{operation}')
        name = ''.join(word.capitalize() for word in operation.split('_'))
        if body is not None:
            query['body'] = getattr(self.models, f'{name}Body').from_dict(body)
        if hasattr(self.models, f'{name}List'):
            query['list_'] = getattr(self.models, f'{name}List').TRUE
        client = self.client_with(headers) if headers else self.client
        answer = called.sync_detailed(*path, client=client, **query)
        assert answer.status_code == expect, f'{operation}: {answer.status_code} {answer.content!r}'
        return answer.parsed


def kv(vault):
    ask = lambda *words, **more: vault.ask('secrets', *words, **more)
    written = ask('kv_write_data_path', 'team/a', body={'data': {'user': 'ann', 'n': 1}, 'options': {'cas': 0}})
    assert written.data.version == 1 and written.data.destroyed is False
    read = ask('kv_read_data_path', 'team/a')
    assert read.data.data.to_dict() == {'user': 'ann', 'n': 1} and read.data.metadata.version == 1, read
    assert read.warnings is None and read.auth is None and read.wrap_info is None
    assert ask('kv_patch_data_path', 'team/a', body={'data': {'n': 2}}).data.version == 2
    assert ask('kv_read_data_path', 'team/a', version=1).data.data['n'] == 1
    assert ask('kv_read_subkeys_path', 'team/a').data.subkeys.to_dict() == {'user': None, 'n': None}
    assert ask('kv_list_metadata').data.keys == ['team/']
    assert ask('kv_list_metadata_path', 'team').data.keys == ['a']
    ask('kv_write_metadata_path', 'team/a', expect=204, body={'custom_metadata': {'owner': 'ann'}, 'delete_version_after': '1h'})
    assert ask('kv_read_metadata_path', 'team/a').data.custom_metadata['owner'] == 'ann'
    ask('kv_delete_data_path', 'team/a', expect=204)
    assert ask('kv_read_data_path', 'team/a', expect=404).data['data'] is None
    assert ask('kv_read_data_path', 'nothing', expect=404).errors == []
    ask('kv_write_undelete_path', 'team/a', expect=204, body={'versions': [2]})
    ask('kv_write_destroy_path', 'team/a', expect=204, body={'versions': [1]})
    ask('kv_delete_metadata_path', 'team/a', expect=204)
    ask('kv_write_config', expect=204, body={'max_versions': 5})
    assert ask('kv_read_config').data.max_versions == 5
    assert ask('kv_write_data_path', 'team/a', expect=400, body={'data': {}, 'options': {'cas': 7}}).errors


def tokens(vault):
    ask = lambda *words, **more: vault.ask('auth', *words, **more)
    made = ask('token_create', body={'policies': ['default'], 'ttl': '1h', 'meta': {'team': 'a'}})
    assert made.data is None and made.auth.lease_duration == 3600 and made.auth.metadata['team'] == 'a'
    found = ask('token_look_up_update', body={'token': made.auth.client_token})
    assert found.data.policies == ['default'] and found.data.meta['team'] == 'a'
    assert ask('token_look_up_by_accessor', body={'accessor': made.auth.accessor}).data.id == ''
    assert ask('token_look_up_self_get').data.policies == ['root']
    assert ask('token_renew', body={'token': made.auth.client_token, 'increment': '2h'}).auth.lease_duration == 7200
    assert made.auth.accessor in ask('token_list_accessors').data.keys
    ask('token_write_role', 'web', expect=204, body={'allowed_policies': ['default'], 'orphan': True})
    assert ask('token_read_role', 'web').data.orphan is True
    assert ask('token_list_roles').data.keys == ['web']
    assert ask('token_create_against_role', 'web', body={}).auth.orphan is True
    ask('token_delete_role', 'web', expect=204)
    ask('token_revoke', expect=204, body={'token': made.auth.client_token})
    assert ask('token_revoke_accessor', body={'accessor': made.auth.accessor}).warnings
    wrapped = ask('token_create', body={}, headers={'X-Vault-Wrap-TTL': '60'})
    assert wrapped.auth is None and wrapped.wrap_info.ttl == 60 and wrapped.wrap_info.wrapped_accessor
    opened = vault.ask('system', 'unwrap', body={'token': wrapped.wrap_info.token})
    assert opened.auth.accessor == wrapped.wrap_info.wrapped_accessor


def system(vault):
    ask = lambda *words, **more: vault.ask('system', *words, **more)
    assert ask('read_health_status').sealed is False
    assert ask('seal_status').t == 1 and ask('read_initialization_status').initialized and ask('leader_status').is_self
    ask('mounts_enable_secrets_engine', 'other/place', expect=204, body={'type': 'kv', 'config': {'default_lease_ttl': ''}})
    assert ask('mounts_read_configuration', 'other/place').data.type_ == 'kv'
    ask('mounts_tune_configuration_parameters', 'other/place', expect=204, body={'default_lease_ttl': '1h', 'max_lease_ttl': ''})
    assert ask('mounts_read_tuning_information', 'other/place').data.default_lease_ttl == 3600
    assert ask('mounts_tune_configuration_parameters', 'other/place', body={'options': {'version': '2'}}).warnings
    assert 'other/place/' in ask('mounts_list_secrets_engines').data.additional_properties
    assert 'token/' in ask('auth_list_enabled_methods').data.additional_properties
    moved = ask('remount', body={'from': 'other/place', 'to': 'third'})
    assert ask('remount_status', moved.data.migration_id).data.migration_info.source_mount == 'other/place/'
    ask('mounts_disable_secrets_engine', 'third', expect=204)
    ask('policies_write_acl_policy', 'reader', expect=204, body={'policy': 'path "secret/data/*" { capabilities = ["read"] }'})
    assert 'secret/data' in ask('policies_read_acl_policy', 'reader').data.policy
    assert ask('policies_list_acl_policies').data.keys == ['default', 'reader', 'root']
    ask('policies_delete_acl_policy', 'reader', expect=204)
    assert ask('query_token_self_capabilities', body={'paths': ['secret/data/x']}).data['capabilities'] == ['root']
    assert ask('status_encryption_key').data.term == 1
    ask('rotate_encryption_key', expect=204)
    assert ask('ha_status').data.nodes[0].active_node
    assert 'secret/' in ask('internal_ui_list_enabled_visible_mounts').data.secret.additional_properties


def main():
    described = document()
    validate(described)
    print('the document is valid OpenAPI')
    with tempfile.TemporaryDirectory() as folder:
        vault = Vault(generate(described, pathlib.Path(folder)))
        print('a client is made from all of it')
        for part in (kv, tokens, system):
            part(vault)
            print(f'{part.__name__} works')


main()
