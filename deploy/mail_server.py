#!/usr/bin/python3
"""A mail server for trying things out: takes whatever is sent to it, on a free local port, into a Maildir.

usage: deploy/mail_server.py MAILDIR PORT_FILE     PORT_FILE gets the port once it listens. Ends with whoever started it.
"""
import asyncio
import ctypes
import os
import pathlib
import signal
import sys

from aiosmtpd.handlers import Mailbox   # Debian: python3-aiosmtpd.
from aiosmtpd.smtp import SMTP

PR_SET_PDEATHSIG = 1


async def serve(maildir, port_file):
    handler = Mailbox(maildir)
    listener = await asyncio.get_running_loop().create_server(lambda: SMTP(handler), "127.0.0.1", 0)
    whole = port_file.with_suffix(".new")
    whole.write_text(f"{listener.sockets[0].getsockname()[1]}\n")
    os.replace(whole, port_file)   # Never half of it.
    await listener.serve_forever()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    maildir, port_file = map(pathlib.Path, sys.argv[1:])
    maildir.parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(maildir, port_file))


if __name__ == "__main__":
    main()
