"""Start one function as the managed Python runtime does: the import path first, then its client.

Run as `python -I -S lambda_entry.py TASK_ROOT HANDLER RUNTIME [LAYER ...]`: without site-packages,
so that a dependency that the layers lack is missing here as it would be on Lambda.
"""

import sys

if __name__ == "__main__":
    task_root, handler, runtime, *layers = sys.argv[1:]
    sys.path[:0] = [task_root, *layers, runtime]

    from awslambdaric.__main__ import main

    main(["bootstrap", handler])
