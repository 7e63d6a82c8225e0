/* The programs that a board is given to run, in MicroPython 1.25 and later.  What they tell begins with a mark: a board may print
other things between. */

export const MARK = "till-page";

/* What a terminal that was stopped had loaded is not the code that is on flash. */
const FORGET = `import sys
def _forget():
    for name in list(sys.modules):
        if name in ('board', 'main') or name.split('.')[0] == 'taptill':
            del sys.modules[name]
`;

/* The watchdog of a terminal that was stopped runs on, and would restart the board in the middle: what feeds it.  A board at
another speed has one too. */
const FEED = `import machine, os
os.chdir('/')
_fast = globals().get('_fast', False)
try:
    if not _fast:
        os.stat('main.py')
    _fed = machine.WDT(timeout=60000).feed
except OSError:
    _fed = lambda: None
`;

/* What there is of files: their names with SHA-256, those of the firmware's folder whole, and how much room is left. */
const LIST = `import binascii, hashlib, os
def _sum(path):
    found = hashlib.sha256()
    part = bytearray(2048)
    with open(path, 'rb') as file:
        while True:
            size = file.readinto(part)
            if not size:
                return binascii.hexlify(found.digest()).decode()
            found.update(memoryview(part)[:size])
def _walk(folder):
    for entry in os.ilistdir(folder):
        path = folder + '/' + entry[0]
        if entry[1] & 0x4000:
            _walk(path)
        else:
            _tell(path)
        _fed()
def _tell(path):
    try:
        print(MARK, 'file', _sum(path), path)
    except OSError:
        pass
def _list(names, folders):
    for name in names:
        _tell(name)
    for folder in folders:
        try:
            _walk(folder)
        except OSError:
            pass
    stat = os.statvfs('/')
    print(MARK, 'free', stat[0] * stat[3])
`;

/* A file comes deflated (RFC 1950) into memory, is written under another name, read back, and takes its own name in one step. */
const TAKE = `import binascii, deflate, io, os
def _folders(path):
    at = path.find('/')
    while at >= 0:
        try:
            os.mkdir(path[:at])
        except OSError as error:
            if error.errno != 17:
                raise
        at = path.find('/', at + 1)
def _begin():
    global _come
    _come = io.BytesIO()
def _w(data):
    _come.write(binascii.a2b_base64(data))
    _fed()
def _end(path, wanted):
    global _come
    _folders(path)
    _come.seek(0)
    part = bytearray(2048)
    with open(path + '.part', 'wb') as file:
        with deflate.DeflateIO(_come, deflate.ZLIB) as clear:
            while True:
                size = clear.readinto(part)
                if not size:
                    break
                file.write(memoryview(part)[:size])
                _fed()
    _come = None
    if _sum(path + '.part') != wanted:
        raise ValueError('flash holds something else than it was given')
    try:
        os.rename(path + '.part', path)
    except OSError:
        os.remove(path)    # FAT: no file takes the name of another
        os.rename(path + '.part', path)
def _away(path):
    try:
        os.remove(path)
    except OSError as error:
        if error.errno != 2:
            raise
`;

/* A file system in the board's memory: there the store's own code comes, which knows what is open, whatever is on flash. */
const MEMORY = `import os, vfs
class _Ram:
    def __init__(self, blocks):
        self._data = bytearray(blocks * 512)
    def readblocks(self, block, into, offset=0):
        at = block * 512 + offset
        into[:] = self._data[at : at + len(into)]
    def writeblocks(self, block, data, offset=0):
        at = block * 512 + offset
        self._data[at : at + len(data)] = data
    def ioctl(self, what, value):
        if what == 4:
            return len(self._data) // 512
        if what == 5:
            return 512
        if what == 6:
            return 0
def _unmount():
    os.chdir('/')
    try:
        vfs.umount('/look')
    except OSError:
        pass
    sys.path[:] = [path for path in sys.path if path != '/look']
    _forget()
def _mount(blocks):
    _unmount()
    ram = _Ram(blocks)
    vfs.VfsLfs2.mkfs(ram)
    vfs.mount(vfs.VfsLfs2(ram), '/look')
    os.chdir('/look')
`;

