"""kill -9 in a loop while messages come in, on the embedded log."""
import unittest

from hub import HubTest
from scenarios import KillDuringIngest


class OnTheEmbeddedLog(KillDuringIngest, HubTest):
    def first_hub(self):
        return self.hub()


if __name__ == "__main__":
    unittest.main()
