"""A morning made again exactly and explained, on the embedded log."""
import unittest

from hub import HubTest
from moments import MorningMadeAgain


class OnTheEmbeddedLog(MorningMadeAgain, HubTest):
    def first_hub(self):
        return self.hub()


if __name__ == "__main__":
    unittest.main()
