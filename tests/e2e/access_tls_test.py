"""Certificates as principals: over HTTP and over gRPC, good ones, others' and none."""
import ssl
import subprocess
import unittest
import urllib.error

import doors
import hub as hubs
import messages
from callers import As
from hub import HubTest, wait_for
from issuer import Authority, Issuer
from messages import MALVIK, TRONDHEIM, adt

PRINCIPALS = """
[[principal]]
name = "trondheim-fagsystem"
certificates = ["dns:fagsystem.trondheim.example"]
kommuner = ["5001"]
write = true

[[principal]]
name = "drift"
certificates = ["cn:drift"]
operator = true
"""


class TlsHub(hubs.Hub):
    """Asked for readiness over TLS."""

    def readiness(self):
        try:
            return As(self, self.token(), self.authority).request("/readyz")
        except (OSError, KeyError, ValueError):
            return 0, ""


class Certificates(HubTest):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder, "authority")
        certificate, key = self.authority.issue("hub", "localhost", ip="127.0.0.1")
        principals = self.folder / "principals.toml"
        principals.write_text(PRINCIPALS)
        self.issuer = Issuer(self.folder)
        settings = {"access.principals": principals, **self.issuer.settings()}
        for section in ("http", "grpc"):
            settings |= {f"{section}.tls_cert_file": certificate, f"{section}.tls_key_file": key,
                         f"{section}.tls_client_ca_file": self.authority.file}
        self.the_hub = TlsHub(self.folder / "hub", settings)
        self.the_hub.authority = self.authority.file
        self.hubs.append(self.the_hub)
        self.addCleanup(self.the_hub.close)
        self.the_hub.start()
        for kommune in (TRONDHEIM, MALVIK):
            self.assertEqual(doors.send_adt(self.the_hub, adt("A01", messages.Patient(kommune))).code, "AA")
        everything = As(self.the_hub, self.the_hub.token(), self.authority.file)
        wait_for("both are known",
                 lambda: len(everything.call("PathwayService/ListStays")[1].get("stays", [])) == 2)

    def caller(self, pair=None, token=""):
        return As(self.the_hub, token, self.authority.file, pair)

    def test_a_certificate_that_is_a_principals_is_that_principal(self):
        caller = self.caller(self.authority.issue("fagsystem", "other.example", "fagsystem.trondheim.example"))
        code, answer = caller.call("CensusService/GetCensus")
        self.assertEqual((code, [kommune["kommune"] for kommune in answer["kommuner"]]), ("ok", [TRONDHEIM]), answer)
        done = caller.cli("census", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(TRONDHEIM, done.stdout)
        self.assertNotIn(MALVIK, done.stdout)
        self.assertEqual(caller.call("/live/stays")[0], "ok")
        refused = caller.cli("census", "--kommune", MALVIK)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("not this principal's own", refused.stderr)
        self.assertEqual(caller.call("OperationsService/GetLag")[0], "permission_denied")
        operator = self.caller(self.authority.issue("drift"))
        self.assertEqual(operator.call("OperationsService/GetLag")[0], "ok")
        self.assertEqual(operator.call("/metrics")[0], "ok")
        self.assertEqual(operator.call("CensusService/GetCensus")[0], "permission_denied")

    def test_one_that_is_nobodys_is_told_so(self):
        for pair in (self.authority.issue("stranger", "stranger.example"),
                     self.authority.issue("fagsystem.trondheim.example")):
            caller = self.caller(pair)
            code, answer = caller.call("CensusService/GetCensus")
            self.assertEqual(code, "unauthenticated", answer)
            self.assertIn("no principal", answer["message"])
            done = caller.cli("census")
            self.assertEqual(done.returncode, 1)
            self.assertIn("no principal", done.stderr)

    def test_one_of_another_authority_or_of_the_past_gets_no_connection(self):
        other = Authority(self.folder, "other")
        for pair in (other.issue("forged", "fagsystem.trondheim.example"),
                     self.authority.issue("expired", "fagsystem.trondheim.example", days=-1)):
            with self.assertRaises((ssl.SSLError, ConnectionError, urllib.error.URLError)):
                self.caller(pair).call("CensusService/GetCensus")
            self.assertEqual(self.caller(pair).cli("census").returncode, 3)
        metrics = self.caller(token=self.the_hub.token()).request("/metrics")[1]
        self.assertRegex(metrics, r"overgang_http_tls_failures_total [1-9]")

    def test_none_is_nobody_unless_there_is_a_token(self):
        code, answer = self.caller().call("CensusService/GetCensus")
        self.assertEqual(code, "unauthenticated", answer)
        self.assertIn("is missing", answer["message"])
        self.assertEqual(self.caller().cli("census").returncode, 1)
        token = self.issuer.token("malvik", {"kommuner": [MALVIK]})
        code, answer = self.caller(token=token).call("CensusService/GetCensus")
        self.assertEqual([kommune["kommune"] for kommune in answer["kommuner"]], [MALVIK])
        # Who has both is who the token says.
        pair = self.authority.issue("fagsystem", "fagsystem.trondheim.example")
        code, answer = self.caller(pair, token).call("CensusService/GetCensus")
        self.assertEqual([kommune["kommune"] for kommune in answer["kommuner"]], [MALVIK])

    def test_a_stranger_to_tls_gets_no_answer(self):
        for caller in (As(self.the_hub), As(self.the_hub, self.the_hub.token())):
            with self.assertRaises((ConnectionError, OSError)):
                caller.request("/healthz")
            self.assertEqual(caller.cli("census").returncode, 3)
        stranger = Authority(self.folder, "stranger")
        with self.assertRaises((ssl.SSLError, urllib.error.URLError)):
            As(self.the_hub, "", stranger.file).request("/healthz")

    def test_a_long_answer_and_a_connection_that_stays(self):
        everything = self.caller(token=self.the_hub.token())
        status, page = everything.request("/")
        self.assertEqual((status, "</html>" in page), (200, True))
        done = subprocess.run(["curl", "--silent", "--show-error", "--cacert", str(self.authority.file)]
                              + 3 * [f"https://{self.the_hub.address('http')}/style.css"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertGreater(len(done.stdout), 3000)
        # A body that nobody wants, and the answer to it.
        self.assertEqual(everything.request("/overgang.v1.CensusService/GetCensus", b" " * 5_000_000)[0], 413)


class CheckConfig(HubTest):
    def check(self, text):
        file = self.folder / "overgang.toml"
        file.write_text(f'data_dir = "{self.folder}/data"\n{text}')
        done = subprocess.run([hubs.PROGRAM, "check-config", str(file)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=30, check=False)
        return done.returncode, done.stdout

    def test_settings_of_access_are_proved_with_what_their_files_hold(self):
        authority = Authority(self.folder, "authority")
        certificate, key = authority.issue("hub", "localhost")
        _, other_key = authority.issue("other", "localhost")
        issuer = Issuer(self.folder)
        good = (f'[access]\njwks_file = "{issuer.file}"\nissuer = "i"\naudience = "a"\n'
                f'[http]\ntls_cert_file = "{certificate}"\ntls_key_file = "{key}"\n')
        self.assertEqual(self.check(good), (0, f"{self.folder}/overgang.toml: no mistakes\n"))
        principals = self.folder / "principals.toml"
        principals.write_text('[[principal]]\nname = "dev"\nkommuner = ["1"]\ncertificates = ["fagsystem"]\nrites = true\n')
        code, told = self.check(good.replace(str(key), str(other_key))
                                + f'[grpc]\ntls_cert_file = "{certificate}"\ntls_key_file = "{key}"\n'
                                  f'tls_client_ca_file = "{principals}"\n')
        self.assertEqual(code, 1)
        self.assertIn("http.tls_key_file: " + str(other_key) + ": is not the key of the certificate", told)
        self.assertIn("grpc.tls_client_ca_file", told)
        wrong = good.replace('issuer = "i"\n', "").replace(str(issuer.file), str(self.folder / "none.json"))
        code, told = self.check(wrong)
        self.assertIn("access.issuer: missing", told)
        code, told = self.check(wrong.replace('audience = "a"', 'issuer = "i"\naudience = "a"'))
        self.assertEqual(code, 1)
        self.assertIn("none.json: cannot be read", told)
        code, told = self.check(f'[access]\nprincipals = "{principals}"\n[grpc]\ntls_cert_file = "{certificate}"\n'
                                f'tls_key_file = "{key}"\ntls_client_ca_file = "{authority.file}"\n')
        self.assertEqual(code, 1)
        for mistake in ("principals.toml:1: [[principal]] name", "must be the 4 digits of kommuner", "fagsystem: begin it with",
                        "principals.toml:5: [[principal]] rites: unknown key"):
            self.assertIn(mistake, told)
        code, told = self.check('[privacy]\nenvironment = "production"\npseudonym_key_file = "p"\noriginals_key_file = "o"\n')
        self.assertIn("access.jwks_file: nobody could get in", told)


if __name__ == "__main__":
    unittest.main()
