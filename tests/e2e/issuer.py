"""An issuer of tokens and an authority that signs certificates, with keys of their own, as an integrator would have them."""
import base64
import datetime
import ipaddress
import json
import time

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

ISSUER, AUDIENCE = "https://issuer.example", "overgang-test"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def jwk(kid, key):
    public = key.public_key()
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = public.public_numbers()
        return {"kid": kid, "kty": "RSA", "alg": "RS256", "use": "sig", "n": number(numbers.n), "e": number(numbers.e)}
    if isinstance(key, ec.EllipticCurvePrivateKey):
        numbers = public.public_numbers()
        return {"kid": kid, "kty": "EC", "crv": "P-256", "alg": "ES256",
                "x": base64url(numbers.x.to_bytes(32, "big")), "y": base64url(numbers.y.to_bytes(32, "big"))}
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return {"kid": kid, "kty": "OKP", "crv": "Ed25519", "x": base64url(raw)}


class Issuer:
    """Signs tokens with any of its keys; `file` is its JWKS."""

    def __init__(self, folder):
        self.file = folder / "jwks.json"
        self.keys = {"rsa": ("RS256", rsa.generate_private_key(65537, 2048)),
                     "p256": ("ES256", ec.generate_private_key(ec.SECP256R1())),
                     "ed": ("EdDSA", ed25519.Ed25519PrivateKey.generate())}
        self.publish()

    def publish(self):
        self.file.write_text(json.dumps({"keys": [jwk(kid, key) for kid, (_, key) in self.keys.items()]}))

    def settings(self):
        return {"access.jwks_file": self.file, "access.issuer": ISSUER, "access.audience": AUDIENCE}

    def claims(self, subject, scope=None, **more):
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "exp": int(time.time()) + 600}
        if scope is not None:
            claims["overgang"] = scope
        return {**claims, **more}

    def token(self, subject, scope=None, kid="ed", header_kid=None, **more):
        algorithm, key = self.keys[kid]
        claims = {name: value for name, value in self.claims(subject, scope, **more).items() if value is not None}
        return jwt.encode(claims, key, algorithm, headers={"kid": header_kid or kid})


class Authority:
    """Signs certificates."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.sign(self.key, name, [], is_authority=True)
        self.file = self.write(f"{name}-ca.pem", self.certificate.public_bytes(serialization.Encoding.PEM))

    def write(self, name, data):
        file = self.folder / name
        file.write_bytes(data)
        file.chmod(0o600)
        return file

    def sign(self, key, common_name, names, is_authority=False, days=1):
        now = datetime.datetime.utcnow()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        issuer = subject if is_authority else self.certificate.subject
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=2))
                   .not_valid_after(now + datetime.timedelta(days=days))
                   .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True))
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, file, *dns, ip=None, days=1):
        """Certificate and key of a new pair, as files."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(name) for name in dns] + ([x509.IPAddress(ipaddress.ip_address(ip))] if ip else [])
        certificate = self.sign(key, file, names, days=days)
        return (self.write(f"{file}.pem", certificate.public_bytes(serialization.Encoding.PEM)),
                self.write(f"{file}.key", key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                            serialization.NoEncryption())))
