"""Certificates that a test makes for itself: an authority, and whom it vouches for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Identity:
    """A server's certificate and key, as files."""

    certificate: Path
    key: Path


class Authority:
    """
    One that signs, with the file that clients trust.

    Args:
        directory: where all files are written.
        at: certificates hold for an hour before and after it.
    """

    def __init__(self, directory: Path, name: str, at: datetime) -> None:
        self._directory = directory
        self._at = at
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        itself = self._about(self._name, self._key.public_key(), is_authority=True)
        self.certificate = self._write(f"{name}.crt", self._signed(itself))

    def vouch_for(self, host: str, address: str = "127.0.0.1") -> Identity:
        """Return a new identity of the server with this name and address."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName(
            [x509.DNSName(host), x509.IPAddress(ip_address(address))]
        )
        about = self._about(_named(host), key.public_key(), is_authority=False)
        signed = self._signed(about.add_extension(names, critical=False))
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return Identity(
            self._write(f"{host}.crt", signed), self._write(f"{host}.key", secret)
        )

    def _about(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, *, is_authority: bool
    ) -> x509.CertificateBuilder:
        bounds = x509.BasicConstraints(
            ca=is_authority, path_length=0 if is_authority else None
        )
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._at - HOUR)
            .not_valid_after(self._at + HOUR)
            .add_extension(bounds, critical=True)
        )

    def _signed(self, about: x509.CertificateBuilder) -> bytes:
        certificate = about.sign(self._key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM)

    def _write(self, name: str, content: bytes) -> Path:
        path = self._directory / name
        path.write_bytes(content)
        return path


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
