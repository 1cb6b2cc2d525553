"""Telethon on the sandbox: `layer` prints the TL of the installed Telethon, `chat` logs in and talks.

Both sides of a chat speak lines of JSON: the test writes {"send": text} or {"leave": true}, Telethon {"heard": text}.
"""
import asyncio
import inspect
import json
import re
import sys
import zlib

from telethon import TelegramClient, errors, events
from telethon.crypto import rsa
from telethon.sessions import MemorySession
from telethon.tl import alltlobjects, types


def say(**line):
    print(json.dumps(line), flush=True)


async def hear():
    line = await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    return json.loads(line) if line else {'leave': True}


# --- chat ---------------------------------------------------------------------------------------

async def chat(port, key, phone, to):
    rsa.add_key(key, old=False)
    session = MemorySession()
    session.set_dc(2, '127.0.0.1', port)
    client = TelegramClient(session, 1, 'hash')
    await client.connect()
    await log_in(client, phone)

    last = None

    @client.on(events.NewMessage(incoming=True))
    async def _(event):
        nonlocal last
        last = event.message if event.message.file else last
        say(heard=event.raw_text, sender=event.sender_id)

    say(here=(await client.get_me()).id, dialogs=len(await client.get_dialogs()))
    while not (order := await hear()).get('leave'):
        if order.get('fetch'):
            say(fetched={'name': last.file.name, 'text': (await last.download_media(bytes)).decode()})
            continue
        sent = await client.send_message(to, order['send'])
        say(sent=sent.id, history=[message.raw_text async for message in client.iter_messages(to)])
    await client.disconnect()


async def log_in(client, phone):
    await client.send_code_request(phone)
    say(need='code')
    try:
        await client.sign_in(phone, (await hear())['code'])
    except errors.SessionPasswordNeededError:
        while not await client.is_user_authorized():
            say(need='password')
            try:
                await client.sign_in(password=(await hear())['password'])
            except errors.PasswordHashInvalidError:
                say(refused='password')


# --- layer --------------------------------------------------------------------------------------

def layer():
    """TL text, read back from the generated classes: Debian's package has them and not the text they were made from."""
    named = {zlib.crc32(name[4:].encode()): name[4:] for name in vars(types) if name.startswith('Type')}
    lines = {False: [], True: []}
    for number, known in sorted(alltlobjects.tlobjects.items()):
        # Telethon extends a few classes by hand; what was generated is then a base of theirs.
        generated = (base for base in known.__mro__ if re.match(r'telethon\.tl\.(types|functions)', base.__module__))
        cls = next(generated, None)
        if cls is None:
            continue
        function = cls.__module__.startswith('telethon.tl.functions')
        space = cls.__module__.split('.')[3:]
        short = cls.__name__[:-len('Request')] if function else cls.__name__
        name = '.'.join(space + [short[:1].lower() + short[1:]])
        result = 'X' if function else named.get(cls.SUBCLASS_OF_ID, 'Unknown')
        lines[function].append(f'{name}#{number:x} {" ".join(fields(cls))} = {result};')
    say(layer=alltlobjects.LAYER, text='\n'.join(lines[False] + ['---functions---'] + lines[True]))


def fields(cls):
    parameters = inspect.signature(cls.__init__).parameters
    written = parts(cls)
    bits = {}
    for word, part in enumerate(part for part in written if flags(part)):
        for name, bit in re.findall(r'self\.(\w+) is False else (\d+)', part):
            bits[name] = f'flags{word or ""}.{int(bit).bit_length() - 1}?'
    plain, words = set(), 0
    for part in written:
        if flags(part):
            yield f'flags{words or ""}:#'
            words += 1
            continue
        name = re.search(r'self\.(?!serialize_)(\w+)', part)[1]
        plain.add(name)
        yield f'{name}:{bits.get(name, "")}{kind(part, name, str(parameters[name].annotation))}'
    for name, bit in bits.items():
        if name not in plain:
            yield f'{"self" if name == "is_self" else name}:{bit}true'


def flags(part):
    """A word of flags. Where no flag of it is known, Telethon writes it as four zeroes."""
    return part.startswith("struct.pack('<I'") or part == r"b'\0\0\0\0',"


def parts(cls):
    """What _bytes joins, one line a field, but for the constructor's own number."""
    lines = inspect.getsource(cls._bytes).split("return b''.join((", 1)[1].split('\n')
    return [line.strip() for line in lines[2:] if line.strip() not in ('', '))')]


def kind(part, name, annotation):
    if f'len(self.{name})' not in part:
        return scalar(part, annotation)
    one = scalar(part.split(f'len(self.{name})', 1)[1], annotation)
    return f'Vector<{one}>'


def scalar(part, annotation):
    for mark, name in (("'<i'", 'int'), ("'<q'", 'long'), ("'<d'", 'double'), ('serialize_datetime', 'int'),
                       ('to_bytes(16', 'int128'), ('to_bytes(32', 'int256')):
        if mark in part:
            return name
    if 'serialize_bytes' in part:
        return 'string' if 'str' in annotation else 'bytes'
    if '._bytes()' in part:
        found = re.search(r'(?:(\w+)\.)?Type(\w+)', annotation)
        return found[2] if found else 'X'
    return 'Bool'


if sys.argv[1] == 'layer':
    layer()
else:
    asyncio.run(chat(int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]))
