"""`python -m tests.fuzz [MINUTES] [SEED]`: new random texts until the time is over, or one fails.

What fails is shown as small as hypothesis can make it; the same seed finds it again.
"""

from __future__ import annotations

import faulthandler
import sys
import time

from hypothesis import seed, settings

from tests.fuzz.properties import PROPERTIES

EXAMPLES = 50  # of each property in a round, which has a seed of its own
HANGS = 600  # seconds after which a property is given up, with a traceback of where it is

minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10
number = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
ends = time.monotonic() + 60 * minutes
rounds = settings(max_examples=EXAMPLES, database=None, deadline=None)
properties = [rounds(holds) for holds in PROPERTIES]
while time.monotonic() < ends:
    for holds in properties:
        faulthandler.dump_traceback_later(HANGS, exit=True)
        print(f"seed {number}: {holds.__name__}", flush=True)  # noqa: T201
        seed(number)(holds)()
    number += 1
