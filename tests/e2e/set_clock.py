"""The clock of a hub that is run as it is, set by the test: see clock/set_clock.cc."""
import datetime
import mmap
import os
import struct
import time

from messages import OSLO

LIBRARY = os.environ.get("OVERGANG_SET_CLOCK", "")


class SetClock:
    """Goes on from where it was set. Any number of hubs may share it."""

    def __init__(self, folder):
        self.file = folder / "clock"
        self.file.write_bytes(bytes(16))
        with open(self.file, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 16)

    def environment(self):
        assert LIBRARY, "OVERGANG_SET_CLOCK names no library"
        return {"LD_PRELOAD": LIBRARY, "OVERGANG_CLOCK": str(self.file)}

    def ahead(self):
        return list(struct.unpack("=qq", self.memory[:]))

    def put(self, wall, boot):
        self.memory[:] = struct.pack("=qq", wall, boot)

    def set(self, *civil):
        """The wall clock, to a time of Oslo: as somebody sets a clock, or a machine is away for long."""
        self.set_to(datetime.datetime(*civil, tzinfo=OSLO))

    def set_to(self, moment):
        self.put(round(moment.timestamp() * 1e9) - time.time_ns(), self.ahead()[1])

    def advance(self, seconds):
        """Time passes."""
        self.put(*(ahead + round(seconds * 1e9) for ahead in self.ahead()))

    def now(self):
        return datetime.datetime.fromtimestamp((time.time_ns() + self.ahead()[0]) / 1e9, OSLO)
