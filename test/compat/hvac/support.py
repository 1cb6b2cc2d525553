"""What every file here stands on: a client of the server under test, and a runner that speaks JSON lines.

`list` prints {"id", "title"} for each test, `run [id ...]` prints {"id", "failure"}; failure is null where there is none.
A test's title is its docstring.
"""
import json
import os
import sys
import unittest
import uuid
import warnings

import hvac

ADDRESS = os.environ.get('VAULT_ADDR', '')
ROOT = os.environ.get('VAULT_TOKEN')
VERIFY = os.environ.get('VAULT_CACERT') or True


class VaultTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        # hvac warns of its own old names; they are what old programs use, so they are tested too.
        warnings.simplefilter('ignore')
        self.root = self.client(ROOT)

    def client(self, token=None):
        client = hvac.Client(url=ADDRESS, token=token or '', verify=VERIFY)
        client.token = token
        self.addCleanup(client.adapter.close)
        return client

    def raw(self, method, path, token=ROOT, headers=None, **kwargs):
        """The answer as it came, whatever its status."""
        adapter = hvac.adapters.RawAdapter(base_uri=ADDRESS, token=token, verify=VERIFY, session=self.root.session)
        return adapter.request(method, path, headers=headers, raise_exception=False, **kwargs)

    def fresh(self, prefix='t'):
        return '{}-{}'.format(prefix, uuid.uuid4().hex[:8])

    def mount(self, backend_type='kv', **kwargs):
        path = self.fresh('mount')
        self.root.sys.enable_secrets_engine(backend_type, path=path, **kwargs)
        self.addCleanup(self.root.sys.disable_secrets_engine, path)
        return path

    def policy(self, text):
        name = self.fresh('policy')
        self.root.sys.create_or_update_policy(name, text)
        self.addCleanup(self.root.sys.delete_policy, name)
        return name

    def holder(self, *policies, **kwargs):
        """A client whose token has these policies."""
        made = self.root.auth.token.create(policies=list(policies), **kwargs)
        return self.client(made['auth']['client_token'])


class Reporter(unittest.TestResult):
    def report(self, test, failure=None):
        print(json.dumps({'id': test.id(), 'failure': failure}), flush=True)

    def addSuccess(self, test):
        self.report(test)

    def addError(self, test, err):
        self.report(test, self._exc_info_to_string(err, test))

    def addFailure(self, test, err):
        self.addError(test, err)

    def addSkip(self, test, reason):
        self.report(test, 'skipped: ' + reason)


def tests(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests(item)
        else:
            yield item


def main():
    order, *ids = sys.argv[1:]
    known = list(tests(unittest.defaultTestLoader.loadTestsFromModule(sys.modules['__main__'])))
    if order == 'list':
        for test in known:
            print(json.dumps({'id': test.id(), 'title': ' '.join((test._testMethodDoc or test.id()).split())}))
        return
    for test in known:
        if not ids or test.id() in ids:
            test.run(Reporter())
