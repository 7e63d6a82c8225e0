"""Run one portable test file under MicroPython: `micropython run.py test_x.py [name]`.

Prints a line a test and, last, `N passed, M failed`; exits 1 when a test failed.
"""

import gc
import sys


def main(path: str, only: str = "") -> int:
    here = path[: path.rfind("/")] if "/" in path else "."
    root = here + "/../.."
    sys.path.insert(0, here)
    sys.path.insert(1, root + "/firmware")
    sys.path.insert(2, root + "/tools")
    module = __import__(path[path.rfind("/") + 1 : -3])
    passed = failed = 0
    for name in sorted(dir(module)):
        if not name.startswith("test_") or (only and name != only):
            continue
        gc.collect()
        try:
            getattr(module, name)()
        except Exception as error:
            failed += 1
            print("FAILED", name)
            sys.print_exception(error)
        else:
            passed += 1
            print("ok", name)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


sys.exit(main(*sys.argv[1:]))
