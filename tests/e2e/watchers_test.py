"""Ten thousand idle watchers and one that reads nothing: bounded memory, and the others notice nothing."""
import asyncio
import re
import resource
import unittest
from pathlib import Path

import doors
import messages
from hub import HubTest
from messages import TRONDHEIM, adt

WATCHERS_MAX = 10_000
WATCHERS_MIN = 1_000
FILES_SPARE = 2_000  # Of the hub beside its watchers, and of this test.
BYTES_PER_WATCHER_MAX = 8 << 10
AT_ONCE = 200


class Watchers(HubTest):
    def setUp(self):
        super().setUp()
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        self.count = min(WATCHERS_MAX, before[1] - FILES_SPARE)
        self.assertGreater(self.count, WATCHERS_MIN, "raise the hard limit of open files (ulimit -Hn)")
        if self.count < WATCHERS_MAX:
            print(f"only {self.count} watchers: the hard limit of open files (ulimit -Hn) is {before[1]}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))

    def resident(self):
        status = Path(f"/proc/{self.the_hub.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) << 10

    async def watch(self):
        host, port = doors.host_and_port(self.the_hub.address("http"))
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(f"GET /live/census?kommuner={TRONDHEIM} HTTP/1.1\r\nHost: hub\r\n\r\n".encode())
        self.assertIn(b" 200 ", await reader.readline())
        return reader, writer

    async def all_watch(self):
        watchers = []
        while len(watchers) < self.count:
            watchers += await asyncio.gather(*[self.watch() for _ in range(AT_ONCE)])
        grown = self.resident() - self.before
        self.assertLess(grown, len(watchers) * BYTES_PER_WATCHER_MAX, f"{grown >> 20} MiB for {len(watchers)} watchers")
        # Somebody else's question and message are served as ever, and one of the many hears of it.
        loop = asyncio.get_running_loop()
        ack = await loop.run_in_executor(None, doors.send_adt, self.the_hub, adt("A01", messages.Patient(TRONDHEIM)))
        self.assertEqual(ack.code, "AA", ack.text)
        for reader, _ in watchers[::1_000]:
            await asyncio.wait_for(reader.readuntil(b'"inpatients":1'), 30)
        for _, writer in watchers:
            writer.close()

    def test_ten_thousand_idle_watchers_cost_little_and_harm_nobody(self):
        self.the_hub = self.hub()
        self.before = self.resident()
        asyncio.run(self.all_watch())
        self.assertEqual(self.the_hub.census(kommuner=[TRONDHEIM])[TRONDHEIM]["inpatients"], 1)


if __name__ == "__main__":
    unittest.main()
