"""A hub asked by somebody in particular: with a token, or with a certificate."""
import json
import os
import ssl
import subprocess
import urllib.error
import urllib.request

import hub as hubs


class As:
    """One caller of a hub. `token` empty: none is sent. `authority`: who signed the hub's certificate; `pair`: one's own."""

    def __init__(self, hub, token="", authority=None, pair=None):
        self.hub, self.token, self.authority, self.pair = hub, token, authority, pair
        self.context = None
        if authority:
            self.context = ssl.create_default_context(cafile=str(authority))
            if pair:
                self.context.load_cert_chain(str(pair[0]), str(pair[1]))

    def request(self, path, body=None, content_type="application/json", timeout=30):
        """Status and text; body None: GET."""
        scheme = "https" if self.context else "http"
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if body is not None:
            headers["Content-Type"] = content_type
        request = urllib.request.Request(f"{scheme}://{self.hub.address('http')}{path}", data=body, headers=headers,
                                         method="GET" if body is None else "POST")
        try:
            with urllib.request.urlopen(request, timeout=timeout, context=self.context) as answer:
                if path.startswith("/live/"):
                    return answer.status, self.first_event(answer)
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    @staticmethod
    def first_event(answer):
        for line in answer:
            if line.startswith(b"data:"):
                return line[5:].decode()
        return ""

    def call(self, method, request=None):
        """The code ("ok", or Connect's) and the answer or error."""
        if method.startswith("/"):
            status, text = self.request(method, request if isinstance(request, bytes) else None, "application/xml")
        else:
            status, text = self.request(f"/overgang.v1.{method}", json.dumps(request or {}).encode())
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {"message": text}
        codes = {401: "unauthenticated", 403: "permission_denied"}
        return ("ok", answer) if status < 300 else (answer.get("code") or codes.get(status, str(status)), answer)

    def cli(self, *words):
        words = [*words, "--server", self.hub.address("grpc")]
        if self.authority:
            words += ["--tls-ca", str(self.authority)]
        if self.pair:
            words += ["--tls-cert", str(self.pair[0]), "--tls-key", str(self.pair[1])]
        return subprocess.run([hubs.PROGRAM, *words], env={**os.environ, "OVERGANG_TOKEN": self.token}, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
