"""Read by Python at the start of each process that a test starts: the test's clock is its clock too."""

import os
import time

if distance := os.environ.get("TEST_CLOCK_DISTANCE"):
    import time_machine

    traveller = time_machine.travel(time.time() + float(distance), tick=True)
    traveller.start()
