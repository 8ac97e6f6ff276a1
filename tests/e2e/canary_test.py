"""No national identity number leaves the edge, with the embedded log."""
import unittest

from canary import Canary
from hub import HubTest


class CanaryOnTheEmbeddedLog(Canary, HubTest):
    def first_hub(self):
        return self.hub()


if __name__ == "__main__":
    unittest.main()
