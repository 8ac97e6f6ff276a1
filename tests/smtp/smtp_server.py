"""A real SMTP server (aiosmtpd) that keeps what it takes and, when told, behaves as badly as servers do.

As a module: Server(...) in a test. As a program, for tests that are not Python: see main().
"""
import argparse
import asyncio
import email
import pathlib
import ssl
import subprocess
import sys
import threading
import time

from aiosmtpd.smtp import SMTP, AuthResult

HANG_SECONDS = 3600
SIZE_MAX = 32 << 20

# Where a fault may strike. "end": the whole message is there and is not kept; "kept": it is.
# "again": MAIL on a connection that has brought a mail before.
STAGES = ("connect", "ehlo", "mail", "again", "rcpt", "data", "middle", "end", "kept")


def self_signed(folder):
    """A certificate for 127.0.0.1 that nobody but itself vouches for; its file and its key's."""
    folder = pathlib.Path(folder)
    certificate, key = folder / "smtp.pem", folder / "smtp.key"
    if not certificate.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=127.0.0.1",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


class Received:
    def __init__(self, address, content):
        self.at = time.monotonic()
        self.address = address
        self.content = content
        self.message = email.message_from_bytes(content)
        self.message_id = (self.message["Message-ID"] or "").strip("<> ")


class Dropped(ConnectionResetError):
    """The connection is gone, as was wanted."""


class FaultyProtocol(SMTP):
    """Real SMTP, but for what `fault(stage, address)` says: None, "drop", "hang", or an answer such as "451 later"."""

    def __init__(self, post, *args, **options):
        self.post = post
        self.brought = 0  # Mails, by this connection.
        super().__init__(*args, **options)

    def connection_made(self, transport):
        self.post.transports.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error):
        self.post.transports.discard(self.transport)
        super().connection_lost(error)

    async def strike(self, stage):
        """The answer to give instead, if any. Drops or hangs by itself."""
        address = self.envelope.rcpt_tos[-1] if self.envelope and self.envelope.rcpt_tos else ""
        wanted = self.post.strike(stage, address)
        if wanted == "drop":
            self.transport.abort()
            raise Dropped
        if wanted == "hang":
            await asyncio.sleep(HANG_SECONDS)
        return wanted

    async def _handle_client(self):
        try:
            answer = await self.strike("connect")
            if answer:
                await self.push(answer)
                self.transport.close()
                return
            await super()._handle_client()
        except Dropped:
            pass

    async def answered(self, stage):
        answer = await self.strike(stage)
        if answer:
            await self.push(answer)
            if answer.startswith("421"):
                self.transport.close()
        return bool(answer)

    async def smtp_EHLO(self, hostname):
        if not await self.answered("ehlo"):
            await super().smtp_EHLO(hostname)

    async def smtp_MAIL(self, arg):
        if self.brought and await self.answered("again"):
            return
        if not await self.answered("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg):
        self.envelope.rcpt_tos.append(arg.split(":", 1)[-1].strip(" <>"))
        refused = await self.answered("rcpt")
        self.envelope.rcpt_tos.pop()
        if not refused:
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg):
        if await self.answered("data"):
            return
        if self.post.would_strike("middle"):
            await self.push("354 go ahead")
            await self._reader.readline()
            await self.answered("middle")
            return
        await super().smtp_DATA(arg)


class Handler:
    def __init__(self, post):
        self.post = post

    async def handle_DATA(self, server, session, envelope):
        answer = await server.strike("end")
        if answer:
            return answer
        server.brought += 1
        self.post.keep([Received(address, envelope.original_content) for address in envelope.rcpt_tos])
        return await server.strike("kept") or "250 2.0.0 OK: queued"


class Server:
    """Starts at once on `port` (0: any free one)."""

    def __init__(self, port=0, starttls=None, smtps=None, login=None):
        self.fault = lambda stage, address: None
        self.lock = threading.Lock()
        self.received = []
        self.transports = set()
        self.struck = []  # (stage, address) of each fault.
        options = {}
        if starttls:
            options.update(tls_context=starttls, require_starttls=True)
        if login:
            options.update(authenticator=self.check(login), auth_required=True, auth_require_tls=starttls is not None)
        self.loop = asyncio.new_event_loop()
        self.listener = self.loop.run_until_complete(self.loop.create_server(
            lambda: FaultyProtocol(self, Handler(self), data_size_limit=SIZE_MAX, loop=self.loop, **options),
            "127.0.0.1", port, ssl=smtps))
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.port = self.listener.sockets[0].getsockname()[1]
        self.url = f"{'smtps' if smtps else 'smtp'}://127.0.0.1:{self.port}"

    @staticmethod
    def check(login):
        def authenticate(_server, _session, _envelope, _mechanism, data):
            given = (data.login.decode(), data.password.decode())
            return AuthResult(success=given == login, handled=False)
        return authenticate

    def would_strike(self, stage):
        return self.fault(stage, "") is not None

    def strike(self, stage, address):
        wanted = self.fault(stage, address)
        if wanted is not None:
            with self.lock:
                self.struck.append((stage, address))
        return wanted

    def keep(self, received):
        with self.lock:
            self.received += received

    def mails(self):
        with self.lock:
            return list(self.received)

    def close(self):
        """Ends every connection and answers no more."""
        async def end():
            self.listener.close()
            for transport in list(self.transports):
                transport.abort()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.loop.stop()
        if self.thread.is_alive():
            asyncio.run_coroutine_threadsafe(end(), self.loop)
            self.thread.join()
            self.loop.close()


def main():
    """Prints its port, then a line for each mail it keeps: address, Message-ID, bytes. Ends when its input ends."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--fault", default="", help="stage=action, e.g. end=drop or rcpt=550 no such user")
    parser.add_argument("--times", type=int, default=1 << 30, help="how often it strikes")
    parser.add_argument("--only", default="", help="only this address")
    parser.add_argument("--tls", choices=("starttls", "smtps"))
    parser.add_argument("--folder", default=".", help="of the certificate")
    parser.add_argument("--login", help="user:password")
    arguments = parser.parse_args()
    context = self_signed(arguments.folder)[0] if arguments.tls else None
    server = Server(starttls=context if arguments.tls == "starttls" else None, smtps=context if arguments.tls == "smtps" else None,
                    login=tuple(arguments.login.split(":", 1)) if arguments.login else None)
    stage, _, action = arguments.fault.partition("=")
    assert not stage or stage in STAGES, stage

    def fault(at, address):
        if at != stage or len(server.struck) >= arguments.times or (arguments.only and address != arguments.only):
            return None
        return action
    server.fault = fault
    keep = server.keep

    def keep_and_tell(received):
        keep(received)
        for mail in received:
            print(mail.address, mail.message_id, len(mail.content), flush=True)
    server.keep = keep_and_tell
    print(server.port, flush=True)
    sys.stdin.read()
    server.close()


if __name__ == "__main__":
    main()
