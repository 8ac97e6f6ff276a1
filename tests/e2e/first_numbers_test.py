"""From a real admission to the right number, on the embedded log."""
import unittest

from hub import HubTest
from scenarios import FirstNumbers


class OnTheEmbeddedLog(FirstNumbers, HubTest):
    def first_hub(self):
        return self.hub()


if __name__ == "__main__":
    unittest.main()
