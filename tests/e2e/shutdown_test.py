"""SIGTERM while everything is open."""
import threading
import unittest

import doors
import messages
from hub import HubTest, wait_for
from messages import MALVIK, adt


class Shutdown(HubTest):
    def test_sigterm_drains_and_exits_0_though_clients_are_connected(self):
        hub = self.hub()
        with doors.Mllp(hub.address("mllp")) as open_connection, doors.Live(hub, "census") as live:
            live.next()
            self.assertEqual(open_connection.send(adt("A01", messages.Patient(MALVIK))).code, "AA")
            self.assertEqual(hub.stop(), 0)
            with self.assertRaises(OSError):
                doors.Mllp(hub.address("mllp"), timeout=2)

    def test_what_was_acknowledged_while_stopping_is_there_afterwards(self):
        hub = self.hub()
        acknowledged = []

        def admit_until_closed():
            try:
                with doors.Mllp(hub.address("mllp")) as connection:
                    while connection.send(adt("A01", messages.Patient(MALVIK))).code == "AA":
                        acknowledged.append(1)
            except OSError:
                pass

        threads = [threading.Thread(target=admit_until_closed) for _ in range(4)]
        for thread in threads:
            thread.start()
        wait_for("some are acknowledged", lambda: len(acknowledged) > 50)
        self.assertEqual(hub.stop(), 0)
        for thread in threads:
            thread.join(30)
        hub.start()
        self.assertGreaterEqual(hub.census(kommuner=[MALVIK])[MALVIK]["inpatients"], len(acknowledged))
        hub.verify_rebuild()


if __name__ == "__main__":
    unittest.main()