/* Is anything open?  The store is read, and nothing of it is written. */
const LOOK = `os.chdir('/')
sys.path.insert(0, '/look')
_forget()
def _look(data):
    from esp32 import NVS
    from taptill.adapters.files import Folder
    from taptill.adapters.sealed import Seal
    from taptill.adapters.store import FlashStore
    from taptill.core.errors import StoreError
    class Reading(Folder):
        def ensure(self):
            pass
        def _no(self, *_):
            raise StoreError('looks only')
        append = blank = remove = rename = write = _no
    key = bytearray(16)
    try:
        NVS('taptill').get_blob('device_key', key)
    except OSError:
        pass    # without its key nothing that is sealed can be read: that counts as open
    store = FlashStore(Reading(data), Seal(key))
    store.open()
    return store.open_ends()
`;

/* Settings, key and certificate, as adapters/provision.py takes them; the key stays in memory until it is sealed. */
const PROVISION = `_forget()
def _provision(config, tmk, ca):
    import binascii, json
    import board
    from esp32 import NVS
    from taptill.adapters.provision import provision
    provision(board.DATA, NVS('taptill'), json.loads(config), tmk, binascii.a2b_base64(ca))
    print(MARK, 'provisioned')
def _check_value(tmk):
    import binascii
    from taptill.core.keycheck import kcv
    print(MARK, 'kcv', binascii.hexlify(kcv(binascii.unhexlify(tmk))).decode().upper())
`;

/* Another speed of the prompt.  It goes back by itself where the page is not heard at it, and the watchdog ends it where the page
has gone. */
const SPEED = `import machine, select, sys, time
def _speed(baud):
    time.sleep_ms(50)    # what was said has left by then
    try:
        machine.UART(0, baudrate=baud)
    except (OSError, TypeError, ValueError):
        pass    # it is not heard at a speed that it does not have
def _faster(fast, slow):
    global _fast, _fed
    _fast = True
    _fed = machine.WDT(timeout=60000).feed
    poll = select.poll()
    poll.register(sys.stdin, select.POLLIN)
    print(MARK, 'fast')
    _speed(fast)
    for _ in range(100):
        if poll.poll(30) and sys.stdin.buffer.read(1) == b'k':
            while poll.poll(50):
                sys.stdin.buffer.read(1)
            return
    _speed(slow)
`;

/**
 * A Python literal; what JSON escapes, Python reads in the same way.
 * @param {string} value
 */
export function quoted(value) {
  return JSON.stringify(value);
}

const HEAD = `MARK = ${quoted(MARK)}\n`;

export const PREPARE = HEAD + FORGET + FEED + LIST + TAKE;
export const PREPARE_SPEED = HEAD + SPEED;
export const PREPARE_LOOK = MEMORY;
export const PREPARE_PROVISION = PROVISION;
export const RESET = "import machine\nmachine.reset()\n";

/** @param {string} data    the board's folder of a terminal's files */
export function used(data) {
  return `import os\ntry:\n    _names = os.listdir(${quoted(data)})\nexcept OSError:\n    _names = []\n` +
    "print(MARK, 'used', len(_names))\n";
}

/**
 * @param {string[]} names
 * @param {string[]} folders
 */
export function list(names, folders) {
  return `_list([${names.map(quoted).join(",")}], [${folders.map(quoted).join(",")}])`;
}

/** @param {string} data */
export function look(data) {
  return `${LOOK}print(${quoted(MARK)}, 'open', _look(${quoted(data)}))\n`;
}

/**
 * What a board printed behind the mark, a list of words each.
 * @param {string} said
 */
export function told(said) {
  return said.split("\n").map((line) => line.trim().split(" ")).filter(([mark]) => mark === MARK).map(([, ...words]) => words);
}
